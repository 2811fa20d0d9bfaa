package wire

// maxLevels bounds how deep values are nested.
const maxLevels = 8

// Raw reads one value inside levels others and returns its bytes without a copy. As Decode does, it sees
// to it that the bytes are one value without tags and indefinite lengths, and leaves the
// rest to whoever decodes them.
func (r *Reader) Raw(levels int) Raw {
	rest := r.b
	if !r.skip(levels) {
		r.fail("not a well-formed value")
		return nil
	}
	n := len(rest) - len(r.b)
	return rest[:n:n]
}

// skip passes one value and reports whether it is well-formed.
func (r *Reader) skip(levels int) bool {
	if len(r.b) == 0 {
		return false
	}
	major, n := r.b[0]&0xe0, uint64(r.b[0]&0x1f)
	r.b = r.b[1:]
	if n >= 24 {
		width := 1 << (n - 24)
		if n > 27 || len(r.b) < width {
			return false
		}
		short := n == 24
		n = 0
		for _, c := range r.b[:width] {
			n = n<<8 | uint64(c)
		}
		r.b = r.b[width:]
		if major == majorOther && short && n < 32 {
			return false // a simple value in two bytes
		}
	}
	switch major {
	case majorUint, majorInt, majorOther:
		return true
	case majorBytes, majorText:
		if n > uint64(len(r.b)) {
			return false
		}
		r.b = r.b[n:]
		return true
	case majorTag:
		return false
	}
	most := uint64(maxList)
	if major == majorMap {
		most = maxPairs
	}
	if levels == maxLevels || n > most {
		return false
	}
	if major == majorMap {
		n *= 2
	}
	for range n {
		if !r.skip(levels + 1) {
			return false
		}
	}
	return true
}
