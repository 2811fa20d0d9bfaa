package main

import (
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// demoMeasure is the measure that the contributor carries out in the demonstration.
const demoMeasure = "I-01"

// measures has the executing institution stop what the releases ordered to stop, and
// shows the count by which everyone sees whether it does.
func (s *story) measures() error {
	home := s.net.Home(s.contributor).Member
	s.step("measures", s.name(home.NameZH, home.NameEN))
	orders, err := s.stops()
	if err != nil {
		return err
	}
	for _, o := range orders {
		s.say("to-stop", o.SubjectName, o.Measure, o.StopDue)
	}
	if err := s.counted(func(o client.Overdue) bool { return o.Stopping >= uint64(len(orders)) }); err != nil {
		return err
	}
	for _, word := range []ledger.Word{ledger.WordAcknowledged, ledger.WordStopped} {
		if err := s.report(orders, word); err != nil {
			return err
		}
	}
	s.say("stopped", len(orders))
	return s.counted(func(o client.Overdue) bool { return o.Stopped+o.Continues >= uint64(len(orders)) })
}

// stops waits until the executing institution sees the stops of both parties.
func (s *story) stops() ([]client.Order, error) {
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); {
		page, err := s.client(s.contributor).OwnOrders(s.ctx, ledger.StopOrdered.String(), 0, 0)
		if err != nil && !fault.Is(err, fault.NotReady) {
			return nil, err
		}
		orders := slices.DeleteFunc(page.Orders, func(o client.Order) bool {
			return o.Record != s.performing.record.String() && o.Record != s.expiring.record.String()
		})
		if len(orders) == 2 {
			return orders, nil
		}
		if err := s.pause(200 * time.Millisecond); err != nil {
			return nil, err
		}
	}
	return nil, s.broken("measures")
}

// report says a word about orders. The steps are the ledger's: a stop is acknowledged,
// then confirmed, and "continues" where another record supports the measure.
func (s *story) report(orders []client.Order, word ledger.Word) error {
	var entries []clerk.Entry
	for _, o := range orders {
		id, err := ledger.ParseRecordID(o.Record)
		if err != nil {
			return err
		}
		said := word
		if word == ledger.WordStopped && o.Suggest == ledger.WordContinues.String() {
			said = ledger.WordContinues
		}
		e, err := s.bureau.Feedback(id, o.Measure, said, 0)
		if err != nil {
			return err
		}
		entries = append(entries, e)
	}
	out, err := s.bureau.Send(s.ctx, entries)
	if err != nil {
		return err
	}
	return out.First()
}

// counted waits until the public count is as it has to be, and prints it.
func (s *story) counted(right func(client.Overdue) bool) error {
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); {
		report, err := s.client(0).Overdue(s.ctx)
		if err != nil && !fault.Is(err, fault.NotReady) {
			return err
		}
		for _, o := range report.Institutions {
			if o.Member == uint32(s.bureau.Member) && o.Measure == demoMeasure && right(o) {
				s.say("count", s.name(o.NameZH, o.NameEN), o.Measure, o.Stopping, o.Stopped+o.Continues, o.LateStops)
				return nil
			}
		}
		if err := s.pause(200 * time.Millisecond); err != nil {
			return err
		}
	}
	return s.broken("measures")
}
