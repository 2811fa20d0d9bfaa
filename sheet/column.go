package sheet

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// column is one field of the format. The first Chinese name is the one that Writer
// writes; the last ones of some rows are those of the courts' own publication.
type column struct {
	name     string
	required bool
	chinese  []string
}

var columns = [...]column{
	{credit.ColKind, true, []string{"类别"}},
	{credit.ColSubjectType, true, []string{"主体类型"}},
	{credit.ColSubjectName, true, []string{"名称", "姓名", "被执行人姓名/名称"}},
	{credit.ColSubjectCode, true, []string{"统一社会信用代码", "身份证号码", "公民身份号码", "身份证号码/组织机构代码"}},
	{credit.ColCaseNo, true, []string{"案号", "文书号"}},
	{credit.ColDecidingOffice, true, []string{"执行法院", "认定机关"}},
	{credit.ColJudgmentNo, false, []string{"执行依据文号"}},
	{credit.ColLegalBasis, true, []string{"法律依据"}},
	{credit.ColGrounds, false, []string{"失信行为情形", "失信被执行人行为具体情形"}},
	{credit.ColAmount, false, []string{"金额"}},
	{credit.ColFiledOn, false, []string{"立案时间"}},
	{credit.ColDecidedOn, true, []string{"认定日期"}},
	{credit.ColPublishedOn, false, []string{"发布时间"}},
	{credit.ColPerformance, false, []string{"履行情况", "被执行人的履行情况"}},
	{credit.ColFacts, false, []string{"义务", "事实", "生效法律文书确定的义务"}},
	{credit.ColMeasures, true, []string{"惩戒措施"}},
}

// Places of the columns in the table above.
const (
	kindCol = iota
	typeCol
	nameCol
	codeCol
	caseCol
	officeCol
	judgmentCol
	basisCol
	groundsCol
	amountCol
	filedCol
	decidedCol
	publishedCol
	performanceCol
	factsCol
	measuresCol
)

// rejectHeadings are the three columns that a rejects file adds, by language.
var rejectHeadings = map[message.Lang][3]string{
	message.English: {"reject_line", "reject_column", "reject_reason"},
	message.Chinese: {"退回行号", "退回列", "退回原因"},
}

// Heading is a column of a file by its number, from 1, and its text.
type Heading struct {
	Number int
	Text   string
}

// header says where a file's columns stand.
type header struct {
	texts   []string
	at      [len(columns)][]int // cells that stand for a field, in file order
	unknown []Heading
	own     []int // cells of an earlier rejects file, ascending
}

// parseHeader recognises the headings. It fails with fault.MissingColumn naming every
// required column that is missing, or with fault.FieldInvalid for a heading that
// stands twice. A file without headings ends here: its first row, which may be
// personal, appears in no error.
func parseHeader(cells []string, line int) (*header, error) {
	h := &header{texts: cells}
	seen := map[string]bool{}
	for i, c := range cells {
		key := headingKey(c)
		if key != "" && seen[key] {
			return nil, fault.Newf(fault.FieldInvalid, place(line, i+1, ""), "the heading stands twice")
		}
		seen[key] = true
		switch f, own := recognise(key); {
		case own:
			h.own = append(h.own, i)
		case f >= 0:
			h.at[f] = append(h.at[f], i)
		case key != "":
			h.unknown = append(h.unknown, Heading{i + 1, strings.TrimSpace(c)})
		}
	}
	var missing []string
	for f, c := range columns {
		if c.required && len(h.at[f]) == 0 {
			missing = append(missing, c.name)
		}
	}
	if len(missing) > 0 {
		return nil, fault.Newf(fault.MissingColumn, place(line, 0, ""), "%s", strings.Join(missing, ", "))
	}
	return h, nil
}

// Column returns the number, from 1, of the column that a row fills for a field, or 0
// where the file has none: the place of a refusal that others than the reader find.
func (r *Reader) Column(field string, row Row) int {
	for f, c := range columns {
		if c.name == field {
			return r.header.cell(f, row.Raw) + 1
		}
	}
	return 0
}

// headingKey folds width, case and spaces.
func headingKey(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Join(strings.Fields(s), "")
}

// recognise returns the field of a heading, or -1, and whether it is one of a rejects
// file.
func recognise(key string) (field int, own bool) {
	for f, c := range columns {
		if key == c.name || slices.Contains(c.chinese, key) {
			return f, false
		}
	}
	for _, hs := range rejectHeadings {
		own = own || slices.Contains(hs[:], key)
	}
	return -1, own
}

// String returns "column 3 (备注)".
func (h Heading) String() string { return "column " + strconv.Itoa(h.Number) + " (" + h.Text + ")" }
