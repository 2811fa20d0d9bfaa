package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/riviera-ledger/riviera/fault"
)

// maxVisitors bounds the memory of the public quota. Beyond it the oldest counts make
// room at random; the limit over all visitors still holds.
const maxVisitors = 1 << 16

// PublicQuota limits callers without a credential, by address and all together. An
// address (of IPv6 its /64) is held as an HMAC under a key that lives as long as the
// day, in memory only.
type PublicQuota struct {
	perDay  int
	proxies []netip.Prefix
	now     func() time.Time

	mu       sync.Mutex // guards what follows
	day      int64
	secret   [32]byte
	visitors map[visitor]*visits
	all      *rate.Limiter
}

type visitor [16]byte

type visits struct {
	standing int
	burst    *rate.Limiter
	desk     *rate.Limiter
}

// NewPublicQuota allows perDay standing queries a day and address. Proxies are the
// addresses whose X-Forwarded-For is believed.
func NewPublicQuota(perDay int, proxies ...netip.Prefix) *PublicQuota {
	return &PublicQuota{
		perDay: perDay, proxies: proxies, now: time.Now,
		visitors: map[visitor]*visits{},
		all:      rate.NewLimiter(200, 400),
	}
}

// Take counts one standing query of the request's address against its day:
// fault.QuotaExceeded when none is left. A nil quota lets everything through.
func (q *PublicQuota) Take(r *http.Request) error {
	if q == nil {
		return nil
	}
	return q.take(q.address(r))
}

func (q *PublicQuota) take(from string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	v, now := q.visit(from)
	if v.standing >= q.perDay {
		return fault.Wrap(fault.QuotaExceeded, "day", retryAfter(untilTomorrow(now)))
	}
	if !q.all.AllowN(now, 1) {
		return fault.Wrap(fault.QuotaExceeded, "rate", retryAfter(time.Second))
	}
	v.standing++
	return nil
}

// pass lets one request through the burst limit of its address.
func (q *PublicQuota) pass(from string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if v, now := q.visit(from); !v.burst.AllowN(now, 1) {
		return fault.Wrap(fault.QuotaExceeded, "rate", retryAfter(time.Second))
	}
	return nil
}

// Desk lets one request to the subject's desk through the limit of its address: 30 at
// once, then one every two seconds. A nil quota lets everything through.
func (q *PublicQuota) Desk(r *http.Request) error {
	if q == nil {
		return nil
	}
	return q.desk(q.address(r))
}

func (q *PublicQuota) desk(from string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if v, now := q.visit(from); !v.desk.AllowN(now, 1) || !q.all.AllowN(now, 1) {
		return fault.Wrap(fault.QuotaExceeded, "rate", retryAfter(2*time.Second))
	}
	return nil
}

// visit returns the counts of an address, on a new day from nothing.
func (q *PublicQuota) visit(from string) (*visits, time.Time) {
	now := q.now()
	if d := day(now); d != q.day {
		q.day = d
		_, _ = rand.Read(q.secret[:]) // never fails
		clear(q.visitors)
	}
	m := hmac.New(sha256.New, q.secret[:])
	m.Write([]byte(from))
	id := visitor(m.Sum(nil)[:16])
	v := q.visitors[id]
	if v == nil {
		for old := range q.visitors {
			if len(q.visitors) < maxVisitors {
				break
			}
			delete(q.visitors, old)
		}
		v = &visits{burst: rate.NewLimiter(20, 60), desk: rate.NewLimiter(0.5, 30)}
		q.visitors[id] = v
	}
	return v, now
}

// address is where a request comes from: the last hop that is no believed proxy.
func (q *PublicQuota) address(r *http.Request) string {
	hop := parseHop(r.RemoteAddr)
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && q.believes(hop); i-- {
		next := parseHop(strings.TrimSpace(forwarded[i]))
		if !next.IsValid() {
			break
		}
		hop = next
	}
	if hop.Is6() {
		p, _ := hop.Prefix(64)
		return p.String()
	}
	return hop.String()
}

func (q *PublicQuota) believes(a netip.Addr) bool {
	for _, p := range q.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func parseHop(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	a, _ := netip.ParseAddr(s)
	return a.Unmap().WithZone("")
}
