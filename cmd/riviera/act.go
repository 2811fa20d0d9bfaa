package main

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

// act is what the second person does with an act that the first has prepared.
func (a *app) act() *cobra.Command {
	return a.group("act", a.showAct(), a.approveAct(), a.submitAct())
}

// waiting is a prepared act that has been opened.
type waiting struct {
	*clerk.Prepared
	envelope *ledger.Envelope
	reviewed []clerk.Reviewed
	member   *ledger.Member
	now      client.Status // zero where no node was reached
	asked    bool          // a node was
	approved bool
}

// openAct reads a prepared act, holds it against the ledger where a node can be reached,
// and checks who prepared it.
func (a *app) openAct(ctx context.Context, s *session, path string) (*waiting, error) {
	b, err := readInput(path)
	if err != nil {
		return nil, err
	}
	hash := s.home.Genesis.Hash()
	w := &waiting{}
	if w.Prepared, w.envelope, err = clerk.DecodePrepared(b, hash); err != nil {
		return nil, err
	}
	k := &clerk.Clerk{Genesis: s.home.Genesis, Hash: hash, Member: s.home.Member.ID, Self: s.home.Member, Client: s.client}
	if w.now, err = s.client.Status(ctx); err == nil {
		w.asked = true
		err = k.Refresh(ctx)
	} else if a.silent(err) != nil {
		err = nil // offline: what the file says is shown as that
	}
	if err != nil {
		return nil, err
	}
	members := k.Members(ctx)
	at := slices.IndexFunc(members, func(m ledger.Member) bool { return m.ID == w.envelope.Member })
	if at < 0 || w.envelope.Member != s.home.Member.ID {
		return nil, fault.Newf(fault.PreparedInvalid, path, "of member %d, and this home is member %d", w.envelope.Member, s.home.Member.ID)
	}
	w.member = &members[at]
	if err := w.envelope.VerifyFirst(w.member, max(w.now.Height, w.Height)); err != nil {
		return nil, fault.Wrap(fault.PreparedInvalid, path, err)
	}
	book, err := k.Book()
	if err != nil {
		return nil, err
	}
	if w.asked {
		w.reviewed, err = w.Review(ctx, w.envelope, book, s.client)
	} else {
		w.reviewed, err = w.Review(ctx, w.envelope, book, nil)
	}
	w.approved = w.envelope.Approved()
	return w, err
}

// left is how many blocks are left to commit the act, and about how long they take by the
// pace of the blocks since it was prepared. Without a node it is unknown.
func (w *waiting) left(genesis time.Time) (blocks int64, about time.Duration) {
	blocks = w.envelope.NotAfter - w.now.Height
	since, from := w.Time, w.Height
	if w.now.Height-w.Height < 20 { // too few to tell
		since, from = genesis, 0
	}
	if n := w.now.Height - from; n > 0 {
		about = w.now.BlockTime.Sub(since) / time.Duration(n) * time.Duration(max(blocks, 0))
	}
	return blocks, about.Round(time.Second)
}

