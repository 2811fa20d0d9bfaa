package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// signed makes n good signatures of a few keys.
func signed(t testing.TB, n, keys int, rng *rand.Rand) []Check {
	t.Helper()
	var privates []ed25519.PrivateKey
	for range keys {
		var seed [32]byte
		for i := range seed {
			seed[i] = byte(rng.Uint32())
		}
		privates = append(privates, ed25519.NewKeyFromSeed(seed[:]))
	}
	var all []Check
	for i := range n {
		k := privates[i%keys]
		m := sha512.Sum512_256([]byte{byte(i), byte(i >> 8), byte(rng.Uint32())})
		all = append(all, Check{Key: k.Public().(ed25519.PublicKey), Message: m[:], Signature: ed25519.Sign(k, m[:])})
	}
	return all
}

func clone(c Check) Check {
	return Check{bytes.Clone(c.Key), bytes.Clone(c.Message), bytes.Clone(c.Signature)}
}

// TestVerify: good signatures pass, alone and together; with any one bit of any one
// changed, neither that one nor the batch does.
func TestVerify(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	good := signed(t, 20, 3, rng)
	if !VerifyAll(good) || !VerifyAll(good[:1]) || !VerifyAll(nil) {
		t.Fatal("good signatures are refused")
	}
	for i := range good {
		if !Verify(good[i]) {
			t.Fatalf("signature %d is refused", i)
		}
	}
	for range 600 {
		all := slices.Clone(good)
		i := rng.IntN(len(all))
		all[i] = clone(all[i])
		part := [][]byte{all[i].Key, all[i].Message, all[i].Signature}[rng.IntN(3)]
		part[rng.IntN(len(part))] ^= 1 << rng.IntN(8)
		if Verify(all[i]) || VerifyAll(all) {
			t.Fatalf("changed signature %d is accepted: alone %t, together %t", i, Verify(all[i]), VerifyAll(all))
		}
	}
	for _, bad := range []Check{{}, {Key: good[0].Key}, {good[0].Key, good[0].Message, good[0].Signature[:63]}, {good[0].Key[:31], good[0].Message, good[0].Signature}} {
		if Verify(bad) || VerifyAll([]Check{good[0], bad}) {
			t.Errorf("%x is accepted", bad)
		}
	}
}

// TestBatchAgrees: whatever mix of good, broken and exchanged signatures, all at once
// says yes exactly if one by one says so of each.
func TestBatchAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	good := signed(t, 64, 8, rng)
	accepted := 0
	for range 150 {
		var all []Check
		for range 1 + rng.IntN(40) {
			c := good[rng.IntN(len(good))]
			if rng.IntN(60) == 0 {
				c.Key = good[rng.IntN(len(good))].Key
			}
			if rng.IntN(60) == 0 {
				c.Signature = good[rng.IntN(len(good))].Signature
			}
			all = append(all, c)
		}
		want := true
		for _, c := range all {
			want = want && Verify(c)
		}
		if got := VerifyAll(all); got != want {
			t.Fatalf("together %t, one by one %t", got, want)
		}
		if want {
			accepted++
		}
	}
	if accepted == 0 || accepted == 150 {
		t.Errorf("%d of 150 mixes were good: nothing was told apart", accepted)
	}
}

