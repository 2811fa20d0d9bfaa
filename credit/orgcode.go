package credit

import (
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/fault"
)

// OrgCode is a valid unified social credit code (统一社会信用代码, GB 32100-2015).
type OrgCode string

// orgAlphabet is the alphabet of GB 32100 in the order of the values 0 to 30.
const orgAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// orgPairs is the closed table of authority and category: GB 32100-2015 table 1 with
// its first amendment (第1号修改单). The two rows of the civil-affairs authority for
// village and residents' committees follow that authority's practice since 2017 for
// 基层群众性自治组织 and await counsel's confirmation.
var orgPairs = [...]struct {
	authority  byte
	name       string
	categories string
}{
	{'1', "机构编制", "1239"},    // 机关 事业单位 群众团体 其他
	{'2', "外交", "19"},        // 外国常驻新闻机构 其他
	{'3', "司法行政", "123459"},  // 律师执业机构 公证处 基层法律服务所 司法鉴定机构 仲裁委员会 其他
	{'4', "文化", "19"},        // 外国在华文化中心 其他
	{'5', "民政", "1239"},      // 社会团体 民办非企业单位 基金会 其他
	{'5', "民政", "45"},        // 村民委员会 居民委员会
	{'6', "旅游", "129"},       // 外国旅游部门代表机构 港澳台旅游部门代表机构 其他
	{'7', "宗教", "129"},       // 宗教活动场所 宗教院校 其他
	{'8', "工会", "19"},        // 基层工会 其他
	{'9', "市场监督管理", "123"},   // 企业 个体工商户 农民专业合作社
	{'A', "中央军委改革和编制", "19"}, // 军队事业单位 其他
	{'N', "农业农村", "1239"},    // 组级 村级 乡镇级集体经济组织 其他
	{'Y', "其他", "1"},
}

// orgValues maps a byte to its value in orgAlphabet, or to -1.
var orgValues = func() (v [256]int8) {
	for i := range v {
		v[i] = -1
	}
	for i := range len(orgAlphabet) {
		v[orgAlphabet[i]] = int8(i)
	}
	return v
}()

// orgWeights are 3^i mod 31 (GB 32100 table 4), innerWeights those of GB 11714.
var (
	orgWeights   = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}
	innerWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}
)

// ParseOrgCode checks a unified social credit code. The checks run in this order and
// the first failure is returned: fault.CodeLength, CodeLowerCase, CodeCharacter,
// CodeAuthority, CodeRegion, CodeCheck (outer), CodeOrganisation (inner). The outer
// check covers the inner one's characters, so it speaks first where both fail.
//
// exception admits a failing outer check, and nothing else, for a code that the
// registrar has confirmed by signature: a few early Fujian and Xiamen codes were
// issued so.
func ParseOrgCode(s string, exception bool) (OrgCode, error) {
	if c := orgFault(s, exception); c != fault.OK {
		return "", fault.New(c, "")
	}
	return OrgCode(s), nil
}

func orgFault(s string, exception bool) fault.Code {
	if utf8.RuneCountInString(s) != 18 {
		return fault.CodeLength
	}
	for i := range len(s) {
		if s[i] >= 'a' && s[i] <= 'z' {
			return fault.CodeLowerCase
		}
	}
	for i := range len(s) {
		if orgValues[s[i]] < 0 {
			return fault.CodeCharacter
		}
	}
	switch {
	case !orgPair(s[0], s[1]):
		return fault.CodeAuthority
	case !orgRegion(s[2:8]):
		return fault.CodeRegion
	case !exception && orgCheck(s[:17]) != s[17]:
		return fault.CodeCheck
	case innerCheck(s[8:16]) != s[16]:
		return fault.CodeOrganisation
	}
	return fault.OK
}

func orgPair(authority, category byte) bool {
	for _, p := range orgPairs {
		if p.authority != authority {
			continue
		}
		for i := range len(p.categories) {
			if p.categories[i] == category {
				return true
			}
		}
	}
	return false
}

// orgRegion accepts a region code of six digits under a known prefecture, and 100000,
// which stands for registration by a central authority.
func orgRegion(s string) bool {
	if s == "100000" {
		return true
	}
	return s[4] >= '0' && s[4] <= '9' && s[5] >= '0' && s[5] <= '9' && knownPrefecture(s)
}

// orgCheck returns the outer check character of 17 characters of the alphabet.
func orgCheck(s string) byte {
	sum := 0
	for i, w := range orgWeights {
		sum += int(orgValues[s[i]]) * w
	}
	return orgAlphabet[(31-sum%31)%31]
}

// innerCheck returns the check character of an organisation code's first eight
// characters (GB 11714: values in base 36, 10 shown as X).
func innerCheck(s string) byte {
	sum := 0
	for i, w := range innerWeights {
		v := int(s[i] - '0')
		if s[i] >= 'A' {
			v = int(s[i]-'A') + 10
		}
		sum += v * w
	}
	return "0X987654321"[sum%11]
}

// Region returns the code of the registering authority's division, six digits.
func (c OrgCode) Region() string { return string(c[2:8]) }

// MakeOrgCode completes a code from its authority and category, region and the first
// eight characters of an organisation code, computing both checks. It serves the
// makers of synthetic records; a part of the wrong form is refused as ParseOrgCode
// would refuse it.
func MakeOrgCode(pair, region, organisation string) (OrgCode, error) {
	if len(pair) != 2 || len(region) != 6 || len(organisation) != 8 {
		return "", fault.New(fault.CodeLength, "")
	}
	s := pair + region + organisation
	for i := range len(s) {
		if orgValues[s[i]] < 0 {
			return "", fault.New(fault.CodeCharacter, "")
		}
	}
	s += string(innerCheck(organisation))
	return ParseOrgCode(s+string(orgCheck(s)), false)
}
