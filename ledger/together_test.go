package ledger

import (
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

// TestVerifyEachIsVerify: of any mix of envelopes, each gets together with others what it
// gets alone, and a bad one spoils no other.
func TestVerifyEachIsVerify(t *testing.T) {
	w := newWorld(t)
	height := w.ledger.Head().Height + 1
	parse := func(raw []byte) *Envelope {
		t.Helper()
		e, err := ParseEnvelope(w.hash, raw)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	var raws [][]byte
	for n := range uint64(12) {
		raws = append(raws, w.seal(court+MemberID(n%3), n%2 == 0, w.migrate(n, 1, genesisDate.AddDays(-30))))
	}
	broken := map[int]fault.Code{}
	var alone, together []*Envelope
	for i, raw := range raws {
		a, b := parse(raw), parse(raw)
		for _, e := range []*Envelope{a, b} {
			switch i {
			case 3:
				e.signature = append([]byte(nil), e.signature...)
				e.signature[5] ^= 1
				broken[i] = fault.BadSignature
			case 4:
				e.approval = e.signature
				broken[i] = fault.BadSignature
			case 6:
				e.Approver = e.Key
				e.approval = nil
				broken[i] = fault.BadSignature
			case 7:
				e.Member = 99
				broken[i] = fault.UnknownMember
			case 8:
				e.NotAfter = height - 1
				broken[i] = fault.Expired
			case 9:
				e.signature = nil
				broken[i] = fault.BadSignature
			}
		}
		alone, together = append(alone, a), append(together, b)
	}
	for round := range 2 { // the second finds the good ones remembered
		for i, err := range VerifyEach(w.ledger.Config(), height, together) {
			want := fault.Of(alone[i].Verify(w.ledger.Config(), height))
			if got := fault.Of(err); got != want || got != broken[i] {
				t.Errorf("round %d, envelope %d: together %s, alone %s, expected %s", round, i, got, want, broken[i])
			}
		}
	}
	sound := []*Envelope{parse(raws[0]), parse(raws[1]), parse(raws[2])}
	for i, err := range VerifyEach(w.ledger.Config(), height, sound) {
		if err != nil || sound[i].verified[0] == "" {
			t.Errorf("envelope %d: %v", i, err)
		}
	}
	if errs := VerifyEach(w.ledger.Config(), height, nil); len(errs) != 0 {
		t.Errorf("%d errors of no envelope", len(errs))
	}
}
