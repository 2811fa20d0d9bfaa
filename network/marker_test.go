package network

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/sheet"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// markers are byte strings that must not be found, each with what it is.
type markers struct {
	all   []marker
	first [1 << 16 / 8]byte // bit set of the first two bytes of all
	four  map[uint32][]int  // places in all, by the first four bytes
}

type marker struct {
	what  string
	bytes []byte
}

func (m *markers) add(what string, b []byte) {
	if len(b) < 4 {
		return // would be found by chance
	}
	if m.four == nil {
		m.four = map[uint32][]int{}
	}
	four := binary.LittleEndian.Uint32(b)
	m.four[four] = append(m.four[four], len(m.all))
	m.all = append(m.all, marker{what, b})
	n := int(b[0])<<8 | int(b[1])
	m.first[n/8] |= 1 << (n % 8)
}

// text adds a text in every form in which software writes texts down.
func (m *markers) text(what, s string) {
	m.add(what+" in UTF-8", []byte(s))
	units := utf16.Encode([]rune(s))
	var le, be, escaped []byte
	for _, u := range units {
		le = append(le, byte(u), byte(u>>8))
		be = append(be, byte(u>>8), byte(u))
		escaped = fmt.Appendf(escaped, `\u%04x`, u)
	}
	m.add(what+" in UTF-16LE", le)
	m.add(what+" in UTF-16BE", be)
	m.add(what+" escaped", escaped)
	m.raw(what, []byte(s))
}

// raw adds what bytes look like in hexadecimal digits and in base64, wherever in a
// longer string they stand.
func (m *markers) raw(what string, b []byte) {
	m.add(what+" in hex", []byte(hex.EncodeToString(b)))
	for shift := range 3 {
		coded := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), b...))
		m.add(what+" in base64", []byte(coded[(shift*8+5)/6:len(coded)-1]))
	}
}

// secret adds a key or the like.
func (m *markers) secret(what string, b []byte) {
	m.add(what, b)
	m.raw(what, b)
}

// body adds every field of a body that must not be in the clear. Dates, grounds and
// measures are on the ledger.
func (m *markers) body(t testing.TB, b *credit.Body) {
	t.Helper()
	texts := map[string]string{"name": b.SubjectName, "code": b.SubjectCode, "case": b.CaseNo, "office": b.DecidingOffice,
		"judgment": b.JudgmentNo, "basis": b.LegalBasis, "performance": b.Performance, "facts": b.Facts,
		"amount": sheet.FormatAmount(b.Amount), "amount in fen": fmt.Sprint(b.Amount)}
	for what, s := range texts {
		if len(s) < 8 {
			t.Fatalf("the marker for %s is too short", what)
		}
		m.text(what, s)
	}
	m.add("amount in CBOR", wire.Encode(b.Amount))
	for _, cell := range gb18030(t, b) {
		m.add("a field in GB18030", cell)
	}
}

// gb18030 returns a body's texts as an import file in GB18030 holds them.
func gb18030(t testing.TB, b *credit.Body) [][]byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := sheet.NewWriter(&buf, sheet.GB18030, message.English)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(&buf)
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	cells, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, c := range cells {
		if strings.ContainsFunc(c, func(r rune) bool { return r > 0x7f }) { // the others are as in UTF-8, or public
			out = append(out, []byte(c))
		}
	}
	if len(out) < 6 {
		t.Fatalf("%d fields in GB18030", len(out))
	}
	return out
}

// keys adds every secret of a home.
func (m *markers) keys(t testing.TB, h *node.Home) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(h.Dir, "keys", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no keys: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m.secret(filepath.Base(file), bytes.TrimSpace(b))
		if filepath.Ext(file) != ".pem" {
			continue
		}
		lines := bytes.Split(b, []byte("\n"))
		der, err := base64.StdEncoding.DecodeString(string(bytes.Join(lines[1:len(lines)-2], nil)))
		if err != nil {
			t.Fatal(err)
		}
		m.secret(filepath.Base(file), der)
		if len(der) == 48 { // Ed25519: the seed stands at the end
			m.secret(filepath.Base(file), der[16:])
		}
	}
}

