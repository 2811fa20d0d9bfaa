package network

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/verify"
)

// TestMembersChange: a fifth recorder is admitted under load, another removed, a key
// rotated, one of four lost and replaced; roots are equal throughout and no write is
// lost. A member's node is not let in before its admission, nor after its removal. Who is no
// member submits nothing and reads nothing beyond the open API.
func TestMembersChange(t *testing.T) {
	t.Parallel()
	c := &change{testNetwork: start(t, shape{recorders: 4, contributors: 1, day: 300 * time.Millisecond})}
	old := c.trust(0)
	done := c.load(t)
	fifth := c.joins(t, "court-9", "91320413YLXKRUPJ6E", 0)
	c.agree()
	c.leaves(t, 3)
	c.rotates(t, 1)
	written := done()
	c.lost(t, 2)
	c.everyWrite(t, written, fifth)
	c.handedOver(t, old)
}

type change struct {
	*testNetwork
	names int
}

// gate has both officers sign an act of the authority.
func (c *change) gate(op *ledger.Gate) error {
	h, err := node.OpenHome(c.Authority)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.govern(h, op.Operation())
}

// govern has an institution's two people sign an act and hands it to the first node.
func (c *change) govern(h *node.Home, op ledger.Operation) error {
	var people []clerk.Signer
	for _, name := range []string{node.OperatorKey, node.ApproverKey} {
		p, err := h.Person(name)
		if err != nil {
			c.t.Fatal(err)
		}
		people = append(people, p)
	}
	_, err := clerk.Govern(context.Background(), client.New(c.URL(0), ""), c.Genesis.Hash(), h.Member.ID, people, op)
	return err
}

var reason = ledger.Cause{Code: ledger.CauseApplication, Article: "charter-3"}

// load imports rows at the first recorder until it is told to stop, and returns how many.
func (c *change) load(t *testing.T) (stop func() int) {
	ctx, cancel := context.WithCancel(context.Background())
	var rows int
	var done sync.WaitGroup
	done.Go(func() {
		for seed := uint64(1); ctx.Err() == nil; seed++ {
			file := sampleFile(t, 40, seed, c.today())
			r, err := c.importFile(context.Background(), 0, intake.Migrate, file, nil)
			if err != nil {
				t.Errorf("import: %v", err)
				return
			}
			rows += r.Accepted
			if r.Accepted+r.Already+r.Rejected != r.Rows {
				t.Errorf("%+v", r)
			}
		}
	})
	return func() int { cancel(); done.Wait(); return rows }
}

