package network

import (
	"path/filepath"

	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/node"
)

// Where the approver's key of a home lies that has none, and where the passphrase of a
// home is written, by the home's path.
const (
	apartSuffix      = "-approver"
	passphraseSuffix = ".passphrase"
)

// Apart is the home of the second person of a home, where the two are apart.
func Apart(home string) string { return filepath.Clean(home) + apartSuffix }

// place is an institution's home under construction, with that of its second person where
// the two are apart.
type place struct {
	*node.Home
	second *node.Home // nil where one home holds both
}

func (o *Options) place(name string) (*place, error) {
	p := &place{Home: &node.Home{Dir: filepath.Join(o.Out, name)}}
	if !o.Protect {
		return p, nil
	}
	p.second = &node.Home{Dir: Apart(p.Dir)}
	for _, h := range []*node.Home{p.Home, p.second} {
		if err := seal(h); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// seal gives a home a passphrase of its own, writes it beside the home and names it in the
// configuration, so that the node starts by itself.
func seal(h *node.Home) error {
	h.Sealing = custody.NewPassphrase()
	h.Config.Keys.PassphraseFile = filepath.Join("..", filepath.Base(h.Dir)+passphraseSuffix)
	return custody.Create(h.Dir+passphraseSuffix, append(h.Sealing, '\n'))
}

// of is the home that holds a key.
func (p *place) of(key string) *node.Home {
	if key == node.ApproverKey && p.second != nil {
		return p.second
	}
	return p.Home
}

// configure sets what both homes have in their configuration.
func (p *place) configure(c node.Config) {
	for _, h := range []*node.Home{p.Home, p.second} {
		if h == nil {
			continue
		}
		keys := h.Config.Keys
		h.Config = c
		h.Config.Keys = keys
	}
	if p.second != nil {
		p.second.Config.Engine = node.EngineConfig{} // no node runs from it
	}
}

func (p *place) write(genesis []byte) error {
	for _, h := range []*node.Home{p.Home, p.second} {
		if h == nil {
			continue
		}
		b, err := h.Config.Encode()
		if err != nil {
			return err
		}
		for name, b := range map[string][]byte{node.ConfigFile: b, node.GenesisFile: genesis} {
			if err := writeFile(filepath.Join(h.Dir, name), b); err != nil {
				return err
			}
		}
	}
	return nil
}
