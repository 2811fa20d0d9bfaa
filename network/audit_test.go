package network

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/audit"
	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/verify"
)

// audited is one network that is looked at from outside while it runs and afterwards.
type audited struct {
	*life
	standing *followed
	height   int64  // by which all of it is in blocks
	witness  string // directory of a witness whom every node knows
}

// lapsing is how many records lapse: of their secrets, new ones may take some places.
const lapsing = 6

// sound is a node that nothing happens to before the last step.
const sound = 3

// TestAudit takes records through their lives on a network of which one node does not
// overwrite the secrets that it erases, and then looks at every home: nothing differs but
// that one's leftovers. What is changed on a disk afterwards is found and named.
func TestAudit(t *testing.T) {
	t.Parallel()
	dir, vkey := newWitness(t, "witness.example.org/w1")
	n := start(t, shape{recorders: 4, day: 100 * time.Millisecond, prepare: func(i int, h *node.Home) {
		h.Config.Checkpoint.Witnesses = []string{vkey}
		if i == careless {
			h.Disk = newHaunted(t, zeroSlots)
		}
	}})
	a := &audited{life: &life{testNetwork: n}, witness: dir}
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"lives", a.lives},
		{"a witness", a.witnessed},
		{"proofs of the log", a.proofs},
		{"an honest home, and a second one", a.honest},
		{"a node that keeps secrets", a.leftovers},
		{"changed on the disk", a.changed},
		{"a changed block", a.changedBlock},
	} {
		if !t.Run(step.name, func(t *testing.T) { a.t = t; step.run(t) }) {
			t.FailNow()
		}
	}
	a.t = t
}

// lives lists two records, of which one is performed and released, and proposes some with
// which nobody deals until they lapse.
func (a *audited) lives(t *testing.T) {
	today := a.today()
	var drafts []credit.Body
	for n := range lapsing {
		drafts = append(drafts, markedBody(t, 4+n, today))
	}
	lapsed := a.createAll(registry, court, clerk.Propose, drafts...)
	body := markedBody(t, 1, today.AddDays(-40))
	body.PublishedOn = today.AddDays(-30)
	a.followed = a.create(court, court, clerk.Migrate, body)
	body = markedBody(t, 3, today.AddDays(-40))
	body.PublishedOn = today.AddDays(-30)
	a.standing = a.create(court, court, clerk.Migrate, body)
	a.act(a.clerk(court), clerk.ActSpec{Record: a.standing.record, Event: "pay", Kind: credit.JudgmentDefaulter, Amend: clerk.Pay(654_321_987_654, "标记部分履行")})
	a.act(a.clerk(court), clerk.ActSpec{Record: a.followed.record, Event: "performed", Kind: credit.JudgmentDefaulter})
	a.eventually("released, and forgotten", func() error {
		s := a.status(registry)
		if phase(s, contract.Exited) != 1 || phase(s, contract.Rejected)+phase(s, contract.Erased) != lapsing {
			return fmt.Errorf("%v", s.Phases)
		}
		a.height = s.Height
		return nil
	})
	a.eventually("all but the careless node have confirmed in time", func() error {
		late := 0
		for _, f := range lapsed {
			e, err := a.client(registry).Erasure(t.Context(), f.record.String())
			if err != nil {
				return err
			}
			for _, r := range e.Receipts {
				switch spoilt := r.Member == uint32(a.member(careless)); {
				case spoilt && r.State == "late":
					late++
				case r.State != "confirmed":
					return fmt.Errorf("member %d: %s", r.Member, r.State)
				}
			}
		}
		if late == 0 {
			return fmt.Errorf("nobody is late")
		}
		return nil
	})
	a.height = a.status(registry).Height
	for i := range a.Len() {
		a.eventually("the same height", func() error {
			if s := a.status(i); s.Height < a.height || s.Missing > 0 {
				return fmt.Errorf("at %d", s.Height)
			}
			return nil
		})
	}
}

