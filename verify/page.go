package verify

import (
	"strconv"

	"rsc.io/qr"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// Layout is a credential as pages: a pure function of the credential and the widths of
// the characters. The issuer draws it, the verifier draws it again and compares, so a
// page cannot say anything else than its credential.
//
// The texts and measures of PageOne are frozen (TestPageOneIsFrozen): certificates
// out there were drawn with them. What is issued now is drawn as PageTwo.
type Layout struct {
	Pages    [][]byte // content stream of each page
	Seal     []byte   // content stream of the signature's appearance
	SealRect [4]milli // its place on the last page: left, bottom, right, top
	Missing  []rune   // characters that no font has
}

// A4 portrait, and the places of things on it.
const (
	pageWidth  milli = 595_276
	pageHeight milli = 841_890
	frame      milli = 26 * pt // from the edge of the paper
	left       milli = 56 * pt
	right      milli = pageWidth - 56*pt
	labelWidth milli = 140 * pt
	bottom     milli = 66 * pt  // lowest line of the flow
	top        milli = 790 * pt // first line of a page after the first
	closing    milli = 104 * pt // height of the block with QR code and seal
	qrSize     milli = 98 * pt
	sealWidth  milli = 168 * pt
	sealHeight milli = 98 * pt
)

// sheet flows blocks down pages.
type sheet struct {
	canvas
	cred  *Credential
	first message.Lang // language that stands first
	other message.Lang
	y     milli
	pages [][]byte
}

// NewLayout draws a signed credential on the page that it asks for.
func NewLayout(c *Credential, face Face) (Layout, error) {
	if c.Render.Type == PageOne {
		return newLayout1(c, face)
	}
	if ParseLanguages(c.Render.Language) == nil {
		return Layout{}, fault.New(fault.Malformed, "language")
	}
	document, err := c.Canonical()
	if err != nil {
		return Layout{}, fault.Wrap(fault.Malformed, "credential", err)
	}
	return newLayout2(c, false, document, face)
}

// NewHeldLayout draws a presentation.
func NewHeldLayout(p *Presentation, face Face) (Layout, error) {
	if ParseLanguages(p.Language) == nil {
		return Layout{}, fault.New(fault.Malformed, "language")
	}
	document, err := p.Canonical()
	if err != nil {
		return Layout{}, fault.Wrap(fault.Malformed, "presentation", err)
	}
	return newLayout2(p.Shown(), true, document, face)
}

func newLayout1(c *Credential, face Face) (Layout, error) {
	code, err := qrText(c)
	if err != nil {
		return Layout{}, err
	}
	image, err := qr.Encode(code, qr.M)
	if err != nil {
		return Layout{}, err
	}
	s := &sheet{canvas: canvas{face: face}, cred: c, first: message.Chinese, other: message.English}
	if message.Lang(c.Render.Language) == message.English {
		s.first, s.other = message.English, message.Chinese
	}
	s.open()
	s.head()
	s.rows()
	s.note()
	if s.y-closing < bottom {
		s.turn()
	}
	s.closing(image)
	s.pages = append(s.pages, s.take())
	seal := s.seal()
	pages := s.footers()
	return Layout{Pages: pages, Seal: seal, SealRect: [4]milli{right - sealWidth, bottom, right, bottom + sealHeight}, Missing: s.missing}, nil
}

func (s *sheet) take() []byte {
	b := append([]byte(nil), s.out.Bytes()...)
	s.out.Reset()
	return b
}

// open begins a page: a double frame with a square in each corner.
func (s *sheet) open() {
	const inner, corner = frame + 4*pt, 11 * pt
	s.box(frame, frame, pageWidth-2*frame, pageHeight-2*frame, 1400, red)
	s.box(inner, inner, pageWidth-2*inner, pageHeight-2*inner, 400, red)
	for _, x := range [...]milli{inner, pageWidth - inner - corner} {
		for _, y := range [...]milli{inner, pageHeight - inner - corner} {
			s.box(x, y, corner, corner, 400, red)
			s.fill(x+3*pt, y+3*pt, corner-6*pt, corner-6*pt, red)
		}
	}
	s.y = top
}

// turn ends a page and begins the next.
func (s *sheet) turn() {
	s.pages = append(s.pages, s.take())
	s.open()
}

// room makes sure that h is left on the page.
func (s *sheet) room(h milli) {
	if s.y-h < bottom {
		s.turn()
	}
}

// say returns a text of the page in a language.
func say(l message.Lang, key string, args ...any) string {
	return l.Text("certificate.page1."+key, args...)
}

// both joins a text in both languages.
func (s *sheet) both(key string) string { return say(s.first, key) + "  " + say(s.other, key) }

// centre writes a line in the middle, smaller if it would not fit.
func (s *sheet) centre(y milli, text string, st style) {
	for s.width(text, st.size) > right-left && st.size > 4*pt {
		st.size -= 500
	}
	s.text((pageWidth-s.width(text, st.size))/2, y, text, st)
}

// paragraph flows wrapped text over the whole width.
func (s *sheet) paragraph(text string, st style, leading milli) {
	for _, l := range s.wrap(text, st.size, right-left) {
		s.room(leading)
		s.y -= leading
		s.text(left, s.y, l, st)
	}
}

// footers adds to each page its number and the certificate's.
func (s *sheet) footers() [][]byte {
	st := style{6500, grey, false}
	for i := range s.pages {
		number := strconv.Itoa(i+1) + " / " + strconv.Itoa(len(s.pages))
		s.text(left, 46*pt, s.cred.ID, st)
		s.text(right-s.width(number, st.size), 46*pt, number, st)
		s.pages[i] = append(s.pages[i], s.take()...)
	}
	return s.pages
}
