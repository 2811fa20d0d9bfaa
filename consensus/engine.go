package consensus

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	cmtcfg "github.com/cometbft/cometbft/config"
	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/proxy"
	sm "github.com/cometbft/cometbft/state"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// Engine is one node's part in the network. Its methods may be called from any
// goroutine after Open.
type Engine struct {
	opts    Options
	log     *slog.Logger
	genesis wire.Hash

	app      *app
	views    *views
	pool     *pool
	outcomes *outcomes
	custody  *custody
	reactor  *reactor
	stores   *engineStores
	states   sm.Store
	refusals refusals

	snapshots snapshots
	light     *light
	restoring atomic.Pointer[restoring]
	taking    sync.Mutex   // held while a step of joining is made
	stage     atomic.Int32 // of joining by a snapshot
	stepped   atomic.Int64 // when joining last got on, Unix nanoseconds
	node      *node.Node

	submitted  chan *candidate
	freezes    chan chan<- freezing
	ctx        context.Context // ends when the engine stops or halts
	cancel     context.CancelFunc
	workers    sync.WaitGroup
	started    atomic.Bool
	sealed     atomic.Bool    // the chain has ended, and the block behind its last one is decided
	joined     atomic.Int64   // first block that this node saw decided after it had caught up; -1 before
	lastConfig *ledger.Config // of the consensus goroutine, as is standing
	standing   string
	warnedNode string // the node key that this node has been told of
	signer     *signer
	whole      atomic.Pointer[ledger.View]
	stopping   sync.Once
	halting    sync.Once
	done       chan struct{} // closed by halt and Stop

	life sync.RWMutex // held for reading while the engine's stores are read for a caller
	left bool         // under life: they are about to be closed

	mu  sync.Mutex
	err error // why it halted
}

// Open opens the engine's data in Home and replays what the ledger's state lacks. It
// fails with fault.HomeForeign if the data belong to another genesis,
// fault.HomeLocked if another process has them open, fault.SigningRecord if the record of
// what this recorder last signed is gone, fault.RulesUnknown if the next block is executed
// under rules that this program does not know, fault.BadConfig if keys and genesis disagree.
func Open(o Options) (*Engine, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	e := &Engine{opts: o, log: o.Logger, genesis: o.Genesis.Hash(), pool: newPool(o.PoolOperations),
		outcomes: newOutcomes(), custody: newCustody(o.Vault, o.Self), snapshots: snapshots{every: o.SnapshotEvery}, views: &views{db: o.DB}, done: make(chan struct{}), submitted: make(chan *candidate, admitGroup), freezes: make(chan chan<- freezing)}
	e.custody.emptied = func() { e.Whole() }
	e.joined.Store(-1)
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.stores = &engineStores{onFatal: func(err error) { _ = e.halt(err) }, log: o.Logger}
	if err := e.open(); err != nil {
		e.cancel()
		e.views.close()
		return nil, errors.Join(firstError(e.Err(), err), e.stores.close())
	}
	return e, nil
}

func (e *Engine) open() error {
	if err := e.openLedger(); err != nil {
		return err
	}
	if err := e.opts.checkStanding(e.View()); err != nil {
		return err
	}
	c := engineConfig(&e.opts)
	if err := c.ValidateBasic(); err != nil {
		return fault.Wrap(fault.BadConfig, "engine", err)
	}
	for _, dir := range []string{"config", "data"} {
		if err := os.MkdirAll(filepath.Join(c.RootDir, dir), 0o700); err != nil {
			return fault.Wrap(fault.Internal, "engine", err)
		}
	}
	doc, err := engineGenesis(e.opts.Genesis, e.initialHash())
	if err != nil {
		return err
	}
	before, err := e.openStates(c)
	if err != nil {
		return err
	}
	e.light = &light{e: e, doc: doc, kept: map[int64]*cmttypes.LightBlock{}}
	if err := e.prepareJoining(c); err != nil {
		return err
	}
	if e.signer, err = newSigner(&e.opts, before); err != nil {
		return err
	}
	e.reactor = newReactor(e)
	if err := e.reconfigured(e.View()); err != nil {
		return err
	}
	e.signer.stopAbove(e.app.lastSigned())
	e.node, err = node.NewNodeWithContext(e.ctx, c, e.signer, &p2p.NodeKey{PrivKey: cmted.PrivKey(e.opts.NodeKey)},
		proxy.NewConnSyncLocalClientCreator(e.app), func() (*cmttypes.GenesisDoc, error) { return doc, nil },
		e.stores.provide, node.DefaultMetricsProvider(c.Instrumentation),
		logger{to: e.log, onPanic: func(err error) { _ = e.halt(err) }},
		node.CustomReactors(map[string]p2p.Reactor{"RIVIERA": e.reactor}), node.StateProvider(e.light))
	if err != nil {
		return coded(err)
	}
	return nil
}

