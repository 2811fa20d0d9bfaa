package sheet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

func TestParseAmount(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "0.00": 0, "1": 100, "1234.5": 123450, "1234.56": 123456, "0.01": 1, "007.10": 710,
		"1,234.56": 123456, "12,345,678": 1234567800, "999": 99900, "10000000000000.00": credit.MaxAmount,
	} {
		if got, c := parseAmount(in); c != fault.OK || got != want {
			t.Errorf("%s: %d, %v, want %d", in, got, c, want)
		}
	}
	for _, in := range []string{
		"-1", "+1", "1.234", "1.", ".5", "1e5", "1元", "￥1", "1,23", ",123", "1,2345", "1234,567", "1 000", "１２", "1..2", "1.2.3",
		"10000000000000.01", "99999999999999999999", "NaN", "0x10",
	} {
		if got, c := parseAmount(in); c != fault.AmountMalformed {
			t.Errorf("%q is %d, %v", in, got, c)
		}
	}
}

func TestFormatAmount(t *testing.T) {
	for fen, want := range map[int64]string{0: "0.00", 1: "0.01", 10: "0.10", 100: "1.00", 123456: "1234.56", credit.MaxAmount: "10000000000000.00"} {
		if got := FormatAmount(fen); got != want {
			t.Errorf("%d: %s, want %s", fen, got, want)
		}
		if back, c := parseAmount(want); c != fault.OK || back != fen {
			t.Errorf("%s reads as %d, %v", want, back, c)
		}
	}
}

func TestParseGrounds(t *testing.T) {
	for in, want := range map[string]string{
		"1": "1", "6;1": "1;6", "1；2，3,4": "1;2;3;4", "①": "1", "①;⑥": "1;6", "（一）": "1", "(三)；(四)": "3;4", "第（二）项": "2", "一;二": "1;2",
		"有履行能力而拒不履行生效法律文书确定义务的":                      "1",
		"有履行能力而拒不履行生效法律文书确定义务":                       "1",
		"（一）有履行能力而拒不履行生效法律文书确定义务的；":                  "1",
		"1、有履行能力而拒不履行生效法律文书确定义务的":                    "1",
		"一、有履行能力而拒不履行生效法律文书确定义务的":                    "1",
		"以伪造证据、暴力、威胁等方法妨碍、抗拒执行的":                     "2",
		"以虚假诉讼、虚假仲裁或者以隐匿、转移财产等方法规避执行的":               "3",
		"违反财产报告制度的":                                  "4",
		"违反限制消费令的；":                                  "5",
		"无正当理由拒不履行执行和解协议的。":                          "6",
		"违反财产报告制度,有履行能力而拒不履行生效法律文书确定义务":              "1;4",
		"有履行能力而拒不履行生效法律文书确定义务的; 违反财产报告制度的; 违反限制消费令的": "1;4;5",
	} {
		g, c := parseGrounds(in)
		if c != fault.OK || g.String() != want {
			t.Errorf("%s: %s, %v, want %s", in, g, c, want)
		}
	}
	for _, in := range []string{"0", "7", "12", "1 2", "1-3", "其他", ";", "有履行能力", "2、有履行能力而拒不履行生效法律文书确定义务的", "七", "1x"} {
		if g, c := parseGrounds(in); c != fault.FieldInvalid {
			t.Errorf("%q is %s, %v", in, g, c)
		}
	}
}

func TestParseWords(t *testing.T) {
	for in, want := range map[string]credit.SubjectType{
		"org": credit.Org, "法人或其他组织": credit.Org, "单位": credit.Org, "person": credit.Person, "自然人": credit.Person, "个人": credit.Person,
	} {
		if got, c := parseType(in); c != fault.OK || got != want {
			t.Errorf("%s: %v, %v", in, got, c)
		}
	}
	for in, want := range map[string]credit.Kind{
		"judgment-defaulter": credit.JudgmentDefaulter, "失信被执行人": credit.JudgmentDefaulter, "general-minor": credit.GeneralMinor,
		"一般失信": credit.GeneralGeneral, "general-serious": credit.GeneralSerious, "wage-arrears": credit.WageArrears,
	} {
		if got, c := parseKind(in); c != fault.OK || got != want {
			t.Errorf("%s: %v, %v", in, got, c)
		}
	}
	for _, in := range []string{"Org", "", "企业"} {
		if _, c := parseType(in); c == fault.OK {
			t.Errorf("type %q accepted", in)
		}
	}
	if diff := cmp.Diff([]string{"I-03", "II-07"}, parseMeasures("II-07； I-03;;I-03")); diff != "" {
		t.Error(diff)
	}
	if parseMeasures("") != nil {
		t.Error("no measures are nil")
	}
}
