package bench

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/sample"
	"github.com/riviera-ledger/riviera/signature"
	"github.com/riviera-ledger/riviera/wire"
)

// Limits is what this machine's arithmetic and disk allow at best. The last four figures
// put the parts together: what no implementation of this protocol saves, of the records
// that write measures, on four nodes.
type Limits struct {
	Disclosure
	Sign        float64 `json:"sign_us"`
	Verify      float64 `json:"verify_us"`
	VerifyBatch float64 `json:"verify_in_batch_us"`
	Hash64      float64 `json:"sha256_64_bytes_us"`
	Hash1024    float64 `json:"sha256_1024_bytes_us"`
	Commit      float64 `json:"commitment_us"`
	Decode      float64 `json:"decode_body_us"`
	Seal        float64 `json:"seal_body_us"`
	SyncP50     float64 `json:"fsync_p50_ms"`
	SyncP99     float64 `json:"fsync_p99_ms"`
	DiskRate    float64 `json:"disk_write_mb_per_second"`
	FloorSingle float64 `json:"floor_single_us_per_record"`
	FloorBatch  float64 `json:"floor_batch_us_per_record"`
	RateSingle  float64 `json:"bound_single_records_per_second"`
	RateBatch   float64 `json:"bound_batch_records_per_second"`
}

// RunLimits measures for about d in all.
func RunLimits(_ context.Context, d time.Duration) (*Limits, error) {
	if d <= 0 {
		d = 4 * time.Second
	}
	l := &Limits{Disclosure: disclose("limits", nil)}
	each := d / 10
	l.signatures(each)
	l.hashes(each)
	l.bodies(each)
	if err := l.disk(2 * each); err != nil {
		return nil, err
	}
	l.floors()
	return l, nil
}

// cost runs fn for d and returns its processor time in microseconds.
func cost(d time.Duration, fn func()) float64 {
	n, begin := 0, time.Now()
	before := ownCPU()
	for time.Since(begin) < d {
		for range 16 {
			fn()
		}
		n += 16
	}
	return round(float64(ownCPU()-before)/1e3/float64(n), 3)
}

func (l *Limits) signatures(d time.Duration) {
	const batch, keys = 64, 8
	var checks []signature.Check
	var privates []ed25519.PrivateKey
	for range keys {
		_, k, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic("bench: " + err.Error()) // crypto/rand never fails
		}
		privates = append(privates, k)
	}
	for i := range batch {
		m := sha256.Sum256([]byte{byte(i)})
		k := privates[i%keys]
		checks = append(checks, signature.Check{Key: k.Public().(ed25519.PublicKey), Message: m[:], Signature: ed25519.Sign(k, m[:])})
	}
	l.Sign = cost(d, func() { ed25519.Sign(privates[0], checks[0].Message) })
	l.Verify = cost(d, func() { signature.Verify(checks[0]) })
	l.VerifyBatch = round(cost(d, func() { signature.VerifyAll(checks) })/batch, 3)
}

func (l *Limits) hashes(d time.Duration) {
	var b [1024]byte
	l.Hash64 = cost(d, func() { sha256.Sum256(b[:64]) })
	l.Hash1024 = cost(d, func() { sha256.Sum256(b[:]) })
}

func (l *Limits) bodies(d time.Duration) {
	content := body(&source{Generator: sample.New(sample.Options{Seed: 1})}, 1)
	raw := wire.Encode(content)
	var secret proof.Secret
	secret[0] = 1
	l.Commit = cost(d, func() { proof.Commit([16]byte{1}, secret, content.Disclose()) })
	l.Decode = cost(d, func() { _ = wire.Decode(raw, new(credit.Body)) })
	l.Seal = cost(d, func() {
		key := sha256.Sum256(secret[:])
		block, err := aes.NewCipher(key[:])
		if err != nil {
			panic("bench: " + err.Error()) // the key's length is right
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic("bench: " + err.Error()) // AES has the right block
		}
		var nonce [12]byte
		aead.Seal(nil, nonce[:], raw, nil)
	})
}

// disk measures how long a small write takes to be safe, as each envelope of an idle
// network waits for it, and how fast much is written.
func (l *Limits) disk(d time.Duration) error {
	dir, err := os.MkdirTemp("", "riviera-limits-")
	if err != nil {
		return fault.Wrap(fault.DiskFull, "bench", err)
	}
	defer os.RemoveAll(dir)
	f, err := os.Create(filepath.Join(dir, "f"))
	if err != nil {
		return fault.Wrap(fault.DiskFull, "bench", err)
	}
	defer f.Close()
	var all []time.Duration
	for begin, i := time.Now(), uint64(0); time.Since(begin) < d; i++ {
		at := time.Now()
		if _, err = f.Write(binary.BigEndian.AppendUint64(make([]byte, 504, 512), i)); err == nil {
			err = f.Sync()
		}
		if err != nil {
			return fault.Wrap(fault.DiskFull, "bench", err)
		}
		all = append(all, time.Since(at))
	}
	l.SyncP50, l.SyncP99 = round(float64(percentile(all, 50))/1e6, 3), round(float64(percentile(all, 99))/1e6, 3)
	chunk, n := make([]byte, 1<<20), 0
	begin := time.Now()
	for ; time.Since(begin) < d && n < 512; n++ {
		if _, err := f.Write(chunk); err != nil {
			return fault.Wrap(fault.DiskFull, "bench", err)
		}
	}
	if err := f.Sync(); err != nil {
		return fault.Wrap(fault.DiskFull, "bench", err)
	}
	l.DiskRate = round(float64(n)/time.Since(begin).Seconds(), 1)
	return nil
}

// What each of four recorders does with a record at the least, whatever the code: open
// the body and its commitment, seal it, hash the record into a block, a transaction root,
// block parts and the two trees (about 2 KiB), beside its share of the envelope's two
// signatures.
func (l *Limits) floors() {
	const nodes = 4
	record := l.Decode + l.Commit + l.Seal + 2*l.Hash1024
	l.FloorSingle = round(nodes*(record+2*l.VerifyBatch), 1)
	l.FloorBatch = round(nodes*(record+2*l.VerifyBatch/maxBatch), 1)
	cores := float64(runtime.NumCPU())
	l.RateSingle, l.RateBatch = round(cores*1e6/l.FloorSingle, 0), round(cores*1e6/l.FloorBatch, 0)
}
