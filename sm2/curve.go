package sm2

import "math/big"

func hexInt(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 16) // the constants below
	return n
}

// The recommended curve of GB/T 32918.5: y² = x³ − 3x + b over p, of prime order n.
var (
	curveP = hexInt("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff")
	curveA = hexInt("fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc")
	curveB = hexInt("28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93")
	curveN = hexInt("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123")
	curveX = hexInt("32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7")
	curveY = hexInt("bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0")
)

// point is (X/Z², Y/Z³); Z is zero at infinity.
type point struct{ x, y, z element }

func toPoint(x, y *big.Int) point { return point{toElement(x), toElement(y), toElement(big.NewInt(1))} }

// double is 2·p (dbl-2001-b of the Explicit-Formulas Database).
func (p *point) double() point {
	delta, gamma := p.z.mul(&p.z), p.y.mul(&p.y)
	beta := p.x.mul(&gamma)
	low, high := p.x.sub(&delta), p.x.add(&delta)
	alpha := low.mul(&high)
	twice := alpha.add(&alpha)
	alpha = twice.add(&alpha)
	beta2 := beta.add(&beta)
	beta4 := beta2.add(&beta2)
	beta8 := beta4.add(&beta4)
	var q point
	q.x = alpha.mul(&alpha)
	q.x = q.x.sub(&beta8)
	q.z = p.y.add(&p.z)
	q.z = q.z.mul(&q.z)
	q.z = q.z.sub(&gamma)
	q.z = q.z.sub(&delta)
	gamma = gamma.mul(&gamma)
	gamma = gamma.add(&gamma)
	gamma = gamma.add(&gamma)
	gamma = gamma.add(&gamma)
	q.y = beta4.sub(&q.x)
	q.y = alpha.mul(&q.y)
	q.y = q.y.sub(&gamma)
	return q
}

// add is p + q (add-2007-bl), also for equal points and for infinity.
func (p *point) add(q *point) point {
	if p.z.zero() {
		return *q
	}
	if q.z.zero() {
		return *p
	}
	zp, zq := p.z.mul(&p.z), q.z.mul(&q.z)
	up, uq := p.x.mul(&zq), q.x.mul(&zp)
	sp, sq := p.y.mul(&q.z), q.y.mul(&p.z)
	sp, sq = sp.mul(&zq), sq.mul(&zp)
	h, r := uq.sub(&up), sq.sub(&sp)
	if h.zero() {
		if r.zero() {
			return p.double()
		}
		return point{}
	}
	i := h.add(&h)
	i = i.mul(&i)
	j := h.mul(&i)
	r = r.add(&r)
	v := up.mul(&i)
	var s point
	s.x = r.mul(&r)
	s.x = s.x.sub(&j)
	s.x = s.x.sub(&v)
	s.x = s.x.sub(&v)
	v = v.sub(&s.x)
	s.y = r.mul(&v)
	sp = sp.mul(&j)
	sp = sp.add(&sp)
	s.y = s.y.sub(&sp)
	s.z = p.z.add(&q.z)
	s.z = s.z.mul(&s.z)
	s.z = s.z.sub(&zp)
	s.z = s.z.sub(&zq)
	s.z = s.z.mul(&h)
	return s
}

// combine is s·G + t·p, both at once.
func combine(s, t *big.Int, p point) point {
	g := toPoint(curveX, curveY)
	both := g.add(&p)
	var sum point
	for i := max(s.BitLen(), t.BitLen()) - 1; i >= 0; i-- {
		sum = sum.double()
		switch {
		case s.Bit(i) == 1 && t.Bit(i) == 1:
			sum = sum.add(&both)
		case s.Bit(i) == 1:
			sum = sum.add(&g)
		case t.Bit(i) == 1:
			sum = sum.add(&p)
		}
	}
	return sum
}

// affine returns x/z²; ok is false at infinity.
func (p *point) affine() (x *big.Int, ok bool) {
	if p.z.zero() {
		return nil, false
	}
	z := new(big.Int).ModInverse(p.z.number(), curveP)
	z.Mul(z, z)
	return z.Mod(z.Mul(z, p.x.number()), curveP), true
}
