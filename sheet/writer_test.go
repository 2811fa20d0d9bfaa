package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

func TestWriterRoundTrip(t *testing.T) {
	second := goodBody()
	second.CaseNo, second.SubjectName, second.Facts = "（2026）示2号", "\U0002b740𬱖·示例", "含“引号”、\"marks\"、逗号,和 =1+1"
	third := credit.Body{Kind: credit.GeneralMinor, SubjectType: credit.Org, SubjectName: "示例公司", SubjectCode: "91440300708461136T",
		CaseNo: "示3号", DecidingOffice: "示例局", LegalBasis: "示例办法", DecidedOn: credit.NewDate(2026, 3, 2)}
	want := []credit.Body{goodBody(), second, third}
	for _, enc := range []Encoding{UTF8, UTF8BOM, GB18030} {
		for _, lang := range message.Langs {
			var buf bytes.Buffer
			w, err := NewWriter(&buf, enc, lang)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if err := w.Write(&want[i]); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := NewReader(bytes.NewReader(buf.Bytes()))
			if err != nil || r.Encoding() != enc {
				t.Fatalf("%v in %s: %v", enc, lang, err)
			}
			var got []credit.Body
			for _, row := range all(t, r) {
				if len(row.Problems) > 0 {
					t.Errorf("%v", row.Problems)
				}
				got = append(got, row.Body)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%v in %s:\n%s", enc, lang, diff)
			}
		}
	}
}

func TestWriterRefusesException(t *testing.T) {
	w, err := NewWriter(io.Discard, UTF8, message.English)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&credit.Body{RegistrarException: true}); !fault.Is(err, fault.FieldInvalid) {
		t.Errorf("%v", err)
	}
}

