package consensus

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/cometbft/cometbft/version"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
)

// Options says what an Engine needs. Fields without a default must be set.
type Options struct {
	Home    string          // directory of the node; the engine keeps its data in Home/engine
	Genesis *ledger.Genesis // of the network
	DB      *store.DB       // the ledger's state; the caller closes it after Stop
	Vault   *vault.Vault    // the bodies; the caller closes it after Stop

	Self         ledger.MemberID    // the member that runs this node
	NodeKey      ed25519.PrivateKey // proves the node to its peers; its id stands in the member list
	ConsensusKey ed25519.PrivateKey // votes on blocks: a recorder's key in the genesis; nil where it is not, or no more, here
	// ConsensusKeyFor finds the private half of another key with which the ledger names
	// this node a recorder, after an admission or a rotation; nil where it is not here.
	ConsensusKeyFor func(ed25519.PublicKey) (ed25519.PrivateKey, error)
	// Admitted says that the genesis does not name this node: its member came later.
	Admitted bool
	// Rotated says that NodeKey has taken the place of another one, of which a ledger that
	// is behind does not know yet.
	Rotated bool

	Listen   string   // host:port for peers
	External string   // host:port that peers are told, if not Listen
	Peers    []string // "id@host:port" of the other members' nodes

	Logger *slog.Logger // nil drops everything

	// OnCommit is called after each block, in order, with the state after it and what
	// it did. The engine waits for it, so it must be quick; the view stays readable
	// for ViewLife.
	OnCommit func(*ledger.View, *ledger.Result)

	// Letters answers what other members' nodes ask outside of the block, by topic.
	Letters map[Topic]Answering

	// Hold is how long a proposer waits for work before it proposes an empty block;
	// 0 is 500 ms. Every recorder of a network must use the same.
	Hold time.Duration
	// Gather is how long a proposer that has little work waits for more; 0 is 20 ms,
	// negative is none.
	Gather time.Duration
	// PoolOperations bounds the operations waiting in the pool; 0 is 60,000.
	PoolOperations int

	// SnapshotEvery is after how many blocks a snapshot is made for nodes that join; 0 is
	// 1,000, negative makes none.
	SnapshotEvery int64
	// Joining lets a node without blocks begin with a snapshot; nil takes every block from
	// the first on.
	Joining *Joining

	// Rules is the newest version of the rules of a block that the program knows; 0 is
	// ledger.Rules.
	Rules uint32

	// Version names what must be equal on every node beside the genesis; empty is the
	// version of this program's rules and of the language of the contracts.
	Version string
}

const (
	defaultGather = 20 * time.Millisecond
	defaultPool   = 60_000
)

// complete fills in defaults and refuses options that contradict the genesis.
func (o *Options) complete() error {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Hold == 0 {
		o.Hold = defaultHold
	}
	if o.Gather == 0 {
		o.Gather = defaultGather
	}
	if o.PoolOperations == 0 {
		o.PoolOperations = defaultPool
	}
	if o.SnapshotEvery == 0 {
		o.SnapshotEvery = defaultEvery
	}
	if o.Rules == 0 {
		o.Rules = ledger.Rules
	}
	if o.Version == "" {
		o.Version = rulesVersion()
	}
	if o.Home == "" || o.Genesis == nil || o.DB == nil || o.Vault == nil || o.Listen == "" {
		return fault.Newf(fault.BadConfig, "engine", "home, genesis, stores and listen address are needed")
	}
	if err := checkPeers(o.Peers); err != nil {
		return err
	}
	return o.checkKeys()
}

func (o *Options) checkKeys() error {
	switch {
	case !o.Admitted && o.founder() == nil:
		return fault.New(fault.UnknownMember, "member of this node")
	case len(o.NodeKey) != ed25519.PrivateKeySize:
		return fault.Newf(fault.BadConfig, "node key", "an Ed25519 key is needed")
	case o.ConsensusKey != nil && len(o.ConsensusKey) != ed25519.PrivateKeySize:
		return fault.Newf(fault.BadConfig, "consensus key", "an Ed25519 key is needed")
	}
	return nil
}

// founder is this member as the genesis has it, or nil.
func (o *Options) founder() *ledger.Member {
	for i := range o.Genesis.Members {
		if o.Genesis.Members[i].ID == o.Self {
			return &o.Genesis.Members[i]
		}
	}
	return nil
}

// checkStanding compares the keys with what the ledger has here. A node that has fallen
// behind, or begins again, may have keys that it will only read of; Rotated says so.
func (o *Options) checkStanding(v *ledger.View) error {
	self := v.Config.Member(o.Self)
	if o.Admitted || self == nil {
		return nil
	}
	id := NodeID(o.NodeKey.Public().(ed25519.PublicKey))
	switch {
	case slices.Contains(self.FormerNodes, id) && !slices.Contains(v.Config.Nodes(self), id):
		return fault.Newf(fault.HomeForeign, "node key", "the ledger has let node %s in no more since its key was replaced", id)
	case self.Node != id && !slices.Contains(self.FormerNodes, id) && !o.Rotated:
		return fault.Newf(fault.HomeForeign, "node key", "the ledger names another node for member %d", o.Self)
	case o.ConsensusKey == nil:
		return nil
	}
	public := o.ConsensusKey.Public().(ed25519.PublicKey)
	if founder := o.founder(); founder.Has(ledger.Recorder) && bytes.Equal(founder.Consensus, public) {
		return nil
	}
	// The engine's first signing record is that of the key in the genesis. Any other key
	// comes with one of its own, by ConsensusKeyFor.
	o.ConsensusKey = nil
	epochs, err := v.Epochs()
	if err != nil {
		return err
	}
	for _, e := range epochs {
		if slices.ContainsFunc(e.Validators, func(x ledger.Validator) bool { return x.Member == o.Self && bytes.Equal(x.Key, public) }) {
			return nil
		}
	}
	if !self.Has(ledger.Recorder) {
		return fault.Newf(fault.BadConfig, "consensus key", "member %d is no recorder", o.Self)
	}
	return fault.Newf(fault.BadConfig, "consensus key", "the ledger names another key for member %d", o.Self)
}

// rulesVersion names the rules that must be equal on every node: those of this package
// and the version of the language in which guards are evaluated. Rules that hold from a
// height on are no part of it: up to that height programs that know them and programs that
// do not are of one network, and behind it the latter have stopped.
func rulesVersion() string {
	cel := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "cel.dev/cel-go" {
				cel = m.Version
			}
		}
	}
	return fmt.Sprintf("rules-%d cel-%s engine-%s", appVersion, cel, version.TMCoreSemVer)
}

// program is what a node tells its peers at the handshake; nodes that differ in it
// part again (reactor.go).
func (o *Options) program() string {
	h := o.Genesis.Hash()
	return fmt.Sprintf("riviera %s genesis-%x", o.Version, h[:8])
}
