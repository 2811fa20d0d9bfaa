package proof

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// engineBlock is one vector of testdata/light_blocks.json, written by the engine's own
// library, with the engine's own verdict.
type engineBlock struct {
	Name           string `json:"name"`
	ChainID        string `json:"chain_id"`
	LightBlock     string `json:"light_block"`
	HeaderHash     string `json:"header_hash"`
	ValidatorsHash string `json:"validators_hash"`
	NextHash       string `json:"next_validators_hash"`
	AppHash        string `json:"app_hash"`
	Height         int64  `json:"height"`
	Time           int64  `json:"time"`
	Signers        int    `json:"signers"`
	SignedPower    int64  `json:"signed_power"`
	Power          int64  `json:"power"`
	EngineAccepts  bool   `json:"engine_accepts"`
	Fault          string `json:"fault"`
}

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func engineBlocks(t testing.TB) []engineBlock {
	t.Helper()
	var vs []engineBlock
	readJSON(t, "light_blocks.json", &vs)
	if len(vs) < 16 {
		t.Fatalf("%d vectors, want 16 or more", len(vs))
	}
	return vs
}

func TestLightBlocksOfTheEngine(t *testing.T) {
	for _, v := range engineBlocks(t) {
		t.Run(v.Name, func(t *testing.T) {
			l, err := DecodeLightBlock(unhex(t, v.LightBlock))
			if err != nil {
				t.Fatal(err)
			}
			got := []any{hex.EncodeToString(l.Header.Hash[:]), hex.EncodeToString(l.Header.NextValidatorsHash[:]),
				hex.EncodeToString(l.Header.AppHash[:]), l.Header.Height, int64(l.Header.Time)}
			want := []any{v.HeaderHash, v.NextHash, v.AppHash, v.Height, v.Time}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("header (-engine +here):\n%s", d)
			}
			if h := l.Validators.Hash(); hex.EncodeToString(h[:]) != v.ValidatorsHash {
				t.Errorf("validators hash %x, engine has %s", h, v.ValidatorsHash)
			}
			support, err := l.Verify(v.ChainID)
			if got := fault.Of(err).String(); got != v.Fault {
				t.Fatalf("fault %s, want %s (%v)", got, v.Fault, err)
			}
			if v.EngineAccepts && err != nil {
				t.Errorf("the engine accepts, this package refuses: %v", err)
			}
			if err == nil {
				want := Support{Signers: v.Signers, Validators: len(l.Validators), Signed: v.SignedPower, Power: v.Power}
				if d := cmp.Diff(want, support); d != "" {
					t.Errorf("support (-want +got):\n%s", d)
				}
			}
			if _, err := l.Verify("riviera-test-9"); !fault.Is(err, fault.ForeignGenesis) {
				t.Errorf("another chain: %v", err)
			}
		})
	}
}

// TestLightBlockEveryByte flips each byte of a light block with no signature to spare:
// nothing that then still verifies may say anything else than the original.
func TestLightBlockEveryByte(t *testing.T) {
	for _, v := range engineBlocks(t) {
		if v.Name != "four, one absent" {
			continue
		}
		good := unhex(t, v.LightBlock)
		want, err := DecodeLightBlock(good)
		if err != nil {
			t.Fatal(err)
		}
		passed := 0
		for i := range good {
			for _, bit := range []byte{1, 0x80} {
				bad := append([]byte(nil), good...)
				bad[i] ^= bit
				l, err := DecodeLightBlock(bad)
				if err != nil {
					continue
				}
				if _, err := l.Verify(v.ChainID); err != nil {
					continue
				}
				passed++
				if l.Header != want.Header || !cmp.Equal(l.Validators, want.Validators) {
					t.Fatalf("byte %d: another header or set verifies", i)
				}
			}
		}
		if passed > len(good)/2 { // addresses, priorities and the absent vote are unsigned
			t.Errorf("%d of %d changes verify", passed, 2*len(good))
		}
		return
	}
	t.Fatal("vector missing")
}

type chainVector struct {
	ChainID   string   `json:"chain_id"`
	FirstSet  string   `json:"first_set"`
	Handovers []string `json:"handovers"`
	Target    string   `json:"target"`
	Backwards []string `json:"backwards"` // two handovers, the second before the first, and a target
}

