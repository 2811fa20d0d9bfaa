package consensus

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/merkle"
	sm "github.com/cometbft/cometbft/state"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Joining says how a node without blocks may begin with a snapshot instead of the first
// block.
type Joining struct {
	// Since is the height from which the last set of recorders decides that is known here;
	// peers add the blocks that changed it later.
	Since int64
	// Believe reports whether recorders whom the institution trusts have decided a block.
	Believe func(handovers []proof.LightBlock, target proof.LightBlock) error
	// Accept looks at the state that a snapshot has brought, after its roots have been
	// found to be those of a believed header; it may still refuse it.
	Accept func(*ledger.View) error
	// Wait is for how long a snapshot is looked for before the node takes all blocks from
	// the first on instead; 0 is 30 s.
	Wait time.Duration
}

const defaultJoinWait = 30 * time.Second

// Stages of joining.
const (
	stageNone    = int32(iota) // this node does not join, or has joined
	stageLooking               // for a snapshot
	stageTaking                // one in
	stageBlocks                // none was found: every block from the first on
)

// joining reports whether this node has no state yet and looks for a snapshot.
func (e *Engine) joining() bool { return e.stage.Load() != stageNone }

// prepareJoining lets the engine look for snapshots if this node has no blocks. What a
// snapshot left that was not taken in to its end is thrown away.
func (e *Engine) prepareJoining(c *cmtcfg.Config) error {
	if e.opts.Joining == nil {
		return nil
	}
	state, err := e.states.Load()
	if err != nil || state.LastBlockHeight > 0 {
		return codedIf(err)
	}
	if base := e.opts.Genesis.Base(); base > 0 && e.app.height == base {
		return nil // the state was brought over from the predecessor
	}
	e.stage.Store(stageLooking)
	c.StateSync.Enable = true
	c.StateSync.DiscoveryTime = discovery
	// The engine does not look for snapshots with a pool of type "nop". Until its next start
	// this node has the stock one, which broadcasts nothing and takes nothing (CheckTx).
	c.Mempool.Type, c.Mempool.Broadcast = cmtcfg.MempoolTypeFlood, false
	if e.app.height == 0 {
		return nil
	}
	if err := empty(e.opts.DB); err != nil {
		return err
	}
	return e.openLedger()
}

// CheckTx is asked by the stock pool alone, which a node has while it joins: nobody is to
// fill it.
func (a *app) CheckTx(context.Context, *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	return &abci.ResponseCheckTx{Code: peerRefused, Log: "envelopes travel on another channel"}, nil
}

// discovery is how long the engine gathers offers before it takes up one; it allows no
// less.
const discovery = 5 * time.Second

// awaitSnapshot gives up looking when none has been found for Joining.Wait, or taking in
// does not get on, and lets the engine take blocks instead.
func (e *Engine) awaitSnapshot() {
	wait := e.opts.Joining.Wait
	if wait == 0 {
		wait = defaultJoinWait
	}
	e.step()
	for !e.giveUpLooking(wait) {
		select {
		case <-e.ctx.Done():
			return
		case <-time.After(joinTick):
		}
	}
	if e.stage.Load() != stageBlocks {
		return
	}
	e.log.Info("no member offers a snapshot that can be believed: taking every block from the first on")
	if err := e.takeBlocks(); err != nil {
		_ = e.halt(err)
	}
}

// step notes that joining gets on.
func (e *Engine) step() { e.stepped.Store(time.Now().UnixNano()) }

// giveUpLooking reports whether there is nothing to wait for any more.
func (e *Engine) giveUpLooking(wait time.Duration) bool {
	e.taking.Lock()
	defer e.taking.Unlock()
	stage := e.stage.Load()
	switch {
	case stage == stageTaking:
		wait += chunkPatience
	case len(e.reactor.connected(false)) == 0:
		e.step() // nobody to look with: not admitted yet, or no address is right
	}
	if stage != stageNone && time.Since(time.Unix(0, e.stepped.Load())) > wait {
		e.stage.Store(stageBlocks)
	}
	return stage == stageNone || e.stage.Load() == stageBlocks
}

// chunkPatience is how long the engine waits for one chunk before it drops a snapshot.
const chunkPatience = 2 * time.Minute

const joinTick = 200 * time.Millisecond

