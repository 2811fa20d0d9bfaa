package sheet

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// clean trims a cell, makes one line of it and brings it to NFC.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "\r\n") {
		s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' }), " ")
	}
	return norm.NFC.String(s)
}

var kindNames = map[string]credit.Kind{
	"失信被执行人": credit.JudgmentDefaulter,
	"轻微失信":   credit.GeneralMinor, "一般失信": credit.GeneralGeneral, "严重失信": credit.GeneralSerious,
	"严重违法失信名单": credit.SeriousViolation, "严重违法失信": credit.SeriousViolation,
	"经营异常名录": credit.AbnormalOperation, "经营异常": credit.AbnormalOperation,
	"重大税收违法失信主体": credit.MajorTax, "重大税收违法": credit.MajorTax,
	"拖欠农民工工资": credit.WageArrears, "拖欠农民工工资失信联合惩戒对象": credit.WageArrears,
}

// parseKind reads a kind by its code or its Chinese term.
func parseKind(s string) (credit.Kind, fault.Code) {
	if k, ok := kindNames[s]; ok {
		return k, fault.OK
	}
	if k := credit.Kind(s); k.Valid() {
		return k, fault.OK
	}
	return "", fault.FieldInvalid
}

func parseType(s string) (credit.SubjectType, fault.Code) {
	switch s {
	case "org", "法人或其他组织", "法人或者其他组织", "单位":
		return credit.Org, fault.OK
	case "person", "自然人", "个人":
		return credit.Person, fault.OK
	}
	return "", fault.FieldInvalid
}

func parseDate(s string) (credit.Date, fault.Code) {
	d, err := credit.ParseDate(s)
	if err != nil {
		return 0, fault.Of(err)
	}
	if d == 0 {
		return 0, fault.DateImpossible // 1970-01-01 stands for "none" in a body
	}
	return d, fault.OK
}

// parseAmount reads yuan with at most two decimals into fen: "1234", "1234.5",
// "1,234.50" with groups of three. No sign, unit or exponent.
func parseAmount(s string) (int64, fault.Code) {
	whole, cents, point := strings.Cut(s, ".")
	if strings.Contains(whole, ",") {
		groups := strings.Split(whole, ",")
		for i, g := range groups {
			if i > 0 && len(g) != 3 || len(g) == 0 || len(g) > 3 {
				return 0, fault.AmountMalformed
			}
		}
		whole = strings.Join(groups, "")
	}
	if point && (len(cents) < 1 || len(cents) > 2) || !decimal(whole) || point && !decimal(cents) {
		return 0, fault.AmountMalformed
	}
	if len(cents) < 2 {
		cents += "00"[len(cents):]
	}
	fen, err := strconv.ParseInt(whole+cents, 10, 64)
	if err != nil || fen > credit.MaxAmount {
		return 0, fault.AmountMalformed
	}
	return fen, fault.OK
}

func decimal(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// groundSentences are the six items of 法释〔2017〕7号 art. 1 and the wordings of them
// that the courts' publication uses, without punctuation and the closing 的.
var groundSentences = map[string]int{
	"有履行能力而拒不履行生效法律文书确定义务":      1,
	"以伪造证据暴力威胁等方法妨碍抗拒执行":        2,
	"以虚假诉讼虚假仲裁或者以隐匿转移财产等方法规避执行": 3,
	"其他规避执行":              3,
	"违反财产报告制度":            4,
	"违反限制消费令":             5,
	"违反限制高消费令":            5,
	"无正当理由拒不履行执行和解协议":     6,
	"被执行人无正当理由拒不履行执行和解协议": 6,
	"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6,
	"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6,
}

// parseGrounds reads numbers, sentences or both, separated by semicolons or commas.
func parseGrounds(s string) (credit.Grounds, fault.Code) {
	var numbers []int
	for _, part := range strings.FieldsFunc(norm.NFKC.String(s), isSeparator) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		n := groundNumber(part)
		if n == 0 {
			return 0, fault.FieldInvalid
		}
		numbers = append(numbers, n)
	}
	g, err := credit.NewGrounds(numbers...)
	if err != nil || g == 0 {
		return 0, fault.FieldInvalid
	}
	return g, fault.OK
}

func isSeparator(r rune) bool { return r == ';' || r == ',' || r == '；' || r == '，' }

// groundNumber reads one ground: a number of 1 to 6, also as ①, 一, （一） or 第一项, or
// a sentence with or without its number in front. 0 if it is neither, or if number and
// sentence contradict each other.
func groundNumber(part string) int {
	key := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, part)
	key = strings.TrimPrefix(key, "第")
	number := 0
	if strings.IndexAny(key, "123456一二三四五六") == 0 {
		first := firstRune(key)
		number = groundSentences[first]
		key = strings.TrimPrefix(key[len(first):], "项")
	}
	if key == "" {
		return number
	}
	n := groundSentences[strings.TrimSuffix(key, "的")]
	if number != 0 && n != number {
		return 0
	}
	return n
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// parseMeasures reads catalogue codes into ascending order, each once. Whether a code
// is one is for credit's Check.
func parseMeasures(s string) []string {
	var ms []string
	for _, m := range strings.FieldsFunc(s, isSeparator) {
		if m = strings.TrimSpace(m); m != "" {
			ms = append(ms, m)
		}
	}
	slices.Sort(ms)
	return slices.Compact(ms)
}
