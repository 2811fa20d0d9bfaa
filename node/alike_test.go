package node

import (
	"fmt"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
)

// reads counts what one call reads of a node's ledger, vault and register. The engine
// reads beside it now and then: the least of many calls counts.
func (d *desk) reads(i int, call func(*Node)) (least [3]uint64) {
	n := d.all[i]
	now := func() [3]uint64 { return [3]uint64{n.db.Reads(), n.vault.Reads(), n.register.Reads()} }
	for try := range 8 { // fewer than the wrong codes that a door takes
		time.Sleep(3 * time.Millisecond)
		before := now()
		call(n)
		for k, after := range now() {
			if c := after - before[k]; try == 0 || c < least[k] {
				least[k] = c
			}
		}
	}
	return least
}

// clearAlike: whatever the reason for "clear", and whatever does not open to an access
// code, as much is read of ledger, vault and register. It runs while the record is listed,
// when it has been annulled, and when it is erased.
func (d *desk) clearAlike(t *testing.T) {
	never, err := credit.MakeOrgCode("91", "330100", "MA0CDEF9")
	if err != nil {
		t.Fatal(err)
	}
	asks := map[string]client.StandingRequest{
		"never listed":        {Code: string(never), Name: "从未在列有限公司"},
		"name does not agree": {Code: d.body.SubjectCode, Name: "别的名称"},
		"the record's own":    {Code: d.body.SubjectCode, Name: d.body.SubjectName},
	}
	seen := map[[3]uint64][]string{}
	for what, q := range asks {
		q.Purpose = "核实"
		if a, err := d.all[province].Standing(t.Context(), bank, q); err != nil || a.Answer != client.Clear {
			if err == nil && what == "the record's own" {
				continue // still listed
			}
			t.Fatalf("%s: %s %v", what, a.Answer, err)
		}
		n := d.reads(province, func(n *Node) { _, _ = n.Standing(t.Context(), bank, q) })
		seen[n] = append(seen[n], what)
	}
	d.once(t, "clear", seen)

	other := credit.NewAccessCode([17]byte{9})
	seen = map[[3]uint64][]string{}
	for what, a := range map[string]client.SubjectAccess{
		"no such record": {Record: ledger.RecordID{1, 2, 3}.String(), Code: d.code.Text()},
		"another's code": {Record: d.id.String(), Code: other.Text()},
		"its own code":   d.access(),
	} {
		if _, err := d.all[bureau].SubjectReceipts(t.Context(), a); err == nil {
			continue // not erased yet
		}
		n := d.reads(bureau, func(n *Node) { _, _ = n.SubjectReceipts(t.Context(), a) })
		seen[n] = append(seen[n], what)
	}
	d.once(t, "refused", seen)
}

// once wants one number of reads for all, the same at every stage.
func (d *desk) once(t *testing.T, what string, seen map[[3]uint64][]string) {
	t.Helper()
	if d.alike == nil {
		d.alike = map[string][3]uint64{}
	}
	for n := range seen {
		if _, ok := d.alike[what]; !ok {
			d.alike[what] = n
		}
	}
	if _, ok := seen[d.alike[what]]; len(seen) != 1 || !ok {
		t.Errorf("%s: reads of ledger, vault and register: %s; before: %v", what, fmt.Sprint(seen), d.alike[what])
	}
}
