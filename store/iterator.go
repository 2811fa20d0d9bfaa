package store

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Iterator walks a range of keys in either direction over the state at its creation.
// It is for one goroutine and must be closed, before the store is. It holds what the
// engine's database interface asks for, so that an adapter is a handful of lines.
type Iterator struct {
	it       *pebble.Iterator
	from, to []byte
	reverse  bool
}

// Iterator walks [from, to), upwards or in reverse; nil is the first key, respectively
// past the last. It stands on the first key of its walk when it is returned.
func (db *DB) Iterator(from, to []byte, reverse bool) (*Iterator, error) {
	if err := db.enter(); err != nil {
		return nil, err
	}
	defer db.leave()
	db.reads.Add(1)
	return newIterator(db.p, from, to, reverse)
}

func newIterator(r pebble.Reader, from, to []byte, reverse bool) (*Iterator, error) {
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: slices.Clone(from), UpperBound: slices.Clone(to)})
	if err != nil {
		return nil, wrap(err)
	}
	if reverse {
		it.Last()
	} else {
		it.First()
	}
	return &Iterator{it: it, from: from, to: to, reverse: reverse}, nil
}

// Domain returns the bounds that the iterator was made with.
func (i *Iterator) Domain() (from, to []byte) { return i.from, i.to }

// Valid reports whether the iterator stands on a key. Once it does not, it never will.
func (i *Iterator) Valid() bool { return i.it.Valid() }

// Next goes one key on in the direction of the walk.
func (i *Iterator) Next() {
	if i.reverse {
		i.it.Prev()
	} else {
		i.it.Next()
	}
}

// Key returns the current key, the caller's to keep, or nil when not Valid.
func (i *Iterator) Key() []byte {
	if !i.it.Valid() {
		return nil
	}
	return slices.Clone(i.it.Key())
}

// Value returns the current value, the caller's to keep and never nil while Valid.
func (i *Iterator) Value() []byte {
	if !i.it.Valid() {
		return nil
	}
	v, err := i.it.ValueAndErr()
	if err != nil {
		return nil // Error tells
	}
	return append(make([]byte, 0, len(v)), v...)
}

// Error returns what ended the walk early, nil at its regular end.
func (i *Iterator) Error() error { return wrap(i.it.Error()) }

// Close releases the iterator. Closing it again does nothing.
func (i *Iterator) Close() error {
	if i.it == nil {
		return nil
	}
	err := i.it.Close()
	i.it = nil
	return wrap(err)
}

// each runs fn over the rest of the walk and closes the iterator.
func (i *Iterator) each(fn func(key, value []byte) bool) error {
	for i.Valid() {
		if !fn(i.Key(), i.Value()) {
			break
		}
		i.Next()
	}
	if err := i.Error(); err != nil {
		i.it.Close() // the error before it says more
		return err
	}
	return i.Close()
}
