package ledger

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// traffic draws envelopes that institutions might send: most of them sound, some not.
type traffic struct {
	w      *world
	t      *rapid.T
	next   uint64
	events []string
	drafts [][]byte // contract documents that are proposed and voted on
}

func (tr *traffic) envelope() []byte {
	if rapid.IntRange(0, 3).Draw(tr.t, "governs") == 0 {
		return tr.governs()
	}
	member := MemberID(rapid.IntRange(1, 5).Draw(tr.t, "member"))
	approve := rapid.Bool().Draw(tr.t, "approve")
	var ops []Operation
	for range rapid.IntRange(1, 5).Draw(tr.t, "operations") {
		ops = append(ops, tr.operation(member))
	}
	return tr.w.seal(member, approve, ops...)
}

// governs draws acts on members, keys and recorders.
func (tr *traffic) governs() []byte {
	w := tr.w
	member := MemberID(rapid.IntRange(1, 6).Draw(tr.t, "of"))
	subject := MemberID(rapid.IntRange(1, 9).Draw(tr.t, "subject"))
	next := MemberID(len(w.view().Config.Members) + 1)
	act := wire.Hash{1}
	if c := w.view().Config.Council.Change; c != nil {
		act = c.Act
	}
	number := KeyID(rapid.IntRange(20, 90).Draw(tr.t, "fresh"))
	fresh := testKey(member, number).Public().(ed25519.PublicKey)
	rotations := []*Rotate{w.rotation(member, number), w.revocation(member, number), w.renaming(member, number, rapid.Bool().Draw(tr.t, "at once"))}
	g := gate(rapid.SampledFrom([]string{GateSuspend, GateResume, GateRemove, GateSucceed}).Draw(tr.t, "act"), subject)
	if g.Act == GateSucceed || rapid.Bool().Draw(tr.t, "named") {
		g.Successor = MemberID(rapid.IntRange(1, 4).Draw(tr.t, "successor"))
	}
	applicant := w.applicant(next, fmt.Sprint("c", next), rapid.SampledFrom([]Role{Recorder, Contributor}).Draw(tr.t, "role"))
	op := rapid.SampledFrom([]Operation{g.Operation(), g.Operation(), admission(applicant, 0, 0), admission(applicant, subject, 0),
		(&Stay{Change: act}).Operation(), rapid.SampledFrom(rotations).Draw(tr.t, "rotation").Operation(), (&Succession{Of: subject}).Operation(),
		(&StopAdverse{Reason: why}).Operation(), (&KeyChange{Add: []Key{{ID: 40, Purpose: Operate, Algorithm: Ed25519, Operator: "x", Scope: ScopePeople, Public: fresh}}}).Operation(),
		leave(0, 0), leave(w.today().AddDays(rapid.IntRange(0, 30).Draw(tr.t, "leaves")), 0),
		upgradeTo(0, 0), upgradeTo(uint32(rapid.IntRange(2, 3).Draw(tr.t, "rules")), w.height()+int64(rapid.IntRange(1, 6).Draw(tr.t, "at"))),
	}).Draw(tr.t, "governing")
	if op.Kind == KindGate {
		member = authority
	}
	return w.seal(member, true, op)
}

func (tr *traffic) operation(member MemberID) Operation {
	switch rapid.IntRange(0, 9).Draw(tr.t, "kind") {
	case 9:
		source := rapid.SampledFrom(tr.drafts).Draw(tr.t, "contract")
		if rapid.IntRange(0, 2).Draw(tr.t, "vote") == 0 {
			return propose(source)
		}
		return voteFor(source, rapid.IntRange(0, 5).Draw(tr.t, "approve") > 0)
	case 4:
		if rapid.Bool().Draw(tr.t, "watermark") {
			return (&Watermark{Height: tr.w.height() + int64(rapid.IntRange(-3, 1).Draw(tr.t, "ahead"))}).Operation()
		}
		hour := tr.w.time/1e9/3600 - int64(rapid.IntRange(0, 3).Draw(tr.t, "hours ago"))
		return (&Anchor{Hour: hour, Root: commitment(uint64(hour))}).Operation()
	case 0:
		tr.next++
		return tr.w.proposal(tr.next, MemberID(rapid.IntRange(1, 4).Draw(tr.t, "recorder")))
	case 1:
		tr.next++
		published := tr.w.view().Moment.Date().AddDays(-rapid.IntRange(0, 900).Draw(tr.t, "days"))
		args := ground(rapid.IntRange(1, 6).Draw(tr.t, "ground"), published)
		args["published_on"] = int64(published)
		return (&Create{Record: recordID(tr.next), Contract: tr.w.contractOf(credit.JudgmentDefaulter), Event: "migrate", Recorder: member,
			Commitment: commitment(tr.next), CaseTag: onBasis(tr.next, rapid.Uint64Range(1, 4).Draw(tr.t, "basis")), Args: args, Measures: []uint16{1}}).Operation()
	case 2:
		word := &Feedback{Record: recordID(rapid.Uint64Range(1, tr.next+1).Draw(tr.t, "record")), Measure: uint16(rapid.IntRange(1, 2).Draw(tr.t, "measure")),
			Code: Word(rapid.IntRange(1, 5).Draw(tr.t, "word"))}
		if word.Code == WordFailed {
			word.Reason = Reason(rapid.IntRange(1, 5).Draw(tr.t, "reason"))
		}
		return word.Operation()
	case 5:
		return access(rapid.Uint64Range(1, tr.next+1).Draw(tr.t, "record"), byte(rapid.IntRange(1, 2).Draw(tr.t, "code")))
	case 6:
		return tr.filing(rapid.Uint64Range(1, tr.next+1).Draw(tr.t, "record"))
	default:
		id := rapid.Uint64Range(1, tr.next+1).Draw(tr.t, "record")
		return send(id, rapid.SampledFrom(tr.events).Draw(tr.t, "event"), tr.args())
	}
}

