package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
)

// credentialsVariable names the directory in which a service manager hands a service its
// secrets (systemd: LoadCredential), and credentialName the file in it.
const (
	credentialsVariable = "CREDENTIALS_DIRECTORY"
	credentialName      = "riviera.passphrase"
)

// unlocking is where passphrases come from.
type unlocking struct {
	files []string
	fds   []int
}

func (a *app) passphraseFlags(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.unlock.files, "passphrase-file", nil, a.text("flag.passphrase-file"))
	c.Flags().IntSliceVar(&a.unlock.fds, "passphrase-fd", nil, a.text("flag.passphrase-fd"))
}

// unlocks gives a home the passphrases of the flags and of the service manager, and where
// somebody sits at a terminal the possibility to ask.
func (a *app) unlocks(h *node.Home) error { return a.unlocksRing(&h.Ring) }

func (a *app) unlocksRing(r *custody.Ring) error {
	for _, path := range a.unlock.files {
		p, err := custody.ReadPassphraseFile(path)
		if err != nil {
			return err
		}
		r.Add(p)
	}
	for _, fd := range a.unlock.fds {
		f := os.NewFile(uintptr(fd), "passphrase-fd")
		if f == nil {
			return usage(a.text("usage.flag-invalid", "--passphrase-fd", "3"))
		}
		p, err := custody.ReadPassphrase(f)
		f.Close()
		if err != nil {
			return fault.Wrap(fault.Of(err), "--passphrase-fd", err)
		}
		r.Add(p)
	}
	if dir := a.env(credentialsVariable); dir != "" {
		path := filepath.Join(dir, credentialName)
		if _, err := os.Stat(path); err == nil {
			p, err := custody.ReadPassphraseFile(path)
			if err != nil {
				return err
			}
			r.Add(p)
		}
	}
	if _, ok := terminal(a.in); ok {
		r.Ask = func(file string) ([]byte, error) {
			p, err := a.secret(a.text("keys.ask", file))
			return []byte(p), err
		}
	}
	return nil
}

// sealing decides how a new key of a home is written: under the passphrase that opens the
// home's others, else under one that is asked for. Only on a training network may a key be
// in the clear.
func (a *app) sealing(h *node.Home) error {
	if h.Sealing = h.Passphrase(); h.Sealing != nil || h.Genesis.Clock.Training() {
		return nil
	}
	if _, ok := terminal(a.in); !ok {
		return fault.New(fault.KeyLocked, h.Dir)
	}
	var err error
	h.Sealing, err = a.newPassphrase()
	return err
}

// newPassphrase asks for a new passphrase: twice at a terminal, where nobody sees it.
func (a *app) newPassphrase() ([]byte, error) {
	p, err := a.secret(a.text("keys.new-passphrase"))
	if err != nil {
		return nil, err
	}
	if err := custody.CheckPassphrase([]byte(p)); err != nil {
		return nil, err
	}
	if _, ok := terminal(a.in); !ok {
		return []byte(p), nil
	}
	again, err := a.secret(a.text("keys.again"))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal([]byte(p), []byte(again)) {
		return nil, usage(a.text("keys.differ"))
	}
	return []byte(p), nil
}
