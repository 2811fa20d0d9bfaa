package sm2

import (
	"encoding/binary"
	"math/bits"
)

// Size is the length of an SM3 digest, in bytes.
const Size = 32

var initial = [8]uint32{0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e}

// Digest is SM3 over the parts, one behind the other (GB/T 32905).
func Digest(parts ...[]byte) [Size]byte {
	v := initial
	var block []byte
	length := uint64(0)
	for _, p := range parts {
		length += uint64(len(p))
		for block = append(block, p...); len(block) >= 64; block = block[64:] {
			compress(&v, block[:64])
		}
	}
	block = append(block, 0x80)
	for len(block)%64 != 56 {
		block = append(block, 0)
	}
	for block = binary.BigEndian.AppendUint64(block, 8*length); len(block) > 0; block = block[64:] {
		compress(&v, block[:64])
	}
	var out [Size]byte
	for i, x := range v {
		binary.BigEndian.PutUint32(out[4*i:], x)
	}
	return out
}

// compress is the function CF of GB/T 32905, 5.3.3.
func compress(v *[8]uint32, block []byte) {
	rot := bits.RotateLeft32
	var w [68]uint32
	for j := range 16 {
		w[j] = binary.BigEndian.Uint32(block[4*j:])
	}
	for j := 16; j < 68; j++ {
		x := w[j-16] ^ w[j-9] ^ rot(w[j-3], 15)
		w[j] = x ^ rot(x, 15) ^ rot(x, 23) ^ rot(w[j-13], 7) ^ w[j-6]
	}
	a, b, c, d, e, f, g, h := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
	for j := range 64 {
		t, ff, gg := uint32(0x79cc4519), a^b^c, e^f^g
		if j >= 16 {
			t, ff, gg = 0x7a879d8a, a&b|a&c|b&c, e&f|^e&g
		}
		ss1 := rot(rot(a, 12)+e+rot(t, j%32), 7)
		tt1 := ff + d + (ss1 ^ rot(a, 12)) + (w[j] ^ w[j+4])
		tt2 := gg + h + ss1 + w[j]
		a, b, c, d = tt1, a, rot(b, 9), c
		e, f, g, h = tt2^rot(tt2, 9)^rot(tt2, 17), e, rot(f, 19), g
	}
	for i, x := range [8]uint32{a, b, c, d, e, f, g, h} {
		v[i] ^= x
	}
}
