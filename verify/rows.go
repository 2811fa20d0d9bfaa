package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"rsc.io/qr"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
)

// head draws the title, the number and the statement.
func (s *sheet) head() {
	kind := "exit."
	if s.cred.Type[1] == TypeCorrection {
		kind = "correction."
	}
	s.centre(786*pt, s.cred.Evidence.Network, style{9500, grey, false})
	s.centre(750*pt, say(s.first, kind+"title"), style{25 * pt, red, true})
	s.centre(731*pt, say(s.other, kind+"title"), style{12 * pt, red, false})
	s.line(left, 721*pt, right, 721*pt, 900, red)
	s.line(left, 718*pt, right, 718*pt, 300, red)
	small := style{8500, grey, false}
	s.text(left, 706*pt, s.both("number")+"  "+shortID(s.cred.ID), small)
	issued := s.both("issued") + "  " + strings.ReplaceAll(strings.TrimSuffix(s.cred.ValidFrom, "Z"), "T", " ") + " UTC"
	s.text(right-s.width(issued, small.size), 706*pt, issued, small)
	s.y = 699 * pt
	s.training()
	s.y -= 4 * pt
	s.paragraph(s.statement(s.first, kind), style{11 * pt, black, false}, 17*pt)
	s.y -= 3 * pt
	s.paragraph(s.statement(s.other, kind), style{8500, grey, false}, 12*pt)
	s.y -= 2 * pt
}

// shortID groups the first 32 digits of the number; the foot of the page has all.
func shortID(id string) string {
	digits := strings.TrimPrefix(id, idPrefix)
	var groups []string
	for len(digits) > 32 {
		groups, digits = append(groups, digits[:8]), digits[8:]
	}
	return strings.Join(groups, " ")
}

// training warns of a network whose clock is not the world's.
func (s *sheet) training() {
	day := s.cred.Evidence.TrainingDay
	if day == "" {
		return
	}
	const h = 31 * pt
	s.fill(left, s.y-h, right-left, h, blush)
	s.box(left, s.y-h, right-left, h, 800, red)
	s.centre(s.y-13*pt, say(s.first, "training", day), style{9500, red, true})
	s.centre(s.y-25*pt, say(s.other, "training", day), style{8 * pt, red, false})
	s.y -= h + 4*pt
}

func (s *sheet) statement(l message.Lang, kind string) string {
	return say(l, kind+"statement", when(l, s.cred.Subject.Effective))
}

// when shortens RFC 3339 with +08:00 to a person's form.
func when(l message.Lang, moment string) string {
	if len(moment) < 19 {
		return moment
	}
	if l == message.Chinese {
		return moment[:4] + "年" + moment[5:7] + "月" + moment[8:10] + "日" + moment[11:16]
	}
	return moment[:10] + " " + moment[11:16]
}

// rows draws the tables.
func (s *sheet) rows() {
	d := s.cred.Subject.Disclosed
	s.section("section.subject")
	if d.Name != nil {
		s.row("name", *d.Name)
	}
	if d.Code != nil {
		s.row("code."+codeKind(d.Code), maskCode(d.Code))
	}
	if s.section("section.record"); d.Basis != nil {
		s.row("kind", s.named("kind.", string(d.Basis.Kind)))
		s.row("basis", strings.Join(nonEmpty(d.Basis.LegalBasis, s.grounds(d.Basis.Grounds), d.Basis.JudgmentNo), gap))
	}
	s.text1("case", d.Case)
	s.text1("office", d.Office)
	if d.Dates != nil {
		s.row("dates", s.dates(d.Dates))
	}
	if d.Amount != nil {
		s.row("amount", yuan(*d.Amount))
	}
	if d.Facts != nil {
		s.row("facts", strings.Join(nonEmpty(d.Facts.Facts, d.Facts.Performance), "\n"))
	}
	if d.Measures != nil {
		s.row("measures", strings.Join(*d.Measures, ", "))
	}
	s.row("withheld", s.withheld())
	s.row("record", s.cred.Subject.Record)
	s.release()
	s.ledger()
}

func (s *sheet) text1(key string, value *string) {
	if value != nil {
		s.row(key, *value)
	}
}

// gap stands between short values on one line.
const gap = "    "

func nonEmpty(parts ...string) []string {
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
}

// release says when, how and under which article the record ended.
func (s *sheet) release() {
	sub := s.cred.Subject
	s.section("section." + sub.Outcome)
	s.row("effective", when(message.English, sub.Effective)+" (UTC+8)")
	how := s.both("by.contract")
	if sub.Actor != "" {
		how = say(s.first, "by.member", sub.Actor) + "  " + say(s.other, "by.member", sub.Actor)
	}
	way := sub.Transition
	if t := s.cred.Statement.Transition; t != nil {
		way = s.tag(*t)
	}
	s.row("how", way+"\n"+how)
	contract := s.cred.Statement.Contract
	s.row("contract", s.tag(contract.Title)+gap+contract.ID+" v"+strconv.FormatUint(uint64(contract.Version), 10))
	s.row("articles", s.articles())
}

// tag joins a bilingual text, the first language first.
func (s *sheet) tag(t [2]LangTag) string {
	if s.first == message.English {
		t[0], t[1] = t[1], t[0]
	}
	return t[0].Value + "  " + t[1].Value
}