// TestSmallOrder: signatures with components of small order, on which verifiers are known
// to differ, get one answer here. Alone and in a batch with a good one, and in a batch of
// two whose components cancel.
func TestSmallOrder(t *testing.T) {
	good := signed(t, 1, 1, rand.New(rand.NewPCG(3, 3)))[0]
	// A point of order 8.
	torsion := decode(t, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
	if !torsion.IsSmallOrder() {
		t.Fatal("not of small order")
	}
	secret, nonce := scalar.NewFromUint64(12345), scalar.NewFromUint64(67890)
	var a, r, negTorsion curve.EdwardsPoint
	a.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, secret)
	r.MulBasepoint(curve.ED25519_BASEPOINT_TABLE, nonce)
	negTorsion.Neg(torsion)
	identity := curve.NewEdwardsPoint().Identity()
	for _, c := range []struct {
		name string
		a, r *curve.EdwardsPoint // added to key and nonce
		want bool
	}{
		{"plain", identity, identity, true},
		{"R with a component", identity, torsion, true},
		{"R with the opposite one", identity, &negTorsion, true},
		{"A with a component", torsion, identity, true},
		{"both", torsion, &negTorsion, true},
	} {
		var A, R curve.EdwardsPoint
		A.Add(&a, c.a)
		R.Add(&r, c.r)
		check := forge(t, &A, &R, secret, nonce)
		if got := Verify(check); got != c.want {
			t.Errorf("%s alone: %t", c.name, got)
		}
		if got := VerifyAll([]Check{good, check}); got != c.want {
			t.Errorf("%s in a batch: %t", c.name, got)
		}
		if got := VerifyAll([]Check{check, check}); got != c.want {
			t.Errorf("%s twice: %t", c.name, got)
		}
	}
	// A key of small order signs anything: refused.
	var zero scalar.Scalar
	for _, key := range []*curve.EdwardsPoint{identity, torsion} {
		check := forge(t, key, identity, &zero, &zero)
		if Verify(check) || VerifyAll([]Check{good, check}) {
			t.Error("a key of small order is accepted")
		}
	}
	// The identity in an encoding that is not canonical, as R of S = k·a.
	for _, encoding := range []string{
		"0100000000000000000000000000000000000000000000000000000000000080", // negative zero
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p + 1
	} {
		raw, err := hex.DecodeString(encoding)
		if err != nil {
			t.Fatal(err)
		}
		check := forgeBytes(t, encode(&a), raw, secret, &zero)
		if Verify(check) || VerifyAll([]Check{good, check}) {
			t.Errorf("R as %s is accepted", encoding)
		}
	}
	// S + the group's order is the same number, and another signature.
	order, err := hex.DecodeString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	if err != nil {
		t.Fatal(err)
	}
	twin := clone(good)
	carry := 0
	for i := range order {
		carry += int(twin.Signature[32+i]) + int(order[i])
		twin.Signature[32+i], carry = byte(carry), carry>>8
	}
	if Verify(twin) || VerifyAll([]Check{good, twin}) {
		t.Error("S beyond the group's order is accepted")
	}
}

// forge signs with a key and a nonce whose points may carry components of small order.
func forge(t *testing.T, a, r *curve.EdwardsPoint, secret, nonce *scalar.Scalar) Check {
	t.Helper()
	return forgeBytes(t, encode(a), encode(r), secret, nonce)
}

func forgeBytes(t *testing.T, a, r []byte, secret, nonce *scalar.Scalar) Check {
	t.Helper()
	message := []byte("message")
	h := sha512.Sum512(slices.Concat(r, a, message))
	k, err := scalar.NewFromBytesModOrderWide(h[:])
	if err != nil {
		t.Fatal(err)
	}
	var s scalar.Scalar
	s.Add(nonce, k.Mul(k, secret))
	b := make([]byte, 32)
	if err := s.ToBytes(b); err != nil {
		t.Fatal(err)
	}
	return Check{Key: a, Message: message, Signature: slices.Concat(r, b)}
}

func encode(p *curve.EdwardsPoint) []byte {
	var c curve.CompressedEdwardsY
	c.SetEdwardsPoint(p)
	return c[:]
}

func decode(t *testing.T, text string) *curve.EdwardsPoint {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := point(b)
	if !ok {
		t.Fatal("no point")
	}
	return p
}

func BenchmarkVerify(b *testing.B) {
	good := signed(b, 1, 1, rand.New(rand.NewPCG(1, 1)))
	for b.Loop() {
		Verify(good[0])
	}
}

// BenchmarkVerifyAll is the time of one signature in a batch of 64 by eight keys.
func BenchmarkVerifyAll(b *testing.B) {
	const n = 64
	good := signed(b, n, 8, rand.New(rand.NewPCG(1, 1)))
	b.ResetTimer()
	for i := 0; i < b.N; i += n {
		if !VerifyAll(good) {
			b.Fatal("refused")
		}
	}
}
