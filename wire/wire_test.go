package wire

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

type sampleMap struct {
	Number uint64           `cbor:"1,keyasint"`
	Text   string           `cbor:"2,keyasint,omitempty"`
	Bytes  []byte           `cbor:"3,keyasint,omitempty"`
	Args   map[string]int64 `cbor:"4,keyasint,omitempty"`
	List   []sampleList     `cbor:"5,keyasint,omitempty"`
}

type sampleList struct {
	_    struct{} `cbor:",toarray"`
	Kind uint8
	Data Raw
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEncodeIsCanonical(t *testing.T) {
	v := sampleMap{Number: 500, Text: "案", Bytes: []byte{1}, Args: map[string]int64{"b": 1, "a": -1, "aa": 0}}
	got := hex.EncodeToString(Encode(v))
	if got != "a4011901f40263e6a18803410104a3616120616201626161"+"00" {
		t.Fatalf("%s", got)
	}
	var back sampleMap
	if err := Decode(Encode(v), &back); err != nil || back.Args["a"] != -1 {
		t.Fatalf("%v %+v", err, back)
	}
}

// TestDecodeRefusesEveryOtherForm: each of these means what a canonical form means, or
// something that it does not know.
func TestDecodeRefusesEveryOtherForm(t *testing.T) {
	for name, s := range map[string]string{
		"empty":                   "",
		"truncated":               "a101",
		"trailing byte":           "a1010100",
		"number not shortest":     "a1011801",
		"key not shortest":        "a1180101",
		"keys out of order":       "a202616101 01",
		"key twice":               "a201010102",
		"unknown key":             "a201010901",
		"indefinite map":          "bf0101ff",
		"indefinite text":         "a201010 27f6161ff",
		"indefinite list":         "a2010105 9f8201a0ff",
		"float":                   "a101f93c00",
		"tag":                     "a101c101",
		"null for a number":       "a101f6",
		"text that is not UTF-8":  "a2010102 61ff",
		"text for bytes":          "a2010103 6161",
		"empty optional written":  "a2010102 60",
		"args out of order":       "a2010104 a26162016161 20",
		"list of the wrong width": "a2010105 818101",
		"a list for a map":        "8101",
	} {
		s = string(bytes.ReplaceAll([]byte(s), []byte(" "), nil))
		var v sampleMap
		if err := Decode(unhex(t, s), &v); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s (%s): %v, want malformed", name, s, err)
		}
	}
}

func TestDigestSeparatesDomains(t *testing.T) {
	seen := map[Hash]string{}
	for _, c := range []struct {
		tag   string
		parts []string
	}{{"a", []string{"bc"}}, {"ab", []string{"c"}}, {"abc", nil}, {"", []string{"abc"}}, {"a", []string{"bd"}}} {
		var parts [][]byte
		for _, p := range c.parts {
			parts = append(parts, []byte(p))
		}
		h := Digest(c.tag, parts...)
		if other, twice := seen[h]; twice {
			t.Errorf("%q and %q give one digest", c.tag, other)
		}
		seen[h] = c.tag
	}
	if Digest("t", []byte("ab"), []byte("c")) != Digest("t", []byte("abc")) {
		t.Error("parts are not one string of bytes")
	}
	long := bytes.Repeat([]byte("x"), 4096) // beyond the buffer on the stack
	if Digest("t", long) == Digest("t", long[1:]) {
		t.Error("a long part was cut")
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a10101", "a4011901f40263e6a18803410104a361612061620162616100", "a20101058182 01a0", "a1011801"} {
		f.Add(unhex(f, string(bytes.ReplaceAll([]byte(s), []byte(" "), nil))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v sampleMap
		if err := Decode(b, &v); err != nil {
			return
		}
		if again := Encode(v); !bytes.Equal(again, b) {
			t.Fatalf("%x decodes and encodes as %x", b, again)
		}
	})
}
