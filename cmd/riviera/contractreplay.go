package main

import (
	"os"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/store"
)

// replayed is what a newer document would mean for the records of a home.
type replayed struct {
	Height  int64         `json:"height"`
	At      credit.Moment `json:"at"` // ledger time, Unix seconds
	Records int           `json:"records"`
	Foreign int           `json:"foreign"` // created under another text than OLD, and replayed all the same
	Earlier int           `json:"earlier"`
	Later   int           `json:"later"`
	Same    int           `json:"same"`
	Moved   []moved       `json:"moved"`
}

type moved struct {
	Record  string      `json:"record"`
	Old     credit.Date `json:"old,omitempty"` // last day on the list; absent where nothing ends it
	New     credit.Date `json:"new,omitempty"`
	Later   bool        `json:"later"`
	Refused []string    `json:"refused,omitempty"` // events that NEW does not take
}

// replayHome plays every live record of a stopped node's ledger under two documents.
func replayHome(dir string, older, newer *contract.Contract) (*replayed, error) {
	h, err := node.OpenHome(dir)
	if err != nil {
		return nil, err
	}
	path := h.Data("ledger")
	if _, err := os.Stat(path); err != nil {
		return nil, fault.Wrap(fault.HomeMissing, "--against", err)
	}
	db, err := store.Open(path, store.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	l, err := ledger.Open(db, h.Genesis)
	if err != nil {
		return nil, err
	}
	v := l.View(db)
	out := &replayed{Height: v.Height, At: v.Moment, Moved: []moved{}}
	var inner error
	err = v.EachRecord(0, func(r *ledger.Record) bool {
		inner = out.record(v, r, older, newer)
		return inner == nil
	})
	if err == nil {
		err = inner
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// record compares the outlook of one record under both documents, where it is live and
// of their kind.
func (out *replayed) record(v *ledger.View, r *ledger.Record, older, newer *contract.Contract) error {
	own := v.Config.Contract(r.Contract)
	if own.Kind() != older.Kind() {
		return nil
	}
	if !v.Listed(r) {
		return nil
	}
	a, b, err := v.Compare(r, older, newer)
	if err != nil {
		return err
	}
	out.Records++
	if own.Hash() != older.Hash() {
		out.Foreign++
	}
	if a.Out == b.Out {
		out.Same++
		return nil
	}
	m := moved{Record: r.ID.String(), Old: a.Out, New: b.Out, Refused: b.Refused}
	if m.Later = b.Out == 0 || a.Out != 0 && b.Out > a.Out; m.Later {
		out.Later++
	} else {
		out.Earlier++
	}
	out.Moved = append(out.Moved, m)
	return nil
}