// proofs: what a node proves of its log, a trust file of another node verifies; nothing of
// it can be changed, left out or moved.
func (a *audited) proofs(t *testing.T) {
	file, err := a.client(sound).Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	trust, err := verify.ParseTrust(file)
	if err != nil {
		t.Fatal(err)
	}
	var first int64 // height of the first event
	changes, err := a.client(registry).Changes(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	first = changes.Changes[0].Height
	asked := func() *verify.LogProof {
		b, err := a.client(registry).LogProof(t.Context(), []uint64{0, 2}, []int64{a.height, first})
		if err != nil {
			t.Fatal(err)
		}
		p, err := verify.ParseLogProof(b)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := asked()
	r, err := p.Verify(trust)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Points) != 2 || r.Points[0].Height != first || r.Points[1].Height != a.height || r.Support.Signers < 3 || len(r.Events) < 3 || r.Indices[0] != 0 {
		t.Errorf("proved: %+v", r)
	}
	for name, spoil := range map[string]func(p *verify.LogProof){
		"another event":              func(p *verify.LogProof) { flip(p.Events[0].Event) },
		"another place":              func(p *verify.LogProof) { p.Events[0].Index++ },
		"a path":                     func(p *verify.LogProof) { p.Events[1].Path[0][3] ^= 1 },
		"a root":                     func(p *verify.LogProof) { p.Anchor.Root[0] ^= 1 },
		"the state":                  func(p *verify.LogProof) { p.Anchor.StateRoot[0] ^= 1 },
		"another height":             func(p *verify.LogProof) { p.Anchor.Height++ },
		"an earlier root":            func(p *verify.LogProof) { p.Points[0].Root[0] ^= 1 },
		"a point that ends too soon": func(p *verify.LogProof) { p.Points[0].Height-- },
		"a point that ends too late": func(p *verify.LogProof) { p.Points[0].Height = p.Points[1].Height },
		"an event beside a point":    func(p *verify.LogProof) { p.Events = p.Events[1:] },
	} {
		q := asked()
		spoil(q)
		if _, err := q.Verify(trust); !fault.Is(err, fault.LogUnproved) {
			t.Errorf("%s: %v", name, err)
		}
	}
	q := asked()
	flip(q.Anchor.LightBlock)
	if _, err := q.Verify(trust); err == nil {
		t.Error("a changed header is believed")
	}
	for _, heights := range [][]int64{{0}, {1 << 40}} {
		if _, err := a.client(registry).LogProof(t.Context(), nil, heights); !fault.Is(err, fault.NotFound) {
			t.Errorf("heights %v: %v", heights, err)
		}
	}
	a.halt()
}

func (a *audited) open(i int) *audit.Site {
	a.t.Helper()
	h := a.Home(i)
	key, err := h.VaultKey()
	if err != nil {
		a.t.Fatal(err)
	}
	s, err := audit.Open(audit.Place{Data: h.Data(""), Genesis: h.Genesis, Member: h.Member.ID, VaultKey: key})
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

func (a *audited) replay(i int, against ...int) *audit.Report {
	a.t.Helper()
	o := audit.Options{Site: a.open(i), Scratch: filepath.Join(a.t.TempDir(), "replay")}
	defer o.Site.Close()
	for _, other := range against {
		o.Against = a.open(other)
		defer o.Against.Close()
	}
	r, err := audit.Replay(a.t.Context(), o)
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

func (a *audited) honest(t *testing.T) {
	r := a.replay(registry, court)
	if !r.OK() || r.More != 0 {
		t.Errorf("differences in an honest home: %+v", r.Differences)
	}
	if r.Records != 2+lapsing || r.Bodies != 2 || r.Erased != lapsing || r.Signed < r.Height-1 || r.Height < a.height || !strings.Contains(r.Other, "blocks up to") {
		t.Errorf("looked at too little: %+v", r)
	}
	for _, m := range r.Institutions {
		if m.Proposed.Blocks == 0 || m.Proposed.Broken != 0 || m.Exits.Early != 0 {
			t.Errorf("member %d: %+v", m.Member, m)
		}
		if x, c := m.Receipts, m.Member == uint32(a.member(careless)); x.Owed != lapsing || (x.Missing > 0) != c || x.Overdue != x.Missing || (x.Since != "") != c || !c && x.Height == 0 {
			t.Errorf("member %d has confirmed: %+v", m.Member, x)
		}
		if x := m.Exits; m.Member == uint32(a.member(court)) && (x.Ended != 1 || x.Decided != 0 || x.Late != 0) {
			t.Errorf("the court's exits: %+v", m.Exits)
		}
	}
}

// leftovers: the careless node's home agrees with the blocks, but for secrets of the
// records that it was to forget and of the body that a payment has replaced.
func (a *audited) leftovers(t *testing.T) {
	r := a.replay(careless)
	erased := 0
	for _, d := range r.Differences {
		switch {
		case d.Of == audit.OfVault && strings.Contains(d.Detail, "erased"):
			erased++
		case d.Of != audit.OfVault || !strings.Contains(d.Detail, "replaced"):
			t.Errorf("difference: %+v", d)
		}
	}
	if erased == 0 {
		t.Error("no secret of an erased record is found")
	}
}

// alter changes the value of a key in one of a home's stores.
func alter(t *testing.T, dir string, key []byte, change func([]byte) []byte) {
	t.Helper()
	db, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	v, err := db.Get(key)
	if err != nil || v == nil {
		t.Fatalf("nothing under %q: %v", key, err)
	}
	if err := db.SetSync(key, change(v)); err != nil {
		t.Fatal(err)
	}
}

// flip changes one bit in the middle.
func flip(b []byte) []byte {
	b[len(b)/2] ^= 1
	return b
}

// numbered is a key of the ledger's state: a letter and a number.
func numbered(kind string, n byte) []byte { return append([]byte(kind), 0, 0, 0, 0, 0, 0, 0, n) }

func (a *audited) changed(t *testing.T) {
	h := a.Home(registry)
	state, bodies := h.Data("ledger"), filepath.Join(h.Data("vault"), "bodies")
	alter(t, state, numbered("r", 2), flip)
	alter(t, state, numbered("t\x00", 0), flip)
	alter(t, state, numbered("e", 1), flip)
	alter(t, state, numbered("s", 0), flip)
	for _, slot := range slots(t, bodies) {
		alter(t, bodies, slot, flip)
	}
	r := a.replay(registry)
	for _, want := range []struct{ of, place string }{
		{audit.OfState, "record 2"}, {audit.OfState, "log tile 0/0"}, {audit.OfState, "event 1"}, {audit.OfState, "state group 0"},
		{audit.OfLog, "log tile 0/0"}, {audit.OfLog, "log"}, {audit.OfState, "records"}, {audit.OfVault, a.standing.record.String()},
		{audit.OfVault, a.followed.record.String()},
	} {
		if !slices.ContainsFunc(r.Differences, func(d audit.Difference) bool {
			return d.Of == want.of && strings.Contains(d.Place, want.place)
		}) {
			t.Errorf("%s %s is not named", want.of, want.place)
		}
	}
	if len(r.Differences) != 11 { // the two bodies are missed too
		t.Errorf("%d differences: %+v", len(r.Differences), r.Differences)
	}
}

// slots are the keys of the bodies in a vault (package vault).
func slots(t *testing.T, bodies string) (keys [][]byte) {
	t.Helper()
	db, err := store.Open(bodies, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Scan([]byte{'b'}, []byte{'b' + 1}, func(k, _ []byte) bool {
		keys = append(keys, bytes.Clone(k))
		return true
	}); err != nil || len(keys) != 2 {
		t.Fatalf("%d bodies: %v", len(keys), err)
	}
	return keys
}

// changedBlock changes an envelope in a stored block: the replay ends there and names it.
func (a *audited) changedBlock(t *testing.T) {
	s := a.open(sound)
	height, envelope := int64(0), []byte(nil)
	for h := int64(1); height == 0; h++ {
		b, err := s.Blocks.Read(h)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Envelopes) > 0 {
			height, envelope = h, b.Envelopes[0]
		}
	}
	s.Close()
	blocks := filepath.Join(a.Home(sound).Data("engine"), "data", "blockstore")
	inEnvelope := func(part []byte) []byte { // what a block says of the commit before twice, nothing covers
		half := envelope[:len(envelope)/2]
		at := bytes.Index(part, half)
		if at < 0 {
			t.Fatal("the envelope is not in the part")
		}
		part[at+len(half)] ^= 1
		return part
	}
	alter(t, blocks, fmt.Appendf(nil, "P:%d:0", height), inEnvelope)
	r := a.replay(sound)
	if len(r.Differences) != 1 || r.Differences[0].Of != audit.OfBlock || r.Differences[0].Place != fmt.Sprintf("block %d", height) || r.Differences[0].Code != fault.BlockDamaged {
		t.Errorf("differences: %+v", r.Differences)
	}
	alter(t, blocks, fmt.Appendf(nil, "P:%d:0", height), inEnvelope)
	// The signatures under it: of which one that does not verify is no harm, two are.
	spoil := func(b []byte) []byte {
		for at, n := 0, 0; n < 2; n++ {
			next := bytes.Index(b[at:], []byte{0x22, 0x40}) // field 4 of CommitSig, 64 bytes
			if next < 0 {
				t.Fatal("no signatures in the commit")
			}
			at += next + 10
			b[at] ^= 1
		}
		return b
	}
	alter(t, blocks, fmt.Appendf(nil, "C:%d", height), spoil)
	r = a.replay(sound)
	if len(r.Differences) != 1 || r.Differences[0].Place != fmt.Sprintf("block %d: commit", height) || r.Differences[0].Code != fault.BadSignature {
		t.Errorf("differences: %+v", r.Differences)
	}
}
