package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

const (
	englishHead = "kind,subject_type,subject_name,subject_code,case_no,deciding_office,judgment_no,legal_basis,grounds,amount,filed_on,decided_on,published_on,performance,facts,measures\n"
	chineseHead = "类别,主体类型,名称,统一社会信用代码,案号,执行法院,执行依据文号,法律依据,失信行为情形,金额,立案时间,认定日期,发布时间,履行情况,义务,惩戒措施\n"
	goodRow     = "judgment-defaulter,person,赵示例,11010519491231002X,（2026）示0105执1号,北京市示例区人民法院,（2025）示0105民初4号,法释〔2017〕7号第一条,1,1234.50,2026-01-05,2026-03-02,2026年3月9日,全部未履行,支付货款。,I-03;II-07\n"
)

// goodBody is what goodRow says.
func goodBody() credit.Body {
	return credit.Body{
		Kind: credit.JudgmentDefaulter, SubjectType: credit.Person, SubjectName: "赵示例", SubjectCode: "11010519491231002X",
		CaseNo: "（2026）示0105执1号", DecidingOffice: "北京市示例区人民法院", JudgmentNo: "（2025）示0105民初4号",
		LegalBasis: "法释〔2017〕7号第一条", Grounds: 1, Amount: 123450,
		FiledOn: credit.NewDate(2026, 1, 5), DecidedOn: credit.NewDate(2026, 3, 2), PublishedOn: credit.NewDate(2026, 3, 9),
		Performance: "全部未履行", Facts: "支付货款。", Measures: []string{"I-03", "II-07"},
	}
}

// row replaces cells of goodRow by column name and gives it a case number of its own.
func row(n int, cells map[string]string) string {
	names := strings.Split(strings.TrimSpace(englishHead), ",")
	values := strings.Split(strings.TrimSpace(goodRow), ",")
	for i, name := range names {
		if name == credit.ColCaseNo {
			values[i] = fmt.Sprintf("（2026）示0105执%d号", n)
		}
		if v, ok := cells[name]; ok {
			values[i] = v
		}
	}
	return strings.Join(values, ",") + "\n"
}

