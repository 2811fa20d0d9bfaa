package sm2

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// element is a number modulo p, four limbs of 64 bits from the lowest, in Montgomery form:
// x·2²⁵⁶ mod p.
type element [4]uint64

// prime is p = 2²⁵⁶ − 2²²⁴ − 2⁹⁶ + 2⁶⁴ − 1. Its lowest limb is 2⁶⁴ − 1, so −p⁻¹ mod 2⁶⁴ is 1.
var prime = element{0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff}

// mul is the product, reduced limb by limb (CIOS).
func (x *element) mul(y *element) element {
	var t [6]uint64
	for i := range 4 {
		carry := uint64(0)
		for j := range 4 {
			t[j], carry = mulAdd(x[j], y[i], t[j], carry)
		}
		var over uint64
		t[4], over = bits.Add64(t[4], carry, 0)
		t[5] = over
		m := t[0]
		_, carry = mulAdd(m, prime[0], t[0], 0)
		for j := 1; j < 4; j++ {
			t[j-1], carry = mulAdd(m, prime[j], t[j], carry)
		}
		t[3], over = bits.Add64(t[4], carry, 0)
		t[4] = t[5] + over
	}
	return reduce(element(t[:4]), t[4])
}

// mulAdd is a·b + c + d, which fits into two limbs.
func mulAdd(a, b, c, d uint64) (low, high uint64) {
	high, low = bits.Mul64(a, b)
	var carry uint64
	low, carry = bits.Add64(low, c, 0)
	high += carry
	low, carry = bits.Add64(low, d, 0)
	return low, high + carry
}

// reduce takes p off once where x, with its carry, is not below it.
func reduce(x element, carry uint64) element {
	var y element
	var borrow uint64
	for i := range y {
		y[i], borrow = bits.Sub64(x[i], prime[i], borrow)
	}
	if carry < borrow {
		return x
	}
	return y
}

func (x *element) add(y *element) element {
	var z element
	var carry uint64
	for i := range z {
		z[i], carry = bits.Add64(x[i], y[i], carry)
	}
	return reduce(z, carry)
}

func (x *element) sub(y *element) element {
	var z element
	var borrow uint64
	for i := range z {
		z[i], borrow = bits.Sub64(x[i], y[i], borrow)
	}
	if borrow == 0 {
		return z
	}
	var carry uint64
	for i := range z {
		z[i], carry = bits.Add64(z[i], prime[i], carry)
	}
	return z
}

func (x *element) zero() bool { return *x == element{} }

// toElement brings a number below p into Montgomery form.
func toElement(n *big.Int) element {
	var b [32]byte
	new(big.Int).Mod(new(big.Int).Lsh(n, 256), curveP).FillBytes(b[:])
	var x element
	for i := range x {
		x[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	return x
}

// number brings it back.
func (x *element) number() *big.Int {
	plain := x.mul(&element{1})
	var b [32]byte
	for i, limb := range plain {
		binary.BigEndian.PutUint64(b[24-8*i:], limb)
	}
	return new(big.Int).SetBytes(b[:])
}
