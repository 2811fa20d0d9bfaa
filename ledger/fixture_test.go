package ledger

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// memory is a Reader over a map: what package store gives a node, without a disk.
type memory map[string][]byte

func (m memory) Get(key []byte) ([]byte, error) { return m[string(key)], nil }

func (m memory) Scan(from, to []byte, fn func(k, v []byte) bool) error {
	var keys []string
	for k := range m {
		if k >= string(from) && k < string(to) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !fn([]byte(k), m[k]) {
			return nil
		}
	}
	return nil
}

func (m memory) apply(writes []Write) {
	for _, w := range writes {
		switch {
		case w.RangeEnd != nil:
			for k := range m {
				if k >= string(w.Key) && k < string(w.RangeEnd) {
					delete(m, k)
				}
			}
		case w.Value == nil:
			delete(m, string(w.Key))
		default:
			m[string(w.Key)] = w.Value
		}
	}
}

// world is one replica with the keys of everybody.
type world struct {
	t       *testing.T
	genesis *Genesis
	hash    wire.Hash
	state   memory
	ledger  *Ledger
	time    int64
	blocks  []Block
	absent  map[MemberID]bool        // recorders that take no part in blocks
	keys    map[string]crypto.Signer // of members that came later, by member and key
	knows   uint32                   // version of the rules up to which the program knows them; 0 is its own
}

// Members of the fixture: recorders 1 to 4, contributor 5, authority 6.
const (
	court       MemberID = 1
	otherCourt  MemberID = 2
	higherCourt MemberID = 3 // reviews the court's rulings
	contributor MemberID = 5
	authority   MemberID = 6
)

// serviceKey signs what a node signs by itself; keys 1 and 2 are two people's.
const serviceKey KeyID = 3

func testKey(m MemberID, k KeyID) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte{byte(m), byte(k)})
	return ed25519.NewKeyFromSeed(seed[:])
}

// genesisDate is the ledger date of height 0.
var genesisDate = credit.NewDate(2026, 4, 1)

// TestMain bounds the random tests: a world costs milliseconds, and a hundred of them
// with the race detector minutes. The long form runs in make soak.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := flag.Set("rapid.checks", "12"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func testGenesis() *Genesis {
	g := &Genesis{Format: GenesisFormat, Network: "test", ChainID: "test", TimeNS: int64(genesisDate.Start()) * int64(time.Second),
		Migration: Migration{Until: genesisDate.AddDays(200), NotBefore: genesisDate.AddDays(-2000)}}
	for i, doc := range law.Contracts() {
		g.Contracts = append(g.Contracts, ContractSource{Number: uint32(i + 1), File: doc.File, Source: string(doc.Source)})
	}
	g.Measures = Catalogue()
	year, err := credit.ParseYear(law.Calendars()[0].Source)
	if err != nil {
		panic(err)
	}
	g.Calendars = []credit.Year{year}
	for id := court; id <= authority; id++ {
		m := Member{ID: id, NameZH: "机构", NameEN: "Institution", Roles: []Role{Recorder}, Node: strings.Repeat("a", 39) + string('0'+byte(id))}
		if id == contributor {
			m.Roles, m.Executes = []Role{Contributor}, []uint16{1, 5}
		}
		if id == otherCourt {
			m.Executes = []uint16{1}
		}
		if id == authority {
			m.Roles, m.Node = []Role{Authority}, ""
		}
		if m.Has(Recorder) {
			m.Superior = court + (id+1)%4 // 3 and 4 review 1 and 2, and the other way round
			m.Consensus = testKey(id, 9).Public().(ed25519.PublicKey)
		}
		for k := KeyID(1); k <= 2; k++ {
			m.Keys = append(m.Keys, Key{ID: k, Purpose: Operate, Algorithm: Ed25519, Operator: string('a' + byte(k)), Scope: ScopePeople, Public: testKey(id, k).Public().(ed25519.PublicKey)})
		}
		m.Keys = append(m.Keys, Key{ID: serviceKey, Purpose: Operate, Algorithm: Ed25519, Operator: "service", Scope: ScopeService, Public: testKey(id, serviceKey).Public().(ed25519.PublicKey)})
		g.Members = append(g.Members, m)
	}
	return g
}

func newWorld(t *testing.T) *world { return newWorldOf(t, func(*Genesis) {}) }

// newWorldOf is a world whose genesis has been changed.
func newWorldOf(t *testing.T, change func(*Genesis)) *world {
	t.Helper()
	g := testGenesis()
	change(g)
	return worldOf(t, g)
}

func worldOf(t *testing.T, g *Genesis) *world {
	t.Helper()
	w := &world{t: t, genesis: g, state: memory{}}
	if err := w.genesis.Check(); err != nil {
		t.Fatal(err)
	}
	w.hash = w.genesis.Hash()
	w.time = w.genesis.TimeNS
	w.reopen()
	w.state.apply(w.ledger.InitialWrites())
	return w
}

// reopen is a crash after a commit: everything in memory is gone.
func (w *world) reopen() {
	w.t.Helper()
	l, err := OpenKnowing(w.state, w.genesis, max(w.knows, Rules))
	if err != nil {
		w.t.Fatal(err)
	}
	w.ledger = l
}

func (w *world) view() *View { return w.ledger.View(w.state) }

// advance moves block time to the start of a ledger date plus an offset.
func (w *world) to(d credit.Date) { w.time = int64(d.Start()) * int64(time.Second) }

