package node

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/register"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

const (
	chinese = message.Chinese
	english = message.English
	// maxPage bounds one page of changes or records.
	maxPage = 1000
)

// Status tells where the network stands as this node sees it.
func (n *Node) Status(context.Context) (client.Status, error) {
	view := n.engine.View()
	genesis := n.home.Genesis.Hash()
	s := client.Status{Clock: n.clock(view), Network: n.home.Genesis.Network, ChainID: n.home.Genesis.ChainID,
		GenesisHash: hex.EncodeToString(genesis[:]), AppHash: hex.EncodeToString(view.AppHash[:]),
		LogSize: view.LogSize, Records: view.Records, Node: n.engine.NodeID(), Member: uint32(n.home.Member.ID),
		MemberZH: n.member(view).NameZH, MemberEN: n.member(view).NameEN, Peers: n.engine.Peers(),
		FirstBlock: n.engine.FirstBlock(), Snapshot: n.engine.Snapshot(), Missing: n.engine.Missing(), Version: Version, Edition: view.Config.Calendar.Edition(), Law: view.Config.Newest(), Blocks: n.recent.list()}
	if err := n.Ready(); err != nil {
		s.NotReady = fault.Of(err).String()
	} else {
		s.Ready = true
	}
	for p := contract.Draft; int(p) < len(view.Phases); p++ {
		s.Phases = append(s.Phases, client.Count{Phase: p.String(), Count: view.Phases[p]})
	}
	return s, nil
}

// Record returns the ledger's side of a record; its body only to the institution's own
// people, and only where the institution proposed or decides it.
func (n *Node) Record(_ context.Context, caller api.Caller, id string) (client.Record, error) {
	view := n.engine.View()
	r, err := find(view, id)
	if err != nil {
		return client.Record{}, err
	}
	out := n.record(view, r)
	indices, err := view.History(r)
	if err != nil {
		return client.Record{}, err
	}
	for _, i := range indices {
		e, raw, err := view.Event(i)
		if err != nil {
			return client.Record{}, err
		}
		out.History = append(out.History, ChangeOf(view, i, e))
		if ended(e) {
			out.End = &client.End{Index: i, Certificate: verify.CredentialID(raw)}
		}
	}
	if err := showReversal(view, out.End); err != nil {
		return client.Record{}, err
	}
	if caller.Kind != api.Operator || !n.own(r) || !n.engine.CaughtUp() {
		return out, nil
	}
	packet, err := n.vault.Get(r.Commitment)
	if err != nil {
		return out, skip(err, fault.BodyMissing)
	}
	body, err := content(packet)
	if err != nil {
		return client.Record{}, err
	}
	out.Body = body
	return out, n.noteQuestion(caller, "", proof.AskedRecord, register.Hit{Record: r.ID})
}

// ended reports whether an event ended its record: then there is a certificate of it.
func ended(e *proof.Event) bool { return e.Released() && !e.Commitment.Zero() }

// showReversal adds the decision that reverses an end, where there is one.
func showReversal(view *ledger.View, end *client.End) error {
	if end == nil {
		return nil
	}
	r, ok, err := view.Reversal(end.Index)
	if ok {
		end.Reversed = &client.Reversed{Member: uint32(r.Member), DecidedOn: r.DecidedOn.String(), Height: r.Height}
	}
	return err
}

// content reads a body that this node has checked before it stored it.
func content(p vault.Packet) (*credit.Body, error) {
	b := new(credit.Body)
	return b, wire.DecodeTrusted(p.Body, b)
}

func find(view *ledger.View, id string) (*ledger.Record, error) {
	rid, err := ledger.ParseRecordID(id)
	if err != nil {
		return nil, err
	}
	return view.Record(rid)
}

// own reports whether this node's institution proposed or decides a record.
func (n *Node) own(r *ledger.Record) bool {
	return r.Recorder == n.home.Member.ID || r.Proposer == n.home.Member.ID
}

func (n *Node) record(view *ledger.View, r *ledger.Record) client.Record {
	r = view.Evaluate(r, view.Moment)
	c := view.Config.Contract(r.Contract)
	status := view.Status(r)
	ref := c.Ref()
	out := client.Record{Clock: n.clock(view), ID: r.ID.String(), Kind: string(c.Kind()), Contract: fmt.Sprintf("%s/%d", ref.ID, ref.Version),
		Phase: status.Phase.String(), State: status.State, InForce: status.InForce && !status.Hidden,
		Recorder: uint32(r.Recorder), Proposer: uint32(r.Proposer), Created: r.Created.String(),
		Commitment: hex.EncodeToString(r.Commitment[:]), Measures: measureCodes(r.Measures),
		Access: r.Access != nil, Filings: r.Filings, Number: r.Contract, Beside: r.Newer()}
	if due, ok := view.Due(r); ok {
		out.Due = due.String()
	}
	return out
}