// filing is one of the subject's events, mostly with the serial and the code of the moment.
func (tr *traffic) filing(n uint64) Operation {
	serial := uint32(rapid.IntRange(0, 1).Draw(tr.t, "ahead"))
	if r, err := tr.w.view().Record(recordID(n)); err == nil {
		serial += r.Filings
	}
	code := byte(rapid.IntRange(1, 2).Draw(tr.t, "code"))
	return tr.w.filing(n, rapid.SampledFrom([]string{"claim", "object", "ask_review", "performed"}).Draw(tr.t, "event"), serial, func(o *Filing) {
		o.Paper = paper(n)
		o.Sign(tr.w.hash, accessKey(n, code))
	})
}

func (tr *traffic) args() map[string]int64 {
	return rapid.SampledFrom([]map[string]int64{nil, {"served": 1}, {"exclusions_checked": 1}, {"months": 12}, {"all_creditors": 1, "approved": 1}, {"nonsense": 1}}).Draw(tr.t, "args")
}

// TestReplicasAgree runs the same blocks on three replicas: one that goes on, one that
// is opened anew after every block as after a crash, and one that replays everything
// from genesis at the end from the bytes alone. Roots, codes and states are the same,
// and both roots are those that the state recomputes to.
func TestReplicasAgree(t *testing.T) {
	enacted := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		crashing := newWorld(t)
		w.knows, crashing.knows = 9, 9
		w.reopen()
		crashing.reopen()
		tr := &traffic{w: w, t: rt, drafts: [][]byte{version(t, defaulter, 2, oneYear...), version(t, defaulter, 3), version(t, "major-tax", 2), []byte("riviera: 1")}}
		for _, e := range w.view().Config.Contract(w.contractOf(credit.JudgmentDefaulter)).Events() {
			if !e.Creates {
				tr.events = append(tr.events, e.Name)
			}
		}
		var raws [][][]byte
		var times []int64
		for range rapid.IntRange(1, 12).Draw(rt, "blocks") {
			var block [][]byte
			for range rapid.IntRange(0, 4).Draw(rt, "envelopes") {
				block = append(block, tr.envelope())
			}
			if rapid.IntRange(0, 3).Draw(rt, "publish") == 0 {
				source := tr.drafts[0]
				block = append(block, w.seal(1, true, propose(source)), w.seal(2, true, voteFor(source, true)), w.seal(3, true, voteFor(source, true)))
			}
			w.time += int64(rapid.IntRange(0, 40).Draw(rt, "days")) * 86400e9
			crashing.time = w.time
			a, b := w.block(block...), crashing.block(block...)
			if a.Head.AppHash != b.Head.AppHash || !bytes.Equal(codeBytes(a), codeBytes(b)) {
				rt.Fatalf("replicas differ at height %d", a.Head.Height)
			}
			crashing.reopen()
			checkRecent(rt, w, crashing)
			raws, times = append(raws, block), append(times, w.time)
		}
		replay := newWorld(t)
		replay.knows = 9
		replay.reopen()
		for i, block := range raws {
			replay.time = times[i] - 1e9 // block adds the second again
			replay.block(block...)
		}
		if replay.ledger.Head().AppHash != w.ledger.Head().AppHash || !maps.EqualFunc(replay.state, w.state, bytes.Equal) {
			rt.Fatal("a replay from genesis gives another state")
		}
		w.checkRoots()
		checkDeadlines(rt, w)
		checkOrders(rt, w)
		checkRestored(rt, w)
		enacted += len(w.view().Config.Contracts()) - len(w.genesis.Contracts)
	})
	if enacted == 0 {
		t.Error("no contract has come into force: the test proves less than it says")
	}
}

func codeBytes(r *Result) []byte {
	var b []byte
	for _, c := range codes(r) {
		b = append(b, byte(c>>8), byte(c))
	}
	return b
}

type fataller interface {
	Fatalf(format string, args ...any)
}

