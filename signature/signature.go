// Package signature verifies Ed25519 signatures, one by one or many at once, and accepts
// exactly the same either way: what a recorder found good in a crowd, another finds good
// alone, or the ledger would fork.
//
// That is why it does not use the standard library's verification. Its equation
// [S]B = R + [k]A leaves out the cofactor; a sum of many equations does not, so a
// signature with a component of small order could pass in a batch and fail alone. Here
// both check
//
//	[8]([S]B − R − [k]A) = 0,   k = SHA-512(R ‖ A ‖ message)
//
// as RFC 8032, section 5.1.7, prefers, under the same conditions: S below the group's
// order, R and A in canonical encoding, A not of small order. Every signature that the
// standard library, OpenSSL or a hardware module makes passes.
//
// # Many at once
//
// With 128-bit coefficients z the equations are added up:
//
//	[8](−[Σ z·S]B + Σ [z]R + Σ [Σ z·k]A) = 0
//
// The inner sum is taken over the signatures of one key, so a key costs once however often
// it signed: institutions sign often, with few keys. The coefficients are derived by
// SHA-512 from everything that is checked. So a signer cannot know them before the
// signatures are fixed, the sum of wrong equations is right with a probability of 2⁻¹²⁸,
// and the function is one: no randomness.
//
// A batch that does not add up says nothing about its members; they are verified alone.
//
// # Invariants
//
//  1. One by one and all at once accept the same (TestBatchAgrees), also signatures made
//     to tell the two apart (TestSmallOrder).
//  2. What the standard library signs is accepted, and nothing that is changed in a bit
//     (TestVerify).
package signature

import (
	"crypto/sha512"
	"encoding/binary"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// Check is one signature to be verified.
type Check struct {
	Key, Message, Signature []byte
}

// single is the equation with the cofactor, canonical encodings, no key of small order.
var single = &ed25519.Options{Verify: ed25519.VerifyOptionsDefault}

// Verify reports whether a signature is good.
func Verify(c Check) bool {
	return len(c.Key) == ed25519.PublicKeySize && len(c.Signature) == ed25519.SignatureSize &&
		ed25519.VerifyWithOptions(c.Key, c.Message, c.Signature, single)
}

// VerifyAll reports whether all signatures are good. None at all are.
func VerifyAll(checks []Check) bool {
	switch len(checks) {
	case 0:
		return true
	case 1:
		return Verify(checks[0])
	}
	s := newSum(len(checks))
	seed := coefficients(checks)
	for i := range checks {
		if !s.add(&checks[i], seed.coefficient(i)) {
			return false
		}
	}
	return s.zero()
}

// sum is the combined equation.
type sum struct {
	base    scalar.Scalar // Σ z·S
	scalars []*scalar.Scalar
	points  []*curve.EdwardsPoint
	keys    map[[32]byte]int // position of a key's term
}

func newSum(n int) *sum {
	return &sum{scalars: make([]*scalar.Scalar, 0, n+8), points: make([]*curve.EdwardsPoint, 0, n+8), keys: map[[32]byte]int{}}
}

// add adds z times the equation of one signature; false if it cannot be good.
func (s *sum) add(c *Check, z *scalar.Scalar) bool {
	if len(c.Key) != ed25519.PublicKeySize || len(c.Signature) != ed25519.SignatureSize {
		return false
	}
	r, ok := point(c.Signature[:32])
	if !ok {
		return false
	}
	var S scalar.Scalar
	if _, err := S.SetCanonicalBytes(c.Signature[32:]); err != nil {
		return false
	}
	at, ok := s.key(c.Key)
	if !ok {
		return false
	}
	h := sha512.New()
	h.Write(c.Signature[:32])
	h.Write(c.Key)
	h.Write(c.Message)
	var k, term scalar.Scalar
	if _, err := k.SetBytesModOrderWide(h.Sum(nil)); err != nil {
		return false
	}
	s.base.Add(&s.base, term.Mul(z, &S))
	s.scalars[at].Add(s.scalars[at], k.Mul(z, &k))
	s.scalars, s.points = append(s.scalars, z), append(s.points, r)
	return true
}

// key returns where a key's term stands, and makes one for a key that is new.
func (s *sum) key(key []byte) (int, bool) {
	at, known := s.keys[[32]byte(key)]
	if known {
		return at, true
	}
	a, ok := point(key)
	if !ok || a.IsSmallOrder() {
		return 0, false
	}
	at = len(s.points)
	s.keys[[32]byte(key)] = at
	s.scalars, s.points = append(s.scalars, scalar.New()), append(s.points, a)
	return at, true
}

// zero reports whether the sum, times the cofactor, is zero.
func (s *sum) zero() bool {
	s.scalars = append(s.scalars, s.base.Neg(&s.base))
	s.points = append(s.points, curve.ED25519_BASEPOINT_POINT)
	var p curve.EdwardsPoint
	return p.MultiscalarMulVartime(s.scalars, s.points).IsSmallOrder()
}

// point decodes a point in canonical encoding.
func point(b []byte) (*curve.EdwardsPoint, bool) {
	var c curve.CompressedEdwardsY
	if _, err := c.SetBytes(b); err != nil || !c.IsCanonicalVartime() {
		return nil, false
	}
	p := curve.NewEdwardsPoint()
	_, err := p.SetCompressedY(&c)
	return p, err == nil
}

// seed is what the coefficients are derived from.
type seed [64]byte

// coefficients hashes everything that is checked.
func coefficients(checks []Check) (s seed) {
	h := sha512.New()
	h.Write([]byte("riviera/batch/1"))
	for _, c := range checks {
		var lengths [24]byte
		binary.BigEndian.PutUint64(lengths[:], uint64(len(c.Key)))
		binary.BigEndian.PutUint64(lengths[8:], uint64(len(c.Message)))
		binary.BigEndian.PutUint64(lengths[16:], uint64(len(c.Signature)))
		h.Write(lengths[:])
		h.Write(c.Key)
		h.Write(c.Message)
		h.Write(c.Signature)
	}
	h.Sum(s[:0])
	return s
}

// coefficient is the i-th, of 128 bits.
func (s *seed) coefficient(i int) *scalar.Scalar {
	var in [72]byte
	copy(in[:], s[:])
	binary.BigEndian.PutUint64(in[64:], uint64(i))
	out := sha512.Sum512(in[:])
	var b [scalar.ScalarSize]byte
	copy(b[:16], out[:])
	z, err := scalar.NewFromCanonicalBytes(b[:])
	if err != nil {
		panic("signature: 128 bits are below the group's order") // they are
	}
	return z
}
