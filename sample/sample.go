package sample

import (
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/sheet"
)

// Options say what to make. The zero value of a field means its default.
type Options struct {
	N         int         // records, at least 0
	Seed      uint64      // the same seed makes the same records
	Reference credit.Date // the day before which everything was decided; default 2026-03-31
	Spread    int         // days before Reference over which decisions spread; default 60
	Headings  message.Lang
	Encoding  sheet.Encoding
}

// Write writes the records of the options to w.
func Write(w io.Writer, o Options) error {
	if o.Headings == "" {
		o.Headings = message.English
	}
	out, err := sheet.NewWriter(w, o.Encoding, o.Headings)
	if err != nil {
		return err
	}
	g := New(o)
	for range o.N {
		b := g.Next()
		if o.Headings == message.Chinese {
			inChinese(&b)
		}
		if err := out.Write(&b); err != nil {
			return err
		}
	}
	return out.Close()
}

// defaultReference is the eve of the day on which the clock of a training network
// begins: a network takes no decision of a day that it has not reached.
func defaultReference() credit.Date { return credit.NewDate(2026, 3, 31) }

// inChinese puts the Chinese terms of the import format in the place of its codes.
func inChinese(b *credit.Body) {
	switch b.Kind {
	case credit.JudgmentDefaulter:
		b.Kind = "失信被执行人"
	case credit.GeneralMinor:
		b.Kind = "轻微失信"
	case credit.GeneralGeneral:
		b.Kind = "一般失信"
	case credit.GeneralSerious:
		b.Kind = "严重失信"
	}
	if b.SubjectType == credit.Person {
		b.SubjectType = "自然人"
		return
	}
	b.SubjectType = "法人或其他组织"
}

// Generator makes one record after another. N, Headings and Encoding of its options
// are not looked at.
type Generator struct {
	rand      *rand.Rand
	reference credit.Date
	spread    int
	regions   *atlas
	made      int
}

// New makes a generator.
func New(o Options) *Generator {
	g := &Generator{rand: rand.New(rand.NewPCG(o.Seed, 0x5269766965726121)), reference: o.Reference, spread: o.Spread, regions: newAtlas()}
	if g.reference == 0 {
		g.reference = defaultReference()
	}
	if g.spread <= 0 {
		g.spread = 60
	}
	return g
}

// Next returns the next record.
func (g *Generator) Next() credit.Body {
	g.made++
	place := g.regions.pick(g.rand)
	b := credit.Body{Kind: g.kind(), DecidedOn: g.reference.AddDays(-1 - g.rand.IntN(g.spread))}
	b.PublishedOn = min(b.DecidedOn.AddDays(1+g.rand.IntN(5)), g.reference)
	g.subject(&b, place)
	if b.Kind == credit.JudgmentDefaulter {
		g.judgment(&b, place)
	} else {
		g.finding(&b, place)
	}
	return b
}

func (g *Generator) kind() credit.Kind {
	return pick(g.rand, []weighted[credit.Kind]{
		{88, credit.JudgmentDefaulter}, {3, credit.GeneralMinor}, {6, credit.GeneralGeneral}, {3, credit.GeneralSerious},
	})
}

func (g *Generator) subject(b *credit.Body, place credit.Region) {
	if g.rand.IntN(100) < 85 {
		b.SubjectType, b.SubjectName = credit.Person, g.personName()
		age := 20 + g.rand.IntN(28) + g.rand.IntN(28)
		birth := b.DecidedOn.AddDays(-age*365 - age/4 - 1 - g.rand.IntN(365))
		b.SubjectCode = string(valid(credit.MakeCitizenID(g.regions.county(g.rand, place), birth, 0)))
		return
	}
	pair := pick(g.rand, []weighted[string]{{90, "91"}, {6, "92"}, {3, "93"}, {1, "52"}})
	b.SubjectType, b.SubjectName = credit.Org, g.orgName(place, pair)
	const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	code := []byte("YL000000")
	for i := 2; i < len(code); i++ {
		code[i] = digits[g.rand.IntN(len(digits))]
	}
	b.SubjectCode = string(valid(credit.MakeOrgCode(pair, g.regions.county(g.rand, place), string(code))))
}