func (s *sheet) articles() string {
	texts := map[string]string{}
	for _, a := range s.cred.Statement.Articles {
		texts[a.Key] = s.tag(a.Text)
	}
	var out []string
	for _, key := range s.cred.Subject.Articles {
		if t, ok := texts[key]; ok {
			key = t
		}
		out = append(out, key)
	}
	return strings.Join(out, "\n")
}

// ledger says where the proof stands and who signed it.
func (s *sheet) ledger() {
	e := s.cred.Evidence
	s.section("section.ledger")
	s.fineRow("genesis", e.ChainID, e.Genesis.String())
	block, err := proof.DecodeLightBlock(e.LightBlock)
	if err != nil {
		return // the verifier says so; there is nothing to print
	}
	h := block.Header
	s.fineRow("block", strconv.FormatInt(h.Height, 10)+gap+when(message.English, h.Time.String())+" (UTC+8)", Hex(h.Hash).String())
	entry := strconv.FormatUint(uint64(e.Log.Index), 10) + " / " + strconv.FormatUint(uint64(e.Log.Size), 10)
	if support, err := block.Verify(e.ChainID); err == nil {
		n, of := strconv.Itoa(support.Signers), strconv.Itoa(support.Validators)
		entry += gap + say(s.first, "signers", n, of) + "  " + say(s.other, "signers", n, of)
	}
	s.row("entry", entry)
}

func (s *sheet) section(key string) {
	s.room(44 * pt) // with a row below it
	s.y -= 15500
	st := style{10 * pt, red, true}
	s.text(left, s.y, say(s.first, key), st)
	s.text(left+s.width(say(s.first, key), st.size)+7*pt, s.y, say(s.other, key), style{8 * pt, grey, false})
	s.y -= 5 * pt
	s.line(left, s.y, right, s.y, 600, red)
}

// row draws a label and its value, the value wrapped.
func (s *sheet) row(key, value string) { s.fineRow(key, value, "") }

// fineRow draws a row with a line of fine print below the value.
func (s *sheet) fineRow(key, value, fine string) {
	if value == "" {
		return
	}
	const leading = 12 * pt
	st := style{9 * pt, black, false}
	for i, l := range s.wrap(value, st.size, right-left-labelWidth) {
		s.room(leading + 4*pt)
		s.y -= leading
		if i == 0 {
			s.label(key)
		}
		s.text(left+labelWidth, s.y, l, st)
	}
	if fine != "" {
		s.room(14 * pt)
		s.y -= 10 * pt
		s.text(left+labelWidth, s.y, fine, style{7 * pt, grey, false})
	}
	s.y -= 3300
	s.line(left, s.y, right, s.y, 250, pale)
}

func (s *sheet) label(key string) {
	first := say(s.first, "row."+key)
	s.text(left, s.y, first, style{8500, black, false})
	s.text(left+s.width(first, 8500)+5*pt, s.y, say(s.other, "row."+key), style{6300, grey, false})
}

// named translates a code; an unknown one stands as it is.
func (s *sheet) named(prefix, code string) string {
	if !s.first.Has("certificate.page1." + prefix + code) {
		return code
	}
	return say(s.first, prefix+code) + "  " + say(s.other, prefix+code)
}

func (s *sheet) grounds(g string) string {
	if g == "" {
		return ""
	}
	return s.both("grounds") + " " + strings.ReplaceAll(g, ";", ", ")
}

func (s *sheet) dates(d *Dates) string {
	var out []string
	for _, v := range [...]struct{ key, day string }{{"filed", d.FiledOn}, {"decided", d.DecidedOn}, {"published", d.PublishedOn}} {
		if v.day != "" {
			out = append(out, s.both("date."+v.key)+"  "+v.day)
		}
	}
	return strings.Join(out, gap)
}

// withheld lists what the body holds and this certificate does not show.
func (s *sheet) withheld() string {
	open := map[Count]bool{}
	for _, u := range s.cred.Evidence.Opening.Opened {
		open[u.Index] = true
	}
	var here, there []string
	for i, unit := range credit.Units {
		if !open[Count(i)] {
			here, there = append(here, say(s.first, "unit."+unit)), append(there, say(s.other, "unit."+unit))
		}
	}
	if here == nil {
		return ""
	}
	return strings.Join(here, say(s.first, "comma")) + gap + strings.Join(there, say(s.other, "comma"))
}

func codeKind(c *Code) string {
	if c.SubjectType == credit.Person {
		return "person"
	}
	return "org"
}

// maskCode shows an organisation's public code, and of a person's number only the
// region: the rest narrows down who someone is, and paper gets about. The credential
// holds the whole number.
func maskCode(c *Code) string {
	number := []rune(c.Number)
	if c.SubjectType != credit.Person {
		return c.Number
	}
	shown := min(6, len(number)/3)
	return string(number[:shown]) + strings.Repeat("*", len(number)-shown)
}

// yuan writes an amount in fen with separators: "¥ 1,234,567.89".
func yuan(fen string) string {
	digits, negative := strings.CutPrefix(fen, "-")
	for len(digits) < 3 {
		digits = "0" + digits
	}
	whole, cents := digits[:len(digits)-2], digits[len(digits)-2:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if negative {
		whole = "-" + whole
	}
	return "¥ " + whole + "." + cents
}

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
