package sm2

import "math/big"

// KeySize and SignatureSize are the lengths of a compressed key and of a signature.
const (
	KeySize       = 33
	SignatureSize = 64
)

// identity is the default identity of GB/T 32918.2 (GM/T 0009).
const identity = "1234567812345678"

// Key is a public key.
type Key struct{ x, y *big.Int }

// ParseKey reads a compressed point; ok is false where it is none of the curve.
func ParseKey(b []byte) (k Key, ok bool) {
	if len(b) != KeySize || b[0] != 2 && b[0] != 3 {
		return Key{}, false
	}
	x := new(big.Int).SetBytes(b[1:])
	if x.Cmp(curveP) >= 0 {
		return Key{}, false
	}
	y := new(big.Int).Mul(x, x) // (x² + a)·x + b
	y.Add(y, curveA).Mul(y, x).Add(y, curveB).Mod(y, curveP)
	if y.ModSqrt(y, curveP) == nil {
		return Key{}, false
	}
	if y.Bit(0) != uint(b[0]&1) {
		y.Sub(curveP, y)
	}
	return Key{x, y}, true
}

// Verify reports whether signature, r ‖ s, is the key's over message with the default
// identity (GB/T 32918.2, 7.1).
func (k Key) Verify(message, signature []byte) bool {
	if len(signature) != SignatureSize {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(curveN) >= 0 || s.Cmp(curveN) >= 0 {
		return false
	}
	t := new(big.Int).Add(r, s)
	if t.Mod(t, curveN).Sign() == 0 {
		return false
	}
	sum := combine(s, t, toPoint(k.x, k.y))
	x, ok := sum.affine()
	if !ok {
		return false
	}
	e := k.digest(message)
	x.Add(x, new(big.Int).SetBytes(e[:]))
	return x.Mod(x, curveN).Cmp(r) == 0
}

// digest is SM3(ZA ‖ message), ZA binding the identity, the curve and the key.
func (k Key) digest(message []byte) [Size]byte {
	parts := [][]byte{{0, 8 * byte(len(identity))}, []byte(identity)}
	for _, n := range []*big.Int{curveA, curveB, curveX, curveY, k.x, k.y} {
		parts = append(parts, n.FillBytes(make([]byte, 32)))
	}
	za := Digest(parts...)
	return Digest(za[:], message)
}
