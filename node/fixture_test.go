package node

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
)

// Members of the fixture, by index: recorders, then a contributor. The court's superior is
// the provincial court.
const (
	court = iota
	province
	market
	tax
	bureau
	nodesCount
)

// nodes is a network of four recorders and a contributor in this process.
type nodes struct {
	t     *testing.T
	homes [nodesCount]*Home
	all   [nodesCount]*Node
	late  [nodesCount]atomic.Int64 // how far a node's clock is ahead, in seconds
}

// ledgerDay is how long a ledger day lasts here: what is done between an exit and the
// erasure has 365 of them, which a busy machine needs.
const ledgerDay = 150 * time.Millisecond

func startNodes(t *testing.T) *nodes {
	t.Helper()
	n := &nodes{t: t}
	n.found()
	for i := range n.homes {
		n.start(i)
	}
	t.Cleanup(func() {
		for _, x := range n.all {
			if x != nil {
				if err := x.Stop(); err != nil {
					t.Errorf("stopping: %v", err)
				}
			}
		}
	})
	for i := range n.all {
		n.eventually("a ready node", func() error { return n.all[i].Ready() })
	}
	return n
}

func (n *nodes) start(i int) {
	n.t.Helper()
	x, err := Start(context.Background(), n.homes[i], slog.New(slog.DiscardHandler))
	if err != nil {
		n.t.Fatal(err)
	}
	n.all[i] = x
}

// found makes the homes and the genesis document.
func (n *nodes) found() {
	t := n.t
	dir, now := t.TempDir(), time.Now()
	g := &ledger.Genesis{Format: ledger.GenesisFormat, Network: "test", ChainID: "riviera-test", TimeNS: now.UnixNano(), Measures: ledger.Catalogue(),
		Clock: ledger.Clock{Day: int64(ledgerDay), Epoch: credit.NewDate(2026, 4, 1)}}
	g.Migration = ledger.Migration{Until: credit.NewDate(2036, 4, 1), NotBefore: credit.NewDate(2020, 1, 1)}
	for i, d := range law.Contracts() {
		g.Contracts = append(g.Contracts, ledger.ContractSource{Number: uint32(i + 1), File: d.File, Source: string(d.Source)})
	}
	for _, d := range law.Calendars() {
		y, err := credit.ParseYear(d.Source)
		if err != nil {
			t.Fatal(err)
		}
		g.Calendars = append(g.Calendars, y)
	}
	var engines []string
	for i := range n.homes {
		h := &Home{Dir: filepath.Join(dir, fmt.Sprint("node-", i))}
		n.homes[i] = h
		h.Clock = func() time.Time { return time.Now().Add(time.Duration(n.late[i].Load()) * time.Second) }
		h.Config = Config{Member: ledger.MemberID(i + 1), Engine: EngineConfig{Listen: freeAddress(t)}, API: APIConfig{Listen: freeAddress(t)}}
		g.Members = append(g.Members, n.member(h, i, now))
		engines = append(engines, g.Members[i].Node+"@"+h.Config.Engine.Listen)
	}
	document, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	if g, err = ledger.ParseGenesis(document); err != nil {
		t.Fatal(err)
	}
	for i, h := range n.homes {
		h.Genesis, h.Member = g, &g.Members[i]
		for j, e := range engines {
			if j != i {
				h.Config.Engine.Peers = append(h.Config.Engine.Peers, e)
			}
		}
	}
}

