package consensus

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/cometbft/cometbft/privval"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// Restored marks a home that has come from a backup. What its recorder signed since is not
// known, so it follows without a vote until no height is left at which it could have signed:
// until a block whose time is at least restoredMargin after the node's last start. A block
// of that time was made when the node that the backup was taken of was no longer running, so
// that node has signed nothing above it.
//
// Where more than a third of the recorders are restored no such block can come. Then whoever
// answers for the network says with After what the highest height is that any node still
// has: nothing above it is left to contradict.
type Restored struct {
	At    int64 `json:"at"`              // Unix nanoseconds of the restore
	After int64 `json:"after,omitempty"` // vote above this height, without waiting; 0 is to wait
}

// restoredMargin is what the clocks of recorders may differ by.
const restoredMargin = blockTolerance

func restoredFile(home string) string {
	return filepath.Join(home, engineDir, "data", "restored.json")
}

// MarkRestored writes the mark into a home; home is as in Options.
func MarkRestored(home string, r Restored) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fault.Wrap(fault.Internal, "restored.json", err)
	}
	if err = os.MkdirAll(filepath.Dir(restoredFile(home)), 0o700); err == nil {
		err = writeSynced(restoredFile(home), b)
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, "restored.json", err)
	}
	return nil
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// ReadRestored reads the mark of a home, nil where there is none.
func ReadRestored(home string) (*Restored, error) {
	b, err := os.ReadFile(restoredFile(home))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	r := new(Restored)
	if err == nil {
		err = json.Unmarshal(b, r)
	}
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, "restored.json", err)
	}
	return r, nil
}

// HasSigningRecord reports whether a home has the record of what its recorder signed last.
func HasSigningRecord(home string) bool {
	_, err := os.Stat(signingState(home))
	return err == nil
}

// past reports whether a block of this height and time ends the waiting.
func (r *Restored) past(height, blockTime int64) bool {
	if r.After > 0 {
		return height >= r.After
	}
	return blockTime > r.At+int64(restoredMargin)
}

// startAgain counts the waiting from the present start: until now another copy of the home
// may have run.
func (r *Restored) startAgain(now time.Time) { r.At = max(r.At, now.UnixNano()) }

// reached lets a restored recorder vote above a block once that is safe. It writes that
// down before the mark goes, so that a crash in between waits once more.
func (s *signer) reached(height, blockTime int64) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil || !s.held.past(height, blockTime) {
		return nil
	}
	defer func() {
		if r := recover(); r != nil { // the library panics where it cannot write
			err = fault.Newf(fault.Internal, "signing record", "%v", r)
		}
	}()
	for _, pv := range s.keys {
		pv.LastSignState = stateAbove(pv.LastSignState, height)
		pv.LastSignState.Save()
	}
	if err := os.Remove(restoredFile(s.home)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Internal, "restored.json", err)
	}
	s.held = nil
	return nil
}

// stateAbove is a signing record that refuses everything up to a height.
func stateAbove(s privval.FilePVLastSignState, height int64) privval.FilePVLastSignState {
	s.Height, s.Round, s.Step = height, math.MaxInt32, 3 // the last step of a round
	s.Signature, s.SignBytes = nil, nil
	return s
}

// twin refuses to go on where a restored recorder's key takes part in deciding blocks that
// were made after this node's start: another copy of its home runs.
func (s *signer) twin(blockTime int64, votes []ledger.Vote) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil || s.held.After > 0 || !s.held.past(0, blockTime) {
		return nil
	}
	for _, v := range votes {
		for _, pv := range s.keys {
			if v.Present && string(pv.Key.Address) == string(v.Address[:]) {
				return fault.New(fault.VotesElsewhere, "engine")
			}
		}
	}
	return nil
}
