package credit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

// accessVector is one line of testdata/access.json.
type accessVector struct {
	Random string `json:"random"`
	Text   string `json:"text"`
	Public string `json:"public_key"`
	Seal   string `json:"seal_seed_sha256"` // a seed itself looks like a secret in a scanner
}

func accessVectors(t testing.TB) []accessVector {
	t.Helper()
	b, err := os.ReadFile("testdata/access.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []accessVector
	if err := json.Unmarshal(b, &vs); err != nil {
		t.Fatal(err)
	}
	if len(vs) < 4 {
		t.Fatal("no vectors")
	}
	return vs
}

func TestAccessCodeVectors(t *testing.T) {
	for _, v := range accessVectors(t) {
		random, err := hex.DecodeString(v.Random)
		if err != nil {
			t.Fatal(err)
		}
		c := NewAccessCode([17]byte(random))
		seal := c.SealSeed()
		sum := sha256.Sum256(seal[:])
		got := accessVector{v.Random, c.Text(), hex.EncodeToString(c.PublicKey()), hex.EncodeToString(sum[:])}
		if got != v {
			t.Errorf("got  %+v\nwant %+v: letters that are out would no longer open their records", got, v)
		}
		if back, err := ParseAccessCode(v.Text); err != nil || back != c {
			t.Errorf("%s does not read back: %v", v.Text, err)
		}
	}
}

func TestAccessCodeAsTyped(t *testing.T) {
	want := accessVectors(t)[1].Text
	c, err := ParseAccessCode(want)
	if err != nil {
		t.Fatal(err)
	}
	wide := strings.Map(func(r rune) rune { return r + ('！' - '!') }, want)
	alike := strings.NewReplacer("0", "o", "1", "l", "V", "u").Replace(strings.ToLower(want))
	for name, typed := range map[string]string{
		"lower case": strings.ToLower(want), "no dashes": strings.ReplaceAll(want, "-", ""), "spaces": " " + strings.ReplaceAll(want, "-", "  ") + "\r\n",
		"full width": wide, "long dashes": strings.ReplaceAll(want, "-", "—"), "look-alikes": alike,
		"one group": strings.ReplaceAll(alike, "-", ""), "ideographic space": strings.ReplaceAll(want, "-", "\u3000"),
	} {
		if got, err := ParseAccessCode(typed); err != nil || got != c {
			t.Errorf("%s is not read: %v", name, err)
		}
	}
	for name, tc := range map[string]struct {
		typed string
		want  fault.Code
	}{
		"empty": {"", fault.AccessCodeLength}, "short": {want[:len(want)-1], fault.AccessCodeLength},
		"long": {want + "7", fault.AccessCodeLength}, "foreign": {"*" + want[1:], fault.AccessCodeCharacter},
		"han": {"码" + want, fault.AccessCodeCharacter}, "zeros and a one": {strings.Repeat("0", 27) + "1", fault.AccessCodeCheck},
	} {
		if _, err := ParseAccessCode(tc.typed); !fault.Is(err, tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

// TestAccessCodeTypingErrors changes every one and every two characters of a code.
func TestAccessCodeTypingErrors(t *testing.T) {
	plain := strings.ReplaceAll(accessVectors(t)[1].Text, "-", "")
	for i := range plain {
		for _, x := range accessAlphabet {
			one := []byte(plain)
			one[i] = byte(x)
			refusedUnlessSame(t, plain, one)
			for j := i + 1; j < len(plain); j++ {
				two := bytes.Clone(one)
				two[j] = accessAlphabet[(strings.IndexByte(accessAlphabet, plain[j])+1+j%30)%32]
				refusedUnlessSame(t, plain, two)
				swapped := []byte(plain)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				refusedUnlessSame(t, plain, swapped)
			}
		}
	}
}

func refusedUnlessSame(t *testing.T, plain string, typed []byte) {
	t.Helper()
	if _, err := ParseAccessCode(string(typed)); (string(typed) == plain) != (err == nil) || err != nil && !fault.Is(err, fault.AccessCodeCheck) {
		t.Fatalf("%s for %s: %v", typed, plain, err)
	}
}

func TestAccessCodeIsNotPrinted(t *testing.T) {
	c := NewAccessCode([17]byte{1, 2, 3})
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s", c, c, c, c), fmt.Sprint(struct{ C AccessCode }{c})} {
		if strings.Contains(s, c.Text()) || strings.Contains(s, "1 2 3") {
			t.Errorf("printed: %s", s)
		}
	}
	if b, _ := json.Marshal(c); string(b) != "{}" {
		t.Errorf("in JSON: %s", b)
	}
}

func TestAccessKeysDiffer(t *testing.T) {
	a, b := NewAccessCode([17]byte{1}), NewAccessCode([17]byte{16: 0x40})
	if a.PublicKey().Equal(b.PublicKey()) || a.SealSeed() == b.SealSeed() {
		t.Error("two codes share a key")
	}
	seal := a.SealSeed()
	if ed25519.NewKeyFromSeed(seal[:]).Public().(ed25519.PublicKey).Equal(a.PublicKey()) {
		t.Error("one key for two purposes")
	}
	if NewAccessCode([17]byte{16: 0x3F}) != (AccessCode{}) {
		t.Error("bits beyond 130 count")
	}
}

func FuzzAccessCode(f *testing.F) {
	for _, v := range accessVectors(f) {
		f.Add(v.Text, uint64(1))
	}
	f.Fuzz(func(t *testing.T, s string, n uint64) {
		if c, err := ParseAccessCode(s); err == nil {
			if again, err := ParseAccessCode(c.Text()); err != nil || again != c {
				t.Errorf("%q reads, its text does not: %v", s, err)
			}
		}
		var random [17]byte
		binary.BigEndian.PutUint64(random[9:], n)
		copy(random[:], s)
		c := NewAccessCode(random)
		if again, err := ParseAccessCode(c.Text()); err != nil || again != c {
			t.Errorf("%x: %v", random, err)
		}
	})
}
