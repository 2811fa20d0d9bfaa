package contract_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
)

// texts reads a drawing as XML and returns its words, spaces left out; every text must
// begin inside the drawing.
func texts(t *testing.T, svg []byte) string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	var words strings.Builder
	var width, height int
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			at := map[string]int{}
			for _, a := range x.Attr {
				var n int
				if _, err := fmt.Sscan(a.Value, &n); err == nil {
					at[a.Name.Local] = n
				}
			}
			switch x.Name.Local {
			case "svg":
				width, height = at["width"], at["height"]
			case "text", "rect":
				if at["x"]+at["width"] > width || at["y"]+at["height"] > height || at["x"] < 0 || at["y"] < 0 {
					t.Errorf("%s lies outside the drawing of %d by %d: %v", x.Name.Local, width, height, at)
				}
			}
		case xml.CharData:
			words.Write(x)
		}
	}
	return bare(words.String())
}

func bare(s string) string { return strings.Join(strings.Fields(s), "") }

// TestDrawingIsWhole: every state, event, deadline and article of every document stands
// in its drawing, in both languages, and the drawing is well-formed.
func TestDrawingIsWhole(t *testing.T) {
	for kind, c := range contracts(t) {
		for _, l := range message.Langs {
			svg := c.Draw(l)
			if !bytes.Equal(svg, c.Draw(l)) {
				t.Errorf("%s: two drawings differ", kind)
			}
			words := texts(t, svg)
			var want []string
			for _, e := range c.Events() {
				want = append(want, e.Title.In(l))
			}
			for _, a := range c.Basis() {
				want = append(want, a.Text.In(l))
			}
			for _, f := range contract.Diff(compile(t, small), c) { // as a list of what the document holds
				if name, ok := strings.CutPrefix(f.Section, "state"); ok && name == "" && f.New != "" && f.Attribute == "" {
					title, _ := c.StateTitle(f.Name)
					want = append(want, title.In(l))
				}
			}
			for _, w := range want {
				if w == "" || !strings.Contains(words, bare(w)) {
					t.Errorf("%s, %s: %q is not drawn", kind, l, w)
				}
			}
			if strings.Contains(words, "[contract.") || strings.Contains(words, "%!") {
				t.Errorf("%s, %s: a text is missing", kind, l)
			}
		}
	}
}

// TestDrawingOrder: states stand in the order in which a record meets them, and what is
// over stands last.
func TestDrawingOrder(t *testing.T) {
	svg := string(contracts(t)[credit.JudgmentDefaulter].Draw(message.English))
	last := -1
	for _, name := range []string{"draft", "noticed", "heard", "grace", "active", "exit-due", "exited", "annulled", "rejected", "erased"} {
		at := strings.Index(svg, ">"+name+"</text>")
		if at < last {
			t.Errorf("%s stands too early", name)
		}
		last = at
	}
}

// TestDrawingEscapes: a title cannot break out of the drawing.
func TestDrawingEscapes(t *testing.T) {
	c := compile(t, strings.Replace(small, "zh: 在列", "zh: '<script>&在列'", 1))
	if svg := c.Draw(message.Chinese); bytes.Contains(svg, []byte("<script")) || !strings.Contains(texts(t, svg), "<script>&在列") {
		t.Error("a title is markup")
	}
}
