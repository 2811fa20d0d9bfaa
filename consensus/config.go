package consensus

import (
	"encoding/json"
	"path/filepath"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// Sizes and shares of a block. They are rules of the network: a recorder rejects a
// block that breaks one, so a change needs a new version
// of the rules (ledger.Rules) and a height from which it holds, or a new appVersion, with
// which nodes of before and after do not connect.
const (
	blockBytes     = 1 << 20            // whole block; larger ones gained nothing
	adverseBytes   = blockBytes * 3 / 4 // a quarter is reserved for favourable envelopes
	memberBytes    = blockBytes / 2     // one member's envelopes in one block
	envelopeFrame  = 6                  // the engine's own bytes around an envelope
	evidenceBytes  = 64 << 10
	appVersion     = 1
	engineDir      = "engine"
	blockTolerance = 60 * time.Second
)

// Times of the engine.
const (
	defaultHold = 500 * time.Millisecond
	// aboveHold keeps the propose timer, which runs before the proposer begins to hold,
	// from firing while an honest proposer waits for work.
	aboveHold      = 700 * time.Millisecond
	voteTimeout    = 200 * time.Millisecond
	gossipSleep    = 10 * time.Millisecond
	majoritySleep  = 500 * time.Millisecond
	flushInterval  = 5 * time.Millisecond
	peerRate       = 500_000_000 // bytes a second; the stock 5 MB/s halves throughput
	packetBytes    = 64 << 10
	maxConnections = 1024
)

// engineConfig is every setting that departs from the engine's default, and some that
// must not (adaptive sync risks equivocation; libp2p takes no reactors of ours).
func engineConfig(o *Options) *cmtcfg.Config {
	c := cmtcfg.DefaultConfig()
	c.SetRoot(filepath.Join(o.Home, engineDir))
	c.Moniker = o.program()
	c.FilterPeers = true
	c.TxIndex.Indexer = "null"
	c.Storage.DiscardABCIResponses = true
	c.RPC.ListenAddress = ""
	c.Instrumentation.Prometheus = false
	c.BlockSync.AdaptiveSync = false
	c.StateSync.Enable = false // but for a node that joins: joining.go
	// The pool is ours and travels on a channel of ours, so the engine gets none: with
	// type "app" it would still open its own channel to every peer.
	c.Mempool.Type = cmtcfg.MempoolTypeNop

	p := c.P2P
	p.ListenAddress = "tcp://" + o.Listen
	p.ExternalAddress = o.External
	p.PexReactor, p.AddrBookStrict, p.AllowDuplicateIP = false, false, true
	p.SendRate, p.RecvRate, p.MaxPacketMsgPayloadSize = peerRate, peerRate, packetBytes
	p.FlushThrottleTimeout = flushInterval
	p.MaxNumInboundPeers, p.MaxNumOutboundPeers = maxConnections, maxConnections

	s := c.Consensus
	s.TimeoutPropose = o.Hold + aboveHold
	s.TimeoutProposeDelta = voteTimeout
	s.TimeoutPrevote, s.TimeoutPrevoteDelta = voteTimeout, voteTimeout
	s.TimeoutPrecommit, s.TimeoutPrecommitDelta = voteTimeout, voteTimeout
	s.TimeoutCommit, s.SkipTimeoutCommit = 0, false
	s.CreateEmptyBlocks, s.CreateEmptyBlocksInterval = true, 0
	s.PeerGossipSleepDuration = gossipSleep
	s.PeerQueryMaj23SleepDuration = majoritySleep
	s.BlockTimeTolerance = blockTolerance
	return c
}

// appState rides in the engine's genesis document, which the engine stores and never
// replaces: it ties the engine's data to one genesis of ours.
type appState struct {
	Genesis wire.Hash `json:"genesis"`
}

// engineGenesis derives the engine's genesis document from the ledger's: every
// recorder votes with the same power.
func engineGenesis(g *ledger.Genesis, appHash wire.Hash) (*cmttypes.GenesisDoc, error) {
	state, err := json.Marshal(appState{g.Hash()})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "genesis", err)
	}
	params := cmttypes.DefaultConsensusParams()
	params.Block.MaxBytes = blockBytes
	params.Block.MaxGas = -1
	params.Evidence.MaxBytes = evidenceBytes
	params.Version.App = appVersion
	doc := &cmttypes.GenesisDoc{ChainID: g.ChainID, GenesisTime: g.Time(), InitialHeight: g.Base() + 1,
		ConsensusParams: params, AppHash: appHash[:], AppState: state}
	add := func(key ed25519.PubKey) {
		doc.Validators = append(doc.Validators, cmttypes.GenesisValidator{Address: key.Address(), PubKey: key, Power: ledger.RecorderPower})
	}
	if p := g.Predecessor(); p != nil { // its recorders go on, and so does time
		doc.GenesisTime = time.Unix(0, p.TimeNS).UTC()
		for _, v := range p.Validators {
			add(v.Key)
		}
	}
	for i := range g.Members {
		m := &g.Members[i]
		if m.Has(ledger.Recorder) && g.Predecessor() == nil {
			add(m.Consensus)
		}
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, fault.Wrap(fault.BadConfig, "genesis", err)
	}
	return doc, nil
}
