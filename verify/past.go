package verify

import (
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// TrustPredecessor is an ended chain that the file's chain continues. What was issued on it
// stays good: its log is the beginning of this one's, heights run on, and the sets of
// recorders, keys and daily roots of the file cover its heights too. Its blocks bear its own
// name; the last one that recorders have signed is its seal.
type TrustPredecessor struct {
	ChainID string `json:"chain_id"`
	Genesis Hex    `json:"genesis"`
	Height  int64  `json:"height"` // the last block that was executed
	Seal    Hex    `json:"seal"`   // hash of the header of the block after it
}

// chain is one of the chains of a network, with the heights whose blocks bear its name.
type chain struct {
	id      string
	genesis Hex
	from    int64 // first height
	sealed  int64 // last height, 0 while it goes on
	seal    Hex
}

// chains lists the network's chains, oldest first.
func (t *Trust) chains() []chain {
	var out []chain
	from := int64(1)
	for _, p := range t.Predecessors {
		out = append(out, chain{p.ChainID, p.Genesis, from, p.Height + 1, p.Seal})
		from = p.Height + 2
	}
	return append(out, chain{id: t.ChainID, genesis: t.Genesis, from: from})
}

// chainOf finds the chain of this genesis and name, nil for none of this network's.
func (t *Trust) chainOf(genesis Hex, id string) *chain {
	for _, c := range t.chains() {
		if c.genesis == genesis && c.id == id {
			return &c
		}
	}
	return nil
}

// genesisAt is the genesis digest of the chain that recorded what stands at a height.
func (t *Trust) genesisAt(height int64) Hex {
	for _, c := range t.chains() {
		if c.sealed == 0 || height <= c.sealed {
			return c.genesis
		}
	}
	return t.Genesis
}

// has reports whether a chain has the block of a header. Keys of an ended chain's recorders
// may be in other hands by now: above its seal they have signed nothing, and as the seal
// nothing but the one that its successor names.
func (c *chain) has(h proof.Header) bool {
	return h.Height >= c.from && (c.sealed == 0 || h.Height < c.sealed || h.Height == c.sealed && h.Hash == wire.Hash(c.seal))
}

// verify is proof.VerifyChain for a block of one of the network's chains. A block that the
// chain does not have is fault.UnknownKey: nobody was to decide it there.
func (t *Trust) verify(c *chain, handovers []proof.LightBlock, target proof.LightBlock) (proof.Trust, error) {
	if !c.has(target.Header) {
		return proof.Trust{}, fault.Newf(fault.UnknownKey, "block", "chain %s has no such block of height %d", c.id, target.Header.Height)
	}
	return proof.VerifyChain(c.id, t.epochs(), handovers, target)
}

// checkPredecessors: heights run on, and no chain is another.
func (t *Trust) checkPredecessors() error {
	names, documents := map[string]bool{t.ChainID: true}, map[Hex]bool{t.Genesis: true}
	last := int64(0)
	for _, p := range t.Predecessors {
		if p.ChainID == "" || p.Genesis == (Hex{}) || p.Seal == (Hex{}) || names[p.ChainID] || documents[p.Genesis] ||
			p.Height <= last || p.Height >= t.Height {
			return fault.New(fault.Malformed, "trust predecessors")
		}
		names[p.ChainID], documents[p.Genesis], last = true, true, p.Height+1
	}
	return nil
}
