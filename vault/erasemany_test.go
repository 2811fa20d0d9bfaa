package vault

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/riviera-ledger/riviera/store"
)

// TestErasuresShareTheDisk: what a block erases waits for the disk about as often as one
// record does, for the log and for the secrets, however many records end with it.
func TestErasuresShareTheDisk(t *testing.T) {
	var waits [2]atomic.Int64 // of the log, of the slots
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch synced := op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData; {
		case synced && strings.HasSuffix(op.Path, ".log"):
			waits[0].Add(1)
		case synced && strings.HasSuffix(op.Path, "slots"):
			waits[1].Add(1)
		}
		return nil
	}))
	v, err := Open("vault", nodeKey, Options{store.Options{FS: fs, ReserveBytes: -1, MemTableBytes: 64 << 20}}) // no log ends meanwhile
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	all := bulk(t, 2001)
	put(t, v, 10, all...)
	bind(t, v, 5, all...)
	attached := make([]Attachment, 0, len(all)/2)
	for c := range slices.Chunk(all, 2) { // every other record has a document besides
		attached = append(attached, Attachment{c[0].Record, "document", []byte("a")})
	}
	if err := v.Attach(true, attached...); err != nil {
		t.Fatal(err)
	}
	erase := func(cs []*Checked) [2]int64 {
		before := [2]int64{waits[0].Load(), waits[1].Load()}
		if err := v.Erase(recordsOf(cs)...); err != nil {
			t.Fatal(err)
		}
		return [2]int64{waits[0].Load() - before[0], waits[1].Load() - before[1]}
	}
	one, many := erase(all[:1]), erase(all[1:])
	if one != [2]int64{1, 1} || many[0] > 2 || many[1] != 1 { // the store may write a long batch in two
		t.Errorf("waits for the log and for the secrets: %v for one record, %v for 2,000", one, many)
	}
	for _, c := range []*Checked{all[0], all[1], all[2000]} {
		has(t, v, c, false)
	}
}

func recordsOf(cs []*Checked) []Record {
	out := make([]Record, len(cs))
	for i, c := range cs {
		out[i] = c.Record
	}
	return out
}
