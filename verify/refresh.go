package verify

import (
	"encoding/json"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// RefreshType is the first member of a refresh file.
const RefreshType = "RivieraRefresh1"

// Refresh places a certificate's event under the root of a day that was not over when
// the certificate was issued. It is a file of its own beside the certificate, and keeps
// it verifiable after the recorders that signed it have handed over. Nobody signs it:
// it is right or wrong by itself.
type Refresh struct {
	Type  string `json:"type"`  // RefreshType
	ID    string `json:"id"`    // the credential's
	Day   string `json:"day"`   // 2006-01-02
	Index Count  `json:"index"` // of the event in the log
	Size  Count  `json:"size"`  // of the log at the end of that day
	Path  []Hex  `json:"path"`
}

// MaxRefresh bounds a refresh file, in bytes.
const MaxRefresh = 64 << 10

// ParseRefresh reads a refresh file.
func ParseRefresh(b []byte) (*Refresh, error) {
	if len(b) > MaxRefresh {
		return nil, fault.New(fault.TooLarge, "refresh")
	}
	if err := checkJSON(b, false); err != nil {
		return nil, fault.Wrap(fault.Malformed, "refresh", err)
	}
	var r Refresh
	if err := decodeStrict(b, &r); err != nil {
		return nil, fault.Wrap(fault.Malformed, "refresh", err)
	}
	if again, err := json.Marshal(&r); err != nil || r.Type != RefreshType || !sameJSON(again, b) {
		return nil, fault.New(fault.Malformed, "refresh")
	}
	if _, err := credit.ParseDate(r.Day); err != nil {
		return nil, fault.Wrap(fault.Malformed, "refresh", err)
	}
	return &r, nil
}

// Encode returns the file.
func (r *Refresh) Encode() ([]byte, error) { return encodeFile(r) }

// NewRefresh makes the refresh of a credential from a path that a node has given, and
// refuses with fault.CommitmentMismatch one that does not lead from the credential's
// event to the day's root. Whether that root is the network's, the verifier's trust
// file says.
func NewRefresh(c *Credential, day string, size uint64, root wire.Hash, path []wire.Hash) (*Refresh, error) {
	if _, err := credit.ParseDate(day); err != nil {
		return nil, fault.Wrap(fault.Malformed, "day", err)
	}
	if err := proof.VerifyInclusion(c.Evidence.Event, uint64(c.Evidence.Log.Index), size, root, path); err != nil {
		return nil, err
	}
	return &Refresh{RefreshType, c.ID, day, c.Evidence.Log.Index, Count(size), NewHashes(path)}, nil
}

// RefreshFrom is NewRefresh from a node's answer, hashes in hexadecimal.
func RefreshFrom(c *Credential, day string, size uint64, root string, path []string) (*Refresh, error) {
	var hashes []wire.Hash
	for _, s := range append([]string{root}, path...) {
		var h Hex
		if err := h.UnmarshalText([]byte(s)); err != nil {
			return nil, err
		}
		hashes = append(hashes, wire.Hash(h))
	}
	return NewRefresh(c, day, size, hashes[0], hashes[1:])
}
