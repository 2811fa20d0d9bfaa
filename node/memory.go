package node

import (
	"context"
	"math"
	"os"
	"runtime/debug"
	gauges "runtime/metrics"
	"sync"
	"time"
)

// MemoryConfig bounds what the node uses of the machine's memory for its own heap. The
// stores' caches and tables come on top: about 200 MiB.
type MemoryConfig struct {
	// HeapMiB is how far the heap may grow between collections; 0 is 384. What is alive
	// may be more: then garbage is collected as often as Go does by itself.
	HeapMiB int `toml:"heap_mib,omitempty"`
}

const (
	defaultHeapMiB = 384
	heapEvery      = 2 * time.Second
	// Growth between collections, in percent of what is alive: Go's own, and the most
	// that still saves something.
	leastGrowth, mostGrowth = 100, 600
)

// heap shares the process' one collector among the nodes that run in it.
var heap struct {
	mu    sync.Mutex
	nodes int
	bytes float64 // that the nodes may use together
	pace  int     // as it was set last
}

// paceHeap lets garbage wait as long as there is room for it, until ctx ends. Whoever
// sets GOGC or GOMEMLIMIT in the environment has decided for himself.
func paceHeap(ctx context.Context, c MemoryConfig) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	room := float64(c.HeapMiB)
	if room <= 0 {
		room = defaultHeapMiB
	}
	share(1, room*(1<<20))
	defer share(-1, -room*(1<<20))
	tick := time.NewTicker(heapEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			share(0, 0)
		}
	}
}

// share adds a node's room, or takes it back, and sets the pace of collection. Without
// nodes it is Go's own.
func share(nodes int, bytes float64) {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	heap.nodes += nodes
	heap.bytes += bytes
	growth := leastGrowth
	if heap.nodes > 0 {
		growth = heapGrowth(heap.bytes, live())
	}
	if growth != heap.pace { // setting it stops the process for a moment
		debug.SetGCPercent(growth)
		heap.pace = growth
	}
}

// heapGrowth is by how many percent the heap may grow beyond what is alive.
func heapGrowth(room, alive float64) int {
	return int(math.Min(math.Max((room/math.Max(alive, 1)-1)*100, leastGrowth), mostGrowth))
}

// live is what the last collection left, in bytes.
func live() float64 {
	sample := []gauges.Sample{{Name: "/gc/heap/live:bytes"}}
	gauges.Read(sample)
	if sample[0].Value.Kind() != gauges.KindUint64 {
		return 0
	}
	return float64(sample[0].Value.Uint64())
}
