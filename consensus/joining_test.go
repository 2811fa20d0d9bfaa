package consensus

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// believing follows the genesis' recorders, as a trust file of the first day does.
func (n *network) believing() *Joining {
	var set proof.Validators
	for _, e := range n.node(1).epochs() {
		for _, v := range e.Validators {
			set = append(set, proof.Validator{PubKey: [32]byte(v.Key), Power: v.Power})
		}
	}
	epochs := []proof.Epoch{{FromHeight: 1, Hash: set.Hash()}}
	return &Joining{Since: 1, Wait: 20 * time.Second, Believe: func(handovers []proof.LightBlock, target proof.LightBlock) error {
		_, err := proof.VerifyChain(n.genesis.ChainID, epochs, handovers, target)
		return err
	}}
}

func (d *testNode) epochs() []ledger.Epoch {
	all, err := d.engine.Epochs()
	if err != nil {
		d.net.t.Fatal(err)
	}
	return all
}

// forging reads a state with one value of a family altered.
type forging struct {
	ledger.Reader
	family byte
}

func (f forging) Scan(from, to []byte, fn func(k, v []byte) bool) error {
	first := true
	return f.Reader.Scan(from, to, func(k, v []byte) bool {
		if first && k[0] == f.family {
			first, v = false, bytes.Clone(v)
			v[len(v)-1] ^= 1
		}
		return fn(k, v)
	})
}

// TestJoinBySnapshot: an access node without blocks takes a snapshot in, after forged ones
// that members offer have been refused: one with an altered record, configuration or event.
// It has the others' roots, no block from before, and every body that it may hold; it
// answers nobody about a body before.
func TestJoinBySnapshot(t *testing.T) {
	n := newNetwork(t)
	n.adjust = func(o *Options) { o.SnapshotEvery = 5 }
	n.startOnly(1, 2, 3, 4)
	s := n.enter(1, 40)
	honest := n.awaitSnapshot(n.node(1).engine.View().Height, 1)
	n.node(1).engine.snapshots.freeze()
	n.awaitSnapshot(honest+1, 2, 3, 4) // of a later height, so that they are tried first
	for by, family := range map[ledger.MemberID]byte{2: 'r', 3: 'c', 4: 'e'} {
		n.forge(by, family)
	}
	joining := n.believing()
	var said refusalLog
	n.adjust = func(o *Options) { o.SnapshotEvery, o.Joining, o.Logger = -1, joining, slog.New(&said) }
	joiner := n.node(contributor)
	joiner.start()
	joiner.awaitReady()
	eventually(t, time.Minute, func() error { return joiner.missingNone() })
	e := joiner.engine
	if base := e.node.BlockStore().Base(); base != honest+1 {
		t.Errorf("its first block is %d; joined by the snapshot of %d?", base, honest)
	}
	if n := said.Load(); n != 3 {
		t.Errorf("%d forged snapshots were refused, not 3", n)
	}
	if held := joiner.holds(s); held != 40 {
		t.Errorf("%d of 40 bodies are here", held)
	}
	eventually(t, 20*time.Second, func() error { return sameAppHash(n.node(1).engine, e) })
	joiner.stop()
	n.adjust = func(o *Options) { o.SnapshotEvery = -1 }
	joiner.start() // as any other node, without a word about joining
	joiner.awaitReady()
}

// TestSnapshotChunkForged: a chunk that is not the announced one is asked for again, from
// another peer; an offer that does not lead to the header's hash is refused.
func TestSnapshotChunkForged(t *testing.T) {
	n := newNetwork(t)
	n.adjust = func(o *Options) { o.SnapshotEvery = 5 }
	n.startOnly(1, 2, 3, 4)
	n.enter(1, 3)
	n.awaitSnapshot(1, 1)
	a := n.node(1).engine.app
	list, err := a.ListSnapshots(context.Background(), nil)
	if err != nil || len(list.Snapshots) == 0 {
		t.Fatal(err)
	}
	offer := list.Snapshots[0]
	m, err := decodeManifest(offer.Metadata)
	if err != nil {
		t.Fatal(err)
	}
	b := &app{e: n.node(contributor).joiningEngine()}
	app := m.Summary.AppHash()
	ctx := context.Background()
	wrong := bytes.Clone(app[:])
	wrong[0] ^= 1
	if r, err := b.OfferSnapshot(ctx, &abci.RequestOfferSnapshot{Snapshot: offer, AppHash: wrong}); err != nil || r.Result != abci.ResponseOfferSnapshot_REJECT {
		t.Errorf("%v, %v", r, err)
	}
	if r, err := b.OfferSnapshot(ctx, &abci.RequestOfferSnapshot{Snapshot: offer, AppHash: app[:]}); err != nil || r.Result != abci.ResponseOfferSnapshot_ACCEPT {
		t.Fatalf("%v, %v", r, err)
	}
	c, err := a.LoadSnapshotChunk(ctx, &abci.RequestLoadSnapshotChunk{Height: offer.Height, Format: offer.Format})
	if err != nil {
		t.Fatal(err)
	}
	c.Chunk[len(c.Chunk)-1] ^= 1
	r, err := b.ApplySnapshotChunk(ctx, &abci.RequestApplySnapshotChunk{Index: 0, Chunk: c.Chunk, Sender: "x"})
	if err != nil || r.Result != abci.ResponseApplySnapshotChunk_RETRY || len(r.RefetchChunks) != 1 || len(r.RejectSenders) != 1 {
		t.Errorf("%v, %v", r, err)
	}
}

