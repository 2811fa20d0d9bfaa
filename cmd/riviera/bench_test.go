package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/bench"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/network"
	"github.com/riviera-ledger/riviera/node"
)

// TestBenchNetworkIsTheDemos: what the bench measures is the network that the
// demonstration shows. Their homes differ in names, keys and addresses, given the same clock, and in
// nothing that a node checks, signs, syncs or encrypts.
func TestBenchNetworkIsTheDemos(t *testing.T) {
	measured, err := bench.Create(bench.Options{Recorders: demoRecorders, Contributors: demoContributors, TrainingDay: time.Second}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	base, err := network.FreePorts(2 * (demoRecorders + demoContributors))
	if err != nil {
		t.Fatal(err)
	}
	d := &demonstration{app: &app{lang: message.English}, dir: t.TempDir(), day: time.Second}
	shown, err := d.create(base)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rules(shown.Genesis), rules(measured.Genesis)); diff != "" {
		t.Errorf("genesis (-demo +bench):\n%s", diff)
	}
	for i := range shown.Recorders {
		if diff := cmp.Diff(settings(t, shown.Recorders[i]), settings(t, measured.Recorders[i])); diff != "" {
			t.Errorf("recorder %d (-demo +bench):\n%s", i+1, diff)
		}
	}
	if diff := cmp.Diff(settings(t, shown.Contributors[0]), settings(t, measured.Contributors[0])); diff != "" {
		t.Errorf("contributor (-demo +bench):\n%s", diff)
	}
}

// rules is a genesis document without what tells one network from another.
func rules(g *ledger.Genesis) *ledger.Genesis {
	plain := *g
	plain.Network, plain.ChainID, plain.TimeNS = "", "", 0
	plain.Members = nil
	for _, m := range g.Members {
		m.Node, m.Consensus = "", nil
		var keys []ledger.Key
		for _, k := range m.Keys {
			k.Public, k.Certificate = nil, nil
			keys = append(keys, k)
		}
		m.Keys = keys
		plain.Members = append(plain.Members, m)
	}
	return &plain
}

// settings is a node's configuration without its addresses.
func settings(t *testing.T, dir string) node.Config {
	t.Helper()
	h, err := node.OpenHome(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := h.Config
	c.Engine.Listen, c.API.Listen = "", ""
	c.Engine.Peers = make([]string, len(c.Engine.Peers))
	return c
}
