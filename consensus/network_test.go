package consensus

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// network is a network of four recorders (members 1 to 4) and one contributor (5) on
// loopback, in this process, over real connections.
type network struct {
	t       testing.TB
	dir     string
	genesis *ledger.Genesis
	nodes   []*testNode
	serial  atomic.Uint64 // of records
	adjust  func(*Options)
}

type testNode struct {
	net     *network
	member  ledger.MemberID
	home    string
	address string
	key     ed25519.PrivateKey
	vote    ed25519.PrivateKey
	db      *store.DB
	vault   *vault.Vault
	engine  *Engine
}

const (
	contributor = ledger.MemberID(5)
	defaulters  = uint32(1) // number of the contract for judgment defaulters
)

// marker stands in every body's name and facts.
const marker = "标记机密甲乙丙丁"

func seeded(label string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(label))
	return ed25519.NewKeyFromSeed(seed[:])
}

func operatorKey(m ledger.MemberID, n int) ed25519.PrivateKey {
	return seeded(fmt.Sprint("operator ", m, " ", n))
}

// newNetwork makes the genesis and the homes; it starts nothing.
func newNetwork(t testing.TB) *network {
	t.Helper()
	n := &network{t: t, dir: t.TempDir()}
	t.Cleanup(n.stop)
	var addresses []string
	for range contributor {
		addresses = append(addresses, freeAddress(t))
	}
	n.found(time.Now().Add(-time.Minute), addresses)
	return n
}

// found makes the genesis and the nodes' keys; all of it follows from time and
// addresses, so that a child process can make the same.
func (n *network) found(at time.Time, addresses []string) {
	n.t.Helper()
	g := &ledger.Genesis{Format: ledger.GenesisFormat, Network: "test", ChainID: "riviera-test",
		TimeNS: at.UnixNano(), Measures: ledger.Catalogue(),
		Migration: ledger.Migration{Until: credit.NewDate(2099, 1, 1), NotBefore: credit.NewDate(2000, 1, 1)}}
	for _, c := range law.Contracts() {
		if c.File == "judgment-defaulter.yaml" {
			g.Contracts = []ledger.ContractSource{{Number: defaulters, File: c.File, Source: string(c.Source)}}
		}
	}
	for id := ledger.MemberID(1); id <= contributor; id++ {
		node := &testNode{net: n, member: id, home: filepath.Join(n.dir, fmt.Sprint("node", id)),
			address: addresses[id-1], key: seeded(fmt.Sprint("node ", id))}
		m := ledger.Member{ID: id, NameZH: "成员", NameEN: "member", Roles: []ledger.Role{ledger.Contributor},
			Node: NodeID(node.key.Public().(ed25519.PublicKey))}
		if id != contributor {
			node.vote = seeded(fmt.Sprint("vote ", id))
			m.Roles, m.Consensus = []ledger.Role{ledger.Recorder}, node.vote.Public().(ed25519.PublicKey)
			m.Superior = id%(contributor-1) + 1
		}
		for k := 1; k <= 2; k++ {
			m.Keys = append(m.Keys, ledger.Key{ID: ledger.KeyID(k), Purpose: ledger.Operate, Algorithm: ledger.Ed25519, Scope: ledger.ScopePeople,
				Public: operatorKey(id, k).Public().(ed25519.PublicKey), Operator: fmt.Sprint("operator ", k)})
		}
		g.Members = append(g.Members, m)
		n.nodes = append(n.nodes, node)
	}
	b, err := json.Marshal(g)
	if err != nil {
		n.t.Fatal(err)
	}
	if n.genesis, err = ledger.ParseGenesis(b); err != nil {
		n.t.Fatal(err)
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startNetwork starts every node and waits until the network is ready.
func startNetwork(t testing.TB) *network {
	t.Helper()
	n := newNetwork(t)
	n.startAll()
	return n
}

func (n *network) startAll() {
	n.t.Helper()
	n.startOnly(1, 2, 3, 4, contributor)
}

func (n *network) startOnly(members ...ledger.MemberID) {
	n.t.Helper()
	for _, m := range members {
		n.node(m).start()
	}
	for _, m := range members {
		n.node(m).awaitReady()
	}
}

func (n *network) stop() {
	for _, node := range n.nodes {
		node.stop()
	}
}

func (n *network) node(m ledger.MemberID) *testNode { return n.nodes[m-1] }

func (d *testNode) start() {
	d.net.t.Helper()
	if err := d.open(); err != nil {
		d.net.t.Fatal(err)
	}
	if err := d.engine.Start(context.Background()); err != nil {
		d.net.t.Fatal(err)
	}
}

func (d *testNode) options() Options {
	o := Options{Home: d.home, Genesis: d.net.genesis, DB: d.db, Vault: d.vault, Self: d.member, NodeKey: d.key,
		ConsensusKey: d.vote, Listen: d.address, Logger: testLogger(d.member), Hold: 150 * time.Millisecond}
	for _, other := range d.net.nodes {
		if other != d {
			o.Peers = append(o.Peers, NodeID(other.key.Public().(ed25519.PublicKey))+"@"+other.address)
		}
	}
	if d.net.adjust != nil {
		d.net.adjust(&o)
	}
	return o
}

func (d *testNode) open() (err error) {
	if d.db, err = store.Open(filepath.Join(d.home, "ledger"), store.Options{Remember: ledger.AskedInVain()}); err != nil {
		return err
	}
	key := sha256.Sum256([]byte(d.home))
	if d.vault, err = vault.Open(filepath.Join(d.home, "vault"), vault.NodeKey(key), vault.Options{}); err != nil {
		return err
	}
	d.engine, err = Open(d.options())
	return err
}

func (d *testNode) stop() {
	if d.engine != nil {
		if err := d.engine.Stop(); err != nil {
			d.net.t.Errorf("node %d had halted: %v", d.member, err)
		}
	}
	if d.vault != nil {
		if err := d.vault.Close(); err != nil {
			d.net.t.Errorf("node %d: vault: %v", d.member, err)
		}
	}
	if d.db != nil {
		if err := d.db.Close(); err != nil {
			d.net.t.Errorf("node %d: ledger: %v", d.member, err)
		}
	}
	d.engine, d.vault, d.db = nil, nil, nil
}

func (d *testNode) awaitReady() {
	d.net.t.Helper()
	eventually(d.net.t, 60*time.Second, func() error { return d.engine.Ready() })
}

// eventually retries until fn returns nil.
func eventually(t testing.TB, limit time.Duration, fn func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = fn(); err == nil {
			return
		}
	}
	t.Fatalf("after %s: %v", limit, err)
}

func testLogger(m ledger.MemberID) *slog.Logger {
	level := slog.LevelError + 1
	if text := os.Getenv("RIVIERA_TEST_LOG"); text != "" {
		_ = level.UnmarshalText([]byte(text)) // "debug", "warn"; anything else leaves it
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})).With("node", m)
}