// TestJoinWithoutSnapshot: where no member offers a snapshot, the node takes every block.
func TestJoinWithoutSnapshot(t *testing.T) {
	n := newNetwork(t)
	n.adjust = func(o *Options) { o.SnapshotEvery = -1 }
	n.startOnly(1, 2, 3, 4)
	n.enter(1, 5)
	joining := n.believing()
	joining.Wait = time.Second
	n.adjust = func(o *Options) { o.SnapshotEvery, o.Joining = -1, joining }
	joiner := n.node(contributor)
	joiner.start()
	joiner.awaitReady()
	if base := joiner.engine.node.BlockStore().Base(); base != 1 {
		t.Errorf("its first block is %d", base)
	}
}

// joiningEngine is as much of an engine as taking in a snapshot needs.
func (d *testNode) joiningEngine() *Engine {
	d.net.t.Helper()
	d.net.adjust = func(o *Options) { o.Joining = d.net.believing() }
	if err := d.open(); err != nil {
		d.net.t.Fatal(err)
	}
	return d.engine
}

func (d *testNode) missingNone() error {
	if n := d.engine.Missing(); n > 0 {
		return fault.Newf(fault.NotReady, "test", "%d bodies missing", n)
	}
	return nil
}

// awaitSnapshot waits until members have one of a height from min on, and returns the
// first one's.
func (n *network) awaitSnapshot(min int64, members ...ledger.MemberID) int64 {
	n.t.Helper()
	newest := func(m ledger.MemberID) int64 {
		s := &n.node(m).engine.snapshots
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.kept) == 0 {
			return 0
		}
		return s.kept[len(s.kept)-1].height
	}
	eventually(n.t, time.Minute, func() error {
		for _, m := range members {
			if newest(m) < min {
				return errors.New("no snapshot yet")
			}
		}
		return nil
	})
	return newest(members[0])
}

// enter migrates records and waits until they stand.
func (n *network) enter(member ledger.MemberID, count int) submission {
	n.t.Helper()
	s := n.create(member, "migrate", count, n.node(member).ahead())
	n.node(member).submit(s)
	n.node(member).settled(s)
	return s
}

// refusalLog counts refused snapshots.
type refusalLog struct{ atomic.Int32 }

func (l *refusalLog) Enabled(context.Context, slog.Level) bool { return true }
func (l *refusalLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "snapshot refused" {
		l.Add(1)
	}
	return nil
}
func (l *refusalLog) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *refusalLog) WithGroup(string) slog.Handler      { return l }

// freeze makes no more snapshots.
func (s *snapshots) freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = true
}

// forge has a member offer a snapshot in which one value of a family is another, all of
// whose hashes agree.
func (n *network) forge(by ledger.MemberID, family byte) {
	n.t.Helper()
	s := &n.node(by).engine.snapshots
	s.freeze()
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.kept[len(s.kept)-1]
	o.state = forging{o.state, family}
	o.starts, o.manifest.Chunks = nil, nil
	if err := o.make(context.Background()); err != nil {
		n.t.Fatal(err)
	}
	for _, other := range s.kept[:len(s.kept)-1] {
		_ = other.close()
	}
	s.kept = []*offered{o}
}

// sameAppHash compares two nodes that go on.
func sameAppHash(a, b *Engine) error {
	x, y := a.View(), b.View()
	if x.Height != y.Height || x.AppHash != y.AppHash {
		return fault.Newf(fault.NotReady, "test", "heights %d and %d", x.Height, y.Height)
	}
	return nil
}

// TestManifest: what goes with an offer is read back, and bounded.
func TestManifest(t *testing.T) {
	m := manifest{Summary: ledger.Summary{Events: 2, Count: 1}, Chunks: []wire.Hash{{1}, {2}}}
	got, err := decodeManifest(wire.Encode(m))
	if err != nil || len(got.Chunks) != 2 || got.Summary != m.Summary {
		t.Errorf("%v, %v", got, err)
	}
	for _, b := range [][]byte{nil, wire.Encode(manifest{}), make([]byte, maxSnapshotMeta+1)} {
		if _, err := decodeManifest(b); err == nil {
			t.Errorf("%d bytes pass", len(b))
		}
	}
}
