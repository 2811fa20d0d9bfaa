package consensus

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	cmtcrypto "github.com/cometbft/cometbft/crypto"
	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// NodeID returns the peer id that belongs to a node key: 40 lower-case hexadecimal
// digits of the first 20 bytes of SHA-256 of the public key.
func NodeID(public ed25519.PublicKey) string {
	return string(p2p.PubKeyToID(cmted.PubKey(public)))
}

// signingState is the file in which the engine's signer remembers what it last signed,
// so that it never signs two different votes for one step. Each key after the first has
// one of its own.
func signingState(home string) string {
	return filepath.Join(home, engineDir, "data", "signed.json")
}

func signingStateOf(home string, key ed25519.PublicKey) string {
	return filepath.Join(home, engineDir, "data", "signed-"+hex.EncodeToString(cmted.PubKey(key).Address()[:4])+".json")
}

// signer signs for this recorder with the key that the ledger names for the height at
// hand: through a rotation with the old one up to the handover and with the new one from
// there. Keys stay in memory; the files hold only what was signed last.
type signer struct {
	home string
	idle *privval.FilePV // a key that no validator has: what an access node shows the engine

	mu     sync.Mutex
	keys   []*privval.FilePV
	epochs []ledger.Epoch
	height int64     // last committed
	last   int64     // nothing is signed above this height
	held   *Restored // until it is safe to vote again after a restore; nil otherwise
}

// newSigner makes the signer with the recorder's first key, if it has one. before says
// that the engine has been opened here before: then a missing file means that its
// protection is gone, and signing could make the recorder vote twice.
func newSigner(o *Options, before bool) (*signer, error) {
	s := &signer{home: o.Home, last: math.MaxInt64, idle: privval.NewFilePV(cmted.GenPrivKey(), "", "")}
	var err error
	if s.held, err = ReadRestored(o.Home); err != nil {
		return nil, err
	}
	if s.held != nil {
		s.held.startAgain(time.Now())
	}
	if o.ConsensusKey == nil {
		return s, nil
	}
	pv, err := s.openKey(o.ConsensusKey, signingState(o.Home), before)
	if err != nil {
		return nil, err
	}
	s.keys = append(s.keys, pv)
	return s, nil
}

func (s *signer) openKey(key ed25519.PrivateKey, path string, before bool) (*privval.FilePV, error) {
	pv := privval.NewFilePV(cmted.PrivKey(key), "", path)
	if s.held != nil {
		return pv, nil // its record is written when it may vote
	}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !before:
		return pv, saveFirst(pv)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Newf(fault.SigningRecord, filepath.Base(path),
			"the record of what this recorder last signed is gone; without it it could sign twice")
	case err != nil:
		return nil, fault.Wrap(fault.Internal, filepath.Base(path), err)
	}
	if err := cmtjson.Unmarshal(b, &pv.LastSignState); err != nil {
		return nil, fault.Wrap(fault.BadConfig, filepath.Base(path), err)
	}
	return pv, nil
}

// saveFirst writes the file before anything is signed, so that its absence later means
// something. The library panics where it cannot write.
func saveFirst(pv *privval.FilePV) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.Newf(fault.Internal, "signing record", "%v", r)
		}
	}()
	pv.LastSignState.Save()
	return nil
}

// add takes a further key. One that may have voted already needs its signing record.
func (s *signer) add(key ed25519.PrivateKey) error {
	public := key.Public().(ed25519.PublicKey)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(public) != nil {
		return nil
	}
	voted := false
	for _, e := range s.epochs {
		voted = voted || e.FromHeight <= s.height && has(e, public)
	}
	pv, err := s.openKey(key, signingStateOf(s.home, public), voted)
	if err == nil {
		s.keys = append(s.keys, pv)
	}
	return err
}

func has(e ledger.Epoch, key []byte) bool {
	for _, v := range e.Validators {
		if bytes.Equal(v.Key, key) {
			return true
		}
	}
	return false
}

// find returns the signer of a key. Under mu.
func (s *signer) find(key []byte) *privval.FilePV {
	for _, pv := range s.keys {
		if bytes.Equal(pv.Key.PubKey.Bytes(), key) {
			return pv
		}
	}
	return nil
}

// follow notes which recorders decide from now on.
func (s *signer) follow(epochs []ledger.Epoch, height int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.height = height
	if epochs != nil {
		s.epochs = epochs
	}
}

// stopAbove lets nothing be signed above a height from now on.
func (s *signer) stopAbove(height int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = height
}

// votes reports whether this node may vote on the next height.
func (s *signer) votes() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at(s.height+1) != nil
}

// at returns the signer for a height, nil where none of this node's keys votes on it.
// Under mu.
func (s *signer) at(height int64) *privval.FilePV {
	if s.held != nil || height > s.last {
		return nil
	}
	until := int64(math.MaxInt64)
	for i := len(s.epochs) - 1; i >= 0; i-- {
		e := s.epochs[i]
		if e.FromHeight <= height && height < until {
			for _, pv := range s.keys {
				if has(e, pv.Key.PubKey.Bytes()) {
					return pv
				}
			}
			return nil
		}
		until = e.FromHeight
	}
	return nil
}

// GetPubKey implements the engine's PrivValidator: the key for the next height. The
// engine asks after each block.
func (s *signer) GetPubKey() (cmtcrypto.PubKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pv := s.at(s.height + 1); pv != nil {
		return pv.GetPubKey()
	}
	return s.idle.GetPubKey()
}

// SignVote implements the engine's PrivValidator: with the key whose vote it is, and only
// at heights for which the ledger names that key, so that one that was replaced or revoked
// signs nothing above its handover, and its successor nothing below.
func (s *signer) SignVote(chain string, vote *cmtproto.Vote) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pv := s.at(vote.Height); pv != nil && vote.Height <= s.last && bytes.Equal(pv.Key.Address, vote.ValidatorAddress) {
		return pv.SignVote(chain, vote)
	}
	return fault.New(fault.UnknownKey, "vote")
}

// SignProposal implements the engine's PrivValidator.
func (s *signer) SignProposal(chain string, p *cmtproto.Proposal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pv := s.at(p.Height); pv != nil {
		return pv.SignProposal(chain, p)
	}
	return fault.New(fault.UnknownKey, "proposal")
}