// valid returns a made code. Region, birth and organisation code are of the right form
// by construction; should one not be, the code is empty and every test that reads the
// record says so.
func valid[T any](code T, _ error) T { return code }

func (g *Generator) judgment(b *credit.Body, place credit.Region) {
	court := place.Code[:4]
	year, _, _ := b.DecidedOn.Civil()
	b.FiledOn = b.DecidedOn.AddDays(-20 - g.rand.IntN(150))
	filed, _, _ := b.FiledOn.Civil()
	b.CaseNo = "（" + strconv.Itoa(filed) + "）示" + court + "执" + strconv.Itoa(g.made) + "号"
	b.JudgmentNo = "（" + strconv.Itoa(year-1) + "）示" + court + "民初" + strconv.Itoa(g.made) + "号"
	b.DecidingOffice = cityName(place) + "示例人民法院"
	b.Grounds = g.grounds()
	b.LegalBasis = "法释〔2017〕7号第一条第" + string([]rune("一二三四五六")[b.Grounds.Numbers()[0]-1]) + "项"
	b.Amount = g.amount()
	b.Performance = pick(g.rand, []weighted[string]{{80, "全部未履行"}, {17, "部分履行"}, {3, "其他"}})
	b.Facts = pick(g.rand, []weighted[string]{
		{40, "支付货款"}, {25, "偿还借款本金及利息"}, {15, "支付工程款"}, {12, "支付租金"}, {8, "支付赔偿款"},
	}) + sheet.FormatAmount(b.Amount) + "元。"
	b.Measures = []string{"I-04", "I-06"}
	if b.SubjectType == credit.Org {
		b.Measures = []string{"I-01", "I-02", "I-04"}
	}
}

// grounds has ① in about three of four records, now and then with a second ground.
func (g *Generator) grounds() credit.Grounds {
	first := pick(g.rand, []weighted[int]{{74, 1}, {2, 2}, {5, 3}, {14, 4}, {3, 5}, {2, 6}})
	set := valid(credit.NewGrounds(first))
	if g.rand.IntN(20) == 0 {
		set |= valid(credit.NewGrounds(4))
	}
	return set
}

// amount spreads over seven orders of magnitude, thickest between 10,000 and a million
// yuan, in whole cents. Integers alone: a float may round otherwise on another machine.
func (g *Generator) amount() int64 {
	least := pick(g.rand, []weighted[int64]{
		{2, 100}, {11, 1_000}, {42, 10_000}, {32, 100_000}, {10, 1_000_000}, {2, 10_000_000}, {1, 100_000_000},
	}) * 100
	// The smaller of two draws: within an order of magnitude, too, small is more often.
	return least + min(g.rand.Int64N(9*least), g.rand.Int64N(9*least))
}

func (g *Generator) finding(b *credit.Body, place credit.Region) {
	year, _, _ := b.DecidedOn.Civil()
	office := pick(g.rand, []weighted[string]{{5, "示例市场监督管理局"}, {3, "示例城市管理局"}, {2, "示例交通运输局"}})
	b.DecidingOffice = cityName(place) + office
	b.CaseNo = "示" + place.Code[:4] + "信认〔" + strconv.Itoa(year) + "〕" + strconv.Itoa(g.made) + "号"
	b.LegalBasis = "示例信用管理规定第十二条"
	b.Facts = pick(g.rand, []weighted[string]{
		{5, "未按期履行行政处罚决定。"}, {3, "提供虚假材料办理登记。"}, {2, "经催告仍不改正违规经营行为。"},
	})
	b.Measures = []string{"II-01", "II-03"}
}

// weighted is one choice with its weight.
type weighted[T any] struct {
	weight int
	value  T
}

// pick draws one of the choices.
func pick[T any](r *rand.Rand, choices []weighted[T]) T {
	sum := 0
	for _, c := range choices {
		sum += c.weight
	}
	n := r.IntN(sum)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.value
		}
	}
	return choices[0].value
}
