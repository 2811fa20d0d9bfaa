package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Step is a stage of a replay, for a progress bar.
type Step string

const (
	StepBlocks Step = "blocks" // heights
	StepState  Step = "state"  // values
	StepLog    Step = "log"    // events
	StepVault  Step = "vault"  // slots
)

// Options says what to replay.
type Options struct {
	Site    *Site
	Against *Site // a second home to compare with; nil: none
	// Scratch is an empty directory for the recomputed state, about as large as the
	// ledger's own. Replay removes it.
	Scratch  string
	Progress func(step Step, done, total int64) // nil: nobody looks
	// Export is the export of the predecessor, where the site's chain continues one; its
	// roots are computed anew.
	Export io.Reader
}

// replay is one run.
type replay struct {
	Options
	report  *Report
	ledger  *ledger.Ledger
	scratch *store.DB
	genesis wire.Hash
	epochs  []ledger.Epoch
	log     proof.Edge // over the events as they come
	before  *consensus.Block
	results []byte // hash of the results of the block before
	tally   *tally
}

// Replay recomputes every state from the genesis document and the blocks, compares what
// the node has stored with it, and says what the blocks record of each institution. An
// error is a run that could not be made (fault.BlocksMissing, a full disk, ctx); what is
// wrong with the home stands in the report.
func Replay(ctx context.Context, o Options) (_ *Report, err error) {
	if o.Progress == nil {
		o.Progress = func(Step, int64, int64) {}
	}
	base := o.Site.Genesis.Base()
	if first, _ := o.Site.Blocks.Range(); first != base+1 {
		return nil, fault.Newf(fault.BlocksMissing, "blocks", "the first here is %d", first)
	}
	if base > 0 && o.Export == nil {
		return nil, fault.Newf(fault.BlocksMissing, "export", "the chain begins with the last state of its predecessor, whose export is needed")
	}
	r := &replay{Options: o, genesis: o.Site.Genesis.Hash()}
	r.report = &Report{Network: o.Site.Genesis.Network, Genesis: hex.EncodeToString(r.genesis[:]), Member: uint32(o.Site.Member), Differences: []Difference{}}
	if r.scratch, err = store.Open(o.Scratch, store.Options{Remember: ledger.AskedInVain()}); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.scratch.Close(), os.RemoveAll(o.Scratch)) }()
	if base > 0 {
		if _, err := consensus.Import(r.scratch, o.Site.Genesis, o.Export); err != nil {
			return nil, err
		}
	}
	if err := r.begin(); err != nil {
		return nil, err
	}
	return r.report, r.run(ctx)
}

// begin opens the state from which the blocks go on: that of the genesis document, or the
// one that was brought over from the predecessor.
func (r *replay) begin() (err error) {
	if r.ledger, err = ledger.Open(r.scratch, r.Site.Genesis); err != nil {
		return err
	}
	if err := consensus.Save(r.scratch, r.ledger.InitialWrites(), false); err != nil {
		return err
	}
	view := r.ledger.View(r.scratch)
	if r.epochs, err = view.Epochs(); err != nil {
		return err
	}
	r.tally = newTally(r.report, r.Site.Genesis)
	r.tally.moment = view.Moment
	return view.Events(0, int(view.LogSize), func(_ uint64, e *proof.Event) bool {
		r.log.Append(proof.LogLeaf(e.Encode()))
		return true
	})
}

func (r *replay) run(ctx context.Context) error {
	whole, err := r.chain(ctx)
	if err != nil {
		return err
	}
	head := r.ledger.Head()
	r.report.Height, r.report.Records, r.report.LogSize = head.Height, head.Records, head.LogSize
	r.report.AppHash, r.report.LogRoot = hex.EncodeToString(head.AppHash[:]), hex.EncodeToString(head.LogRoot[:])
	if whole {
		if err := r.stored(ctx); err != nil {
			return err
		}
	}
	view := r.ledger.View(r.scratch)
	if r.Site.VaultKey != nil && whole {
		if err := r.bodies(ctx, view); err != nil {
			return err
		}
	}
	return r.tally.finish(view)
}

// chain replays the blocks up to the height of the stored state. It ends early, and says
// so, at a block that cannot be executed.
func (r *replay) chain(ctx context.Context) (whole bool, err error) {
	_, last := r.Site.Blocks.Range()
	if last < r.Site.Head.Height {
		r.report.differs(OfBlock, fmt.Sprintf("block %d", last+1), fault.BlockDamaged, "not here, though the state stands at height %d", r.Site.Head.Height)
	}
	for h := r.Site.Genesis.Base() + 1; h <= last; h++ {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		r.Progress(StepBlocks, h, last)
		b, err := r.Site.Blocks.Read(h)
		if err != nil {
			r.report.failed(OfBlock, blockPlace(h), err)
			return false, nil
		}
		r.examine(b)
		if h > r.Site.Head.Height {
			break // its header alone was wanted: it holds the roots of the last state
		}
		if err := r.execute(b); err != nil {
			return false, err
		}
		if r.Against != nil {
			if err := r.compareOther(ctx, h); err != nil {
				return false, err
			}
		}
	}
	return last >= r.Site.Head.Height, nil
}

