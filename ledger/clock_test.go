package ledger

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/riviera-ledger/riviera/credit"
)

func TestClockIsRealWithoutTraining(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 0, 0, 999, time.UTC)
	if got := (Clock{}).Moment(5, at.UnixNano()); got != credit.Moment(at.Unix()) {
		t.Fatalf("got %v", got)
	}
}

func TestTrainingDay(t *testing.T) {
	c := Clock{Day: int64(time.Second), Epoch: credit.NewDate(2026, 4, 1)}
	for _, tt := range []struct {
		elapsed time.Duration
		want    string
	}{
		{0, "2026-04-01T00:00:00+08:00"},
		{500 * time.Millisecond, "2026-04-01T12:00:00+08:00"},
		{999_999_999, "2026-04-01T23:59:59+08:00"},
		{time.Second, "2026-04-02T00:00:00+08:00"},
		{30 * time.Second, "2026-05-01T00:00:00+08:00"},
		{-time.Second, "2026-04-01T00:00:00+08:00"},
	} {
		if got := c.Moment(1000, 1000+int64(tt.elapsed)).String(); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.elapsed, got, tt.want)
		}
	}
}

func TestRealIsTheFirstInstantOfAMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Int64Range(minTrainingDay, realDay).Draw(t, "day")
		c := Clock{Day: day, Epoch: genesisDate}
		genesis := int64(1_700_000_000_000_000_000)
		m := genesisDate.Start() + credit.Moment(rapid.Int64Range(0, 40*365*86400).Draw(t, "seconds"))
		if int64(m-genesisDate.Start())/86400 > (1<<62)/day {
			return
		}
		real := c.Real(genesis, m)
		if got := c.Moment(genesis, real); got < m {
			t.Fatalf("at the real time the moment is %v, not yet %v", got, m)
		}
		if real > genesis && c.Moment(genesis, real-1) >= m {
			t.Fatalf("the moment %v was there before its real time", m)
		}
	})
}
