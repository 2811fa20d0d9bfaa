package network

import (
	"crypto/ed25519"
	"encoding/json"
	"path/filepath"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

// Application describes an institution that wants to become a member.
type Application struct {
	Out     string          // directory of the home; must not exist or be empty
	Genesis *ledger.Genesis // of the network
	Number  ledger.MemberID // the next free one
	Roles   []ledger.Role
	// What the entry says of the institution.
	NameZH, NameEN, Code, Constituency, Contact string
	Superior                                    ledger.MemberID // of a recorder
	Engine, API                                 string          // host:port
	Peers                                       []string        // id@host:port of members' nodes
	Now                                         time.Time
	// Protect is as in Options.
	Protect bool
}

// Apply makes the home of a new institution with keys of its own and returns the entry
// with which it applies: public keys and what is known of it, and nothing secret. The
// authority admits it; the node can be started before, and is let in from then on.
func Apply(a Application) (*ledger.Member, error) {
	if err := emptyDir(a.Out); err != nil {
		return nil, err
	}
	o := Options{Out: filepath.Dir(a.Out), Protect: a.Protect}
	h, err := o.place(filepath.Base(a.Out))
	if err != nil {
		return nil, err
	}
	m := ledger.Member{ID: a.Number, NameZH: a.NameZH, NameEN: a.NameEN, Code: a.Code, Roles: a.Roles,
		Constituency: a.Constituency, Contact: a.Contact, Superior: a.Superior}
	nodeKey, err := h.NewKey(node.NodeKey)
	if err != nil {
		return nil, err
	}
	m.Node = consensus.NodeID(nodeKey.Public().(ed25519.PublicKey))
	if slices.Contains(a.Roles, ledger.Recorder) {
		key, err := h.NewKey(node.ConsensusKey)
		if err != nil {
			return nil, err
		}
		m.Consensus = key.Public().(ed25519.PublicKey)
	}
	if m.Keys, err = institutionKeys(h, m, a.Now); err != nil {
		return nil, err
	}
	if err := ownSecrets(h.Home); err != nil {
		return nil, err
	}
	return &m, a.write(h, &m)
}

func (a *Application) write(h *place, m *ledger.Member) error {
	genesis, err := json.MarshalIndent(a.Genesis, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, "genesis", err)
	}
	entry, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, "member", err)
	}
	h.configure(node.Config{Member: m.ID, Log: node.LogConfig{Level: "info"}, Engine: node.EngineConfig{Listen: a.Engine, Peers: a.Peers},
		API: node.APIConfig{Listen: a.API, PublicPerDay: 1000}})
	if h.second != nil {
		if err := writeFile(filepath.Join(h.second.Dir, node.MemberFile), entry); err != nil {
			return err
		}
	}
	if err := writeFile(filepath.Join(h.Dir, node.MemberFile), entry); err != nil {
		return err
	}
	return h.write(genesis)
}
