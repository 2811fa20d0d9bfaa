package ledger

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// testRules is a version of the rules that only tests know.
const testRules = Rules + 1

func upgradeTo(rules uint32, height int64) Operation {
	return (&UpgradeVote{Rules: rules, Height: height, Reason: why}).Operation()
}

// voteUpgrade lets recorders vote in one block.
func (w *world) voteUpgrade(op Operation, recorders ...MemberID) *Result {
	w.t.Helper()
	var raws [][]byte
	for _, m := range recorders {
		raws = append(raws, w.seal(m, true, op))
	}
	return w.block(raws...)
}

// until lets blocks pass up to a height.
func (w *world) until(height int64) (last *Result) {
	w.t.Helper()
	for w.height() < height {
		last = w.block()
	}
	return last
}

// refused tries a block that may not be executed, and holds that nothing has moved.
func (w *world) refused(want fault.Code) {
	w.t.Helper()
	before, state := w.ledger.Head(), maps.Clone(w.state)
	res, err := w.ledger.Execute(Block{Height: before.Height + 1, Time: w.time + 1e9, Votes: w.votes()})
	if res != nil || !fault.Is(err, want) || !fault.Is(w.ledger.Next(), want) {
		w.t.Fatalf("block %d: %v, next %v; want %s", before.Height+1, err, w.ledger.Next(), want)
	}
	if w.ledger.Head().AppHash != before.AppHash || !maps.EqualFunc(state, w.state, bytes.Equal) {
		w.t.Fatal("a block that is not executed has left a trace")
	}
}

// TestRulesByHeight: from the height that recorders have voted on a program that does not
// know the rules executes nothing; the newer one goes on from the same state, in whatever
// way it got there.
func TestRulesByHeight(t *testing.T) {
	old, next := newWorld(t), newWorld(t)
	next.knows = testRules
	next.reopen()
	both := []*world{old, next}
	for _, w := range both {
		w.active(1)
		h := w.height()
		w.wantLogged(w.voteUpgrade(upgradeTo(testRules, h+8), 1, 2), "upgrade-vote", "upgrade-vote")
		w.wantLogged(w.voteUpgrade(upgradeTo(testRules, h+8), 3), "upgrade-vote", "upgrade-noticed")
		w.days(6)
		w.days(1)
		w.until(h + 6)
		if got := w.view().Config.Rules(h + 8); got != 1 {
			t.Fatalf("version %d before it is decided", got)
		}
		w.wantLogged(w.block(), "rules-changed")
		c := w.view().Config
		if c.Rules(h+7) != 1 || c.Rules(h+8) != testRules || len(c.Council.Upgrades) != 0 {
			t.Fatalf("versions %d and %d, open %v", c.Rules(h+7), c.Rules(h+8), c.Council.Upgrades)
		}
	}
	if old.ledger.Head().AppHash != next.ledger.Head().AppHash {
		t.Fatal("the programs part before the rules do")
	}
	old.refused(fault.RulesUnknown)
	if err := old.ledger.Next(); !strings.Contains(err.Error(), fmt.Sprintf("version %d; this program knows versions up to %d", testRules, Rules)) {
		t.Errorf("it does not say which program is needed: %v", err)
	}
	old.reopen() // the old program, once more
	old.refused(fault.RulesUnknown)
	old.knows = testRules
	old.reopen()
	for range 3 {
		for _, w := range both {
			w.block(w.seal(court, true, w.migrate(uint64(w.height()), 2, genesisDate)))
		}
		if old.ledger.Head().AppHash != next.ledger.Head().AppHash || !maps.EqualFunc(old.state, next.state, bytes.Equal) {
			t.Fatalf("replicas differ at height %d", old.height())
		}
	}
	checkRestored(t, old)
	if _, err := OpenKnowing(old.state, old.genesis, Rules); !fault.Is(err, fault.RulesUnknown) {
		t.Errorf("an old program opens a state of newer rules: %v", err)
	}
	old.want(old.voteUpgrade(upgradeTo(testRules, old.height()+50), 1), fault.NoEffect)
	old.checkRoots()
}

