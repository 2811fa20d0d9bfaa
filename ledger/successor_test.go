package ledger

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// ended is a world whose chain has ended: with records in several phases, a recorder that
// has come and one that has gone, votes on later rules, and all of it days ago.
func endedWorld(t *testing.T) *world {
	w := newWorld(t)
	w.warm(3)
	w.active(1)
	w.active(2)
	w.want(w.block(w.seal(contributor, false, w.proposal(3, court))), fault.OK)
	w.want(w.gate(admission(w.applicant(7, "c7", Recorder), 4, 0)), fault.OK)
	w.days(7)
	w.want(w.block(w.seal(court, false, send(2, "performed", nil))), fault.OK)
	h := w.height()
	w.voteUpgrade(upgradeTo(0, h+6), 1, 2, 7)
	w.want(w.block(w.seal(3, true, upgradeTo(testRules, h+99))), fault.OK)
	w.days(7)
	w.until(h + 6)
	w.refused(fault.ChainEnded)
	return w
}

// successor is the genesis document of the chain after a world's.
func (w *world) successor(chainID string) *Genesis {
	w.t.Helper()
	p, err := w.view().Ending()
	if err != nil {
		w.t.Fatal(err)
	}
	p.Seal, p.TimeNS = wire.Hash{1}, w.time+1e9
	g, err := w.genesis.Successor(chainID, p)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := json.Marshal(g)
	if err != nil {
		w.t.Fatal(err)
	}
	again, err := ParseGenesis(b)
	if err != nil || again.Hash() != g.Hash() {
		w.t.Fatalf("the document reads as another: %v", err)
	}
	return again
}

// carryOver begins a successor's state from the snapshot of an ended world.
func (w *world) carryOver(g *Genesis, change func(k, v []byte) (key, value []byte)) (out memory, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Newf(fault.SnapshotForged, "panic", "%v", p)
		}
	}()
	out = memory{}
	r, err := Continue(g, w.ledger.Summary(), out, func(k, v []byte) { out[string(k)] = bytes.Clone(v) }, func() error { return nil })
	if err != nil {
		return nil, err
	}
	var bad error
	err = Carried(w.state, nil, func(k, v []byte) bool {
		if change != nil {
			k, v = change(k, v)
		}
		if k != nil {
			bad = r.Add(k, v)
		}
		return bad == nil
	})
	if err = firstError(err, bad); err != nil {
		return nil, err
	}
	return out, r.Finish(0, 0)
}