// block applies envelopes one second later and returns the result.
func (w *world) block(raws ...[]byte) *Result {
	w.t.Helper()
	w.time += int64(time.Second)
	b := Block{Height: w.ledger.Head().Height + 1, Time: w.time, Votes: w.votes()}
	for _, raw := range raws {
		e, err := ParseEnvelope(w.hash, raw)
		b.Envelopes = append(b.Envelopes, e)
		b.Faults = append(b.Faults, fault.Of(err))
	}
	return w.execute(b)
}

// votes are those on the block before, as the engine would report them.
func (w *world) votes() (votes []Vote) {
	if w.ledger.Head().Height == 0 {
		return nil
	}
	for _, v := range w.ledger.Config().validators() {
		votes = append(votes, Vote{Address: AddressOf(v.Key), Present: !w.absent[v.Member]})
	}
	return votes
}

// signer returns a member's key: that of the fixture, or one that was made later.
func (w *world) signer(m MemberID, k KeyID) crypto.Signer {
	if s := w.keys[fmt.Sprint(m, k)]; s != nil {
		return s
	}
	return testKey(m, k)
}

func (w *world) execute(b Block) *Result {
	w.t.Helper()
	res, err := w.ledger.Execute(b)
	if err != nil {
		w.t.Fatal(err)
	}
	w.state.apply(res.Writes)
	w.blocks = append(w.blocks, b)
	return res
}

// seal signs operations by the member's operator and, with approve, by its approver; by its
// node where they begin with what a node signs.
func (w *world) seal(m MemberID, approve bool, ops ...Operation) []byte {
	w.t.Helper()
	key := KeyID(1)
	if k := ops[0].Kind; k == KindWatermark || k == KindAnchor {
		key = serviceKey
	}
	return w.sealAs(Content{Member: m, Key: key, NotAfter: w.ledger.Head().Height + 100, Calendar: w.view().Config.Calendar.Edition()}, approve, ops...)
}

func (w *world) sealAs(c Content, approve bool, ops ...Operation) []byte {
	w.t.Helper()
	c.Ops = ops
	var raw []byte
	var err error
	if approve && c.Approver == 0 {
		c.Approver = 2
	}
	var approver crypto.Signer
	if c.Approver != 0 {
		approver = w.signer(c.Member, c.Approver)
	}
	raw, err = Seal(rand.Reader, w.hash, c, w.signer(c.Member, c.Key), approver)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

// codes returns the code of each operation, or the envelope's code.
func codes(r *Result) []fault.Code {
	var out []fault.Code
	for i, c := range r.Codes {
		switch {
		case c.Code != fault.OK:
			out = append(out, c.Code)
		case c.Ops != nil:
			out = append(out, c.Ops...)
		default:
			_ = i
			out = append(out, fault.OK)
		}
	}
	return out
}

func (w *world) want(r *Result, want ...fault.Code) {
	w.t.Helper()
	if got := codes(r); !slices.Equal(got, want) {
		w.t.Fatalf("codes %v, want %v", got, want)
	}
}

func recordID(n uint64) (id RecordID) {
	binary.BigEndian.PutUint64(id[8:], n+1)
	return id
}

// caseTag is the tag of case n on a judgment of its own; onBasis has another's judgment.
func caseTag(n uint64) *CaseTag { return onBasis(n, n) }

func onBasis(n, basis uint64) *CaseTag {
	var t CaseTag
	binary.BigEndian.PutUint64(t[:], basis+1)
	binary.BigEndian.PutUint64(t[8:], n+1)
	return &t
}

func commitment(n uint64) wire.Hash { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, n)) }

func (w *world) contractOf(k credit.Kind) uint32 {
	n, ok := w.view().Config.ContractOf(k)
	if !ok {
		w.t.Fatalf("no contract for %s", k)
	}
	return n
}

// checkRoots recomputes both roots from the state alone.
func (w *world) checkRoots() {
	w.t.Helper()
	v := w.view()
	if got := wholeLog(w.t, v); got != v.LogRoot {
		w.t.Fatalf("log root %x, recomputed %x", v.LogRoot, got)
	}
	if got := wholeState(v); got != w.ledger.tree.root() {
		w.t.Fatalf("record root differs when recomputed")
	}
}

// wholeLog is RFC 6962's tree hash, computed the plain way.
func wholeLog(t *testing.T, v *View) wire.Hash {
	var leaves []wire.Hash
	for i := uint64(0); i < v.LogSize; i++ {
		_, b, err := v.Event(i)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, proof.LogLeaf(b))
	}
	if len(leaves) == 0 {
		return wire.Hash{}
	}
	return treeHash(leaves)
}

// wholeState folds all leaves level by level up to the fixed depth.
func wholeState(v *View) wire.Hash {
	var row []wire.Hash
	v.reader.Scan([]byte{'r'}, []byte{'r' + 1}, func(_, b []byte) bool {
		row = append(row, proof.StateLeaf(bytes.Clone(b)))
		return true
	})
	if len(row) == 0 {
		return wire.Hash{}
	}
	for range proof.StateDepth {
		next := make([]wire.Hash, (len(row)+1)/2)
		for i := range next {
			next[i] = proof.StateNode(at(row, 2*i), at(row, 2*i+1))
		}
		row = next
	}
	return row[0]
}
