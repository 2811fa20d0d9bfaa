package witness

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// fakeLog is a log with the key of a member.
type fakeLog struct {
	t      *testing.T
	origin string
	hashes []tlog.Hash
	n      int64
	key    ed25519.PrivateKey
}

func (l *fakeLog) ReadHashes(at []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range at {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

// grow adds events that are named by what the log is to be told apart by.
func (l *fakeLog) grow(to int64, name string) *fakeLog {
	for ; l.n < to; l.n++ {
		h, err := tlog.StoredHashes(l.n, fmt.Append(nil, name, l.n), l)
		if err != nil {
			l.t.Fatal(err)
		}
		l.hashes = append(l.hashes, h...)
	}
	return l
}

func (l *fakeLog) head(size uint64) checkpoint.Checkpoint {
	root, err := tlog.TreeHash(int64(size), l)
	if err != nil {
		l.t.Fatal(err)
	}
	return checkpoint.Checkpoint{Origin: l.origin, Size: size, Root: wire.Hash(root)}
}

func (l *fakeLog) Checkpoint(_ context.Context, size uint64, _ int) ([]byte, error) {
	if size == 0 {
		size = uint64(l.n)
	}
	return l.head(size).Sign(l.key)
}

func (l *fakeLog) Consistency(_ context.Context, older, size uint64) (client.Consistency, error) {
	path, err := tlog.ProveTree(int64(size), int64(older), l)
	if err != nil {
		l.t.Fatal(err)
	}
	var out client.Consistency
	for _, h := range path {
		out.Path = append(out.Path, h[:])
	}
	return out, nil
}

// LogProof is reached by what may be signed.
func (l *fakeLog) LogProof(context.Context, []uint64, []int64) ([]byte, error) {
	return nil, fault.New(fault.NotReady, "reached")
}

// bench is a witness that has seen the log of one member at a size.
type bench struct {
	*Witness
	log *fakeLog
}

func newBench(t *testing.T, seen int64) *bench {
	t.Helper()
	sum := sha256.Sum256([]byte("member"))
	key := ed25519.NewKeyFromSeed(sum[:])
	set := proof.Validators{{PubKey: [32]byte(key.Public().(ed25519.PublicKey)), Power: 1}}
	file := &verify.Trust{Version: verify.TrustVersion, Network: "test", Genesis: verify.Hex{1}, ChainID: "test", Height: 9,
		IssuedAt: time.Unix(1700000000, 0).UTC(), Epochs: []verify.TrustEpoch{verify.NewTrustEpoch(1, set)},
		Keys: []verify.TrustKey{{Member: 1, NameZH: "甲", NameEN: "A", Algorithm: verify.AlgorithmEd25519, PublicKey: verify.Multikey(key.Public()), FromHeight: 1}}}
	b, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(filepath.Join(t.TempDir(), "w"), "witness.example.org", b, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &fakeLog{t: t, origin: checkpoint.Origin(wire.Hash{1}), key: key}
	l.grow(seen, "event")
	note, err := l.Checkpoint(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := w.signer()
	if err != nil {
		t.Fatal(err)
	}
	if note, err = checkpoint.Cosign(note, w.Key.Witness, signer, time.Unix(1700000000, 0)); err != nil {
		t.Fatal(err)
	}
	if err := custody.Create(w.path(seenFile), note); err != nil {
		t.Fatal(err)
	}
	return &bench{w, l}
}

// files are the names in the witness's directory that begin with a word.
func (b *bench) files(prefix string) []string {
	all, _ := filepath.Glob(filepath.Join(b.dir, prefix+"*"))
	return all
}

// sees holds what the witness has seen.
func (b *bench) sees(t *testing.T, size uint64) {
	t.Helper()
	c, _, err := b.Seen()
	if err != nil || c.Size != size {
		t.Errorf("seen: %v, %v", c, err)
	}
}

// TestForks: two histories, of one size and of two, are refused; the evidence is two notes
// that the member has signed, with two roots of one size.
func TestForks(t *testing.T) {
	for _, size := range []int64{5, 6, 8, 13} {
		b := newBench(t, 5)
		forked := (&fakeLog{t: t, origin: b.log.origin, key: b.log.key}).grow(4, "event").grow(size, "another")
		_, err := b.Cosign(t.Context(), forked)
		fork, ok := err.(*Fork)
		if !ok || !fault.Is(err, fault.CheckpointForked) {
			t.Fatalf("a fork of %d events: %v", size, err)
		}
		b.sees(t, 5)
		var heads []checkpoint.Checkpoint
		for _, f := range []string{fork.Seen, fork.Shown} {
			note, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			o, err := checkpoint.Open(note, b.Trust, nil)
			if err != nil || len(o.Members) != 1 {
				t.Fatalf("evidence %s: %v", f, err)
			}
			heads = append(heads, o.Checkpoint)
		}
		if heads[0].Size != 5 || heads[1].Size != 5 || heads[0].Root == heads[1].Root {
			t.Errorf("no evidence: %+v", heads)
		}
		if _, err := b.Cosign(t.Context(), forked); !fault.Is(err, fault.CheckpointForked) || len(b.files("fork-")) != 4 {
			t.Errorf("once more: %v, %v", err, b.files("fork-"))
		}
		if _, err := b.Cosign(t.Context(), b.log.grow(9, "event")); !fault.Is(err, fault.NotReady) { // would be signed
			t.Errorf("the log that continues: %v", err)
		}
	}
}

// liar changes what a log tells.
type liar struct {
	*fakeLog
	checkpoint  func(size uint64) ([]byte, error)
	consistency func() (client.Consistency, error)
}

func (l liar) Checkpoint(ctx context.Context, size uint64, n int) ([]byte, error) {
	if l.checkpoint != nil && size == 0 {
		return l.checkpoint(size)
	}
	return l.fakeLog.Checkpoint(ctx, size, n)
}

func (l liar) Consistency(ctx context.Context, older, size uint64) (client.Consistency, error) {
	if l.consistency != nil {
		return l.consistency()
	}
	return l.fakeLog.Consistency(ctx, older, size)
}

// TestRefuses: what may not be signed and is no fork.
func TestRefuses(t *testing.T) {
	b := newBench(t, 5)
	log := b.log.grow(8, "event")
	stranger := *log
	_, stranger.key, _ = ed25519.GenerateKey(nil)
	foreign := *log
	foreign.origin = checkpoint.Origin(wire.Hash{2})
	honest, err := log.Checkpoint(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		node Node
		want fault.Code
	}{
		"a smaller log":       {liar{fakeLog: log, checkpoint: func(uint64) ([]byte, error) { return log.Checkpoint(t.Context(), 4, 0) }}, fault.CheckpointOutdated},
		"a key of nobody":     {&stranger, fault.CheckpointInvalid},
		"another network":     {&foreign, fault.CheckpointInvalid},
		"a changed root":      {liar{fakeLog: log, checkpoint: func(uint64) ([]byte, error) { return []byte(strings.Replace(string(honest), "\n8\n", "\n9\n", 1)), nil }}, fault.CheckpointInvalid},
		"a false path":        {liar{fakeLog: log, consistency: func() (client.Consistency, error) { return client.Consistency{Path: [][]byte{make([]byte, 32)}}, nil }}, fault.LogUnproved},
		"a node that is away": {liar{fakeLog: log, consistency: func() (client.Consistency, error) { return client.Consistency{}, fault.New(fault.NotFound, "log size") }}, fault.NotFound},
	} {
		if _, err := b.Cosign(t.Context(), x.node); fault.Of(err) != x.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left := b.files("fork-"); left != nil {
		t.Errorf("evidence of nothing: %v", left)
	}
	b.sees(t, 5)
}

// TestState: a state that is not the witness's own is an error; a directory is used by one
// run at a time and made once; a trust file is replaced by a newer one of the network alone.
func TestState(t *testing.T) {
	b := newBench(t, 5)
	good, err := os.ReadFile(b.path(seenFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{"rewound": strings.Replace(string(good), "\n5\n", "\n1\n", 1), "empty": "",
		"signed by others": strings.Replace(string(good), "— witness", "— other", 1)} {
		if err := os.WriteFile(b.path(seenFile), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Cosign(t.Context(), b.log); !fault.Is(err, fault.CheckpointInvalid) {
			t.Errorf("a state that is %s: %v", name, err)
		}
	}
	if err := os.WriteFile(b.path(seenFile), good, 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := b.lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Cosign(t.Context(), b.log); !fault.Is(err, fault.HomeLocked) {
		t.Errorf("beside another run: %v", err)
	}
	unlock()
	trust, err := b.Trust.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(b.dir, "again", trust, nil); !fault.Is(err, fault.HomeExists) {
		t.Errorf("made twice: %v", err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "w"), "a b", trust, nil); !fault.Is(err, fault.CheckpointInvalid) {
		t.Errorf("a name with a space: %v", err)
	}
	if err := b.Renew(trust); err != nil {
		t.Errorf("the same trust file: %v", err)
	}
	for want, change := range map[fault.Code]func(*verify.Trust){
		fault.ForeignGenesis:     func(f *verify.Trust) { f.Genesis = verify.Hex{2} },
		fault.CheckpointOutdated: func(f *verify.Trust) { f.Height-- },
	} {
		other := *b.Trust
		change(&other)
		file, err := other.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Renew(file); !fault.Is(err, want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if again, err := Open(b.dir); err != nil || again.Key.String() != b.Key.String() {
		t.Errorf("opened again: %v", err)
	}
}
