// Package network makes the homes of a network (riviera network init) and runs several
// nodes of one on this machine (the demonstration, tests and benchmarks).
package network

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

// Options describes a network to be created.
type Options struct {
	Out          string // directory that will hold the homes; must not exist or be empty
	Name         string // for people; empty is "riviera"
	Recorders    int    // at least 4
	Contributors int
	// TrainingDay makes a ledger day last this long; 0 is real time.
	TrainingDay time.Duration
	// Epoch is the ledger date at genesis on a training network; 0 is 2026-04-01, from
	// which the embedded calendar covers nine months.
	Epoch credit.Date
	// Places says where each node listens and what its institution is called, recorders
	// first; nil is loopback from BasePort on, with example names.
	Places   []Place
	BasePort int // 0 is 27600
	// Protect seals the private keys and lays each approver's key in a home of its own. The
	// passphrase of each home is written beside it.
	Protect bool
	// SM2 gives every institution an SM2 key, with which its documents are signed beside its
	// credential key.
	SM2 bool
	Now time.Time
}

// Network is a created network: its genesis and the homes in it.
type Network struct {
	Dir          string
	Genesis      *ledger.Genesis
	Recorders    []string // directories of the homes
	Contributors []string
	Authority    string // home of the gate's officers, from which no node runs
}

const (
	defaultBasePort = 27600
	// migrationDays is how long existing decisions may be entered after genesis, in
	// ledger days: half a year really, ten years of a training clock.
	migrationDays         = 183
	trainingMigrationDays = 3653
	// migrationReach is how far back the decisions may lie: the longest term of any
	// kind is five years.
	migrationReach = 5 * 366
)

var trainingEpoch = credit.NewDate(2026, 4, 1)

// Create writes the homes, keys and genesis of a network. Each institution's keys lie
// in its own home alone; hand each home to its institution and keep no copy.
func Create(o Options) (*Network, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if err := emptyDir(o.Out); err != nil {
		return nil, err
	}
	n := &Network{Dir: o.Out, Genesis: o.genesis()}
	var homes []*place
	for i, p := range o.Places {
		h, err := o.place(o.homeName(i))
		if err != nil {
			return nil, err
		}
		m, err := o.member(h, i, p)
		if err != nil {
			return nil, err
		}
		n.Genesis.Members = append(n.Genesis.Members, m)
		homes = append(homes, h)
		h.configure(node.Config{Member: m.ID, Log: node.LogConfig{Level: "info"},
			Engine: node.EngineConfig{Listen: p.Engine}, API: node.APIConfig{Listen: p.API, PublicPerDay: 1000}})
		if i < o.Recorders {
			n.Recorders = append(n.Recorders, h.Dir)
		} else {
			n.Contributors = append(n.Contributors, h.Dir)
		}
	}
	h, err := o.place("authority")
	if err != nil {
		return nil, err
	}
	authority, err := o.authority(h, n.Genesis)
	if err != nil {
		return nil, err
	}
	n.Genesis.Members = append(n.Genesis.Members, authority)
	n.Authority = h.Dir
	h.configure(node.Config{Member: authority.ID, Log: node.LogConfig{Level: "info"}, API: node.APIConfig{Listen: o.Places[0].API}})
	if err := n.Genesis.Check(); err != nil {
		return nil, err
	}
	return n, n.write(append(homes, h))
}

func (o *Options) complete() error {
	if o.Name == "" {
		o.Name = "riviera"
	}
	if o.BasePort == 0 {
		o.BasePort = defaultBasePort
	}
	if o.Epoch == 0 {
		o.Epoch = trainingEpoch
	}
	if o.Recorders < 4 || o.Recorders > 100 || o.Contributors < 0 || o.Contributors > 500 {
		return fault.Newf(fault.Usage, "network", "from 4 to 100 recorders and up to 500 contributors, not %d and %d", o.Recorders, o.Contributors)
	}
	if o.Places == nil {
		o.Places = examplePlaces(o.Recorders, o.Contributors, o.BasePort)
	}
	if len(o.Places) != o.Recorders+o.Contributors {
		return fault.Newf(fault.Usage, "host file", "%d lines for %d nodes", len(o.Places), o.Recorders+o.Contributors)
	}
	return nil
}

