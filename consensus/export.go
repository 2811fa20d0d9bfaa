package consensus

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// An export is the state of an ended chain as its successor begins with it: the snapshot of
// snapshots.go, whole, with the genesis document in front and a digest behind. Nothing in it
// depends on the node that writes it, so every node of the network writes the same bytes.
// Bodies are in no snapshot, and in no export.
//
//	"riviera export 1\n"
//	length:4 ‖ ExportHead, canonical CBOR
//	length:4 ‖ chunk, canonical CBOR: [* [key, value]]     as often as there are chunks
//	0:4 ‖ SHA-256 of everything before
const exportMagic = "riviera export 1\n"

// ExportHead says whose state an export holds.
type ExportHead struct {
	Genesis []byte             `cbor:"1,keyasint"` // the chain's genesis document, canonical CBOR
	Ended   ledger.Predecessor `cbor:"2,keyasint"` // as a successor's genesis document names it
	Summary ledger.Summary     `cbor:"3,keyasint"`
}

// Exported describes an export that was written or read.
type Exported struct {
	Head    ExportHead
	Genesis *ledger.Genesis // of the chain that has ended
	Digest  wire.Hash       // SHA-256 of the file up to its last 36 bytes
	Bytes   int64
}

// framed writes length-prefixed parts and hashes what goes by.
type framed struct {
	w    io.Writer
	sum  hash.Hash
	size int64
	end  wire.Hash // what had been read was hashed to, before the mark of the end
}

// maxExportPart bounds a part: a genesis document with its contracts, or a chunk.
const maxExportPart = 64 << 20

// read fills b, and hashes it.
func (f *framed) read(r io.Reader, b []byte) error {
	if _, err := io.ReadFull(r, b); err != nil {
		return damagedExport("it is cut off")
	}
	return f.write(b)
}

