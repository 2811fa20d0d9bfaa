package bench

import (
	"context"
	"net/http"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/sample"
)

// Alike is how long the answer "clear" takes for those who must not be told apart by it. The
// classes are asked in turns over one connection, so that what else the machine does falls
// on all of them.
type Alike struct {
	Asked     int     `json:"clear_asked"` // of each class
	Never     float64 `json:"clear_never_listed_p50_us"`
	Exited    float64 `json:"clear_exited_p50_us"`
	Erased    float64 `json:"clear_erased_p50_us"`
	OtherName float64 `json:"clear_other_name_p50_us"`
	NeverP90  float64 `json:"clear_never_listed_p90_us"`
	ExitedP90 float64 `json:"clear_exited_p90_us"`
	ErasedP90 float64 `json:"clear_erased_p90_us"`
	OtherP90  float64 `json:"clear_other_name_p90_us"`
}

const (
	alikeRounds  = 1000
	alikeRecords = 100
	alikeEnter   = 10 * time.Second // for entering those that are to end
)

// alike asks about erased records, some that have ended, some that are listed under another
// name, and such as never were.
func (s *site) alike(ctx context.Context, erased []*credit.Body) (a Alike, err error) {
	_, ended, err := s.enterDue(ctx, alikeRecords, 2+int(alikeEnter/time.Duration(s.Genesis.Clock.Day)))
	if err != nil {
		return a, err
	}
	if err := s.recorded(ctx, contract.Exited, alikeRecords); err != nil {
		return a, err
	}
	listed, err := s.enterAsked(ctx, s.made+alikeRecords)
	if err != nil {
		return a, err
	}
	strangers := sample.New(sample.Options{Seed: 1 << 40, Reference: credit.NewDate(2026, 4, 1)})
	var never []question
	for range alikeRecords {
		b := strangers.Next()
		never = append(never, question{b.SubjectCode, b.SubjectName})
	}
	for i := range listed {
		listed[i].name += "乙"
	}
	took, err := s.inTurns(ctx, [][]question{never, questionsOf(ended), questionsOf(erased), listed})
	if err != nil {
		return a, err
	}
	a.Asked = alikeRounds
	for i, to := range [][2]*float64{{&a.Never, &a.NeverP90}, {&a.Exited, &a.ExitedP90}, {&a.Erased, &a.ErasedP90}, {&a.OtherName, &a.OtherP90}} {
		*to[0] = float64(percentile(took[i], 50).Microseconds())
		*to[1] = float64(percentile(took[i], 90).Microseconds())
	}
	return a, nil
}

func questionsOf(bodies []*credit.Body) (all []question) {
	for _, b := range bodies {
		all = append(all, question{b.SubjectCode, b.SubjectName})
	}
	return all
}

// inTurns asks one question of each class after the other, each round in another order.
func (s *site) inTurns(ctx context.Context, classes [][]question) (took [][]time.Duration, err error) {
	token, err := s.Home(0).Token()
	if err != nil {
		return nil, err
	}
	h := &http.Client{}
	defer h.CloseIdleConnections()
	took = make([][]time.Duration, len(classes))
	for round := range alikeRounds {
		for k := range classes {
			c := (k + round) % len(classes)
			if round/len(classes)%2 == 1 {
				c = len(classes) - 1 - c
			}
			var own answering
			for own.count == 0 { // a node may be stale for a moment
				if err := own.ask(ctx, h, s.URL(0)+"/v1/standing", token, classes[c][round%len(classes[c])]); err != nil {
					return nil, err
				}
			}
			if own.listed != 0 {
				return nil, fault.Newf(fault.Internal, "bench", "class %d is listed", c)
			}
			took[c] = append(took[c], own.latencies...)
		}
	}
	return took, nil
}