func (o *Options) homeName(i int) string {
	if i < o.Recorders {
		return fmt.Sprintf("recorder-%d", i+1)
	}
	return fmt.Sprintf("contributor-%d", i-o.Recorders+1)
}

func (o *Options) genesis() *ledger.Genesis {
	g := &ledger.Genesis{Format: ledger.GenesisFormat, Network: o.Name, TimeNS: o.Now.UnixNano(),
		Measures: ledger.Catalogue(), Contracts: contracts(), Calendars: calendars()}
	g.ChainID = fmt.Sprintf("riviera-%d", o.Now.Unix())
	today := credit.Moment(o.Now.Unix()).Date()
	days := migrationDays
	if o.TrainingDay != 0 {
		g.Clock = ledger.Clock{Day: int64(o.TrainingDay), Epoch: o.Epoch}
		today, days = o.Epoch, trainingMigrationDays
		g.GovernanceDay = int64(o.TrainingDay)
	}
	g.Migration = ledger.Migration{Until: today.AddDays(days), NotBefore: today.AddDays(-migrationReach)}
	return g
}

// member makes an institution's keys in its home and its entry in the genesis.
func (o *Options) member(h *place, i int, p Place) (ledger.Member, error) {
	m := ledger.Member{ID: ledger.MemberID(i + 1), NameZH: p.NameZH, NameEN: p.NameEN, Constituency: p.Constituency}
	nodeKey, err := h.NewKey(node.NodeKey)
	if err != nil {
		return m, err
	}
	m.Node = consensus.NodeID(nodeKey.Public().(ed25519.PublicKey))
	m.Roles = []ledger.Role{ledger.Contributor}
	if i < o.Recorders {
		m.Roles = []ledger.Role{ledger.Recorder}
		key, err := h.NewKey(node.ConsensusKey)
		if err != nil {
			return m, err
		}
		m.Consensus = key.Public().(ed25519.PublicKey)
		m.Superior = superior(i, p)
	}
	if m.Executes, err = measureNumbers(p.Executes); err != nil {
		return m, err
	}
	if m.Keys, err = institutionKeys(h, m, o.Now); err != nil {
		return m, err
	}
	if o.SM2 {
		k, err := parallelKey(h)
		if err != nil {
			return m, err
		}
		m.Keys = append(m.Keys, k)
	}
	return m, ownSecrets(h.Home)
}

// ownSecrets writes what a home needs beside the keys of people and node.
func ownSecrets(h *node.Home) error {
	for name, size := range map[string]int{"vault.key": 32, "case.key": 32} {
		if err := h.WriteSecret(name, randomBytes(size)); err != nil {
			return err
		}
	}
	return h.WriteToken([]byte(base64.RawURLEncoding.EncodeToString(randomBytes(32)) + "\n"))
}

// superior is who reviews the rulings of recorder i: the one that its place names, else
// the first, and the second for the first. No ruling is reviewed by who made it.
func superior(i int, p Place) ledger.MemberID {
	switch {
	case p.Superior != 0:
		return ledger.MemberID(p.Superior)
	case i == 0:
		return 2
	}
	return 1
}

