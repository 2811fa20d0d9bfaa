package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Stop is the emergency stop of adverse acts: a third of the recorders brings it about,
// it lapses after 72 hours, and there is none for thirty days after it. Exits go on.
type Stop struct {
	Until int64      `cbor:"1,keyasint,omitempty" json:"until_ns,omitempty"` // block time at which it lapses or lapsed
	Again int64      `cbor:"2,keyasint,omitempty" json:"again_ns,omitempty"` // block time from which there can be another
	Votes []StopVote `cbor:"3,keyasint,omitempty" json:"votes,omitempty"`    // recorders that ask for one now
}

// StopVote is a recorder that asks for an emergency stop, and until when that counts.
type StopVote struct {
	_      struct{} `cbor:",toarray"`
	Member MemberID `json:"member"`
	Lapses int64    `json:"lapses_ns"`
}

// StopAdverse asks for the emergency stop. One operator is enough: it spares subjects.
type StopAdverse struct {
	Reason Cause `cbor:"1,keyasint"`
}

// Operation encodes the request.
func (o *StopAdverse) Operation() Operation {
	return Operation{Kind: KindStop, Data: wire.Encode(o)}
}

func (o *StopAdverse) check() error                          { return o.Reason.check() }
func (o *StopAdverse) scope() Scope                          { return ScopeGovern }
func (o *StopAdverse) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *StopAdverse) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *StopAdverse) favourable(*View) bool                 { return true }
func (o *StopAdverse) signatures(*Member) int                { return 1 }
func (o *StopAdverse) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *StopAdverse) decide(s *session) error {
	m, err := s.recorder("stop")
	if err != nil {
		return err
	}
	stop := &s.council().Stop
	switch {
	case s.time < stop.Until:
		return fault.Newf(fault.NoEffect, "stop", "adverse acts are stopped")
	case s.time < stop.Again:
		return fault.New(fault.StopTooSoon, "stop")
	}
	stop.Votes = slices.DeleteFunc(stop.Votes, func(v StopVote) bool { return s.time >= v.Lapses })
	if slices.ContainsFunc(stop.Votes, func(v StopVote) bool { return v.Member == m.ID }) {
		return fault.New(fault.NoEffect, "stop")
	}
	stop.Votes = append(stop.Votes, StopVote{Member: m.ID, Lapses: s.time + s.config.days(stopDays)})
	var voters []MemberID
	for _, v := range stop.Votes {
		voters = append(voters, v.Member)
	}
	args := map[string]int64{"votes": int64(len(voters)), "recorders": int64(len(s.config.Recorders()))}
	if !s.aThird(voters, false) {
		s.log("stop-asked", o.Reason, args)
		return nil
	}
	stop.Until = s.time + s.config.days(stopDays)
	stop.Again = stop.Until + s.config.days(stopPauseDays)
	stop.Votes = nil
	args["until"] = seconds(stop.Until)
	s.log("stopped", o.Reason, args)
	return nil
}
