package store

import "github.com/cockroachdb/pebble/v2"

// Snapshot is the state of a DB at one moment. It must be closed, before the DB is;
// while it is open, deleted values stay on disk, so a store that erases has none.
type Snapshot struct {
	db *DB
	s  *pebble.Snapshot
}

// Snapshot fixes the present state for reading. A store that has failed gives none.
func (db *DB) Snapshot() (*Snapshot, error) {
	if err := db.enter(); err != nil {
		return nil, err
	}
	defer db.leave()
	if err := db.fail.get(); err != nil {
		return nil, err
	}
	return &Snapshot{db: db, s: db.p.NewSnapshot()}, nil
}

// Get implements Reader.
func (s *Snapshot) Get(key []byte) ([]byte, error) {
	if err := s.db.enter(); err != nil {
		return nil, err
	}
	defer s.db.leave()
	if s.db.known.absent(key) { // now, so then too: see known
		return nil, nil
	}
	s.db.reads.Add(1)
	return get(s.s, key)
}

// Has implements Reader.
func (s *Snapshot) Has(key []byte) (bool, error) {
	if err := s.db.enter(); err != nil {
		return false, err
	}
	defer s.db.leave()
	if s.db.known.absent(key) {
		return false, nil
	}
	s.db.reads.Add(1)
	return has(s.s, key)
}

// Scan implements Reader.
func (s *Snapshot) Scan(from, to []byte, fn func(key, value []byte) bool) error {
	if err := s.db.enter(); err != nil {
		return err
	}
	s.db.reads.Add(1)
	it, err := newIterator(s.s, from, to, false)
	s.db.leave()
	if err != nil {
		return err
	}
	return it.each(fn)
}

// Close releases the state. Closing it again does nothing.
func (s *Snapshot) Close() error {
	if s.s == nil {
		return nil
	}
	err := s.s.Close()
	s.s = nil
	return wrap(err)
}
