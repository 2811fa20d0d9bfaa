package main

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/ledger"
)

// measure is what an executing body does: it sees its orders, says what became of them,
// and stops what is to stop.
func (a *app) measure() *cobra.Command {
	return a.group("measure", a.listMeasures(), a.listOrders(), a.sayWord("acknowledge", ledger.WordAcknowledged), a.sayWord("running", ledger.WordRunning),
		a.stopMeasures(), a.sayWord("stopped", ledger.WordStopped), a.sayWord("continues", ledger.WordContinues), a.sayFailed(),
		a.measureSupport(), a.overdueMeasures())
}

func (a *app) listMeasures() *cobra.Command {
	c := a.command("measure.list", "list", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		all, err := s.client.Measures(c.Context())
		if err != nil {
			return err
		}
		rows := [][]string{{a.text("measure.field.measure"), a.text("measure.field.name"), a.text("measure.field.term"),
			a.text("measure.field.discretion"), a.text("measure.field.basis"), a.text("measure.field.executors")}}
		for _, m := range all.Measures {
			if a.json {
				if err := a.line(m); err != nil {
					return err
				}
				continue
			}
			var executors []string
			for _, e := range m.Executors {
				executors = append(executors, a.pick(e.NameZH, e.NameEN))
			}
			rows = append(rows, []string{m.Code, a.pick(m.ZH, m.EN), a.longest(m), a.weighed(m), m.Basis, join(executors)})
		}
		if !a.json {
			table(a.out, rows)
		}
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// longest is the longest term of a measure's orders in words.
func (a *app) longest(m client.Measure) string {
	switch {
	case m.Family == "III":
		return a.text("measure.never-ordered")
	case m.Months == 0:
		return a.text("measure.as-record")
	}
	return a.text("measure.months", m.Months)
}

func (a *app) weighed(m client.Measure) string {
	if m.Discretion {
		return a.text("measure.yes")
	}
	return ""
}

// eachOrder visits the institution's orders in a state until fn says stop.
func eachOrder(ctx context.Context, s *session, state string, fn func(client.Order) bool) error {
	for after := uint64(0); ; {
		page, err := s.client.OwnOrders(ctx, state, after, listPage)
		if err != nil {
			return err
		}
		for _, o := range page.Orders {
			if !fn(o) {
				return nil
			}
		}
		if !page.More {
			return nil
		}
		after = page.Next
	}
}

func orderStates() []string {
	names := []string{"all"}
	for _, s := range ledger.OrderStates() {
		names = append(names, s.String())
	}
	return names
}

func (a *app) listOrders() *cobra.Command {
	var state string
	var limit int
	c := a.command("measure.orders", "orders", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if state != "" && !slices.Contains(orderStates(), state) {
			return usage(a.text("usage.flag-choice", "--state", join(orderStates())))
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		return a.printOrders(c.Context(), s, state, limit)
	})
	c.Flags().StringVar(&state, "state", "", a.text("measure.flag.state"))
	c.Flags().IntVar(&limit, "limit", 100, a.text("measure.flag.limit"))
	a.complete(c, "state", orderStates()...)
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) printOrders(ctx context.Context, s *session, state string, limit int) error {
	rows := [][]string{{a.text("measure.field.record"), a.text("measure.field.measure"), a.text("measure.field.state"),
		a.text("measure.field.since"), a.text("measure.field.stop-by"), a.text("measure.field.subject")}}
	n, more := 0, false
	var wrong error
	err := eachOrder(ctx, s, state, func(o client.Order) bool {
		if more = n == limit; more {
			return false
		}
		n++
		if a.json {
			wrong = a.line(o)
			return wrong == nil
		}
		since := o.Ordered
		if o.Stop != "" {
			since = o.Stop
		}
		rows = append(rows, []string{o.Record, o.Measure, a.orderState(o), day(since), a.stopBy(o), o.SubjectName})
		return true
	})
	if err == nil {
		err = wrong
	}
	if err != nil || a.json {
		return err
	}
	if n == 0 {
		a.say("measure.none")
		return nil
	}
	table(a.out, rows)
	if more {
		a.note("measure.more", limit)
	}
	return nil
}

// orderState is the state in words, with what a look at the other records suggests.
func (a *app) orderState(o client.Order) string {
	text := a.lang.Text("measure.state." + o.State)
	if o.Reason != "" {
		text = a.text("measure.because", text, a.lang.Text("measure.reason."+o.Reason))
	}
	if o.Suggest == ledger.WordContinues.String() {
		text = a.text("measure.supported", text)
	}
	return text
}

func (a *app) stopBy(o client.Order) string {
	if o.LateStop || o.LateAck {
		return a.text("measure.late", minute(o.StopDue))
	}
	return minute(o.StopDue)
}

// minute is a time of the ledger without seconds and zone.
func minute(s string) string {
	if len(s) < 16 {
		return s
	}
	return s[:10] + " " + s[11:16]
}

func (a *app) overdueMeasures() *cobra.Command {
	var late bool
	c := a.command("measure.overdue", "overdue", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		report, err := s.client.Overdue(c.Context())
		if err != nil {
			return err
		}
		if a.json {
			return a.object(report)
		}
		a.printOverdue(report, late)
		return nil
	})
	c.Flags().BoolVar(&late, "late", false, a.text("measure.flag.late"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) printOverdue(report client.OverdueReport, late bool) {
	rows := [][]string{{a.text("measure.field.executor"), a.text("measure.field.measure"), a.text("measure.field.orders"), a.text("measure.field.acked"),
		a.text("measure.field.to-stop"), a.text("measure.field.stopped"), a.text("measure.field.late-acks"), a.text("measure.field.late-stops"), a.text("measure.field.oldest")}}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	for _, r := range report.Institutions {
		if late && r.LateAcks == 0 && r.LateStops == 0 {
			continue
		}
		rows = append(rows, []string{a.pick(r.NameZH, r.NameEN), r.Measure, number(r.Orders), number(r.Acked), number(r.Stopping),
			number(r.Stopped + r.Continues), number(r.LateAcks), number(r.LateStops), day(r.Oldest)})
	}
	if len(rows) == 1 {
		a.say("measure.nobody-late")
		return
	}
	table(a.out, rows)
}

func (a *app) measureSupport() *cobra.Command {
	c := a.command("measure.support", "support RECORD MEASURE", a.between(2, 2), func(c *cobra.Command, args []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		support, err := s.client.Support(c.Context(), args[0], args[1])
		if err != nil {
			return err
		}
		if a.json {
			return a.object(support)
		}
		if len(support.Others) == 0 {
			a.say("measure.unsupported")
			return nil
		}
		a.say("measure.others", len(support.Others))
		for _, o := range support.Others {
			a.say("measure.other", o.ID, a.pick(o.KindZH, o.KindEN), a.pick(o.RecorderZH, o.RecorderEN), o.Since)
		}
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// sayWord says one word about one order, or with --all about every order that waits for it.
func (a *app) sayWord(name string, word ledger.Word) *cobra.Command {
	var all, yes bool
	bulk := word == ledger.WordAcknowledged || word == ledger.WordRunning
	use := name + " RECORD MEASURE"
	if bulk {
		use = name + " [RECORD MEASURE]"
	}
	c := a.command("measure."+name, use, a.between(0, 2), func(c *cobra.Command, args []string) error {
		if !all && len(args) != 2 || all && len(args) != 0 {
			return usage(a.text("usage.few", c.UseLine()))
		}
		s, err := a.signing()
		if err != nil {
			return err
		}
		if !all {
			return a.sayOne(c.Context(), s, args, word, 0)
		}
		states := []ledger.OrderState{ledger.Ordered, ledger.StopOrdered}
		if word == ledger.WordRunning {
			states = []ledger.OrderState{ledger.Acknowledged}
		}
		return a.sayAll(c.Context(), s, states, yes, func(client.Order) ledger.Word { return word })
	})
	if bulk {
		c.Flags().BoolVar(&all, "all", false, a.text("measure.flag.all"))
		c.Flags().BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	}
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) sayFailed() *cobra.Command {
	var why string
	var names []string
	for _, r := range ledger.Reasons() {
		names = append(names, r.String())
	}
	c := a.command("measure.failed", "failed RECORD MEASURE --reason REASON", a.between(2, 2), func(c *cobra.Command, args []string) error {
		reason := ledger.ParseReason(why)
		if reason == 0 {
			return usage(a.text("usage.flag-choice", "--reason", join(names)))
		}
		s, err := a.signing()
		if err != nil {
			return err
		}
		return a.sayOne(c.Context(), s, args, ledger.WordFailed, reason)
	})
	c.Flags().StringVar(&why, "reason", "", a.text("measure.flag.reason"))
	a.complete(c, "reason", names...)
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// stopMeasures confirms stops: of all that are due, STOPPED or, where another record of
// the same party supports the measure, CONTINUES.
func (a *app) stopMeasures() *cobra.Command {
	var all, yes bool
	c := a.command("measure.stop", "stop --all-due", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if !all {
			return usage(a.text("usage.flag-required", "--all-due"))
		}
		s, err := a.signing()
		if err != nil {
			return err
		}
		states := []ledger.OrderState{ledger.StopOrdered, ledger.StopAcked, ledger.StopFailed}
		return a.sayAll(c.Context(), s, states, yes, func(o client.Order) ledger.Word {
			switch o.Suggest {
			case ledger.WordContinues.String():
				return ledger.WordContinues
			case ledger.WordStopped.String():
				return ledger.WordStopped
			}
			return 0 // whom it concerns is not known here: nothing can be said for sure
		})
	})
	c.Flags().BoolVar(&all, "all-due", false, a.text("measure.flag.all-due"))
	c.Flags().BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) sayOne(ctx context.Context, s *session, args []string, word ledger.Word, reason ledger.Reason) error {
	id, err := ledger.ParseRecordID(args[0])
	if err != nil {
		return err
	}
	e, err := s.clerk.Feedback(id, args[1], word, reason)
	if err != nil {
		return err
	}
	said := saying{app: a, session: s}
	if err := said.send(ctx, []spoken{{e, args[1]}}, true); err != nil {
		return err
	}
	if said.refused > 0 {
		return status(exitFailed)
	}
	return nil
}
