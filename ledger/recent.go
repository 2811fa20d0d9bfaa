package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/proof"
)

// recentEvents bounds what a ledger keeps decoded of its last blocks: some megabytes.
const recentEvents = 8000

// recentBlock is what one block wrote, decoded, for those who follow the ledger. Nothing
// in it changes any more.
type recentBlock struct {
	first   uint64 // index in the log of events[0]
	events  []*proof.Event
	records map[RecordID]*Record
}

// remember adds a block to the recent ones and lets go of the oldest beyond the bound.
func (x *execution) remember(first uint64) {
	if len(x.events) == 0 && len(x.touched) == 0 {
		return
	}
	b := &recentBlock{first: first, events: x.events, records: make(map[RecordID]*Record, len(x.touched))}
	for _, w := range x.touched {
		if w.dirty || w.told {
			b.records[w.ID] = &w.Record
		}
	}
	drop, kept := 0, len(b.events)
	for i := len(x.recent) - 1; i >= 0; i-- {
		if kept += len(x.recent[i].events); kept > recentEvents {
			drop = i + 1
			break
		}
	}
	x.recent = append(slices.Clone(x.recent[drop:]), b) // views hold the former list
}

// Recent returns a record as it stands in this view if one of the last blocks has written
// it, without reading the state; nil where that is not known. It is for those who follow
// the ledger: an answer that came faster for what has just changed would tell so.
func (v *View) Recent(id RecordID) *Record {
	for _, b := range slices.Backward(v.recent) {
		if r := b.records[id]; r != nil {
			return r.clone()
		}
	}
	return nil
}

// recentEvents visits events that the last blocks have written; false if the first of them
// is older.
func (v *View) recentEvents(from, to uint64, fn func(index uint64, e *proof.Event) bool) bool {
	at, found := slices.BinarySearchFunc(v.recent, from, func(b *recentBlock, i uint64) int {
		switch {
		case b.first+uint64(len(b.events)) <= i:
			return -1
		case b.first > i:
			return 1
		}
		return 0
	})
	if !found {
		return false
	}
	for _, b := range v.recent[at:] {
		for i, e := range b.events {
			index := b.first + uint64(i)
			if index < from {
				continue
			}
			if index >= to || !fn(index, e) {
				return true
			}
		}
	}
	return true
}
