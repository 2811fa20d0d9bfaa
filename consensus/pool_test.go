package consensus

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// fake makes an entry that no one verifies.
func fake(n uint32, member ledger.MemberID, ops int, expiry int64) *entry {
	raw := binary.BigEndian.AppendUint32(make([]byte, 96), n)
	return &entry{id: wire.Digest("test", raw), raw: raw, member: member, ops: ops, expiry: expiry, since: time.Now()}
}

func put(t *testing.T, p *pool, e *entry) {
	t.Helper()
	if err := p.reserve(e.member, e.ops); err != nil {
		t.Fatal(err)
	}
	p.add(e)
}

func TestPoolBounds(t *testing.T) {
	p := newPool(100)
	put(t, p, fake(1, 1, 50, 9))
	if err := p.reserve(1, 1); !fault.Is(err, fault.MemberQuota) {
		t.Errorf("half the pool is a member's share: %v", err)
	}
	put(t, p, fake(2, 2, 49, 9))
	if err := p.reserve(3, 2); !fault.Is(err, fault.PoolFull) {
		t.Errorf("full pool: %v", err)
	}
	for _, c := range []fault.Code{fault.MemberQuota, fault.PoolFull} {
		if !c.Temporary() {
			t.Errorf("%s is not temporary", c)
		}
	}
	if err := p.reserve(3, 1); err != nil {
		t.Errorf("last place: %v", err)
	}
	p.release(3, 1)
	if n, ops := p.size(); n != 2 || ops != 99 {
		t.Errorf("size %d, %d", n, ops)
	}
}

func TestPoolKeepsOrderAndForgets(t *testing.T) {
	p := newPool(10_000)
	var all []*entry
	for i := range uint32(500) {
		all = append(all, fake(i, 1, 1, int64(i)))
		put(t, p, all[i])
	}
	again := fake(7, 1, 1, 7)
	if err := p.reserve(1, 1); err != nil {
		t.Fatal(err)
	}
	if p.add(again) {
		t.Error("the same envelope was added twice")
	}
	if p.find(again.raw) != all[7] || p.get(again.id) != all[7] {
		t.Error("not found by its bytes or its id")
	}
	for i := 0; i < 500; i += 2 {
		if _, ok := p.remove(all[i].id); !ok {
			t.Fatalf("entry %d is gone", i)
		}
	}
	if _, ok := p.remove(all[0].id); ok {
		t.Error("removed twice")
	}
	gone := p.expire(99)
	if len(gone) != 50 {
		t.Errorf("%d expired, want the 50 odd ones below 100", len(gone))
	}
	var got, want []uint32
	for i := uint32(101); i < 500; i += 2 {
		want = append(want, i)
	}
	for _, e := range p.waiting() {
		got = append(got, binary.BigEndian.Uint32(e.raw[96:]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n, ops := p.size(); n != 200 || ops != 200 {
		t.Errorf("size %d, %d", n, ops)
	}
	if p.find(all[0].raw) != nil || len(p.byRaw) != 200 {
		t.Errorf("%d buckets are left", len(p.byRaw))
	}
}

// TestBlockRules puts envelopes of one size through the shares of a block.
func TestBlockRules(t *testing.T) {
	sized := func(n uint32, m ledger.MemberID, bytes int, refs ...bodyRef) *entry {
		e := fake(n, m, 1, 9)
		e.raw = make([]byte, bytes-envelopeFrame)
		e.bodies = refs
		return e
	}
	record := ledger.RecordID{1}
	for _, c := range []struct {
		name       string
		before     []*entry
		favourable []bool
		e          *entry
		fav        bool
		want       fault.Code
	}{
		{name: "fits", e: sized(1, 1, 1000)},
		{name: "adverse beyond three quarters", before: []*entry{sized(1, 1, memberBytes), sized(2, 2, adverseBytes-memberBytes)},
			favourable: []bool{false, false}, e: sized(3, 3, 100), want: fault.TooLarge},
		{name: "the reserved quarter", before: []*entry{sized(1, 1, memberBytes), sized(2, 2, adverseBytes-memberBytes)},
			favourable: []bool{true, true}, e: sized(3, 3, 100), fav: true},
		{name: "one member's half", before: []*entry{sized(1, 1, memberBytes)}, favourable: []bool{false},
			e: sized(2, 1, 100), want: fault.MemberQuota},
		{name: "favourable behind adverse", before: []*entry{sized(1, 1, 100)}, favourable: []bool{false},
			e: sized(2, 2, 100), fav: true, want: fault.Malformed},
		{name: "twice", before: []*entry{sized(1, 1, 100)}, favourable: []bool{false},
			e: sized(1, 1, 100), want: fault.AlreadyCommitted},
		{name: "two new bodies for a record", before: []*entry{sized(1, 1, 100, bodyRef{record: record, amends: true})},
			favourable: []bool{false}, e: sized(2, 2, 100, bodyRef{record: record, amends: true}), want: fault.BodyUnchanged},
		{name: "whole block", before: []*entry{sized(1, 1, memberBytes), sized(2, 2, memberBytes)},
			favourable: []bool{true, true}, e: sized(3, 3, 1000), fav: true, want: fault.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBlock(nil, blockBytes)
			for i, e := range c.before {
				b.take(e, c.favourable[i])
			}
			if got := fault.Of(b.fits(c.e, c.fav)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestOrderWithinMember holds that an envelope that does not fit keeps the later ones
// of its member out of the block.
func TestOrderWithinMember(t *testing.T) {
	b := newBlock(nil, 1000)
	big, small, other := fake(1, 1, 1, 9), fake(2, 1, 1, 9), fake(3, 2, 1, 9)
	big.raw = make([]byte, 2000)
	if b.add(big, false) || b.add(small, false) {
		t.Error("a later envelope overtook an earlier one of its member")
	}
	if !b.add(other, false) {
		t.Error("another member was kept out")
	}
}

// TestDoubt: an envelope whose proposals fail is held back longer and longer, and with
// it its member's later ones; others are not.
func TestDoubt(t *testing.T) {
	a := &app{e: &Engine{pool: newPool(100)}}
	bad, later, other := fake(1, 1, 1, 99), fake(2, 1, 1, 99), fake(3, 2, 1, 99)
	for _, e := range []*entry{bad, later, other} {
		put(t, a.e.pool, e)
	}
	var waits []int64
	for range 5 {
		a.mine = []*entry{bad}
		a.doubt(50)
		waits = append(waits, bad.notBefore-50)
	}
	if diff := cmp.Diff([]int64{0, 2, 6, 14, 14}, waits); diff != "" {
		t.Error(diff)
	}
	b := newBlock(nil, 10_000)
	ready := held(b, a.e.pool.waiting(), 60)
	if len(ready) != 2 || b.add(later, false) || !b.add(other, false) {
		t.Errorf("%d envelopes are ready", len(ready))
	}
	if got := held(newBlock(nil, 10_000), a.e.pool.waiting(), 64); len(got) != 3 {
		t.Errorf("%d envelopes are ready at the end of the wait", len(got))
	}
}
