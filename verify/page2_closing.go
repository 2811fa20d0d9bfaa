package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"rsc.io/qr"

	"github.com/riviera-ledger/riviera/message"
)

// qrOf is what the QR code says: the certificate's number and the digest of the attached
// document. No address, so that nobody learns to follow one.
func qrOf(id string, document []byte) string {
	sum := sha256.Sum256(document)
	return "RIVIERA:" + strings.ToUpper(strings.TrimPrefix(id, "urn:riviera:")+":"+hex.EncodeToString(sum[:]))
}

// closingOf draws the QR code, and beside it how to verify and what makes the signature a
// reliable one. The place of the signature to the right stays free: its appearance
// belongs to the signature. What bears no signature has a note there instead.
func (f *folio) closingOf(code *qr.Code, note string) {
	f.fill(left2, bottom2, qr2, qr2, ink{1000, 1000, 1000})
	f.modules(left2, bottom2, qr2, code)
	x, room := left2+qr2+11*pt, right2-sealW2-left2-qr2-22*pt
	y := bottom2 + qr2 + 4*pt
	for i, l := range f.langs {
		st := style{6500, black, false}
		if i > 0 {
			st = style{5600, dim, false}
		}
		key := "advice"
		if f.held {
			key = "advice.held"
		}
		for _, t := range f.wrap(say2(l, key), st.size, room) {
			y -= st.size * 135 / 100
			f.text(x, y, t, st)
		}
		y -= 2500
	}
	if note != "" {
		f.unsigned(note)
	}
}

// unsigned says why there is no institution's signature, where it would be.
func (f *folio) unsigned(note string) {
	x, y := right2-sealW2, bottom2
	f.box(x, y, sealW2, sealH2, 500, dim)
	at := y + sealH2 - 6*pt
	for i, l := range f.langs {
		st := style{8 * pt, black, i == 0}
		if i > 0 {
			st = style{6800, dim, false}
		}
		for _, t := range f.wrap(l.Text(note), st.size, sealW2-16*pt) {
			at -= st.size * 14 / 10
			f.text(x+8*pt, at, t, st)
		}
		at -= 3 * pt
	}
}

// modules draws a QR code, runs of a row as one rectangle.
func (f *folio) modules(x, y, size milli, code *qr.Code) {
	module := size / milli(code.Size)
	f.op("rg", 0, 0, 0)
	for row := range code.Size {
		for col := 0; col < code.Size; {
			run := 0
			for code.Black(col+run, row) {
				run++
			}
			if run > 0 {
				f.op("re", x+milli(col)*module, y+size-milli(row+1)*module, milli(run)*module, module)
			}
			col += run + 1
		}
	}
	f.op("f")
}

// seal draws the signature's appearance, in its own coordinates from the lower left: who
// signed, when, with which key, and a rosette.
func (f *folio) seal() []byte {
	const middle = (sealW2 + 44*pt) / 2
	f.fill(0, 0, sealW2, sealH2, ink{995, 990, 980})
	f.box(800, 800, sealW2-1600, sealH2-1600, 1200, cinnabar)
	f.box(3200, 3200, sealW2-6400, sealH2-6400, 300, gold)
	f.rosette(26*pt, sealH2/2, 8*pt, 10500, 24, 350, gold)
	f.ring(26*pt, sealH2/2, 19500, 500, gold)
	mid := func(y milli, text string, st style) {
		for f.width(text, st.size) > sealW2-58*pt && st.size > 4*pt {
			st.size -= 250
		}
		f.text(middle-f.width(text, st.size)/2, y, text, st)
	}
	mid(80*pt, f.all("seal", "  "), style{7 * pt, cinnabar, false})
	names := f.tag(f.cred.Issuer.Name, "")
	mid(64*pt, names[0].text, style{12 * pt, cinnabar, true})
	if len(names) > 1 {
		mid(53*pt, names[1].text, style{7 * pt, cinnabar, false})
	}
	mid(37*pt, utc(f.cred.ValidFrom), style{7 * pt, black, false})
	key := strings.TrimPrefix(f.cred.Issuer.ID, "did:key:")
	mid(26*pt, say2(f.first, "key")+" …"+key[max(0, len(key)-16):], style{6200, black, false})
	mid(14*pt, f.all("locked", "  "), style{5800, dim, false})
	return f.take()
}

// titleOf is a document's title, for its metadata.
func titleOf(c *Credential, l message.Lang) string {
	if c.Render.Type == PageOne {
		if c.Type[1] == TypeCorrection {
			return say(l, "correction.title")
		}
		return say(l, "exit.title")
	}
	return say2(l, kindOf(c)+".title")
}
