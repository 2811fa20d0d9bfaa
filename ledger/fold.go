package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Bounds of what one block takes up of its own accord after a contract has come into
// force. Until a record's turn has come, an evaluation takes the newer version into
// account, and so does whatever touches the record.
const (
	foldPerBlock  = 1000  // records brought under the newer version
	visitPerBlock = 20000 // records looked at
)

// past is what has happened to a record: the events sent to it and, between them, the
// calendars that were adopted, in the order of the log.
type past struct {
	events []pastEvent
}

type pastEvent struct {
	index uint64
	contract.Past
}

// readPast reads the events that were sent to a record; what happened by itself follows
// from them.
func readPast(r Reader, seq uint64) (*past, error) {
	p := &past{}
	var indices []uint64
	err := r.Scan(historyKey(seq, 0), historyKey(seq+1, 0), func(k, _ []byte) bool {
		indices = append(indices, binary.BigEndian.Uint64(k[9:]))
		return true
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "history", err)
	}
	for _, i := range indices {
		b, err := r.Get(eventKey(i))
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "log", err)
		}
		var e proof.Event
		if err := wire.DecodeTrusted(b, &e); err != nil {
			return nil, fault.Wrap(fault.Internal, "log", err)
		}
		if e.Transition != "" && e.Name != "" && e.Member != 0 {
			p.events = append(p.events, pastEvent{i, contract.Past{At: e.Recorded, Event: contract.Event{Name: e.Name, Args: e.Args}}})
		}
	}
	return p, nil
}

// fold brings the versions under which a record does not run yet beside it, in the order
// of their adoption, each as of the moment at which it came into force.
func (c *Config) fold(r Reader, rec *Record) ([]turn, error) {
	p, err := readPast(r, rec.Seq)
	if err != nil {
		return nil, err
	}
	var turns []turn
	for _, n := range c.later[rec.Contract][len(rec.Beside):] {
		// What was due before the version came into force has happened without it.
		turns = append(turns, c.settle(rec, c.since[n]-1)...)
		if c.whole(rec) {
			break
		}
		in, taken, ok := p.replay(c, n)
		if !ok {
			in = contract.Instance{}
		}
		before := c.status(rec)
		rec.Beside = append(rec.Beside, Sidecar{Contract: n})
		last := len(rec.Beside) - 1
		if len(taken) > 0 { // released by an event that its own version did not release it by
			turns = c.besideTurn(rec, last, in, taken, false, turns)
			continue
		}
		rec.Beside[last].Instance = in
		c.prune(rec)
		turns = append(turns, c.joined(rec, n, before)...)
		turns = append(turns, c.recalendared(rec, last)...)
	}
	return turns, nil
}

// recalendared moves what calendars have moved that were adopted after the version came
// into force and before the record's turn.
func (c *Config) recalendared(r *Record, clock int) []turn {
	var turns []turn
	number := r.Beside[clock].Contract
	for _, a := range c.adopted {
		if a.At < c.since[number] {
			continue
		}
		if turns = append(turns, c.settle(r, a.At)...); len(r.Beside) == 0 {
			break
		}
		from, to := recalculated(a.year, a.At)
		b := &r.Beside[clock]
		if due, ok := c.contracts[number].Due(b.Instance); ok && due >= from && due < to {
			b.Instance, _ = c.contracts[number].Recalendar(b.Instance, a.calendar)
		}
	}
	return turns
}

// joined tells that a version hides or annotates a record, or ceases to by leaving
// another's place, from the moment at which it came into force.
func (c *Config) joined(r *Record, n uint32, before contract.Status) []turn {
	after := c.status(r)
	if after == before {
		return nil
	}
	k := contract.Taken{Transition: joinedTransition, To: after.State, Phase: after.Phase, Effective: c.since[n],
		Effects: contract.Turned(before, after)}
	return []turn{{contract: n, own: r.Contract, before: before.Phase, taken: []contract.Taken{k}}}
}

// joinedTransition names, in the log, the moment at which a newer version that hides or
// annotates a record began to run beside its own.
const joinedTransition = "beside"

// replay plays the past under one version. A calendar that was adopted meanwhile moves
// what it would have moved then.
func (p *past) replay(c *Config, number uint32) (in contract.Instance, taken []contract.Taken, ok bool) {
	if len(p.events) == 0 {
		return in, nil, false
	}
	cal, k := c.base, 0
	for ; k < len(c.adopted) && c.adopted[k].Index < p.events[0].index; k++ {
		cal = c.adopted[k].calendar
	}
	f := c.contracts[number].Fold(cal, c.since[number])
	for _, e := range p.events {
		for ; k < len(c.adopted) && c.adopted[k].Index < e.index; k++ {
			c.adopted[k].into(f)
		}
		f.Send(e.Event, e.At)
	}
	for ; k < len(c.adopted) && c.adopted[k].At < c.since[number]; k++ {
		c.adopted[k].into(f)
	}
	return f.End()
}

// into replays the adoption of a calendar.
func (a adoption) into(f *contract.Folding) {
	from, to := recalculated(a.year, a.At)
	f.Adopt(a.calendar, a.At, from, to)
}

// foldSome goes on with bringing live records under a version that has come into force.
func (x *execution) foldSome() error {
	if x.law.Next >= x.law.End {
		return nil
	}
	var seqs []uint64
	var bad error
	visited, next := 0, x.law.End
	err := x.reader.Scan(recordKey(x.law.Next), recordKey(x.law.End), func(k, b []byte) bool {
		seq := binary.BigEndian.Uint64(k[1:])
		if visited == visitPerBlock || len(seqs) == foldPerBlock {
			next = seq
			return false
		}
		visited++
		r, err := decodeRecord(seq, b)
		if err != nil {
			bad = err
			return false
		}
		if !x.config.whole(r) {
			seqs = append(seqs, seq)
		}
		return true
	})
	if err := firstError(err, bad); err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	x.law.Next = next
	for _, seq := range seqs {
		w, err := x.at(seq)
		if err == nil {
			err = x.settle(w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// folded returns a record with every newer version beside it: what the ledger will have
// once the record's turn has come.
func (v *View) folded(r *Record) *Record {
	if v.Config.whole(r) {
		return r
	}
	out := r.clone()
	if _, err := v.Config.fold(v.reader, out); err != nil {
		return r // an unreadable disk, on which the next block halts the node
	}
	return out
}

// recalculated returns within what time a deadline in working days can lie that the
// calendar of a year, adopted at a moment, moves.
func recalculated(y credit.Year, at credit.Moment) (from, to credit.Moment) {
	from = max(at, credit.NewDate(y.Year, 1, 1).Start())
	return from, credit.NewDate(y.Year+1, 1, 1).AddDays(longestWait).Start()
}
