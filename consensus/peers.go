package consensus

import (
	"slices"
	"strings"
	"sync"
	"time"

	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// Pace of dialling. The engine's own dialling sleeps up to 3 s at random before the
// first attempt and backs off for hours after a long outage; a network of known members
// needs neither.
const (
	dialTick  = 250 * time.Millisecond
	dialWait  = 2 * time.Second // for the side that waits to be called
	dialMost  = 5 * time.Second // between two calls
	dialLasts = 5 * time.Second // a connection that held so long was a good one
)

// call is what dial remembers of one peer.
type call struct {
	id        string    // as configured
	address   string    // host:port
	next      time.Time // not before
	tries     int
	connected time.Time // since when; zero while it is not
}

// ids are the peer ids by which the node may be known now: as configured, or where the
// ledger knows it better, what its member's node has through and after a change of its key.
func (c *call) ids(config *ledger.Config) []string {
	if m := config.WhoseNode(c.id); m != nil {
		if ids := config.Nodes(m); ids != nil {
			return ids
		}
	}
	return []string{c.id}
}

// dial keeps this node connected to its configured peers. Of two nodes the one with the
// smaller id calls and the other only when no call has come for a while, so that they
// do not call each other at the same moment and refuse both calls as duplicates.
func (e *Engine) dial() {
	var calls []*call
	for _, peer := range e.opts.Peers {
		id, address, _ := strings.Cut(peer, "@")
		c := &call{address: address, id: id}
		if e.nodeID() > id {
			c.next = time.Now().Add(dialWait)
		}
		if e.nodeID() != id {
			calls = append(calls, c)
		}
	}
	tick := time.NewTicker(dialTick)
	defer tick.Stop()
	for {
		config := e.View().Config
		for _, c := range calls {
			ids := c.ids(config)
			connected := slices.ContainsFunc(ids, func(id string) bool { return e.node.Switch().Peers().Has(p2p.ID(id)) })
			if c.due(time.Now(), connected, e.nodeID() > ids[0]) {
				e.call(ids[c.tries%len(ids)] + "@" + c.address)
			}
		}
		select {
		case <-e.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// due reports whether to call now, and plans the next call.
func (c *call) due(now time.Time, connected, waits bool) bool {
	switch {
	case connected && c.connected.IsZero():
		c.connected = now
		return false
	case connected:
		return false
	case !c.connected.IsZero(): // lost
		c.next = now.Add(c.pause())
		if now.Sub(c.connected) > dialLasts {
			c.tries, c.next = 0, now
		}
		c.connected = time.Time{}
		if waits && c.next.Before(now.Add(dialWait)) {
			c.next = now.Add(dialWait)
		}
	}
	if now.Before(c.next) {
		return false
	}
	c.next = now.Add(c.pause())
	c.tries++
	return true
}

func (c *call) pause() time.Duration { return min(dialTick<<min(c.tries, 8), dialMost) }

// call dials one peer in the background. Names are looked up anew each time.
func (e *Engine) call(address string) {
	go func() {
		to, err := p2p.NewNetAddressString(address)
		if err == nil && !e.node.Switch().IsDialingOrExistingAddress(to) {
			err = e.node.Switch().DialPeerWithAddress(to)
		}
		if err != nil && e.ctx.Err() == nil {
			e.log.Debug("peer not reached", "peer", address, "err", err)
		}
	}()
}

// behindAfter is how far block time may lie behind the clock before a node counts as behind.
const behindAfter = time.Minute

// behind reports whether the ledger here may be older than the network's.
func (e *Engine) behind() bool { return e.syncing() || e.Lag() > behindAfter }

// guest reports whether a node is let in though the ledger here does not know it: one that
// this node's own configuration names, while it catches up. Members' nodes may have been
// given other keys since, or come later; who has caught up knows them all.
func (e *Engine) guest(id string) bool {
	named := slices.ContainsFunc(e.opts.Peers, func(p string) bool { return strings.HasPrefix(p, id+"@") })
	return named && e.behind() && e.View().Config.WhoseNode(id) == nil
}

// refusals keeps a peer that calls again and again from filling the log.
type refusals struct {
	mu   sync.Mutex
	last map[string]time.Time
}

const (
	refusalPause = time.Minute
	refusalsKept = 1000
)

// first reports whether to log a refusal of this peer now.
func (r *refusals) first(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.last[id]) < refusalPause {
		return false
	}
	if r.last == nil || len(r.last) >= refusalsKept {
		r.last = map[string]time.Time{}
	}
	r.last[id] = time.Now()
	return true
}

// checkPeers refuses peers that are not written id@host:port.
func checkPeers(peers []string) error {
	for _, p := range peers {
		if id, rest, ok := strings.Cut(p, "@"); !ok || len(id) != 2*p2p.IDByteLength || !strings.Contains(rest, ":") {
			return fault.Newf(fault.BadConfig, "peers", "%q is not id@host:port", p)
		}
	}
	return nil
}

// NodeID returns this node's peer id.
func (e *Engine) NodeID() string { return e.nodeID() }

func (e *Engine) nodeID() string { return string(e.node.NodeInfo().ID()) }

// nodeOf returns the node id of the recorder with a consensus address, or "".
func (e *Engine) nodeOf(address []byte) string {
	for _, m := range e.View().Config.Recorders() {
		if slices.Equal(cmted.PubKey(m.Consensus).Address(), address) {
			return m.Node
		}
	}
	return ""
}

// Peer is a connected node.
type Peer struct {
	Node     string // peer id
	Member   ledger.MemberID
	Address  string // host:port
	Outbound bool   // this node called
}

// Peers returns the number of connected members' nodes.
func (e *Engine) Peers() int { return len(e.reactor.connected(false)) }

// PeerList returns the connected nodes in order of their ids.
func (e *Engine) PeerList() []Peer {
	all := e.reactor.connected(false)
	sortPeers(all)
	out := make([]Peer, len(all))
	for i, n := range all {
		out[i] = Peer{Node: string(n.p2p.ID()), Member: n.member, Outbound: n.p2p.IsOutbound()}
		if a := n.p2p.SocketAddr(); a != nil {
			out[i].Address = a.DialString()
		}
	}
	return out
}
