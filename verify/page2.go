package verify

import (
	"strconv"
	"strings"

	"rsc.io/qr"

	"github.com/riviera-ledger/riviera/message"
)

// Measures of PageTwo. They are frozen with its texts (TestPageTwoIsFrozen).
const (
	edge2    milli = 24 * pt // of the frame, from the edge of the paper
	left2    milli = 58 * pt
	right2   milli = pageWidth - 58*pt
	label2   milli = 112 * pt // width of the labels
	bottom2  milli = 66 * pt  // lowest line of the flow
	top2     milli = 782 * pt // first line of a page after the first
	closing2 milli = 102 * pt // height of the block with QR code and signature
	qr2      milli = 92 * pt
	sealW2   milli = 186 * pt
	sealH2   milli = 96 * pt
)

// Colours of PageTwo.
var (
	cinnabar = ink{580, 70, 90}
	gold     = ink{690, 550, 320}
	dim      = ink{400, 400, 430}
	hair     = ink{870, 850, 810}
	mist     = ink{968, 960, 942}
	veil     = ink{957, 948, 928}
)

// folio flows the blocks of PageTwo down its pages. What it shows is a credential, and
// beside it, where the holder presents it, what the holder adds.
type folio struct {
	canvas
	cred   *Credential
	held   bool // presented by its holder, with no institution's signature
	whole  bool // a letter: no row is divided between two pages (PageTwo, which is frozen, may)
	langs  []message.Lang
	first  message.Lang
	y      milli
	turned int // pages turned so far
	pages  [][]byte
}

// newLayout2 draws a credential on PageTwo. document is what the QR code digests.
func newLayout2(c *Credential, held bool, document []byte, face Face) (Layout, error) {
	code, err := qr.Encode(qrOf(c.ID, document), qr.M)
	if err != nil {
		return Layout{}, err
	}
	f := newFolio(c, held, face)
	f.flow()
	note := ""
	if held {
		note = "page2.held"
	}
	f.closingOf(code, note)
	f.pages = append(f.pages, f.take())
	l := Layout{SealRect: [4]milli{right2 - sealW2, bottom2, right2, bottom2 + sealH2}}
	if !held {
		l.Seal = f.seal()
	}
	l.Pages, l.Missing = f.footers(), f.missing
	return l, nil
}

func newFolio(c *Credential, held bool, face Face) *folio {
	f := &folio{canvas: canvas{face: face}, cred: c, held: held, langs: ParseLanguages(c.Render.Language)}
	f.first = f.langs[0]
	return f
}

// flow draws everything above the closing block.
func (f *folio) flow() {
	f.open()
	f.head()
	f.statement()
	f.party()
	f.body()
	f.note()
	if f.y-closing2 < bottom2 {
		f.turn()
	}
}

func (f *folio) take() []byte {
	b := append([]byte(nil), f.out.Bytes()...)
	f.out.Reset()
	return b
}

// say2 returns a text of PageTwo in a language.
func say2(l message.Lang, key string, args ...any) string { return l.Text("page2."+key, args...) }

// kind is the key under which the texts of a credential's kind stand.
func (f *folio) kind() string { return kindOf(f.cred) }

func kindOf(c *Credential) string {
	switch c.Type[1] {
	case TypeCorrection:
		return "correction"
	case TypeClear:
		return "clear"
	case TypeNotice:
		if c.Subject.Outcome == OutcomeNoticed {
			return "noticed"
		}
		return "listed"
	}
	return "exit"
}

// open begins a page: the frame with its corners, and on the first a pale rosette behind
// everything.
func (f *folio) open() {
	const inner = edge2 + 5*pt
	if f.turned == 0 {
		f.rosette(pageWidth/2, 415*pt, 92*pt, 118*pt, 24, 450, veil)
		f.rosette(pageWidth/2, 415*pt, 40*pt, 58*pt, 24, 350, veil)
	}
	f.box(edge2, edge2, pageWidth-2*edge2, pageHeight-2*edge2, 1500, gold)
	f.box(inner, inner, pageWidth-2*inner, pageHeight-2*inner, 350, gold)
	for _, x := range [...]milli{edge2 + 2500, pageWidth - edge2 - 2500} {
		for _, y := range [...]milli{edge2 + 2500, pageHeight - edge2 - 2500} {
			f.fill(x-11*pt, y-11*pt, 22*pt, 22*pt, ink{1000, 1000, 1000})
			f.rosette(x, y, 4200, 6200, 12, 300, gold)
		}
	}
	f.y = top2
}

// turn ends a page and begins the next.
func (f *folio) turn() {
	f.pages = append(f.pages, f.take())
	f.turned++
	f.open()
}

// room makes sure that h is left on the page.
func (f *folio) room(h milli) {
	if f.y-h < bottom2 {
		f.turn()
	}
}

// centre writes a line in the middle, smaller if it would not fit.
func (f *folio) centre(y milli, text string, st style) {
	for f.width(text, st.size) > right2-left2 && st.size > 4*pt {
		st.size -= 500
	}
	f.text((pageWidth-f.width(text, st.size))/2, y, text, st)
}

