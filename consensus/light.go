package consensus

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	cmtstate "github.com/cometbft/cometbft/proto/tendermint/state"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	sm "github.com/cometbft/cometbft/state"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// light tells the engine what a joining node may believe. The engine's own light client
// asks RPC servers, which our nodes do not have; this one asks the recorders by letter and
// follows the trust file (Joining.Believe), which knows no trusting period.
type light struct {
	e   *Engine
	doc *cmttypes.GenesisDoc

	mu   sync.Mutex
	kept map[int64]*cmttypes.LightBlock
}

// lightTopic is the letter that asks for a block's header and signatures.
const lightTopic Topic = 255

// askedLight asks for a block; Since is the height from which the last set of recorders
// decides that the asker knows.
type askedLight struct {
	Height int64 `cbor:"1,keyasint"`
	Since  int64 `cbor:"2,keyasint"`
}

// answeredLight has the block, and the blocks between by which recorders were changed, as
// the engine's LightBlock messages.
type answeredLight struct {
	Block     []byte   `cbor:"1,keyasint"`
	Handovers [][]byte `cbor:"2,keyasint,omitempty"`
}

// serveLight answers lightTopic.
func (e *Engine) serveLight(_ context.Context, _ ledger.MemberID, request []byte) ([]byte, error) {
	var q askedLight
	if err := wire.Decode(request, &q); err != nil {
		return nil, err
	}
	var out answeredLight
	var err error
	if out.Block, err = e.LightBlock(q.Height); err != nil {
		return nil, err
	}
	epochs, err := e.Epochs()
	if err != nil {
		return nil, err
	}
	for _, epoch := range epochs {
		if epoch.FromHeight <= q.Since || epoch.FromHeight > q.Height {
			continue
		}
		b, err := e.LightBlock(epoch.FromHeight - 1)
		if err != nil {
			return nil, err
		}
		out.Handovers = append(out.Handovers, b)
	}
	return wire.Encode(out), nil
}

// block returns a block that trusted recorders have decided. In whose turn it is to propose
// no header binds, so that as many recorders must say the same as cannot all be dishonest.
func (l *light) block(ctx context.Context, height int64) (*cmttypes.LightBlock, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.kept[height]; b != nil {
		return b, nil
	}
	asked := l.e.reactor.connected(true)
	answers := make(chan *cmttypes.LightBlock, len(asked))
	request := wire.Encode(askedLight{Height: height, Since: l.e.opts.Joining.Since})
	for _, p := range asked {
		go func() {
			b, err := l.ask(ctx, p.member, height, request)
			if err != nil {
				l.e.log.Warn("block not believed", "height", height, "member", p.member, "code", fault.Of(err).String(), "err", err)
			}
			answers <- b
		}()
	}
	same := map[string]int{}
	for range asked {
		b := <-answers
		if b == nil {
			continue
		}
		set, err := b.ValidatorSet.ToProto()
		if err != nil {
			continue
		}
		raw, err := set.Marshal()
		if err != nil {
			continue
		}
		if same[string(raw)]++; 3*same[string(raw)] > len(b.ValidatorSet.Validators) || 3*same[string(raw)] > len(asked) && len(asked) == len(b.ValidatorSet.Validators) {
			l.kept[height] = b
			return b, nil
		}
	}
	return nil, fault.Newf(fault.NotFound, "block", "height %d: no third of the recorders gives the same", height)
}

// ask gets a block from one member and checks it.
func (l *light) ask(ctx context.Context, member ledger.MemberID, height int64, request []byte) (*cmttypes.LightBlock, error) {
	b, err := l.e.Ask(ctx, member, lightTopic, request)
	if err != nil {
		return nil, err
	}
	var a answeredLight
	if err := wire.Decode(b, &a); err != nil {
		return nil, err
	}
	target, err := proof.DecodeLightBlock(a.Block)
	if err != nil {
		return nil, err
	}
	var handovers []proof.LightBlock
	for _, h := range a.Handovers {
		d, err := proof.DecodeLightBlock(h)
		if err != nil {
			return nil, err
		}
		handovers = append(handovers, d)
	}
	if err := l.e.opts.Joining.Believe(handovers, target); err != nil {
		return nil, err
	}
	return l.whole(a.Block, height, target.Header.Hash)
}

// whole reads a believed block as the engine's own type.
func (l *light) whole(raw []byte, height int64, hash wire.Hash) (*cmttypes.LightBlock, error) {
	var p cmtproto.LightBlock
	if err := p.Unmarshal(raw); err != nil {
		return nil, fault.Wrap(fault.Malformed, "block", err)
	}
	b, err := cmttypes.LightBlockFromProto(&p)
	if err == nil {
		err = b.ValidateBasic(l.e.opts.Genesis.ChainID)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "block", err)
	}
	if b.Height != height || !bytes.Equal(b.Hash(), hash[:]) {
		return nil, fault.Newf(fault.Malformed, "block", "another one than asked for")
	}
	return b, nil
}

// AppHash implements statesync.StateProvider.
func (l *light) AppHash(ctx context.Context, height uint64) ([]byte, error) {
	b, err := l.block(ctx, int64(height)+1)
	if err != nil {
		return nil, err
	}
	_, err = l.block(ctx, int64(height)+2) // State will need it: rather refuse at once
	return b.AppHash, err
}

// Commit implements statesync.StateProvider.
func (l *light) Commit(ctx context.Context, height uint64) (*cmttypes.Commit, error) {
	b, err := l.block(ctx, int64(height))
	if err != nil {
		return nil, err
	}
	return b.Commit, nil
}

// State implements statesync.StateProvider: the engine's state after a block.
func (l *light) State(ctx context.Context, height uint64) (sm.State, error) {
	h := int64(height)
	last, err := l.block(ctx, h)
	if err != nil {
		return sm.State{}, err
	}
	present, err := l.block(ctx, h+1)
	if err != nil {
		return sm.State{}, err
	}
	next, err := l.block(ctx, h+2) // a change made by block h counts from there
	if err != nil {
		return sm.State{}, err
	}
	params := *l.doc.ConsensusParams // they never change
	if !bytes.Equal(params.Hash(), present.ConsensusHash) {
		return sm.State{}, fmt.Errorf("block %d was decided under other parameters", present.Height)
	}
	return sm.State{
		ChainID: l.doc.ChainID, InitialHeight: l.doc.InitialHeight,
		Version:         cmtstate.Version{Consensus: present.Version, Software: version.TMCoreSemVer},
		LastBlockHeight: last.Height, LastBlockTime: last.Time, LastBlockID: last.Commit.BlockID,
		AppHash: present.AppHash, LastResultsHash: present.LastResultsHash,
		LastValidators: last.ValidatorSet, Validators: present.ValidatorSet, NextValidators: next.ValidatorSet,
		LastHeightValidatorsChanged: next.Height,
		ConsensusParams:             params, LastHeightConsensusParamsChanged: present.Height,
	}, nil
}