// part reads the next part; nil is the end, behind which the digest stands.
func (f *framed) part(r io.Reader) ([]byte, error) {
	var length [4]byte
	before := f.sum.Sum(nil)
	if err := f.read(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	switch {
	case n == 0:
		f.end = wire.Hash(before)
		return nil, nil
	case n > maxExportPart:
		return nil, damagedExport("a part of %d bytes", n)
	}
	b := make([]byte, n)
	return b, f.read(r, b)
}

func (f *framed) write(b []byte) error {
	n, err := f.w.Write(b)
	f.size += int64(n)
	f.sum.Write(b)
	if err != nil {
		return fault.Wrap(fault.DiskFull, "export", err)
	}
	return nil
}

func (f *framed) frame(b []byte) error {
	if err := f.write(binary.BigEndian.AppendUint32(nil, uint32(len(b)))); err != nil {
		return err
	}
	return f.write(b)
}

// Export writes the state of an ended chain. home is as in Options and db its ledger; the
// node is stopped. fault.ChainRunning where the chain has not ended, or its seal is not here.
func Export(ctx context.Context, home string, db *store.DB, g *ledger.Genesis, w io.Writer) (out Exported, err error) {
	head, err := ending(home, db, g)
	if err != nil {
		return out, err
	}
	f := &framed{w: w, sum: sha256.New()}
	if err := f.write([]byte(exportMagic)); err != nil {
		return out, err
	}
	if err := f.frame(wire.Encode(head)); err != nil {
		return out, err
	}
	var next []byte
	for first := true; first || next != nil; first = false {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		var pairs []pair
		if pairs, next, err = readChunk(db, next); err != nil {
			return out, err
		}
		if err := f.frame(wire.Encode(pairs)); err != nil {
			return out, err
		}
	}
	out = Exported{Head: head, Genesis: g, Digest: wire.Hash(f.sum.Sum(nil))}
	if err := errors.Join(f.write(make([]byte, 4)), f.write(out.Digest[:])); err != nil {
		return out, err
	}
	out.Bytes = f.size
	return out, nil
}

// ending reads how a chain has ended from the home of a node of it.
func ending(home string, db *store.DB, g *ledger.Genesis) (head ExportHead, err error) {
	l, err := ledger.Open(db, g)
	if err != nil {
		return head, err
	}
	if head.Ended, err = l.View(db).Ending(); err != nil {
		return head, err
	}
	blocks, err := OpenBlocks(home)
	if err != nil {
		return head, err
	}
	defer func() { err = errors.Join(err, blocks.Close()) }()
	if _, last := blocks.Range(); last <= head.Ended.Height {
		return head, fault.Newf(fault.ChainRunning, "blocks", "the seal of block %d is not here", head.Ended.Height)
	}
	seal, err := blocks.Read(head.Ended.Height + 1)
	if err != nil {
		return head, err
	}
	if !bytes.Equal(seal.AppHash, head.Ended.AppHash[:]) {
		return head, fault.Newf(fault.BlockDamaged, place(seal.Height), "its root is not that of the state")
	}
	head.Ended.ChainID, head.Ended.Genesis = g.ChainID, g.Hash()
	head.Ended.Seal, head.Ended.TimeNS = seal.Hash, seal.Time
	head.Genesis, head.Summary = wire.Encode(g), l.Summary()
	return head, nil
}

// Ending says how the chain of a stopped node has ended, with its seal; arguments and codes
// as in Export.
func Ending(home string, db *store.DB, g *ledger.Genesis) (ledger.Predecessor, error) {
	head, err := ending(home, db, g)
	return head.Ended, err
}

// EngineDir is the directory of the engine's data in a home as in Options.
const EngineDir = engineDir

// ReadExport reads an export through, holds it to its digest and form, and gives its chunks
// to take, which may be nil. A file that is none is fault.ExportDamaged. What stands in it
// is to be believed only as far as somebody vouches for Head.Ended: Import computes the
// roots of it anew.
func ReadExport(r io.Reader, begin func(Exported) error, take func(pairs []pair) error) (out Exported, err error) {
	f := &framed{w: io.Discard, sum: sha256.New()}
	magic := make([]byte, len(exportMagic))
	if err := f.read(r, magic); err != nil || string(magic) != exportMagic {
		return out, damagedExport("it does not begin as one")
	}
	b, err := f.part(r)
	if err != nil {
		return out, err
	}
	if out.Genesis, err = decodeExportHead(b, &out.Head); err != nil {
		return out, err
	}
	if begin != nil {
		if err := begin(out); err != nil {
			return out, err
		}
	}
	for {
		b, err := f.part(r)
		if err != nil {
			return out, err
		}
		if b == nil {
			break
		}
		pairs, err := decodeChunk(b)
		if err != nil || !bytes.Equal(wire.Encode(pairs), b) {
			return out, damagedExport("a chunk is not in its one form")
		}
		if take == nil {
			continue
		}
		if err := take(pairs); err != nil {
			return out, err
		}
	}
	out.Digest = f.end
	digest := make([]byte, len(out.Digest))
	if _, err := io.ReadFull(r, digest); err != nil || !bytes.Equal(digest, out.Digest[:]) {
		return out, damagedExport("its digest is another one")
	}
	if n, err := io.CopyN(io.Discard, r, 1); n != 0 || !errors.Is(err, io.EOF) {
		return out, damagedExport("something stands behind it")
	}
	out.Bytes = f.size + int64(len(digest))
	return out, nil
}

func damagedExport(format string, args ...any) error {
	return fault.Newf(fault.ExportDamaged, "export", format, args...)
}

func decodeExportHead(b []byte, head *ExportHead) (*ledger.Genesis, error) {
	g := new(ledger.Genesis)
	if err := wire.Decode(b, head); err != nil {
		return nil, fault.Wrap(fault.ExportDamaged, "export", err)
	}
	if err := wire.Decode(head.Genesis, g); err != nil {
		return nil, fault.Wrap(fault.ExportDamaged, "export: genesis", err)
	}
	if err := g.Check(); err != nil {
		return nil, fault.Wrap(fault.ExportDamaged, "export: genesis", err)
	}
	if g.Hash() != head.Ended.Genesis || g.ChainID != head.Ended.ChainID || head.Summary.AppHash() != head.Ended.AppHash {
		return nil, damagedExport("its parts do not belong together")
	}
	return g, nil
}

// Import makes the first state of a successor chain in an empty store out of the export of
// its predecessor. The roots of everything are computed anew and are to be those that the
// genesis document names; nothing is usable before it returns nil. Codes:
// fault.ExportDamaged, fault.SuccessorMismatch, fault.SnapshotForged.
func Import(db *store.DB, g *ledger.Genesis, r io.Reader) (out Exported, err error) {
	t := &restoring{batch: db.NewBatch()}
	defer func() { t.batch.Close() }() // the one that is open then
	flush := func() error {
		err := t.batch.Commit(false)
		t.batch.Close()
		t.batch = db.NewBatch()
		return err
	}
	begin := func(e Exported) (err error) {
		next, err := e.Genesis.Successor(g.ChainID, e.Head.Ended)
		if err != nil {
			return err
		}
		if next.Hash() != g.Hash() {
			return fault.Newf(fault.SuccessorMismatch, "genesis", "it is not what follows from this export")
		}
		t.into, err = ledger.Continue(g, e.Head.Summary, db, func(k, v []byte) { t.batch.Set(k, v) }, flush)
		return err
	}
	if out, err = ReadExport(r, begin, t.add); err != nil {
		return out, err
	}
	if err := t.finish(); err != nil {
		return out, err
	}
	return out, t.batch.Commit(true)
}

// finish computes the last roots. Like add it may meet content that makes the ledger panic.
func (s *restoring) finish() (err error) {
	defer notAState(&err)
	return s.into.Finish(0, 0)
}

// CarrySigning copies the records of what a recorder has signed from one engine's data to
// those of another, which has none yet. Heights run on in a successor chain, so that they
// go on protecting it. Both homes are as in Options.
func CarrySigning(from, to string) error {
	records, err := filepath.Glob(filepath.Join(filepath.Dir(signingState(from)), "signed*.json"))
	if err != nil {
		return fault.Wrap(fault.Internal, "signing record", err)
	}
	if err := os.MkdirAll(filepath.Dir(signingState(to)), 0o700); err != nil {
		return fault.Wrap(fault.DiskFull, "signing record", err)
	}
	for _, path := range records {
		b, err := os.ReadFile(path)
		if err == nil {
			err = writeSynced(filepath.Join(filepath.Dir(signingState(to)), filepath.Base(path)), b)
		}
		if err != nil {
			return fault.Wrap(fault.SigningRecord, filepath.Base(path), err)
		}
	}
	return nil
}
