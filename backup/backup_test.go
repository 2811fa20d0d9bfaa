package backup

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
)

// kept takes all of a stream.
type kept struct {
	head  Head
	files []File
	parts map[string]map[string]string
}

func (k *kept) Head(h Head) error { k.head = h; return nil }
func (k *kept) File(f File) error { k.files = append(k.files, f); return nil }
func (k *kept) Pair(part string, key, value []byte) error {
	if k.parts[part] == nil {
		k.parts[part] = map[string]string{}
	}
	k.parts[part][string(key)] = string(value)
	return nil
}

func read(b []byte) (*kept, error) {
	k := &kept{parts: map[string]map[string]string{}}
	return k, Read(bytes.NewReader(b), k)
}

func part(name string, pairs map[string]string) Part {
	return Part{name, func(fn func(k, v []byte) bool) error {
		for _, k := range slices.Sorted(maps.Keys(pairs)) {
			if !fn([]byte(k), []byte(pairs[k])) {
				break
			}
		}
		return nil
	}}
}

var head = Head{Format: Format, Network: "test", Genesis: "aa", Member: 3, Height: 9}

// written is a backup with values of every size: none, a few bytes, several chunks.
func written(t *testing.T) (b []byte, large map[string]string) {
	t.Helper()
	large = map[string]string{"empty": ""}
	for i := range 9 {
		large[fmt.Sprint("key ", i)] = string(bytes.Repeat([]byte{byte(i)}, i*chunkBytes/5))
	}
	var buf bytes.Buffer
	err := Write(&buf, head, []File{{"riviera.toml", []byte("member = 3\n")}, {"genesis.json", nil}},
		[]Part{part("large", large), part("none", nil), part("small", map[string]string{"a": "b"})})
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes(), large
}

// TestRoundTrip: what was written is read back.
func TestRoundTrip(t *testing.T) {
	b, large := written(t)
	k, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	if k.head != head || len(k.files) != 2 || string(k.files[0].Data) != "member = 3\n" {
		t.Errorf("%+v %+v", k.head, k.files)
	}
	if d := cmp.Diff(map[string]map[string]string{"large": large, "small": {"a": "b"}}, k.parts); d != "" {
		t.Error(d)
	}
}

// TestDamage: a stream that is cut off, or changed in any byte of its contents, is refused.
func TestDamage(t *testing.T) {
	var buf bytes.Buffer
	if err := Write(&buf, head, nil, []Part{part("small", map[string]string{"key": "value"})}); err != nil {
		t.Fatal(err)
	}
	b := buf.Bytes()
	end := bytes.LastIndex(b, []byte("}\n")) + 2 // of end.json; zeros fill the rest
	for n := 0; n < end; n += 7 {
		if _, err := read(b[:n]); !fault.Is(err, fault.BackupDamaged) {
			t.Fatalf("cut off after %d of %d bytes: %v", n, len(b), err)
		}
	}
	// Every byte of every content but the last, which closes the stream: padding between
	// entries says nothing.
	in := bytes.NewReader(b)
	entries := tar.NewReader(in)
	for n := 0; n < 2; n++ {
		h, err := entries.Next()
		if err != nil {
			t.Fatal(err)
		}
		at := len(b) - in.Len()
		for i := at; i < at+int(h.Size); i++ {
			changed := bytes.Clone(b)
			changed[i] ^= 0x20
			if _, err := read(changed); err == nil {
				t.Fatalf("byte %d of %s changed, and not noticed", i-at, h.Name)
			}
		}
	}
	for _, text := range []string{"value", `"member": 3`} {
		i := bytes.Index(b, []byte(text))
		changed := bytes.Clone(b)
		changed[i+len(text)-1] ^= 1
		if _, err := read(changed); !fault.Is(err, fault.BackupDamaged) {
			t.Errorf("%s changed: %v", text, err)
		}
	}
}

// TestForeignEntries: nothing but what the format names is taken.
func TestForeignEntries(t *testing.T) {
	b, _ := written(t)
	for _, name := range []string{"home/../escape", "home/..", "keys/consensus.pem", "store/small/7", "store/small/1x", "backup.json", "/etc/passwd"} {
		var buf bytes.Buffer
		in, out := tar.NewReader(bytes.NewReader(b)), tar.NewWriter(&buf)
		for n := 0; ; n++ {
			h, err := in.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n == 2 {
				h.Name = name
			}
			if err := out.WriteHeader(h); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(out, in); err != nil {
				t.Fatal(err)
			}
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := read(buf.Bytes()); !fault.Is(err, fault.BackupDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	newer := head
	newer.Format++
	var buf bytes.Buffer
	if err := Write(&buf, newer, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := read(buf.Bytes()); !fault.Is(err, fault.VersionMismatch) {
		t.Errorf("a newer format: %v", err)
	}
}
