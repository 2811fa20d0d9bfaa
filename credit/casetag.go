package credit

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/riviera-ledger/riviera/wire"
)

// CaseTag is the tag under which a recorder's ledger entry of a case is found again. It
// has two halves of 8 bytes, each the beginning of an HMAC-SHA-256 under the secret:
//
//	basis = HMAC("riviera/basis/1" ‖ CBOR [kind, judgment number, subject code])
//	case  = HMAC("riviera/case/2"  ‖ CBOR [kind, case number, subject code])
//
// The case half refuses a case twice; the basis half bars a relisting on the same
// judgment under whatever case number. Where there is no judgment number the case number
// stands for it. Numbers are normalised as a name is, so that none comes back with
// brackets of another width. The secret is the recorder's alone: nobody else can link two
// halves, or one to a case.
func CaseTag(secret []byte, kind Kind, judgmentNo, caseNo, subjectCode string) (tag [16]byte) {
	if NormalizeName(judgmentNo) == "" {
		judgmentNo = caseNo
	}
	half(tag[:8], secret, "riviera/basis/1", kind, judgmentNo, subjectCode)
	half(tag[8:], secret, "riviera/case/2", kind, caseNo, subjectCode)
	return tag
}

func half(to, secret []byte, purpose string, kind Kind, number, subjectCode string) {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose))
	mac.Write(wire.Encode([]string{string(kind), NormalizeName(number), subjectCode}))
	copy(to, mac.Sum(nil))
}