// institutionKeys makes the keys with which an institution acts and attests.
func institutionKeys(h *place, m ledger.Member, now time.Time) ([]ledger.Key, error) {
	purposes := []struct {
		name    string
		purpose ledger.Purpose
	}{{node.OperatorKey, ledger.Operate}, {node.ApproverKey, ledger.Operate}, {node.CredentialKey, ledger.Credential}, {node.DocumentKey, ledger.Document},
		{node.ServiceKey, ledger.Operate}}
	var keys []ledger.Key
	for _, p := range purposes {
		signer, err := h.of(p.name).NewKey(p.name)
		if err != nil {
			return nil, err
		}
		k := ledger.Key{ID: node.KeyIDs[p.name], Purpose: p.purpose, Operator: p.name, Scope: node.Scopes[p.name]}
		switch public := signer.Public().(type) {
		case ed25519.PublicKey:
			k.Algorithm, k.Public = ledger.Ed25519, public
		case *ecdsa.PublicKey:
			k.Algorithm = ledger.P256
			if k.Public, err = public.Bytes(); err != nil {
				return nil, fault.Wrap(fault.Internal, p.name, err)
			}
			if k.Certificate, err = DocumentCertificate(signer, m, now); err != nil {
				return nil, err
			}
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// parallelKey makes the SM2 key of an institution.
func parallelKey(h *place) (ledger.Key, error) {
	signer, err := h.of(node.ParallelKey).NewKeyOf(node.ParallelKey, ledger.SM2)
	if err != nil {
		return ledger.Key{}, err
	}
	algorithm, public, err := ledger.AlgorithmOf(signer.Public())
	return ledger.Key{ID: node.FirstParallel, Purpose: ledger.Parallel, Algorithm: algorithm, Public: public}, err
}

// authority makes the keys of the gate's two officers, who both must sign. It runs no
// node, for it votes on nothing; any member's node takes its acts.
func (o *Options) authority(h *place, g *ledger.Genesis) (ledger.Member, error) {
	m := ledger.Member{ID: ledger.MemberID(len(g.Members) + 1), NameZH: "示例信用主管部门", NameEN: "Example Credit Authority",
		Roles: []ledger.Role{ledger.Authority}, Threshold: 2}
	for _, name := range []string{node.OperatorKey, node.ApproverKey} {
		key, err := h.of(name).NewKey(name)
		if err != nil {
			return m, err
		}
		m.Keys = append(m.Keys, ledger.Key{ID: node.KeyIDs[name], Purpose: ledger.Operate, Algorithm: ledger.Ed25519,
			Public: key.Public().(ed25519.PublicKey), Operator: name, Scope: ledger.ScopeGovern})
	}
	return m, nil
}

// write puts the genesis document and a configuration into every home.
func (n *Network) write(homes []*place) error {
	genesis, err := json.MarshalIndent(n.Genesis, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, "genesis", err)
	}
	if err := writeFile(filepath.Join(n.Dir, node.GenesisFile), genesis); err != nil {
		return err
	}
	for i, h := range homes {
		for j := range homes {
			if j != i && h.Config.Engine.Listen != "" && homes[j].Config.Engine.Listen != "" {
				h.Config.Engine.Peers = append(h.Config.Engine.Peers, n.Genesis.Members[j].Node+"@"+homes[j].Config.Engine.Listen)
			}
		}
		if err := h.write(genesis); err != nil {
			return err
		}
	}
	return nil
}

// The embedded law is checked by the tests of package law and TestGenesisIsSound: what
// does not parse is a broken build.
func calendars() []credit.Year {
	var years []credit.Year
	for _, doc := range law.Calendars() {
		y, err := credit.ParseYear(doc.Source)
		if err != nil {
			panic(err)
		}
		years = append(years, y)
	}
	return years
}

func contracts() []ledger.ContractSource {
	var out []ledger.ContractSource
	for i, doc := range law.Contracts() {
		out = append(out, ledger.ContractSource{Number: uint32(i + 1), File: doc.File, Source: string(doc.Source)})
	}
	return out
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return b
}

// measureNumbers reads codes of the catalogue; the numbers ascend.
func measureNumbers(codes []string) ([]uint16, error) {
	var out []uint16
	for _, code := range codes {
		m, known := law.MeasureByCode(code)
		if !known {
			return nil, fault.Newf(fault.UnknownMeasure, "host file", "%s", code)
		}
		if m.Family == "III" {
			return nil, fault.Newf(fault.UnknownMeasure, "host file", "%s is information and never an order", code)
		}
		out = append(out, m.Number)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
