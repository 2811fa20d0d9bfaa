package credit

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

// AccessCode is what opens a record to the person it is about: 130 random bits on the
// notice letter, and nowhere else. It prints as nothing: only Text shows it.
//
// On paper it is 28 characters in seven groups: 26 of five bits each, then two check
// characters c26 and c27 that make both sums zero over GF(32) with x^5 + x^2 + 1,
//
//	Σ c_i = 0        Σ c_i · α^i = 0        i = 0 … 27
//
// a Reed-Solomon code of distance three: one or two wrong characters, and so two that
// have changed places, never pass for another code.
type AccessCode struct{ bits [accessBytes]byte }

const (
	accessBytes  = 17 // of 130 bits; the last six bits are zero
	accessData   = 26 // characters of five bits
	accessLength = accessData + 2
	accessGroup  = 4

	// accessAlphabet is Crockford's: no I, L, O or U.
	accessAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// What each key of an access code is for, in HKDF.
const (
	accessSign = "riviera/access/sign/1"
	accessSeal = "riviera/access/seal/1"
	accessCopy = "riviera/access/copy/1"
)

// NewAccessCode makes a code of random bytes, of which the last six bits are not used.
func NewAccessCode(random [17]byte) AccessCode {
	random[accessBytes-1] &= 0xC0
	return AccessCode{random}
}

// ParseAccessCode reads a code as people type it: in either case and either width, with
// or without spaces and dashes, O for 0, I or L for 1, U for V. What it says of a wrong
// one is fault.AccessCodeLength, AccessCodeCharacter or AccessCodeCheck.
func ParseAccessCode(s string) (AccessCode, error) {
	var c AccessCode
	var symbols [accessLength]byte
	n := 0
	for _, r := range s {
		v, ok := accessSymbol(r)
		switch {
		case ok && n < accessLength:
			symbols[n] = v
			n++
		case ok:
			return c, fault.New(fault.AccessCodeLength, "code")
		case !accessGap(r):
			return c, fault.New(fault.AccessCodeCharacter, "code")
		}
	}
	if n != accessLength {
		return c, fault.New(fault.AccessCodeLength, "code")
	}
	if plain, turned := accessSums(symbols[:]); plain|turned != 0 {
		return c, fault.New(fault.AccessCodeCheck, "code")
	}
	for i, v := range symbols[:accessData] {
		c.put(i, v)
	}
	return c, nil
}

// Text is the code as the letter shows it.
func (c AccessCode) Text() string {
	var b strings.Builder
	for i, v := range c.symbols() {
		if i > 0 && i%accessGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(accessAlphabet[v])
	}
	return b.String()
}

// String hides the code from logs and errors.
func (c AccessCode) String() string { return "(access code)" }

// GoString hides it from %#v.
func (c AccessCode) GoString() string { return c.String() }

// SigningKey is the key with which the holder proves the code and signs filings; its
// public half stands on the ledger.
func (c AccessCode) SigningKey() ed25519.PrivateKey {
	seed := c.derive(accessSign)
	return ed25519.NewKeyFromSeed(seed[:])
}

// PublicKey is the public half of SigningKey.
func (c AccessCode) PublicKey() ed25519.PublicKey {
	return c.SigningKey().Public().(ed25519.PublicKey)
}

// SealSeed is the secret from which the key of a sealed copy is made.
func (c AccessCode) SealSeed() [32]byte { return c.derive(accessSeal) }

// SealKey is the key that opens sealed copies: X25519, its scalar the SealSeed.
func (c AccessCode) SealKey() *ecdh.PrivateKey {
	seed := c.SealSeed()
	key, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		panic("credit: " + err.Error()) // every 32 bytes are a scalar
	}
	return key
}

// CopyLocator is under what nodes keep the sealed copy. It says nothing of the record, of
// the other keys or of the code.
func (c AccessCode) CopyLocator() [32]byte { return c.derive(accessCopy) }

func (c AccessCode) derive(purpose string) (out [32]byte) {
	b, err := hkdf.Key(sha256.New, c.bits[:], nil, purpose, len(out))
	if err != nil {
		panic("credit: " + err.Error()) // constant lengths: a broken build
	}
	copy(out[:], b)
	return out
}

// symbols are the 28 values of the code with its checks.
func (c AccessCode) symbols() [accessLength]byte {
	var s [accessLength]byte
	for i := range accessData {
		s[i] = c.get(i)
	}
	// With x and y for the checks: x + y = p and x·α^26 + y·α^27 = q, so
	// y = (q + p·α^26) / (α^26 + α^27).
	p, q := accessSums(s[:])
	a, b := power(accessData), power(accessData+1)
	y := times(q^times(p, a), inverse(a^b))
	s[accessData], s[accessData+1] = p^y, y
	return s
}

// get reads the five bits of character i, put writes them.
func (c AccessCode) get(i int) (v byte) {
	for bit := 5 * i; bit < 5*i+5; bit++ {
		v = v<<1 | c.bits[bit/8]>>(7-bit%8)&1
	}
	return v
}

func (c *AccessCode) put(i int, v byte) {
	for k := range 5 {
		bit := 5*i + k
		c.bits[bit/8] |= v >> (4 - k) & 1 << (7 - bit%8)
	}
}

// accessSums are the two sums that vanish for a whole code.
func accessSums(s []byte) (plain, turned byte) {
	at := byte(1)
	for _, v := range s {
		plain ^= v
		turned ^= times(v, at)
		at = times(at, 2)
	}
	return plain, turned
}

// times multiplies in GF(32).
func times(a, b byte) (p byte) {
	for ; b != 0; b >>= 1 {
		if b&1 == 1 {
			p ^= a
		}
		if a <<= 1; a&0x20 != 0 {
			a ^= 0x25 // x^5 + x^2 + 1
		}
	}
	return p
}

// power is α^n, with α = x, which generates all 31 elements.
func power(n int) byte {
	p := byte(1)
	for range n {
		p = times(p, 2)
	}
	return p
}

// inverse is a^30, because a^31 = 1.
func inverse(a byte) byte {
	p := byte(1)
	for range 30 {
		p = times(p, a)
	}
	return p
}

// accessSymbol is the value of a character as people write it.
func accessSymbol(r rune) (byte, bool) {
	r = halfWidth(r)
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	case 'U':
		r = 'V'
	}
	i := strings.IndexRune(accessAlphabet, r)
	return byte(i), i >= 0
}

func halfWidth(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - ('！' - '!')
	}
	return r
}

// accessGap reports whether a character stands between groups.
func accessGap(r rune) bool {
	return strings.ContainsRune(" \t\r\n\u00a0\u3000-_.·‐‑‒–—−－＿", r)
}
