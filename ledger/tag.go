package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// claim marks a case half as used by a recorder, for ever.
func (x *execution) claim(recorder MemberID, tag CaseTag, seq uint64) {
	x.set(tagKey(recorder, tag), uint64Bytes(seq))
}

// checkFresh refuses a case half that the recorder has used.
func (x *execution) checkFresh(recorder MemberID, tag CaseTag) error {
	b, err := x.Get(tagKey(recorder, tag))
	if err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	if b != nil {
		return fault.New(fault.DuplicateCase, "case_tag")
	}
	return nil
}

// bar notes the last day on which a record's basis is not listed again. Of two exits on
// one basis the later counts.
func (x *execution) bar(w *working, until credit.Date) {
	if until != 0 && w.CaseTag != nil {
		x.set(barKey(w.Recorder, *w.CaseTag), uint64Bytes(uint64(until)))
	}
}

// checkBar refuses a step that lists or publishes while the basis is barred. What leaves a
// listing or comes back from a suspension is no relisting.
func (x *execution) checkBar(recorder MemberID, tag *CaseTag, before, after contract.Phase) error {
	if tag == nil || before > contract.Grace || after != contract.Grace && after != contract.Active || before == after {
		return nil
	}
	until, err := barred(x, recorder, *tag)
	switch {
	case err != nil:
		return err
	case x.now.Date() <= until:
		return fault.Newf(fault.RelistingBarred, "case_tag", "until the end of %s", until)
	}
	return nil
}

func barred(r Reader, recorder MemberID, tag CaseTag) (credit.Date, error) {
	b, err := r.Get(barKey(recorder, tag))
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "state", err)
	}
	if b == nil {
		return 0, nil
	}
	return credit.Date(binary.BigEndian.Uint64(b)), nil
}

// Barred returns the last day on which a recorder cannot list a basis again; 0 where
// nothing bars it.
func (v *View) Barred(recorder MemberID, tag CaseTag) (credit.Date, error) {
	return barred(v.reader, recorder, tag)
}

// TagUsed reports whether a listing with this case half exists or has existed.
func (v *View) TagUsed(recorder MemberID, tag CaseTag) bool {
	b, err := v.reader.Get(tagKey(recorder, tag))
	return err == nil && b != nil
}
