package ledger

import (
	"fmt"
	"reflect"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// checkLog verifies the inclusion of every seventh event and the consistency with
// every seventh older size.
func checkLog(t *testing.T, w *world) {
	t.Helper()
	v := w.view()
	for i := uint64(0); i < v.LogSize; i += 7 {
		_, event, err := v.Event(i)
		if err != nil {
			t.Fatal(err)
		}
		path, err := v.LogProof(i)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyInclusion(event, i, v.LogSize, v.LogRoot, path); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		if i == 0 {
			continue
		}
		consistency, err := v.LogConsistency(i)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyConsistency(i, rootAt(t, v, i), v.LogSize, v.LogRoot, consistency); err != nil {
			t.Fatalf("size %d: %v", i, err)
		}
	}
}

func rootAt(t *testing.T, v *View, size uint64) wire.Hash {
	older := *v
	older.LogSize = size
	return wholeLog(t, &older)
}

// TestLogGrows appends past two levels of tiles and compares with the plain tree hash,
// reopening the log at each step.
func TestLogGrows(t *testing.T) {
	state := memory{}
	set := func(k, v []byte) { state[string(k)] = v }
	var leaves []wire.Hash
	for _, n := range []int{1, 1, 254, 1, 255, 1, 1000, 65536 - 1513, 3, 300} {
		log, err := openLog(state, uint64(len(leaves)))
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			event := fmt.Appendf(nil, "event %d", len(leaves))
			log.append(event)
			leaves = append(leaves, proof.LogLeaf(event))
		}
		log.flush(set)
		if got, want := log.root(), treeHash(leaves); got != want {
			t.Fatalf("size %d: root %x, want %x", len(leaves), got, want)
		}
		again, err := openLog(state, uint64(len(leaves)))
		if err != nil || !reflect.DeepEqual(again.upper, log.upper) {
			t.Fatalf("size %d: reopened with other upper levels, %v", len(leaves), err)
		}
		provePaths(t, &View{Head: Head{LogSize: log.size, LogRoot: log.root()}, reader: state, upper: log.upper}, leaves)
	}
}

// provePaths proves some events, and some older sizes, of a log that ends where a view does.
func provePaths(t *testing.T, v *View, leaves []wire.Hash) {
	t.Helper()
	size := int64(v.LogSize)
	tiles := keptTiles{}
	for i := int64(0); i < size; i += size/50 + 1 {
		path, err := v.LogProof(uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(toTlog(path), size, tlog.Hash(v.LogRoot), i, tlog.Hash(leaves[i])); err != nil {
			t.Fatalf("event %d of %d: %v", i, size, err)
		}
		at := size - (size-i-1)/2
		prover, err := v.LogProver(uint64(at), tiles)
		if err != nil {
			t.Fatal(err)
		}
		got, err := prover.Prove(v, uint64(i))
		want, werr := v.LogProofAt(uint64(i), uint64(at))
		if err != nil || werr != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("event %d at size %d: %v, %v: another path", i, at, err, werr)
		}
		older, err := v.LogConsistency(uint64(i) + 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckTree(toTlog(older), size, tlog.Hash(v.LogRoot), i+1, tlog.Hash(treeHash(leaves[:i+1]))); err != nil {
			t.Fatalf("size %d of %d: %v", i+1, size, err)
		}
	}
}

func toTlog(path []wire.Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(path))
	for i, h := range path {
		out[i] = tlog.Hash(h)
	}
	return out
}

// TestUpperLogNeedsNoDisk: above the tile of an event a proof reads nothing.
func TestUpperLogNeedsNoDisk(t *testing.T) {
	state := memory{}
	log := &logTree{}
	for i := range 70_000 {
		log.append(fmt.Appendf(nil, "event %d", i))
	}
	log.flush(func(k, v []byte) { state[string(k)] = v })
	reads := &countingReader{Reader: state}
	v := &View{Head: Head{LogSize: log.size, LogRoot: log.root()}, reader: reads, upper: log.upper}
	if _, err := v.LogProof(300); err != nil {
		t.Fatal(err)
	}
	if reads.gets > 2 { // the event's tile, and the unfinished one at the edge
		t.Errorf("a proof read %d tiles", reads.gets)
	}
}

type countingReader struct {
	Reader
	gets int
}

func (c *countingReader) Get(key []byte) ([]byte, error) {
	c.gets++
	return c.Reader.Get(key)
}

// BenchmarkLogProof: one event's path in a log of 70,000.
func BenchmarkLogProof(b *testing.B) {
	state := memory{}
	log := &logTree{}
	for i := range 70_000 {
		log.append(fmt.Appendf(nil, "event %d", i))
	}
	log.flush(func(k, v []byte) { state[string(k)] = v })
	v := &View{Head: Head{LogSize: log.size}, reader: state, upper: log.upper}
	prover, err := v.LogProver(log.size, keptTiles{})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i = (i + 7919) % 70_000 {
		if _, err := prover.Prove(v, uint64(i)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestStatePaths checks that every record's leaf leads to the record root.
func TestStatePaths(t *testing.T) {
	w := newWorld(t)
	for i := range uint64(40) {
		w.active(i)
	}
	root := w.ledger.tree.root()
	for seq := range uint64(40) {
		b, path, meta, err := w.ledger.StateProof(seq)
		if err != nil {
			t.Fatal(err)
		}
		if err := path.Verify(uint32(seq), proof.StateLeaf(b), root); err != nil {
			t.Fatalf("record %d: %v", seq, err)
		}
		if wire.Digest("riviera/stateroot/1", root[:], meta[:]) != w.view().State {
			t.Fatal("the state root is not that of records and meta")
		}
	}
}

func FuzzParseEnvelope(f *testing.F) {
	g := testGenesis()
	hash := g.Hash()
	args := ground(1, genesisDate)
	create := &Create{Record: recordID(1), Contract: 1, Event: "propose", Recorder: court, Commitment: commitment(1), Args: args, Measures: []uint16{1}}
	for _, ops := range [][]Operation{{create.Operation()}, {send(1, "performed", nil), send(1, "list", nil)}} {
		raw, err := Seal(nil, hash, Content{Member: court, Key: 1, NotAfter: 5, Ops: ops}, testKey(court, 1), nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ParseEnvelope(hash, raw)
		if err != nil {
			return
		}
		// What parses has one form: encoding its parts again gives the same bytes.
		again := wire.Encode(sealed{Content: wire.Encode(e.Content), Signature: e.signature, Approval: e.approval})
		if string(again) != string(raw) {
			t.Fatalf("%x parses and encodes as %x", raw, again)
		}
		for i, a := range e.acts {
			if string(wire.Encode(a)) != string(e.Ops[i].Data) {
				t.Fatalf("operation %d has two forms", i)
			}
		}
	})
}
