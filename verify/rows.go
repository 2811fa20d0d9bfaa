package verify

import (
	"slices"
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/credit"
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
