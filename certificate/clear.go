package certificate

import (
	"cmp"
	"crypto"
	"crypto/ed25519"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// Party is whom a clear certificate is about.
type Party struct {
	Type credit.SubjectType
	Name string
	Code string
}

// units are what a clear statement commits to.
func (p Party) units() [][]byte {
	return [][]byte{wire.Encode(p.Name), wire.Encode([]any{p.Type, p.Code})}
}

// Commit returns the commitment of a clear statement to the party.
func (p Party) Commit(id [16]byte, secret proof.Secret) proof.Commitment {
	return proof.Commit(id, secret, p.units())
}

// Attest signs a clear statement with a recorder's credential key. Whether it is true is
// for the caller to have seen.
func Attest(attested []byte, key crypto.Signer) ([]byte, error) {
	digest := proof.ClearDigest(attested)
	return signDigest(key, digest[:])
}

// signDigest signs a digest with a credential key: Ed25519, or ASN.1 ECDSA.
func signDigest(key crypto.Signer, digest []byte) ([]byte, error) {
	options := crypto.SignerOpts(crypto.SHA256)
	if _, ok := key.Public().(ed25519.PublicKey); ok {
		options = crypto.Hash(0)
	}
	signature, err := key.Sign(randomness(key), digest, options)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "credential key", err)
	}
	return signature, nil
}

// ClearInput is what a member gathers for a certificate of clear standing.
type ClearInput struct {
	Network     string
	GenesisHash wire.Hash
	ChainID     string
	TrainingDay time.Duration

	Party        Party
	Secret       proof.Secret // under which the statement commits to the party
	Attested     []byte       // canonical bytes of proof.Clear
	Attestations []verify.Attestation

	Issuer    Issuer
	Languages []message.Lang
	Recipient string
	Now       time.Time
}

// Clear makes a certificate of clear standing from the recorders' attestations. One that
// does not verify is fault.BadSignature, a party that the statement does not commit to
// fault.CommitmentMismatch. Whether they are enough is for the verifier to say, who
// knows the recorders.
func Clear(in ClearInput) (*verify.Credential, error) {
	clear, err := proof.DecodeClear(in.Attested)
	if err != nil {
		return nil, err
	}
	opening := proof.Open(in.Secret, in.Party.units(), 0, 1)
	if err := opening.Verify(clear.ID, clear.Subject); err != nil {
		return nil, err
	}
	for _, a := range in.Attestations {
		if err := verify.VerifyAttestation(in.Attested, a); err != nil {
			return nil, err
		}
	}
	subject, err := verify.NewClearSubject(clear, opening)
	if err != nil {
		return nil, err
	}
	by := slices.SortedFunc(slices.Values(in.Attestations), func(a, b verify.Attestation) int { return cmp.Compare(a.Member, b.Member) })
	c := in.Issuer.begin(in.Languages, in.Now)
	c.ID, c.Type = verify.ClearID(in.Attested), [2]string{"VerifiableCredential", verify.TypeClear}
	c.Subject, c.Statement = subject, verify.Statement{Recipient: in.Recipient}
	c.Evidence = verify.Evidence{Type: verify.AttestedClear, Network: in.Network, Genesis: verify.Hex(in.GenesisHash), ChainID: in.ChainID,
		Opening: verify.NewOpening(opening), Attested: in.Attested, Attestations: by}
	if in.TrainingDay > 0 {
		c.Evidence.TrainingDay = in.TrainingDay.String()
	}
	return c, in.Issuer.sign(c)
}
