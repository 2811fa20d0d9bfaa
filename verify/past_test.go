package verify

import (
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// succeeded is the trust file of a chain that continues the one of a trust file, which has
// ended with a block.
func succeeded(t *Trust, height int64, seal wire.Hash) *Trust {
	next := *t
	next.ChainID, next.Genesis = "riviera-second", Hex{0x5e}
	next.Predecessors = append(append([]TrustPredecessor{}, t.Predecessors...), TrustPredecessor{t.ChainID, t.Genesis, height, Hex(seal)})
	return &next
}

// TestCertificatesOfPredecessors: what was issued on a chain that has ended passes under the
// trust file of its successor and of the one after that, up to the block that seals it and
// to no other of that height, and nothing above it does.
func TestCertificatesOfPredecessors(t *testing.T) {
	for _, name := range []string{"certificate.pdf", "credential.json", "2/certificate.pdf", "2/credential.json", "2/clear.json"} {
		dir := ""
		if name[:2] == "2/" {
			dir = "2/"
		}
		file := golden(t, name)
		old := goldenTrustOf(t, dir)
		now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		before := Verify(file, old, Options{Now: now})
		if before.Verdict != Passed {
			t.Fatalf("%s: %s", name, before.Reason)
		}
		h := before.Support.Height
		var own wire.Hash
		clear := name == "2/clear.json"
		if !clear {
			block, err := proof.DecodeLightBlock(before.Credential.Evidence.LightBlock)
			if err != nil {
				t.Fatal(err)
			}
			own = block.Header.Hash
		}
		other := wire.Hash{9}
		for _, c := range []struct {
			what   string
			height int64
			seal   wire.Hash
			want   Verdict
			clear  Verdict
		}{
			{"long before the end", h + 50, other, Passed, Passed},
			{"the last block", h, other, Passed, Passed},
			{"the seal", h - 1, own, Passed, Passed},
			{"another seal", h - 1, other, Indeterminate, Passed}, // an attestation names no header
			{"above the seal", h - 2, own, Indeterminate, Indeterminate},
		} {
			want := c.want
			if clear {
				want = c.clear
			}
			if c.seal.Zero() {
				c.seal = other
			}
			first := succeeded(old, c.height, c.seal)
			first.Height = max(first.Height, c.height+2)
			second := succeeded(first, c.height+20, other)
			second.ChainID, second.Genesis, second.Height = "riviera-third", Hex{0x3d}, c.height+30
			for _, trust := range []*Trust{first, second} {
				if err := trust.checkPredecessors(); err != nil {
					t.Fatal(err)
				}
				r := Verify(file, trust, Options{Now: now})
				if r.Verdict != want || want != Passed && r.Reason != string(reasonValidators) {
					t.Errorf("%s, %s, under %s: %s %s", name, c.what, trust.ChainID, r.Verdict, r.Reason)
				}
			}
		}
		stranger := succeeded(old, h+50, other)
		stranger.Predecessors[0].Genesis = Hex{7}
		if r := Verify(file, stranger, Options{Now: now}); r.Verdict != Indeterminate || r.Reason != string(reasonNetwork) {
			t.Errorf("%s of a chain that the file does not name: %s %s", name, r.Verdict, r.Reason)
		}
	}
}

// TestTrustOfSuccessor: the file says what it says in one way, and refuses what contradicts
// itself.
func TestTrustOfSuccessor(t *testing.T) {
	good := func() *Trust { return succeeded(goldenTrust(t), 400, wire.Hash{9}) }
	b, err := good().Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseTrust(b)
	if err != nil || len(again.Predecessors) != 1 || again.Predecessors[0] != good().Predecessors[0] {
		t.Fatalf("%+v, %v", again, err)
	}
	for height, want := range map[int64]Hex{1: goldenTrust(t).Genesis, 401: goldenTrust(t).Genesis, 402: good().Genesis} {
		if got := again.genesisAt(height); got != want {
			t.Errorf("block %d is of %s, want %s", height, got, want)
		}
	}
	for name, spoil := range map[string]func(*Trust){
		"the same name":      func(x *Trust) { x.Predecessors[0].ChainID = x.ChainID },
		"the same genesis":   func(x *Trust) { x.Predecessors[0].Genesis = x.Genesis },
		"no name":            func(x *Trust) { x.Predecessors[0].ChainID = "" },
		"no seal":            func(x *Trust) { x.Predecessors[0].Seal = Hex{} },
		"no height":          func(x *Trust) { x.Predecessors[0].Height = 0 },
		"an end to come":     func(x *Trust) { x.Predecessors[0].Height = x.Height },
		"one after another":  func(x *Trust) { x.Predecessors = append(x.Predecessors, x.Predecessors[0]) },
		"heights that cross": func(x *Trust) { x.Predecessors = append(x.Predecessors, TrustPredecessor{"c", Hex{1}, 401, Hex{1}}) },
	} {
		x := good()
		spoil(x)
		if _, err := x.Encode(); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
