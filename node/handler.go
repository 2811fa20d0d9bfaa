package node

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/riviera-ledger/riviera/fault"
)

// Live reports whether the process works at all.
func (n *Node) Live() error {
	select {
	case <-n.done:
		return fault.New(fault.NotReady, "node")
	default:
		return nil
	}
}

// Ready reports whether the node answers and takes envelopes: past the start-up gate,
// with block time near its clock and every live body it is entitled to.
func (n *Node) Ready() error {
	if err := n.engine.Ready(); err != nil {
		return err
	}
	_, err := n.fresh()
	return err
}

// metrics are counts and times of this node. No label ever holds a value that a
// person gave.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec

	corrections prometheus.Counter
	leftOver    prometheus.Counter
	undrawn     prometheus.Counter
}

func newMetrics(n *Node) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "riviera_http_requests_total", Help: "Requests by route and status."}, []string{"route", "method", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "riviera_http_seconds", Help: "Time to answer by route.", Buckets: prometheus.DefBuckets}, []string{"route"}),

		corrections: prometheus.NewCounter(prometheus.CounterOpts{Name: "riviera_corrections_total", Help: "Corrections made for callers that had been told listed."}),
		leftOver:    prometheus.NewCounter(prometheus.CounterOpts{Name: "riviera_erased_again_total", Help: "Secrets of erased records that the vault held and that were erased again."}),
		undrawn:     prometheus.NewCounter(prometheus.CounterOpts{Name: "riviera_undrawn_total", Help: "Records of this institution that were erased before the document of their end was drawn."}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	m.registry.MustRegister(m.requests, m.seconds, m.corrections, m.leftOver, m.undrawn, measureMetrics{n}, watermarkMetrics{n}, expiryMetrics{n}, witnessMetrics{n}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("riviera_height", "Height of the last block.", func() float64 { return float64(n.engine.View().Height) }),
		gauge("riviera_block_lag_seconds", "How far block time lags behind this node's clock.", func() float64 {
			return n.home.now().Sub(time.Unix(0, n.engine.View().Time)).Seconds()
		}),
		gauge("riviera_log_size", "Events in the log.", func() float64 { return float64(n.engine.View().LogSize) }),
		gauge("riviera_records", "Records ever created.", func() float64 { return float64(n.engine.View().Records) }),
		gauge("riviera_missing_bodies", "Live bodies that this node is entitled to and lacks.", func() float64 { return float64(n.engine.Missing()) }),
		gauge("riviera_peers", "Connected peers.", func() float64 { return float64(n.engine.Peers()) }))
	return m
}

func (m *metrics) observe(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// Metrics serves the node's metrics in Prometheus' text format.
func (n *Node) Metrics() http.Handler {
	return promhttp.HandlerFor(n.metrics.registry, promhttp.HandlerOpts{})
}
