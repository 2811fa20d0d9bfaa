package network

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/verify"
)

// TestMembersChange: under load from two institutions throughout, a fifth recorder is
// admitted, another removed, a key of every kind of a third one replaced, a stolen vote of a
// fourth ended at once, and that one lost and another put in its place. After each of these
// steps the roots are equal on all nodes; at the end every record that was accepted is
// there. A member's node is not let in before its admission, nor after its removal. Who is
// no member submits nothing and reads nothing beyond the open API.
func TestMembersChange(t *testing.T) {
	t.Parallel()
	c := &change{testNetwork: start(t, shape{recorders: 4, contributors: 1, day: 300 * time.Millisecond})}
	old := c.trust(0)
	rows, written := c.load(t), c.writes(t, 1)
	c.joins(t, "court-9", "91320413YLXKRUPJ6E", 0)
	c.agree()
	c.leaves(t, 3)
	c.agree()
	for i, rotate := range []func(*testing.T, int){c.rotatesOperator, c.rotatesApprover, c.rotatesService, c.rotatesCredential, c.rotates, c.rotatesNode} {
		before := c.status(0).Records
		rotate(t, 1)
		c.agree()
		c.eventually(fmt.Sprintf("records after change %d of a key", i), func() error {
			if c.status(0).Records <= before {
				return errors.New("none")
			}
			return nil
		})
	}
	c.revokes(t, 2)
	c.agree()
	c.lost(t, 2)
	c.agree()
	c.everyWrite(t, rows(), written())
	c.handedOver(t, old)
}

