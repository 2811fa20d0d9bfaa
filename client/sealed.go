package client

import (
	"context"
	"net/http"
)

// SealRequest has the certificate of a record that has ended sealed and kept. With a ticket,
// Locator and Key follow from the code where it is (credit.AccessCode); with the code they
// are left out, and the node works them out and forgets it.
type SealRequest struct {
	SubjectAccess
	Locator []byte `json:"locator,omitempty" maxLength:"64" doc:"32 bytes, base64"`
	Key     []byte `json:"key,omitempty" maxLength:"64" doc:"X25519 public key, 32 bytes, base64"`
}

// Sealed says who keeps a sealed copy.
type Sealed struct {
	Until string   `json:"until" doc:"day as of which it goes"`
	Kept  []uint32 `json:"kept" doc:"members whose nodes keep it"`
	Away  []uint32 `json:"away" doc:"members whose nodes did not answer"`
}

// SealedRequest asks for a sealed copy by what only the access code leads to.
type SealedRequest struct {
	Locator []byte `json:"locator" maxLength:"64" doc:"32 bytes, base64"`
	Remove  bool   `json:"remove,omitempty" doc:"it is to go, at every node"`
}

// SealedCopy is a copy that the access code opens.
type SealedCopy struct {
	Sealed []byte `json:"sealed,omitempty" doc:"HPKE ciphertext, base64"`
}

// Seal has a copy sealed and kept.
func (c *Client) Seal(ctx context.Context, q SealRequest) (Sealed, error) {
	return call[Sealed](ctx, c, http.MethodPost, "/v1/subject/seal", q)
}

// Sealed returns a sealed copy, or has it removed.
func (c *Client) Sealed(ctx context.Context, q SealedRequest) (SealedCopy, error) {
	return call[SealedCopy](ctx, c, http.MethodPost, "/v1/subject/sealed", q)
}