func open(t testing.TB, content string) *Reader {
	t.Helper()
	r, err := NewReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func all(t testing.TB, r *Reader) []Row {
	t.Helper()
	var rows []Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func gb(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReadForms(t *testing.T) {
	chineseRow := strings.NewReplacer("judgment-defaulter", "失信被执行人", "person", "自然人", "2026-03-02", "2026年03月02日").Replace(goodRow)
	for _, c := range []struct {
		name, content string
		want          Encoding
	}{
		{"English", englishHead + goodRow, UTF8},
		{"Chinese", chineseHead + chineseRow, UTF8},
		{"byte order mark", utf8Mark + chineseHead + chineseRow, UTF8BOM},
		{"GB18030", gb(t, chineseHead+chineseRow), GB18030},
		{"GB18030 with mark", gbMark + gb(t, englishHead+goodRow), GB18030},
		{"CRLF", strings.ReplaceAll(englishHead+goodRow, "\n", "\r\n"), UTF8},
		{"no last line end", strings.TrimSpace(englishHead + goodRow), UTF8},
		{"blank lines", "\n\r\n" + englishHead + "\n,,,\n" + goodRow + "\n\n", UTF8},
		{"quoted", quoteAll(englishHead) + quoteAll(goodRow), UTF8},
		{"headings in capitals with spaces", strings.ToUpper(strings.ReplaceAll(englishHead, ",", " , ")) + goodRow, UTF8},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := open(t, c.content)
			if r.Encoding() != c.want || len(r.Unknown()) > 0 {
				t.Errorf("encoding %v, unknown %v", r.Encoding(), r.Unknown())
			}
			rows := all(t, r)
			if len(rows) != 1 || len(rows[0].Problems) > 0 {
				t.Fatalf("rows %+v", rows)
			}
			if diff := cmp.Diff(goodBody(), rows[0].Body); diff != "" {
				t.Error(diff)
			}
			if r.Offset() != r.Size() || r.Size() != int64(len(c.content)) {
				t.Errorf("%d of %d bytes", r.Offset(), r.Size())
			}
		})
	}
}

func quoteAll(line string) string {
	return `"` + strings.ReplaceAll(strings.TrimSpace(line), ",", `","`) + "\"\r\n"
}

func TestAnyOrderAndUnknownColumns(t *testing.T) {
	head := "法定代表人,认定日期,类别,案号,主体类型,身份证号码,姓名,统一社会信用代码,名称,认定机关,法律依据,失信行为情形,备注,惩戒措施\n"
	r := open(t, head+
		"某某,2026-03-02,失信被执行人,（2026）示1号,自然人,11010519491231002X,赵示例,,,示例法院,示例规定第一条,①,x\n"+
		",2026-03-02,一般失信,（2026）示2号,单位,,,91440300708461136T,示例公司,示例局,示例规定第一条,,\n"+
		",2026-03-02,一般失信,（2026）示3号,单位,,赵示例,91440300708461136T,示例公司,示例局,示例规定第一条,,\n")
	if diff := cmp.Diff([]Heading{{1, "法定代表人"}, {13, "备注"}}, r.Unknown()); diff != "" {
		t.Error(diff)
	}
	rows := all(t, r)
	if len(rows) != 3 || rows[0].Body.SubjectName != "赵示例" || rows[1].Body.SubjectName != "示例公司" || rows[1].Body.SubjectType != credit.Org {
		t.Fatalf("%+v", rows)
	}
	if len(rows[0].Problems)+len(rows[1].Problems) > 0 {
		t.Errorf("problems %v %v", rows[0].Problems, rows[1].Problems)
	}
	if ps := rows[2].Problems; len(ps) != 1 || ps[0].Err.Code != fault.ConditionMismatch || ps[0].Name != credit.ColSubjectName {
		t.Errorf("two names in one row: %v", ps)
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name   string
		cells  map[string]string
		want   fault.Code
		column int
	}{
		{"unknown kind", map[string]string{"kind": "x"}, fault.FieldInvalid, 1},
		{"no kind", map[string]string{"kind": " "}, fault.FieldMissing, 1},
		{"unknown type", map[string]string{"subject_type": "firm"}, fault.FieldInvalid, 2},
		{"no name", map[string]string{"subject_name": ""}, fault.FieldMissing, 3},
		{"invisible name", map[string]string{"subject_name": "赵\u200b"}, fault.NameInvalid, 3},
		{"wrong check", map[string]string{"subject_code": "110105194912310021"}, fault.CitizenCheck, 4},
		{"small x", map[string]string{"subject_code": "11010519491231002x"}, fault.CodeLowerCase, 4},
		{"spoilt by a spreadsheet", map[string]string{"subject_code": "1.10105E+17"}, fault.CitizenLength, 4},
		{"minor", map[string]string{"subject_code": "110105201001010018"}, fault.CitizenCheck, 4},
		{"no basis", map[string]string{"legal_basis": ""}, fault.FieldMissing, 8},
		{"no grounds", map[string]string{"grounds": ""}, fault.FieldMissing, 9},
		{"ground 7", map[string]string{"grounds": "1;7"}, fault.FieldInvalid, 9},
		{"amount with three decimals", map[string]string{"amount": "1.234"}, fault.AmountMalformed, 10},
		{"no such day", map[string]string{"filed_on": "2026-02-30"}, fault.DateImpossible, 11},
		{"date of another form", map[string]string{"decided_on": "2026/3/2"}, fault.DateMalformed, 12},
		{"published before decided", map[string]string{"published_on": "2026-03-01"}, fault.DateTooEarly, 13},
		{"long facts", map[string]string{"facts": strings.Repeat("x", credit.MaxFacts+1)}, fault.FieldTooLong, 15},
		{"measure of free text", map[string]string{"measures": "限制"}, fault.FieldInvalid, 16},
		{"too many cells", map[string]string{"measures": "I-03,x"}, fault.FieldInvalid, 17},
		{"damaged text", map[string]string{"facts": "支付\xff"}, fault.EncodingInvalid, 15},
		{"stray mark", map[string]string{"facts": `支付"货款`}, fault.Malformed, 15},
		{"text after a closing mark", map[string]string{"facts": `"支付"货款`}, fault.Malformed, 15},
		{"oversized", map[string]string{"facts": strings.Repeat("x", 1<<16)}, fault.TooLarge, 16},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := all(t, open(t, englishHead+row(1, nil)+row(2, c.cells)+row(3, nil)))
			if len(rows) != 3 || len(rows[0].Problems)+len(rows[2].Problems) > 0 {
				t.Fatalf("the good rows do not come through: %+v", rows)
			}
			ps := rows[1].Problems
			if len(ps) != 1 || ps[0].Err.Code != c.want || ps[0].Column != c.column || ps[0].Line != 3 {
				t.Fatalf("got %v, want %v in column %d", ps, c.want, c.column)
			}
			if where := fmt.Sprintf("line 3, column %d", c.column); !strings.HasPrefix(ps[0].Error(), where) || !fault.Is(ps[0], c.want) {
				t.Errorf("%q does not begin with %q", ps[0].Error(), where)
			}
		})
	}
}