// examine checks a block against the one before, the signatures under it and the roots
// that its header holds.
func (r *replay) examine(b *consensus.Block) {
	place := blockPlace(b.Height)
	if r.before != nil && !bytes.Equal(b.Before, r.before.Hash[:]) {
		r.report.differs(OfBlock, place, fault.CommitmentMismatch, "does not follow block %d", b.Height-1)
	}
	if head := r.ledger.Head(); !bytes.Equal(b.AppHash, head.AppHash[:]) {
		r.report.differs(OfBlock, place, fault.CommitmentMismatch, "its header has other roots than block %d leads to", b.Height-1)
	} else if r.results != nil && !bytes.Equal(b.Results, r.results) {
		r.report.differs(OfBlock, place, fault.CommitmentMismatch, "its header has other results than block %d leads to", b.Height-1)
	}
	if err := r.signed(b); err != nil {
		r.report.failed(OfBlock, place, err)
	} else {
		r.report.Signed = b.Height - 1
	}
	r.before = b
}

// signed checks that the recorders whom the ledger names have signed a block.
func (r *replay) signed(b *consensus.Block) error {
	encoded, err := b.Light(r.recorders(b.Height))
	if err != nil {
		return err
	}
	light, err := proof.DecodeLightBlock(encoded)
	if err != nil {
		return err
	}
	if light.Header.Hash != b.Hash {
		return fault.Newf(fault.CommitmentMismatch, "", "the signed header is another one")
	}
	_, err = light.Verify(r.Site.Genesis.ChainID)
	return err
}

// recorders is the set that decides a height.
func (r *replay) recorders(height int64) []ledger.Validator { return recordersAt(r.epochs, height) }

func recordersAt(epochs []ledger.Epoch, height int64) []ledger.Validator {
	var set []ledger.Validator
	for _, e := range epochs {
		if e.FromHeight <= height {
			set = e.Validators
		}
	}
	return set
}

// execute applies a block to the recomputed state.
func (r *replay) execute(b *consensus.Block) error {
	block := ledger.Block{Height: b.Height, Time: b.Time, Envelopes: make([]*ledger.Envelope, len(b.Envelopes)), Faults: make([]fault.Code, len(b.Envelopes))}
	var err error
	if block.Votes, err = b.Ballots(r.recorders(b.Height - 1)); err != nil {
		r.report.failed(OfBlock, blockPlace(b.Height), err)
	}
	for i, raw := range b.Envelopes {
		e, err := ledger.ParseEnvelope(r.genesis, raw)
		if err != nil {
			block.Faults[i] = fault.Of(err)
			continue
		}
		block.Envelopes[i] = e
		r.report.Acts += len(e.Ops)
	}
	r.report.Executed += len(b.Envelopes)
	r.tally.proposal(r.ledger.View(r.scratch), r.proposer(b), b, block.Envelopes)
	res, err := r.ledger.Execute(block)
	if err != nil {
		return err
	}
	for _, e := range res.Events {
		r.log.Append(proof.LogLeaf(e.Encode()))
	}
	if r.log.Root() != res.Head.LogRoot {
		r.report.differs(OfLog, blockPlace(b.Height), fault.CommitmentMismatch, "the root of the log is not that of its events")
	}
	if err := consensus.Save(r.scratch, res.Writes, false); err != nil {
		return err
	}
	r.results = consensus.ResultsHash(res.Codes)
	view := r.ledger.View(r.scratch)
	if len(res.Updates) > 0 {
		if r.epochs, err = view.Epochs(); err != nil {
			return err
		}
	}
	return r.tally.block(view, res)
}

// proposer is the member that proposed a block, 0 if none of the recorders did.
func (r *replay) proposer(b *consensus.Block) ledger.MemberID {
	for _, v := range r.recorders(b.Height) {
		if ledger.AddressOf(v.Key) == b.Proposer {
			return v.Member
		}
	}
	r.report.differs(OfBlock, blockPlace(b.Height), fault.UnknownMember, "proposed by no recorder")
	return 0
}

func blockPlace(h int64) string { return fmt.Sprintf("block %d", h) }
