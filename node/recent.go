package node

import (
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/ledger"
)

// recentBlocks remembers the last blocks for the page that shows the network's state.
type recentBlocks struct {
	mu   sync.Mutex
	ring [60]client.Block
	next int
}

func (r *recentBlocks) add(b client.Block) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring[r.next%len(r.ring)] = b
	r.next++
}

// list returns the remembered blocks, newest first.
func (r *recentBlocks) list() []client.Block {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []client.Block
	for i := r.next - 1; i >= 0 && len(out) < len(r.ring); i-- {
		out = append(out, r.ring[i%len(r.ring)])
	}
	return out
}

// committed is called after each block, in order.
func (n *Node) committed(view *ledger.View, res *ledger.Result) {
	n.recent.add(client.Block{Height: view.Height, Time: time.Unix(0, view.Time).UTC(),
		Envelopes: len(res.Codes), Events: len(res.Events)})
	n.sign(view) // before those who wait for the block hear of it
	n.views.add(view)
	if len(res.Events) > 0 {
		wake(n.docs)
		wake(n.news)
	}
	n.orders.committed()
}
