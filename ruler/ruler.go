package ruler

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	cmtdb "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/abci/example/kvstore"
	abci "github.com/cometbft/cometbft/abci/types"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmtlog "github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/mempool"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/proxy"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/riviera-ledger/riviera/fault"
)

// Network is a running ruler.
type Network struct {
	nodes []*node.Node
	apps  []*countingApp

	seed uint64
	made atomic.Uint64 // transactions made so far: every key is new

	window int64 // transactions that wait at a time
}

// countingApp is the stock application with a count of what it was given.
type countingApp struct {
	*kvstore.Application
	done atomic.Int64
}

// FinalizeBlock implements abci.Application.
func (a *countingApp) FinalizeBlock(ctx context.Context, r *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	defer a.done.Add(int64(len(r.Txs)))
	return a.Application.FinalizeBlock(ctx, r)
}

// Start runs four validators under dir, on four ports from port on, and waits until all
// are connected.
func Start(ctx context.Context, dir string, port int) (*Network, error) {
	var all []*identity
	for i := range Validators {
		id, err := newIdentity(filepath.Join(dir, strconv.Itoa(i+1)), port+i)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "ruler", err)
		}
		all = append(all, id)
	}
	doc, err := genesis(all)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "ruler", err)
	}
	n := &Network{seed: rand.Uint64(), window: Window}
	for _, id := range all {
		if err := n.start(id, id.config(all), doc); err != nil {
			n.Stop()
			return nil, fault.Wrap(fault.Internal, "ruler", err)
		}
	}
	if err := n.connected(ctx); err != nil {
		n.Stop()
		return nil, err
	}
	return n, nil
}

func (n *Network) start(id *identity, c *cmtcfg.Config, doc *cmttypes.GenesisDoc) error {
	app := &countingApp{Application: kvstore.NewInMemoryApplication()}
	v, err := node.NewNode(c, id.signer, id.node, proxy.NewConnSyncLocalClientCreator(app),
		func() (*cmttypes.GenesisDoc, error) { return doc, nil }, lasting,
		node.DefaultMetricsProvider(c.Instrumentation), cmtlog.NewNopLogger())
	if err != nil {
		return err
	}
	n.nodes, n.apps = append(n.nodes, v), append(n.apps, app)
	return v.Start()
}

// lasting opens a database as the library's default does, and leaves it open when the
// library closes it. The library does not wait for its peers' goroutines before it closes
// its databases and panics when one of them reads a closed one; the ruler ends with its
// process.
func lasting(c *cmtcfg.DBContext) (cmtdb.DB, error) {
	db, err := cmtcfg.DefaultDBProvider(c)
	return lastingDB{db}, err
}

type lastingDB struct{ cmtdb.DB }

// Close implements cmtdb.DB.
func (lastingDB) Close() error { return nil }

// connected waits until every validator sees every other and has left block sync.
func (n *Network) connected(ctx context.Context) error {
	for {
		ready := 0
		for _, v := range n.nodes {
			if v.Switch().Peers().Size() == Validators-1 && !v.ConsensusReactor().WaitSync() {
				ready++
			}
		}
		if ready == Validators {
			return nil
		}
		select {
		case <-ctx.Done():
			return fault.Newf(fault.NotReady, "ruler", "%d of %d validators are ready", ready, Validators)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the validators.
func (n *Network) Stop() {
	for _, v := range n.nodes {
		if v.IsRunning() {
			_ = v.Stop() // its only error is that it is stopped already
			v.Wait()
		}
	}
}

// Window is how many transactions wait at a time.
const Window = 20_000

// Load submits transactions in turn to all validators, as many as they take, for d, and
// returns when each of them has executed all of them: how many there were, and how
// long that took.
func (n *Network) Load(ctx context.Context, d time.Duration) (transactions int64, took time.Duration, err error) {
	before := n.executed()
	begin := time.Now()
	var sent atomic.Int64
	var feeders sync.WaitGroup
	errs := make([]error, Validators)
	for i := range n.nodes {
		feeders.Go(func() { errs[i] = n.feed(ctx, i, begin.Add(d), before, &sent) })
	}
	feeders.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, 0, fault.Wrap(fault.Internal, "ruler", err)
	}
	for n.executed()-before < sent.Load() {
		select {
		case <-ctx.Done():
			return 0, 0, fault.Newf(fault.NotReady, "ruler", "%d of %d transactions executed", n.executed()-before, sent.Load())
		case <-time.After(2 * time.Millisecond):
		}
	}
	return sent.Load(), time.Since(begin), nil
}

// executed is the number of transactions that every validator has executed.
func (n *Network) executed() int64 {
	least := n.apps[0].done.Load()
	for _, a := range n.apps {
		least = min(least, a.done.Load())
	}
	return least
}

func (n *Network) feed(ctx context.Context, i int, until time.Time, before int64, sent *atomic.Int64) error {
	pool := n.nodes[i].Mempool()
	random := rand.New(rand.NewPCG(n.seed, uint64(i)+n.made.Load()))
	for time.Now().Before(until) && ctx.Err() == nil {
		if sent.Load()-(n.executed()-before) >= n.window {
			time.Sleep(time.Millisecond)
			continue
		}
		if err := pool.CheckTx(n.transaction(random), nil, mempool.TxInfo{}); err != nil {
			return err
		}
		sent.Add(1)
	}
	return nil
}

// transaction makes a key that never was and a value of random letters.
func (n *Network) transaction(r *rand.Rand) []byte {
	tx := make([]byte, 0, TransactionBytes)
	tx = strconv.AppendUint(append(tx, 'k'), n.made.Add(1), 36)
	tx = append(tx, '=')
	for len(tx) < TransactionBytes {
		for bits, k := r.Uint64(), 0; k < 12 && len(tx) < TransactionBytes; k++ {
			tx = append(tx, 'a'+byte(bits&15))
			bits >>= 4
		}
	}
	return tx
}
