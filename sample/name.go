package sample

import (
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/credit"
)

// surnames with their weights, roughly as in the census.
var surnames = []weighted[string]{
	{72, "王"}, {71, "李"}, {65, "张"}, {51, "刘"}, {43, "陈"}, {29, "杨"}, {24, "黄"}, {22, "赵"}, {21, "吴"}, {20, "周"},
	{14, "徐"}, {14, "孙"}, {13, "马"}, {13, "朱"}, {12, "胡"}, {12, "林"}, {12, "郭"}, {11, "何"}, {11, "高"}, {11, "罗"},
	{3, "欧阳"}, {1, "仝"}, {1, "逄"}, {1, "亓"},
}

// third is the last character of a given name; some are rare, beyond the basic plane
// included (extensions A, B, C, E, F, G).
var third = []weighted[string]{
	{30, "甲"}, {30, "乙"}, {30, "丙"}, {30, "丁"}, {20, "戊"}, {20, "己"}, {20, "庚"}, {20, "辛"}, {20, "壬"}, {20, "癸"},
	{2, "喆"}, {2, "犇"}, {1, "㛃"}, {1, "䶮"}, {1, "𠅤"}, {1, "𪻐"}, {1, "𬱖"}, {1, "𬀩"}, {1, "𮧵"}, {1, "\U00030021"},
}

// personName is a surname, 示例 and at times a character more; one in fifty is of the
// form with a dot.
func (g *Generator) personName() string {
	if g.rand.IntN(50) == 0 {
		first := pick(g.rand, []weighted[string]{{1, "阿卜杜拉"}, {1, "古丽"}, {1, "买买提"}, {1, "其米"}, {1, "巴特尔"}})
		return first + "·示例" + pick(g.rand, third)
	}
	name := pick(g.rand, surnames) + "示例"
	if g.rand.IntN(3) > 0 {
		name += pick(g.rand, third)
	}
	return name
}

// forms are the endings of an organisation's name by the first two characters of its
// code.
var forms = map[string][]weighted[string]{
	"91": {{80, "有限公司"}, {8, "有限责任公司"}, {5, "股份有限公司"}, {4, "（集团）有限公司"}, {3, "合伙企业（有限合伙）"}},
	"92": {{5, "经营部"}, {3, "商行"}, {2, "饭店"}},
	"93": {{1, "农民专业合作社"}},
	"52": {{1, "培训中心"}, {1, "养老服务中心"}},
}

// orgName is a city, a trade, 示例 with a number, and a legal form.
func (g *Generator) orgName(place credit.Region, pair string) string {
	city := cityName(place)
	for _, suffix := range []string{"市", "地区", "盟"} {
		city = strings.TrimSuffix(city, suffix)
	}
	trade := ""
	if pair == "91" {
		trade = pick(g.rand, []weighted[string]{
			{9, "商贸"}, {8, "建筑工程"}, {7, "科技"}, {6, "置业"}, {5, "物流"}, {5, "餐饮管理"}, {4, "农业开发"}, {3, "文化传媒"}, {2, "医药"},
		})
	}
	return city + trade + "示例第" + strconv.Itoa(g.rand.IntN(1_000_000)) + "号" + pick(g.rand, forms[pair])
}
