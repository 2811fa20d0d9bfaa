package vault

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/riviera-ledger/riviera/wire"
)

// TestCrash cuts the power at random moments under concurrent callers: every body whose
// Put returned is there, bound or pending; what was not acknowledged is there whole or
// not at all; nothing that Bind named can expire.
func TestCrash(t *testing.T) {
	for seed := range uint64(8) {
		fs := vfs.NewCrashableMem()
		v := openVault(t, fs)
		var mu sync.Mutex
		acked := map[int]*Checked{}
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := w; i < 160; i += 4 {
					c := sample(t, i, 0)
					if v.Put(noCtx, []*Checked{c}, 10) != nil {
						continue
					}
					mu.Lock()
					acked[i] = c
					mu.Unlock()
					if i%2 == 0 {
						v.Bind(uint64(i), []Binding{{c.Record, c.Commitment}})
					}
				}
			})
		}
		time.Sleep(time.Duration(1+seed*2) * time.Millisecond)
		mu.Lock()
		sure := make([]*Checked, 0, len(acked))
		for _, c := range acked {
			sure = append(sure, c)
		}
		mu.Unlock()
		after := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(seed%4) * 25, RNG: rand.New(rand.NewPCG(seed, 1))})
		wg.Wait()
		survives(t, after, sure)
	}
}

func survives(t *testing.T, fs vfs.FS, sure []*Checked) {
	t.Helper()
	v := openVault(t, fs)
	defer v.Close()
	for _, c := range sure {
		has(t, v, c, true)
	}
	loose := 0 // pending, and not among those that will be bound again
	for i := range 160 {
		c := sample(t, i, 0)
		held, err := v.Has([]wire.Hash{c.Commitment})
		if err != nil {
			t.Fatal(err)
		}
		has(t, v, c, held[0])
		cs, _ := v.Commitments(c.Record)
		v.mu.RLock()
		_, waits := v.pending[c.Commitment]
		v.mu.RUnlock()
		if waits && !slices.ContainsFunc(sure, func(s *Checked) bool { return s.Commitment == c.Commitment }) {
			loose++
		}
		if held[0] != (waits || len(cs) == 1) {
			t.Errorf("body %d held %v, pending %v, bound %d", i, held[0], waits, len(cs))
		}
	}
	// Blocks are bound again after a crash; only then may anything expire.
	bind(t, v, 1000, sure...)
	if n, err := v.Expire(1000); err != nil || n != loose {
		t.Errorf("expired %d of %d: %v", n, loose, err)
	}
	for _, c := range sure {
		has(t, v, c, true)
	}
}

// TestHalfPut lets the second half of a Put fail, so that a sealed body stays behind
// without its secret: opening drops it, and it can be stored anew.
func TestHalfPut(t *testing.T) {
	mem := vfs.NewMem()
	toggle := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.HasSuffix(op.Path, "slots") && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return syscall.EIO
		}
		return nil
	})}
	v := openVault(t, errorfs.Wrap(mem, toggle))
	whole, half := sample(t, 1, 0), sample(t, 2, 0)
	put(t, v, 10, whole)
	toggle.On()
	if err := v.Put(noCtx, []*Checked{half}, 10); err == nil {
		t.Fatal("acknowledged without its secret")
	}
	has(t, v, half, false)
	if err := v.Close(); err == nil {
		t.Error("Close forgot the failure")
	}
	v = openVault(t, mem)
	has(t, v, whole, true)
	has(t, v, half, false)
	v.bodies.Scan([]byte{'b'}, []byte{'c'}, func(k, _ []byte) bool {
		if !bytes.Equal(k, bodyAt(t, v, whole)) {
			t.Errorf("%x of the half is still there", k)
		}
		return true
	})
	if s, _ := v.Stats(); s.Pending != 1 {
		t.Errorf("%d pending", s.Pending)
	}
	put(t, v, 10, half)
	has(t, v, half, true)
}
