package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Sidecar is a newer version of a record's contract that runs beside the record's own,
// for its benefit. The record is released when either releases it; an adverse event
// follows the original alone. With the zero Instance the version does not apply to the
// record: it does not take its creation, knows nothing of its listing, or met an error.
type Sidecar struct {
	_        struct{} `cbor:",toarray"`
	Contract uint32
	Instance contract.Instance
}

func (s *Sidecar) applies() bool { return !s.Instance.Zero() }

// own is the place of the record's own version among its clocks.
const own = -1

// turn is what one version did to a record at one moment.
type turn struct {
	contract uint32         // the version that moved
	own      uint32         // the record's own version until then, where that is another one
	before   contract.Phase // of the record
	released bool           // the version took the place of the record's own by releasing it
	taken    []contract.Taken
}

// whole reports whether every newer version has been taken into account for a record,
// or none has to be any more.
func (c *Config) whole(r *Record) bool {
	return len(r.Beside) == len(c.later[r.Contract]) || c.contracts[r.Contract].Status(r.Instance).Phase.Over()
}

// status is what a record is under its own version and those beside it: hidden if any
// hides it, annotated if any annotates it.
func (c *Config) status(r *Record) contract.Status {
	s := c.contracts[r.Contract].Status(r.Instance)
	for i := range r.Beside {
		if b := &r.Beside[i]; b.applies() {
			t := c.contracts[b.Contract].Status(b.Instance)
			s.Hidden = s.Hidden || t.Hidden || t.Phase == contract.Suspended
			s.Annotated = s.Annotated || t.Annotated
		}
	}
	s.InForce = s.InForce && !s.Hidden
	return s
}

// next finds the clock whose deadline is due first: the record's own before the others,
// an older version before a newer one.
func (c *Config) next(r *Record) (clock int, due credit.Moment, ok bool) {
	due, ok = c.contracts[r.Contract].Due(r.Instance)
	clock = own
	for i := range r.Beside {
		b := &r.Beside[i]
		if d, armed := c.contracts[b.Contract].Due(b.Instance); armed && (!ok || d < due) {
			clock, due, ok = i, d, true
		}
	}
	return clock, due, ok
}

