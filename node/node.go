// Package node is one running institution: the engine, the ledger, the vault, the API
// and the pages of one home, wired together. It decides nothing: rules live below.
package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/docket"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/register"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
)

// Version is the version of this program, set by the build.
var Version = "dev"

// Node is a running node. Its fields are set by Start and never change.
type Node struct {
	home     *Home
	log      *slog.Logger
	db       *store.DB
	vault    *vault.Vault
	engine   *consensus.Engine
	register *register.Register
	doors    *doors
	news     chan struct{} // one token: a block has been committed
	wanting  chan struct{} // one token: a paper is wanted
	hours    chan struct{} // one token: look for hours to be anchored
	docs     chan struct{} // one token: a document may be due
	issuer   *issuer
	recent   recentBlocks
	views    recentViews
	signed   atomic.Pointer[signedHead]
	tiles    tileCache
	drafts   drafts
	orders   *orders
	cosigned *cosigned
	ended    docket.Ended
	keys     *api.KeyStore
	metrics  *metrics

	ending  context.CancelFunc // ends what tend started
	tending sync.WaitGroup

	server   *http.Server
	listener net.Listener
	stop     sync.Once
	done     chan struct{}
	err      error // why it stopped by itself; read after done
}

// Start runs the node of a home until Stop, or until something fails that it must not
// survive; Wait tells which. It locks the home: a second start is fault.HomeLocked.
func Start(ctx context.Context, h *Home, log *slog.Logger) (*Node, error) {
	n := &Node{home: h, log: log.With("member", uint32(h.Member.ID)), done: make(chan struct{}),
		doors: newDoors(), news: make(chan struct{}, 1), wanting: make(chan struct{}, 1), hours: make(chan struct{}, 1), docs: make(chan struct{}, 1)}
	if err := n.open(ctx); err != nil {
		err = n.cause(err)
		n.close()
		return nil, err
	}
	return n, nil
}

// cause prefers "the home of another network" to what follows from it: then no key
// fits the genesis document either.
func (n *Node) cause(err error) error {
	if n.db == nil || !fault.Is(err, fault.BadConfig) {
		return err
	}
	if _, state := ledger.Open(n.db, n.home.Genesis); fault.Is(state, fault.HomeForeign) {
		return state
	}
	return err
}

func (n *Node) open(ctx context.Context) (err error) {
	if !n.home.RunsNode() {
		return fault.Newf(fault.BadConfig, ConfigFile, "engine.listen is empty: no node runs from this home")
	}
	disk := store.Options{FS: n.home.Disk, OnFatal: n.fail, Log: n.log}
	state := disk
	state.Remember = ledger.AskedInVain()
	if n.db, err = store.Open(n.home.Data("ledger"), state); err != nil {
		return err // before the port: a home that runs already is to be called so
	}
	if n.listener, err = listen(n.home.Config.API.Listen); err != nil {
		return err
	}
	key, err := n.home.VaultKey()
	if err != nil {
		return err
	}
	if n.vault, err = vault.Open(n.home.Data("vault"), vault.NodeKey(key), vault.Options{Store: disk}); err != nil {
		return err
	}
	if n.register, err = register.Open(n.home.Data("register"), key, disk); err != nil {
		return err
	}
	if n.issuer, err = openIssuer(n.home); err != nil {
		return err
	}
	if n.cosigned, err = openCosigned(n.home.Data("cosigned.json"), n.home.Config.Checkpoint.Witnesses); err != nil {
		return err
	}
	options, err := n.engineOptions()
	if err != nil {
		return err
	}
	if err = n.openDocket(); err != nil {
		return err
	}
	if n.engine, err = consensus.Open(options); err != nil {
		return err
	}
	if err := n.engine.Start(ctx); err != nil {
		return err
	}
	n.orders.follow(n.engine.View, n.fail)
	go n.watch()
	if err := n.serve(); err != nil {
		return err
	}
	n.tend()
	return nil
}

// tend starts what the node does by itself beside the engine.
func (n *Node) tend() {
	var ctx context.Context
	ctx, n.ending = context.WithCancel(context.Background())
	for _, task := range []func(context.Context){n.follow, n.fetchPapers, n.anchor, n.confirm, n.keepDocuments, n.drawDocuments, n.warn} {
		n.tending.Go(func() { task(ctx) })
	}
	n.tending.Go(func() { paceHeap(ctx, n.home.Config.Memory) })
}

