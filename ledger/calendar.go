package ledger

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// CalendarVote is a recorder's signed vote for a year's calendar, or for another one
// where the State Council has changed its notice. At two thirds of the recorders for
// the same document it is adopted and the calendar's edition grows by one.
type CalendarVote struct {
	Calendar credit.Year `cbor:"1,keyasint"`
}

// Operation encodes the vote.
func (o *CalendarVote) Operation() Operation {
	return Operation{Kind: KindCalendar, Data: wire.Encode(o)}
}

func (o *CalendarVote) check() error              { return o.Calendar.Check() }
func (o *CalendarVote) scope() Scope              { return ScopeGovern }
func (o *CalendarVote) subject() (RecordID, bool) { return RecordID{}, false }
func (o *CalendarVote) body() (wire.Hash, bool)   { return wire.Hash{}, false }
func (o *CalendarVote) favourable(*View) bool     { return false }

func (o *CalendarVote) apply(x *execution, e *Envelope) error {
	member := x.config.Member(e.Member)
	switch year, _, _ := x.now.Date().Civil(); {
	case !member.Has(Recorder):
		return fault.New(fault.RoleNotAllowed, "calendar")
	case o.Calendar.Year < year-1 || o.Calendar.Year > year+2:
		return fault.Newf(fault.BadArgument, "calendar", "from the year before this one to the year after next")
	}
	hash := yearHash(o.Calendar)
	if slices.ContainsFunc(x.config.Calendar.Years(), func(y credit.Year) bool { return yearHash(y) == hash }) {
		return fault.Newf(fault.EventNotAccepted, "calendar", "this document for %d is in force", o.Calendar.Year)
	}
	voters := x.votes.cast(x.set, vote{year: o.Calendar.Year, hash: hash, member: e.Member}, x.config)
	if 3*voters < 2*len(x.config.Recorders()) {
		return nil
	}
	x.votes.drop(x.remove, o.Calendar.Year)
	return x.adopt(o.Calendar, e)
}

func yearHash(y credit.Year) wire.Hash { return wire.Digest("riviera/calendar/1", wire.Encode(y)) }

// adopt puts a year's calendar in force and recomputes the deadlines that it changes:
// those in working days that have been triggered and are still to come.
func (x *execution) adopt(y credit.Year, e *Envelope) error {
	next := *x.config
	next.years = append(slices.Clone(next.years), y)
	next.Calendar = next.Calendar.With(y)
	next.sum = nil
	next.adopted = append(slices.Clone(next.adopted), adoption{Index: x.log.size, At: x.now, year: y, calendar: next.Calendar})
	x.law.Adopted = append(x.law.Adopted, adoption{Index: x.log.size, At: x.now})
	x.config = &next
	x.set(yearKey(next.Calendar.Edition()), wire.Encode(y))
	x.note(&proof.Event{Type: proof.TypeCalendar, Recorded: x.now, Member: uint32(e.Member),
		Key: uint32(e.Key), Height: x.height, Args: map[string]int64{"edition": int64(next.Calendar.Edition()), "year": int64(y.Year)}})
	return x.recalendar(y)
}

// longestWait bounds how far before a year's end a deadline in working days can have
// been triggered that the year's calendar still moves.
const longestWait = 60

func (x *execution) recalendar(y credit.Year) error {
	from, to := recalculated(y, x.now)
	touched := slices.Clone(x.touched) // what this block has changed is not in the index yet
	err := x.reader.Scan(dueKey(from, 0), dueKey(to, 0), func(k, _ []byte) bool {
		w, err := x.at(dueSeq(k))
		if err == nil {
			x.recalculate(w, from, to)
		}
		return err == nil
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "deadlines", err)
	}
	for _, w := range touched {
		x.recalculate(w, from, to)
	}
	return nil
}

// recalculate moves what a calendar moves of each of a record's clocks.
func (x *execution) recalculate(w *working, from, to credit.Moment) {
	move := func(number uint32, in *contract.Instance) {
		doc := x.config.Contract(number)
		if due, ok := doc.Due(*in); ok && due >= from && due < to {
			next, changed := doc.Recalendar(*in, x.config.Calendar)
			*in, w.dirty = next, w.dirty || changed
		}
	}
	move(w.Contract, &w.Instance)
	for i := range w.Beside {
		move(w.Beside[i].Contract, &w.Beside[i].Instance)
	}
}

// loadYears puts the adopted years of a stored state into the configuration.
func (l *Ledger) loadYears() error {
	next := *l.config
	var bad error
	err := l.reader.Scan([]byte("cy"), []byte("cz"), func(_, v []byte) bool {
		var y credit.Year
		if bad = wire.DecodeTrusted(v, &y); bad != nil {
			return false
		}
		next.years = append(slices.Clone(next.years), y)
		next.Calendar = next.Calendar.With(y)
		if i := len(next.adopted); i < len(l.law.Adopted) {
			a := l.law.Adopted[i]
			a.year, a.calendar = y, next.Calendar
			next.adopted = append(next.adopted, a)
		}
		return true
	})
	next.sum = nil
	l.config = &next
	return firstError(err, bad)
}

// vote is a recorder's pending vote for a year's calendar. A recorder has one for each
// year; a later one replaces it, so that nobody can pile them up.
type vote struct {
	year   int
	member MemberID
	hash   wire.Hash
}

func (v vote) key() []byte {
	k := binary.BigEndian.AppendUint32([]byte("cv"), uint32(v.year))
	return binary.BigEndian.AppendUint32(k, uint32(v.member))
}

func compareVotes(a, b vote) int {
	return cmp.Or(cmp.Compare(a.year, b.year), cmp.Compare(a.member, b.member))
}

// votes are the pending votes, ascending by year and member.
type votes struct{ list []vote }

func openVotes(r Reader) (*votes, error) {
	v := &votes{}
	err := r.Scan([]byte("cv"), []byte("cw"), func(k, b []byte) bool {
		v.list = append(v.list, vote{year: int(binary.BigEndian.Uint32(k[2:])),
			member: MemberID(binary.BigEndian.Uint32(k[6:])), hash: wire.Hash(b)})
		return true
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	return v, nil
}

// cast enters a vote and returns how many present recorders now vote for the same document.
func (v *votes) cast(set func(k, b []byte), x vote, config *Config) (same int) {
	i, found := slices.BinarySearchFunc(v.list, x, compareVotes)
	if found {
		v.list[i] = x
	} else {
		v.list = slices.Insert(v.list, i, x)
	}
	set(x.key(), x.hash[:])
	for _, o := range v.list {
		if o.year == x.year && o.hash == x.hash && config.Member(o.member).Has(Recorder) {
			same++
		}
	}
	return same
}

// drop forgets the votes for a year that has been adopted.
func (v *votes) drop(remove func(key, end []byte), year int) {
	v.list = slices.DeleteFunc(v.list, func(o vote) bool {
		if o.year == year {
			remove(o.key(), nil)
		}
		return o.year == year
	})
}

func (v *votes) hash() wire.Hash {
	var b []byte
	for _, o := range v.list {
		b = append(append(b, o.key()...), o.hash[:]...)
	}
	return wire.Digest("riviera/votes/1", b)
}
