package audit

import (
	"maps"
	"slices"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
)

// tally counts by institution what the blocks record.
type tally struct {
	report  *Report
	of      map[ledger.MemberID]*Institution
	moment  credit.Moment // ledger time of the block before
	waiting passing

	owing     owing
	forgotten map[[16]byte]bool // records whose end has been counted in owing
}

func newTally(r *Report, g *ledger.Genesis) *tally {
	return &tally{report: r, of: map[ledger.MemberID]*Institution{}, moment: g.Clock.Moment(g.TimeNS, g.TimeNS), waiting: passing{},
		owing: owing{}, forgotten: map[[16]byte]bool{}}
}

func (t *tally) member(id ledger.MemberID) *Institution {
	if t.of[id] == nil {
		t.of[id] = &Institution{Member: uint32(id)}
	}
	return t.of[id]
}

// proposal holds a block against the rules of a block, and looks whom it passed over.
// The view is that before the block.
func (t *tally) proposal(view *ledger.View, proposer ledger.MemberID, b *consensus.Block, envelopes []*ledger.Envelope) {
	p := &t.member(proposer).Proposed
	p.Blocks++
	adverse, behind, latest := 0, false, int64(0)
	var favourable []*ledger.Envelope
	for i, e := range envelopes {
		switch {
		case e == nil:
		case e.Favourable(view):
			behind = behind || adverse > 0
			favourable = append(favourable, e)
		default:
			adverse += consensus.Cost(b.Envelopes[i])
			latest = max(latest, signedAt(e))
		}
	}
	if behind || adverse > consensus.AdverseBytes {
		p.Broken++
		t.report.differs(OfLimits, blockPlace(b.Height), fault.AuditDiffers, "a favourable envelope behind others, or less than a quarter left to them")
	}
	for _, e := range favourable {
		for _, by := range t.waiting.over(b.Height, signedAt(e)) {
			t.member(by).Proposed.Passed++
		}
	}
	delete(t.waiting, b.Height-ledger.MaxAhead)
	if latest > 0 {
		t.waiting[b.Height] = passed{proposer, latest}
	}
}

// usualAhead is how many heights ahead of the signer's own this program lets an envelope
// be valid (clerk.Clerk, node). Nothing obliges others to.
const usualAhead = 300

// slack is how many heights apart two signings must seem to count as one after the other.
const slack = 20

// signedAt is at about which height an envelope was signed, if this program did it.
func signedAt(e *ledger.Envelope) int64 { return e.NotAfter - usualAhead }

// passing remembers of the last blocks who proposed them and when the last of their
// envelopes that are not favourable seems to have been signed.
type passing map[int64]passed

type passed struct {
	by     ledger.MemberID
	latest int64
}

// over lists the proposers of earlier blocks that took an envelope signed later.
func (p passing) over(height, signed int64) []ledger.MemberID {
	var out []ledger.MemberID
	for h := max(signed+1, height-ledger.MaxAhead+1); h < height; h++ {
		if b, there := p[h]; there && b.latest > signed+slack {
			out = append(out, b.by)
		}
	}
	return out
}

// block counts what a block did. The view is that after it.
func (t *tally) block(view *ledger.View, res *ledger.Result) error {
	if err := t.erasures(view, res.Events); err != nil {
		return err
	}
	for _, e := range res.Events {
		if e.Type == proof.TypeWatermark {
			m := ledger.MemberID(e.Member)
			t.owing.confirm(m, e.Args["height"], e.Recorded, &t.member(m).Receipts)
		}
		if e.Record == ([16]byte{}) {
			continue
		}
		if err := t.event(view, e); err != nil {
			return err
		}
	}
	t.moment = res.Head.Moment
	return nil
}

func (t *tally) event(view *ledger.View, e *proof.Event) error {
	silent := e.Member == 0 && e.Effects>>contract.EffectHide&1 == 1
	ended := e.Released() && !e.Commitment.Zero() && e.Type != proof.TypeAmended
	if !silent && !ended && e.Type != ledger.TypeFeedback {
		return nil
	}
	record, err := view.Record(ledger.RecordID(e.Record))
	if err != nil {
		return err
	}
	switch {
	case e.Type == ledger.TypeFeedback:
		t.feedback(view, record, e)
	case ended:
		t.exit(record, e)
	default:
		t.member(record.Recorder).Silences++
	}
	return nil
}

func (t *tally) exit(record *ledger.Record, e *proof.Event) {
	x := &t.member(record.Recorder).Exits
	x.Ended++
	switch {
	case e.Effective > e.Recorded:
		x.Early++
		t.report.differs(OfExit, recordPlace(record), fault.AuditDiffers, "ended in block %d before it was due", e.Height)
	case e.Member != 0:
		x.Decided++
	case t.moment > e.Effective: // at the very moment it arose, if they are equal
		x.Late++
		x.Longest = max(x.Longest, int64(e.Recorded-e.Effective))
	}
}

// feedback counts a confirmed stop, and whether it came in time.
func (t *tally) feedback(view *ledger.View, record *ledger.Record, e *proof.Event) {
	word := ledger.Word(e.Args["code"])
	if word != ledger.WordStopped && word != ledger.WordContinues {
		return
	}
	m := &t.member(ledger.MemberID(e.Member)).Measures
	m.Stops++
	for _, o := range view.Orders(record, e.Recorded) {
		if o.Executor == ledger.MemberID(e.Member) && int64(o.Measure) == e.Args["measure"] && o.Stop != 0 && e.Recorded >= o.StopDue {
			m.ToldLate++
		}
	}
}

// finish adds what stands open at the end, and the names.
func (t *tally) finish(view *ledger.View) error {
	err := view.EachRecord(0, func(r *ledger.Record) bool {
		if r.Duty.Ordered != 0 {
			for _, o := range view.Orders(r, view.Moment) {
				m := &t.member(o.Executor).Measures
				if o.LateAck(view.Moment) {
					m.AckLate++
				}
				if o.LateStop(view.Moment) {
					m.StopLate++
				}
			}
		}
		if now, then := view.Status(r), view.Recorded(r); ends(now.Phase) && !ends(then.Phase) {
			t.member(r.Recorder).Exits.Awaiting++
		}
		return true
	})
	for _, id := range slices.Sorted(maps.Keys(t.of)) {
		m := t.of[id]
		t.owing.open(id, view.Moment, &m.Receipts)
		if who := view.Config.Member(id); who != nil {
			m.NameZH, m.NameEN = who.NameZH, who.NameEN
		}
		t.report.Institutions = append(t.report.Institutions, *m)
	}
	return err
}

// ends reports whether a record's force is over.
func ends(p contract.Phase) bool {
	return p == contract.Exited || p == contract.Annulled || p == contract.Erased
}