type change struct {
	*testNetwork
	names int
	files sync.Mutex // held while an institution's key files are replaced, or read
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

// writes enters records at a node, a few at a time and one after the other, until it is
// told to stop, and returns the ids of those that were accepted. It waits for its node
// where that is away.
func (c *change) writes(t *testing.T, i int) (stop func() []string) {
	ctx, cancel := context.WithCancel(context.Background())
	var ids []string
	var done sync.WaitGroup
	h, today := c.Home(i), c.today()
	done.Go(func() {
		failed := 0
		for n := 1000; ctx.Err() == nil; {
			c.files.Lock()
			there, err := h.Client()
			if err != nil {
				t.Error(err)
			}
			signs, err := h.Clerk(there)
			c.files.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			var entries []clerk.Entry
			var away error
			for range 5 {
				n++
				e, err := migrated(t, signs, h.Member.ID, n, today)
				if err != nil {
					away = err // nothing has been handed in
					break
				}
				entries = append(entries, e)
			}
			if away != nil {
				if failed++; failed > int(patience/time.Second) {
					t.Errorf("node %d stays away: %v", i, away)
					return
				}
				time.Sleep(time.Second)
				continue
			}
			failed = 0
			out, err := signs.Send(context.Background(), entries)
			if err == nil {
				err = out.First()
			}
			if err != nil {
				t.Errorf("written at node %d: %v", i, err)
				return
			}
			for _, e := range entries {
				ids = append(ids, hex.EncodeToString(e.Record[:]))
			}
			time.Sleep(100 * time.Millisecond) // the other one's load is the network's
		}
	})
	return func() []string { cancel(); done.Wait(); return ids }
}

// migrated is a record of an institution that is in force at once.
func migrated(t testing.TB, signs *clerk.Clerk, recorder ledger.MemberID, n int, today credit.Date) (clerk.Entry, error) {
	body := markedBody(t, n%10, today.AddDays(-40))
	body.PublishedOn = body.DecidedOn.AddDays(10)
	code, err := credit.MakeOrgCode("91", "110108", fmt.Sprintf("%08d", n))
	if err != nil {
		return clerk.Entry{}, err
	}
	body.SubjectCode, body.CaseNo, body.JudgmentNo = string(code), fmt.Sprintf("（2026）记02执%d号", n), fmt.Sprintf("（2025）记02民初%d号", n)
	draft := clerk.Draft{Recorder: recorder, Body: &body}
	if draft.Record, err = signs.NewRecordID(); err != nil {
		return clerk.Entry{}, err
	}
	if draft.Secret, err = signs.NewSecret(); err != nil {
		return clerk.Entry{}, err
	}
	return signs.Create(clerk.Migrate, draft)
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
			if m.ID == uint32(id) && m.Blocks >= 5 && 2*m.Blocks > m.Counted { // present, as the next change counts it
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
		entry, err := migrated(t, signs, h.Member.ID, 9, c.today())
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
	h, entry := c.Home(i), c.entry(i)
	old, err := h.ConsensusKey(entry.Consensus)
	if err != nil || old == nil {
		t.Fatalf("the key that votes: %v", err)
	}
	next, err := h.NewKey(node.ConsensusKey + "-2")
	if err != nil {
		t.Fatal(err)
	}
	op := &ledger.Rotate{Consensus: next.Public().(ed25519.PublicKey)}
	op.Sign(entry, old, next.(ed25519.PrivateKey))
	if err := c.govern(h, op.Operation()); err != nil {
		t.Fatal(err)
	}
	c.eventually("it votes with the new key alone", func() error {
		if !bytes.Equal(c.entry(i).Consensus, op.Consensus) {
			return errors.New("under notice")
		}
		return nil
	})
	c.votes(entry.ID)
	c.halt(i) // and after a restart too, without the old one
	if err := os.Remove(filepath.Join(h.Dir, "keys", node.ConsensusKey+".pem")); err != nil {
		t.Fatal(err)
	}
	c.resume(i)
	c.votes(entry.ID)
}

// rotatesNode gives a node another identity; it is started once with it. The others, which
// know it by the one before, find it.
func (c *change) rotatesNode(t *testing.T, i int) {
	t.Helper()
	h, entry := c.Home(i), c.entry(i)
	old, err := h.Signer(node.NodeKey)
	if err != nil {
		t.Fatal(err)
	}
	next, _, err := h.NextNodeKey()
	if err != nil {
		t.Fatal(err)
	}
	op := &ledger.Rotate{Node: next.Public().(ed25519.PublicKey)}
	op.Sign(entry, old.(ed25519.PrivateKey), next)
	if err := c.govern(h, op.Operation()); err != nil {
		t.Fatal(err)
	}
	c.halt(i)
	c.resume(i)
	c.eventually("every other node is connected with the new one", func() error {
		if s := c.status(i); s.Node != ledger.NodeOf(op.Node) || s.Peers != len(c.nodes)-1 {
			return fmt.Errorf("node %s has %d peers", s.Node, s.Peers)
		}
		return nil
	})
	c.votes(entry.ID)
}

// revokes ends a recorder's vote by a key that is stolen: the next one decides at once, and
// nothing is stopped.
func (c *change) revokes(t *testing.T, i int) {
	t.Helper()
	h, entry := c.Home(i), c.entry(i)
	next, err := h.NewKey(node.ConsensusKey + "-2")
	if err != nil {
		t.Fatal(err)
	}
	op := &ledger.Rotate{Consensus: next.Public().(ed25519.PublicKey), Reason: &ledger.Cause{Code: ledger.CauseCompromised, Article: "charter-20"}}
	op.Sign(entry, nil, next.(ed25519.PrivateKey))
	if err := c.govern(h, op.Operation()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(c.entry(i).Consensus, op.Consensus) {
		t.Error("the stolen key votes on")
	}
	c.votes(entry.ID)
}

func (c *change) rotatesOperator(t *testing.T, i int) { c.rotatesPerson(t, i, node.OperatorKey) }
func (c *change) rotatesApprover(t *testing.T, i int) { c.rotatesPerson(t, i, node.ApproverKey) }
func (c *change) rotatesService(t *testing.T, i int)  { c.rotatesPerson(t, i, node.ServiceKey) }

// rotatesPerson gives one of an institution's two people another key, with an overlap.
func (c *change) rotatesPerson(t *testing.T, i int, name string) {
	t.Helper()
	h := c.Home(i)
	id, err := h.KeyID(name)
	if err != nil {
		t.Fatal(err)
	}
	next, file := c.replaces(t, i, name, ledger.Operate, id)
	c.files.Lock()
	defer c.files.Unlock()
	if err := h.ReplaceKey(name, file, id, next); err != nil {
		t.Fatal(err)
	}
}

// rotatesCredential gives an institution's documents another key; its node takes that by
// itself.
func (c *change) rotatesCredential(t *testing.T, i int) {
	t.Helper()
	c.replaces(t, i, node.CredentialKey, ledger.Credential, node.KeyIDs[node.CredentialKey])
}

// replaces registers another key for one of an institution's and returns its number and file.
func (c *change) replaces(t *testing.T, i int, name string, purpose ledger.Purpose, id ledger.KeyID) (next ledger.KeyID, file string) {
	t.Helper()
	h := c.Home(i)
	m := c.listed(i)
	var operator string
	for _, k := range m.Keys {
		if next = max(next, ledger.KeyID(k.ID)+1); k.ID == uint32(id) {
			operator = k.Operator
		}
	}
	file = fmt.Sprintf("%s-%d", name, next)
	signer, err := h.NewKey(file)
	if err != nil {
		t.Fatal(err)
	}
	k := ledger.Key{ID: next, Purpose: purpose, Operator: operator, Scope: node.Scopes[name]}
	if k.Algorithm, k.Public, err = ledger.AlgorithmOf(signer.Public()); err != nil {
		t.Fatal(err)
	}
	if err := c.govern(h, (&ledger.KeyChange{Add: []ledger.Key{k}, Retire: []ledger.End{{Key: id, Last: c.status(0).Height + 100}}}).Operation()); err != nil {
		t.Fatal(err)
	}
	return next, file
}

// listed is the institution of a node as the member list has it.
func (c *change) listed(i int) client.Member {
	c.t.Helper()
	members, err := c.client(0).Members(context.Background())
	if err != nil {
		c.t.Fatal(err)
	}
	return members.Members[c.member(i)-1]
}

func (c *change) entry(i int) *ledger.Member {
	c.t.Helper()
	m := c.listed(i)
	return &ledger.Member{ID: ledger.MemberID(m.ID), Node: m.Node, Consensus: m.Consensus}
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

// everyWrite holds that each record that was accepted is on every node, under equal roots:
// the rows of files by their number and the institution's own list, the others one by one.
func (c *change) everyWrite(t *testing.T, rows int, ids []string) {
	t.Helper()
	if rows == 0 || len(ids) == 0 {
		t.Fatalf("%d rows and %d records were written", rows, len(ids))
	}
	c.ready()
	c.agree()
	ctx := context.Background()
	for i := range c.Len() {
		if got := c.status(i).Records; int(got) != rows+len(ids) {
			t.Errorf("node %d has %d records of %d", i, got, rows+len(ids))
		}
		for _, id := range ids {
			if _, err := c.client(i).Record(ctx, id); err != nil {
				t.Errorf("node %d has not got record %s: %v", i, id, err)
			}
		}
	}
	own := map[string]bool{}
	for after := uint64(0); ; {
		page, err := c.client(0).OwnRecords(ctx, "", after, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			own[r.ID] = true
		}
		if after = page.Next; !page.More {
			break
		}
	}
	if len(own) < rows {
		t.Errorf("the list of the first recorder has %d of its %d records", len(own), rows)
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
	if len(old.Epochs) != 1 || len(now.Epochs) != 6 {
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