func (a *app) showAct() *cobra.Command {
	c := a.command("act.show", "show FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		w, err := a.openAct(c.Context(), s, args[0])
		if err != nil {
			return err
		}
		if a.json {
			return a.object(w.shown(s.home.Genesis.Time()))
		}
		a.printAct(w, s.home.Genesis.Time())
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// approveAct shows what a prepared act does, asks, and adds the second signature.
func (a *app) approveAct() *cobra.Command {
	var yes bool
	c := a.command("act.approve", "approve FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		w, err := a.openAct(c.Context(), s, args[0])
		if err != nil {
			return err
		}
		if !a.json {
			a.printAct(w, s.home.Genesis.Time())
		}
		if w.asked && w.now.Height >= w.envelope.NotAfter {
			return fault.New(fault.Expired, args[0])
		}
		if err := a.confirm(yes, "--yes", a.text("act.confirm", len(w.reviewed))); err != nil {
			return err
		}
		approver, err := s.home.Person(node.ApproverKey)
		if err != nil {
			return err
		}
		if err := w.Approve(s.home.Genesis.Hash(), w.envelope, approver); err != nil {
			return err
		}
		w.approved = true
		b, err := w.Encode()
		if err != nil {
			return err
		}
		if err := custody.Replace(args[0], b); err != nil {
			return err
		}
		if a.json {
			return a.object(w.shown(s.home.Genesis.Time()))
		}
		a.say("act.approved", args[0], args[0])
		return nil
	})
	c.Flags().BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// submitAct hands an approved act in and says what became of each part.
func (a *app) submitAct() *cobra.Command {
	c := a.command("act.submit", "submit FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		b, err := readInput(args[0])
		if err != nil {
			return err
		}
		p, e, err := clerk.DecodePrepared(b, s.home.Genesis.Hash())
		if err != nil {
			return err
		}
		out, err := p.Submit(c.Context(), s.client, e)
		if err != nil {
			return err
		}
		return a.printSubmitted(p, e, out)
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) printSubmitted(p *clerk.Prepared, e *ledger.Envelope, out *clerk.Outcome) error {
	book := &clerk.Book{}
	acts, err := p.Review(context.Background(), e, book, nil)
	if err != nil {
		return err
	}
	for i, r := range acts {
		name := r.Event
		if name == "" {
			name = r.Name()
		}
		if err := a.printActed(clerk.Entry{Record: r.Record, Event: name}, out.Codes[i], out); err != nil {
			return err
		}
	}
	if out.Applied() {
		return nil
	}
	return status(exitFailed)
}

// shownAct is a prepared act in JSON.
type shownAct struct {
	Member      uint32        `json:"member"`
	Key         uint32        `json:"key"`
	ApproverKey uint32        `json:"approver_key"`
	Approved    bool          `json:"approved"`
	NotAfter    int64         `json:"not_after"`
	Height      int64         `json:"height,omitempty"` // newest block, where a node was asked
	BlocksLeft  int64         `json:"blocks_left,omitempty"`
	SecondsLeft int64         `json:"seconds_left,omitempty"` // about
	Checked     bool          `json:"checked"`                // held against the ledger
	Acts        []shownDetail `json:"acts"`
}

type shownDetail struct {
	Kind    uint8            `json:"kind"`
	Record  string           `json:"record,omitempty"`
	Event   string           `json:"event,omitempty"`
	TitleZH string           `json:"title_zh,omitempty"`
	TitleEN string           `json:"title_en,omitempty"`
	Adverse bool             `json:"adverse"`
	Args    map[string]int64 `json:"args,omitempty"`
	Body    any              `json:"body,omitempty"`
	Next    any              `json:"next,omitempty"`
	Known   bool             `json:"body_on_ledger"`
	Detail  json.RawMessage  `json:"detail,omitempty"` // of an act on no record
}

func (w *waiting) shown(genesis time.Time) shownAct {
	e := w.envelope
	out := shownAct{Member: uint32(e.Member), Key: uint32(e.Key), ApproverKey: uint32(e.Approver), NotAfter: e.NotAfter, Checked: w.asked, Approved: w.approved}
	if w.asked {
		var about time.Duration
		out.Height = w.now.Height
		out.BlocksLeft, about = w.left(genesis)
		out.SecondsLeft = int64(about / time.Second)
	}
	for _, r := range w.reviewed {
		d := shownDetail{Kind: uint8(r.Kind), Event: r.Event, TitleZH: r.Spec.Title.ZH, TitleEN: r.Spec.Title.EN, Adverse: r.Spec.Adverse || r.Event == "",
			Args: r.Args, Known: r.Known, Detail: r.Detail}
		if r.Event != "" {
			d.Record = r.Record.String()
		}
		if r.Body != nil {
			d.Body = r.Body
		}
		if r.Next != nil {
			d.Next = r.Next
		}
		out.Acts = append(out.Acts, d)
	}
	return out
}
