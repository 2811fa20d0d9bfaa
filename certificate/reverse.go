package certificate

import "github.com/riviera-ledger/riviera/verify"

// Reverse signs a court's reversal of an exit, for the trust file. height is the block
// that recorded it.
func Reverse(genesis verify.Hex, certificate, decidedOn string, height int64, by Issuer) (verify.Reversal, error) {
	digest, err := verify.ReversalDigest(genesis, certificate, decidedOn)
	if err != nil {
		return verify.Reversal{}, err
	}
	r := verify.Reversal{Certificate: certificate, Height: height, Member: by.MemberID, DecidedOn: decidedOn}
	r.Key = verify.Multikey(by.CredentialKey.Public())
	if r.Signature, err = signDigest(by.CredentialKey, digest[:]); err != nil {
		return verify.Reversal{}, err
	}
	return r, nil
}
