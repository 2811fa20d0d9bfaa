package node

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/docket"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
)

// Measures returns the catalogue of measures and who carries out what.
func (n *Node) Measures(context.Context) (client.Measures, error) {
	view := n.engine.View()
	out := client.Measures{Clock: n.clock(view), Measures: []client.Measure{}}
	for _, entry := range view.Config.Measures {
		m, _ := law.MeasureByNumber(entry.Number)
		c := client.Measure{Code: entry.Code, Number: entry.Number, Family: m.Family, ZH: m.ZH, EN: m.EN, Basis: m.Basis, Months: entry.Months,
			MonthsBasis: m.MonthsBasis, Discretion: m.Discretion, Note: m.Note}
		for _, t := range view.Config.Tenures(entry.Number) {
			if t.To == 0 {
				zh, en := names(view, t.Member)
				c.Executors = append(c.Executors, client.Executor{Member: uint32(t.Member), NameZH: zh, NameEN: en})
			}
		}
		out.Measures = append(out.Measures, c)
	}
	return out, nil
}

// Overdue tells how every institution stands with the measures that it carries out. It
// counts and names no party.
func (n *Node) Overdue(ctx context.Context) (client.OverdueReport, error) {
	view, err := n.ready(ctx)
	if err != nil {
		return client.OverdueReport{}, err
	}
	out := client.OverdueReport{Clock: n.clock(view), Institutions: []client.Overdue{}}
	for _, t := range n.orders.docket.Tallies(view.Config, view.Moment) {
		out.Institutions = append(out.Institutions, overdue(view, t))
	}
	return out, nil
}

func overdue(view *ledger.View, t docket.Tally) client.Overdue {
	m, _ := law.MeasureByNumber(t.Measure)
	c := client.Overdue{Member: uint32(t.Executor), Measure: m.Code, MeasureZH: m.ZH, MeasureEN: m.EN,
		Orders: t.Live(), Acked: t.Orders[ledger.Acknowledged] + t.Orders[ledger.Running], Stopping: t.Stopping(),
		Failed: t.Orders[ledger.StopFailed], Stopped: t.Orders[ledger.Stopped], Continues: t.Orders[ledger.Continues],
		LateAcks: t.LateAcks, LateStops: t.LateStops, Oldest: moment(t.Oldest)}
	c.NameZH, c.NameEN = names(view, t.Executor)
	return c
}

// measureMetrics are the docket's counts for the institutions' operators. Their labels
// are numbers of institutions and codes of the catalogue.
type measureMetrics struct{ node *Node }

var (
	stopsOpen = prometheus.NewDesc("riviera_measure_stops_open", "Stop orders that are not confirmed.", []string{"member", "measure"}, nil)
	stopsLate = prometheus.NewDesc("riviera_measure_stops_overdue", "Stop orders that were not confirmed in time.", []string{"member", "measure"}, nil)
	acksLate  = prometheus.NewDesc("riviera_measure_acknowledgements_overdue", "Stop orders that were not acknowledged in time.", []string{"member", "measure"}, nil)
	docketAt  = prometheus.NewDesc("riviera_docket_height", "Block up to which the counts of orders are complete.", nil, nil)
)

// Describe implements prometheus.Collector.
func (measureMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{stopsOpen, stopsLate, acksLate, docketAt} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m measureMetrics) Collect(ch chan<- prometheus.Metric) {
	view := m.node.engine.View()
	ch <- prometheus.MustNewConstMetric(docketAt, prometheus.GaugeValue, float64(m.node.orders.docket.Height()))
	for _, t := range m.node.orders.docket.Tallies(view.Config, view.Moment) {
		c := overdue(view, t)
		labels := []string{strconv.FormatUint(uint64(c.Member), 10), c.Measure}
		for _, g := range []struct {
			desc *prometheus.Desc
			n    uint64
		}{{stopsOpen, c.Stopping}, {stopsLate, c.LateStops}, {acksLate, c.LateAcks}} {
			ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(g.n), labels...)
		}
	}
}
