package node

import (
	"crypto/ed25519"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// TestCosignedKept: what witnesses have signed is there after a restart, as long as they are
// configured; a witness does not go back, and only so many checkpoints are kept.
func TestCosignedKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cosigned.json")
	keys := map[string]ed25519.PrivateKey{}
	var vkeys []string
	for _, name := range []string{"w1", "w2"} {
		public, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = key
		vkeys = append(vkeys, checkpoint.Witness{Witness: name, Public: public}.String())
	}
	_, member, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1700000000, 0)
	head := func(size uint64) checkpoint.Checkpoint {
		return checkpoint.Checkpoint{Origin: checkpoint.Origin(wire.Hash{1}), Size: size, Root: wire.Hash{byte(size)}}
	}
	open := func(vkeys ...string) *cosigned {
		t.Helper()
		c, err := openCosigned(path, vkeys)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	sign := func(c *cosigned, witness string, size uint64, at time.Time) ([]string, error) {
		t.Helper()
		note, err := head(size).Sign(member)
		if err != nil {
			t.Fatal(err)
		}
		if note, err = checkpoint.Cosign(note, witness, keys[witness], at); err != nil {
			t.Fatal(err)
		}
		_, sigs, err := checkpoint.Cosignatures(note, c.witnesses)
		if err != nil {
			t.Fatal(err)
		}
		return c.add(head(size), sigs)
	}
	c := open(vkeys...)
	if names, err := sign(c, "w2", 5, at); err != nil || !slices.Equal(names, []string{"w2"}) {
		t.Fatalf("%v, %v", names, err)
	}
	if names, err := sign(c, "w1", 5, at); err != nil || !slices.Equal(names, []string{"w1", "w2"}) {
		t.Fatalf("%v, %v", names, err)
	}
	if _, err := sign(c, "w1", 7, at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		size uint64
		at   time.Time
	}{"a smaller one": {5, at.Add(time.Hour)}, "an earlier one": {9, at}} {
		if _, err := sign(c, "w1", x.size, x.at); !fault.Is(err, fault.CheckpointOutdated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c = open(vkeys...) // a restart
	if c.newest(1) != 7 || c.newest(2) != 5 || c.newest(3) != 0 || len(c.lines(head(5))) != 2 {
		t.Errorf("after a restart: %d, %d", c.newest(1), c.newest(2))
	}
	other := head(5)
	other.Root[1] = 1
	if c.lines(other) != nil {
		t.Error("signatures under another root")
	}
	if fewer := open(vkeys[0]); fewer.newest(1) != 7 || fewer.newest(2) != 0 || len(fewer.lines(head(5))) != 1 || !strings.Contains(fewer.lines(head(5))[0], " w1 ") {
		t.Error("a witness that is no longer configured is given out")
	}
	for i := range uint64(cosignedKept) {
		if _, err := sign(c, "w2", 10+i, at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.kept) != cosignedKept || c.lines(head(5)) != nil || len(open(vkeys...).kept) != cosignedKept {
		t.Errorf("%d are kept", len(c.kept))
	}
	if _, err := ParseConfig([]byte("member = 1\n[api]\nlisten = \"127.0.0.1:1\"\n[checkpoint]\nwitnesses = [\"" + vkeys[0] + "\", \"" + vkeys[0] + "\"]\n")); !fault.Is(err, fault.BadConfig) {
		t.Errorf("a witness twice: %v", err)
	}
	if _, err := ParseConfig([]byte("member = 1\n[api]\nlisten = \"127.0.0.1:1\"\n[checkpoint]\nwitnesses = [\"w1\"]\n")); !fault.Is(err, fault.BadConfig) {
		t.Errorf("no key: %v", err)
	}
}
