package ledger

import (
	"encoding/binary"
	"slices"

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
func (o *CalendarVote) subject() (RecordID, bool) { return RecordID{}, false }
func (o *CalendarVote) body() (wire.Hash, bool)   { return wire.Hash{}, false }
func (o *CalendarVote) favourable(*View) bool     { return false }

func (o *CalendarVote) apply(x *execution, e *Envelope) error {
	if !x.config.Member(e.Member).Has(Recorder) {
		return fault.New(fault.RoleNotAllowed, "calendar")
	}
	hash := yearHash(o.Calendar)
	if slices.ContainsFunc(x.config.Calendar.Years(), func(y credit.Year) bool { return yearHash(y) == hash }) {
		return fault.Newf(fault.EventNotAccepted, "calendar", "this document for %d is in force", o.Calendar.Year)
	}
	voters := x.votes.add(x.set, hash, e.Member)
	if 3*len(voters) < 2*len(x.config.Recorders()) {
		return nil
	}
	x.votes.remove(x.remove, hash)
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
	x.config = &next
	x.set(yearKey(next.Calendar.Edition()), wire.Encode(y))
	x.events = append(x.events, &proof.Event{Type: proof.TypeCalendar, Recorded: x.now, Member: uint32(e.Member),
		Key: uint32(e.Key), Height: x.height, Args: map[string]int64{"edition": int64(next.Calendar.Edition()), "year": int64(y.Year)}})
	x.append(x.events[len(x.events)-1].Encode())
	return x.recalendar(y)
}

// longestWait bounds how far before a year's end a deadline in working days can have
// been triggered that the year's calendar still moves.
const longestWait = 60

func (x *execution) recalendar(y credit.Year) error {
	from := max(x.now, credit.NewDate(y.Year, 1, 1).Start())
	to := credit.NewDate(y.Year+1, 1, 1).AddDays(longestWait).Start()
	var seqs []uint64
	err := x.reader.Scan(dueKey(from, 0), dueKey(to, 0), func(k, _ []byte) bool {
		seqs = append(seqs, dueSeq(k))
		return true
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "deadlines", err)
	}
	for _, seq := range seqs {
		w, err := x.at(seq)
		if err != nil {
			return err
		}
		if instance, changed := x.config.Contract(w.Contract).Recalendar(w.Instance, x.config.Calendar); changed {
			w.Instance, w.dirty = instance, true
		}
	}
	return nil
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
		return true
	})
	next.sum = nil
	l.config = &next
	return firstError(err, bad)
}

// votes are the pending votes on calendars, by hash of the document.
type votes struct {
	hashes []wire.Hash // ascending
	voters map[wire.Hash][]MemberID
}

func openVotes(r Reader) (*votes, error) {
	v := &votes{voters: map[wire.Hash][]MemberID{}}
	err := r.Scan([]byte("cv"), []byte("cw"), func(k, b []byte) bool {
		h := wire.Hash(k[2:])
		v.hashes = append(v.hashes, h)
		for ; len(b) >= 4; b = b[4:] {
			v.voters[h] = append(v.voters[h], MemberID(binary.BigEndian.Uint32(b)))
		}
		return true
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	return v, nil
}

func (v *votes) add(set func(k, b []byte), h wire.Hash, m MemberID) []MemberID {
	if _, ok := v.voters[h]; !ok {
		v.hashes = append(v.hashes, h)
		slices.SortFunc(v.hashes, func(a, b wire.Hash) int { return slices.Compare(a[:], b[:]) })
	}
	if !slices.Contains(v.voters[h], m) {
		v.voters[h] = append(v.voters[h], m)
		slices.Sort(v.voters[h])
	}
	set(voteKey(h), v.bytes(h))
	return v.voters[h]
}

func (v *votes) remove(remove func(k, end []byte), h wire.Hash) {
	delete(v.voters, h)
	v.hashes = slices.DeleteFunc(v.hashes, func(x wire.Hash) bool { return x == h })
	remove(voteKey(h), nil)
}

func (v *votes) bytes(h wire.Hash) []byte {
	var b []byte
	for _, m := range v.voters[h] {
		b = binary.BigEndian.AppendUint32(b, uint32(m))
	}
	return b
}

func (v *votes) hash() wire.Hash {
	var b []byte
	for _, h := range v.hashes {
		b = append(append(b, h[:]...), v.bytes(h)...)
		b = append(b, 0xff, 0xff, 0xff, 0xff)
	}
	return wire.Digest("riviera/votes/1", b)
}
