package consensus

import (
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"

	"github.com/riviera-ledger/riviera/fault"
)

// NodeID returns the peer id that belongs to a node key: 40 lower-case hexadecimal
// digits of the first 20 bytes of SHA-256 of the public key.
func NodeID(public ed25519.PublicKey) string {
	return string(p2p.PubKeyToID(cmted.PubKey(public)))
}

// signingState is the file in which the engine's signer remembers what it last signed,
// so that it never signs two different votes for one step.
func signingState(home string) string {
	return filepath.Join(home, engineDir, "data", "signed.json")
}

// signer makes the recorder's signer. The key stays in memory; the file holds only
// what was signed last. before says that the engine has been opened here before: then a
// missing file means that its protection is gone, and signing could make the recorder
// vote twice.
func signer(o *Options, before bool) (*privval.FilePV, error) {
	if o.ConsensusKey == nil {
		// An access node signs nothing. The engine insists on a key, and one that no
		// validator has never signs.
		return privval.NewFilePV(cmted.GenPrivKey(), "", ""), nil
	}
	path := signingState(o.Home)
	pv := privval.NewFilePV(cmted.PrivKey(o.ConsensusKey), "", path)
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !before:
		return pv, saveFirst(pv)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Newf(fault.SigningRecord, "signed.json",
			"the record of what this recorder last signed is gone; without it it could sign twice")
	case err != nil:
		return nil, fault.Wrap(fault.Internal, "signed.json", err)
	}
	if err := cmtjson.Unmarshal(b, &pv.LastSignState); err != nil {
		return nil, fault.Wrap(fault.BadConfig, "signed.json", err)
	}
	return pv, nil
}

// saveFirst writes the file before anything is signed, so that its absence later means
// something. The library panics where it cannot write.
func saveFirst(pv *privval.FilePV) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.Newf(fault.Internal, "signed.json", "%v", r)
		}
	}()
	pv.LastSignState.Save()
	return nil
}
