package store

// Reader reads ordered keys. *DB, *Snapshot and *Memory are Readers, and the ledger's
// own interface of the same shape is what they are made for.
type Reader interface {
	// Get returns the value under key, or nil and no error when there is none. A value
	// of no bytes is an empty slice, not nil. The slice is the caller's to keep.
	Get(key []byte) (value []byte, err error)
	// Has reports whether there is a value under key.
	Has(key []byte) (bool, error)
	// Scan calls fn for each key in [from, to) in ascending order of bytes until fn
	// returns false. nil is the first key, respectively past the last. It sees one
	// state: that at the call. The slices are the caller's to keep.
	Scan(from, to []byte, fn func(key, value []byte) bool) error
}

// Store is a Reader that takes batches. *DB and *Memory are Stores.
type Store interface {
	Reader
	NewBatch() Batch
	Close() error
}

// Batch gathers changes that become visible together, in the order given. It is for
// one goroutine, and for one Commit. Keys must not be empty. Arguments are copied.
type Batch interface {
	Set(key, value []byte)
	Delete(key []byte)
	// DeleteRange deletes every key in [from, to); both must be given.
	DeleteRange(from, to []byte)
	// Len is the number of changes, Size about their bytes.
	Len() int
	Size() int
	// Urgent lets the batch use the space that ordinary writes leave in reserve: for
	// erasures and for what frees space.
	Urgent()
	// Commit applies the changes. With sync it returns once they would survive a power
	// failure; without, they survive the end of the process but not of the machine.
	// A later synced Commit covers all earlier ones.
	Commit(sync bool) error
	// Close releases an uncommitted batch; after Commit it does nothing.
	Close()
}

var (
	_ Store  = (*DB)(nil)
	_ Store  = (*Memory)(nil)
	_ Reader = (*Snapshot)(nil)
)
