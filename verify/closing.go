package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"rsc.io/qr"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// qrText is what the QR code says: the certificate's number and the digest of the
// credential. No address, so that nobody learns to follow one.
func qrText(c *Credential) (string, error) {
	b, err := c.Canonical()
	if err != nil {
		return "", fault.Wrap(fault.Malformed, "credential", err)
	}
	sum := sha256.Sum256(b)
	return "RIVIERA:" + strings.ToUpper(strings.TrimPrefix(c.ID, "urn:riviera:")+":"+hex.EncodeToString(sum[:])), nil
}

// note explains spelled-out characters, where there are any.
func (s *sheet) note() {
	if len(s.missing) == 0 {
		return
	}
	s.y -= 2 * pt
	st := style{7 * pt, red, false}
	s.paragraph(say(s.first, "rare"), st, 9*pt)
	s.paragraph(say(s.other, "rare"), st, 9*pt)
}

// closing draws the QR code, the advice beside it and the law. The seal's place to the
// right stays free: its appearance belongs to the signature.
func (s *sheet) closing(code *qr.Code) {
	const base = bottom
	s.fill(left, base, qrSize, qrSize, ink{1000, 1000, 1000})
	s.code(left, base, qrSize, code)
	x, room := left+qrSize+12*pt, right-sealWidth-left-qrSize-24*pt
	y := base + qrSize
	for i, l := range [...]message.Lang{s.first, s.other} {
		st := style{6800, black, false}
		if i == 1 {
			st = style{6 * pt, grey, false}
		}
		for _, t := range s.wrap(say(l, "advice"), st.size, room) {
			y -= st.size * 14 / 10
			s.text(x, y, t, st)
		}
		y -= 2 * pt
	}
}

// code draws the modules of a QR code, runs of a row as one rectangle.
func (s *sheet) code(x, y, size milli, code *qr.Code) {
	module := size / milli(code.Size)
	s.op("rg", 0, 0, 0)
	for row := range code.Size {
		for col := 0; col < code.Size; {
			run := 0
			for code.Black(col+run, row) {
				run++
			}
			if run > 0 {
				s.op("re", x+milli(col)*module, y+size-milli(row+1)*module, milli(run)*module, module)
			}
			col += run + 1
		}
	}
	s.op("f")
}

// seal draws the signature's appearance, in its own coordinates from the lower left.
func (s *sheet) seal() []byte {
	s.fill(0, 0, sealWidth, sealHeight, blush)
	s.box(1*pt, 1*pt, sealWidth-2*pt, sealHeight-2*pt, 1600, red)
	s.box(4*pt, 4*pt, sealWidth-8*pt, sealHeight-8*pt, 400, red)
	mid := func(y milli, text string, st style) {
		for s.width(text, st.size) > sealWidth-18*pt && st.size > 4*pt {
			st.size -= 250
		}
		s.text((sealWidth-s.width(text, st.size))/2, y, text, st)
	}
	name := s.cred.Issuer.Name
	if s.first == message.English {
		name[0], name[1] = name[1], name[0]
	}
	mid(79*pt, s.both("seal"), style{7500, red, false})
	mid(59*pt, name[0].Value, style{13 * pt, red, true})
	mid(46*pt, name[1].Value, style{7500, red, false})
	mid(31*pt, strings.ReplaceAll(strings.TrimSuffix(s.cred.ValidFrom, "Z"), "T", " ")+" UTC", style{7500, red, false})
	key := strings.TrimPrefix(s.cred.Issuer.ID, "did:key:")
	mid(20*pt, say(s.first, "key")+" …"+key[max(0, len(key)-16):], style{6500, red, false})
	mid(10*pt, s.both("locked"), style{5500, red, false})
	return s.take()
}