// TestSuccessorContinues: the state behind a successor's first moment is its predecessor's
// last one, key by key but for what ended it; heights, time and log go on; what was signed
// for the one chain counts on no other; and so it is with the successor's own successor.
func TestSuccessorContinues(t *testing.T) {
	w := endedWorld(t)
	spent := w.seal(court, false, send(1, "performed", nil))
	for _, chain := range []string{"second", "third"} {
		g := w.successor(chain)
		state, err := w.carryOver(g, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range slices.Sorted(maps.Keys(w.state)) {
			if own := k == string(metaKey) || k == string(genesisKey) || k == string(councilKey); !own && !bytes.Equal(state[k], w.state[k]) {
				t.Fatalf("key %q is %x, was %x", k[:1], state[k], w.state[k])
			}
		}
		next := &world{t: t, genesis: g, hash: g.Hash(), state: state, time: w.time + 1e9, absent: w.absent}
		next.reopen()
		old, head := w.ledger.Head(), next.ledger.Head()
		if head.Height != old.Height+1 || head.Height != g.Base() || head.LogRoot != old.LogRoot || head.LogSize != old.LogSize ||
			head.Records != old.Records || !slices.Equal(head.Phases, old.Phases) || head.Moment < old.Moment || head.AppHash == old.AppHash {
			t.Fatalf("head %+v after %+v", head, old)
		}
		if c := next.view().Config; c.Council.Final != 0 || len(c.Council.Upgrades) != 0 || len(c.Recorders()) != 4 {
			t.Fatalf("council %+v", c.Council)
		}
		a, err1 := w.view().Epochs()
		b, err2 := next.view().Epochs()
		if err1 != nil || err2 != nil || !bytes.Equal(wire.Encode(a), wire.Encode(b)) {
			t.Fatalf("epochs %v and %v", a, b)
		}
		res := next.block(spent)
		next.want(res, fault.ForeignGenesis)
		if res.Head.Height != head.Height+1 {
			t.Fatalf("block %d", res.Head.Height)
		}
		next.want(next.block(next.seal(court, true, next.migrate(uint64(100+next.height()), 1, genesisDate))), fault.OK)
		next.checkRoots()
		checkRestored(t, next)
		checkDeadlines(t, next)
		if chain == "second" {
			next.want(next.block(next.seal(court, false, send(1, "performed", nil))), fault.OK)
			next.days(40)
			if got := next.phase(1); got != contract.Exited {
				t.Fatalf("the record of the first chain is %s", got)
			}
			h := next.height()
			next.voteUpgrade(upgradeTo(0, h+4), 1, 2, 3)
			next.days(7)
			next.until(h + 4)
			spent = next.seal(court, false, send(1, "performed", nil))
			w = next
		}
	}
}

// TestSuccessorForged: a successor begins with the state that its genesis document names,
// and with nothing else.
func TestSuccessorForged(t *testing.T) {
	w := endedWorld(t)
	g := w.successor("second")
	refuse := func(name string, want fault.Code, g *Genesis, change func(k, v []byte) ([]byte, []byte)) {
		t.Helper()
		if _, err := w.carryOver(g, change); !fault.Is(err, want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	other := func(spoil func(p *Predecessor)) *Genesis {
		next := *g
		next.Predecessors = slices.Clone(g.Predecessors)
		spoil(&next.Predecessors[0])
		return &next
	}
	refuse("another root", fault.SuccessorMismatch, other(func(p *Predecessor) { p.AppHash[0] ^= 1 }), nil)
	refuse("another height", fault.SuccessorMismatch, other(func(p *Predecessor) { p.Height++ }), nil)
	refuse("other recorders", fault.SuccessorMismatch, other(func(p *Predecessor) { p.Validators = p.Validators[:3] }), nil)
	refuse("another genesis", fault.SnapshotForged, other(func(p *Predecessor) { p.Genesis[0] ^= 1 }), nil)
	refuse("no predecessor", fault.SuccessorMismatch, w.genesis, nil)
	members := other(func(*Predecessor) {})
	members.GovernanceDay = 1e9
	refuse("another constitution", fault.SnapshotForged, members, nil)
	for _, k := range slices.Sorted(maps.Keys(w.state)) {
		if !isCarried(k) || k[0] == 'x' || k[0] == 'e' && k != string(eventKey(0)) {
			continue
		}
		refuse("a value of "+k[:1], fault.SnapshotForged, g, func(key, v []byte) ([]byte, []byte) {
			if v = bytes.Clone(v); string(key) == k {
				v[len(v)-1] ^= 1
			}
			return key, v
		})
	}
	if _, err := newWorld(t).view().Ending(); !fault.Is(err, fault.ChainRunning) {
		t.Errorf("a chain that goes on has ended: %v", err)
	}
	for name, spoil := range map[string]func(*Genesis){
		"the same chain":     func(g *Genesis) { g.Predecessors[0].ChainID = g.ChainID },
		"no height":          func(g *Genesis) { g.Predecessors[0].Height = 0 },
		"no seal":            func(g *Genesis) { g.Predecessors[0].Seal = wire.Hash{} },
		"too few recorders":  func(g *Genesis) { g.Predecessors[0].Validators = g.Predecessors[0].Validators[:3] },
		"a recorder's power": func(g *Genesis) { g.Predecessors[0].Validators[0].Power = 99 },
		"before it began":    func(g *Genesis) { g.Predecessors[0].TimeNS = 1 },
	} {
		bad := w.successor("second")
		spoil(bad)
		if err := bad.Check(); !fault.Is(err, fault.BadConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
