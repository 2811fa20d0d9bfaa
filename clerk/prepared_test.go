package clerk

import (
	"bytes"
	"context"
	"testing"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// office is a chain that also takes what brings no body.
type office struct{ *chain }

func (o office) HandIn(ctx context.Context, a client.Act) (client.Receipt, error) {
	return o.Submit(ctx, client.Submission{Envelope: a.Envelope})
}

// carried is a prepared act as it arrives at the second person's.
func carried(t *testing.T, p *Prepared, genesis wire.Hash) (*Prepared, *ledger.Envelope) {
	t.Helper()
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	q, e, err := DecodePrepared(b, genesis)
	if err != nil {
		t.Fatal(err)
	}
	return q, e
}

func TestTwoPeopleTwoPlaces(t *testing.T) {
	n := newChain(t)
	c := n.clerk(court)
	c.Approver = nil // elsewhere
	hash := n.genesis.Hash()
	p, err := c.Prepare(t.Context(), create(t, c, Migrate, body(t, 1)), 2)
	if err != nil {
		t.Fatal(err)
	}
	p, e := carried(t, p, hash)
	if e.Approved() || e.VerifyFirst(&n.genesis.Members[0], 1) != nil {
		t.Error("signed by another than the first")
	}
	book, err := c.Book()
	if err != nil {
		t.Fatal(err)
	}
	acts, err := p.Review(t.Context(), e, book, n)
	if err != nil || len(acts) != 1 || acts[0].Next == nil || acts[0].Next.CaseNo != body(t, 1).CaseNo || !acts[0].Spec.Adverse {
		t.Fatalf("%+v %v", acts, err)
	}
	if _, err := p.Submit(t.Context(), office{n}, e); !fault.Is(err, fault.ApproverMissing) {
		t.Error(err)
	}
	if err := p.Approve(hash, e, Signer{3, testKey(court, 3)}); !fault.Is(err, fault.PreparedInvalid) {
		t.Errorf("another than who was named: %v", err)
	}
	if err := p.Approve(hash, e, Signer{2, testKey(court, 2)}); err != nil {
		t.Fatal(err)
	}
	p, e = carried(t, p, hash)
	if out, err := p.Submit(t.Context(), office{n}, e); err != nil || !out.Applied() {
		t.Fatal(out, err)
	}
	if got := n.seen[len(n.seen)-1]; got.Key != 1 || got.Approver != 2 {
		t.Errorf("signed by %d and %d", got.Key, got.Approver)
	}
	if _, err := p.Submit(t.Context(), office{n}, e); !fault.Is(err, fault.AlreadyCommitted) {
		t.Errorf("sent twice: %v", err)
	}
	if err := p.Approve(hash, e, Signer{2, testKey(court, 2)}); !fault.Is(err, fault.PreparedInvalid) {
		t.Errorf("approved twice: %v", err)
	}
}

// TestPreparedIsWhatItSays: the second person reads what is going to be done, or nothing.
func TestPreparedIsWhatItSays(t *testing.T) {
	n := newChain(t)
	id := lifeOf(t, n)
	c := n.clerk(court)
	hash := n.genesis.Hash()
	book, _ := c.Book()
	extend, err := c.Act(t.Context(), ActSpec{Record: id, Event: "extend", Args: map[string]int64{"months": 12}, Reasons: &credit.Paper{Text: "several acts"}})
	if err != nil {
		t.Fatal(err)
	}
	made := func() *Prepared {
		t.Helper()
		p, err := c.Prepare(t.Context(), append(create(t, c, Migrate, body(t, 2)), extend), 2)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, e := carried(t, made(), hash)
	acts, err := p.Review(t.Context(), e, book, nil)
	if err != nil || acts[1].Body == nil || acts[1].Known || acts[1].Args["months"] != 12 || acts[1].Spec.Name != "extend" {
		t.Fatalf("%+v %v", acts, err)
	}
	other, err := c.Create(Migrate, draft(t, c, body(t, 3)))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(p *Prepared){
		"another body with it":        func(p *Prepared) { p.Packets[0] = other.Packet },
		"no body with it":             func(p *Prepared) { p.Packets = nil },
		"no reasons with it":          func(p *Prepared) { p.Papers = nil },
		"a body that cannot be read":  func(p *Prepared) { p.Packets[0] = []byte{1} },
		"another body of the subject": func(p *Prepared) { p.Packets[0], p.Subjects[0] = p.Subjects[0], p.Packets[0][:9] },
	} {
		p := made()
		change(p)
		p, e := carried(t, p, hash)
		if _, err := p.Review(t.Context(), e, book, nil); !fault.Is(err, fault.PreparedInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p = made()
	p.Envelope = bytes.Replace(p.Envelope, []byte("migrate"), []byte("propose"), 1)
	if _, e := carried(t, p, hash); e.VerifyFirst(&n.genesis.Members[0], 1) == nil {
		t.Error("what the first person has signed can be changed")
	}
	b, err := made().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := DecodePrepared(b, wire.Hash{1}); !fault.Is(err, fault.ForeignGenesis) {
		t.Error(err)
	}
	if _, _, err := DecodePrepared(b[:len(b)/2], hash); !fault.Is(err, fault.PreparedInvalid) {
		t.Error(err)
	}
}

func TestPreparedEnds(t *testing.T) {
	n := newChain(t)
	c := n.clerk(court)
	hash := n.genesis.Hash()
	if _, err := c.Prepare(t.Context(), create(t, n.clerk(bureau), Propose, body(t, 1)), 2); !fault.Is(err, fault.Usage) {
		t.Errorf("one person suffices: %v", err)
	}
	p, err := c.Prepare(t.Context(), create(t, c, Migrate, body(t, 1)), 2)
	if err != nil {
		t.Fatal(err)
	}
	p, e := carried(t, p, hash)
	if err := p.Approve(hash, e, Signer{2, testKey(court, 2)}); err != nil {
		t.Fatal(err)
	}
	p, e = carried(t, p, hash)
	for n.ledger.Head().Height < e.NotAfter {
		n.block(nil)
	}
	if _, err := p.Submit(t.Context(), office{n}, e); !fault.Is(err, fault.Expired) {
		t.Errorf("after its last height: %v", err)
	}
}
