package clerk

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// chain is a node whose ledger makes a block of each envelope at once. Its fields are
// set before use.
type chain struct {
	t       *testing.T
	genesis *ledger.Genesis
	// before may refuse the n-th submission (from 1) before anything happens to it, and
	// after may lose its answer once it is committed.
	before, after func(n int) error

	mu      sync.Mutex
	ledger  *ledger.Ledger
	state   *store.Memory
	packets map[ledger.RecordID][]byte
	time    int64
	sent    int
	seen    []*ledger.Envelope
	papers  [][]byte
}

const (
	court  ledger.MemberID = 1
	bureau ledger.MemberID = 5
)

func testKey(m ledger.MemberID, k ledger.KeyID) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte{byte(m), byte(k)})
	return ed25519.NewKeyFromSeed(seed[:])
}

func newChain(t *testing.T) *chain {
	t.Helper()
	today := credit.NewDate(2026, 4, 1)
	g := &ledger.Genesis{Format: ledger.GenesisFormat, Network: "test", ChainID: "test", TimeNS: int64(today.Start()) * int64(time.Second),
		Measures: ledger.Catalogue(), Migration: ledger.Migration{Until: today.AddDays(200), NotBefore: today.AddDays(-2000)}}
	for i, d := range law.Contracts() {
		g.Contracts = append(g.Contracts, ledger.ContractSource{Number: uint32(i + 1), File: d.File, Source: string(d.Source)})
	}
	year, err := credit.ParseYear(law.Calendar2026())
	if err != nil {
		t.Fatal(err)
	}
	g.Calendars = append(g.Calendars, year)
	for id := court; id <= bureau; id++ {
		m := ledger.Member{ID: id, NameZH: "示例机构" + string('0'+rune(id)), NameEN: "Example", Roles: []ledger.Role{ledger.Recorder},
			Node: strings.Repeat("a", 39) + string('0'+rune(id)), Consensus: testKey(id, 9).Public().(ed25519.PublicKey)}
		if id == bureau {
			m.Roles, m.Consensus = []ledger.Role{ledger.Contributor}, nil
		}
		if id != bureau {
			m.Superior = court + (id-court+1)%(bureau-court)
		}
		for k := ledger.KeyID(1); k <= 2; k++ {
			m.Keys = append(m.Keys, ledger.Key{ID: k, Purpose: ledger.Operate, Algorithm: ledger.Ed25519, Scope: ledger.ScopePeople,
				Operator: "operator-" + string('0'+rune(k)), Public: testKey(id, k).Public().(ed25519.PublicKey)})
		}
		g.Members = append(g.Members, m)
	}
	if err := g.Check(); err != nil {
		t.Fatal(err)
	}
	c := &chain{t: t, genesis: g, state: store.NewMemory(), packets: map[ledger.RecordID][]byte{}, time: g.TimeNS}
	if c.ledger, err = ledger.Open(c.state, g); err != nil {
		t.Fatal(err)
	}
	c.write(c.ledger.InitialWrites())
	c.block(nil)
	return c
}

// clerk acts for a member at this node.
func (c *chain) clerk(m ledger.MemberID) *Clerk {
	return &Clerk{Genesis: c.genesis, Hash: c.genesis.Hash(), Member: m, Operator: Signer{1, testKey(m, 1)},
		Approver: func() (Signer, error) { return Signer{Key: 2, Signer: testKey(m, 2)}, nil }, CaseSecret: []byte("case secret"), Client: c, Patience: 5 * time.Second}
}

func (c *chain) write(writes []ledger.Write) {
	b := c.state.NewBatch()
	for _, w := range writes {
		switch {
		case w.RangeEnd != nil:
			b.DeleteRange(w.Key, w.RangeEnd)
		case w.Value == nil:
			b.Delete(w.Key)
		default:
			b.Set(w.Key, w.Value)
		}
	}
	if err := b.Commit(false); err != nil {
		c.t.Error(err)
	}
}

// block commits one block, a second later than the last.
func (c *chain) block(e *ledger.Envelope) *ledger.Result {
	c.time += int64(time.Second)
	b := ledger.Block{Height: c.ledger.Head().Height + 1, Time: c.time}
	if e != nil {
		b.Envelopes = []*ledger.Envelope{e}
	}
	res, err := c.ledger.Execute(b)
	if err != nil {
		c.t.Error(err)
		return nil
	}
	c.write(res.Writes)
	return res
}