// apply makes a new recorder's home and starts its node.
func (c *change) apply(t *testing.T, constituency, code string) (*ledger.Member, *runningNode) {
	t.Helper()
	founding.Lock()
	defer founding.Unlock()
	ports, err := FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	var peers []string
	for _, n := range c.nodes {
		peers = append(peers, n.home.Member.Node+"@"+n.home.Config.Engine.Listen)
	}
	members, err := c.client(0).Members(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	c.names++
	out := filepath.Join(t.TempDir(), fmt.Sprintf("joiner-%d", c.names))
	m, err := Apply(Application{Out: out, Genesis: c.Genesis, Number: ledger.MemberID(len(members.Members) + 1), Roles: []ledger.Role{ledger.Recorder},
		NameZH: "示例新法院", NameEN: "Example New Court", Code: code, Constituency: constituency, Contact: "office@example.org", Superior: 1,
		Engine: fmt.Sprintf("127.0.0.1:%d", ports), API: fmt.Sprintf("127.0.0.1:%d", ports+1), Peers: peers, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	h, err := node.OpenHome(out)
	if err != nil {
		t.Fatal(err)
	}
	n := &runningNode{home: h, log: filepath.Join(out, "node.log")}
	if err := n.start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return m, n
}

// joins admits a new recorder: its node waits outside, is let in, catches up, votes.
func (c *change) joins(t *testing.T, constituency, code string, replaces ledger.MemberID) int {
	t.Helper()
	m, n := c.apply(t, constituency, code)
	c.outside(t, n.home, fault.UnknownMember)
	before := c.status(0).Height
	c.eventually("blocks that the applicant does not see", func() error {
		s, err := n.inside.Status(context.Background())
		if err != nil || s.Height != 0 || c.status(0).Peers != len(c.nodes)-1 {
			t.Fatalf("before its admission it is at height %d, %v", s.Height, err)
		}
		if c.status(0).Height < before+5 {
			return errors.New("not yet")
		}
		return nil
	})
	if err := c.gate(&ledger.Gate{Act: ledger.GateAdmit, Subject: m.ID, Member: m, Replaces: replaces, Reason: reason}); err != nil {
		t.Fatal(err)
	}
	c.nodes = append(c.nodes, n)
	i := len(c.nodes) - 1
	c.votes(m.ID)
	c.eventually("the new recorder is ready", func() error { return c.client(i).Ready(context.Background()) })
	return i
}

// votes waits until a member takes part in deciding blocks.
func (c *change) votes(id ledger.MemberID) {
	c.t.Helper()
	c.eventually(fmt.Sprintf("member %d votes", id), func() error {
		members, err := c.client(0).Members(context.Background())
		if err != nil {
			return err
		}
		for _, m := range members.Members {
			if m.ID == uint32(id) && m.Blocks >= 5 {
				return nil
			}
		}
		return errors.New("not yet")
	})
}

func (c *change) state(id ledger.MemberID) string {
	members, err := c.client(0).Members(context.Background())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range members.Members {
		if m.ID == uint32(id) {
			return m.State
		}
	}
	return ""
}

// leaves removes the recorder of a node; its node is dropped at once and not let in again.
func (c *change) leaves(t *testing.T, i int) {
	t.Helper()
	id := c.member(i)
	h := c.Home(i)
	if err := c.gate(&ledger.Gate{Act: ledger.GateRemove, Subject: id, Successor: 1, Reason: reason}); err != nil {
		t.Fatal(err)
	}
	if err := c.govern(c.Home(0), (&ledger.Succession{Of: id}).Operation()); err != nil {
		t.Fatal(err)
	}
	c.eventually("its removal", func() error {
		if s := c.state(id); s != "removed" {
			return errors.New(s)
		}
		return nil
	})
	gone := c.nodes[i]
	c.eventually("its node is dropped", func() error {
		s, err := gone.inside.Status(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if s.Peers != 0 {
			return fmt.Errorf("%d peers", s.Peers)
		}
		return nil
	})
	if err := gone.stop(false); err != nil {
		t.Fatal(err)
	}
	if err := gone.start(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.nodes = append(c.nodes[:i:i], c.nodes[i+1:]...)
	height, stood := c.status(0).Height, int64(-1)
	c.eventually("blocks that it does not see", func() error {
		s, err := gone.inside.Status(context.Background())
		if stood < 0 {
			stood = s.Height
		}
		if err != nil || s.Height != stood || c.status(0).Peers != len(c.nodes)-1 {
			t.Fatalf("after its removal it came from height %d to %d, %v", stood, s.Height, err)
		}
		if c.status(0).Height < height+5 {
			return errors.New("not yet")
		}
		return nil
	})
	if err := gone.stop(false); err != nil {
		t.Fatal(err)
	}
	c.outside(t, h, fault.MemberRemoved)
}

// outside holds that an institution that is not, or no longer, a member gets nowhere at
// another one's node, with its own keys and its own token: it records nothing, and what is
// not open to anyone is closed to it.
func (c *change) outside(t *testing.T, h *node.Home, want fault.Code) {
	t.Helper()
	token, err := h.Token()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for name, there := range map[string]*client.Client{"without a credential": client.New(c.URL(0), ""), "with its own token": client.New(c.URL(0), token)} {
		signs, err := h.Clerk(there)
		if err != nil {
			t.Fatal(err)
		}
		body := markedBody(t, 9, c.today().AddDays(-40))
		body.PublishedOn = body.DecidedOn.AddDays(10)
		draft := clerk.Draft{Recorder: h.Member.ID, Body: &body}
		if draft.Record, err = signs.NewRecordID(); err != nil {
			t.Fatal(err)
		}
		if draft.Secret, err = signs.NewSecret(); err != nil {
			t.Fatal(err)
		}
		entry, err := signs.Create(clerk.Migrate, draft)
		if err != nil {
			t.Fatal(err)
		}
		_, err = signs.Send(ctx, []clerk.Entry{entry})
		if !fault.Is(err, fault.NotAuthenticated) {
			t.Errorf("%s it submits a record: %v", name, err)
		}
		for what, read := range map[string]func() error{
			"records of another": func() error { _, err := there.OwnRecords(ctx, "", 0, 1); return err },
			"a backup":           func() error { return there.Backup(ctx, io.Discard) },
			"orders":             func() error { _, err := there.OwnOrders(ctx, "", 0, 1); return err },
			"contents":           func() error { _, err := there.Packet(ctx, strings.Repeat("0", 32)); return err },
		} {
			if err := read(); !fault.Is(err, fault.NotAuthenticated) {
				t.Errorf("%s it reads %s: %v", name, what, err)
			}
		}
	}
	if err := c.govern(h, (&ledger.KeyChange{Retire: []ledger.End{{Key: 3}}}).Operation()); !fault.Is(err, want) {
		t.Errorf("an act of its own: %v", err)
	}
}

// rotates gives the recorder of a node another key to vote with; nothing is stopped.
func (c *change) rotates(t *testing.T, i int) {
	t.Helper()
	key, err := c.Home(i).NewKey(node.ConsensusKey + "-2")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.govern(c.Home(i), (&ledger.Rotate{Consensus: key.Public().(ed25519.PublicKey)}).Operation()); err != nil {
		t.Fatal(err)
	}
	id := c.member(i)
	c.eventually("it votes with the new key alone", func() error {
		g, err := c.client(0).Governance(context.Background())
		if err == nil && g.Change != nil {
			err = errors.New("under notice")
		}
		return err
	})
	c.votes(id)
	c.halt(i) // and after a restart too
	c.resume(i)
	c.votes(id)
}

// lost ends the node of a recorder for good and puts another in its place.
func (c *change) lost(t *testing.T, i int) {
	t.Helper()
	id := c.member(i)
	if err := c.nodes[i].stop(false); err != nil {
		t.Fatal(err)
	}
	c.nodes = append(c.nodes[:i:i], c.nodes[i+1:]...)
	c.joins(t, "court-10", "91530304YL466JBL3X", id)
	if s := c.state(id); s != "removed" {
		t.Errorf("the lost recorder is %s", s)
	}
}

// everyWrite holds that each row that was accepted is a record on every node, under equal
// roots.
func (c *change) everyWrite(t *testing.T, rows, _ int) {
	t.Helper()
	c.ready()
	c.agree()
	for i := range c.Len() {
		if got := c.status(i).Records; int(got) != rows {
			t.Errorf("node %d has %d records of %d", i, got, rows)
		}
	}
}

// trust returns the trust file of a node.
func (c *change) trust(i int) *verify.Trust {
	c.t.Helper()
	b, err := c.client(i).Trust(context.Background())
	if err != nil {
		c.t.Fatal(err)
	}
	trust, err := verify.ParseTrust(b)
	if err != nil {
		c.t.Fatal(err)
	}
	return trust
}

// handedOver holds that the trust file has every set of recorders, the same from two
// nodes, and that a certificate of today leads from the first set to the present one.
func (c *change) handedOver(t *testing.T, old *verify.Trust) {
	t.Helper()
	now := c.trust(0)
	if len(old.Epochs) != 1 || len(now.Epochs) != 5 {
		t.Fatalf("%d and %d sets of recorders", len(old.Epochs), len(now.Epochs))
	}
	other := c.trust(c.Len() - 1)
	for i := range now.Epochs {
		if now.Epochs[i].Hash != other.Epochs[i].Hash || now.Epochs[i].FromHeight != other.Epochs[i].FromHeight {
			t.Errorf("set %d differs between nodes", i)
		}
	}
	var id string
	c.eventually("a record that has ended", func() error {
		own, err := c.client(0).OwnRecords(context.Background(), "exited", 0, 1)
		if err == nil && len(own.Records) == 0 {
			err = errors.New("none")
		}
		if err == nil {
			id = own.Records[0].ID
		}
		return err
	})
	pdf, err := c.client(0).Certificate(context.Background(), id, "en")
	if err != nil {
		t.Fatal(err)
	}
	for name, trust := range map[string]*verify.Trust{"today's": now, "the first": old} {
		r := verify.Verify(pdf, trust, verify.Options{Now: time.Now()})
		if r.Verdict != verify.Passed {
			t.Errorf("with %s trust file: %+v", name, r)
		}
	}
}
