package ruler

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	cmttypes "github.com/cometbft/cometbft/types"
)

// Size of one transaction and of the network.
const (
	TransactionBytes = 1000
	Validators       = 4
)

const (
	blockBytes  = 4 << 20
	poolSize    = 200_000
	batchBytes  = 1 << 20
	gossipSleep = 10 * time.Millisecond // this and the next two as in package consensus
	peerRate    = 500_000_000
	packetBytes = 64 << 10
)

// identity is one validator: its keys and where it listens.
type identity struct {
	dir    string
	signer *privval.FilePV
	node   *p2p.NodeKey
	listen string
}

func newIdentity(dir string, port int) (*identity, error) {
	for _, sub := range []string{"config", "data"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	id := &identity{dir: dir, listen: fmt.Sprintf("127.0.0.1:%d", port), node: &p2p.NodeKey{PrivKey: ed25519.GenPrivKey()},
		signer: privval.GenFilePV(filepath.Join(dir, "config", "signer.json"), filepath.Join(dir, "data", "signed.json"))}
	id.signer.Save()
	return id, nil
}

func (id *identity) address() string { return string(id.node.ID()) + "@" + id.listen }

// config is the library's default but for what the package's doc names.
func (id *identity) config(all []*identity) *cmtcfg.Config {
	c := cmtcfg.DefaultConfig()
	c.SetRoot(id.dir)
	c.TxIndex.Indexer = "null"
	c.Storage.DiscardABCIResponses = true
	c.RPC.ListenAddress = ""
	p := c.P2P
	p.ListenAddress = "tcp://" + id.listen
	p.AllowDuplicateIP, p.AddrBookStrict, p.PexReactor = true, false, false
	p.SendRate, p.RecvRate, p.MaxPacketMsgPayloadSize = peerRate, peerRate, packetBytes
	var peers []string
	for _, other := range all {
		if other != id {
			peers = append(peers, other.address())
		}
	}
	p.PersistentPeers = strings.Join(peers, ",")
	m := c.Mempool
	m.Type, m.Recheck = cmtcfg.MempoolTypeFlood, false
	m.Size, m.CacheSize, m.MaxTxsBytes = poolSize, 2*poolSize, poolSize*2*TransactionBytes
	m.MaxBatchBytes = batchBytes
	s := c.Consensus
	s.TimeoutCommit, s.SkipTimeoutCommit = 0, false
	s.PeerGossipSleepDuration = gossipSleep
	s.CreateEmptyBlocks = false // silent between its turns
	return c
}

func genesis(all []*identity) (*cmttypes.GenesisDoc, error) {
	params := cmttypes.DefaultConsensusParams()
	params.Block.MaxBytes = blockBytes
	params.Evidence.MaxBytes = 64 << 10
	doc := &cmttypes.GenesisDoc{ChainID: "ruler", GenesisTime: time.Now(), ConsensusParams: params, InitialHeight: 1}
	for _, id := range all {
		key, err := id.signer.GetPubKey()
		if err != nil {
			return nil, err
		}
		doc.Validators = append(doc.Validators, cmttypes.GenesisValidator{PubKey: key, Power: 10, Address: key.Address()})
	}
	return doc, doc.ValidateAndComplete()
}
