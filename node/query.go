package node

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Query is one standing question as it is logged.
type Query struct {
	Caller  api.Caller
	Purpose string
	Time    time.Time
	Records []ledger.RecordID // the records about the one who was asked for; none is logged alike
}

// QueryLog is told of every standing question, whatever its answer.
type QueryLog interface {
	Note(Query) error
	Close() error
}

// queryEntry is one entry on disk:
//
//	key    time:8 (Unix nanoseconds) ‖ random:8
//	value  canonical CBOR of queryEntry
//
// A record is named by HMAC-SHA-256 under this node's own key, so that a stolen log
// links nobody and the entries of an erased record say nothing.
type queryEntry struct {
	Member  uint32   `cbor:"1,keyasint,omitempty"`
	Name    string   `cbor:"2,keyasint"` // of the API key, or "public"
	Purpose string   `cbor:"3,keyasint"`
	Records [][]byte `cbor:"4,keyasint,omitempty"`
}

type diskQueryLog struct {
	db  *store.DB
	key []byte
}

func (n *Node) openQueryLog(nodeKey []byte) (QueryLog, error) {
	db, err := store.Open(n.home.Data("queries"), store.Options{OnFatal: n.fail, Erasing: true})
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, nodeKey)
	mac.Write([]byte("riviera/query-log/1"))
	return &diskQueryLog{db: db, key: mac.Sum(nil)}, nil
}

// Note writes an entry. It is not synced: a crash loses the last moments, never the
// answer's truth.
func (l *diskQueryLog) Note(q Query) error {
	e := queryEntry{Member: q.Caller.Member, Name: q.Caller.Name, Purpose: q.Purpose}
	for _, id := range q.Records {
		mac := hmac.New(sha256.New, l.key)
		mac.Write(id[:])
		e.Records = append(e.Records, mac.Sum(nil)[:16])
	}
	key := binary.BigEndian.AppendUint64(nil, uint64(q.Time.UnixNano()))
	var nonce [8]byte
	rand.Read(nonce[:]) // never fails (crypto/rand, Go 1.24)
	batch := l.db.NewBatch()
	batch.Set(append(key, nonce[:]...), wire.Encode(e))
	if err := batch.Commit(false); err != nil {
		return fault.Wrap(fault.Internal, "query log", err)
	}
	return nil
}

func (l *diskQueryLog) Close() error { return l.db.Close() }