// in returns the names of the markers that some bytes hold. The race detector, which would
// make it ten times slower, has nothing to see in it.
//
//go:norace
func (m *markers) in(b []byte) (found []string) {
	for i := 0; i+4 <= len(b); i++ {
		if i+8 <= len(b) && binary.LittleEndian.Uint64(b[i:]) == 0 {
			i += 6 // no marker begins with two zeros
			continue
		}
		n := int(b[i])<<8 | int(b[i+1])
		if m.first[n/8]&(1<<(n%8)) == 0 {
			continue
		}
		for _, x := range m.four[binary.LittleEndian.Uint32(b[i:])] {
			if bytes.HasPrefix(b[i:], m.all[x].bytes) {
				found = append(found, m.all[x].what)
			}
		}
	}
	return found
}

// finding is a marker in a place.
type finding struct{ place, what string }

// search looks through a directory: the bytes of every file, and every key and value of
// every store, which on disk may be compressed. Directories named keys directly in it
// are left out. The nodes must not run.
func (m *markers) search(t testing.TB, dir string) (found []finding, files, values int) {
	t.Helper()
	note := func(place string, what []string) {
		for _, w := range what {
			if f := (finding{place, w}); !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
	}
	var stores []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path == filepath.Join(dir, "keys"):
			return fs.SkipDir
		case d.IsDir():
			if tables, _ := filepath.Glob(filepath.Join(path, "MANIFEST-*")); len(tables) > 0 {
				stores = append(stores, path)
			}
			return nil
		}
		files++
		note(path, m.in([]byte(filepath.Base(path))))
		return m.file(path, func(what []string) { note(path, what) })
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stores {
		db, err := store.Open(path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Scan([]byte{0}, bytes.Repeat([]byte{0xff}, store.MaxKey), func(k, v []byte) bool {
			values++
			note(path, m.in(k))
			note(path, m.in(v))
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return found, files, values
}

// file looks through a file in pieces that overlap by more than the longest marker.
func (m *markers) file(path string, note func([]string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	const piece, overlap = 1 << 20, 1 << 14
	buf := make([]byte, 0, piece+overlap)
	for {
		n, err := io.ReadFull(f, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		note(m.in(buf))
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
		buf = append(buf[:0], buf[len(buf)-overlap:]...)
	}
}

// TestSearchFinds: the search finds a body in each of its forms, in a file and in a
// compressed table of a store, and nothing where nothing is.
func TestSearchFinds(t *testing.T) {
	b := markedBody(t, 1, credit.NewDate(2026, 4, 2))
	m := new(markers)
	m.body(t, &b)
	m.secret("secret", []byte("0123456789abcdef0123456789abcdef"))
	dir := t.TempDir()
	if found, _, _ := m.search(t, dir); len(found) != 0 {
		t.Fatalf("found in nothing: %v", found)
	}
	for i, x := range m.all {
		file := filepath.Join(dir, "file")
		content := append([]byte("x"), x.bytes...)
		if i%16 == 0 { // across two pieces
			content = append(bytes.Repeat([]byte{7}, 1<<20-5+i%11), x.bytes...)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if found, _, _ := m.search(t, dir); len(found) == 0 {
			t.Errorf("%s is not found in a file", x.what)
		}
	}
	if err := os.Remove(filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(dir, "store"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		text := strings.Repeat(b.SubjectName[:3], i%7) + b.SubjectName
		if err := db.Set(fmt.Append(nil, i), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	found, _, values := m.search(t, dir)
	if values != 1000 || !slices.Contains(found, finding{filepath.Join(dir, "store"), "name in UTF-8"}) {
		t.Errorf("%v in %d values", found, values)
	}
}