func (n *Node) engineOptions() (consensus.Options, error) {
	o := consensus.Options{Home: n.home.Data(""), Genesis: n.home.Genesis, DB: n.db, Vault: n.vault, Self: n.home.Member.ID,
		Listen: n.home.Config.Engine.Listen, Peers: n.home.Config.Engine.Peers, Logger: n.log, OnCommit: n.committed,
		Letters: map[consensus.Topic]consensus.Answering{topicPaper: n.servePaper, topicQueries: n.serveQueries, topicClear: n.serveClear, topicSealed: n.serveSealed}}
	if err := n.takeNodeKey(); err != nil {
		return o, err
	}
	var err error
	if o.NodeKey, err = n.ed25519(NodeKey); err != nil {
		return o, err
	}
	if o.Rotated, err = n.home.rotatedNode(); err != nil {
		return o, err
	}
	o.Admitted, o.ConsensusKeyFor = n.home.Admitted, n.home.ConsensusKey
	o.SnapshotEvery = n.home.Config.Engine.SnapshotEvery
	if o.Joining, err = n.home.joining(); err != nil {
		return o, err
	}
	if n.home.Member.Has(ledger.Recorder) && !n.home.Admitted && !n.home.votesOtherwise() {
		o.ConsensusKey, err = n.ed25519(ConsensusKey)
	}
	return o, err
}

func (n *Node) ed25519(name string) (ed25519.PrivateKey, error) {
	s, err := n.home.Signer(name)
	if err != nil {
		return nil, err
	}
	key, ok := s.(ed25519.PrivateKey)
	if !ok {
		return nil, fault.Newf(fault.BadConfig, name+".pem", "not an Ed25519 key")
	}
	return key, nil
}

// serve answers HTTP on the home's API address: the API, and the pages for the rest.
func (n *Node) serve() error {
	token, err := n.home.Token()
	if err != nil {
		return err
	}
	if n.keys, err = api.OpenKeys(n.home.Dir); err != nil {
		return err
	}
	n.metrics = newMetrics(n)
	quota := api.NewPublicQuota(n.home.Config.API.PublicPerDay)
	n.server = api.NewServer(api.New(n, api.Options{Version: Version, OperatorToken: token, Keys: n.keys,
		PublicQuota: quota, Pages: n.pages(quota), Logger: n.log, Observe: n.metrics.observe}), n.log)
	go func() {
		if err := n.server.Serve(n.listener); !errors.Is(err, http.ErrServerClosed) {
			n.fail(err)
		}
	}()
	n.log.Info("api is listening", "address", n.Addr())
	return nil
}

// listen takes the API's port before the node joins anything; serve answers on it.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fault.Newf(fault.PortInUse, "api.listen", "%s", address)
	}
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, "api.listen", err)
	}
	return l, nil
}

// Addr returns the API's address.
func (n *Node) Addr() string { return n.listener.Addr().String() }

// watch ends the node when the engine halts; an engine that was stopped has no error.
func (n *Node) watch() {
	<-n.engine.Done()
	if err := n.engine.Err(); err != nil {
		n.fail(err)
	}
}

// fail stops the node for a reason that it must not survive.
func (n *Node) fail(err error) {
	n.log.Error("node must stop", "code", fault.Of(err).String(), "error", err)
	go n.shut(err)
}

// Wait returns when the node has stopped: nil after Stop, else why.
func (n *Node) Wait() error {
	<-n.done
	return n.err
}

// Stop ends the node in order and releases its home.
func (n *Node) Stop() error {
	n.shut(nil)
	return n.Wait()
}

func (n *Node) shut(reason error) {
	n.stop.Do(func() {
		n.err = reason
		n.close()
		close(n.done)
	})
}

// close releases what is open, newest first. It runs once, also after a start that
// failed half way.
func (n *Node) close() {
	if n.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		n.server.Shutdown(ctx) // on time-out the listener is closed all the same
		cancel()
	} else if n.listener != nil {
		n.listener.Close()
	}
	if n.ending != nil {
		n.ending()
		n.tending.Wait()
	}
	if n.orders != nil {
		n.logClose("docket", n.orders.close())
	}
	if n.engine != nil {
		n.logClose("engine", n.engine.Stop())
	}
	if n.keys != nil {
		n.logClose("api keys", n.keys.Close())
	}
	if n.register != nil {
		n.logClose("register", n.register.Close())
	}
	if n.vault != nil {
		n.logClose("vault", n.vault.Close())
	}
	if n.db != nil {
		n.logClose("ledger", n.db.Close())
	}
}

func (n *Node) logClose(what string, err error) {
	if err != nil && !errors.Is(err, os.ErrClosed) {
		n.log.Warn("closing failed", "what", what, "error", err)
	}
}
