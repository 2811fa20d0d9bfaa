package node

import (
	"bytes"
	"encoding/hex"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// disk is a ledger's state in memory.
type disk map[string][]byte

func (d disk) Get(key []byte) ([]byte, error) { return d[string(key)], nil }

func (d disk) Scan(from, to []byte, fn func(k, v []byte) bool) error {
	var keys []string
	for k := range d {
		if k >= string(from) && k < string(to) {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		if !fn([]byte(k), d[k]) {
			break
		}
	}
	return nil
}

func (d disk) apply(writes []ledger.Write) {
	for _, w := range writes {
		switch {
		case w.RangeEnd != nil:
			for k := range d {
				if k >= string(w.Key) && k < string(w.RangeEnd) {
					delete(d, k)
				}
			}
		case w.Value == nil:
			delete(d, string(w.Key))
		default:
			d[string(w.Key)] = bytes.Clone(w.Value)
		}
	}
}

// plain is a ledger of the fixture's genesis without nodes or an engine.
type plain struct {
	*nodes
	state  disk
	ledger *ledger.Ledger
}

func newPlain(t *testing.T) *plain {
	t.Helper()
	d := &plain{nodes: &nodes{t: t}, state: disk{}}
	d.found()
	var err error
	if d.ledger, err = ledger.Open(d.state, d.homes[court].Genesis); err != nil {
		t.Fatal(err)
	}
	d.state.apply(d.ledger.InitialWrites())
	return d
}

// block applies operations that an institution's two people have signed; an anchor its node.
func (d *plain) block(at time.Time, member int, ops ...ledger.Operation) *ledger.Result {
	d.t.Helper()
	b := ledger.Block{Height: d.ledger.Head().Height + 1, Time: at.UnixNano()}
	if len(ops) > 0 {
		h := d.homes[member]
		first := OperatorKey
		if ops[0].Kind == ledger.KindAnchor {
			first = ServiceKey
		}
		operator, err := h.Person(first)
		if err != nil {
			d.t.Fatal(err)
		}
		approver, err := h.Person(ApproverKey)
		if err != nil {
			d.t.Fatal(err)
		}
		raw, err := ledger.Seal(nil, h.Genesis.Hash(), ledger.Content{Member: h.Member.ID, Key: operator.Key, Approver: approver.Key,
			NotAfter: b.Height + 100, Calendar: uint32(len(h.Genesis.Calendars)), Ops: ops}, operator.Signer, approver.Signer)
		if err != nil {
			d.t.Fatal(err)
		}
		e, err := ledger.ParseEnvelope(h.Genesis.Hash(), raw)
		if err != nil {
			d.t.Fatal(err)
		}
		b.Envelopes = []*ledger.Envelope{e}
	}
	r, err := d.ledger.Execute(b)
	if err != nil || len(ops) > 0 && (r.Codes[0].Code != fault.OK || r.Codes[0].Ops != nil) {
		d.t.Fatalf("%+v (%v)", r, err)
	}
	d.state.apply(r.Writes)
	return r
}

func (d *plain) view() *ledger.View { return d.ledger.View(d.state) }

// days runs a ledger over block times: each block anchors an hour, so each has one event.
func days(t *testing.T, times ...time.Time) *ledger.View {
	t.Helper()
	d := newPlain(t)
	for i, at := range times {
		d.block(at, bureau, (&ledger.Anchor{Hour: int64(i + 1), Root: wire.Hash{1}}).Operation())
	}
	return d.view()
}

// TestProofsLeadToTheirDay: what a day has recorded that is over is proved by the block
// that closed it, whose root is the trust file's; what today has recorded, by the newest.
func TestProofsLeadToTheirDay(t *testing.T) {
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(28 * time.Hour) // 12:00 in UTC+8, after the genesis
	view := days(t, noon, noon.Add(time.Hour), noon.Add(24*time.Hour), noon.Add(48*time.Hour), noon.Add(49*time.Hour))
	roots, err := dailyRoots(view)
	if err != nil || len(roots) != 2 || roots[0].Size != 2 || roots[1].Size != 3 {
		t.Fatalf("%+v (%v)", roots, err)
	}
	all := func(int64) bool { return true }
	for index, want := range []ledger.Day{{Height: 2, Size: 2}, {Height: 2, Size: 2}, {Height: 3, Size: 3}, {Height: 5, Size: 5}, {Height: 5, Size: 5}} {
		at, path, err := placed(view, uint64(index), all)
		if err != nil || at.Height != want.Height || at.Size != want.Size {
			t.Errorf("event %d leads to block %d of size %d (%v)", index, at.Height, at.Size, err)
		}
		root := view.LogRoot
		if i := slices.IndexFunc(roots, func(r verify.DailyRoot) bool { return r.Size == want.Size }); i >= 0 {
			root = wire.Hash(roots[i].Root)
		}
		_, raw, err := view.Event(uint64(index))
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyInclusion(raw, uint64(index), at.Size, root, path); err != nil {
			t.Errorf("event %d: %v", index, err)
		}
	}
	at, _, err := placed(view, 0, func(h int64) bool { return h != 3 })
	if err != nil || at.Height != 5 {
		t.Errorf("without the block after the day's: block %d (%v)", at.Height, err)
	}
}

// TestLogPathIsOfTheDay: the answer behind certificate refresh.
func TestLogPathIsOfTheDay(t *testing.T) {
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(28 * time.Hour)
	view := days(t, noon, noon.Add(time.Hour), noon.Add(24*time.Hour))
	p, err := logPath(view, 1)
	if err != nil || p.Height != 2 || p.Size != 2 || p.Day != noon.Format("2006-01-02") || len(p.Path) != 1 {
		t.Fatalf("%+v (%v)", p, err)
	}
	if _, err := hex.DecodeString(p.Root + p.Path[0]); err != nil {
		t.Error(err)
	}
	if _, err := logPath(view, 2); !fault.Is(err, fault.NotReady) {
		t.Errorf("an event of today: %v", err)
	}
	if _, err := logPath(view, 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("an event that is not yet: %v", err)
	}
}
