package consensus

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// TestRecordsReachEveryNode: records migrated on one node and proposed on the
// contributor are committed everywhere, and every node comes by the bodies that it may
// hold.
func TestRecordsReachEveryNode(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	first := n.node(1)
	s := n.create(1, "migrate", 30, first.ahead())
	first.submit(s)
	o := first.settled(s)
	n.agree(o.Height)
	n.everywhere(s)

	p := n.create(contributor, "propose", 10, first.ahead())
	n.node(contributor).submit(p)
	o = n.node(contributor).settled(p)
	n.agree(o.Height)
	n.everywhere(p) // the recorders and the proposer: here that is everyone

	again, err := first.engine.Submit(context.Background(), s.raw, s.packets)
	if !fault.Is(err, fault.AlreadyCommitted) || again != s.id {
		t.Errorf("a committed envelope was taken again: %v", err)
	}
	lightBlocks(t, n, o.Height)
}

// everywhere waits until every running node holds all bodies of a submission.
func (n *network) everywhere(s submission) {
	n.t.Helper()
	for _, d := range n.nodes {
		if d.engine == nil {
			continue
		}
		eventually(n.t, 30*time.Second, func() error {
			if got := d.holds(s); got != len(s.bodies) {
				return fmt.Errorf("node %d holds %d of %d bodies", d.member, got, len(s.bodies))
			}
			if m := d.engine.Missing(); m != 0 {
				return fmt.Errorf("node %d misses %d", d.member, m)
			}
			return nil
		})
	}
}

// lightBlocks checks that the headers around a height verify under the library's own
// rules, on every node.
func lightBlocks(t *testing.T, n *network, height int64) {
	t.Helper()
	for _, d := range n.nodes {
		b, err := d.engine.LightBlock(height)
		if err != nil {
			t.Fatal(err)
		}
		var p cmtproto.LightBlock
		if err := p.Unmarshal(b); err != nil {
			t.Fatal(err)
		}
		l, err := cmttypes.LightBlockFromProto(&p)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.ValidateBasic(n.genesis.ChainID); err != nil {
			t.Error(err)
		}
		if err := l.ValidatorSet.VerifyCommitLight(n.genesis.ChainID, l.Commit.BlockID, height, l.Commit); err != nil {
			t.Errorf("node %d: %v", d.member, err)
		}
	}
	if _, err := n.node(1).engine.LightBlock(height + 1_000_000); !fault.Is(err, fault.NotFound) {
		t.Errorf("a block of the future: %v", err)
	}
}

// TestBodiesStayOutOfBlocks looks for a body's text and secret in every file of every
// node, in every encoding that a leak could have. That the search works is shown by the
// record's id, which does stand in the blocks.
func TestBodiesStayOutOfBlocks(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	s := n.create(1, "migrate", 5, n.node(1).ahead())
	n.node(1).submit(s)
	n.node(1).settled(s)
	n.everywhere(s)
	n.stop()
	var needles [][]byte
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(marker))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		b, err := unicode.UTF16(e, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(marker))
		if err != nil {
			t.Fatal(err)
		}
		needles = append(needles, b)
	}
	needles = append(needles, []byte(marker), gb, s.packets[0].Secret[:], s.packets[4].Secret[:])
	ids := 0
	err = filepath.WalkDir(n.dir, func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, needle := range needles {
			if bytes.Contains(b, needle) {
				t.Errorf("%s holds needle %d", path, i)
			}
		}
		if bytes.Contains(b, s.records[0][:]) {
			ids++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ids < len(n.nodes) {
		t.Errorf("the search found the record's id in %d files only", ids)
	}
}

// TestAbsentNodeCatchesUp: a recorder and the contributor that were away come by the
// blocks and by every body.
func TestAbsentNodeCatchesUp(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	away := []*testNode{n.node(4), n.node(contributor)}
	for _, d := range away {
		d.stop()
	}
	var all []submission
	var last int64
	for range 4 {
		s := n.create(2, "migrate", 40, n.node(2).ahead())
		n.node(2).submit(s)
		last = n.node(2).settled(s).Height
		all = append(all, s)
	}
	for _, d := range away {
		d.start()
	}
	n.agree(last)
	for _, s := range all {
		n.everywhere(s)
	}
	for _, d := range away {
		d.awaitReady()
	}
}

// TestAudience: a draft's body goes to the recorders and its proposer, and not to a
// contributor that asks for it; once the record is active, it does.
func TestAudience(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	s := n.create(2, "propose", 3, n.node(1).ahead())
	n.node(2).submit(s)
	o := n.node(2).settled(s)
	n.agree(o.Height)
	for _, d := range n.nodes[:4] {
		if got := d.holds(s); got != 3 {
			t.Errorf("recorder %d holds %d of 3 bodies", d.member, got)
		}
	}
	outsider := n.node(contributor)
	ask := func() int {
		e := outsider.engine
		return len(e.custody.fetch(e.ctx, s.bodies, 700*time.Millisecond, e.reactor.askRecorders("")))
	}
	if got := ask(); got != 0 {
		t.Errorf("an outsider got %d bodies of drafts", got)
	}
	if got := outsider.holds(s); got != 0 {
		t.Errorf("an outsider holds %d bodies of drafts", got)
	}
	e := n.node(3).engine
	if got := len(e.custody.fetch(e.ctx, s.bodies, 2*time.Second, e.reactor.askRecorders(""))); got != 3 {
		t.Errorf("a recorder got %d of 3 bodies", got) // the same question by one who may know
	}

	m := n.create(1, "migrate", 1, n.node(1).ahead())
	n.node(1).submit(m)
	n.node(1).settled(m)
	n.everywhere(m)
	reasons := wire.Digest("test", []byte("reasons"))
	annul := n.act(1, ledger.Act{Record: m.records[0], Event: "annul", Paper: &reasons}, n.node(1).ahead(), false)
	n.node(1).submit(annul)
	o = n.node(1).settled(annul)
	n.agree(o.Height)
	r, err := n.node(2).engine.View().Record(m.records[0])
	if err != nil {
		t.Fatal(err)
	}
	if p := n.node(2).engine.View().Status(r).Phase; p != contract.Annulled {
		t.Errorf("phase %s", p)
	}
}

// TestEngineFailureIsNoticed: the library catches a panic on the consensus goroutine
// and only logs it; the engine halts all the same, and the other nodes go on.
func TestEngineFailureIsNoticed(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	var broken atomic.Bool
	n.adjust = func(o *Options) {
		if o.Self == 4 {
			o.OnCommit = func(*ledger.View, *ledger.Result) {
				if broken.Load() {
					panic("as if something broke")
				}
			}
		}
	}
	n.startAll()
	broken.Store(true)
	victim := n.node(4).engine
	select {
	case <-victim.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the engine has not noticed")
	}
	if victim.Err() == nil {
		t.Error("no reason given")
	}
	if _, err := victim.Submit(context.Background(), nil, nil); err == nil {
		t.Error("a halted engine takes envelopes")
	}
	if err := victim.Stop(); err == nil {
		t.Error("Stop does not tell why the engine had halted")
	}
	n.node(4).engine = nil
	s := n.create(1, "migrate", 2, n.node(1).ahead())
	n.node(1).submit(s)
	n.node(1).settled(s)
}
