package sample

import (
	"math/rand/v2"

	"github.com/riviera-ledger/riviera/credit"
)

// people is the provinces' population in millions, 2020 census, by the first two
// digits of their code.
var people = map[string]int{
	"11": 22, "12": 14, "13": 75, "14": 35, "15": 24, "21": 43, "22": 24, "23": 32, "31": 25, "32": 85, "33": 65,
	"34": 61, "35": 42, "36": 45, "37": 102, "41": 99, "42": 58, "43": 66, "44": 126, "45": 50, "46": 10, "50": 32,
	"51": 84, "52": 39, "53": 47, "54": 4, "61": 40, "62": 25, "63": 6, "64": 7, "65": 26,
}

// current is the last year of the table: a division seen then is taken as existing.
const current = 2019

// atlas holds today's provinces, their prefectures and those's counties, in order of
// code.
type atlas struct {
	provinces []province
	sum       int // of the weights
}

type province struct {
	weight      int
	prefectures []prefecture
}

type prefecture struct {
	region   credit.Region
	counties []string
}

func newAtlas() *atlas {
	a := &atlas{}
	last := ""
	for r := range credit.Regions() {
		weight := people[r.Code[:2]]
		if r.Last < current || r.County == "" || weight == 0 {
			continue
		}
		if r.Code[:2] != last {
			a.provinces = append(a.provinces, province{weight: weight})
			a.sum += weight
			last = r.Code[:2]
		}
		p := &a.provinces[len(a.provinces)-1]
		if n := len(p.prefectures); n == 0 || p.prefectures[n-1].region.Code[:4] != r.Code[:4] {
			p.prefectures = append(p.prefectures, prefecture{region: r})
		}
		f := &p.prefectures[len(p.prefectures)-1]
		f.counties = append(f.counties, r.Code)
	}
	return a
}

// pick draws a prefecture, shown by one of its counties' regions.
func (a *atlas) pick(r *rand.Rand) credit.Region {
	n := r.IntN(a.sum)
	for i := range a.provinces {
		p := &a.provinces[i]
		if n -= p.weight; n < 0 {
			return p.prefectures[r.IntN(len(p.prefectures))].region
		}
	}
	return a.provinces[0].prefectures[0].region
}

// county draws a county of a prefecture; two in a hundred are codes for development
// zones that the standard does not list, as in life.
func (a *atlas) county(r *rand.Rand, place credit.Region) string {
	if r.IntN(50) == 0 {
		return place.Code[:4] + "99"
	}
	for i := range a.provinces {
		for _, f := range a.provinces[i].prefectures {
			if f.region.Code == place.Code {
				return f.counties[r.IntN(len(f.counties))]
			}
		}
	}
	return place.Code
}

// cityName is the name that offices of a prefecture carry.
func cityName(r credit.Region) string {
	if r.Prefecture != "" {
		return r.Prefecture
	}
	return r.Province
}
