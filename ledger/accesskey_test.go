package ledger

import (
	"crypto/ed25519"
	"testing"
)

// counting counts the reads of a state but for ids that are not there, which a node knows
// without reading (AskedInVain).
type counting struct {
	memory
	gets int
}

func (c *counting) Get(key []byte) ([]byte, error) {
	v, err := c.memory.Get(key)
	if v != nil || key[0] != 'i' {
		c.gets++
	}
	return v, err
}

// TestAccessKeyReadsAlike: a record with a key, one without, one that never was and one
// whose person is forgotten cost the same reads of the state, and all but the first give
// nothing.
func TestAccessKeyReadsAlike(t *testing.T) {
	w := newWorld(t)
	w.block(w.seal(court, true, w.migrate(1, 1, genesisDate), w.migrate(2, 1, genesisDate)), w.seal(contributor, false, w.proposal(3, court)))
	key := testKey(9, 9).Public().(ed25519.PublicKey)
	access := func(n uint64) []byte {
		return w.seal(court, false, (&Access{Record: recordID(n), Public: key}).Operation())
	}
	w.block(access(1), access(3))
	w.block(w.seal(court, true, send(3, "reject", nil)))
	for name, tc := range map[string]struct {
		id   RecordID
		open bool
	}{"with a key": {recordID(1), true}, "without": {recordID(2), false}, "unknown": {recordID(77), false}, "forgotten": {recordID(3), false}} {
		c := &counting{memory: w.state}
		r, got, err := w.ledger.View(c).AccessKey(tc.id)
		if err != nil || (r != nil) != tc.open || (got != nil) != tc.open || c.gets != 2 {
			t.Errorf("%s: %v, %d reads, %v", name, r, c.gets, err)
		}
	}
}