// pass lets days go by.
func (c *chain) pass(days int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time += int64(days) * int64(24*time.Hour)
	c.block(nil)
}

func (c *chain) view() *ledger.View { return c.ledger.View(c.state) }

func (c *chain) Status(context.Context) (client.Status, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.ledger.Head()
	return client.Status{Clock: client.Clock{Height: h.Height, LedgerDate: h.Moment.Date().String()}, Law: c.ledger.Config().Newest()}, nil
}

func (c *chain) Record(_ context.Context, id string) (client.Record, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rid, err := ledger.ParseRecordID(id)
	if err != nil {
		return client.Record{}, err
	}
	v := c.view()
	r, err := v.Record(rid)
	if err != nil {
		return client.Record{}, err
	}
	return client.Record{ID: id, Kind: string(v.Config.Contract(r.Contract).Kind()), Phase: v.Status(r).Phase.String(), Access: r.Access != nil, Filings: r.Filings,
		Number: r.Contract, Beside: r.Newer()}, nil
}

func (c *chain) Packet(_ context.Context, id string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rid, err := ledger.ParseRecordID(id)
	if err != nil {
		return nil, err
	}
	return c.packets[rid], nil
}

func (c *chain) Submit(_ context.Context, s client.Submission) (client.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent++
	if c.before != nil {
		if err := c.before(c.sent); err != nil {
			return client.Receipt{}, err
		}
	}
	e, err := ledger.ParseEnvelope(c.genesis.Hash(), s.Envelope)
	if err != nil {
		return client.Receipt{}, spoken(err)
	}
	if c.view().Committed(e.ID, e.NotAfter) {
		return client.Receipt{}, spoken(fault.New(fault.AlreadyCommitted, "envelope"))
	}
	if err := c.admit(e, s.Packets); err != nil {
		return client.Receipt{}, spoken(err)
	}
	c.seen = append(c.seen, e)
	c.papers = append(c.papers, s.Papers...)
	res := c.block(e)
	r := client.Receipt{ID: hex.EncodeToString(e.ID[:]), Height: res.Head.Height, Code: res.Codes[0].Code.String()}
	for _, code := range res.Codes[0].Ops {
		r.Ops = append(r.Ops, code.String())
	}
	if c.after != nil {
		if err := c.after(c.sent); err != nil {
			return client.Receipt{}, err
		}
	}
	return r, nil
}

// spoken is an error as the client rebuilds it from the node's answer.
func spoken(err error) error {
	var where string
	if e, ok := err.(*fault.Error); ok {
		where = e.Where
	}
	code := fault.Of(err)
	return &fault.Error{Code: code, Where: where, Err: &client.Refused{Problem: client.Problem{Status: 422, Code: code.String()}}}
}

func (c *chain) admit(e *ledger.Envelope, packets [][]byte) error {
	bodies := map[wire.Hash]*vault.Checked{}
	for _, raw := range packets {
		p, err := vault.DecodePacket(raw)
		if err != nil {
			return err
		}
		checked, err := p.Check()
		if err != nil {
			return err
		}
		bodies[checked.Commitment] = checked
	}
	for i := range e.Ops {
		commitment, id, brings := e.Body(i)
		if !brings {
			continue
		}
		b := bodies[commitment]
		if b == nil {
			return fault.New(fault.BodyMissing, "operation")
		}
		if err := ledger.Admit(c.view(), e, i, &b.Content, nil); err != nil {
			return err
		}
		c.packets[id] = b.Encode()
	}
	return nil
}

func (c *chain) Contracts(context.Context) (client.Contracts, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out client.Contracts
	for _, n := range c.ledger.Config().Contracts() {
		out.Contracts = append(out.Contracts, client.Contract{Number: n})
	}
	return out, nil
}

func (c *chain) Contract(_ context.Context, number uint32) (client.ContractDocument, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.ledger.View(c.state)
	b, err := v.ContractSource(v.Config.Contract(number).Hash())
	return client.ContractDocument{Source: string(b)}, err
}
