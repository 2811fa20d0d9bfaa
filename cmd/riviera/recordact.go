package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// actsPerEnvelope is how many records go into one envelope.
const actsPerEnvelope = 100

// acted is the result of one record's act.
type acted struct {
	Record  string `json:"record"`
	Event   string `json:"event"`
	Applied bool   `json:"applied"`
	// Unsure is set where an answer was lost: the refusal may mean that the act had been
	// applied before.
	Unsure  bool   `json:"unsure,omitempty"`
	Height  int64  `json:"height,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Next    string `json:"next,omitempty"`
}

// actCommand makes a command that sends one event to one or more records. args says
// what the flags mean to the contract.
func (a *app) actCommand(key, use, event string, most int, phases []string, args func() ([]string, func(*credit.Body) error, error), flags func(*cobra.Command)) *cobra.Command {
	var yes bool
	var reasons []string
	c := a.command(key, use, a.between(1, most), func(c *cobra.Command, ids []string) error {
		pairs, amend, err := args()
		if err != nil {
			return err
		}
		s, err := a.signing()
		if err != nil {
			return err
		}
		if err := a.confirmAdverse(c.Context(), s, yes, event, ids); err != nil {
			return err
		}
		paper, err := a.reasons(reasons)
		if err != nil {
			return err
		}
		return a.perform(c.Context(), s, deed{event: event, with: written(pairs), amend: amend, reasons: paper}, ids)
	})
	c.Flags().BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	a.reasonsFlag(c, &reasons)
	a.prepareFlags(c)
	if flags != nil {
		flags(c)
	}
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords(phases...)
	return c
}

// confirmAdverse asks before an event that worsens somebody's position.
func (a *app) confirmAdverse(ctx context.Context, s *session, yes bool, event string, ids []string) error {
	if yes {
		return nil
	}
	id, err := ledger.ParseRecordID(ids[0])
	if err != nil {
		return err
	}
	spec, _, err := s.clerk.Spec(ctx, id, event)
	if err != nil || !spec.Adverse {
		return err
	}
	return a.confirm(false, "--yes", a.text("confirm.adverse", a.pick(spec.Title.ZH, spec.Title.EN), len(ids)))
}

// arguments are what an event is sent with, by what the record's contract declares.
type arguments func(contract.EventSpec) (contract.Args, error)

// written are arguments as people write them.
func written(pairs []string) arguments {
	return func(spec contract.EventSpec) (contract.Args, error) { return clerk.ParseArgs(spec, pairs) }
}

// send signs an event for records and prints what became of each.
func (a *app) send(ctx context.Context, s *session, event string, with arguments, amend func(*credit.Body) error, ids []string) error {
	return a.perform(ctx, s, deed{event: event, with: with, amend: amend}, ids)
}

// deed is one event that is sent to some records.
type deed struct {
	event   string
	with    arguments
	amend   func(*credit.Body) error
	reasons *credit.Paper
	letters *letters // that go out with it; nil for none
}

// perform signs a deed for records and prints what became of each.
func (a *app) perform(ctx context.Context, s *session, d deed, ids []string) error {
	if a.prepare != "" && (len(ids) > d.perEnvelope() || d.letters != nil) {
		return usage(a.text("act.too-many", d.perEnvelope()))
	}
	refused := false
	for chunk := range slices.Chunk(ids, d.perEnvelope()) {
		entries, err := a.entries(ctx, s, d, chunk)
		if err != nil {
			return err
		}
		out, err := a.deliver(ctx, s, entries)
		if err != nil {
			return err
		}
		for i, code := range out.Codes {
			refused = refused || code != fault.OK
			if err := a.printActed(entries[i], code, out); err != nil {
				return err
			}
		}
		if err := d.letters.settle(a, entries, out); err != nil {
			return err
		}
	}
	if refused {
		return status(exitFailed)
	}
	return nil
}

// perEnvelope is how many records go into one envelope: fewer where a paper goes with each.
func (d *deed) perEnvelope() int {
	if d.reasons == nil {
		return actsPerEnvelope
	}
	return max(1, min(actsPerEnvelope, clerk.MaxPapers/len(d.reasons.Encode())))
}

// waitsAfter is how long a block may take before the one who waits is told.
const waitsAfter = 3 * time.Second

// deliver sends entries. Where it ends without their results it says that they may be
// recorded all the same: what is signed and sent cannot be called back.
func (a *app) deliver(ctx context.Context, s *session, entries []clerk.Entry) (*clerk.Outcome, error) {
	if a.prepare != "" {
		return nil, a.prepared(ctx, s, entries)
	}
	told := time.AfterFunc(waitsAfter, func() { a.note("waiting") })
	defer told.Stop()
	out, err := s.clerk.Send(ctx, entries)
	switch {
	case err == nil:
		return out, nil
	case ctx.Err() != nil:
		a.note("record.stopped", entries[0].Record.String())
		return out, status(exitFailed)
	case out.Unsure:
		a.note("record.may-be", entries[0].Record.String())
	}
	return out, err
}

func (a *app) entries(ctx context.Context, s *session, d deed, ids []string) ([]clerk.Entry, error) {
	var entries []clerk.Entry
	for _, arg := range ids {
		id, err := ledger.ParseRecordID(arg)
		if err != nil {
			return nil, err
		}
		spec, kind, err := s.clerk.Spec(ctx, id, d.event)
		if err != nil {
			return nil, err
		}
		if spec.Reasons && d.reasons == nil {
			return nil, usage(a.text("usage.flag-required", "--"+reasonsFlag))
		}
		args, err := d.with(spec)
		if err != nil {
			return nil, err
		}
		e, err := s.clerk.Act(ctx, clerk.ActSpec{Record: id, Kind: kind, Event: d.event, Args: args, Amend: d.amend, Reasons: d.reasons})
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		if d.letters != nil {
			if entries, err = d.letters.add(ctx, s, entries, id); err != nil {
				return nil, err
			}
		}
	}
	return entries, nil
}

func (a *app) printActed(e clerk.Entry, code fault.Code, out *clerk.Outcome) error {
	r := acted{Record: e.Record.String(), Event: e.Event, Applied: code == fault.OK, Unsure: out.Unsure && code != fault.OK, Height: out.Height}
	if !r.Applied {
		r.Code = code.String()
		r.Message, r.Next = a.lang.Fault(code)
	}
	switch {
	case a.json:
		return a.line(r)
	case r.Applied:
		a.say("record.applied", r.Record, r.Event, r.Height)
	case r.Unsure:
		a.say("record.unsure", r.Record, r.Event, r.Message)
	default:
		a.say("record.refused", r.Record, r.Event, r.Message, r.Next)
	}
	return nil
}

// none is the arguments of an event that takes none.
func none() ([]string, func(*credit.Body) error, error) { return nil, nil, nil }

func (a *app) publishRecords() *cobra.Command {
	return a.actCommand("record.publish", "publish ID…", "publish", -1, []string{contract.Grace.String()}, none, nil)
}

func (a *app) rejectRecords() *cobra.Command {
	return a.actCommand("record.reject", "reject ID…", "reject", -1, []string{contract.Draft.String(), contract.Noticed.String()}, none, nil)
}

func (a *app) annulRecord() *cobra.Command {
	return a.actCommand("record.annul", "annul ID", "annul", 1, nil, none, nil)
}

func (a *app) performRecord() *cobra.Command {
	var on string
	return a.actCommand("record.perform", "perform ID", "performed", 1, []string{contract.Active.String(), contract.Grace.String()},
		func() ([]string, func(*credit.Body) error, error) { return dated(nil, "fact_on", on), nil, nil },
		func(c *cobra.Command) { c.Flags().StringVar(&on, "on", "", a.text("record.flag.on")) })
}

func dated(pairs []string, name, on string) []string {
	if on != "" {
		pairs = append(pairs, name+"="+on)
	}
	return pairs
}

func (a *app) extendRecord() *cobra.Command {
	var months int
	return a.actCommand("record.extend", "extend ID --months N", "extend", 1, []string{contract.Active.String()},
		func() ([]string, func(*credit.Body) error, error) {
			if months < 1 {
				return nil, nil, usage(a.text("usage.flag-required", "--months"))
			}
			return []string{"months=" + strconv.Itoa(months)}, nil, nil
		}, func(c *cobra.Command) { c.Flags().IntVar(&months, "months", 0, a.text("record.flag.months")) })
}