// takeBlocks begins with the first block, as the engine does that has looked for no
// snapshot.
func (e *Engine) takeBlocks() error {
	if e.opts.Genesis.Base() > 0 {
		return fault.Newf(fault.SuccessorMismatch, "state", "no member offers a snapshot, and blocks alone do not lead to this chain's state")
	}
	if err := empty(e.opts.DB); err != nil {
		return err
	}
	if err := e.openLedger(); err != nil {
		return err
	}
	state, err := sm.MakeGenesisState(e.light.doc)
	if err != nil {
		return coded(err)
	}
	state.AppHash, state.Version.Consensus.App = e.app.hash, appVersion
	state.LastResultsHash = merkle.HashFromByteSlices(nil)
	if err := e.states.Save(state); err != nil {
		return coded(err)
	}
	e.run(e.audit)
	blocks, _ := e.node.Switch().Reactor("BLOCKSYNC")
	r, ok := blocks.(interface{ Enable(sm.State) error })
	if !ok {
		return fault.Newf(fault.Internal, "engine", "it cannot be told to take blocks")
	}
	e.stage.Store(stageNone)
	return codedIf(r.Enable(state))
}

// codedIf is coded for an error that may be none.
func codedIf(err error) error {
	if err == nil {
		return nil
	}
	return coded(err)
}

// restoring is a snapshot that is being taken in. Only the engine's goroutine for it
// touches it, but for progress.
type restoring struct {
	height   int64
	manifest *manifest
	into     *ledger.Restoration
	batch    store.Batch
	next     int

	done, all atomic.Uint64 // records and events
}

// batchLimit is how much of a snapshot is written at a time.
const batchLimit = 8 << 20

func hashOf(b []byte) wire.Hash { return sha256.Sum256(b) }

// OfferSnapshot is called with a snapshot that peers have, and the AppHash that a believed
// header names for its height.
func (a *app) OfferSnapshot(_ context.Context, r *abci.RequestOfferSnapshot) (_ *abci.ResponseOfferSnapshot, err error) {
	answer := func(x abci.ResponseOfferSnapshot_Result) (*abci.ResponseOfferSnapshot, error) {
		return &abci.ResponseOfferSnapshot{Result: x}, nil
	}
	s := r.Snapshot
	a.e.taking.Lock()
	defer a.e.taking.Unlock()
	switch stage := a.e.stage.Load(); {
	case stage != stageLooking && stage != stageTaking: // the latter: one that was given up half way
		return answer(abci.ResponseOfferSnapshot_ABORT)
	case s.Format != snapshotFormat:
		return answer(abci.ResponseOfferSnapshot_REJECT_FORMAT)
	}
	m, err := decodeManifest(s.Metadata)
	hash := wire.Digest("riviera/snapshot/1", s.Metadata)
	var app wire.Hash
	if err == nil {
		app = m.Summary.AppHash()
	}
	if err != nil || !bytes.Equal(hash[:], s.Hash) || int(s.Chunks) != len(m.Chunks) || !bytes.Equal(app[:], r.AppHash) {
		a.e.log.Warn("snapshot refused: it does not lead to the header's hash", "height", s.Height)
		return answer(abci.ResponseOfferSnapshot_REJECT)
	}
	a.e.stage.Store(stageTaking)
	a.e.step()
	if err := a.restore(int64(s.Height), m); err != nil {
		_ = a.e.halt(err)
		return answer(abci.ResponseOfferSnapshot_ABORT)
	}
	a.e.log.Info("taking in a snapshot", "height", s.Height, "records", m.Summary.Count, "events", m.Summary.Events, "chunks", len(m.Chunks))
	return answer(abci.ResponseOfferSnapshot_ACCEPT)
}

// restore begins with an empty store.
func (a *app) restore(height int64, m *manifest) (err error) {
	db := a.e.opts.DB
	if err := empty(db); err != nil {
		return err
	}
	r := &restoring{height: height, manifest: m, batch: db.NewBatch()}
	r.all.Store(m.Summary.Count + m.Summary.Events)
	flush := func() error {
		defer r.batch.Close()
		err := r.batch.Commit(false)
		r.batch = db.NewBatch()
		return err
	}
	r.into, err = ledger.Restore(a.e.opts.Genesis, m.Summary, db, func(k, v []byte) { r.batch.Set(k, v) }, flush)
	if err != nil {
		return err
	}
	if old := a.e.restoring.Swap(r); old != nil {
		old.batch.Close()
	}
	return nil
}

// empty deletes every key.
func empty(db *store.DB) error {
	b := db.NewBatch()
	defer b.Close()
	b.DeleteRange([]byte{0}, bytes.Repeat([]byte{0xff}, store.MaxKey))
	return b.Commit(false)
}

