package node

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/docket"
	"github.com/riviera-ledger/riviera/ledger"
)

const (
	erasureDays  = 14 // in the public's report
	erasureFloor = 5  // counts below it are not told: few records of one day and body are people
)

// Erasures tells the public how the institutions stand with erasing, by days that are over:
// what a day's count grows by while it lasts would tell of single records.
func (n *Node) Erasures(ctx context.Context) (client.ErasureReport, error) {
	view, err := n.ready(ctx)
	if err != nil {
		return client.ErasureReport{}, err
	}
	out := client.ErasureReport{Clock: n.clock(view), Floor: erasureFloor, Institutions: []client.ErasureOfMember{}, Holds: []client.HeldOfInstitution{}}
	days, err := n.ended.Days(n.engine.View, erasureDays)
	if err != nil {
		return out, err
	}
	if out.Institutions, err = erasuresBy(view, days); err != nil {
		return out, err
	}
	for _, h := range n.orders.docket.Holds(view.Config) {
		c := client.HeldOfInstitution{Member: uint32(h.Recorder), Kind: string(h.Kind), Floored: client.Floor(h.Records, erasureFloor)}
		c.NameZH, c.NameEN = names(view, h.Recorder)
		c.KindZH, c.KindEN = kindTitles(view, h.Kind)
		out.Holds = append(out.Holds, c)
	}
	return out, nil
}

// erasuresBy tells for each institution of the network now, and each day, whether its node
// has confirmed the erasures of that day, whether or not there were any.
func erasuresBy(view *ledger.View, days []docket.EndedOn) ([]client.ErasureOfMember, error) {
	out := []client.ErasureOfMember{}
	place := map[ledger.MemberID]int{}
	now, err := view.Receipts(contract.Erased, 0, view.Height, view.Moment)
	if err != nil {
		return nil, err
	}
	for _, r := range now {
		x := client.ErasureOfMember{Member: uint32(r.Member), Watermark: r.Mark.Height, At: moment(r.Mark.At), Days: []client.ErasureDay{}}
		x.NameZH, x.NameEN = names(view, r.Member)
		place[r.Member] = len(out)
		out = append(out, x)
	}
	for _, d := range days {
		due := view.Config.ReceiptDue(view.Config.Clock.Moment(view.Config.GenesisTime, d.Day.Time))
		receipts, err := view.Receipts(contract.Erased, 0, d.Day.Height, due)
		if err != nil {
			return nil, err
		}
		for _, r := range receipts {
			x := &out[place[r.Member]]
			if r.Late && x.LateSince == "" {
				x.LateSince = due.String()
			}
			x.Days = append(x.Days, client.ErasureDay{Date: d.Day.Date.String(), State: receiptState(r), Floored: client.Floor(d.Records, erasureFloor)})
		}
	}
	return out, nil
}

func receiptState(r ledger.Receipt) string {
	switch {
	case r.Confirmed:
		return "confirmed"
	case r.Late:
		return "late"
	}
	return "open"
}

func kindTitles(view *ledger.View, k credit.Kind) (zh, en string) {
	if number, ok := view.Config.ContractOf(k); ok {
		c := view.Config.Contract(number)
		return c.Title(chinese), c.Title(english)
	}
	return "", ""
}

// watermarkMetrics are the members' watermarks for the institutions' operators.
type watermarkMetrics struct{ node *Node }

var (
	watermarkHeight = prometheus.NewDesc("riviera_watermark_height", "Height up to which a member's node has confirmed every erasure; 0: never.", []string{"member"}, nil)
	watermarkAge    = prometheus.NewDesc("riviera_watermark_age_seconds", "Ledger time since a member's node last confirmed; since the genesis where it never has.", []string{"member"}, nil)
)

// Describe implements prometheus.Collector.
func (watermarkMetrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- watermarkHeight
	ch <- watermarkAge
}

// Collect implements prometheus.Collector.
func (m watermarkMetrics) Collect(ch chan<- prometheus.Metric) {
	view := m.node.engine.View()
	receipts, err := view.Receipts(contract.Erased, 0, view.Height, view.Moment)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(watermarkHeight, err)
		return
	}
	founded := view.Config.Clock.Moment(view.Config.GenesisTime, view.Config.GenesisTime)
	for _, r := range receipts {
		member := strconv.FormatUint(uint64(r.Member), 10)
		ch <- prometheus.MustNewConstMetric(watermarkHeight, prometheus.GaugeValue, float64(r.Mark.Height), member)
		ch <- prometheus.MustNewConstMetric(watermarkAge, prometheus.GaugeValue, float64(view.Moment-max(r.Mark.At, founded)), member)
	}
}
