package credit

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// person is a valid body of a synthetic person.
func person() *Body {
	return &Body{
		Kind: JudgmentDefaulter, SubjectType: Person, SubjectName: "赵示例", SubjectCode: "11010519491231002X",
		CaseNo: "（2026）示0105执123号", DecidingOffice: "北京市示例区人民法院", JudgmentNo: "（2025）示0105民初45号",
		LegalBasis: "法释〔2017〕7号第一条第（一）项", Grounds: 1, Amount: 12_345_600,
		FiledOn: NewDate(2026, 1, 5), DecidedOn: NewDate(2026, 3, 2), PublishedOn: NewDate(2026, 3, 9),
		Performance: "全部未履行", Facts: "支付货款123456元及利息。", Measures: []string{"I-03", "II-07"},
	}
}

func org() *Body {
	b := person()
	b.SubjectType, b.SubjectName, b.SubjectCode = Org, "深圳示例第1号有限公司", "91440300708461136T"
	return b
}

func TestCheckAccepts(t *testing.T) {
	for name, b := range map[string]*Body{
		"person": person(),
		"org":    org(),
		"least": {Kind: GeneralMinor, SubjectType: Org, SubjectName: "示", SubjectCode: "91440300708461136T",
			CaseNo: "1", DecidingOffice: "示例局", LegalBasis: "示例办法第一条", DecidedOn: NewDate(2026, 3, 2)},
	} {
		if err := b.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if all := b.CheckAll(); all != nil {
			t.Errorf("%s: %v", name, all)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Body)
		want   fault.Code
		where  string
	}{
		{"no kind", func(b *Body) { b.Kind = "" }, fault.FieldMissing, ColKind},
		{"unknown kind", func(b *Body) { b.Kind = "other" }, fault.FieldInvalid, ColKind},
		{"no type", func(b *Body) { b.SubjectType = "" }, fault.FieldMissing, ColSubjectType},
		{"unknown type", func(b *Body) { b.SubjectType = "firm" }, fault.FieldInvalid, ColSubjectType},
		{"no name", func(b *Body) { b.SubjectName = "" }, fault.FieldMissing, ColSubjectName},
		{"long name", func(b *Body) { b.SubjectName = strings.Repeat("示", MaxName/3+1) }, fault.FieldTooLong, ColSubjectName},
		{"invisible name", func(b *Body) { b.SubjectName = "···" }, fault.NameInvalid, ColSubjectName},
		{"Hangul filler", func(b *Body) { b.SubjectName = "\u3164" }, fault.NameInvalid, ColSubjectName},
		{"space in front", func(b *Body) { b.SubjectName = " 赵示例" }, fault.NameInvalid, ColSubjectName},
		{"space behind", func(b *Body) { b.SubjectName = "赵示例　" }, fault.NameInvalid, ColSubjectName},
		{"control", func(b *Body) { b.SubjectName = "赵\x07示例" }, fault.NameInvalid, ColSubjectName},
		{"line break", func(b *Body) { b.SubjectName = "赵\n示例" }, fault.NameInvalid, ColSubjectName},
		{"delete", func(b *Body) { b.SubjectName = "赵\x7f示例" }, fault.NameInvalid, ColSubjectName},
		{"C1 control", func(b *Body) { b.SubjectName = "赵\u0085示例" }, fault.NameInvalid, ColSubjectName},
		{"right-to-left override", func(b *Body) { b.SubjectName = "赵\u202e示例" }, fault.NameInvalid, ColSubjectName},
		{"zero-width space", func(b *Body) { b.SubjectName = "赵\u200b示例" }, fault.NameInvalid, ColSubjectName},
		{"byte order mark", func(b *Body) { b.SubjectName = "\ufeff赵示例" }, fault.NameInvalid, ColSubjectName},
		{"replacement character", func(b *Body) { b.SubjectName = "赵\ufffd示" }, fault.NameInvalid, ColSubjectName},
		{"not UTF-8", func(b *Body) { b.SubjectName = "赵\xff" }, fault.NameInvalid, ColSubjectName},
		{"private use", func(b *Body) { b.SubjectName = "赵\ue000" }, fault.NameInvalid, ColSubjectName},
		{"not NFC", func(b *Body) { b.SubjectName = "Jose\u0301" }, fault.NameInvalid, ColSubjectName},
		{"compatibility ideograph", func(b *Body) { b.SubjectName = "\uf92c示例" }, fault.NameInvalid, ColSubjectName},
		{"the same beyond the basic plane", func(b *Body) { b.SubjectName = "\U0002f800示例" }, fault.NameInvalid, ColSubjectName},
		{"noncharacter", func(b *Body) { b.SubjectName = "赵\U0002fffe" }, fault.NameInvalid, ColSubjectName},
		{"no code", func(b *Body) { b.SubjectCode = "" }, fault.FieldMissing, ColSubjectCode},
		{"wrong check", func(b *Body) { b.SubjectCode = "110105194912310021" }, fault.CitizenCheck, ColSubjectCode},
		{"organisation's code for a person", func(b *Body) { b.SubjectCode = "91440300708461136T" }, fault.CitizenCharacter, ColSubjectCode},
		{"person's code for an organisation", func(b *Body) { b.SubjectType = Org }, fault.CodeRegion, ColSubjectCode},
		{"exception for a person", func(b *Body) { b.RegistrarException = true }, fault.ConditionMismatch, ColSubjectCode},
		{"minor", func(b *Body) { b.SubjectCode = makeID(t, NewDate(2008, 3, 2)) }, fault.Minor, ColSubjectCode},
		{"born after", func(b *Body) { b.SubjectCode = makeID(t, NewDate(2026, 3, 3)) }, fault.Minor, ColSubjectCode},
		{"no case", func(b *Body) { b.CaseNo = "" }, fault.FieldMissing, ColCaseNo},
		{"dash for a case", func(b *Body) { b.CaseNo = "--" }, fault.FieldInvalid, ColCaseNo},
		{"long case", func(b *Body) { b.CaseNo = strings.Repeat("1", MaxNumber+1) }, fault.FieldTooLong, ColCaseNo},
		{"no office", func(b *Body) { b.DecidingOffice = "" }, fault.FieldMissing, ColDecidingOffice},
		{"control in the judgment", func(b *Body) { b.JudgmentNo = "a\tb" }, fault.FieldInvalid, ColJudgmentNo},
		{"no basis", func(b *Body) { b.LegalBasis = "" }, fault.FieldMissing, ColLegalBasis},
		{"no grounds", func(b *Body) { b.Grounds = 0 }, fault.FieldMissing, ColGrounds},
		{"ground 7", func(b *Body) { b.Grounds = 1 << 6 }, fault.FieldInvalid, ColGrounds},
		{"negative amount", func(b *Body) { b.Amount = -1 }, fault.AmountMalformed, ColAmount},
		{"huge amount", func(b *Body) { b.Amount = MaxAmount + 1 }, fault.AmountMalformed, ColAmount},
		{"no decision", func(b *Body) { b.DecidedOn = 0 }, fault.FieldMissing, ColDecidedOn},
		{"decided before filed", func(b *Body) { b.DecidedOn = b.FiledOn - 1 }, fault.DateTooEarly, ColDecidedOn},
		{"published before decided", func(b *Body) { b.PublishedOn = b.DecidedOn - 1 }, fault.DateTooEarly, ColPublishedOn},
		{"filed before the republic", func(b *Body) { b.FiledOn = MinDate - 1 }, fault.DateImpossible, ColFiledOn},
		{"far future", func(b *Body) { b.PublishedOn = MaxDate + 1 }, fault.DateImpossible, ColPublishedOn},
		{"long facts", func(b *Body) { b.Facts = strings.Repeat("x", MaxFacts+1) }, fault.FieldTooLong, ColFacts},
		{"control in the performance", func(b *Body) { b.Performance = "a\x00" }, fault.FieldInvalid, ColPerformance},
		{"measures not ascending", func(b *Body) { b.Measures = []string{"II-07", "I-03"} }, fault.FieldInvalid, ColMeasures},
		{"measure twice", func(b *Body) { b.Measures = []string{"I-03", "I-03"} }, fault.FieldInvalid, ColMeasures},
		{"measure of free text", func(b *Body) { b.Measures = []string{"限制"} }, fault.FieldInvalid, ColMeasures},
		{"too many measures", func(b *Body) { b.Measures = make([]string, MaxMeasures+1) }, fault.FieldTooLong, ColMeasures},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := person()
			c.change(b)
			var e *fault.Error
			if err := b.Check(); !errors.As(err, &e) || e.Code != c.want || e.Where != c.where {
				t.Errorf("got %v, want %s: %v", err, c.where, c.want)
			}
			if all := b.CheckAll(); len(all) == 0 || all[0].Code != c.want {
				t.Errorf("all: %v", all)
			}
		})
	}
}

