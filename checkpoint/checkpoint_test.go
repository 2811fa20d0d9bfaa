package checkpoint

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// genesis is that of the network under test.
var genesis = wire.Hash(bytes.Repeat([]byte{0xab}, 32))

// seeded is a key that is the same in every run.
func seeded(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func trust(keys ...verify.TrustKey) *verify.Trust {
	return &verify.Trust{Genesis: verify.Hex(genesis), Height: 100, Keys: keys}
}

func trusted(member uint32, key crypto.Signer) verify.TrustKey {
	k := verify.TrustKey{Member: member, Algorithm: verify.AlgorithmEd25519, PublicKey: verify.Multikey(key.Public()), FromHeight: 1}
	if _, p256 := key.Public().(*ecdsa.PublicKey); p256 {
		k.Algorithm = verify.AlgorithmP256
	}
	return k
}

func head(size uint64) Checkpoint {
	return Checkpoint{Origin: Origin(genesis), Size: size, Root: wire.Hash(sha256.Sum256([]byte{byte(size)}))}
}

func signNote(t *testing.T, c Checkpoint, key crypto.Signer) []byte {
	t.Helper()
	b, err := c.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVectors holds the bytes that others read: Ed25519 is deterministic.
func TestVectors(t *testing.T) {
	const text = "riviera/abababababababababababababababababababababababababababababababab\n7\n" +
		"yjWHWPbSfmz0UnKTeXenSP2IOR22ec7afce/HwBe6Hk=\n"
	c := head(7)
	if c.Text() != text {
		t.Fatalf("text %q", c.Text())
	}
	b, err := Cosign(signNote(t, c, seeded(1)), "witness.example.org/w1", seeded(2), time.Unix(1679315147, 0))
	if err != nil {
		t.Fatal(err)
	}
	const want = text + "\n" +
		"— riviera/abababababababababababababababababababababababababababababababab HLfqjgvjj/PCOp8WqMyPfKBt0NAE7y+OS1VcXjA/YSnRAd3GNP5K9Hee4JPRcRrNgltqBk+slCrK1c/hJXrX61SyIAU=\n" +
		"— witness.example.org/w1 bX75BwAAAABkGFDLIMidpih/8zMCicI2DuYK86a9ghDfU0u+QpLWsA385NyRXcNpyPNeuWXgJ6COoRSQm2OOZ5tO0giehTpmOS9kBg==\n"
	if string(b) != want {
		t.Errorf("note:\n%s", b)
	}
	w := Witness{"witness.example.org/w1", seeded(2).Public().(ed25519.PublicKey)}
	if w.String() != "witness.example.org/w1+6d7ef907+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU" {
		t.Errorf("vkey %s", w)
	}
	// By hand from the text of C2SP tlog-cosignature.
	line := strings.Fields(strings.Split(string(b), "\n")[5])[2]
	raw, err := base64.StdEncoding.DecodeString(line)
	if err != nil || len(raw) != 4+8+64 {
		t.Fatalf("%d bytes: %v", len(raw), err)
	}
	id := sha256.Sum256(append([]byte("witness.example.org/w1\n\x04"), w.Public...))
	if !bytes.Equal(raw[:4], id[:4]) || !ed25519.Verify(w.Public, []byte("cosignature/v1\ntime 1679315147\n"+text), raw[12:]) {
		t.Error("no cosignature of the specification")
	}
	// The key of a witness that others run.
	const remora = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
	if w, err := ParseWitness(remora); err != nil || w.String() != remora {
		t.Errorf("%v, %v", w, err)
	}
	for name, bad := range map[string]string{"id": strings.Replace(remora, "da77", "da78", 1), "algorithm": strings.Replace(remora, "+BO", "+AO", 1),
		"length": remora + "AAAA", "parts": "remora.n621.de", "no name": "+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"} {
		if _, err := ParseWitness(bad); !fault.Is(err, fault.CheckpointInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNotes: what has been signed verifies, also for the Go project's reader; nothing that
// was changed does.
func TestNotes(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := Witness{"w1", seeded(2).Public().(ed25519.PublicKey)}
	for name, key := range map[string]crypto.Signer{"Ed25519": seeded(1), "P-256": p256} {
		t.Run(name, func(t *testing.T) {
			file := trust(trusted(3, seeded(9)), trusted(5, key))
			b, err := Cosign(signNote(t, head(7), key), "w1", seeded(2), time.Unix(1700000000, 0))
			if err != nil {
				t.Fatal(err)
			}
			o, err := Open(b, file, []Witness{w})
			if err != nil {
				t.Fatal(err)
			}
			if o.Checkpoint != head(7) || len(o.Members) != 1 || o.Members[0] != 5 || o.Unknown != 0 ||
				len(o.Cosigned) != 1 || o.Cosigned[0].Witness != "w1" || o.Cosigned[0].Time.Unix() != 1700000000 || !bytes.Contains(b, []byte(o.Cosigned[0].Line+"\n")) {
				t.Errorf("%+v", o)
			}
			for i := range b {
				changed := bytes.Clone(b)
				changed[i] ^= 1
				o, err := Open(changed, file, []Witness{w})
				if err == nil && len(o.Members) == 1 && len(o.Cosigned) == 1 && o.Unknown == 0 {
					t.Fatalf("byte %d was changed and all is verified", i)
				}
			}
			if o, err := Open(b, file, nil); err != nil || o.Unknown != 1 || o.Cosigned != nil {
				t.Errorf("a witness that nobody asked for: %+v, %v", o, err)
			}
		})
	}
	b := signNote(t, head(7), seeded(1))
	public := seeded(1).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(Origin(genesis), public)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open(b, note.VerifierList(v)); err != nil || n.Text != head(7).Text() {
		t.Errorf("the Go project's reader: %v", err)
	}
	other := head(7)
	other.Origin = Origin(wire.Hash{1})
	for name, bad := range map[string][]byte{
		"nobody's key":    signNote(t, head(7), seeded(8)),
		"another network": signNote(t, other, seeded(1)),
		"no note":         []byte("checkpoint"),
		"an extension":    resigned(t, head(7).Text()+"more\n"),
		"a leading zero":  resigned(t, strings.Replace(head(7).Text(), "\n7\n", "\n07\n", 1)),
		"a short root":    resigned(t, Origin(genesis)+"\n7\nq80=\n"),
	} {
		if _, err := Open(bad, trust(trusted(5, seeded(1))), nil); !fault.Is(err, fault.CheckpointInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(make([]byte, MaxNote+1), trust(), nil); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// resigned signs any text as the log.
func resigned(t *testing.T, text string) []byte {
	t.Helper()
	key := seeded(1)
	b, err := note.Sign(&note.Note{Text: text}, logSigner{logKey{origin: Origin(genesis), public: key.Public()}, key})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCosignatures: a node takes what its witnesses have signed, and says apart whom it does
// not know and what is wrong.
func TestCosignatures(t *testing.T) {
	one := Witness{"w1", seeded(2).Public().(ed25519.PublicKey)}
	namesake := Witness{"w1", seeded(3).Public().(ed25519.PublicKey)}
	b, err := Cosign(signNote(t, head(7), seeded(1)), "w1", seeded(2), time.Unix(1700000000, 0))
	if err != nil {
		t.Fatal(err)
	}
	if c, got, err := Cosignatures(b, []Witness{namesake, one}); err != nil || c != head(7) || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if _, _, err := Cosignatures(b, []Witness{namesake}); !fault.Is(err, fault.UnknownWitness) {
		t.Errorf("an unknown witness: %v", err)
	}
	later := bytes.Replace(b, []byte("\n7\n"), []byte("\n8\n"), 1)
	if _, _, err := Cosignatures(later, []Witness{one}); !fault.Is(err, fault.CheckpointInvalid) {
		t.Errorf("a signature of another text: %v", err)
	}
	if _, err := Cosign(b, "a b", seeded(2), time.Now()); !fault.Is(err, fault.CheckpointInvalid) {
		t.Errorf("a name that cannot stand in a note: %v", err)
	}
}

// TestContinues: only what continues the earlier one follows it.
func TestContinues(t *testing.T) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range at {
			out = append(out, stored[i])
		}
		return out, nil
	})
	var heads []Checkpoint
	for n := range int64(9) {
		hashes, err := tlog.StoredHashes(n, []byte{byte(n)}, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		root, err := tlog.TreeHash(n+1, read)
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, Checkpoint{Origin(genesis), uint64(n + 1), wire.Hash(root)})
	}
	proved, err := tlog.ProveTree(9, 5, read)
	if err != nil {
		t.Fatal(err)
	}
	var path []wire.Hash
	for _, h := range proved {
		path = append(path, wire.Hash(h))
	}
	early, late := heads[4], heads[8]
	forked := late
	forked.Root[0] ^= 1
	foreign := late
	foreign.Origin = "riviera/other"
	for name, x := range map[string]struct {
		next, before Checkpoint
		path         []wire.Hash
		want         fault.Code
	}{
		"continues":       {late, early, path, fault.OK},
		"the same":        {late, late, nil, fault.OK},
		"smaller":         {early, late, path, fault.CheckpointOutdated},
		"two roots":       {forked, late, nil, fault.CheckpointForked},
		"a larger fork":   {forked, early, path, fault.LogUnproved},
		"without a path":  {late, early, nil, fault.LogUnproved},
		"another network": {foreign, early, path, fault.CheckpointInvalid},
	} {
		if got := fault.Of(x.next.Continues(x.before, x.path)); got != x.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestKeysOfTheLog: keys of other purposes and keys that have ended do not speak for the log.
func TestKeysOfTheLog(t *testing.T) {
	b := signNote(t, head(7), seeded(1))
	for name, change := range map[string]func(*verify.TrustKey){
		"that has ended":       func(k *verify.TrustKey) { k.ToHeight = 99 },
		"of documents":         func(k *verify.TrustKey) { k.Certificate = "PEM" },
		"that stands besides":  func(k *verify.TrustKey) { k.Algorithm = verify.AlgorithmSM2 },
		"that ends at present": func(k *verify.TrustKey) { k.ToHeight = 100 },
	} {
		k := trusted(5, seeded(1))
		change(&k)
		_, err := Open(b, trust(k), nil)
		if ends := k.ToHeight == 100; ends != (err == nil) || !ends && !fault.Is(err, fault.CheckpointInvalid) {
			t.Errorf("a key %s: %v", name, err)
		}
	}
}
