package verify

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/gowebpki/jcs"
)

// TestCanonicalNumbers holds the numbers of RFC 8785, appendix B.
func TestCanonicalNumbers(t *testing.T) {
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0", 0x8000000000000000: "0",
		0x0000000000000001: "5e-324", 0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308", 0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992", 0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22", 0x44b52d02c7e14af6: "1e+23", 0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000", 0x444b1ae4d6e2ef4f: "999999999999999900000", 0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7", 0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332", 0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333", 0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		in := strconv.FormatFloat(math.Float64frombits(bits), 'g', -1, 64)
		if got, err := canonicalJSON([]byte(in)); err != nil || string(got) != want {
			t.Errorf("%016x: %s, want %s (%v)", bits, got, want, err)
		}
	}
	for _, s := range []string{"1e400", "-1e400", `"\ud800"`, `"\udc00\ud800"`, `"\ud800x"`, `"\ud800\u0041"`, "\"\xff\"", "{", ""} {
		if got, err := canonicalJSON([]byte(s)); err == nil {
			t.Errorf("%s becomes %s", s, got)
		}
	}
}

// TestCanonicalDocument holds the sorting and escaping examples of RFC 8785, sections
// 3.2.2 and 3.2.3.
func TestCanonicalDocument(t *testing.T) {
	in := `{ "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
		"\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis",
		"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false], "\\ud800": 1E30 }`
	want := "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\\\\ud800\":1e+30,\"literals\":[null,true,false]," +
		"\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\"," +
		"\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}"
	if got, err := canonicalJSON([]byte(in)); err != nil || string(got) != want {
		t.Errorf("%s\nwant\n%s (%v)", got, want, err)
	}
}

// FuzzCanonicalJSON holds the scheme against somebody else's implementation.
func FuzzCanonicalJSON(f *testing.F) {
	for _, s := range []string{`{"b":[1,2.50,-0,1e-7,1e21],"a":"\u0007\t\"\u00e9"}`, `{"a":{"b":null},"\ud83d\ude00":true,"\ufb33":false}`, `[]`, `[[],{},""]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || b[0] != '{' && b[0] != '[' || checkJSON(b, true) != nil {
			return // the other one takes objects and lists
		}
		got, err := canonicalJSON(b)
		want, other := jcs.Transform(b)
		if err != nil || other != nil {
			return
		}
		if string(got) != string(want) {
			t.Errorf("%q becomes %q, elsewhere %q", b, got, want)
		}
		if again, err := canonicalJSON(got); err != nil || string(again) != string(got) {
			t.Errorf("%q is not stable: %q (%v)", got, again, err)
		}
		if !json.Valid(got) {
			t.Errorf("%q is no JSON", got)
		}
	})
}
