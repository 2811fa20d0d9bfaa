package network

import (
	"bytes"
	"context"
	"crypto"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
	"github.com/riviera-ledger/riviera/witness"
)

// newWitness makes a witness before there is a network: its trust file comes later.
func newWitness(t *testing.T, name string) (dir, vkey string) {
	t.Helper()
	file := &verify.Trust{Version: verify.TrustVersion, Network: "none", Genesis: verify.Hex{1}, ChainID: "none", Height: 1, IssuedAt: time.Unix(1, 0).UTC(),
		Epochs: []verify.TrustEpoch{verify.NewTrustEpoch(1, proof.Validators{{PubKey: [32]byte{1}, Power: 1}})}}
	b, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "witness")
	w, err := witness.Create(dir, name, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, w.Key.String()
}

// watched is a node whose newest checkpoint is that of its last block, or one that it makes
// up with the key of its institution.
type watched struct {
	*client.Client
	root   *wire.Hash // of every size, made up; nil is the log's own
	key    crypto.Signer
	origin string
}

func (w watched) Checkpoint(ctx context.Context, size uint64, n int) ([]byte, error) {
	if size == 0 {
		s, err := w.Status(ctx)
		if err != nil {
			return nil, err
		}
		size = s.LogSize
	}
	if w.root != nil {
		return checkpoint.Checkpoint{Origin: w.origin, Size: size, Root: *w.root}.Sign(w.key)
	}
	return w.Client.Checkpoint(ctx, size, n)
}

// witnessed: a witness follows the running network from node to node, its cosignatures are
// taken and given out, and nothing else is; what no recorders have signed and what forks is
// refused, by the witness and by the node.
func (a *audited) witnessed(t *testing.T) {
	file, err := a.client(sound).Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := newWitness(t, "stranger.example.org")
	open := func(dir string) *witness.Witness {
		if err := os.WriteFile(filepath.Join(dir, "trust.json"), file, 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := witness.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w, other := open(a.witness), open(stranger)
	cosign := func(w *witness.Witness, n witness.Node) *witness.Signed {
		t.Helper()
		s, err := w.Cosign(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := cosign(w, a.client(registry))
	var next *witness.Signed
	a.eventually("a larger log", func() error {
		if next = cosign(w, watched{Client: a.client(sound)}); next.Size == first.Size {
			return fault.New(fault.NotReady, "log")
		}
		return nil
	})
	if first.Before != 0 || next.Before < first.Size || next.Height == 0 || len(next.Members) != 1 {
		t.Errorf("signed: %+v, then %+v", first, next)
	}
	c := a.client(court)
	if out, err := c.Cosign(t.Context(), next.Note); err != nil || out.Size != next.Size || len(out.Witnesses) != 1 {
		t.Fatalf("the node takes it: %+v, %v", out, err)
	}
	note, err := c.Checkpoint(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if o, err := checkpoint.Open(note, w.Trust, []checkpoint.Witness{w.Key}); err != nil || o.Checkpoint != next.Checkpoint || len(o.Cosigned) != 1 || o.Members[0] != uint32(a.member(court)) {
		t.Errorf("the node gives it out: %+v, %v", o, err)
	}
	if _, err := c.Checkpoint(t.Context(), 0, 2); !fault.Is(err, fault.NotFound) {
		t.Errorf("two witnesses: %v", err)
	}

	key := a.credential(registry)
	private, err := os.ReadFile(filepath.Join(a.witness, "witness.pem"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := custody.Decode(private, nil)
	if err != nil {
		t.Fatal(err)
	}
	lying := watched{Client: a.client(registry), root: &wire.Hash{7}, key: key, origin: next.Origin}
	forged, err := lying.Checkpoint(t.Context(), next.Size, 0)
	if err != nil {
		t.Fatal(err)
	}
	if forged, err = checkpoint.Cosign(forged, w.Key.Witness, own, time.Now()); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		note []byte
		want fault.Code
	}{
		"older than what it has":  {first.Note, fault.CheckpointOutdated},
		"by an unknown witness":   {cosign(other, a.client(registry)).Note, fault.UnknownWitness},
		"by nobody":               {bytes.SplitAfter(next.Note, []byte("\n\n"))[0], fault.CheckpointInvalid},
		"changed in the root":     {bytes.Replace(next.Note, []byte("="), []byte("=="), 1), fault.CheckpointInvalid},
		"changed in the number":   {bytes.Replace(next.Note, []byte("\n"), []byte("\n1"), 1), fault.CheckpointInvalid},
		"of another history":      {forged, fault.CheckpointForked},
		"no note":                 {[]byte("riviera"), fault.CheckpointInvalid},
		"without the signatures":  {[]byte(next.Text() + "\n"), fault.CheckpointInvalid},
		"a second time as it was": {next.Note, fault.OK},
	} {
		if _, err := c.Cosign(t.Context(), x.note); fault.Of(err) != x.want {
			t.Errorf("a cosignature %s: %v", name, err)
		}
	}

	// A member that shows another log than the recorders have decided.
	fresh, _ := newWitness(t, "fresh.example.org")
	if _, err := open(fresh).Cosign(t.Context(), lying); !fault.Is(err, fault.LogUnproved) {
		t.Errorf("a log that the recorders have not signed: %v", err)
	}
	_, err = w.Cosign(t.Context(), lying)
	fork, is := err.(*witness.Fork)
	if !is || fork.Size != next.Size {
		t.Fatalf("a fork: %v", err)
	}
	var roots []wire.Hash
	for _, name := range []string{fork.Seen, fork.Shown} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		o, err := checkpoint.Open(b, w.Trust, nil)
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, o.Root)
	}
	if roots[0] != next.Root || roots[1] == roots[0] {
		t.Errorf("evidence: %x", roots)
	}
	if again := cosign(w, watched{Client: a.client(court)}); again.Before != next.Size {
		t.Errorf("after the fork it has seen %d", again.Before)
	}
}

// credential opens the credential key of a node's institution.
func (a *audited) credential(i int) crypto.Signer {
	a.t.Helper()
	key, err := a.Home(i).Signer(node.CredentialKey)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}
