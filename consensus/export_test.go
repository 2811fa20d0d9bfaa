package consensus

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

func (d *testNode) ledgerDB() *store.DB {
	d.net.t.Helper()
	db, err := store.Open(filepath.Join(d.home, "ledger"), store.Options{})
	if err != nil {
		d.net.t.Fatal(err)
	}
	return db
}

// export writes what a stopped node exports.
func (d *testNode) export() (Exported, []byte) {
	d.net.t.Helper()
	db := d.ledgerDB()
	defer db.Close()
	var b bytes.Buffer
	out, err := Export(context.Background(), d.home, db, d.net.genesis, &b)
	if err != nil {
		d.net.t.Fatalf("node %d: %v", d.member, err)
	}
	return out, b.Bytes()
}

// carryOver makes a stopped node one of the successor chain; the vault stays where it is.
func (d *testNode) carryOver(next *ledger.Genesis, export []byte) error {
	aside := d.home + " before"
	if err := os.Mkdir(aside, 0o700); err != nil {
		return err
	}
	for _, part := range []string{"engine", "ledger"} {
		if err := os.Rename(filepath.Join(d.home, part), filepath.Join(aside, part)); err != nil {
			return err
		}
	}
	db := d.ledgerDB()
	defer db.Close()
	if _, err := Import(db, next, bytes.NewReader(export)); err != nil {
		return err
	}
	return CarrySigning(aside, d.home)
}

// TestSuccessorChain: every node of an ended chain exports the same bytes, the nodes go on
// under a new chain id with the state, the bodies and the recorders that they had. An export
// that was touched begins nothing.
func TestSuccessorChain(t *testing.T) {
	t.Parallel()
	n := hurried(t)
	n.startAll()
	old := n.create(1, "migrate", 3, n.node(1).ahead())
	n.node(1).submit(old)
	n.node(1).settled(old)
	n.node(2).stop()
	db := n.node(2).ledgerDB()
	if _, err := Export(context.Background(), n.node(2).home, db, n.genesis, &bytes.Buffer{}); !fault.Is(err, fault.ChainRunning) {
		t.Fatalf("a chain that goes on is exported: %v", err)
	}
	db.Close()
	n.startOnly(2)
	final := n.node(1).engine.View().Height + 25
	n.voteUpgrade(0, final, 1, 2, 3)
	for _, d := range n.nodes {
		eventually(t, 60*time.Second, func() error {
			if !d.engine.Sealed() {
				return notReady("not sealed")
			}
			return nil
		})
	}
	n.stop()
	first, export := n.node(1).export()
	for _, d := range n.nodes {
		if _, b := d.export(); !bytes.Equal(b, export) {
			t.Fatalf("node %d exports other bytes", d.member)
		}
	}
	if bytes.Contains(export, []byte(marker)) {
		t.Fatal("a body is in the export")
	}
	next, err := first.Genesis.Successor("riviera-test-2", first.Head.Ended)
	if err != nil {
		t.Fatal(err)
	}
	refuseExports(t, next, export)
	for _, d := range n.nodes {
		if err := d.carryOver(next, export); err != nil {
			t.Fatal(err)
		}
	}
	n.genesis = next
	n.adjust = func(o *Options) { o.SnapshotEvery = 10 }
	n.startAll()
	fresh := n.create(2, "migrate", 3, n.node(1).ahead())
	n.node(contributor).submit(fresh)
	n.node(1).settled(fresh)
	n.agree(n.node(1).engine.View().Height)
	for _, d := range n.nodes {
		if got := d.holds(old) + d.holds(fresh); got != 6 {
			t.Errorf("node %d holds %d of 6 bodies", d.member, got)
		}
		if base := d.engine.node.BlockStore().Base(); base != final+2 {
			t.Errorf("node %d has blocks from %d on, the predecessor ended with %d", d.member, base, final)
		}
		if _, err := d.engine.View().Record(old.records[0]); err != nil {
			t.Errorf("node %d has forgotten a record: %v", d.member, err)
		}
	}
	d := n.node(4) // again, and from the engine's own data
	d.stop()
	d.start()
	d.awaitReady()
	n.agree(n.node(1).engine.View().Height)
}

// refuseExports tries files that were touched.
func refuseExports(t *testing.T, next *ledger.Genesis, export []byte) {
	t.Helper()
	try := func(name string, g *ledger.Genesis, b []byte, want ...fault.Code) {
		t.Helper()
		db, err := store.Open(t.TempDir(), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		_, err = Import(db, g, bytes.NewReader(b))
		for _, w := range want {
			if fault.Is(err, w) {
				if l, err := ledger.Open(db, g); err == nil && l.InitialWrites() == nil {
					t.Errorf("%s: it was refused, and left a state", name)
				}
				return
			}
		}
		t.Errorf("%s: %v, want %s", name, err, want)
	}
	touched := func(at int) []byte {
		b := bytes.Clone(export)
		b[at] ^= 1
		return b
	}
	try("nothing", next, nil, fault.ExportDamaged)
	try("cut off", next, export[:len(export)-1], fault.ExportDamaged)
	try("cut off before its digest", next, export[:len(export)-36], fault.ExportDamaged)
	try("longer", next, append(bytes.Clone(export), 0), fault.ExportDamaged)
	try("another digest", next, touched(len(export)-1), fault.ExportDamaged)
	for i := range 40 {
		at := len(export) * i / 40
		try("touched", next, touched(at), fault.ExportDamaged, fault.SnapshotForged, fault.SuccessorMismatch)
	}
	other := *next
	other.Network = "another"
	try("another genesis", &other, export, fault.SuccessorMismatch)
}
