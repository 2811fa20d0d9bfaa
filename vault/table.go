package vault

import "slices"

// table finds slots by a 32-bit fingerprint of what they hold: eight bytes a cell, at
// most three quarters full, so that ten million records stay near a hundred megabytes a
// table. Several slots may share a fingerprint; whoever looks something up reads the
// slot and compares. The zero value is an empty table.
//
// A cell is fingerprint<<32 | slot+1, and 0 is empty. Probing is linear, and a cell's
// home follows from its fingerprint alone, so that cells can be moved.
type table struct {
	cells []uint64 // a power of two
	n     int
}

func (t *table) home(fingerprint uint32) int { return int(fingerprint) & (len(t.cells) - 1) }

// add enters a slot, once.
func (t *table) add(fingerprint, slot uint32) {
	if 4*(t.n+1) > 3*len(t.cells) {
		t.grow()
	}
	cell := uint64(fingerprint)<<32 | uint64(slot+1)
	i := t.home(fingerprint)
	for ; t.cells[i] != 0; i = (i + 1) & (len(t.cells) - 1) {
		if t.cells[i] == cell {
			return
		}
	}
	t.cells[i] = cell
	t.n++
}

func (t *table) grow() {
	old := t.cells
	t.cells = make([]uint64, max(1024, 2*len(old)))
	t.n = 0
	for _, c := range old {
		if c != 0 {
			t.add(uint32(c>>32), uint32(c)-1)
		}
	}
}

// candidates returns the slots under a fingerprint.
func (t *table) candidates(fingerprint uint32) (slots []uint32) {
	if t.n == 0 {
		return nil
	}
	for i := t.home(fingerprint); t.cells[i] != 0; i = (i + 1) & (len(t.cells) - 1) {
		if uint32(t.cells[i]>>32) == fingerprint {
			slots = append(slots, uint32(t.cells[i])-1)
		}
	}
	return slots
}

// others adds slots of the table to those given until there are n, the same ones for the
// same fingerprint; for lack of others slot 0, again and again.
func (t *table) others(fingerprint uint32, slots []uint32, n int) []uint32 {
	for step := 0; len(slots) < n && step < len(t.cells); step++ {
		if c := t.cells[(t.home(fingerprint)+step)&(len(t.cells)-1)]; c != 0 && !slices.Contains(slots, uint32(c)-1) {
			slots = append(slots, uint32(c)-1)
		}
	}
	for len(slots) < n {
		slots = append(slots, 0)
	}
	return slots
}

// remove takes a slot out, if it is there, and closes the gap.
func (t *table) remove(fingerprint, slot uint32) {
	if t.n == 0 {
		return
	}
	mask := len(t.cells) - 1
	i := t.home(fingerprint)
	for cell := uint64(fingerprint)<<32 | uint64(slot+1); t.cells[i] != cell; i = (i + 1) & mask {
		if t.cells[i] == 0 {
			return
		}
	}
	t.n--
	for j := i; ; {
		t.cells[i] = 0
		for {
			j = (j + 1) & mask
			if t.cells[j] == 0 {
				return
			}
			// The cell at j may move to the gap at i if its home is not between them.
			if home := t.home(uint32(t.cells[j] >> 32)); (j-home)&mask >= (j-i)&mask {
				break
			}
		}
		t.cells[i], i = t.cells[j], j
	}
}