func TestMinor(t *testing.T) {
	id, err := credit.MakeCitizenID("110105", credit.NewDate(2010, 1, 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	rows := all(t, open(t, englishHead+row(1, map[string]string{"subject_code": string(id)})))
	if ps := rows[0].Problems; len(ps) != 1 || ps[0].Error() != "line 2, column 4 (subject_code): minor" {
		t.Errorf("%v", ps)
	}
}

// TestBadRowsAreStepped reads a file in which every second row is bad in its own way.
func TestBadRowsAreStepped(t *testing.T) {
	var b strings.Builder
	b.WriteString(englishHead)
	bad := []map[string]string{
		{"kind": "x", "amount": "-", "decided_on": "yesterday"}, {"subject_code": ""}, {"facts": `a"b`},
		{"facts": strings.Repeat("y", 200_000)}, {"facts": "支\xffx"}, {"measures": "a,b,c"}, {"subject_name": "\x00"[:0] + "···"},
	}
	for i, cells := range bad {
		b.WriteString(row(2*i, cells))
		b.WriteString(row(2*i+1, nil))
	}
	rows := all(t, open(t, b.String()))
	if len(rows) != 2*len(bad) {
		t.Fatalf("%d rows, want %d", len(rows), 2*len(bad))
	}
	for i, r := range rows {
		if (len(r.Problems) > 0) != (i%2 == 0) || r.Line != i+2 {
			t.Errorf("row %d at line %d: %v", i, r.Line, r.Problems)
		}
	}
	if ps := rows[0].Problems; len(ps) != 3 {
		t.Errorf("each problem of a row is told: %v", ps)
	}
}

func TestUnclosedQuote(t *testing.T) {
	for _, c := range []struct {
		name  string
		after string
		rows  int
	}{
		{"to the end of the file", row(2, nil) + row(3, nil), 3},
		{"closed by a later row", row(2, nil) + row(3, map[string]string{"facts": `"支付"`}), 3},
		{"longer than a row may be", strings.Repeat(row(2, map[string]string{"facts": strings.Repeat("x", 5000)}), 40), 41},
		{"many rows", strings.Repeat(row(2, nil), 400), 401},
		{"closed after more lines than a row may have", row(2, nil) + strings.Repeat("x\n", 256) + "\",\n", 259},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := all(t, open(t, englishHead+row(1, map[string]string{"facts": `"支付`})+c.after))
			if len(rows) != c.rows {
				t.Fatalf("%d rows, want %d", len(rows), c.rows)
			}
			if ps := rows[0].Problems; len(ps) != 1 || ps[0].Err.Code != fault.Malformed || ps[0].Column != 15 || len(rows[0].Raw) != 1 {
				t.Errorf("%v, %d cells", ps, len(rows[0].Raw))
			}
			if rows[1].Line != 3 || len(rows[1].Problems) > 0 {
				t.Errorf("next row at %d: %v", rows[1].Line, rows[1].Problems)
			}
		})
	}
}

