package node

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/register"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// Topics of letters between members' nodes.
const (
	topicPaper   = consensus.Topic(1) // a paper by its commitment
	topicQueries = consensus.Topic(2) // who asked about a record, for the holder of its access code
)

// Papers travel to those who have to judge them and to nobody else: the node that brought
// one, the deciding body's, that of the body above it; reasons and answers also go to the
// nodes through which the subject has filed before, where it reads them. Who is in this
// audience follows from the ledger alone, so whoever lacks a paper knows it and asks until
// it has come, and whoever is asked can tell whether to answer. No vote waits for one.

// audience is who may have the paper of an event.
func audience(view *ledger.View, r *ledger.Record, index uint64, e *proof.Event) ([]ledger.MemberID, error) {
	out := []ledger.MemberID{r.Recorder, ledger.MemberID(e.Member)}
	if m := view.Config.Member(r.Recorder); m != nil && m.Superior != 0 {
		out = append(out, m.Superior)
	}
	if e.Type == proof.TypeFiled {
		return out, nil
	}
	carriers, err := carriersBefore(view, r, index)
	return append(out, carriers...), err
}

// carriersBefore lists the members that carried filings of a record's subject before an
// event.
func carriersBefore(view *ledger.View, r *ledger.Record, index uint64) ([]ledger.MemberID, error) {
	indices, err := view.History(r)
	if err != nil {
		return nil, err
	}
	var out []ledger.MemberID
	for _, i := range indices {
		if i >= index {
			break
		}
		e, _, err := view.Event(i)
		if err != nil {
			return nil, err
		}
		if e.Type == proof.TypeFiled {
			out = append(out, ledger.MemberID(e.Member))
		}
	}
	return out, nil
}

func paperName(c wire.Hash) string { return "paper/" + hex.EncodeToString(c[:]) }

// paper reads a paper that is here; nil where it is not.
func (n *Node) paper(record ledger.RecordID, c wire.Hash) (*credit.Paper, error) {
	b, ok, err := n.vault.Attached(record, paperName(c))
	if err != nil || !ok {
		return nil, err
	}
	p := new(credit.Paper)
	return p, wire.DecodeTrusted(b, p)
}

// keepPaper stores a paper durably; it dies with its record.
func (n *Node) keepPaper(p *credit.Paper) error {
	return n.vault.Attach(true, vault.Attachment{Record: p.Record, Name: paperName(p.Commitment()), Value: p.Encode()})
}

// dropPaper removes one whose act or filing came to nothing.
func (n *Node) dropPaper(p *credit.Paper) {
	err := n.vault.Attach(false, vault.Attachment{Record: p.Record, Name: paperName(p.Commitment())})
	if err != nil {
		n.log.Warn("paper not removed", "code", fault.Of(err).String())
	}
}

// lacks reports whether the paper of an event should be here and is not.
func (n *Node) lacks(view *ledger.View, index uint64, e *proof.Event) bool {
	r, err := view.Record(e.Record)
	if err != nil || contract.Phase(e.Phase) == contract.Erased || view.Status(r).Phase == contract.Erased {
		return false
	}
	may, err := audience(view, r, index, e)
	if err != nil || !slices.Contains(may, n.home.Member.ID) {
		return false
	}
	_, here, err := n.vault.Attached(e.Record, paperName(e.Paper))
	return err == nil && !here
}

// askedPaper is a request on topicPaper.
type askedPaper struct {
	Record     ledger.RecordID `cbor:"1,keyasint"`
	Commitment wire.Hash       `cbor:"2,keyasint"`
}

