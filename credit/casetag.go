package credit

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/riviera-ledger/riviera/wire"
)

// CaseTag is the tag under which a recorder's ledger entry of a case is found again:
// the first 16 bytes of
//
//	HMAC-SHA-256(secret, "riviera/case/1" ‖ CBOR [kind, case number, subject code])
//
// with the case number normalised as a name is, so that a case does not come back
// with brackets of another width. The secret is the recorder's alone: nobody else can
// link two tags, or a tag to a case.
func CaseTag(secret []byte, kind Kind, caseNo, subjectCode string) [16]byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("riviera/case/1"))
	mac.Write(wire.Encode([]string{string(kind), NormalizeName(caseNo), subjectCode}))
	var sum [32]byte
	mac.Sum(sum[:0])
	return [16]byte(sum[:16])
}