func TestQuotedLineBreaks(t *testing.T) {
	rows := all(t, open(t, englishHead+row(1, map[string]string{"facts": "\"支付货款，\r\n并说\"\"明\"\"\n\"", "subject_name": "\" 赵示例 \""})+row(2, nil)))
	if len(rows) != 2 || len(rows[0].Problems) > 0 {
		t.Fatalf("%+v", rows)
	}
	if got := rows[0].Body.Facts; got != `支付货款， 并说"明"` || rows[0].Body.SubjectName != "赵示例" {
		t.Errorf("%q", got)
	}
	if rows[1].Line != 5 {
		t.Errorf("the second row is at line %d, want 5", rows[1].Line)
	}
}

func TestHeaderFaults(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          fault.Code
		text          string
	}{
		{"empty", "", fault.MissingColumn, "line 1: missing-column: kind, subject_type, subject_name, subject_code, case_no, deciding_office, legal_basis, decided_on"},
		{"blank", "\n\n", fault.MissingColumn, "line 1: "},
		{"two missing", "\n" + strings.Replace(strings.Replace(englishHead, "subject_code", "x", 1), "case_no", "y", 1), fault.MissingColumn, "line 2: missing-column: subject_code, case_no"},
		{"no headings", goodRow, fault.MissingColumn, "line 1: "},
		{"semicolons", strings.ReplaceAll(englishHead, ",", ";"), fault.MissingColumn, "line 1: "},
		{"heading twice", strings.Replace(englishHead, "facts", "kind", 1), fault.FieldInvalid, "line 1, column 15: "},
		{"quote in the headings", `"kind` + "\n", fault.Malformed, "line 1, column 1: "},
		{"workbook", "PK\x03\x04\x14\x00\x06", fault.EncodingInvalid, "line 1: "},
		{"UTF-16", "\xff\xfek\x00i\x00", fault.EncodingInvalid, "line 1: "},
		{"neither encoding", englishHead + goodRow + strings.Repeat("\xff\xff\xff\n", 50), fault.EncodingInvalid, "line 3: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewReader(strings.NewReader(c.content))
			if fault.Of(err) != c.want || !strings.HasPrefix(err.Error(), c.text) {
				t.Fatalf("got %v, want %v: %s", err, c.want, c.text)
			}
			if strings.Contains(err.Error(), "示例") || strings.Contains(err.Error(), "1101") {
				t.Errorf("a value stands in %v", err)
			}
		})
	}
}

// TestEncodingLate holds that the encoding is told by the whole file.
func TestEncodingLate(t *testing.T) {
	ascii := strings.NewReplacer("赵示例", "Zhao", "（2026）示0105执", "A", "号", "", "北京市示例区人民法院", "court", "（2025）示0105民初4", "B",
		"法释〔2017〕7第一条", "rule", "2026年3月9日", "2026-03-09", "全部未履行", "none", "支付货款。", "pay", "〔", "(", "〕", ")", "法释", "x", "第一条", "y")
	var head strings.Builder
	head.WriteString(englishHead)
	for i := range 2000 {
		head.WriteString(ascii.Replace(row(i, nil)))
	}
	if strings.IndexFunc(head.String(), func(r rune) bool { return r > 127 }) >= 0 {
		t.Fatal("the front of the file is not ASCII")
	}
	for name, c := range map[string]struct {
		content string
		want    Encoding
	}{
		"UTF-8":   {head.String() + goodRow, UTF8},
		"GB18030": {head.String() + gb(t, goodRow), GB18030},
		"ASCII":   {head.String(), UTF8},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, c.content)
			rows := all(t, r)
			last := rows[len(rows)-1]
			if r.Encoding() != c.want || len(last.Problems) > 0 {
				t.Fatalf("%v, %v", r.Encoding(), last.Problems)
			}
			if name != "ASCII" && last.Body.SubjectName != "赵示例" {
				t.Errorf("name is %q", last.Body.SubjectName)
			}
		})
	}
}

func TestTextIsComposed(t *testing.T) {
	rows := all(t, open(t, englishHead+row(1, map[string]string{"subject_name": "Jose\u0301 \u90ce", "facts": "\uf92c"})))
	if b := rows[0].Body; len(rows[0].Problems) > 0 || b.SubjectName != "Jos\u00e9 \u90ce" || b.Facts != "\u90ce" {
		t.Errorf("%+v", rows[0])
	}
}

