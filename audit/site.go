package audit

import (
	"errors"
	"path/filepath"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
)

// Place says where the data of a node that does not run lie.
type Place struct {
	Data     string // directory with engine, ledger and vault
	Genesis  *ledger.Genesis
	Member   ledger.MemberID
	VaultKey []byte   // nil: the vault is not looked at
	Disk     store.FS // nil: the operating system's
}

// Site is such data, open for reading alone: nothing on the disk changes.
type Site struct {
	Place
	State  *store.DB
	Blocks *consensus.Blocks
	Head   ledger.Head // where the stored state says that it stands
}

// Open opens ledger and blocks of a place. It fails with fault.HomeLocked while a node
// runs there, with fault.FileMissing where there are no data.
func Open(p Place) (*Site, error) {
	s := &Site{Place: p}
	var err error
	if s.State, err = store.Open(filepath.Join(p.Data, "ledger"), store.Options{ReadOnly: true, FS: p.Disk}); err != nil {
		return nil, err
	}
	if s.Blocks, err = consensus.OpenBlocks(p.Data); err == nil {
		s.Head, err = ledger.StoredHead(s.State)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close lets go of the files.
func (s *Site) Close() error {
	err := s.State.Close()
	if s.Blocks != nil {
		err = errors.Join(err, s.Blocks.Close())
	}
	return err
}

// inspect opens the vault for reading.
func (s *Site) inspect() (*vault.Inspection, error) {
	return vault.Inspect(filepath.Join(s.Data, "vault"), vault.NodeKey(s.VaultKey), store.Options{FS: s.Disk})
}

// View reads the stored state as it is: see ledger.Unchecked.
func (s *Site) View() *ledger.View { return ledger.Unchecked(s.State, s.Head) }
