package consensus

import (
	"time"

	cmtdb "github.com/cometbft/cometbft-db"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// View returns the committed state. It stays readable for ViewLife after the next
// block.
func (e *Engine) View() *ledger.View { return e.views.current.Load() }

// Ready reports whether this node can serve: nil, or fault.NotReady with the reason. A
// node is ready once it has caught up, is connected to enough recorders to decide, has
// seen blocks since then, and has looked through its bodies. Before that a recorder is
// a proposer whom nobody hears.
func (e *Engine) Ready() error {
	if err := e.failed(); err != nil {
		return err
	}
	if s := e.restoring.Load(); s != nil {
		return notReady("taking in a snapshot, %d of %d records and events", s.done.Load(), s.all.Load())
	}
	if e.syncing() {
		return notReady("catching up with the network, at height %d", e.View().Height)
	}
	config := e.View().Config
	recorders, here := len(config.Recorders()), len(e.reactor.connected(true))
	if e.recorder() {
		here++
	}
	if 3*here <= 2*recorders {
		return notReady("connected to %d of %d recorders", here, recorders)
	}
	if j, height := e.joined.Load(), e.View().Height; !e.sealed.Load() && (j < 0 || height < j+readyBlocks) {
		return notReady("waiting for blocks, at height %d", height)
	}
	if _, audited := e.custody.missing(); !audited {
		return notReady("looking through the bodies")
	}
	return nil
}

// readyBlocks is how many blocks a node sees decided before it counts as ready.
const readyBlocks = 2

func notReady(format string, args ...any) error {
	return fault.Newf(fault.NotReady, "engine", format, args...)
}

// syncing reports whether the node is not started or fetches old blocks.
func (e *Engine) syncing() bool {
	return !e.started.Load() || e.node.ConsensusReactor().WaitSync()
}

// Syncing reports whether the node still catches up. A network is ready when no node
// does, every peer is connected, and all have advanced.
func (e *Engine) Syncing() bool { return e.syncing() }

// CaughtUp reports whether this node has seen a block decided since it started: until
// then it may not know yet what has been erased, or who has lost access, meanwhile.
func (e *Engine) CaughtUp() bool { return e.joined.Load() >= 0 || e.sealed.Load() }

// Sealed reports whether the chain has ended and the recorders have decided the block
// behind the last one: its header holds the roots of the state that is left, and nothing
// can follow. Such a node is read and exported.
func (e *Engine) Sealed() bool { return e.sealed.Load() }

// recorder reports whether this node votes on the next block.
func (e *Engine) recorder() bool { return e.signer.votes() }

// Lag is how far block time is behind this machine's clock.
func (e *Engine) Lag() time.Duration { return time.Since(time.Unix(0, e.View().Time)) }

// Missing is the number of bodies of committed records that this node may hold and
// lacks, at least 1 until it has looked through all records after a start.
func (e *Engine) Missing() int {
	n, audited := e.custody.missing()
	if !audited {
		return max(n, 1)
	}
	return n
}

// Whole returns the newest View for which this node has held every live body that it may
// hold, nil if there has been none. It is what questions about a subject are answered
// from: a body that is still on its way must not turn "listed" into "clear". Access
// nodes get bodies after the block, so their whole View follows a moment behind.
func (e *Engine) Whole() *ledger.View {
	v := e.View() // before the count: what v needs and lacks is wanted by the time it is published
	for e.Missing() == 0 {
		newest := e.whole.Load()
		if newest != nil && newest.Height >= v.Height || e.whole.CompareAndSwap(newest, v) {
			break
		}
	}
	return e.whole.Load()
}

// Waiting returns the number of envelopes in the pool and of their operations.
func (e *Engine) Waiting() (envelopes, operations int) { return e.pool.size() }

// FirstBlock is the oldest block that this node has, 0 for none.
func (e *Engine) FirstBlock() int64 {
	e.life.RLock()
	defer e.life.RUnlock()
	if e.left {
		return 0
	}
	return e.node.BlockStore().Base()
}

// Snapshot is the height of the newest snapshot that this node offers, 0 for none.
func (e *Engine) Snapshot() int64 {
	s := &e.snapshots
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) == 0 {
		return 0
	}
	return s.kept[len(s.kept)-1].height
}

// LightBlock returns the header of a height with the signatures of the recorders who
// committed it and their keys, as the consensus library's protobuf message LightBlock.
// fault.NotFound if the height is not, or no longer, here.
func (e *Engine) LightBlock(height int64) ([]byte, error) {
	e.life.RLock()
	defer e.life.RUnlock()
	if e.left {
		return nil, notReady("stopped")
	}
	return e.lightBlock(height)
}

func (e *Engine) lightBlock(height int64) ([]byte, error) {
	blocks := e.node.BlockStore()
	meta := blocks.LoadBlockMeta(height)
	commit := blocks.LoadBlockCommit(height) // stands in the next block
	if commit == nil {
		commit = blocks.LoadSeenCommit(height)
	}
	if meta == nil || commit == nil {
		return nil, fault.Newf(fault.NotFound, "block", "height %d", height)
	}
	validators, err := e.states.LoadValidators(height)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "validators", err)
	}
	b := cmttypes.LightBlock{SignedHeader: &cmttypes.SignedHeader{Header: &meta.Header, Commit: commit}, ValidatorSet: validators}
	return encodeLight(&b)
}

func encodeLight(b *cmttypes.LightBlock) ([]byte, error) {
	p, err := b.ToProto()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "block", err)
	}
	out, err := p.Marshal()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "block", err)
	}
	return out, nil
}

// storedGenesis reads the genesis document that the engine has stored, nil if none.
func storedGenesis(db cmtdb.DB) (*cmttypes.GenesisDoc, error) {
	b, err := db.Get([]byte("genesisDoc"))
	if err != nil || len(b) == 0 {
		return nil, err
	}
	doc := new(cmttypes.GenesisDoc)
	if err := cmtjson.Unmarshal(b, doc); err != nil {
		return nil, fault.Wrap(fault.Internal, "engine genesis", err)
	}
	return doc, nil
}