func TestFiftyHandovers(t *testing.T) {
	var v chainVector
	readJSON(t, "handovers.json", &v)
	var hand []LightBlock
	for _, s := range v.Handovers {
		l, err := DecodeLightBlock(unhex(t, s))
		if err != nil {
			t.Fatal(err)
		}
		hand = append(hand, l)
	}
	target, err := DecodeLightBlock(unhex(t, v.Target))
	if err != nil {
		t.Fatal(err)
	}
	first := Epoch{FromHeight: 1, Hash: wire.Hash(unhex(t, v.FirstSet))}
	last := Epoch{FromHeight: hand[49].Header.Height + 1, Hash: target.Header.ValidatorsHash}
	middle := Epoch{FromHeight: hand[24].Header.Height + 1, Hash: hand[24].Header.NextValidatorsHash}

	for _, c := range []struct {
		name      string
		epochs    []Epoch
		handovers []LightBlock
		target    LightBlock
		want      fault.Code
		proved    int
		retired   bool
	}{
		{"from the first set over fifty changes", []Epoch{first}, hand, target, fault.OK, 50, false},
		{"from a set pinned half way", []Epoch{first, middle}, hand, target, fault.OK, 25, false},
		{"pinned itself", []Epoch{first, last}, nil, target, fault.OK, 0, false},
		{"without handovers", []Epoch{first}, nil, target, fault.UnknownKey, 0, false},
		{"the last one missing", []Epoch{first}, hand[:49], target, fault.UnknownKey, 49, false},
		{"one left out", []Epoch{first}, append(append([]LightBlock{}, hand[:10]...), hand[11:]...), target, fault.BadSignature, 10, false},
		{"older than the first epoch", []Epoch{{FromHeight: 2000, Hash: first.Hash}}, hand, target, fault.UnknownKey, 0, false},
		{"a retired set at its own height", []Epoch{first, last}, nil, hand[0], fault.OK, 0, true},
		{"a set that was never there", []Epoch{first, last}, nil, hand[7], fault.BadSignature, 0, true},
		{"a retired set after its time", []Epoch{{FromHeight: 1, Hash: last.Hash}, {FromHeight: 900, Hash: first.Hash}}, nil, target, fault.UnknownKey, 0, false},
		{"no epoch", nil, hand, target, fault.UnknownKey, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := VerifyChain(v.ChainID, c.epochs, c.handovers, c.target)
			if fault.Of(err) != c.want {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if got.Handovers != c.proved || got.Retired != c.retired {
				t.Errorf("%+v, want %d handovers, retired %v", got, c.proved, c.retired)
			}
		})
	}
}

// TestHandoversGoForward: a set may hand over only at heights that are its own.
func TestHandoversGoForward(t *testing.T) {
	var v chainVector
	readJSON(t, "handovers.json", &v)
	var blocks []LightBlock
	for _, s := range v.Backwards {
		l, err := DecodeLightBlock(unhex(t, s))
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, l)
	}
	first := []Epoch{{FromHeight: 1, Hash: blocks[0].Header.ValidatorsHash}}
	if _, err := VerifyChain(v.ChainID, first, blocks[:2], blocks[2]); !fault.Is(err, fault.BadSignature) {
		t.Errorf("%v", err)
	}
}

// TestVotesCountForTheBlockOnly: a good signature does not count in another's place, or
// marked as a vote for no block.
func TestVotesCountForTheBlockOnly(t *testing.T) {
	raw := unhex(t, engineBlocks(t)[2].LightBlock) // four, one absent: none to spare
	for name, change := range map[string]func(*vote){
		"as it is":          nil,
		"for no block":      func(v *vote) { v.flag = 3 },
		"another's address": func(v *vote) { v.address = make([]byte, 20) },
		"another time":      func(v *vote) { v.timestamp = nil },
	} {
		l, err := DecodeLightBlock(raw)
		if err != nil {
			t.Fatal(err)
		}
		want := fault.OK
		if change != nil {
			want = fault.BadSignature
			change(&l.commit.votes[0])
		}
		if _, err := l.Verify("riviera-test-1"); fault.Of(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPowerOfImpossibleSets(t *testing.T) {
	key := func(b byte) (k [32]byte) { k[0] = b; return k }
	for name, vs := range map[string]Validators{
		"empty":       nil,
		"no power":    {{PubKey: key(1), Power: 0}},
		"negative":    {{PubKey: key(1), Power: -4}, {PubKey: key(2), Power: 9}},
		"over cap":    {{PubKey: key(1), Power: maxPower}, {PubKey: key(2), Power: 1}},
		"twice there": {{PubKey: key(1), Power: 1}, {PubKey: key(1), Power: 1}},
		"too many":    make(Validators, maxValidators+1),
	} {
		if p := vs.Power(); p != 0 {
			t.Errorf("%s: power %d, want 0", name, p)
		}
	}
	if p := (Validators{{PubKey: key(1), Power: 2}, {PubKey: key(2), Power: 3}}).Power(); p != 5 {
		t.Errorf("power %d, want 5", p)
	}
}

func FuzzDecodeLightBlock(f *testing.F) {
	for _, v := range engineBlocks(f) {
		f.Add(unhex(f, v.LightBlock))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := DecodeLightBlock(b)
		if err != nil {
			return
		}
		_, _ = l.Verify(l.Header.ChainID)
		if l.Header.Height < 1 || l.Validators.Power() < 1 {
			t.Errorf("accepted height %d, power %d", l.Header.Height, l.Validators.Power())
		}
	})
}

func BenchmarkVerifyLightBlock(b *testing.B) {
	raw := unhex(b, engineBlocks(b)[0].LightBlock)
	for b.Loop() {
		l, err := DecodeLightBlock(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Verify("riviera-test-1"); err != nil {
			b.Fatal(err)
		}
	}
}
