package verify

// Ornaments of PageTwo: rosettes of interlaced circles, as on banknotes, in integers
// throughout. They are decoration and no one's seal: a real one is round, red and bears
// a star.

// cosines holds the cosine of every 15 degrees from 0 to 90, in thousandths.
var cosines = [...]milli{1000, 966, 866, 707, 500, 259, 0}

// turn returns cosine and sine of k times 15 degrees, in thousandths.
func turn(k int) (cos, sin milli) {
	at := func(k int) milli {
		switch k %= 24; {
		case k <= 6:
			return cosines[k]
		case k <= 12:
			return -cosines[12-k]
		case k <= 18:
			return -cosines[k-12]
		}
		return cosines[24-k]
	}
	return at(k), at(k + 18)
}

// circle adds a circle to the path: four Bézier curves.
func (c *canvas) circle(x, y, r milli) {
	k := r * 552 / 1000
	c.op("m", x+r, y)
	c.op("c", x+r, y+k, x+k, y+r, x, y+r)
	c.op("c", x-k, y+r, x-r, y+k, x-r, y)
	c.op("c", x-r, y-k, x-k, y-r, x, y-r)
	c.op("c", x+k, y-r, x+r, y-k, x+r, y)
	c.op("h")
}

// rosette draws n circles of radius r around a ring of radius ring; n divides 24.
func (c *canvas) rosette(x, y, ring, r milli, n int, width milli, k ink) {
	c.op("RG", k[0], k[1], k[2])
	c.op("w", width)
	for i := range n {
		cos, sin := turn(i * 24 / n)
		c.circle(x+ring*cos/1000, y+ring*sin/1000, r)
	}
	c.op("S")
}

// ring draws a circle.
func (c *canvas) ring(x, y, r, width milli, k ink) {
	c.op("RG", k[0], k[1], k[2])
	c.op("w", width)
	c.circle(x, y, r)
	c.op("S")
}