// dues appends the moments at which a record's clocks are due next, ascending, each once:
// its entries in the deadline index.
func (c *Config) dues(r *Record, out []credit.Moment) []credit.Moment {
	if d, ok := c.contracts[r.Contract].Due(r.Instance); ok {
		out = append(out, d)
	}
	for i := range r.Beside {
		if d, ok := c.contracts[r.Beside[i].Contract].Due(r.Beside[i].Instance); ok {
			out = append(out, d)
		}
	}
	if len(out) > 1 {
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

// stirs reports whether something happens to a record by itself up to a moment.
func (c *Config) stirs(r *Record, until credit.Moment) bool {
	_, due, ok := c.next(r)
	release, orphan := c.ReleasedAt(r.Recorder)
	return ok && due <= until || orphan && release <= until
}

// settle fires a record's deadlines up to a moment, under all its versions, each at its
// own time, and the release of what nobody is left to decide.
func (c *Config) settle(r *Record, until credit.Moment) []turn {
	release, orphan := c.ReleasedAt(r.Recorder)
	if !orphan || release > until {
		return c.elapse(r, until)
	}
	turns := c.elapse(r, release)
	if next, taken, ok := c.contracts[r.Contract].Release(r.Instance, release, c.Calendar); ok {
		turns = append(turns, c.ownTurn(r, next, taken))
	}
	return append(turns, c.elapse(r, until)...)
}

// elapse fires a record's deadlines up to a moment.
func (c *Config) elapse(r *Record, until credit.Moment) []turn {
	if len(r.Beside) == 0 {
		doc := c.contracts[r.Contract]
		if due, ok := doc.Due(r.Instance); !ok || due > until {
			return nil
		}
		next, taken := doc.Settle(r.Instance, until, c.Calendar)
		return []turn{c.ownTurn(r, next, taken)}
	}
	var turns []turn
	for {
		clock, due, ok := c.next(r)
		switch {
		case !ok || due > until:
			return turns
		case clock == own:
			next, taken := c.contracts[r.Contract].Settle(r.Instance, due, c.Calendar)
			turns = append(turns, c.ownTurn(r, next, taken))
		default:
			b := &r.Beside[clock]
			next, taken := c.contracts[b.Contract].Settle(b.Instance, due, c.Calendar)
			turns = c.besideTurn(r, clock, next, taken, false, turns)
		}
	}
}

// follow lets the versions beside the record's own take an event that has happened, all
// but the one that has taken it already.
func (c *Config) follow(r *Record, ev contract.Event, at credit.Moment, but int, turns []turn) []turn {
	for i := 0; i < len(r.Beside); i++ {
		b := &r.Beside[i]
		if i == but || !b.applies() {
			continue
		}
		if next, taken, ok := c.contracts[b.Contract].Follow(b.Instance, ev, at, c.Calendar); ok {
			turns = c.besideTurn(r, i, next, taken, false, turns)
		}
	}
	c.prune(r)
	return turns
}

// ownTurn moves the record's own version. While another hides the record, nothing that
// the own one does hides or shows it.
func (c *Config) ownTurn(r *Record, next contract.Instance, taken []contract.Taken) turn {
	doc := c.contracts[r.Contract]
	t := turn{contract: r.Contract, before: doc.Status(r.Instance).Phase, taken: taken}
	if len(r.Beside) > 0 {
		if c.hiddenBeside(r) {
			t.taken = slices.Clone(taken)
			for i := range t.taken {
				t.taken[i].Effects = withoutTurns(t.taken[i].Effects)
			}
		}
	}
	r.Duty = r.Duty.after(taken)
	if r.Instance = next; doc.Status(next).Phase.Over() {
		r.Beside = nil
	}
	return t
}

func (c *Config) hiddenBeside(r *Record) bool {
	return slices.ContainsFunc(r.Beside, func(b Sidecar) bool {
		s := c.contracts[b.Contract].Status(b.Instance)
		return s.Hidden || s.Phase == contract.Suspended
	})
}

func withoutTurns(effects []contract.Effect) []contract.Effect {
	return slices.DeleteFunc(slices.Clone(effects), func(f contract.Effect) bool {
		return f == contract.EffectHide || f == contract.EffectShow
	})
}

// besideTurn moves a version beside the record's own. Where it releases the record, it
// takes the own one's place. Else it is told only if it changes what the record shows,
// or if it alone took the event.
func (c *Config) besideTurn(r *Record, i int, next contract.Instance, taken []contract.Taken, alone bool, turns []turn) []turn {
	b := &r.Beside[i]
	doc, before := c.contracts[b.Contract], c.status(r)
	if s := doc.Status(next); s.Phase.Over() && !s.Quarantined {
		t := turn{contract: b.Contract, own: r.Contract, before: before.Phase, released: true, taken: taken}
		r.Contract, r.Instance, r.Beside = b.Contract, next, nil
		r.Duty = r.Duty.after(taken)
		return append(turns, t)
	} else if s.Quarantined {
		next = contract.Instance{}
	}
	b.Instance = next
	after := c.status(r)
	if len(taken) == 0 || after == before && !alone {
		return turns
	}
	told := taken[len(taken)-1]
	if alone {
		told = taken[0]
	}
	told.Phase, told.Effects = before.Phase, contract.Turned(before, after)
	return append(turns, turn{contract: b.Contract, own: r.Contract, before: before.Phase, taken: []contract.Taken{told}})
}

// prune lets go of the versions that know nothing of a record's listing: they cannot say
// when it ends.
func (c *Config) prune(r *Record) {
	if len(r.Beside) == 0 || c.contracts[r.Contract].Status(r.Instance).Phase.Pending() {
		return
	}
	for i := range r.Beside {
		b := &r.Beside[i]
		if b.applies() && c.contracts[b.Contract].Status(b.Instance).Phase.Pending() {
			b.Instance = contract.Instance{}
		}
	}
}

// step is an event as one version of a record's contract takes it.
type step struct {
	event contract.Event
	clock int // own, or the place among those beside it
	next  contract.Instance
	taken []contract.Taken
}

// choose finds the version that takes an event: the record's own, or for a favourable
// event a newer one beside it. The refusal is the own version's, unless it does not know
// the event. Nothing is changed.
func (c *Config) choose(r *Record, ev contract.Event, at credit.Moment, check func(contract.EventSpec) error) (step, error) {
	spec, known := c.contracts[r.Contract].Event(ev.Name)
	if !known || spec.Creates {
		spec, known = contract.EventSpec{}, false
	}
	refused := error(fault.New(fault.UnknownEvent, "event"))
	if known {
		s, err := c.try(r, own, spec, ev, at, check)
		if err == nil || spec.Adverse || fault.Of(err) == fault.Internal {
			return s, err
		}
		refused = err
	}
	for i, b := range r.Beside {
		spec, takes := c.contracts[b.Contract].Event(ev.Name)
		if !b.applies() || !takes || !spec.Favourable || spec.Creates {
			continue
		}
		s, err := c.try(r, i, spec, ev, at, check)
		if err == nil || fault.Of(err) == fault.Internal {
			return s, err
		}
		if !known {
			refused, known = err, true
		}
	}
	return step{}, refused
}

// try gives an event to one version.
func (c *Config) try(r *Record, clock int, spec contract.EventSpec, ev contract.Event, at credit.Moment, check func(contract.EventSpec) error) (step, error) {
	s := step{event: ev, clock: clock}
	number, in := r.Contract, r.Instance
	if clock != own {
		number, in = r.Beside[clock].Contract, r.Beside[clock].Instance
	}
	err := check(spec)
	if err == nil {
		s.next, s.taken, err = c.contracts[number].Step(in, ev, at, c.Calendar)
	}
	if err == nil && clock != own && c.contracts[number].Status(s.next).Quarantined {
		err = fault.New(fault.GuardNotMet, "event")
	}
	return s, err
}
