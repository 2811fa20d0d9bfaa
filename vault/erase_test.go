package vault

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// graveyard is a file system that keeps what a file held when it was unlinked, and that
// can forget to overwrite slots.
type graveyard struct {
	vfs.FS
	keepSlots bool
	mu        sync.Mutex
	graves    map[string][]byte
}

func (g *graveyard) Remove(name string) error {
	if b, err := readFile(g.FS, name); err == nil {
		g.mu.Lock()
		g.graves[name+" (unlinked)"] = b
		g.mu.Unlock()
	}
	return g.FS.Remove(name)
}

func (g *graveyard) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := g.FS.OpenReadWrite(name, c, o...)
	if err == nil && g.keepSlots && strings.HasSuffix(name, "slots") {
		f = forgetful{f}
	}
	return f, err
}

// forgetful drops the overwriting of single slots with zeros; growth goes through.
type forgetful struct{ vfs.File }

func (f forgetful) WriteAt(b []byte, at int64) (int, error) {
	if len(b) < 1<<16 && len(bytes.Trim(b, "\x00")) == 0 {
		return len(b), nil
	}
	return f.File.WriteAt(b, at)
}

func readFile(fs vfs.FS, name string) ([]byte, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// remains returns every file under the vault, living or unlinked.
func (g *graveyard) remains(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	g.mu.Lock()
	all := maps.Clone(g.graves)
	g.mu.Unlock()
	for _, sub := range []string{"keys", "bodies"} {
		names, err := g.List(filepath.Join(dir, sub))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			path := filepath.Join(dir, sub, n)
			if n == "LOCK" { // closing it would release the lock
				continue
			}
			if b, err := readFile(g.FS, path); err == nil {
				all[path] = b
			}
		}
	}
	return all
}

// needles is what must not be found: each field in each encoding, and each value that
// derives from the secret or from the subject and the node's key.
func needles(t *testing.T, v *Vault, c *Checked) map[string][]byte {
	t.Helper()
	salts := proof.Salts(c.Secret, 9)
	bodyKey := wire.Digest("riviera/vault/body/1", c.Secret[:], c.Commitment[:])
	subject := v.ring.seal.subject(subjectOf(c), c.Content.SubjectName)
	n := map[string][]byte{"secret": c.Secret[:], "body key": bodyKey[:], "code tag": subject.code[:], "name tag": subject.name[:]}
	for i := range salts {
		n[fmt.Sprintf("salt %d", i)] = salts[i][:]
	}
	for name, text := range map[string]string{
		"name": c.Content.SubjectName, "code": c.Content.SubjectCode, "case": c.Content.CaseNo,
		"office": c.Content.DecidingOffice, "facts": c.Content.Facts,
	} {
		for enc, e := range map[string]interface {
			Bytes([]byte) ([]byte, error)
		}{
			"UTF-16LE": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(),
			"UTF-16BE": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder(),
			"GB18030":  simplifiedchinese.GB18030.NewEncoder(),
		} {
			b, err := e.Bytes([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			n[name+" "+enc] = b
		}
		n[name+" UTF-8"] = []byte(text)
	}
	return n
}

// haunt looks for a body as somebody would who has the disk, its unlinked blocks and
// the node's key: by reading, and by opening everything that looks like a slot.
func haunt(t *testing.T, v *Vault, files map[string][]byte, c *Checked) (found []string) {
	t.Helper()
	wanted := needles(t, v, c)
	for file, b := range files {
		for name, needle := range wanted {
			if bytes.Contains(b, needle) {
				found = append(found, name+" in "+file)
			}
		}
		for at := 0; at+store.SlotSize <= len(b); at += store.SlotSize {
			slot := store.Slot(b[at:])
			if e, ok := v.ring.seal.open(&slot); ok && e.secret == c.Secret {
				found = append(found, "secret, unwrapped, in "+file)
			}
		}
	}
	slices.Sort(found)
	return found
}

func TestEraseLeavesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		keepSlots bool
		disk      bool
	}{"in memory": {}, "on disk": {disk: true}, "slots not overwritten": {keepSlots: true}} {
		t.Run(name, func(t *testing.T) {
			g := &graveyard{FS: vfs.NewMem(), keepSlots: c.keepSlots, graves: map[string][]byte{}}
			dir := "vault"
			if c.disk {
				g.FS, dir = vfs.Default, filepath.Join(t.TempDir(), "vault")
			}
			v, err := Open(dir, nodeKey, Options{store.Options{FS: g, ReserveBytes: -1, MemTableBytes: 128 << 10}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { v.Close() })
			victims := eraseAmongOthers(t, v, g, dir)
			for _, victim := range victims {
				if found := haunt(t, v, g.remains(t, dir), victim); (len(found) == 0) == c.keepSlots {
					t.Errorf("found %q", found)
				}
			}
			if a, _, err := v.Attached(recordID(1000), "access"); string(a) != "hash 1000" || err != nil {
				t.Errorf("a neighbour's attachment: %q, %v", a, err)
			}
			has(t, v, sample(t, 1000, 0), true)
		})
	}
}

// eraseAmongOthers stores many records, with flushes and compactions, and erases some:
// one with an amendment, one pending, one long ago, one just now.
func eraseAmongOthers(t *testing.T, v *Vault, g *graveyard, dir string) (victims []*Checked) {
	t.Helper()
	const n = 1200
	for i := 0; i < n; i += 100 {
		var cs []*Checked
		var as []Attachment
		for j := i; j < i+100; j++ {
			cs = append(cs, sample(t, j, 0))
			as = append(as, Attachment{recordID(j), "access", []byte(fmt.Sprintf("hash %d", j))})
		}
		put(t, v, 10_000, cs...)
		if i > 0 {
			bind(t, v, uint64(i), cs...)
		}
		if err := v.Attach(false, as...); err != nil {
			t.Fatal(err)
		}
	}
	amended := sample(t, 700, 1)
	put(t, v, 10_000, amended)
	bind(t, v, n, amended)
	victims = []*Checked{sample(t, 5, 0), sample(t, 700, 0), amended, sample(t, n-1, 0)}
	before := haunt(t, v, g.remains(t, dir), amended)
	if !slices.ContainsFunc(before, func(s string) bool { return strings.HasPrefix(s, "secret, unwrapped") }) {
		t.Fatal("the secret is not found before the erasure: this test cannot fail")
	}
	if err := v.Erase(recordID(5), recordID(700), recordID(n-1)); err != nil {
		t.Fatal(err)
	}
	return victims
}

// TestEraseIsFinished lets the n-th write during an erasure fail, for every n. After
// opening again, from what a crash would leave and from what was written, the record is
// there whole or gone whole; and gone if Erase said so.
func TestEraseIsFinished(t *testing.T) {
	finished := false
	for n := 0; n < 60 && !finished; n++ {
		finished = eraseFailing(t, n)
	}
	if !finished {
		t.Error("no erasure came through: the counter does not reach the end")
	}
}

func eraseFailing(t *testing.T, n int) bool {
	t.Helper()
	mem := vfs.NewCrashableMem()
	armed, left := &errorfs.Toggle{}, n
	var mu sync.Mutex
	armed.Injector = errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
			return nil
		}
		if left--; left < 0 {
			return syscall.EIO
		}
		return nil
	})
	v := openVault(t, errorfs.Wrap(mem, armed))
	victim, second, stays := sample(t, 1, 0), sample(t, 1, 1), sample(t, 2, 0)
	put(t, v, 10, victim, second, stays)
	bind(t, v, 5, victim, stays)
	if err := v.Attach(true, Attachment{victim.Record, "access", []byte("hash")}); err != nil {
		t.Fatal(err)
	}
	armed.On()
	err := v.Erase(victim.Record)
	crashed := mem.CrashClone(vfs.CrashCloneCfg{})
	armed.Off()
	v.Close()
	for _, fs := range []vfs.FS{crashed, mem} {
		wholeOrGone(t, fs, err == nil, victim, second, stays)
	}
	return err == nil
}