func (n *nodes) member(h *Home, i int, now time.Time) ledger.Member {
	t := n.t
	m := ledger.Member{ID: ledger.MemberID(i + 1), NameZH: fmt.Sprint("示例机构", i+1), NameEN: fmt.Sprint("Example ", i+1), Roles: []ledger.Role{ledger.Recorder}, Superior: 1}
	key := func(name string) crypto.Signer {
		k, err := h.NewKey(name)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	m.Node = consensus.NodeID(key(NodeKey).Public().(ed25519.PublicKey))
	switch i {
	case court:
		m.Superior = 2
	case bureau:
		m.Roles, m.Superior = []ledger.Role{ledger.Contributor}, 0
	}
	if i != bureau {
		m.Consensus = key(ConsensusKey).Public().(ed25519.PublicKey)
	}
	for name, id := range KeyIDs {
		purpose := map[string]ledger.Purpose{CredentialKey: ledger.Credential, DocumentKey: ledger.Document}[name]
		if purpose == "" {
			purpose = ledger.Operate
		}
		k := ledger.Key{ID: id, Purpose: purpose, Algorithm: ledger.Ed25519, Operator: name, Scope: Scopes[name]}
		signer := key(name)
		switch public := signer.Public().(type) {
		case ed25519.PublicKey:
			k.Public = public
		case *ecdsa.PublicKey:
			b, err := public.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			k.Algorithm, k.Public = ledger.P256, b
			cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: m.NameZH}, NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}
			if k.Certificate, err = x509.CreateCertificate(rand.Reader, cert, cert, public, signer); err != nil {
				t.Fatal(err)
			}
		}
		m.Keys = append(m.Keys, k)
	}
	for name, b := range map[string][]byte{"vault.key": bytes.Repeat([]byte{byte(i)}, 32), "case.key": bytes.Repeat([]byte{byte(i)}, 32), "api.token": []byte("token")} {
		if err := h.WriteSecret(name, b); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (n *nodes) eventually(what string, try func() error) {
	n.t.Helper()
	var err error
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	n.t.Fatalf("%s: %v", what, err)
}

func (n *nodes) clerk(i int) *clerk.Clerk {
	n.t.Helper()
	c, err := n.homes[i].Client()
	if err != nil {
		n.t.Fatal(err)
	}
	k, err := n.homes[i].Clerk(c)
	if err != nil {
		n.t.Fatal(err)
	}
	return k
}

// send has an institution send entries, all of which are to be applied.
func (n *nodes) send(i int, entries ...clerk.Entry) {
	n.t.Helper()
	out, err := n.clerk(i).Send(context.Background(), entries)
	if err != nil {
		n.t.Fatal(err)
	}
	if err := out.First(); err != nil {
		n.t.Fatal(err)
	}
}

// listed enters an existing decision of the court and registers an access code for it.
func (n *nodes) listed(serial int) (ledger.RecordID, credit.Body, credit.AccessCode) {
	n.t.Helper()
	number, err := credit.MakeOrgCode("91", "330100", fmt.Sprintf("MA0CDEF%d", serial))
	if err != nil {
		n.t.Fatal(err)
	}
	grounds, err := credit.NewGrounds(1)
	if err != nil {
		n.t.Fatal(err)
	}
	today := n.all[court].engine.View().Moment.Date()
	body := credit.Body{Kind: credit.JudgmentDefaulter, SubjectType: credit.Org, SubjectName: fmt.Sprintf("窗口样例%d号有限公司", serial), SubjectCode: string(number),
		CaseNo: fmt.Sprintf("（2026）示01执%d号", serial), DecidingOffice: "示例法庭", JudgmentNo: "（2025）示01民初1号", LegalBasis: "示例依据", Grounds: grounds,
		Amount: 100, FiledOn: today.AddDays(-40), DecidedOn: today.AddDays(-2), PublishedOn: today.AddDays(-1), Facts: "示例义务", Measures: []string{"I-01"}}
	c := n.clerk(court)
	id, err := c.NewRecordID()
	if err != nil {
		n.t.Fatal(err)
	}
	secret, err := c.NewSecret()
	if err != nil {
		n.t.Fatal(err)
	}
	e, err := c.Create(clerk.Migrate, clerk.Draft{Record: id, Secret: secret, Recorder: 1, Body: &body})
	if err != nil {
		n.t.Fatal(err)
	}
	var random [17]byte
	rand.Read(random[:])
	code := credit.NewAccessCode(random)
	access := ledger.Access{Record: id, Public: code.PublicKey()}
	n.send(court, e)
	n.send(court, clerk.Entry{Record: id, Event: "access", Operation: access.Operation()})
	for i := range n.all {
		n.eventually("the body and the key everywhere", func() error {
			v := n.all[i].engine.Whole()
			if v == nil {
				return fmt.Errorf("node %d lacks bodies", i)
			}
			if r, _, err := v.AccessKey(id); err != nil || r == nil {
				return fmt.Errorf("node %d: %v", i, err)
			}
			return nil
		})
	}
	return id, body, code
}
