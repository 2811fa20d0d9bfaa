package checkpoint

import (
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// Cosignature is a witness's verified signature under a checkpoint.
type Cosignature struct {
	Witness string
	Time    time.Time // that the witness states, UTC
	Line    string    // as it stands in a note, without its newline
}

// Opened is a note whose signatures have been verified.
type Opened struct {
	Checkpoint
	Members  []uint32      // whose credential keys have signed, ascending
	Cosigned []Cosignature // of the witnesses that were asked for, in the note's order
	Unknown  int           // signatures by keys that were not given
}

// known finds verifiers by name and id, as note.Open asks for them. Ids are short enough to
// be made to collide, so that each of those that fit is tried.
type known []note.Verifier

func (k known) Verifier(name string, id uint32) (note.Verifier, error) {
	fit := slices.DeleteFunc(slices.Clone(k), func(v note.Verifier) bool { return v.Name() != name || v.KeyHash() != id })
	if len(fit) == 0 {
		return nil, &note.UnknownVerifierError{Name: name, KeyHash: id}
	}
	return anyOf{fit[0], fit}, nil
}

// anyOf verifies what one of several keys with the same id has signed.
type anyOf struct {
	note.Verifier
	all known
}

func (a anyOf) Verify(msg, sig []byte) bool {
	return slices.ContainsFunc(a.all, func(v note.Verifier) bool { return v.Verify(msg, sig) })
}

// read opens a note with verifiers. A signature that does not verify although its key is
// among them is fault.CheckpointInvalid; those of other keys are left unverified.
func read(b []byte, verifiers known) (*note.Note, error) {
	if len(b) > MaxNote {
		return nil, fault.New(fault.TooLarge, "checkpoint")
	}
	n, err := note.Open(b, verifiers)
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		n, err = unverified.Note, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.CheckpointInvalid, "checkpoint", err)
	}
	return n, nil
}

// Open verifies a note under the member keys of a trust file and the keys of witnesses. A
// note of another log, one that no member has signed, or one with a wrong signature by a key
// that is known is fault.CheckpointInvalid.
func Open(b []byte, t *verify.Trust, witnesses []Witness) (*Opened, error) {
	keys, err := keysOf(t)
	if err != nil {
		return nil, err
	}
	var verifiers known
	for _, k := range keys {
		verifiers = append(verifiers, k)
	}
	n, c, err := opened(b, verifiers, witnesses)
	if err != nil {
		return nil, err
	}
	if c.Origin != Origin(wire.Hash(t.Genesis)) {
		return nil, invalid("of another network")
	}
	out := &Opened{Checkpoint: c, Cosigned: cosignatures(n, witnesses), Unknown: len(n.UnverifiedSigs)}
	for _, s := range n.Sigs {
		for _, k := range keys {
			if signed(n, s, k) {
				out.Members = append(out.Members, k.member)
			}
		}
	}
	if len(out.Members) == 0 {
		return nil, invalid("no member of the trust file has signed it")
	}
	slices.Sort(out.Members)
	return out, nil
}

// Cosignatures verifies what witnesses have signed under a note, whoever else has. Where the
// note has none by a known witness it is fault.UnknownWitness; a wrong one is
// fault.CheckpointInvalid.
func Cosignatures(b []byte, witnesses []Witness) (Checkpoint, []Cosignature, error) {
	n, c, err := opened(b, nil, witnesses)
	if err != nil {
		return c, nil, err
	}
	out := cosignatures(n, witnesses)
	if len(out) == 0 {
		return c, nil, fault.New(fault.UnknownWitness, "checkpoint")
	}
	return c, out, nil
}

func opened(b []byte, verifiers known, witnesses []Witness) (*note.Note, Checkpoint, error) {
	for _, w := range witnesses {
		verifiers = append(verifiers, w)
	}
	n, err := read(b, verifiers)
	if err != nil {
		return nil, Checkpoint{}, err
	}
	c, err := parse(n.Text)
	return n, c, err
}

func cosignatures(n *note.Note, witnesses []Witness) []Cosignature {
	var out []Cosignature
	for _, s := range n.Sigs {
		for _, w := range witnesses {
			if signed(n, s, w) {
				at, _ := stamped(raw(s))
				out = append(out, Cosignature{Witness: s.Name, Time: time.Unix(int64(at), 0).UTC(), Line: "— " + s.Name + " " + s.Base64})
			}
		}
	}
	return out
}

// signed reports whether one of a note's verified signatures is by a key.
func signed(n *note.Note, s note.Signature, v note.Verifier) bool {
	return s.Name == v.Name() && s.Hash == v.KeyHash() && v.Verify([]byte(n.Text), raw(s))
}

// raw is a signature without the id before it; note.Open has read both.
func raw(s note.Signature) []byte {
	b, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(b) < 4 {
		return nil
	}
	return b[4:]
}