// servePaper answers a member that is in a paper's audience; to any other it says what
// it says when there is no such paper.
func (n *Node) servePaper(_ context.Context, from ledger.MemberID, request []byte) ([]byte, error) {
	var q askedPaper
	if err := wire.Decode(request, &q); err != nil {
		return nil, err
	}
	unknown := fault.New(fault.NotFound, "paper")
	view, err := n.current()
	if err != nil {
		return nil, err
	}
	r, err := view.Record(q.Record)
	if err != nil || view.Status(r).Phase == contract.Erased {
		return nil, unknown
	}
	index, e, err := paperEvent(view, r, q.Commitment)
	if err != nil || e == nil {
		return nil, unknown
	}
	if may, err := audience(view, r, index, e); err != nil || !slices.Contains(may, from) {
		return nil, unknown
	}
	b, here, err := n.vault.Attached(q.Record, paperName(q.Commitment))
	if err != nil || !here {
		return nil, unknown
	}
	return b, nil
}

// paperEvent finds the event of a record to which a paper belongs; nil if there is none.
func paperEvent(view *ledger.View, r *ledger.Record, c wire.Hash) (uint64, *proof.Event, error) {
	indices, err := view.History(r)
	if err != nil {
		return 0, nil, err
	}
	for _, i := range indices {
		e, _, err := view.Event(i)
		if err != nil {
			return 0, nil, err
		}
		if e.Paper == c {
			return i, e, nil
		}
	}
	return 0, nil, nil
}

const (
	paperTime  = 10 * time.Second // to wait for one
	paperFirst = time.Second      // before a paper that did not come is asked for again
	paperMost  = 2 * time.Minute
)

// fetchPapers asks for the papers that this node should have and lacks, until ctx ends.
func (n *Node) fetchPapers(ctx context.Context) {
	tries := map[wire.Hash]int{}
	next := map[wire.Hash]time.Time{}
	for {
		wanted, err := n.register.Wanted()
		n.logRegister(ctx, err)
		soonest := time.Now().Add(paperMost)
		for _, w := range wanted {
			if at := next[w.Commitment]; at.After(time.Now()) {
				if at.Before(soonest) {
					soonest = at
				}
				continue
			}
			if n.fetchPaper(ctx, w, tries[w.Commitment]) {
				delete(tries, w.Commitment)
				delete(next, w.Commitment)
				continue
			}
			tries[w.Commitment]++
			at := time.Now().Add(min(paperFirst<<min(tries[w.Commitment], 10), paperMost))
			if next[w.Commitment] = at; at.Before(soonest) {
				soonest = at
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-n.wanting:
		case <-time.After(max(time.Until(soonest), 50*time.Millisecond)):
		}
	}
}

// fetchPaper asks the member that brought a paper, then the others of its audience in
// turn. It reports whether the paper is settled: here, or not wanted any more.
func (n *Node) fetchPaper(ctx context.Context, w register.Want, try int) bool {
	view := n.engine.View()
	r, err := view.Record(w.Record)
	if err != nil || view.Status(r).Phase == contract.Erased {
		return n.register.Got(w.Commitment) == nil
	}
	e, _, err := view.Event(w.Event)
	if err != nil {
		return false
	}
	may, err := audience(view, r, w.Event, e)
	if err != nil {
		return false
	}
	if !slices.Contains(may, n.home.Member.ID) { // the record has gone to another body
		return n.register.Got(w.Commitment) == nil
	}
	may = slices.DeleteFunc(slices.Compact(append([]ledger.MemberID{ledger.MemberID(w.Holder)}, may...)),
		func(m ledger.MemberID) bool { return m == n.home.Member.ID })
	if len(may) == 0 {
		return false
	}
	within, cancel := context.WithTimeout(ctx, paperTime)
	defer cancel()
	b, err := n.engine.Ask(within, may[try%len(may)], topicPaper, wire.Encode(askedPaper{w.Record, w.Commitment}))
	if err != nil {
		return false
	}
	p, err := credit.DecodePaper(b)
	if err != nil || p.Commitment() != w.Commitment || p.Record != w.Record {
		n.log.Warn("paper refused: it is not what the ledger committed to", "member", uint32(may[try%len(may)]))
		return false
	}
	if err := n.keepPaper(p); err != nil && !fault.Is(err, fault.UnknownRecord) { // unknown: erased meanwhile
		return false
	}
	return n.register.Got(w.Commitment) == nil
}