// rejectsOf reads a file and writes its rejects.
func rejectsOf(t *testing.T, content string, lang message.Lang) (good int, out string) {
	t.Helper()
	r := open(t, content)
	var buf bytes.Buffer
	x, err := NewRejects(&buf, r, lang)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all(t, r) {
		if len(row.Problems) == 0 {
			good++
		} else if err := x.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return good, buf.String()
}

func TestRejects(t *testing.T) {
	content := "备注," + englishHead + "x," + row(1, nil) + "y," + row(2, map[string]string{"subject_code": "110105194912310021", "amount": "-"}) +
		"z," + row(3, map[string]string{"measures": "I-03,extra"}) + `w"` + "\n"
	good, out := rejectsOf(t, content, message.Chinese)
	if good != 1 {
		t.Errorf("%d good rows", good)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll() // all rows are of one length
	if err != nil || len(rows) != 4 {
		t.Fatalf("%v\n%s", err, out)
	}
	n := len(rows[0])
	if diff := cmp.Diff([]string{"退回行号", "退回列", "退回原因"}, rows[0][n-3:]); diff != "" || rows[0][0] != "备注" {
		t.Error(diff)
	}
	if rows[1][0] != "y" || rows[1][4] != "110105194912310021" || rows[1][n-3] != "3" || rows[1][n-2] != "5 subject_code; 11 amount" {
		t.Errorf("%q", rows[1])
	}
	if !strings.Contains(rows[1][n-1], "校验码不符") || !strings.Contains(rows[1][n-1], "金额") {
		t.Errorf("reason %q", rows[1][n-1])
	}
	if rows[2][n-4] != "I-03,extra" || rows[2][n-2] != "18" {
		t.Errorf("%q", rows[2])
	}
	if rows[3][0] != `w"` || rows[3][n-3] != "5" {
		t.Errorf("%q", rows[3])
	}
}

// TestRejectsRoundTrip corrects a rejects file and reads it again, twice.
func TestRejectsRoundTrip(t *testing.T) {
	for _, lang := range message.Langs {
		for _, enc := range []string{"utf-8", "bom", "gb"} {
			content := chineseHead + row(1, map[string]string{"amount": "一百元", "subject_type": "不明"}) + row(2, nil)
			switch enc {
			case "bom":
				content = utf8Mark + content
			case "gb":
				content = gb(t, content)
			}
			good, first := rejectsOf(t, content, lang)
			if good != 1 {
				t.Fatalf("%d good rows", good)
			}
			fix := func(from, to string) {
				if enc == "gb" {
					from, to = gb(t, from), gb(t, to)
				}
				if !strings.Contains(first, from) {
					t.Fatalf("%s in %s: the value to correct is not there\n%s", enc, lang, first)
				}
				first = strings.Replace(first, from, to, 1)
			}
			fix("一百元", "100")
			good, second := rejectsOf(t, first, lang)
			if good != 0 || strings.Count(second, rejectHeadingsIn(t, enc, lang)) != 1 {
				t.Errorf("%s in %s: half corrected gives %d good rows\n%s", enc, lang, good, second)
			}
			first = second
			fix("不明", "自然人")
			r := open(t, first)
			if len(r.Unknown()) > 0 {
				t.Errorf("unknown %v", r.Unknown())
			}
			if rows := all(t, r); len(rows) != 1 || len(rows[0].Problems) > 0 || rows[0].Body.Amount != 10000 {
				t.Errorf("%s in %s: %+v", enc, lang, rows)
			}
		}
	}
}

func rejectHeadingsIn(t *testing.T, enc string, lang message.Lang) string {
	h := rejectHeadings[lang][0]
	if enc == "gb" {
		return gb(t, h)
	}
	return h
}

// TestCSVAgrees holds the reader against the standard library's for well-formed text.
func TestCSVAgrees(t *testing.T) {
	for _, s := range []string{
		"", "a", "a,b\nc,d\n", "a,\n,b\r\n", `"a,b","c""d"` + "\n", "\"a\r\nb\",c\n", ",,,\n", `""` + "\n", `"",""`, "a\rb\n", "\"\n\n\"\n", "x\r",
	} {
		agree(t, []byte(s))
	}
}

func agree(t *testing.T, b []byte) {
	t.Helper()
	std := csv.NewReader(bytes.NewReader(b))
	std.FieldsPerRecord = -1
	want, err := std.ReadAll()
	if err != nil || len(b) > maxRecord {
		return
	}
	c := newCSVReader(bytes.NewReader(b))
	var got [][]string
	for {
		r, err := c.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.flaw == unclosed {
			return // more lines than a row may have
		}
		for i := range r.cells {
			r.cells[i] = strings.ReplaceAll(r.cells[i], "\r\n", "\n") // as the standard library does
		}
		got = append(got, r.cells)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q:\n%s", b, diff)
	}
}

func FuzzSheet(f *testing.F) {
	f.Add([]byte(englishHead + goodRow))
	f.Add([]byte(utf8Mark + chineseHead + goodRow + "\"\n" + goodRow))
	f.Add([]byte(gb(f, chineseHead+goodRow)))
	f.Add([]byte("\xff\xfe\x00"))
	f.Add([]byte(englishHead + quoteAll(goodRow) + "\"a\nb\"\"\",,\r\n,\"x\"y\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		agree(t, b)
		r, err := NewReader(bytes.NewReader(b))
		if err != nil {
			if fault.Of(err) == fault.Internal {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		x, err := NewRejects(io.Discard, r, message.English)
		if err != nil {
			t.Fatal(err)
		}
		last := 0
		for range len(b) + 1 {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if row.Line <= last {
				t.Fatalf("line %d after %d", row.Line, last)
			}
			last = row.Line
			if len(row.Problems) > 0 {
				if err := x.Write(row); err != nil {
					t.Fatal(err)
				}
				continue
			}
			rewrite(t, row.Body)
		}
		t.Fatal("more rows than bytes")
	})
}

// rewrite holds that a good row is valid, and the same when written and read again.
func rewrite(t *testing.T, body credit.Body) {
	t.Helper()
	if err := body.Check(); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	w, err := NewWriter(&buf, UTF8, message.English)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(&body), w.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := NewReader(bytes.NewReader(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	row, err := again.Next()
	if err != nil || len(row.Problems) > 0 {
		t.Fatalf("%v, %v\n%q", err, row.Problems, buf.String())
	}
	if diff := cmp.Diff(body, row.Body); diff != "" {
		t.Fatal(diff)
	}
}
