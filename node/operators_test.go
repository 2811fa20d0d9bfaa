package node

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// TestOperatorsDirectory: who signs with which key stands in a file for its owner alone,
// goes when it is erased, and what stood there is not left on the disk.
func TestOperatorsDirectory(t *testing.T) {
	h := &Home{Dir: t.TempDir()}
	path := filepath.Join(h.Dir, OperatorsFile)
	if names, err := h.Operators(); err != nil || len(names) != 0 {
		t.Fatal(names, err)
	}
	for key, name := range map[ledger.KeyID]string{1: "张三", 2: "李四", 7: "Wang Wu"} {
		if err := h.NameOperator(key, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.NameOperator(2, "赵六"); err != nil {
		t.Fatal(err)
	}
	want := map[ledger.KeyID]string{1: "张三", 2: "赵六", 7: "Wang Wu"}
	if names, err := h.Operators(); err != nil || !maps.Equal(names, want) {
		t.Errorf("%v, %v", names, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	old, err := os.Open(path) // what a disk still holds of a file that another has replaced
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if err := h.EraseOperators(1, 9); !fault.Is(err, fault.UnknownKey) {
		t.Error(err)
	}
	if names, _ := h.Operators(); len(names) != 3 {
		t.Error("half of an erasure")
	}
	if err := h.EraseOperators(1); err != nil {
		t.Fatal(err)
	}
	left := make([]byte, 4096)
	n, _ := old.ReadAt(left, 0)
	if n == 0 || strings.Trim(string(left[:n]), "\x00") != "" {
		t.Errorf("%d bytes are left, and say something", n)
	}
	if b, err := os.ReadFile(path); err != nil || strings.Contains(string(b), "张三") {
		t.Errorf("%s, %v", b, err)
	}
	if err := h.EraseOperators(2, 7); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("an empty file is left")
	}
}

// TestOperatorsRefused: what is not a name or not such a file is refused, and no refusal
// repeats a name.
func TestOperatorsRefused(t *testing.T) {
	h := &Home{Dir: t.TempDir()}
	for _, name := range []string{"", "张\n三", "张\u202e三", strings.Repeat("a", 101), "\xff"} {
		if err := h.NameOperator(1, name); !fault.Is(err, fault.NameInvalid) || name != "" && strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := h.NameOperator(0, "张三"); !fault.Is(err, fault.UnknownKey) {
		t.Error(err)
	}
	for _, content := range []string{"", "{}", `{"format":"riviera/operators/2","people":[]}`,
		`{"format":"riviera/operators/1","people":[{"key":1,"name":"张三"},{"key":1,"name":"李四"}]}`,
		`{"format":"riviera/operators/1","people":[{"key":0,"name":"张三"}]}`,
		`{"format":"riviera/operators/1","people":[{"key":1,"name":"张三","phone":"1"}]}`} {
		if err := os.WriteFile(filepath.Join(h.Dir, OperatorsFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Operators(); !fault.Is(err, fault.BadConfig) || strings.Contains(err.Error(), "张三") {
			t.Errorf("%s: %v", content, err)
		}
	}
}

// TestOperatorsStayHome: a backup holds no names.
func TestOperatorsStayHome(t *testing.T) {
	for _, name := range backedUp {
		if name == OperatorsFile {
			t.Error("names would outlive their erasure")
		}
	}
}
