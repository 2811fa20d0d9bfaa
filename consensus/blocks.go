package consensus

import (
	"bytes"
	"fmt"
	"path/filepath"

	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtstore "github.com/cometbft/cometbft/store"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Blocks reads the blocks in a node's home without running the engine. It changes
// nothing on the disk.
type Blocks struct {
	db     *engineDB
	blocks *cmtstore.BlockStore
}

// OpenBlocks opens the blocks of the node whose data lie in home/engine. It fails with
// fault.HomeLocked while the node runs, with fault.FileMissing where there are none.
func OpenBlocks(home string) (b *Blocks, err error) {
	db, err := store.Open(filepath.Join(home, engineDir, "data", "blockstore"), store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	b = &Blocks{db: &engineDB{db: db, failed: func(error) {}}}
	if err := damage(0, func() error { b.blocks = cmtstore.NewBlockStore(b.db); return nil }); err != nil {
		_ = b.db.Close() // its files were only read
		return nil, err
	}
	return b, nil
}

// Close lets go of the files.
func (b *Blocks) Close() error { return b.db.Close() }

// Range returns the first and the last height that are here; 0, 0 where none is.
func (b *Blocks) Range() (first, last int64) { return b.blocks.Base(), b.blocks.Height() }

// Block is a block as it lies on the disk, its parts checked against each other: the
// envelopes have the hash that the header gives, the header the hash that the engine's
// index gives. Whether recorders signed it, Light and package proof tell.
type Block struct {
	Height    int64
	Time      int64 // Unix nanoseconds
	Proposer  [20]byte
	Before    []byte // hash of the block before; empty for the first
	Hash      wire.Hash
	AppHash   []byte // of the state after the block before
	Results   []byte // hash of the results of the block before
	Envelopes [][]byte
	Present   []bool // by place in the set of recorders of the block before: it took part
	Bytes     int

	header cmttypes.Header
	commit *cmttypes.Commit
}

// Read returns the block of a height. A block that is not here, or whose parts do not
// agree, is fault.BlockDamaged with the height as its place.
func (b *Blocks) Read(height int64) (out *Block, err error) {
	err = damage(height, func() error {
		meta, block := b.blocks.LoadBlockMeta(height), b.blocks.LoadBlock(height)
		if meta == nil || block == nil {
			return fault.Newf(fault.BlockDamaged, "", "not here, or not whole")
		}
		if err := block.ValidateBasic(); err != nil {
			return err
		}
		if hash := block.Hash(); block.Height != height || !bytes.Equal(hash, meta.BlockID.Hash) || !bytes.Equal(hash, meta.Header.Hash()) {
			return fault.Newf(fault.BlockDamaged, "", "block and index differ")
		}
		out = stored(block)
		if out.commit = b.blocks.LoadBlockCommit(height); out.commit == nil {
			out.commit = b.blocks.LoadSeenCommit(height)
		}
		if out.commit == nil {
			return fault.Newf(fault.BlockDamaged, "", "no signatures")
		}
		return nil
	})
	return out, err
}

func stored(block *cmttypes.Block) *Block {
	out := &Block{Height: block.Height, Time: block.Time.UnixNano(), Before: block.LastBlockID.Hash, Hash: wire.Hash(block.Hash()),
		AppHash: block.AppHash, Results: block.LastResultsHash, header: block.Header, Bytes: block.Size()}
	copy(out.Proposer[:], block.ProposerAddress)
	for _, tx := range block.Txs {
		out.Envelopes = append(out.Envelopes, tx)
	}
	if block.LastCommit == nil {
		return out
	}
	for _, s := range block.LastCommit.Signatures {
		out.Present = append(out.Present, cmtproto.BlockIDFlag(s.BlockIDFlag) != cmtproto.BlockIDFlagAbsent)
	}
	return out
}

// Light returns the block's header with the signatures under it and the set that is to
// have made them, as package proof reads it.
func (b *Block) Light(set []ledger.Validator) ([]byte, error) {
	var vs cmttypes.ValidatorSet
	for _, v := range set {
		vs.Validators = append(vs.Validators, cmttypes.NewValidator(cmted.PubKey(v.Key), v.Power))
	}
	if len(set) == 0 {
		return nil, fault.New(fault.NotFound, "recorders")
	}
	vs.Proposer = vs.Validators[0]
	light := cmttypes.LightBlock{SignedHeader: &cmttypes.SignedHeader{Header: &b.header, Commit: b.commit}, ValidatorSet: &vs}
	return encodeLight(&light)
}

// Ballots tells the ledger who took part in the block before, as FinalizeBlock does.
func (b *Block) Ballots(before []ledger.Validator) ([]ledger.Vote, error) {
	if len(b.Present) == 0 {
		return nil, nil
	}
	if len(b.Present) != len(before) {
		return nil, fault.Newf(fault.BlockDamaged, place(b.Height), "%d votes of %d recorders", len(b.Present), len(before))
	}
	out := make([]ledger.Vote, len(before))
	for i, v := range before {
		out[i] = ledger.Vote{Address: [20]byte(cmted.PubKey(v.Key).Address()), Present: b.Present[i]}
	}
	return out, nil
}

// Cost is how many bytes of a block an envelope takes.
func Cost(envelope []byte) int { return len(envelope) + envelopeFrame }

// AdverseBytes is how much of a block envelopes may take that are not favourable.
const AdverseBytes = adverseBytes

// ResultsHash is the hash that the next header has of a block's results.
func ResultsHash(codes []ledger.TxResult) []byte {
	return cmttypes.NewResults(txResults(codes)).Hash()
}

func place(height int64) string { return fmt.Sprintf("block %d", height) }

// damage words what the library says, or panics with, about data on disk that it cannot
// read.
func damage(height int64, read func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.Newf(fault.BlockDamaged, place(height), "%v", r)
		}
	}()
	if err = read(); err != nil { // its own code, if it has one, is beside the point
		err = fault.Wrap(fault.BlockDamaged, place(height), err)
	}
	return err
}
