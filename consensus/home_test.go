package consensus

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// changed returns the network's genesis with something changed.
func (n *network) changed(change func(*ledger.Genesis)) *ledger.Genesis {
	n.t.Helper()
	b, err := json.Marshal(n.genesis)
	if err != nil {
		n.t.Fatal(err)
	}
	g, err := ledger.ParseGenesis(b)
	if err != nil {
		n.t.Fatal(err)
	}
	change(g)
	return g
}

// TestForeignPeers: a node that no member has, and a member's node of another genesis or
// another version, are not connected to, however often they call.
func TestForeignPeers(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	member := n.node(contributor)
	member.stop()
	stranger := seeded("stranger")
	for id, want := range map[string]bool{
		NodeID(stranger.Public().(ed25519.PublicKey)):   false,
		NodeID(member.key.Public().(ed25519.PublicKey)): true,
	} {
		r, err := n.node(1).engine.app.Query(context.Background(), &abci.RequestQuery{Path: "/p2p/filter/id/" + id})
		if err != nil || r.IsOK() != want {
			t.Errorf("node %s may connect: %v, %v", id, r.IsOK(), err)
		}
	}
	asStranger := n.changed(func(g *ledger.Genesis) {
		g.Members[contributor-1].Node = NodeID(stranger.Public().(ed25519.PublicKey))
	})
	another := n.changed(func(g *ledger.Genesis) { g.Network = "another" })
	for name, change := range map[string]func(*Options){
		"no member":       func(o *Options) { o.Genesis = asStranger },
		"another genesis": func(o *Options) { o.Genesis = another },
		"another version": func(o *Options) { o.Version = "rules-next" },
	} {
		t.Run(name, func(t *testing.T) {
			d := &testNode{net: n, member: contributor, home: filepath.Join(n.dir, "foreign "+name), address: freeAddress(t), key: member.key}
			if name == "no member" {
				d.key = stranger
			}
			n.adjust = change
			defer func() { n.adjust = nil }()
			d.start()
			defer d.stop()
			id := NodeID(d.key.Public().(ed25519.PublicKey))
			for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
				for _, other := range n.nodes[:4] {
					for _, p := range other.engine.PeerList() {
						if p.Node == id {
							t.Fatalf("recorder %d is connected to it", other.member)
						}
					}
				}
			}
			if h := d.engine.View().Height; h != 0 {
				t.Errorf("it has come to height %d", h)
			}
		})
	}
	member.start()
	member.awaitReady()
}

// TestOverload: while nothing is decided the pool fills up and refuses at once; what it
// took is committed when the network goes on.
func TestOverload(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.adjust = func(o *Options) { o.PoolOperations = 200 }
	n.startAll()
	height := n.node(1).ahead()
	n.node(3).stop()
	n.node(4).stop()
	var taken []submission
	codes := map[fault.Code]int{}
	for i := range 20 {
		s := n.create(ledger.MemberID(1+i%2), "migrate", 20, height)
		_, err := n.node(1).engine.Submit(context.Background(), s.raw, s.packets)
		if err == nil {
			taken = append(taken, s)
			continue
		}
		if codes[fault.Of(err)]++; !fault.Of(err).Temporary() {
			t.Fatal(err)
		}
	}
	forged := n.create(1, "migrate", 20, height)
	forged.raw[len(forged.raw)-1] ^= 1
	if _, err := n.node(1).engine.Submit(context.Background(), forged.raw, nil); !fault.Of(err).Temporary() {
		t.Errorf("a full pool does not refuse before it verifies: %v", err)
	}
	if len(taken) < 8 || codes[fault.PoolFull]+codes[fault.MemberQuota] == 0 {
		t.Fatalf("%d taken, refused %v", len(taken), codes)
	}
	n.node(3).start()
	n.node(4).start()
	for _, s := range taken {
		n.node(1).settled(s)
	}
	if _, ops := n.node(1).engine.Waiting(); ops != 0 {
		t.Errorf("%d operations are left in the pool", ops)
	}
}

// TestHomes: what is wrong with a home or an address has its code.
func TestHomes(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	d := n.node(4)
	d.stop()
	aside := filepath.Join(n.dir, "aside")
	signed := signingState(d.home)
	for _, c := range []struct {
		name    string
		prepare func(*Options)
		want    fault.Code
	}{
		{"another genesis", func(o *Options) { o.Genesis = n.changed(func(g *ledger.Genesis) { g.Network = "x" }) }, fault.HomeForeign},
		{"engine of another genesis", func(o *Options) {
			o.Genesis = n.changed(func(g *ledger.Genesis) { g.Network = "x" })
			fresh, err := store.Open(filepath.Join(n.dir, "fresh"), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { fresh.Close() })
			o.DB = fresh
		}, fault.HomeForeign},
		{"no such member", func(o *Options) { o.Self = 77 }, fault.UnknownMember},
		{"another's node key", func(o *Options) { o.NodeKey = n.node(1).key }, fault.HomeForeign},
		{"another's vote", func(o *Options) { o.ConsensusKey = n.node(1).vote }, fault.BadConfig},
		{"a peer without id", func(o *Options) { o.Peers = []string{"127.0.0.1:1"} }, fault.BadConfig},
		{"blocks gone", func(o *Options) { o.Home = aside }, fault.HomeMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.adjust = c.prepare
			defer func() { n.adjust = nil }()
			err := d.open()
			d.engine = nil
			if !fault.Is(err, c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			d.stop()
		})
	}
	t.Run("signing record gone", func(t *testing.T) {
		if err := os.Rename(signed, signed+".away"); err != nil {
			t.Fatal(err)
		}
		err := d.open()
		d.engine = nil
		if !fault.Is(err, fault.SigningRecord) {
			t.Errorf("a recorder without its signing record: %v", err)
		}
		d.stop()
		if err := os.Rename(signed+".away", signed); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("port in use", func(t *testing.T) {
		l, err := net.Listen("tcp", d.address)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.open(); err != nil {
			t.Fatal(err)
		}
		if err := d.engine.Start(context.Background()); !fault.Is(err, fault.PortInUse) {
			t.Errorf("got %v", err)
		}
		l.Close()
		d.stop()
	})
	d.start()
	d.awaitReady()
	eventually(t, 20*time.Second, func() error {
		if p := d.engine.Peers(); p != 4 {
			return fmt.Errorf("%d peers", p)
		}
		return nil
	})
}
