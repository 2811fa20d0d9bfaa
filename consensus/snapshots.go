package consensus

import (
	"context"
	"sync"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// A snapshot is the part of the ledger's state that its roots bind, at one height, cut into
// chunks. It is not written anywhere: a node that offers one holds the store's own snapshot
// of that height open, has read it through once for the hashes of its chunks, and reads a
// chunk again when somebody asks for it. So it takes no disk but for values that have been
// replaced since, and making it holds no block up. Bodies are in the vault and in no
// snapshot. Every node makes the same one at the same heights.
const (
	snapshotFormat  = 1
	defaultEvery    = 1000 // blocks between two snapshots
	snapshotsKept   = 2
	chunkBytes      = 4 << 20 // after which a chunk ends
	maxChunkBytes   = 8 << 20
	maxChunks       = 100_000 // 400 GB
	maxSnapshotMeta = 4 << 20 // what the engine carries
)

// manifest goes with the offer of a snapshot.
type manifest struct {
	Summary ledger.Summary `cbor:"1,keyasint"`
	Chunks  []wire.Hash    `cbor:"2,keyasint"` // SHA-256 of each
}

// pair is one key and its value; a chunk is a list of pairs.
type pair struct {
	_          struct{} `cbor:",toarray"`
	Key, Value []byte
}

// offered is a snapshot that this node can hand out.
type offered struct {
	height   int64
	state    ledger.Reader
	close    func() error
	starts   [][]byte // first key of each chunk
	manifest manifest
	encoded  []byte
	hash     wire.Hash
}

// snapshots makes and keeps the newest ones.
type snapshots struct {
	every int64 // blocks; negative is never

	mu      sync.Mutex
	kept    []*offered // oldest first
	busy    bool
	stopped bool
}

// due takes up a snapshot of the present state if the height asks for one. It is called
// after each block and returns at once; the reading is done by run's goroutine. A snapshot
// that is still being made lets the next one fall out.
func (s *snapshots) due(ctx context.Context, height int64, db *store.DB, sum func() ledger.Summary, run func(func()), failed func(error)) {
	if s.every <= 0 || height%s.every != 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy || s.stopped {
		return
	}
	state, err := db.Snapshot()
	if err != nil {
		return // the store has failed, and says so itself
	}
	s.busy = true
	o := &offered{height: height, state: state, close: state.Close, manifest: manifest{Summary: sum()}}
	run(func() {
		err := o.make(ctx)
		s.done(o, err)
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
	})
}

func (s *snapshots) done(o *offered, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
	if err != nil || s.stopped {
		_ = o.close() // only gives files back
		return
	}
	s.kept = append(s.kept, o)
	for len(s.kept) > snapshotsKept {
		_ = s.kept[0].close()
		s.kept = s.kept[1:]
	}
}

// stop gives every snapshot back, so that the store can be closed. Nothing is made or read
// any more: the engine has stopped.
func (s *snapshots) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for _, o := range s.kept {
		_ = o.close()
	}
	s.kept = nil
}

// make reads the state through and notes where chunks begin and what they hash to.
func (o *offered) make(ctx context.Context) error {
	var next []byte
	for first := true; first || next != nil; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		start := next
		var pairs []pair
		var err error
		if pairs, next, err = readChunk(o.state, start); err != nil {
			return err
		}
		o.starts = append(o.starts, start)
		o.manifest.Chunks = append(o.manifest.Chunks, hashOf(wire.Encode(pairs)))
	}
	o.encoded = wire.Encode(o.manifest)
	o.hash = wire.Digest("riviera/snapshot/1", o.encoded)
	return nil
}

// readChunk reads pairs from a key on until chunkBytes, and returns the key that is next,
// nil at the end.
func readChunk(r ledger.Reader, from []byte) (pairs []pair, next []byte, err error) {
	size := 0
	err = ledger.Carried(r, from, func(k, v []byte) bool {
		if size >= chunkBytes {
			next = append([]byte{}, k...)
			return false
		}
		pairs = append(pairs, pair{Key: append([]byte{}, k...), Value: append([]byte{}, v...)})
		size += len(k) + len(v)
		return true
	})
	return pairs, next, err
}

// ListSnapshots is called when a peer asks what there is.
func (a *app) ListSnapshots(context.Context, *abci.RequestListSnapshots) (*abci.ResponseListSnapshots, error) {
	s := &a.e.snapshots
	s.mu.Lock()
	defer s.mu.Unlock()
	out := new(abci.ResponseListSnapshots)
	for _, o := range s.kept {
		out.Snapshots = append(out.Snapshots, &abci.Snapshot{Height: uint64(o.height), Format: snapshotFormat,
			Chunks: uint32(len(o.starts)), Hash: o.hash[:], Metadata: o.encoded})
	}
	return out, nil
}

// LoadSnapshotChunk is called when a peer asks for a chunk; none is a chunk of no bytes.
func (a *app) LoadSnapshotChunk(_ context.Context, r *abci.RequestLoadSnapshotChunk) (*abci.ResponseLoadSnapshotChunk, error) {
	s := &a.e.snapshots
	s.mu.Lock()
	defer s.mu.Unlock() // keeps the snapshot open
	for _, o := range s.kept {
		if uint64(o.height) != r.Height || r.Format != snapshotFormat || int(r.Chunk) >= len(o.starts) {
			continue
		}
		pairs, _, err := readChunk(o.state, o.starts[r.Chunk])
		if err != nil {
			return nil, err
		}
		return &abci.ResponseLoadSnapshotChunk{Chunk: wire.Encode(pairs)}, nil
	}
	return new(abci.ResponseLoadSnapshotChunk), nil
}

func decodeManifest(b []byte) (*manifest, error) {
	if len(b) > maxSnapshotMeta {
		return nil, fault.New(fault.TooLarge, "snapshot")
	}
	m := new(manifest)
	if err := wire.Decode(b, m); err != nil {
		return nil, err
	}
	if len(m.Chunks) == 0 || len(m.Chunks) > maxChunks {
		return nil, fault.New(fault.TooLarge, "snapshot")
	}
	return m, nil
}

func decodeChunk(b []byte) ([]pair, error) {
	if len(b) > maxChunkBytes {
		return nil, fault.New(fault.TooLarge, "snapshot")
	}
	var pairs []pair
	if err := wire.DecodeTrusted(b, &pairs); err != nil { // its hash is that of the manifest
		return nil, err
	}
	return pairs, nil
}
