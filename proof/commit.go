package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"math"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// MaxLightBlock bounds an encoded light block, in bytes.
const MaxLightBlock = 256 << 10

// flagCommit marks a commit signature that is for the block; the others say that the
// vote was absent or for no block.
const flagCommit = 2

// precommit is the vote type that commits are made of.
const precommit = 2

// LightBlock is a header with the commit that decided it and the set that signed.
// It proves nothing before Verify, and after it only what that set is trusted for.
type LightBlock struct {
	Header     Header
	Validators Validators

	commit commit
}

type commit struct {
	height  int64
	round   int64
	blockID []byte // canonical encoding
	hash    []byte // block hash within blockID
	votes   []vote
}

type vote struct {
	flag      uint64
	address   []byte
	timestamp []byte // encoded Timestamp
	signature []byte
}

// Support tells how much of a validator set signed a block.
type Support struct {
	Signers, Validators int
	Signed, Power       int64 // voting power
}

// DecodeLightBlock reads the engine's LightBlock message. Unknown fields, keys other
// than ed25519 and anything out of form are fault.Malformed.
func DecodeLightBlock(b []byte) (LightBlock, error) {
	if len(b) > MaxLightBlock {
		return LightBlock{}, fault.New(fault.TooLarge, "light block")
	}
	block, err := readMessage(b, chunk, chunk)
	if err != nil {
		return LightBlock{}, err
	}
	signed, err := readMessage(block.bytes(1), chunk, chunk)
	if err != nil {
		return LightBlock{}, err
	}
	var l LightBlock
	if l.Header, err = decodeHeader(signed.bytes(1)); err != nil {
		return LightBlock{}, err
	}
	if l.commit, err = decodeCommit(signed.bytes(2)); err != nil {
		return LightBlock{}, err
	}
	if l.Validators, err = decodeValidators(block.bytes(2)); err != nil {
		return LightBlock{}, err
	}
	return l, nil
}

func decodeCommit(b []byte) (commit, error) {
	m, err := readMessage(b, varint, varint, chunk, repeated)
	if err != nil {
		return commit{}, err
	}
	c := commit{height: int64(m.uint(1)), round: int64(m.uint(2))}
	if c.round > math.MaxInt32 || c.round < 0 {
		return commit{}, malformed("round")
	}
	id, err := readMessage(m.bytes(3), chunk, chunk)
	if err != nil {
		return commit{}, err
	}
	parts, err := readMessage(id.bytes(2), varint, chunk)
	if err != nil {
		return commit{}, err
	}
	c.hash = id.bytes(1)
	c.blockID = appendMessage(appendChunk(nil, 1, c.hash), 2,
		appendChunk(appendUint(nil, 1, parts.uint(1)), 2, parts.bytes(2)))
	for _, f := range m {
		if f.number != 4 {
			continue
		}
		s, err := readMessage(f.b, varint, chunk, chunk, chunk)
		if err != nil {
			return commit{}, err
		}
		c.votes = append(c.votes, vote{s.uint(1), s.bytes(2), s.bytes(3), s.bytes(4)})
	}
	return c, nil
}

// Verify checks that the light block holds together: the header is of chainID, its
// validator hash is that of the set, and validators with more than two thirds of the
// set's power signed this very header. A signature that does not verify is skipped
// and not counted: the engine's library accepts more encodings than the standard one,
// and one odd signature must not spoil the others. It does not say whether the set is
// to be trusted; Trust does.
func (l LightBlock) Verify(chainID string) (Support, error) {
	s := Support{Validators: len(l.Validators), Power: l.Validators.Power()}
	switch {
	case l.Header.ChainID != chainID:
		return s, fault.New(fault.ForeignGenesis, "chain id")
	case l.Validators.Hash() != l.Header.ValidatorsHash:
		return s, fault.New(fault.CommitmentMismatch, "validator set")
	case l.commit.height != l.Header.Height || !bytes.Equal(l.commit.hash, l.Header.Hash[:]):
		return s, fault.New(fault.CommitmentMismatch, "commit")
	case len(l.commit.votes) != len(l.Validators):
		return s, fault.New(fault.Malformed, "commit size")
	}
	for i, v := range l.commit.votes {
		who := l.Validators[i]
		if v.flag != flagCommit || !bytes.Equal(v.address, who.address()) {
			continue
		}
		if ed25519.Verify(who.PubKey[:], l.commit.signBytes(chainID, v.timestamp), v.signature) {
			s.Signers++
			s.Signed += who.Power
		}
	}
	if s.Power == 0 || 3*s.Signed <= 2*s.Power {
		return s, fault.New(fault.BadSignature, "commit")
	}
	return s, nil
}

// signBytes is the length-prefixed CanonicalVote that a validator signs.
func (c commit) signBytes(chainID string, timestamp []byte) []byte {
	b := appendUint(nil, 1, precommit)
	b = appendFixed64(b, 2, uint64(c.height))
	b = appendFixed64(b, 3, uint64(c.round))
	b = appendMessage(b, 4, c.blockID)
	b = appendMessage(b, 5, timestamp)
	b = appendChunk(b, 6, []byte(chainID))
	return append(binary.AppendUvarint(nil, uint64(len(b))), b...)
}

// Epoch is a validator set that is known to decide blocks from a height on, until the
// next epoch's height.
type Epoch struct {
	FromHeight int64
	Hash       wire.Hash
}

// Trust says why a light block is believed.
type Trust struct {
	Support   Support
	Epoch     int  // index of the pinned epoch that the proof starts from
	Handovers int  // changes of the set proved after it
	Retired   bool // the epoch ended: its keys may be in other hands by now
}

// VerifyChain checks target against pinned epochs, ascending by height. The epoch that
// covers target's height decides it, or, after the last pinned epoch, the set to which
// handovers lead: light blocks whose header names another set for the next height,
// each signed by the set before. A height before the first epoch, or a set that neither
// is pinned nor proved, is fault.UnknownKey; a block of the wrong set inside a pinned
// epoch is fault.BadSignature.
func VerifyChain(chainID string, epochs []Epoch, handovers []LightBlock, target LightBlock) (Trust, error) {
	var t Trust
	t.Epoch = -1
	for i, e := range epochs {
		if e.FromHeight <= target.Header.Height {
			t.Epoch = i
		}
	}
	if t.Epoch < 0 {
		return t, fault.New(fault.UnknownKey, "validator set")
	}
	set, from := epochs[t.Epoch].Hash, epochs[t.Epoch].FromHeight
	t.Retired = t.Epoch < len(epochs)-1
	if !t.Retired {
		for _, h := range handovers {
			if h.Header.Height < epochs[t.Epoch].FromHeight {
				continue // leads to an epoch that is pinned by now
			}
			if h.Header.ValidatorsHash != set || h.Header.Height < from {
				return t, fault.New(fault.BadSignature, "handover")
			}
			if _, err := h.Verify(chainID); err != nil {
				return t, fault.Wrap(fault.Of(err), "handover", err)
			}
			set, from = h.Header.NextValidatorsHash, h.Header.Height+1
			t.Handovers++
		}
	}
	var err error
	if t.Support, err = target.Verify(chainID); err != nil {
		return t, err
	}
	if target.Header.ValidatorsHash != set || target.Header.Height < from {
		if t.Retired {
			return t, fault.New(fault.BadSignature, "validator set")
		}
		return t, fault.New(fault.UnknownKey, "validator set")
	}
	return t, nil
}
