package riviera_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/law"
)

// TestObjectionTable holds the table of docs/objection.md to the contract documents: every
// row says what the parameter says, names an event that the subject may send, and no such
// event is missing.
func TestObjectionTable(t *testing.T) {
	b, err := os.ReadFile("docs/objection.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]*contract.Contract{}
	for _, d := range law.Contracts() {
		c, problems := contract.Compile(d.File, d.Source)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		docs[string(c.Kind())] = c
	}
	told := map[string]bool{}
	for line := range strings.SplitSeq(string(b), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 8 {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		c := docs[cells[1]]
		if c == nil {
			continue // the head of the table
		}
		told[cells[1]+" "+cells[3]] = true
		if spec, ok := c.Event(cells[3]); !ok || spec.By&contract.RoleSubject == 0 {
			t.Errorf("%s: the subject sends no %q", cells[1], cells[3])
		}
		params := c.Parameters()
		i := slices.IndexFunc(params, func(p contract.Parameter) bool { return p.Name == cells[6] })
		if i < 0 {
			t.Errorf("%s has no parameter %q", cells[1], cells[6])
			continue
		}
		if got := strconv.FormatInt(params[i].Values[len(params[i].Values)-1].Value, 10) + " " + params[i].Unit; got != cells[5] {
			t.Errorf("%s, %s: the document says %s, the page %s", cells[1], cells[2], got, cells[5])
		}
	}
	for kind, c := range docs {
		for _, e := range c.SubjectEvents() {
			if !told[kind+" "+e.Name] {
				t.Errorf("%s: the page does not tell of %s (%s)", kind, e.Name, e.Title.EN)
			}
		}
	}
}
