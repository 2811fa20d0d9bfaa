package verify

import (
	"rsc.io/qr"

	"github.com/riviera-ledger/riviera/fault"
)

// NewLetterLayout draws a notice for the post: its pages without the place of a
// signature, and a last page with the access code. It is for paper. No verifier takes
// it, and nothing on it is more than ink.
func NewLetterLayout(c *Credential, access string, face Face) (Layout, error) {
	document, err := c.Canonical()
	if err != nil || ParseLanguages(c.Render.Language) == nil {
		return Layout{}, fault.New(fault.Malformed, "credential")
	}
	code, err := qr.Encode(qrOf(c.ID, document), qr.M)
	if err != nil {
		return Layout{}, fault.Wrap(fault.Internal, "qr", err)
	}
	f := newFolio(c, true, face)
	f.whole = true
	f.flow()
	f.closingOf(code, "post.note")
	f.turn()
	f.access(access)
	f.pages = append(f.pages, f.take())
	return Layout{Pages: f.footers(), Missing: f.missing}, nil
}

// access draws the page with the access code.
func (f *folio) access(code string) {
	f.y = 760 * pt
	f.centre(f.y, f.first.Text("post.title"), style{18 * pt, cinnabar, true})
	for _, l := range f.langs[1:] {
		f.y -= 17 * pt
		f.centre(f.y, l.Text("post.title"), style{10 * pt, cinnabar, false})
	}
	f.y -= 24 * pt
	f.line(left2, f.y, right2, f.y, 600, gold)
	f.row("record", plain(f.cred.Subject.Record))
	f.y -= 14 * pt
	const h = 54 * pt
	f.fill(left2, f.y-h, right2-left2, h, mist)
	f.box(left2, f.y-h, right2-left2, h, 900, gold)
	f.centre(f.y-33*pt, code, style{19 * pt, black, true})
	f.y -= h + 8*pt
	for i, l := range f.langs {
		st, leading := style{10 * pt, black, false}, 16*pt
		if i > 0 {
			st, leading = style{8500, dim, false}, 12500
		}
		f.y -= 6 * pt
		f.paragraph(l.Text("post.text"), st, leading)
	}
}