func wholeOrGone(t *testing.T, fs vfs.FS, gone bool, victim, second, stays *Checked) {
	t.Helper()
	v := openVault(t, fs)
	defer v.Close()
	erased, err := v.Erased(victim.Record)
	if err != nil || gone && !erased {
		t.Errorf("erased %v, %v, but Erase had returned nil", erased, err)
	}
	has(t, v, victim, !erased)
	has(t, v, second, !erased)
	has(t, v, stays, true)
	if _, ok, err := v.Attached(victim.Record, "access"); ok == erased || err != nil {
		t.Errorf("attachment: %v, %v", ok, err)
	}
	if erased {
		finds(t, v, victim)
		g := &graveyard{FS: fs, graves: map[string][]byte{}}
		if found := haunt(t, v, g.remains(t, "vault"), victim); len(found) > 0 {
			t.Errorf("found %q", found)
		}
		left, kept := 0, bodyAt(t, v, stays)
		v.bodies.Scan([]byte{'a'}, []byte{'e'}, func(k, _ []byte) bool {
			if !bytes.Equal(k, kept) {
				left++
			}
			return true
		})
		if left > 0 {
			t.Errorf("%d keys left over", left)
		}
	}
}

func TestEraseOnFullDisk(t *testing.T) {
	fs := vfs.NewMem()
	space := func(free uint64) { fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: free, TotalBytes: 1 << 40}) }
	space(1 << 40)
	v, err := Open("vault", nodeKey, Options{store.Options{FS: fs, ReserveBytes: 1 << 30}})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	c := sample(t, 1, 0)
	put(t, v, 10, c)
	space(0)
	var full error
	for i := 2; i < 600 && full == nil; i++ {
		full = v.Put(noCtx, []*Checked{sample(t, i, 0)}, 10)
	}
	if !fault.Is(full, fault.DiskFull) {
		t.Errorf("Put on a full disk: %v", full)
	}
	if err := v.Erase(c.Record); err != nil {
		t.Errorf("Erase on a full disk: %v", err)
	}
	has(t, v, c, false)
	space(1 << 40)
	put(t, v, 10, sample(t, 900, 0))
}