// paragraph flows wrapped text over the whole width.
func (f *folio) paragraph(text string, st style, leading milli) {
	for _, l := range f.wrap(text, st.size, right2-left2) {
		f.room(leading)
		f.y -= leading
		f.text(left2, f.y, l, st)
	}
}

// head draws the emblem, the network's name, the title, and the line with number and
// date.
func (f *folio) head() {
	f.rosette(pageWidth/2, 776*pt, 7600, 10*pt, 24, 300, gold)
	f.ring(pageWidth/2, 776*pt, 19*pt, 500, gold)
	f.centre(744*pt, f.cred.Evidence.Network, style{9500, dim, false})
	f.y = 713 * pt
	f.centre(f.y, say2(f.first, f.kind()+".title"), style{24 * pt, cinnabar, true})
	for _, l := range f.langs[1:] {
		f.y -= 18 * pt
		f.centre(f.y, say2(l, f.kind()+".title"), style{11500, cinnabar, false})
	}
	f.y -= 11 * pt
	f.line(left2, f.y, right2, f.y, 900, gold)
	f.line(left2, f.y-2500, right2, f.y-2500, 300, gold)
	f.y -= 15 * pt
	st := style{8 * pt, dim, false}
	f.text(left2, f.y, f.all("number", "  ")+"  "+groups(Digits(f.cred.ID)), st)
	issued := f.all("issued", "  ") + "  " + utc(f.cred.ValidFrom)
	f.text(right2-f.width(issued, st.size), f.y, issued, st)
	f.y -= 6 * pt
	f.training()
}

// all joins a text in every language of the page.
func (f *folio) all(key, gap string, args ...any) string {
	var out []string
	for _, l := range f.langs {
		out = append(out, say2(l, key, args...))
	}
	return strings.Join(out, gap)
}

// groups writes the first 32 digits of a number in fours of eight; the foot of the page
// has all.
func groups(digits string) string {
	var out []string
	for len(digits) > 32 {
		out, digits = append(out, digits[:8]), digits[8:]
	}
	return strings.Join(out, " ")
}

func utc(moment string) string {
	return strings.ReplaceAll(strings.TrimSuffix(moment, "Z"), "T", " ") + " UTC"
}

// training warns of a network whose clock is not the world's.
func (f *folio) training() {
	if f.cred.Evidence.TrainingDay == "" {
		return
	}
	f.warning("training", f.cred.Evidence.TrainingDay)
}

// warning draws a box with a text in every language of the page.
func (f *folio) warning(key string, args ...any) {
	h := 8*pt + milli(len(f.langs))*12*pt
	f.fill(left2, f.y-h, right2-left2, h, blush)
	f.box(left2, f.y-h, right2-left2, h, 800, red)
	for i, l := range f.langs {
		f.centre(f.y-(13+12*milli(i))*pt, say2(l, key, args...), style{9*pt - milli(i)*pt, red, i == 0})
	}
	f.y -= h + 4*pt
}

// statement says in a sentence what the document is for.
func (f *folio) statement() {
	s := f.cred.Subject
	for i, l := range f.langs {
		args := []any{when(l, s.Effective)}
		if f.kind() == "clear" {
			args = []any{strconv.Itoa(len(f.cred.Evidence.Attestations)), strconv.FormatUint(uint64(s.Height), 10), when(l, s.Effective)}
		}
		st, leading := style{10500, black, false}, milli(16500)
		if i > 0 {
			st, leading = style{8500, dim, false}, 12*pt
		}
		f.y -= 3 * pt
		f.paragraph(say2(l, f.kind()+".statement", args...), st, leading)
	}
	if to := f.cred.Statement.Recipient; to != "" {
		f.y -= 2 * pt
		f.paragraph(f.all("recipient", "  ")+"  "+to, style{9500, black, true}, 15*pt)
	}
	f.y -= 7 * pt
}

// party draws the band with the subject's name and number.
func (f *folio) party() {
	d := f.cred.Subject.Disclosed
	if d.Name == nil && d.Code == nil {
		return
	}
	const size = 14 * pt
	var lines []string
	if d.Name != nil {
		lines = f.wrap(*d.Name, size, right2-left2-28*pt)
	}
	h := 10*pt + milli(len(lines))*20*pt
	if d.Code != nil {
		h += 15 * pt
	}
	f.room(h)
	f.fill(left2, f.y-h, right2-left2, h, mist)
	f.fill(left2, f.y-h, 3*pt, h, gold)
	y := f.y - 2*pt
	for _, l := range lines {
		y -= 20 * pt
		f.text(left2+16*pt, y+2*pt, l, style{size, black, true})
	}
	if d.Code != nil {
		y -= 15 * pt
		f.text(left2+16*pt, y+2*pt, f.all("code."+codeKind(d.Code), "  ")+"   "+maskCode(d.Code), style{9 * pt, black, false})
	}
	f.y -= h + 3*pt
}

// footers adds to each page its number and the certificate's.
func (f *folio) footers() [][]byte {
	st := style{6300, dim, false}
	for i := range f.pages {
		number := strconv.Itoa(i+1) + " / " + strconv.Itoa(len(f.pages))
		f.text(left2, 46*pt, f.cred.ID, st)
		f.text(right2-f.width(number, st.size), 46*pt, number, st)
		f.pages[i] = append(f.pages[i], f.take()...)
	}
	return f.pages
}
