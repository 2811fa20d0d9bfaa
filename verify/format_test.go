package verify

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestFormatNamesEveryMember: docs/format.md names each member of each published form,
// and each reason.
func TestFormatNamesEveryMember(t *testing.T) {
	b, err := os.ReadFile("../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(v reflect.Type) {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice || v.Kind() == reflect.Array {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || seen[v] {
			return
		}
		seen[v] = true
		for i := range v.NumField() {
			f := v.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || !f.IsExported() {
				continue
			}
			if !strings.Contains(doc, `"`+name+`":`) {
				t.Errorf("%s.%s: %q is not in docs/format.md", v.Name(), f.Name, name)
			}
			walk(f.Type)
		}
	}
	for _, form := range []any{Credential{}, Presentation{}, Trust{}, Refresh{}, Report{}} {
		walk(reflect.TypeOf(form))
	}
	for r := range outcomes {
		if r != reasonUnreached && !strings.Contains(doc, "`"+string(r)+"`") {
			t.Errorf("reason %s is not in docs/format.md", r)
		}
	}
}
