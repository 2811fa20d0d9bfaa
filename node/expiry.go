package node

import (
	"context"
	"crypto/x509"
	"slices"
	"strconv"
	"time"

	"github.com/emmansun/gmsm/pkcs7"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
)

// expiryEvery is how often a node looks what ends soon.
const expiryEvery = 12 * time.Hour

// Expiring lists what this institution signs and proves with and that ends, as of a date or
// now. A time-stamp authority is asked for a token, to see its certificate.
func (n *Node) Expiring(ctx context.Context, date string) (client.Expiring, error) {
	now := n.home.now()
	if date != "" {
		d, err := credit.ParseDate(date)
		if err != nil {
			return client.Expiring{}, err
		}
		now = time.Unix(int64(d.Start()), 0)
	}
	items := n.expiries(now)
	if url := n.home.Config.Certificate.TimestampURL; url != "" {
		if ends, known := stampEnds(ctx, url); known {
			items = append(items, expiry("timestamp-authority", "1", ends, now))
		}
	}
	slices.SortStableFunc(items, func(a, b client.Expiry) int { return a.Ends.Compare(b.Ends) })
	return client.Expiring{At: now, Items: items}, nil
}

func expiry(what, name string, ends, now time.Time) client.Expiry {
	e := client.Expiry{What: what, Name: name, Ends: ends.UTC()}
	e.Set(now)
	return e
}

// expiries lists what needs no other machine to be known.
func (n *Node) expiries(now time.Time) []client.Expiry {
	view := n.engine.View()
	items := keyEnds(n.member(view), view.Height, time.Unix(0, view.Time), n.pace(view), now)
	for i, c := range n.issuer.above {
		items = append(items, expiry("chain", strconv.Itoa(i+1), c.NotAfter, now))
	}
	for i, raw := range n.issuer.lists {
		if l, err := x509.ParseRevocationList(raw); err == nil { // it was parsed at the start
			items = append(items, expiry("revocation-list", strconv.Itoa(i+1), l.NextUpdate, now))
		}
	}
	// What ends by ledger time.
	clock := view.Config.Clock
	byLedger := func(what, name string, end credit.Date) client.Expiry {
		e := expiry(what, name, at(clock.Real(n.home.Genesis.TimeNS, end.End())), now)
		e.ByLedger = true
		return e
	}
	if years := view.Config.Calendar.Years(); len(years) > 0 {
		last := years[len(years)-1].Year
		items = append(items, byLedger("calendar", strconv.Itoa(last), credit.NewDate(last, 12, 31)))
	}
	until := view.Config.Migration.Until
	return append(items, byLedger("migration", until.String(), until))
}

// pace is how long a block has taken on the whole.
func (n *Node) pace(view *ledger.View) time.Duration {
	if view.Height < 2 {
		return time.Second
	}
	return time.Duration((view.Time - n.home.Genesis.TimeNS) / view.Height)
}

// keyEnds are the ends of a member's keys, and of the certificates of those that sign
// documents. A key whose end is at a height ends when that height comes, by the pace.
func keyEnds(m *ledger.Member, height int64, time_ time.Time, pace time.Duration, now time.Time) []client.Expiry {
	var items []client.Expiry
	for i := range m.Keys {
		k := &m.Keys[i]
		if k.To != 0 && k.To < height {
			continue // over and done
		}
		number := strconv.Itoa(int(k.ID))
		replaced := slices.ContainsFunc(m.Keys, func(o ledger.Key) bool {
			return o.ID > k.ID && o.Purpose == k.Purpose && o.Operator == k.Operator && o.To == 0 && o.From <= height+1
		})
		if k.To != 0 {
			e := expiry("key", number, time_.Add(time.Duration(k.To-height)*pace), now)
			e.About, e.Replaced = true, replaced
			items = append(items, e)
		}
		if c, err := x509.ParseCertificate(k.Certificate); err == nil {
			e := expiry("certificate", number, c.NotAfter, now)
			e.Replaced = replaced
			items = append(items, e)
		}
	}
	return items
}

// stampEnds asks a time-stamp authority for a token and reads when the first of the
// certificates in it ends.
func stampEnds(ctx context.Context, url string) (ends time.Time, known bool) {
	ctx, cancel := context.WithTimeout(ctx, stampTime)
	defer cancel()
	token, err := stamp(ctx, url, [32]byte{})
	if err != nil {
		return ends, false
	}
	p, err := pkcs7.Parse(token)
	if err != nil {
		return ends, false
	}
	for _, c := range p.Certificates {
		if !known || c.NotAfter.Before(ends) {
			ends, known = c.NotAfter, true
		}
	}
	return ends, known
}

// warn says in the log what ends within 90 days, twice a day.
func (n *Node) warn(ctx context.Context) {
	for {
		for _, e := range n.expiries(n.home.now()) {
			if e.Within >= 0 && !e.Replaced && !(e.ByLedger && n.home.Genesis.Clock.Training()) {
				n.log.Warn("expires", "what", e.What, "name", e.Name, "ends", e.Ends.Format(time.DateOnly), "days", e.Days)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(expiryEvery):
		}
	}
}

// expiryMetrics tells how many days are left of each thing that ends.
type expiryMetrics struct{ node *Node }

var expiresDays = prometheus.NewDesc("riviera_expires_days", "Days until a key, certificate, list or calendar year of this institution ends.", []string{"what", "name"}, nil)

// Describe implements prometheus.Collector.
func (m expiryMetrics) Describe(ch chan<- *prometheus.Desc) { ch <- expiresDays }

// Collect implements prometheus.Collector.
func (m expiryMetrics) Collect(ch chan<- prometheus.Metric) {
	for _, e := range m.node.expiries(m.node.home.now()) {
		if !e.Replaced {
			ch <- prometheus.MustNewConstMetric(expiresDays, prometheus.GaugeValue, float64(e.Days), e.What, e.Name)
		}
	}
}
