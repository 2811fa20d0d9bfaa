package docket

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// world is a ledger in memory: recorder 1 lists, recorder 2 and contributor 5 carry out.
type world struct {
	t       *testing.T
	genesis *ledger.Genesis
	hash    wire.Hash
	state   *store.Memory
	ledger  *ledger.Ledger
	time    int64
}

const (
	court    ledger.MemberID = 1
	market   ledger.MemberID = 2
	executor ledger.MemberID = 5
)

var firstDay = credit.NewDate(2026, 4, 1)

func key(m ledger.MemberID, k byte) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte{byte(m), k})
	return ed25519.NewKeyFromSeed(seed[:])
}

func newWorld(t *testing.T) *world {
	t.Helper()
	year, err := credit.ParseYear(law.Calendar2026())
	if err != nil {
		t.Fatal(err)
	}
	g := &ledger.Genesis{Format: ledger.GenesisFormat, Network: "test", ChainID: "test", TimeNS: int64(firstDay.Start()) * 1e9,
		Measures: ledger.Catalogue(), Calendars: []credit.Year{year},
		Migration: ledger.Migration{Until: firstDay.AddDays(2000), NotBefore: firstDay.AddDays(-2000)}}
	for i, doc := range law.Contracts() {
		g.Contracts = append(g.Contracts, ledger.ContractSource{Number: uint32(i + 1), File: doc.File, Source: string(doc.Source)})
	}
	for id := court; id <= executor; id++ {
		m := ledger.Member{ID: id, Roles: []ledger.Role{ledger.Recorder}, Node: strings.Repeat("a", 39) + string('0'+byte(id)),
			Consensus: key(id, 9).Public().(ed25519.PublicKey), Superior: id%4 + 1}
		switch id {
		case market:
			m.Executes = []uint16{1}
		case executor:
			m.Roles, m.Consensus, m.Superior, m.Executes = []ledger.Role{ledger.Contributor}, nil, 0, []uint16{1, 5}
		}
		for k := byte(1); k <= 2; k++ {
			m.Keys = append(m.Keys, ledger.Key{ID: ledger.KeyID(k), Purpose: ledger.Operate, Algorithm: ledger.Ed25519, Scope: ledger.ScopePeople,
				Operator: string('a' + k), Public: key(id, k).Public().(ed25519.PublicKey)})
		}
		g.Members = append(g.Members, m)
	}
	if err := g.Check(); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, genesis: g, hash: g.Hash(), state: store.NewMemory(), time: g.TimeNS}
	if w.ledger, err = ledger.Open(w.state, g); err != nil {
		t.Fatal(err)
	}
	w.write(w.ledger.InitialWrites())
	return w
}

func (w *world) write(writes []ledger.Write) {
	w.t.Helper()
	b := w.state.NewBatch()
	for _, x := range writes {
		switch {
		case x.RangeEnd != nil:
			b.DeleteRange(x.Key, x.RangeEnd)
		case x.Value == nil:
			b.Delete(x.Key)
		default:
			b.Set(x.Key, x.Value)
		}
	}
	if err := b.Commit(false); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view() *ledger.View { return w.ledger.View(w.state) }

// block applies operations of a member, signed by two, one second later.
func (w *world) block(m ledger.MemberID, ops ...ledger.Operation) {
	w.t.Helper()
	w.time += 1e9
	b := ledger.Block{Height: w.ledger.Head().Height + 1, Time: w.time}
	if len(ops) > 0 {
		raw, err := ledger.Seal(nil, w.hash, ledger.Content{Member: m, Key: 1, Approver: 2, NotAfter: b.Height + 9, Calendar: 1, Ops: ops}, key(m, 1), key(m, 2))
		if err != nil {
			w.t.Fatal(err)
		}
		e, err := ledger.ParseEnvelope(w.hash, raw)
		if err != nil {
			w.t.Fatal(err)
		}
		b.Envelopes, b.Faults = []*ledger.Envelope{e}, []fault.Code{fault.OK}
	}
	res, err := w.ledger.Execute(b)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range res.Codes {
		if c.Code != fault.OK {
			w.t.Fatal(c)
		}
	}
	w.write(res.Writes)
}

func id(n uint64) (r ledger.RecordID) { binary.BigEndian.PutUint64(r[8:], n+1); return r }

// list puts record n in force with the given measures.
func (w *world) list(n uint64, measures ...uint16) ledger.Operation {
	c, _ := w.view().Config.ContractOf(credit.JudgmentDefaulter)
	grounds, _ := credit.NewGrounds(1)
	tag, rid := ledger.CaseTag{}, id(n)
	sum := sha256.Sum256(rid[:])
	copy(tag[:], sum[:])
	day := int64(firstDay.AddDays(-30))
	return (&ledger.Create{Record: id(n), Contract: c, Event: "migrate", Recorder: court, Commitment: sha256.Sum256(tag[:]), CaseTag: &tag,
		Args: map[string]int64{"grounds": int64(grounds), "decided_on": day, "published_on": day}, Measures: measures}).Operation()
}

func send(n uint64, event string) ledger.Operation {
	return (&ledger.Act{Record: id(n), Event: event}).Operation()
}

// holdUntil holds record n for litigation so many days from today.
func (w *world) holdUntil(n uint64, days int) ledger.Operation {
	reasons := wire.Hash(sha256.Sum256([]byte{byte(n), 'h'}))
	until := w.view().Moment.Date().AddDays(days)
	return (&ledger.Act{Record: id(n), Event: "hold", Args: map[string]int64{"until": int64(until)}, Paper: &reasons}).Operation()
}

func say(n uint64, measure uint16, word ledger.Word) ledger.Operation {
	return (&ledger.Feedback{Record: id(n), Measure: measure, Code: word}).Operation()
}

// follow brings a docket up to date.
func (w *world) follow(d *Docket) {
	w.t.Helper()
	if err := d.Follow(context.Background(), w.view); err != nil {
		w.t.Fatal(err)
	}
}

func open(t *testing.T, s store.Store) *Docket {
	t.Helper()
	d, err := Open(s, executor)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
