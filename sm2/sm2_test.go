package sm2

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// TestDigest: the two examples of GB/T 32905, annex A, and lengths around a block.
func TestDigest(t *testing.T) {
	for in, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		if got := Digest([]byte(in)); hex.EncodeToString(got[:]) != want {
			t.Errorf("%q: %x", in, got)
		}
		if got := Digest(nil, []byte(in[:1]), []byte(in[1:])); hex.EncodeToString(got[:]) != want {
			t.Errorf("%q in parts: %x", in, got)
		}
	}
	seen := map[[Size]byte]bool{}
	for n := range 200 {
		seen[Digest(bytes.Repeat([]byte{1}, n))] = true
	}
	if len(seen) != 200 {
		t.Errorf("%d digests of 200 messages", len(seen))
	}
}

// example is a signature that gmsm made: key, message, r ‖ s.
const (
	exampleKey       = "03b31017278706adee10fbe1014e1f0d884ae512c597d65dcfe7b3a46f28ebaa30"
	exampleMessage   = "示例 example"
	exampleSignature = "e442b6167bed985633d44094c3c0f218b7d9547712e941f81d09d2ec965d560ed13e3b25595885b24088f7ac10c4ea8b18161fec06940ef526f0ff69fbc5fa10"
)

func example(t testing.TB) (Key, []byte) {
	t.Helper()
	raw, err := hex.DecodeString(exampleKey)
	k, ok := ParseKey(raw)
	signature, err2 := hex.DecodeString(exampleSignature)
	if err != nil || err2 != nil || !ok {
		t.Fatal(err, err2, ok)
	}
	return k, signature
}

func TestVerify(t *testing.T) {
	k, signature := example(t)
	if !k.Verify([]byte(exampleMessage), signature) {
		t.Fatal("the example does not verify")
	}
	for i := range 8 * len(signature) {
		changed := bytes.Clone(signature)
		changed[i/8] ^= 1 << (i % 8)
		if k.Verify([]byte(exampleMessage), changed) {
			t.Errorf("bit %d of the signature is free", i)
		}
	}
	n := curveN.FillBytes(make([]byte, 32))
	for name, s := range map[string][]byte{"none": nil, "short": signature[1:], "zeros": make([]byte, 64), "r = n": append(bytes.Clone(n), signature[32:]...),
		"s = n": append(bytes.Clone(signature[:32]), n...)} {
		if k.Verify([]byte(exampleMessage), s) {
			t.Errorf("%s verifies", name)
		}
	}
	if k.Verify([]byte(exampleMessage+"."), signature) {
		t.Error("another message verifies")
	}
}

// TestParseKey: what is no compressed point of the curve is refused.
func TestParseKey(t *testing.T) {
	good, _ := hex.DecodeString(exampleKey)
	mirrored := bytes.Clone(good)
	mirrored[0] ^= 1
	if k, ok := ParseKey(mirrored); !ok {
		t.Error("the other root is a key too")
	} else if _, s := example(t); k.Verify([]byte(exampleMessage), s) {
		t.Error("the other root's key verifies")
	}
	p := curveP.FillBytes(make([]byte, 32))
	for name, b := range map[string][]byte{"none": nil, "uncompressed": append([]byte{4}, good[1:]...), "too long": append(bytes.Clone(good), 0), "x = p": append([]byte{2}, p...)} {
		if _, ok := ParseKey(b); ok {
			t.Errorf("%s is a key", name)
		}
	}
	points := 0
	for x := range 64 {
		b := make([]byte, KeySize)
		b[0], b[KeySize-1] = 2, byte(x)
		if _, ok := ParseKey(b); ok {
			points++
		}
	}
	if points < 16 || points > 48 {
		t.Errorf("%d of 64 numbers are on the curve", points)
	}
}

func FuzzVerify(f *testing.F) {
	k, signature := example(f)
	raw, _ := hex.DecodeString(exampleKey)
	f.Add(raw, []byte(exampleMessage), signature)
	_ = k
	f.Fuzz(func(t *testing.T, key, message, signature []byte) {
		if k, ok := ParseKey(key); ok && k.Verify(message, signature) && !bytes.Equal(message, []byte(exampleMessage)) {
			t.Fatal("a forgery")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	k, signature := example(b)
	for b.Loop() {
		k.Verify([]byte(exampleMessage), signature)
	}
}
