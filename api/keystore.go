package api

import (
	"crypto/subtle"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/riviera-ledger/riviera/fault"
)

// Names of the key store's files in a node's home.
const (
	KeyFile   = "api-keys.json"
	usageFile = "api-usage.json"
)

const (
	recheckEvery = time.Second      // how often the key file is looked at
	flushEvery   = 10 * time.Second // how often counts are written
)

type usage struct {
	Day  int64          `json:"day"`
	Used map[string]int `json:"used"`
}

// KeyStore knows the API keys of a node and counts their use.
type KeyStore struct {
	dir string
	now func() time.Time

	mu      sync.Mutex // guards what follows
	keys    map[string]Key
	limits  map[string]*rate.Limiter
	stamp   fileStamp
	checked time.Time
	used    usage
	dirty   bool
	flushed time.Time
}

// OpenKeys opens the key store in a node's home. No key file is an empty store; a
// broken one is fault.BadConfig.
func OpenKeys(dir string) (*KeyStore, error) { return openKeys(dir, time.Now) }

func openKeys(dir string, now func() time.Time) (*KeyStore, error) {
	s := &KeyStore{dir: dir, now: now, limits: map[string]*rate.Limiter{}, flushed: now()}
	if err := s.reload(); err != nil {
		return nil, err
	}
	s.used = readUsage(filepath.Join(dir, usageFile))
	return s, nil
}

// Close writes the counts.
func (s *KeyStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flush()
}

// find returns the key of a text. Unknown, mistyped and disabled keys, and a nil
// store, are fault.NotAuthenticated.
func (s *KeyStore) find(text string) (Key, error) {
	if err := checkKeyText(text); err != nil {
		return Key{}, err
	}
	unknown := fault.New(fault.NotAuthenticated, "Authorization")
	if s == nil {
		return Key{}, unknown
	}
	h := hashKey(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	k, ok := s.keys[h[:keyIDLen]]
	if !ok || subtle.ConstantTimeCompare([]byte(k.Hash), []byte(h)) != 1 || k.Disabled {
		return Key{}, unknown
	}
	return k, nil
}

// pass lets one request of a key through its burst limit.
func (s *KeyStore) pass(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.limits[id]
	if l == nil {
		perSecond := s.keys[id].PerSecond
		if perSecond <= 0 {
			perSecond = 10
		}
		l = rate.NewLimiter(rate.Limit(perSecond), 2*perSecond)
		s.limits[id] = l
	}
	if !l.AllowN(s.now(), 1) {
		return fault.Wrap(fault.QuotaExceeded, "rate", retryAfter(time.Second))
	}
	return nil
}

// take counts one standing query of a key against its day.
func (s *KeyStore) take(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if d := day(now); s.used.Day != d {
		s.used = usage{Day: d, Used: map[string]int{}}
	}
	if s.used.Used[id] >= s.keys[id].DailyQuota {
		return fault.Wrap(fault.QuotaExceeded, "day", retryAfter(untilTomorrow(now)))
	}
	s.used.Used[id]++
	s.dirty = true
	if now.Sub(s.flushed) >= flushEvery {
		// A disk that refuses does not stop an answer; the count stays in memory.
		_ = s.flush()
	}
	return nil
}

// refresh reads the key file again when it has changed. A file that is being edited
// and does not parse leaves the keys as they are.
func (s *KeyStore) refresh() {
	now := s.now()
	if now.Sub(s.checked) < recheckEvery {
		return
	}
	s.checked = now
	if stampOf(filepath.Join(s.dir, KeyFile)) != s.stamp {
		_ = s.reload()
	}
}

func (s *KeyStore) reload() error {
	path := filepath.Join(s.dir, KeyFile)
	stamp := stampOf(path)
	f, err := readKeys(path)
	if err != nil {
		return err
	}
	keys := make(map[string]Key, len(f.Keys))
	for _, k := range f.Keys {
		if len(k.Hash) != 64 || k.ID != k.Hash[:keyIDLen] {
			return fault.Newf(fault.BadConfig, KeyFile, "a key's id is not the start of its hash")
		}
		keys[k.ID] = k
	}
	s.keys, s.stamp = keys, stamp
	clear(s.limits)
	return nil
}

func (s *KeyStore) flush() error {
	s.flushed = s.now()
	if !s.dirty {
		return nil
	}
	if err := writeJSON(filepath.Join(s.dir, usageFile), s.used); err != nil {
		return err
	}
	s.dirty = false
	return nil
}

// readUsage reads the day's counts; a missing or broken file counts from nothing.
func readUsage(path string) usage {
	var u usage
	b, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(b, &u) != nil || u.Used == nil {
		return usage{Used: map[string]int{}}
	}
	return u
}

// chinaOffset is that of UTC+8, where a quota's day begins.
const chinaOffset = 8 * 3600

func day(t time.Time) int64 { return (t.Unix() + chinaOffset) / 86400 }

func untilTomorrow(t time.Time) time.Duration {
	return time.Unix((day(t)+1)*86400-chinaOffset, 0).Sub(t)
}
