package network

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
)

// holders lists the nodes in whose vaults the body of a record lies. They must not run.
func (l *life) holders(f *followed) (nodes []int) {
	l.t.Helper()
	commitment := proof.Commit(f.record, f.secret, f.body.Disclose())
	for i := range l.Len() {
		v := openVault(l.t, l.Home(i))
		_, err := v.Get(commitment)
		switch {
		case err == nil:
			nodes = append(nodes, i)
		case !fault.Is(err, fault.BodyMissing):
			l.t.Error(err)
		}
		if err := v.Close(); err != nil {
			l.t.Error(err)
		}
	}
	return nodes
}

func openVault(t testing.TB, h *node.Home) *vault.Vault {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(h.Dir, "keys", "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(h.Data("vault"), vault.NodeKey(key), vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkVault opens the stores of a home whose node does not run, and fails unless the
// vault holds every body that the node may hold, and no other. It returns how many.
func checkVault(t testing.TB, h *node.Home) (held int) {
	t.Helper()
	db, err := store.Open(h.Data("ledger"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	v := openVault(t, h)
	defer v.Close()
	led, err := ledger.Open(db, h.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	view := led.View(db)
	err = view.EachRecord(0, func(r *ledger.Record) bool {
		// As recorded: what has fallen due meanwhile is not carried out yet.
		phase := view.Config.Contract(r.Contract).Status(r.Instance).Phase
		p, err := v.Get(r.Commitment)
		may := view.Config.MayHold(h.Member, phase, r.Proposer)
		switch {
		case err == nil && !may:
			t.Errorf("%s holds the body of a record in phase %s", filepath.Base(h.Dir), phase)
		case err == nil:
			held++
			if o, err := p.Check(); err != nil || o.Commitment != r.Commitment {
				t.Errorf("%s: a body does not open its commitment", filepath.Base(h.Dir))
			}
		case may:
			t.Errorf("%s: %v in phase %s", filepath.Base(h.Dir), err, phase)
		}
		return !t.Failed()
	})
	if err != nil {
		t.Error(err)
	}
	return held
}