// submission is an envelope with its packets and the records it brings.
type submission struct {
	raw     []byte
	id      wire.Hash
	packets []vault.Packet
	records []ledger.RecordID
	bodies  []wire.Hash
}

func (n *network) body(serial uint64) *credit.Body {
	g, err := credit.NewGrounds(1)
	if err != nil {
		n.t.Fatal(err)
	}
	code, err := credit.MakeOrgCode("91", "110108", fmt.Sprintf("%08d", serial%100_000_000))
	if err != nil {
		n.t.Fatal(err)
	}
	return &credit.Body{Kind: credit.JudgmentDefaulter, SubjectType: credit.Org, SubjectCode: string(code),
		SubjectName: fmt.Sprint(marker, "有限公司", serial), CaseNo: fmt.Sprintf("（2026）京01执%d号", serial),
		DecidingOffice: "北京市第一中级人民法院", LegalBasis: "法释〔2017〕7号第一条", JudgmentNo: fmt.Sprintf("（2025）京01民初%d号", serial),
		Grounds: g, Amount: 123_456_00, DecidedOn: credit.NewDate(2026, 1, 5), PublishedOn: credit.NewDate(2026, 1, 8),
		Facts: marker, Measures: []string{"I-04"}}
}

// create makes an envelope of member's that brings count records in one step
// ("migrate") or proposes them to recorder 1 ("propose").
func (n *network) create(member ledger.MemberID, event string, count int, notAfter int64) submission {
	n.t.Helper()
	var s submission
	var ops []ledger.Operation
	for range count {
		serial := n.serial.Add(1)
		b := n.body(serial)
		var p vault.Packet
		secret := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(n.dir), serial))
		copy(p.Record[:], secret[16:])
		p.Secret, p.Body = proof.Secret(secret), wire.Encode(b)
		c := &ledger.Create{Record: p.Record, Contract: defaulters, Event: event, Recorder: 1, Measures: []uint16{4},
			Commitment: proof.Commit(p.Record, p.Secret, b.Disclose()),
			Args:       map[string]int64{"grounds": int64(b.Grounds), "decided_on": int64(b.DecidedOn)}}
		if event == "migrate" {
			tag := ledger.CaseTag(secret[:16])
			c.Recorder, c.CaseTag = member, &tag
			c.Args["published_on"] = int64(b.PublishedOn)
		}
		s.packets = append(s.packets, p)
		s.records = append(s.records, p.Record)
		s.bodies = append(s.bodies, c.Commitment)
		ops = append(ops, c.Operation())
	}
	return n.seal(s, member, ops, notAfter, event == "migrate")
}