// ApplySnapshotChunk is called with the chunks in their order.
func (a *app) ApplySnapshotChunk(ctx context.Context, r *abci.RequestApplySnapshotChunk) (*abci.ResponseApplySnapshotChunk, error) {
	a.e.taking.Lock()
	defer a.e.taking.Unlock()
	a.e.step()
	s := a.e.restoring.Load()
	if a.e.stage.Load() != stageTaking || s == nil || int(r.Index) != s.next {
		return &abci.ResponseApplySnapshotChunk{Result: abci.ResponseApplySnapshotChunk_REJECT_SNAPSHOT}, nil
	}
	if hashOf(r.Chunk) != s.manifest.Chunks[r.Index] {
		a.e.log.Warn("chunk of a snapshot refused: it is not the one announced", "peer", r.Sender, "chunk", r.Index)
		return &abci.ResponseApplySnapshotChunk{Result: abci.ResponseApplySnapshotChunk_RETRY,
			RefetchChunks: []uint32{r.Index}, RejectSenders: []string{r.Sender}}, nil
	}
	err := s.take(r.Chunk)
	if s.next++; err == nil && s.next == len(s.manifest.Chunks) {
		err = a.joined(ctx, s)
	}
	switch {
	case err == nil:
		return &abci.ResponseApplySnapshotChunk{Result: abci.ResponseApplySnapshotChunk_ACCEPT}, nil
	case fault.Is(err, fault.SnapshotForged), fault.Is(err, fault.TrustOutdated):
		a.e.log.Warn("snapshot refused", "height", s.height, "peer", r.Sender, "code", fault.Of(err).String(), "err", err)
		if err := empty(a.e.opts.DB); err == nil {
			a.e.stage.Store(stageLooking)
			return &abci.ResponseApplySnapshotChunk{Result: abci.ResponseApplySnapshotChunk_REJECT_SNAPSHOT}, nil
		}
	}
	_ = a.e.halt(err)
	return &abci.ResponseApplySnapshotChunk{Result: abci.ResponseApplySnapshotChunk_ABORT}, nil
}

// take adds a chunk. Content that is not a state's may make the ledger panic; it comes from
// a stranger, so that is a refusal and no broken invariant.
func (s *restoring) take(chunk []byte) (err error) {
	pairs, err := decodeChunk(chunk)
	if err != nil {
		return fault.Wrap(fault.SnapshotForged, "snapshot", err)
	}
	return s.add(pairs)
}

// notAState turns a panic over content that is no state's into a refusal.
func notAState(err *error) {
	if p := recover(); p != nil {
		*err = fault.Wrap(fault.SnapshotForged, "snapshot", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
}

func (s *restoring) add(pairs []pair) (err error) {
	defer notAState(&err)
	for _, p := range pairs {
		if err := s.into.Add(p.Key, p.Value); err != nil {
			return err
		}
		if s.batch.Size() > batchLimit {
			if err := s.into.Flush(); err != nil {
				return err
			}
		}
	}
	records, events := s.into.Progress()
	s.done.Store(records + events)
	return nil
}

// joined makes the snapshot's state this node's: the last roots are checked, all of it is
// made durable, and the ledger opened from the disk, which computes the roots once more.
func (a *app) joined(ctx context.Context, s *restoring) error {
	block, err := a.e.light.block(ctx, s.height)
	if err != nil {
		return err
	}
	if err := s.into.Finish(s.height, block.Time.UnixNano()); err != nil {
		return err
	}
	if err := s.batch.Commit(true); err != nil {
		return err
	}
	s.batch.Close()
	l, err := ledger.OpenKnowing(a.e.opts.DB, a.e.opts.Genesis, a.e.opts.Rules)
	if err != nil {
		return err
	}
	head := l.Head()
	if accept := a.e.opts.Joining.Accept; accept != nil {
		if err := accept(l.View(a.e.opts.DB)); err != nil {
			return err
		}
	}
	a.e.custody.begin() // before anyone sees the state: its bodies have not been looked for
	a.ledger, a.height, a.hash = l, head.Height, head.AppHash[:]
	view, err := a.e.views.publish(l)
	if err != nil {
		return err
	}
	a.e.restoring.Store(nil)
	a.e.stage.Store(stageNone)
	a.e.log.Info("joined by a snapshot", "height", head.Height, "records", head.Records)
	a.e.run(a.e.audit)
	return a.e.reconfigured(view)
}
