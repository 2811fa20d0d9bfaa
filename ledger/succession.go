package ledger

import (
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Succession is a recorder's consent to decide the records of one that leaves. The gate
// names, the named one accepts; without both the records end after thirty days.
type Succession struct {
	Of MemberID `cbor:"1,keyasint"`
}

// Operation encodes the consent.
func (o *Succession) Operation() Operation {
	return Operation{Kind: KindSuccession, Data: wire.Encode(o)}
}

func (o *Succession) check() error {
	if o.Of == 0 {
		return fault.New(fault.Malformed, "member")
	}
	return nil
}
func (o *Succession) scope() Scope                          { return ScopeGovern }
func (o *Succession) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *Succession) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *Succession) favourable(*View) bool                 { return false }
func (o *Succession) signatures(*Member) int                { return 2 }
func (o *Succession) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *Succession) decide(s *session) error {
	m, err := s.member(s.by.member)
	if err != nil {
		return err
	}
	args := map[string]int64{"of": int64(o.Of)}
	if c := s.council().Change; c != nil && c.Leave == o.Of && c.Successor == m.ID && !c.Accepted {
		c.Accepted = true
		s.log("succession-accepted", Cause{}, args)
		return nil
	}
	of := s.config.Member(o.Of)
	if of == nil || of.Retired == 0 || of.Named != m.ID || of.Release == 0 || of.Release <= s.now {
		return fault.New(fault.SuccessorInvalid, "member")
	}
	if !m.Has(Recorder) {
		return fault.Newf(fault.RoleNotAllowed, "successor", "only a recorder decides records")
	}
	next := *of
	next.Named, next.Successor, next.Release = 0, m.ID, 0
	s.set(next)
	s.log("succession", Cause{}, args)
	return nil
}

// checkSuccessor refuses a successor that could not decide. None is allowed: then the
// clock runs.
func (s *session) checkSuccessor(of, successor MemberID) error {
	if successor == 0 {
		return nil
	}
	m := s.config.Member(successor)
	if m == nil || successor == of || !m.Has(Recorder) {
		return fault.Newf(fault.SuccessorInvalid, "successor", "another recorder")
	}
	return nil
}

// succeed names a successor anew: for a recorder under notice, or for one that has left
// and whose records have not ended yet.
func (o *Gate) succeed(s *session, m Member) error {
	if err := s.checkSuccessor(m.ID, o.Successor); err != nil {
		return err
	}
	if c := s.council().Change; c != nil && c.Leave == m.ID {
		c.Successor, c.Accepted = o.Successor, false
	} else {
		if m.Retired == 0 || m.Release == 0 || m.Release <= s.now {
			return fault.New(fault.NoEffect, "successor")
		}
		m.Named = o.Successor
		s.set(m)
	}
	s.log("successor-named", o.Reason, o.args())
	return nil
}

// Sweep goes through the records of a recorder that has left without a successor, so
// that their release is recorded. It is over at the end of the records.
type Sweep struct {
	Member MemberID      `cbor:"1,keyasint" json:"member"`
	At     credit.Moment `cbor:"2,keyasint" json:"at"` // of the release
	Next   uint64        `cbor:"3,keyasint,omitempty" json:"next,omitempty"`
}

// sweeps begins a sweep for every clock that has run out.
func (s *session) sweeps() bool {
	began := false
	for i := range s.config.Members {
		m := &s.config.Members[i]
		if m.Release == 0 || m.Release > s.now {
			continue
		}
		c := s.council()
		if slices.ContainsFunc(c.Sweeps, func(w Sweep) bool { return w.Member == m.ID && w.At == m.Release }) {
			continue
		}
		c.Sweeps = append(c.Sweeps, Sweep{Member: m.ID, At: m.Release})
		s.by = actor{}
		s.log("records-released", Cause{}, map[string]int64{"member": int64(m.ID)})
		began = true
	}
	return began
}

// sweep releases up to n of the records whose deciding body has left, in order.
func (x *execution) sweep(n int) error {
	if len(x.config.Council.Sweeps) == 0 || n <= 0 {
		return nil
	}
	w := x.config.Council.Sweeps[0]
	var seqs []uint64
	visited := 0
	end := true
	err := x.reader.Scan(recordKey(w.Next), []byte{'r' + 1}, func(k, b []byte) bool {
		if len(seqs) >= n || visited >= sweepLook {
			end = false
			return false
		}
		visited++
		r, err := decodeRecord(binary.BigEndian.Uint64(k[1:]), b)
		if err == nil && x.config.Decides(r.Recorder) == w.Member {
			seqs = append(seqs, r.Seq)
		}
		w.Next++
		return err == nil
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "records", err)
	}
	for _, seq := range seqs {
		r, err := x.at(seq)
		if err == nil {
			err = x.settle(r)
		}
		if err != nil {
			return err
		}
	}
	s := x.session()
	c := s.council()
	c.Sweeps[0] = w
	if end {
		c.Sweeps = slices.Delete(c.Sweeps, 0, 1)
		m := *s.config.Member(w.Member)
		m.Named, m.Release = 0, 0
		s.set(m)
	}
	return x.conclude(s)
}

// sweepLook bounds the records that a block looks at for a sweep.
const sweepLook = 20_000