// checkDeadlines holds the deadline index against the records, and the counts by phase.
func checkDeadlines(t fataller, w *world) {
	v := w.view()
	index := map[string]bool{}
	w.state.Scan([]byte{'d'}, []byte{'d' + 1}, func(k, _ []byte) bool { index[string(k)] = true; return true })
	counts, live := make([]uint64, contract.Annulled+1), map[uint32]uint64{}
	err := v.EachRecord(0, func(r *Record) bool {
		c := v.Config.Contract(r.Contract)
		for _, due := range v.Config.dues(r, nil) {
			if !index[string(dueKey(due, r.Seq))] {
				t.Fatalf("record %d is due at %v and not in the index", r.Seq, due)
			}
			delete(index, string(dueKey(due, r.Seq)))
		}
		if phase := c.Status(r.Instance).Phase; !phase.Over() {
			live[r.Contract]++
		}
		counts[c.Status(r.Instance).Phase]++
		return true
	})
	if err != nil || len(index) != 0 {
		t.Fatalf("%d entries of the index belong to no record: %v", len(index), err)
	}
	for _, n := range v.Config.Contracts() {
		if got := w.ledger.law.records(n); got != live[n] {
			t.Fatalf("%d live records of contract %d, counted %d", live[n], n, got)
		}
	}
	for p, n := range counts {
		if p < len(v.Phases) && v.Phases[p] != n {
			t.Fatalf("%d records in phase %d, counted %d", n, p, v.Phases[p])
		}
	}
}

// checkRecent holds what a ledger remembers of its last blocks against what one that has
// just been opened reads.
func checkRecent(t fataller, w, opened *world) {
	v, plain := w.view(), opened.view()
	from := v.LogSize - min(v.LogSize, 20)
	type entry struct {
		index uint64
		bytes string
	}
	list := func(v *View) (all []entry) {
		if err := v.Events(from, 1000, func(i uint64, e *proof.Event) bool {
			checkEventWritten(t, e)
			all = append(all, entry{i, string(e.Encode())})
			return len(all) < 15
		}); err != nil {
			t.Fatalf("%v", err)
		}
		return all
	}
	if got, want := list(v), list(plain); !slices.Equal(got, want) {
		t.Fatalf("events %v, read %v", got, want)
	}
	err := plain.EachRecord(0, func(r *Record) bool {
		checkWritten(t, r)
		if got := v.Recent(r.ID); got != nil && (got.Seq != r.Seq || !bytes.Equal(wire.Encode(got), wire.Encode(r))) {
			t.Fatalf("record %d is remembered as it no longer is", r.Seq)
		}
		return true
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// TestMassDeadlines: more deadlines than a block settles spill into the next blocks,
// while evaluation tells the truth at once.
func TestMassDeadlines(t *testing.T) {
	w := newWorld(t)
	published := genesisDate.AddDays(-700)
	const n = settlePerBlock + 300
	for i := uint64(0); i < n; {
		var ops []Operation
		for ; i < n && len(ops) < MaxOperations; i++ {
			ops = append(ops, w.migrate(i, 2, published))
		}
		if res := w.block(w.seal(court, true, ops...)); res.Codes[0].Code != fault.OK || res.Codes[0].Ops != nil {
			t.Fatalf("codes %v", res.Codes)
		}
	}
	w.to(genesisDate.AddDays(60))
	w.block() // term over: first of two deadlines of each record
	if got := w.view().Phases[contract.Active]; got != 300 {
		t.Fatalf("%d records left for the next block", got)
	}
	v := w.view()
	for seq := range uint64(n) {
		r, err := v.RecordAt(seq)
		if err != nil {
			t.Fatal(err)
		}
		if v.Status(r).InForce {
			t.Fatalf("record %d is in force by evaluation after its deadline", seq)
		}
	}
	for range 4 {
		w.block()
	}
	if got := w.view().Phases[contract.Exited]; got != n {
		t.Fatalf("%d of %d released", got, n)
	}
	w.to(genesisDate.AddDays(60 + 400))
	w.block() // the retention is over
	if got := w.view().Phases[contract.Erased]; got != settlePerBlock/erasureWeight {
		t.Fatalf("%d records erased in one block, want %d", got, settlePerBlock/erasureWeight)
	}
	for range n * erasureWeight / settlePerBlock {
		w.block()
	}
	if got := w.view().Phases[contract.Erased]; got != n {
		t.Fatalf("%d of %d erased", got, n)
	}
	w.checkRoots()
}

// TestLogProofs checks every path and consistency proof over sizes around the tile
// boundaries.
func TestLogProofs(t *testing.T) {
	w := newWorld(t)
	var ops []Operation
	for i := range uint64(600) {
		ops = append(ops, w.migrate(i, 1, genesisDate))
		if len(ops) == 100 || i == 599 {
			w.block(w.seal(court, true, ops...))
			ops = nil
		}
	}
	checkLog(t, w)
}
