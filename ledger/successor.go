package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Predecessor is an ended chain whose state and log a successor chain continues. Heights
// run on, so that whatever the state says of a height, a key's as an event's, stays true:
// the predecessor has the blocks up to its seal, the successor those from there on.
type Predecessor struct {
	ChainID    string      `cbor:"1,keyasint"`
	Genesis    wire.Hash   `cbor:"2,keyasint"`
	Height     int64       `cbor:"3,keyasint"` // the last block that was executed
	Seal       wire.Hash   `cbor:"4,keyasint"` // hash of the header of the block after it
	TimeNS     int64       `cbor:"5,keyasint"` // of that block, Unix nanoseconds
	AppHash    wire.Hash   `cbor:"6,keyasint"` // of the state behind the last block
	Validators []Validator `cbor:"7,keyasint"` // who decides the successor's first block, in the engine's order
}

// predecessorJSON is a Predecessor as people read it: digests in hexadecimal digits.
type predecessorJSON struct {
	ChainID    string      `json:"chain_id"`
	Genesis    string      `json:"genesis"`
	Height     int64       `json:"height"`
	Seal       string      `json:"seal"`
	TimeNS     int64       `json:"time_ns"`
	AppHash    string      `json:"app_hash"`
	Validators []Validator `json:"validators"`
}

// MarshalJSON implements json.Marshaler.
func (p Predecessor) MarshalJSON() ([]byte, error) {
	return json.Marshal(predecessorJSON{p.ChainID, hex.EncodeToString(p.Genesis[:]), p.Height, hex.EncodeToString(p.Seal[:]),
		p.TimeNS, hex.EncodeToString(p.AppHash[:]), p.Validators})
}

// UnmarshalJSON implements json.Unmarshaler; unknown members are refused.
func (p *Predecessor) UnmarshalJSON(b []byte) error {
	var x predecessorJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&x); err != nil {
		return err
	}
	*p = Predecessor{ChainID: x.ChainID, Height: x.Height, TimeNS: x.TimeNS, Validators: x.Validators}
	for _, h := range []struct {
		text string
		into *wire.Hash
	}{{x.Genesis, &p.Genesis}, {x.Seal, &p.Seal}, {x.AppHash, &p.AppHash}} {
		digest, err := hex.DecodeString(h.text)
		if err != nil || len(digest) != len(h.into) {
			return bad("predecessors", "a digest has 64 hexadecimal digits")
		}
		*h.into = wire.Hash(digest)
	}
	return nil
}

// Base is the height of the state from which a chain begins: 0, or that of its
// predecessor's seal.
func (g *Genesis) Base() int64 {
	if n := len(g.Predecessors); n > 0 {
		return g.Predecessors[n-1].Height + 1
	}
	return 0
}

// Predecessor is the chain that this one continues, nil for none.
func (g *Genesis) Predecessor() *Predecessor {
	if n := len(g.Predecessors); n > 0 {
		return &g.Predecessors[n-1]
	}
	return nil
}

// Successor is the genesis document of the chain that continues an ended one of this
// document: the same but for its name for the engine and what it says of its predecessor.
func (g *Genesis) Successor(chainID string, ended Predecessor) (*Genesis, error) {
	next := *g
	ended.ChainID, ended.Genesis = g.ChainID, g.Hash()
	next.ChainID = chainID
	next.Predecessors = append(slices.Clone(g.Predecessors), ended)
	return &next, next.Check()
}

// checkPredecessors holds that heights run on and that no chain has another's name.
func (g *Genesis) checkPredecessors() error {
	names := []string{g.ChainID}
	last := int64(0)
	for _, p := range g.Predecessors {
		switch {
		case p.ChainID == "" || len(p.ChainID) > maxChainID || slices.Contains(names, p.ChainID):
			return bad("predecessors", "a chain has a name of its own")
		case p.Height <= last || p.TimeNS < g.TimeNS:
			return bad("predecessors", "heights and times ascend")
		case p.Genesis.Zero() || p.Seal.Zero() || p.AppHash.Zero():
			return bad("predecessors", "genesis, seal and root are needed")
		case len(p.Validators) < minRecorders:
			return bad("predecessors", "%d recorders", len(p.Validators))
		}
		for _, v := range p.Validators {
			if len(v.Key) != 32 || v.Power != RecorderPower {
				return bad("predecessors", "a recorder votes with one Ed25519 key, as all others do")
			}
		}
		names, last = append(names, p.ChainID), p.Height+1
	}
	return nil
}

const maxChainID = 50 // characters; the engine allows no more

// Ending describes an ended chain as far as its state tells; the seal's hash and time are
// added by whoever has its header. fault.ChainRunning where the chain goes on.
func (v *View) Ending() (Predecessor, error) {
	if !v.Config.Ended(v.Height + 1) {
		return Predecessor{}, fault.Newf(fault.ChainRunning, "ledger", "at block %d", v.Height)
	}
	epochs, err := v.Epochs()
	if err != nil {
		return Predecessor{}, err
	}
	return Predecessor{Height: v.Height, AppHash: v.AppHash, Validators: epochs[len(epochs)-1].Validators}, nil
}

// Continue begins a successor's state from the snapshot of its predecessor's last one, key
// by key as Restore does: every root is computed anew and has to be the one that the genesis
// document names. Finish then takes the height and time of the seal (Base and TimeNS).
// Another snapshot is fault.SuccessorMismatch.
func Continue(g *Genesis, sum Summary, reader Reader, set func(key, value []byte), flush func() error) (*Restoration, error) {
	p := g.Predecessor()
	if p == nil || sum.AppHash() != p.AppHash {
		return nil, fault.Newf(fault.SuccessorMismatch, "genesis", "it continues another state")
	}
	r, err := Restore(g, sum, reader, set, flush)
	if err != nil {
		return nil, err
	}
	r.l.hash = p.Genesis // under which its roots are
	r.successor = true
	return r, nil
}

// succeed turns the restored state into the successor's first one: nothing is decided about
// its end, and its roots are bound to its own genesis document.
func (r *Restoration) succeed() (head Head, err error) {
	g, p := r.l.genesis, r.l.genesis.Predecessor()
	epochs, err := (&View{Config: r.l.config, reader: &r.head}).Epochs()
	if err != nil {
		return head, err
	}
	same := func(a, b Validator) bool {
		return a.Member == b.Member && a.Power == b.Power && bytes.Equal(a.Key, b.Key)
	}
	if c := r.l.config.Council; c.Final != p.Height || !slices.EqualFunc(epochs[len(epochs)-1].Validators, p.Validators, same) {
		return head, fault.Newf(fault.SuccessorMismatch, "genesis", "the state has not ended with block %d, or other recorders decide", p.Height)
	}
	next := *r.l.config
	next.sum, next.Council = nil, r.l.config.Council.clone()
	next.Council.Final, next.Council.Upgrades = 0, nil // votes were on blocks of the other chain
	r.l.config, r.l.hash = &next, g.Hash()
	r.set(councilKey, wire.Encode(next.Council))
	head.State = stateRootOf(r.sum.Records, r.l.metaRoot())
	head.Height, head.Time = g.Base(), p.TimeNS
	return head, nil
}
