package fault

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden file anew (only to add a code)")

// TestCodesAreFrozen holds numbers and names against the golden file: a code is
// consensus data, so a line may be added and none may change.
func TestCodesAreFrozen(t *testing.T) {
	const golden = "testdata/codes.golden"
	var b strings.Builder
	for _, c := range All() {
		fmt.Fprintf(&b, "%d %s\n", uint16(c), c)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("codes changed:\n%s", diff)
	}
}

// TestCodesAreDistinct holds that every number has one name and every name one number.
func TestCodesAreDistinct(t *testing.T) {
	numbers := map[string]Code{}
	last := -1
	for _, n := range names {
		if int(n.code) <= last {
			t.Errorf("%d %s: numbers must ascend, each once", n.code, n.name)
		}
		last = int(n.code)
		if other, twice := numbers[n.name]; twice {
			t.Errorf("%s is both %d and %d", n.name, other, n.code)
		}
		numbers[n.name] = n.code
		if n.name == "" || strings.Trim(n.name, "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%d: name %q is not in kebab case", n.code, n.name)
		}
	}
}

func TestOf(t *testing.T) {
	cause := errors.New("cause")
	for _, c := range []struct {
		name string
		err  error
		want Code
	}{
		{"nil", nil, OK},
		{"plain", cause, Internal},
		{"direct", New(Minor, "subject_code"), Minor},
		{"wrapped by fmt", fmt.Errorf("row: %w", New(Minor, "")), Minor},
		{"outer wins", Wrap(BodyMalformed, "", New(Malformed, "")), BodyMalformed},
	} {
		if got := Of(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if Is(nil, OK) || !Is(New(Minor, ""), Minor) || Is(New(Minor, ""), Internal) {
		t.Error("Is")
	}
	if err := Wrap(DiskFull, "", cause); !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
}

func TestErrorText(t *testing.T) {
	err := &Error{Code: CodeCheck, Where: "line 7, column 3", Detail: "detail", Err: errors.New("cause")}
	if got, want := err.Error(), "line 7, column 3: code-check: detail: cause"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := New(Minor, "").Error(); got != "minor" {
		t.Errorf("%q", got)
	}
	if got := Newf(TooLarge, "facts", "%d bytes", 9).Error(); got != "facts: too-large: 9 bytes" {
		t.Errorf("%q", got)
	}
	if got := Code(999).String(); got != "code-999" {
		t.Errorf("%q", got)
	}
}

func TestTemporary(t *testing.T) {
	for _, c := range All() {
		if want := c == PoolFull || c == MemberQuota || c == BodyAwaited; c.Temporary() != want {
			t.Errorf("%v: temporary is %v", c, c.Temporary())
		}
	}
}