// openLedger opens the ledger's state, or begins it.
func (e *Engine) openLedger() error {
	l, err := ledger.OpenKnowing(e.opts.DB, e.opts.Genesis, e.opts.Rules)
	if err != nil {
		return err
	}
	if err := l.Next(); err != nil && !fault.Is(err, fault.ChainEnded) { // an ended chain is read
		return err
	}
	if w := l.InitialWrites(); w != nil {
		if e.opts.Genesis.Base() > 0 && e.opts.Joining == nil {
			return fault.Newf(fault.SuccessorMismatch, "state", "the state of the predecessor, with which this chain begins, is not here")
		}
		if err := empty(e.opts.DB); err != nil { // of a snapshot that was not taken in to its end
			return err
		}
		if err := Save(e.opts.DB, w, true); err != nil {
			return err
		}
	}
	head := l.Head()
	e.app = &app{e: e, ledger: l, height: head.Height, hash: head.AppHash[:]}
	_, err = e.views.publish(l)
	return err
}

// initialHash is the AppHash of the engine's genesis document. The engine compares it
// with nothing once it has data, so a node that starts late may leave it out.
func (e *Engine) initialHash() wire.Hash {
	if e.app.height > e.opts.Genesis.Base() {
		return wire.Hash{}
	}
	return wire.Hash(e.app.hash)
}

// openStates opens the engine's state, checks whose it is, and reports whether the
// engine has been opened here before.
func (e *Engine) openStates(c *cmtcfg.Config) (before bool, err error) {
	db, err := e.stores.get("state", c)
	if err != nil {
		return false, err
	}
	e.outcomes.db = db.db
	e.states = sm.NewStore(db, sm.StoreOptions{DiscardABCIResponses: true})
	doc, err := storedGenesis(db)
	switch {
	case err != nil:
		return false, err
	case doc != nil:
		return true, e.checkGenesis(doc.AppState)
	case e.app.height > e.opts.Genesis.Base():
		return false, fault.Newf(fault.HomeMissing, "engine", "the ledger is at height %d, but its blocks are gone", e.app.height)
	}
	return false, nil
}

// Start joins the network: it listens, connects to the peers and catches up. It fails
// with fault.PortInUse if the address is taken. It waits until the genesis time.
func (e *Engine) Start(ctx context.Context) error {
	if err := e.failed(); err != nil {
		return err
	}
	e.started.Store(true)
	if err := e.node.Start(); err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fault.Wrap(fault.PortInUse, e.opts.Listen, err)
		}
		return coded(err)
	}
	e.reactor.run(e.ctx, e.run)
	for range admitters {
		e.run(e.gather)
	}
	e.run(e.dial)
	if e.joining() {
		e.run(e.awaitSnapshot)
	} else {
		e.run(e.audit)
	}
	context.AfterFunc(ctx, e.cancel)
	return nil
}

// run starts a goroutine that Stop waits for.
func (e *Engine) run(fn func()) {
	e.workers.Add(1)
	go func() { defer e.workers.Done(); fn() }()
}

func (e *Engine) audit() {
	if err := e.custody.audit(e.ctx, e.View); err != nil && e.ctx.Err() == nil {
		_ = e.halt(err)
	}
}

// Stop leaves the network and closes the engine's data. It returns why the engine had
// halted, if it had. Stopping again does nothing.
func (e *Engine) Stop() error {
	e.stopping.Do(func() {
		e.cancel()
		e.life.Lock()
		e.left = true
		e.life.Unlock()
		if e.started.Load() && e.node.IsRunning() {
			_ = e.node.Stop() // its only error is that it is stopped already
			e.node.Wait()
		}
		e.workers.Wait()
		e.snapshots.stop()
		e.views.close()
		if err := e.stores.close(); err != nil {
			e.log.Warn("engine: closing failed", "err", err)
		}
		e.halting.Do(func() { close(e.done) })
	})
	return e.Err()
}

// Done is closed when the engine has stopped or halted.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Err returns why the engine halted, nil while it runs and after a mere Stop.
func (e *Engine) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// halt is where the engine gives up: a broken invariant of the ledger, a disk that no
// longer takes writes, a panic inside the consensus library. From here on this node
// decides nothing; the caller should Stop it. It returns err.
func (e *Engine) halt(err error) error {
	e.halting.Do(func() {
		e.mu.Lock()
		e.err = err
		e.mu.Unlock()
		e.log.Error("engine halted", "code", fault.Of(err).String(), "err", err)
		e.cancel()
		close(e.done)
	})
	return err
}

func (e *Engine) failed() error {
	select {
	case <-e.done:
		return firstError(e.Err(), fault.Newf(fault.NotReady, "engine", "stopped"))
	default:
		return nil
	}
}

// coded keeps the code of an error that the consensus library passed through, and
// calls every other one internal.
func coded(err error) error {
	if fault.Of(err) != fault.Internal {
		return err
	}
	return fault.Wrap(fault.Internal, "engine", err)
}
