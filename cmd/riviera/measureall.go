package main

import (
	"context"
	"slices"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
)

// spoken is a word about an order, ready to be sent.
type spoken struct {
	clerk.Entry
	measure string
}

// told is the result of one word.
type told struct {
	Measure string `json:"measure"`
	acted
}

// saying is a number of words on their way.
type saying struct {
	app     *app
	session *session
	said    map[string]int
	refused int
}

// saidAll is the result of a bulk command.
type saidAll struct {
	Orders  int            `json:"orders"`
	Said    map[string]int `json:"said"`
	Left    int            `json:"left_out"`
	Refused int            `json:"refused"`
}

// sayAll says a word about every order in some states; 0 leaves one out.
func (a *app) sayAll(ctx context.Context, s *session, states []ledger.OrderState, yes bool, word func(client.Order) ledger.Word) error {
	var all []spoken
	left := 0
	for _, state := range states {
		var wrong error
		err := eachOrder(ctx, s, state.String(), func(o client.Order) bool {
			w := word(o)
			if w == 0 {
				left++
				return true
			}
			var id ledger.RecordID
			if id, wrong = ledger.ParseRecordID(o.Record); wrong != nil {
				return false
			}
			var e clerk.Entry
			if e, wrong = s.clerk.Feedback(id, o.Measure, w, 0); wrong != nil {
				return false
			}
			all = append(all, spoken{e, o.Measure})
			return true
		})
		if err == nil {
			err = wrong
		}
		if err != nil {
			return err
		}
	}
	if len(all) == 0 && left == 0 {
		if a.json {
			return a.object(saidAll{Said: map[string]int{}})
		}
		a.say("measure.none")
		return nil
	}
	if err := a.confirm(yes, "--yes", a.text("measure.confirm", len(all))); err != nil {
		return err
	}
	return a.deliverAll(ctx, s, all, left)
}

func (a *app) deliverAll(ctx context.Context, s *session, all []spoken, left int) error {
	bars := a.progress(a.errs)
	defer bars.close()
	said := saying{app: a, session: s, said: map[string]int{}}
	done := 0
	for chunk := range slices.Chunk(all, ledger.MaxOperations) {
		if err := said.send(ctx, chunk, false); err != nil {
			return err
		}
		done += len(chunk)
		bars.tell(intake.Progress{Stage: "report", Total: len(all), Done: done, Rejected: said.refused})
	}
	bars.close()
	result := saidAll{Orders: len(all) + left, Said: said.said, Left: left, Refused: said.refused}
	if a.json {
		if err := a.object(result); err != nil {
			return err
		}
	} else {
		for _, w := range []ledger.Word{ledger.WordAcknowledged, ledger.WordRunning, ledger.WordStopped, ledger.WordContinues} {
			if n := said.said[w.String()]; n > 0 {
				a.say("measure.said", n, a.lang.Text("measure.word."+w.String()))
			}
		}
		if left > 0 {
			a.say("measure.left", left)
		}
	}
	if said.refused > 0 || left > 0 {
		return status(exitFailed)
	}
	return nil
}

// send delivers up to an envelope's worth of words. What has been said before is no
// failure of a bulk command: somebody else was faster.
func (s *saying) send(ctx context.Context, words []spoken, single bool) error {
	entries := make([]clerk.Entry, len(words))
	for i, w := range words {
		entries[i] = w.Entry
	}
	out, err := s.app.deliver(ctx, s.session, entries)
	if err != nil {
		return err
	}
	for i, code := range out.Codes {
		before := !single && code == fault.FeedbackRepeated || out.Unsure && code == fault.FeedbackRepeated
		if code == fault.OK || before {
			if s.said != nil {
				s.said[words[i].Event]++
			}
		} else {
			s.refused++
		}
		if single || code != fault.OK && !before {
			if err := s.app.printTold(words[i], code, out); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) printTold(w spoken, code fault.Code, out *clerk.Outcome) error {
	if !a.json {
		return a.printActed(w.Entry, code, out)
	}
	r := told{Measure: w.measure, acted: acted{Record: w.Record.String(), Event: w.Event, Applied: code == fault.OK, Height: out.Height}}
	if code != fault.OK {
		r.Code = code.String()
		r.Message, r.Next = a.lang.Fault(code)
	}
	return a.line(r)
}