// Explain lists a record's ways out.
func (n *Node) Explain(_ context.Context, id string) (contract.Explanation, error) {
	view := n.engine.View()
	r, err := find(view, id)
	if err != nil {
		return contract.Explanation{}, err
	}
	return view.Explain(r), nil
}

// Changes returns a page of the log from an index on.
func (n *Node) Changes(_ context.Context, after uint64, limit int) (client.Changes, error) {
	view := n.engine.View()
	out := client.Changes{Clock: n.clock(view), Next: after, Changes: []client.Change{}}
	err := view.Events(after, page(limit), func(i uint64, e *proof.Event) bool {
		out.Changes = append(out.Changes, ChangeOf(view, i, e))
		out.Next = i + 1
		return true
	})
	out.More = out.Next < view.LogSize
	return out, err
}

func page(limit int) int {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

// reversalTitles name the events that no contract knows.
var reversalTitles = map[string]string{ledger.TypeReversed: "reversal.event", ledger.TypeLifted: "reversal.event-lifted"}

// ChangeOf is an event as the API shows it.
func ChangeOf(view *ledger.View, index uint64, e *proof.Event) client.Change {
	c := client.Change{Index: index, Type: e.Type, Event: e.Name, Transition: e.Transition, To: e.To,
		Recorded: e.Recorded.String(), Member: e.Member, Key: e.Key, Approver: e.Approver,
		Cite: e.Cite, Height: e.Height, Args: e.Args}
	if e.Record != [16]byte{} {
		c.Record = ledger.RecordID(e.Record).String()
		c.Phase = contract.Phase(e.Phase).String()
		c.Effective = e.Effective.String()
		if doc := view.Config.Contract(e.Contract); doc != nil {
			title := doc.WayTitle(e.Transition, e.Name)
			c.TitleZH, c.TitleEN = title.ZH, title.EN
		}
		if e.Type == proof.TypeAccess {
			key := "letter.event"
			if e.Approver != 0 {
				key = "letter.event-again"
			}
			c.TitleZH, c.TitleEN = chinese.Text(key), english.Text(key)
		}
		if key := reversalTitles[e.Type]; key != "" {
			c.TitleZH, c.TitleEN = chinese.Text(key), english.Text(key)
		}
		if e.Type == ledger.TypeFeedback {
			key := "measure.word." + ledger.Word(e.Args["code"]).String()
			c.TitleZH, c.TitleEN, c.Phase = chinese.Text(key), english.Text(key), ""
		}
	}
	c.Contract, c.Own = e.Contract, e.Own
	if !e.Document.Zero() {
		c.Document = hex.EncodeToString(e.Document[:])
	}
	return c
}

// OwnRecords returns a page of the records that the institution proposed or decides,
// in a phase where one is named.
func (n *Node) OwnRecords(_ context.Context, phase string, after uint64, limit int) (client.OwnRecords, error) {
	view := n.engine.View()
	out := client.OwnRecords{Clock: n.clock(view), Next: after, Records: []client.Record{}}
	limit = page(limit)
	err := view.EachRecord(after, func(r *ledger.Record) bool {
		if len(out.Records) == limit {
			out.More = true
			return false
		}
		out.Next = r.Seq + 1
		if n.own(r) && (phase == "" || view.Status(r).Phase.String() == phase) {
			out.Records = append(out.Records, n.record(view, r))
		}
		return true
	})
	return out, err
}

// Packet returns the body of one of the institution's own records with its secret, from
// which an amendment starts.
func (n *Node) Packet(_ context.Context, id string) ([]byte, error) {
	view, err := n.current()
	if err != nil {
		return nil, err
	}
	r, err := find(view, id)
	if err != nil {
		return nil, err
	}
	if !n.own(r) {
		return nil, fault.New(fault.ForeignRecorder, "record")
	}
	packet, err := n.vault.Get(r.Commitment)
	if err != nil {
		return nil, err
	}
	return packet.Encode(), n.noteQuestion(api.Caller{Kind: api.Operator}, "", proof.AskedRecord, register.Hit{Record: r.ID})
}

// measureCodes names measures as the catalogue does.
func measureCodes(numbers []uint16) []string {
	out := make([]string, len(numbers))
	for i, m := range numbers {
		if known, ok := law.MeasureByNumber(m); ok {
			out[i] = known.Code
		}
	}
	return out
}