// TestRareCharacters holds that characters beyond the basic plane come through in both
// encodings.
func TestRareCharacters(t *testing.T) {
	content := englishHead + row(1, map[string]string{"subject_name": "\U0002b740𬱖䶮"}) + row(2, map[string]string{"subject_name": "阿卜杜拉·示例"})
	for _, c := range []string{content, gb(t, content)} {
		rows := all(t, open(t, c))
		if len(rows) != 2 || len(rows[0].Problems)+len(rows[1].Problems) > 0 ||
			rows[0].Body.SubjectName != "\U0002b740𬱖䶮" || rows[1].Body.SubjectName != "阿卜杜拉·示例" {
			t.Errorf("%+v", rows)
		}
	}
}

func TestDuplicateRow(t *testing.T) {
	rows := all(t, open(t, englishHead+
		row(1, map[string]string{"amount": "x"})+ // refused, so it does not count
		row(1, nil)+
		row(1, map[string]string{"facts": "另一事实"})+
		row(1, map[string]string{"case_no": "(2026) 示0105执1号"})+
		row(1, map[string]string{"kind": "general-minor"})+
		row(2, nil)))
	var got []fault.Code
	for _, r := range rows {
		c := fault.OK
		if len(r.Problems) > 0 {
			c = r.Problems[0].Err.Code
		}
		got = append(got, c)
	}
	want := []fault.Code{fault.AmountMalformed, fault.OK, fault.DuplicateRow, fault.DuplicateRow, fault.OK, fault.OK}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if e := rows[2].Problems[0].Error(); e != "line 4, column 5 (case_no): duplicate-row: as in line 3" {
		t.Errorf("%s", e)
	}
}

func TestProblemsHoldNoValue(t *testing.T) {
	const marker = "MARKER标记"
	cells := map[string]string{}
	for _, c := range columns {
		cells[c.name] = marker + "\x01"
	}
	for _, r := range all(t, open(t, englishHead+row(1, cells)+marker+`"`+"\n"+strings.Repeat(marker+",", 20)+"\n")) {
		if len(r.Problems) == 0 {
			t.Errorf("line %d has no problem", r.Line)
		}
		for _, p := range r.Problems {
			if strings.Contains(p.Error(), "MARKER") || strings.Contains(p.Error(), "标记") {
				t.Errorf("value in %s", p)
			}
		}
	}
}

// many yields a file of n rows without holding it.
type many struct {
	row  string
	n    int64
	at   int64
	head string
}

func (m *many) size() int64 { return int64(len(m.head)) + m.n*int64(len(m.row)) }

func (m *many) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekCurrent {
		offset += m.at
	}
	m.at = offset
	return m.at, nil
}

func (m *many) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && m.at < m.size() {
		var part string
		if m.at < int64(len(m.head)) {
			part = m.head[m.at:]
		} else {
			part = m.row[(m.at-int64(len(m.head)))%int64(len(m.row)):]
		}
		k := copy(p[n:], part)
		n, m.at = n+k, m.at+int64(k)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestMemoryIsBounded reads a file of some 15 MB (all rows but the first repeat a
// case) and looks at what is still held near its end.
func TestMemoryIsBounded(t *testing.T) {
	src := &many{head: englishHead, row: row(1, map[string]string{"facts": strings.Repeat("事", 1000)}), n: 5_000}
	r, err := NewReader(src)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for n := int64(0); n < src.n; n++ {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2<<20 {
		t.Errorf("%d bytes are held after %d rows of %d bytes", grown, src.n, src.size())
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last row: %v", err)
	}
}

func BenchmarkRead(b *testing.B) {
	var buf bytes.Buffer
	buf.WriteString(englishHead)
	const n = 1000
	for i := range n {
		buf.WriteString(row(i, nil))
	}
	b.ReportAllocs()
	b.SetBytes(int64(buf.Len()))
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(buf.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		for i := range n {
			if row, err := r.Next(); err != nil || len(row.Problems) > 0 {
				b.Fatal(i, err, row.Problems)
			}
		}
	}
}
