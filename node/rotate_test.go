package node

import (
	"crypto/ed25519"
	"os"
	"testing"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
)

// TestTakeNodeKey: a home takes the node's next key where the ledger has made that change and
// never before, keeps the one so far, and numbers them so that none is lost.
func TestTakeNodeKey(t *testing.T) {
	h := &Home{Dir: t.TempDir()}
	first, err := h.NewKey(NodeKey)
	if err != nil {
		t.Fatal(err)
	}
	id := func(k any) string { return consensus.NodeID(k.(ed25519.PublicKey)) }
	present := func() string {
		s, err := h.Signer(NodeKey)
		if err != nil {
			t.Fatal(err)
		}
		return id(s.Public())
	}
	if rotated, err := h.rotatedNode(); rotated || err != nil {
		t.Fatal("a new home has had one identity", err)
	}
	next, file, err := h.NextNodeKey()
	if err != nil || file != "node-2" {
		t.Fatal(file, err)
	}
	if again, _, err := h.NextNodeKey(); err != nil || !again.Equal(next) {
		t.Fatal("a second attempt makes another key", err)
	}
	old := id(first.Public())
	for name, c := range map[string]struct {
		present string
		former  []string
	}{
		"the ledger has the old one":                {old, nil},
		"the ledger has neither":                    {"x", []string{"y"}},
		"the ledger has another one after this one": {"x", []string{old}},
	} {
		if took, err := h.TakeNodeKey(c.present, c.former); took || err != nil || present() != old {
			t.Errorf("%s: took %t, %v", name, took, err)
		}
	}
	if took, err := h.TakeNodeKey(id(next.Public()), []string{old}); !took || err != nil || present() != id(next.Public()) {
		t.Fatalf("took %t, %v", took, err)
	}
	if rotated, err := h.rotatedNode(); !rotated || err != nil || !h.HasKey("node-1") {
		t.Fatal("the one before is kept", err)
	}
	if took, err := h.TakeNodeKey(old, nil); took || err != nil || present() != id(next.Public()) {
		t.Fatal("a ledger that is behind takes the key back", err)
	}
	third, file, err := h.NextNodeKey()
	if err != nil || file != "node-3" || third.Equal(next) {
		t.Fatal(file, err)
	}
	if took, err := h.TakeNodeKey(id(third.Public()), []string{old, id(next.Public())}); !took || err != nil || !h.HasKey("node-2") || present() != id(third.Public()) {
		t.Fatalf("took %t, %v", took, err)
	}
	if err := os.WriteFile(h.path(keysDir, "node-4.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.NextNodeKey(); err == nil || fault.Is(err, fault.HomeExists) {
		t.Fatalf("a file that is no key: %v", err)
	}
}

// TestVotesOtherwise: the first key to vote with may be missing where another one is there.
func TestVotesOtherwise(t *testing.T) {
	h := &Home{Dir: t.TempDir()}
	if h.votesOtherwise() {
		t.Fatal("no key at all")
	}
	for _, name := range []string{ConsensusKey + "-2", ConsensusKey} {
		if _, err := h.NewKey(name); err != nil {
			t.Fatal(err)
		}
		if h.votesOtherwise() != (name != ConsensusKey) {
			t.Fatal(name)
		}
	}
}
