package consensus

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"testing"
	"time"

	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// TestSigner: through a rotation a recorder signs with the key of the height, never twice
// with either, and takes no key that has voted without the record of what it signed.
func TestSigner(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, engineDir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	key := func() ed25519.PrivateKey {
		_, k, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	public := func(k ed25519.PrivateKey) []byte { return k.Public().(ed25519.PublicKey) }
	old, next := key(), key()
	epoch := func(from int64, k ed25519.PrivateKey) ledger.Epoch {
		return ledger.Epoch{FromHeight: from, Validators: []ledger.Validator{{Member: 1, Key: public(k), Power: 10}}}
	}
	o := &Options{Home: home, ConsensusKey: old}
	s, err := newSigner(o, false)
	if err != nil {
		t.Fatal(err)
	}
	epochs := []ledger.Epoch{epoch(1, old), epoch(10, next)}
	s.follow(epochs, 5)
	if err := s.add(next); err != nil {
		t.Fatal(err)
	}
	is := func(k ed25519.PrivateKey) bool {
		p, err := s.GetPubKey()
		return err == nil && string(p.Bytes()) == string(public(k))
	}
	vote := func(k ed25519.PrivateKey, height int64, block byte) error {
		v := &cmtproto.Vote{Type: cmtproto.PrecommitType, Height: height, ValidatorAddress: cmted.PubKey(public(k)).Address(), Timestamp: time.Unix(1, 0),
			BlockID: cmtproto.BlockID{Hash: append(make([]byte, 31), block), PartSetHeader: cmtproto.PartSetHeader{Total: 1, Hash: make([]byte, 32)}}}
		return s.SignVote("chain", v)
	}
	if !is(old) || !s.votes() || vote(old, 6, 1) != nil {
		t.Fatal("before the handover the old key signs")
	}
	if vote(old, 6, 2) == nil {
		t.Fatal("two votes for one step")
	}
	s.follow(nil, 9)
	if !is(next) || !s.votes() || vote(next, 10, 1) != nil || vote(next, 10, 2) == nil {
		t.Fatal("from the handover the new key signs, once a step")
	}
	if vote(old, 10, 3) == nil || vote(old, 11, 1) == nil || vote(next, 9, 1) == nil {
		t.Fatal("the old key signs above the handover, or the new one below")
	}
	if vote(key(), 11, 1) == nil {
		t.Fatal("a key that is nobody's signs")
	}
	// After a restart: the new key needs its record.
	again, err := newSigner(o, true)
	if err != nil {
		t.Fatal(err)
	}
	again.follow(epochs, 11)
	if err := again.add(next); err != nil {
		t.Fatal(err)
	}
	s = again
	if vote(next, 10, 2) == nil {
		t.Fatal("a restart forgot what was signed")
	}
	if err := os.Remove(signingStateOf(home, public(next))); err != nil {
		t.Fatal(err)
	}
	third, err := newSigner(o, true)
	if err != nil {
		t.Fatal(err)
	}
	third.follow(epochs, 11)
	if err := third.add(next); !fault.Is(err, fault.SigningRecord) {
		t.Fatalf("a key that has voted without its record: %v", err)
	}
	third.follow([]ledger.Epoch{epoch(1, old)}, 11)
	if third.follow(nil, 12); !third.votes() {
		t.Fatal("still the old key's")
	}
	third.follow([]ledger.Epoch{epoch(1, old), epoch(12, key())}, 12)
	if p, err := third.GetPubKey(); third.votes() || err != nil || string(p.Bytes()) == string(public(old)) {
		t.Fatal("a former recorder votes on")
	}
}

// TestRestoredSigner: the recorder of a restored home signs nothing before a block that was
// made well after its start, or the height that its operator vouches for; then nothing up to
// that height, whatever it signed before the loss; and it stops where its key votes
// elsewhere.
func TestRestoredSigner(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	public := key.Public().(ed25519.PublicKey)
	epochs := []ledger.Epoch{{FromHeight: 1, Validators: []ledger.Validator{{Member: 1, Key: public, Power: 10}}}}
	vote := func(s *signer, height int64) error {
		return s.SignVote("chain", &cmtproto.Vote{Type: cmtproto.PrevoteType, Height: height, ValidatorAddress: cmted.PubKey(public).Address(),
			Timestamp: time.Unix(1, 0), BlockID: cmtproto.BlockID{Hash: make([]byte, 32), PartSetHeader: cmtproto.PartSetHeader{Total: 1, Hash: make([]byte, 32)}}})
	}
	open := func(home string, r Restored) *signer {
		t.Helper()
		if err := MarkRestored(home, r); err != nil {
			t.Fatal(err)
		}
		s, err := newSigner(&Options{Home: home, ConsensusKey: key}, true)
		if err != nil {
			t.Fatal(err)
		}
		s.follow(epochs, 20)
		return s
	}
	reached := func(s *signer, height int64, at time.Time) {
		t.Helper()
		s.follow(nil, height)
		if err := s.reached(height, at.UnixNano()); err != nil {
			t.Fatal(err)
		}
	}
	started := time.Now()
	later := started.Add(restoredMargin + time.Minute)
	t.Run("waits for a block of its own time", func(t *testing.T) {
		home := t.TempDir()
		s := open(home, Restored{At: started.Add(-time.Hour).UnixNano()}) // what counts is the start
		reached(s, 21, started.Add(restoredMargin-time.Second))
		if s.votes() || vote(s, 22) == nil {
			t.Fatal("votes before it is safe")
		}
		own := []ledger.Vote{{Address: [20]byte(cmted.PubKey(public).Address()), Present: true}}
		if err := s.twin(started.UnixNano(), own); err != nil {
			t.Fatalf("its own vote from before the loss: %v", err)
		}
		if err := s.twin(later.UnixNano(), own); !fault.Is(err, fault.VotesElsewhere) {
			t.Fatalf("its key votes elsewhere: %v", err)
		}
		own[0].Present = false
		if err := s.twin(later.UnixNano(), own); err != nil {
			t.Fatal(err)
		}
		reached(s, 30, later)
		if !s.votes() || vote(s, 30) == nil || vote(s, 31) != nil {
			t.Fatal("above the block, and only there, it votes")
		}
		again, err := newSigner(&Options{Home: home, ConsensusKey: key}, true)
		if err != nil {
			t.Fatal(err)
		}
		again.follow(epochs, 30)
		if !again.votes() || vote(again, 30) == nil {
			t.Fatal("a restart forgot from where on it may vote")
		}
	})
	t.Run("vouched for", func(t *testing.T) {
		s := open(t.TempDir(), Restored{At: started.UnixNano(), After: 25})
		if reached(s, 24, later); s.votes() {
			t.Fatal("votes at a height that another node still has")
		}
		reached(s, 25, started)
		if !s.votes() || vote(s, 25) == nil || vote(s, 26) != nil {
			t.Fatal("it votes above the height")
		}
	})
}
