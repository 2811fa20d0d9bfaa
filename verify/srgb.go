package verify

import "encoding/binary"

// SRGB returns an ICC profile (version 4.3) of the colour space of IEC 61966-2-1, which
// PDF/A asks for, and the only one that a file of the profile may carry. It is written here from the numbers of the standard: primaries
// adapted to D50 by Bradford, and the parametric curve of the standard.
func SRGB() []byte {
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", iccText("sRGB IEC61966-2.1")},
		{"cprt", iccText("No copyright, use freely")},
		{"wtpt", iccXYZ(0xf6d6, 0x10000, 0xd32d)},
		{"rXYZ", iccXYZ(0x6fa2, 0x38f5, 0x0390)},
		{"gXYZ", iccXYZ(0x6299, 0xb785, 0x18da)},
		{"bXYZ", iccXYZ(0x24a0, 0x0f84, 0xb6cf)},
		{"rTRC", iccCurve()}, {"gTRC", iccCurve()}, {"bTRC", iccCurve()},
	}
	const header = 128
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	offset := header + 4 + 12*len(tags)
	var body []byte
	for _, t := range tags {
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(offset+len(body)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
		body = append(body, t.data...)
		body = append(body, make([]byte, -len(body)&3)...)
	}
	h := make([]byte, header)
	binary.BigEndian.PutUint32(h, uint32(offset+len(body)))
	binary.BigEndian.PutUint32(h[8:], 0x04300000)
	copy(h[12:], "mntrRGB XYZ ")
	binary.BigEndian.PutUint16(h[24:], 2026) // year, month, day
	binary.BigEndian.PutUint16(h[26:], 1)
	binary.BigEndian.PutUint16(h[28:], 1)
	copy(h[36:], "acsp")
	copy(h[68:], iccXYZ(0xf6d6, 0x10000, 0xd32d)[8:]) // illuminant D50
	return append(append(h, table...), body...)
}

func iccXYZ(x, y, z uint32) []byte {
	b := append([]byte("XYZ "), 0, 0, 0, 0)
	for _, v := range []uint32{x, y, z} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// iccCurve is the parametric curve of type 3 with the standard's five numbers in
// s15Fixed16: 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045.
func iccCurve() []byte {
	b := append([]byte("para"), 0, 0, 0, 0, 0, 3, 0, 0)
	for _, v := range []uint32{0x26666, 0xf2a7, 0x0d59, 0x13d0, 0x0a5b} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// iccText is a multi-localised text with one English record.
func iccText(s string) []byte {
	b := append([]byte("mluc"), 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, 1)
	b = binary.BigEndian.AppendUint32(b, 12)
	b = append(b, "enUS"...)
	b = binary.BigEndian.AppendUint32(b, uint32(2*len(s)))
	b = binary.BigEndian.AppendUint32(b, 28)
	for _, c := range []byte(s) {
		b = append(b, 0, c)
	}
	return b
}
