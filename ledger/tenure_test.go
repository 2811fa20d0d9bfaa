package ledger

import (
	"slices"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

// setExecutes changes what a member carries out, as a block would do it, one second later.
func (w *world) setExecutes(m MemberID, measures ...uint16) {
	w.t.Helper()
	w.time += 1e9
	config := *w.ledger.config
	config.Members = slices.Clone(config.Members)
	config.Members[m-1].Executes = measures
	config.sum = nil
	x := &execution{Ledger: w.ledger, config: &config, now: w.ledger.Moment(w.time), writes: newWriteSet(0)}
	x.follow()
	w.ledger.config = x.config
	for _, write := range x.writes.list {
		w.state.apply([]Write{write})
	}
}

// TestTenures: whoever gives a measure up has to stop it, whoever takes it on owes
// nothing for what had ended before, and giving up wipes no debt.
func TestTenures(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(court, true, w.migrate(2, 1, genesisDate.AddDays(-30)))), fault.OK)
	w.release() // record 1
	if got := w.say(contributor, WordAcknowledged); got != fault.OK {
		t.Fatal(got)
	}
	w.setExecutes(contributor)
	given := w.ledger.Moment(w.time)
	w.block()
	if o := w.orderOf(2, contributor); o.State != StopOrdered || o.Stop != given {
		t.Errorf("given up while in force: %+v", o)
	}
	if o := w.orderOf(1, contributor); o.State != StopAcked {
		t.Errorf("given up after the end: %+v", o)
	}
	w.setExecutes(court, 1)
	if o := w.orderOf(1, court); o.State != 0 {
		t.Errorf("taken on after the end: %+v", o)
	}
	if o := w.orderOf(2, court); o.State != Ordered || o.Ordered != w.ledger.Moment(w.time) {
		t.Errorf("taken on while in force: %+v", o)
	}
	w.setExecutes(contributor, 1)
	if o := w.orderOf(2, contributor); o.State != Ordered || o.Stop != 0 {
		t.Errorf("taken on again: %+v", o)
	}
	if o := w.orderOf(1, contributor); o.State != StopAcked {
		t.Errorf("taking on again wiped a debt: %+v", o)
	}
	if got := w.say(court, WordStopped); got != fault.NotExecutor {
		t.Error(got)
	}
	if got := w.say(contributor, WordStopped); got != fault.OK {
		t.Error(got)
	}
}

// TestTenuresSurvive a crash: what the gate changes about an entry is followed, read
// back, and under the state root; a removed member's duties end in stops.
func TestTenuresSurvive(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.active(1)
	before := w.ledger.config.hash()
	m := *w.member(contributor)
	m.Executes = []uint16{2, 5}
	w.want(w.gate((&Gate{Act: GateCorrect, Subject: contributor, Member: &m, Reason: Cause{CauseRequest, "charter-9"}}).Operation()), fault.OK)
	if w.ledger.config.hash() == before {
		t.Error("the state root does not bind the tenures")
	}
	want := w.orderOf(1, contributor)
	if want.State != StopOrdered {
		t.Fatalf("given up through the gate: %+v", want)
	}
	tenures := w.ledger.config.tenures
	w.reopen()
	if !slices.Equal(w.ledger.config.tenures, tenures) || w.orderOf(1, contributor) != want {
		t.Errorf("read back %+v, want %+v", w.ledger.config.tenures, tenures)
	}
	w.want(w.gate(gate(GateRemove, contributor).Operation()), fault.OK)
	w.reopen()
	for _, x := range w.ledger.config.tenures {
		if x.Member == contributor && x.To == 0 {
			t.Errorf("a removed member still carries out measure %d", x.Measure)
		}
	}
	if got := w.say(contributor, WordStopped); got != fault.OK {
		t.Errorf("a removed member reports a stop: %s", got)
	}
}

func TestGenesisExecutes(t *testing.T) {
	for name, change := range map[string]func(*Genesis){
		"unknown":     func(g *Genesis) { g.Members[0].Executes = []uint16{999} },
		"information": func(g *Genesis) { g.Members[0].Executes = []uint16{13} },
		"descending":  func(g *Genesis) { g.Members[0].Executes = []uint16{2, 1} },
		"twice":       func(g *Genesis) { g.Members[0].Executes = []uint16{1, 1} },
		"authority":   func(g *Genesis) { g.Members[authority-1].Executes = []uint16{1} },
	} {
		g := testGenesis()
		change(g)
		if err := g.Check(); !fault.Is(err, fault.BadConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	g := testGenesis()
	g.Members[0].Executes = []uint16{1, 8}
	if err := g.Check(); err != nil {
		t.Error(err)
	}
}