// act makes an envelope with one event of a record.
func (n *network) act(member ledger.MemberID, a ledger.Act, notAfter int64, adverse bool, packets ...vault.Packet) submission {
	n.t.Helper()
	return n.seal(submission{packets: packets, records: []ledger.RecordID{a.Record}}, member,
		[]ledger.Operation{a.Operation()}, notAfter, adverse)
}

func (n *network) seal(s submission, member ledger.MemberID, ops []ledger.Operation, notAfter int64, adverse bool) submission {
	n.t.Helper()
	c := ledger.Content{Member: member, Key: 1, NotAfter: notAfter, Ops: ops}
	var err error
	if adverse {
		c.Approver, c.Calendar = 2, n.edition()
		s.raw, err = ledger.Seal(nil, n.genesis.Hash(), c, operatorKey(member, 1), operatorKey(member, 2))
	} else {
		s.raw, err = ledger.Seal(nil, n.genesis.Hash(), c, operatorKey(member, 1), nil)
	}
	if err != nil {
		n.t.Fatal(err)
	}
	e, err := ledger.ParseEnvelope(n.genesis.Hash(), s.raw)
	if err != nil {
		n.t.Fatal(err)
	}
	s.id = e.ID
	return s
}

// edition is the edition of the calendar in force.
func (n *network) edition() uint32 {
	for _, d := range n.nodes {
		if d.engine != nil {
			return d.engine.View().Config.Calendar.Edition()
		}
	}
	n.t.Fatal("no node runs")
	return 0
}

func (d *testNode) submit(s submission) {
	d.net.t.Helper()
	if _, err := d.engine.Submit(context.Background(), s.raw, s.packets); err != nil {
		d.net.t.Fatal(err)
	}
}

// settled waits for an envelope's outcome and fails unless everything was applied.
func (d *testNode) settled(s submission) Outcome {
	d.net.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	o, err := d.engine.Await(ctx, s.id)
	if err != nil {
		d.net.t.Fatal(err)
	}
	if o.Code != fault.OK || o.Ops != nil {
		d.net.t.Fatalf("outcome %s %v", o.Code, o.Ops)
	}
	return o
}

// ahead is a height until which a test's envelopes may be committed.
func (d *testNode) ahead() int64 { return d.engine.View().Height + 500 }

// holds checks which of a submission's bodies a node has.
func (d *testNode) holds(s submission) (n int) {
	d.net.t.Helper()
	for i, c := range s.bodies {
		p, err := d.vault.Get(c)
		switch {
		case err == nil && !bytes.Equal(p.Body, s.packets[i].Body):
			d.net.t.Errorf("node %d holds another body", d.member)
		case err == nil:
			n++
		case !fault.Is(err, fault.BodyMissing):
			d.net.t.Error(err)
		}
	}
	return n
}

// agree waits until every running node is at height or above and compares their state
// roots there, as the next header states them.
func (n *network) agree(height int64) {
	n.t.Helper()
	roots := map[string][]ledger.MemberID{}
	for _, d := range n.nodes {
		if d.engine == nil {
			continue
		}
		eventually(n.t, 30*time.Second, func() error {
			if h := d.engine.View().Height; h <= height {
				return fmt.Errorf("node %d is at height %d", d.member, h)
			}
			return nil
		})
		meta := d.engine.node.BlockStore().LoadBlockMeta(height + 1)
		roots[string(meta.Header.AppHash)] = append(roots[string(meta.Header.AppHash)], d.member)
	}
	if len(roots) != 1 {
		n.t.Errorf("roots differ after height %d: %v", height, roots)
	}
}