// TestUpgradeDropped: what has not run its notice, or lost its votes, is dropped at its
// height and the log says why.
func TestUpgradeDropped(t *testing.T) {
	code := func(r *Result) fault.Code {
		for _, e := range r.Events {
			if e.Name == "upgrade-dropped" {
				return fault.Code(e.Args["code"])
			}
		}
		return fault.OK
	}
	t.Run("notice", func(t *testing.T) {
		w := newWorld(t)
		h := w.height()
		w.voteUpgrade(upgradeTo(testRules, h+5), 1, 2, 3)
		w.days(6)
		if got := code(w.until(h + 4)); got != fault.ChangePending {
			t.Fatalf("dropped with %s", got)
		}
		w.until(h + 6)
	})
	t.Run("votes", func(t *testing.T) {
		w := newWorld(t)
		h := w.height()
		w.voteUpgrade(upgradeTo(0, h+6), 1, 2, 3)
		w.want(w.block(w.seal(2, true, upgradeTo(0, 0))), fault.OK)
		w.days(8)
		if got := code(w.until(h + 6)); got != fault.NoEffect {
			t.Fatalf("dropped with %s", got)
		}
		w.until(h + 8)
	})
	t.Run("notice begins anew", func(t *testing.T) {
		w := newWorld(t)
		h := w.height()
		w.voteUpgrade(upgradeTo(testRules, h+8), 1, 2, 3)
		w.want(w.block(w.seal(2, true, upgradeTo(testRules, h+99))), fault.OK) // its latest vote counts
		w.days(6)
		w.want(w.block(w.seal(4, true, upgradeTo(testRules, h+8))), fault.OK)
		w.days(6)
		if got := code(w.until(h + 7)); got != fault.ChangePending {
			t.Fatalf("dropped with %s", got)
		}
	})
	t.Run("constituencies", func(t *testing.T) {
		w := newWorldOf(t, func(g *Genesis) {
			for id := MemberID(7); id <= 9; id++ { // seven recorders
				m := Member{ID: id, NameZH: "机构", NameEN: "Institution", Roles: []Role{Recorder}, Node: fmt.Sprintf("%040x", id), Superior: 1}
				m.Consensus = testKey(id, 9).Public().(ed25519.PublicKey)
				for k := KeyID(1); k <= 2; k++ {
					m.Keys = append(m.Keys, Key{ID: k, Purpose: Operate, Algorithm: Ed25519, Operator: string('a' + byte(k)), Scope: ScopePeople, Public: testKey(id, k).Public().(ed25519.PublicKey)})
				}
				g.Members = append(g.Members, m)
			}
		})
		h := w.height()
		w.voteUpgrade(upgradeTo(testRules, h+9), 1, 2, 3, 4)
		if w.view().Config.Council.Upgrades[0].Due != 0 {
			t.Fatal("four of seven are not two thirds")
		}
		w.wantLogged(w.voteUpgrade(upgradeTo(testRules, h+9), 7), "upgrade-vote", "upgrade-noticed")
	})
}

// TestChainEnds: the last block is executed whole, and none after it; a vote on it comes too
// late, and a state that has ended opens as it was.
func TestChainEnds(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	h := w.height()
	w.voteUpgrade(upgradeTo(0, h+6), 1, 2, 4)
	w.days(7)
	w.until(h + 5)
	last := w.block(w.seal(court, false, send(1, "performed", nil)), w.seal(3, true, upgradeTo(0, h+9)))
	w.want(last, fault.OK, fault.ChainEnded)
	if got := logged(last); !slices.Equal(got, []string{"chain-ended"}) {
		t.Fatalf("logged %v", got)
	}
	if c := w.view().Config; c.Ended(h+6) || !c.Ended(h+7) {
		t.Fatal("the last block is not the last one")
	}
	w.refused(fault.ChainEnded)
	w.reopen()
	w.refused(fault.ChainEnded)
	checkRestored(t, w)
	w.checkRoots()
}

// TestUpgradeForm: what can never be a vote is malformed.
func TestUpgradeForm(t *testing.T) {
	for name, o := range map[string]UpgradeVote{
		"height below zero":    {Rules: 2, Height: -1, Reason: why},
		"rules from no height": {Rules: 2, Reason: why},
		"no reason":            {Rules: 2, Height: 9},
	} {
		if _, err := decodeAct(o.Operation()); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	o := UpgradeVote{Rules: 2, Height: 9, Reason: why}
	var again UpgradeVote
	if err := wire.Decode(o.Operation().Data, &again); err != nil || again != o {
		t.Errorf("%v, %v", again, err)
	}
}
