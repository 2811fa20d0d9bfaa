package audit

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
)

// bodies looks through the vault: each body that this member is to hold is there, opens
// and agrees with its commitment, and nothing of a record that is erased is left.
func (r *replay) bodies(ctx context.Context, view *ledger.View) error {
	v, err := r.Site.inspect()
	if err != nil {
		return err
	}
	defer v.Close()
	held, replaced := make([]bool, view.Records), map[uint64]string{}
	var bad error
	err = v.EachSecret(func(h vault.Kept) bool {
		if h.Slot%looksEvery == 0 {
			r.Progress(StepVault, int64(h.Slot), int64(v.Slots()))
		}
		if bad = ctx.Err(); bad == nil {
			bad = r.secret(view, h, held, replaced)
		}
		return bad == nil
	})
	if err = firstError(bad, err); err != nil {
		return err
	}
	err = v.EachTrace(func(t vault.Trace) bool {
		if bad = ctx.Err(); bad == nil {
			bad = r.trace(view, t)
		}
		return bad == nil
	})
	if err = firstError(bad, err); err != nil {
		return err
	}
	r.report.Looked = true
	self := view.Config.Member(r.Site.Member)
	return view.EachRecord(0, func(record *ledger.Record) bool {
		phase := view.Recorded(record).Phase
		switch {
		case phase.Forgotten():
			r.report.Erased++
		case held[record.Seq] && replaced[record.Seq] != "":
			r.report.differs(OfVault, recordPlace(record), fault.AuditDiffers, "a secret of a body that has been replaced is still in %s", replaced[record.Seq])
		case !held[record.Seq] && view.Config.MayHold(self, phase, record.Proposer):
			r.report.differs(OfVault, recordPlace(record), fault.BodyMissing, "its body is to be here, whole, and is not")
		}
		return true
	})
}

// secret judges one slot.
func (r *replay) secret(view *ledger.View, h vault.Kept, held []bool, replaced map[uint64]string) error {
	slot := fmt.Sprintf("slot %d", h.Slot)
	if h.Damaged {
		r.report.differs(OfVault, slot, fault.BodyMissing, "does not open under the vault's key")
		return nil
	}
	record, err := r.record(view, h.Record)
	if err != nil || record == nil {
		return err // stored and not yet committed, or never
	}
	switch {
	case view.Recorded(record).Phase.Forgotten():
		r.report.differs(OfVault, recordPlace(record), fault.AuditDiffers, "erased, and a secret of it is still in %s", slot)
	case h.Commitment.Zero():
	case h.Commitment == record.Commitment && h.Err != nil:
		r.report.differs(OfVault, recordPlace(record), fault.Of(h.Err), "the body of %s", slot)
	case h.Commitment == record.Commitment:
		held[record.Seq] = true
		r.report.Bodies++
	default:
		bearer, err := view.Bearer(h.Commitment)
		if err == nil && bearer != nil {
			replaced[record.Seq] = slot
		}
		return err
	}
	return nil
}

// trace judges one entry beside the secrets.
func (r *replay) trace(view *ledger.View, t vault.Trace) error {
	if t.Kind == 'e' || t.Kind == 'd' {
		return nil
	}
	if t.Lost {
		r.report.differs(OfVault, "bodies", fault.AuditDiffers, "a sealed body without its secret is left")
		return nil
	}
	record, err := r.record(view, t.Record)
	if t.Kind == 'b' {
		record, err = view.Bearer(t.Commitment)
	}
	if err != nil || record == nil {
		return err
	}
	if view.Recorded(record).Phase.Forgotten() {
		r.report.differs(OfVault, recordPlace(record), fault.AuditDiffers, "erased, and an entry %q of it is left", t.Kind)
	}
	return nil
}

func (r *replay) record(view *ledger.View, id vault.Record) (*ledger.Record, error) {
	record, err := view.Record(ledger.RecordID(id))
	if fault.Is(err, fault.UnknownRecord) {
		return nil, nil
	}
	return record, err
}

func recordPlace(r *ledger.Record) string {
	return fmt.Sprintf("record %d (%s)", r.Seq, hex.EncodeToString(r.ID[:]))
}