func makeID(t *testing.T, birth Date) string {
	t.Helper()
	id, err := MakeCitizenID("110105", birth, 1)
	if err != nil {
		t.Fatal(err)
	}
	return string(id)
}

func TestCheckAll(t *testing.T) {
	b := &Body{Amount: -1, Facts: "\x00"}
	var got []string
	for _, e := range b.CheckAll() {
		got = append(got, e.Error())
	}
	want := []string{
		"kind: field-missing", "subject_type: field-missing", "subject_name: field-missing",
		"subject_code: field-missing", "case_no: field-missing", "deciding_office: field-missing",
		"legal_basis: field-missing", "amount: amount-malformed", "decided_on: field-missing", "facts: field-invalid",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRareNames(t *testing.T) {
	for _, name := range []string{
		"阿卜杜拉·示例", "㛃示例", "䶮示例", "𬱖示例", "𫖯", "\U00020000", "\U0002b740", "\U0002ceb0", "\U00030000", "\U00031350",
		"\U0002ebf0", // extension I
		"\U000323b0", // extension J
		"葛\U000e0100示例", "〇示例", "JOSÉ Ñ", "O'Neil Example-Sample", "Тест", "ཏེ་ས",
	} {
		b := person()
		b.SubjectName = name
		if err := b.Check(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestRegistrarExceptionBody(t *testing.T) {
	b := org()
	b.SubjectCode = "91350100M0001TGQXM"
	if err := b.Check(); !fault.Is(err, fault.CodeCheck) {
		t.Errorf("without exception: %v", err)
	}
	b.RegistrarException = true
	if err := b.Check(); err != nil {
		t.Errorf("with exception: %v", err)
	}
	b.SubjectCode = "91440300708461136T"
	if err := b.Check(); !fault.Is(err, fault.ConditionMismatch) {
		t.Errorf("needless exception: %v", err)
	}
}

func TestErrorsHoldNoValue(t *testing.T) {
	const marker = "标记MARKER"
	b := &Body{Kind: marker, SubjectType: marker, SubjectName: marker + "\x00", SubjectCode: marker, CaseNo: marker + "\x00",
		DecidingOffice: marker + "\x00", JudgmentNo: marker + "\x00", LegalBasis: marker + "\x00", Amount: -77777,
		Facts: marker + "\x00", Performance: marker + "\x00", Measures: []string{marker}}
	for _, e := range b.CheckAll() {
		if s := e.Error(); strings.Contains(s, "标记") || strings.Contains(s, "MARKER") || strings.Contains(s, "77777") {
			t.Errorf("value in %q", s)
		}
	}
	for _, s := range []string{marker, "11010519491231003X"} {
		if _, err := CheckCode(s); err == nil || strings.Contains(err.Error(), s) {
			t.Errorf("value in %v", err)
		}
	}
}

func TestCheckAmendment(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*Body)
		reasoned bool
		want     fault.Code
		where    string
	}{
		{"paid in part", func(b *Body) { b.Amount -= 100; b.Performance = "部分履行"; b.Facts = "余款" }, false, fault.OK, ""},
		{"same amount", func(b *Body) { b.Performance = "部分履行" }, false, fault.OK, ""},
		{"raised", func(b *Body) { b.Amount++ }, false, fault.AmountRaised, ColAmount},
		{"raised by a reasoned decision", func(b *Body) { b.Amount++ }, true, fault.OK, ""},
		{"kind", func(b *Body) { b.Kind = GeneralMinor }, true, fault.SubjectChanged, ColKind},
		{"type", func(b *Body) { b.SubjectType = Org }, true, fault.SubjectChanged, ColSubjectType},
		{"name", func(b *Body) { b.SubjectName = "钱示例" }, true, fault.SubjectChanged, ColSubjectName},
		{"code", func(b *Body) { b.SubjectCode = "440524188001010014" }, true, fault.SubjectChanged, ColSubjectCode},
		{"exception", func(b *Body) { b.RegistrarException = true }, true, fault.SubjectChanged, ColSubjectCode},
		{"case", func(b *Body) { b.CaseNo += "之一" }, true, fault.SubjectChanged, ColCaseNo},
		{"office", func(b *Body) { b.DecidingOffice += "庭" }, true, fault.FieldInvalid, ColDecidingOffice},
		{"judgment", func(b *Body) { b.JudgmentNo = "" }, true, fault.FieldInvalid, ColJudgmentNo},
		{"basis", func(b *Body) { b.LegalBasis += "等" }, true, fault.FieldInvalid, ColLegalBasis},
		{"grounds", func(b *Body) { b.Grounds = 2 }, true, fault.FieldInvalid, ColGrounds},
		{"filed", func(b *Body) { b.FiledOn++ }, true, fault.FieldInvalid, ColFiledOn},
		{"decided", func(b *Body) { b.DecidedOn++ }, true, fault.FieldInvalid, ColDecidedOn},
		{"published", func(b *Body) { b.PublishedOn++ }, true, fault.FieldInvalid, ColPublishedOn},
		{"measures", func(b *Body) { b.Measures = b.Measures[:1] }, true, fault.FieldInvalid, ColMeasures},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := person()
			c.change(b)
			err := b.CheckAmendment(person(), c.reasoned)
			if fault.Of(err) != c.want {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if e, ok := err.(*fault.Error); ok && e.Where != c.where {
				t.Errorf("at %s, want %s", e.Where, c.where)
			}
		})
	}
}

func TestBodyOnTheWire(t *testing.T) {
	b := person()
	var back Body
	if err := wire.Decode(wire.Encode(b), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*b, back); diff != "" {
		t.Error(diff)
	}
	if n := len(b.Disclose()); n != len(Units) {
		t.Errorf("%d units, want %d", n, len(Units))
	}
}

func BenchmarkCheck(b *testing.B) {
	body := person()
	b.ReportAllocs()
	for b.Loop() {
		if err := body.Check(); err != nil {
			b.Fatal(err)
		}
	}
}
