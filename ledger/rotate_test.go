package ledger

import (
	"crypto/ed25519"
	"slices"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

var stolen = Cause{CauseCompromised, "charter-20"}

// nodeKey is the number of the key with which a member's node of the tests begins.
const nodeKey KeyID = 100

// private finds the key of the tests that has a public half; any other one where none has.
func private(m MemberID, is func(public []byte) bool) ed25519.PrivateKey {
	for k := KeyID(1); k <= nodeKey; k++ {
		if key := testKey(m, k); is(key.Public().(ed25519.PublicKey)) {
			return key
		}
	}
	return testKey(m, 1)
}

// rotation is another key to vote with, signed by the present one.
func (w *world) rotation(m MemberID, next KeyID) *Rotate {
	entry := w.member(m)
	o := &Rotate{Consensus: testKey(m, next).Public().(ed25519.PublicKey)}
	if entry != nil {
		old := private(m, func(k []byte) bool { return slices.Equal(k, entry.Consensus) })
		o.Sign(entry, old, testKey(m, next))
	}
	return o
}

// revocation is the same in an emergency, without the present key.
func (w *world) revocation(m MemberID, next KeyID) *Rotate {
	o := &Rotate{Consensus: testKey(m, next).Public().(ed25519.PublicKey), Reason: &stolen}
	o.Sign(w.member(m), nil, testKey(m, next))
	return o
}

// renaming is another key for a member's node.
func (w *world) renaming(m MemberID, next KeyID, emergency bool) *Rotate {
	entry := w.member(m)
	o := &Rotate{Node: testKey(m, next).Public().(ed25519.PublicKey)}
	old := private(m, func(k []byte) bool { return NodeOf(k) == entry.Node })
	if emergency {
		o.Reason, old = &stolen, nil
	}
	o.Sign(entry, old, testKey(m, next))
	return o
}

// rotating is a world in which members 2 and 3 have nodes whose keys are known.
func rotating(t *testing.T) *world {
	w := newWorldOf(t, func(g *Genesis) {
		for _, m := range []MemberID{2, 3} {
			g.Members[m-1].Node = NodeOf(testKey(m, nodeKey).Public().(ed25519.PublicKey))
		}
	})
	w.warm(3)
	return w
}

// TestRotation: a recorder votes with a new key after a day, both keys have signed for it,
// and the old one is used up.
func TestRotation(t *testing.T) {
	w := rotating(t)
	fresh := testKey(2, 10).Public().(ed25519.PublicKey)
	other := testKey(2, 11)
	for name, c := range map[string]struct {
		spoil func(*Rotate)
		want  fault.Code
	}{
		"not signed by the old key": {func(o *Rotate) { o.Sign(w.member(2), other, testKey(2, 10)) }, fault.BadSignature},
		"not signed by the new key": {func(o *Rotate) { o.Sign(w.member(2), testKey(2, 9), other) }, fault.BadSignature},
		"signed for another member": {func(o *Rotate) { o.Sign(w.member(3), testKey(2, 9), testKey(2, 10)) }, fault.BadSignature},
		"signed for another key":    {func(o *Rotate) { o.Consensus = other.Public().(ed25519.PublicKey) }, fault.BadSignature},
		"a reason put in later":     {func(o *Rotate) { o.Reason, o.Old = &stolen, nil }, fault.BadSignature},
		"no old key, no reason":     {func(o *Rotate) { o.Old = nil }, fault.Malformed},
		"both, and a reason":        {func(o *Rotate) { o.Reason = &stolen }, fault.Malformed},
		"a reason of no list":       {func(o *Rotate) { o.Reason, o.Old = &Cause{99, "charter-20"}, nil }, fault.ReasonInvalid},
		"two keys at once":          {func(o *Rotate) { o.Node = o.Consensus }, fault.Malformed},
	} {
		o := w.rotation(2, 10)
		c.spoil(o)
		if got := codes(w.block(w.seal(2, true, o.Operation()))); !slices.Equal(got, []fault.Code{c.want}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	w.want(w.block(w.seal(2, true, w.rotation(2, 10).Operation())), fault.OK)
	res := w.days(1)
	w.wantLogged(res, "change-made")
	if len(res.Updates) != 2 || !slices.Equal(w.member(2).Consensus, fresh) {
		t.Fatalf("updates %v", res.Updates)
	}
	w.warm(3)
	old := w.rotation(3, 10)
	old.Consensus = testKey(2, 9).Public().(ed25519.PublicKey)
	old.Sign(w.member(3), testKey(3, 9), testKey(2, 9))
	w.want(w.block(w.seal(3, true, old.Operation())), fault.KeyUsed)
	w.want(w.block(w.seal(contributor, true, w.rotation(contributor, 10).Operation())), fault.RoleNotAllowed)
	w.want(w.block(w.seal(3, false, w.rotation(3, 10).Operation())), fault.ApproverMissing)
}

// TestRevokedVote: a stolen key's vote ends with the handover, its rotation under notice
// with it, and comes back never; there is one such change a day, none in a block that
// changes the recorders already, and none that breaks the quorum.
func TestRevokedVote(t *testing.T) {
	w := rotating(t)
	w.want(w.block(w.seal(2, true, w.rotation(2, 12).Operation())), fault.OK)
	res := w.block(w.seal(2, true, w.revocation(2, 10).Operation()))
	w.want(res, fault.OK)
	w.wantLogged(res, "vote-revoked")
	fresh, old := testKey(2, 10).Public().(ed25519.PublicKey), testKey(2, 9).Public().(ed25519.PublicKey)
	want := []ValidatorUpdate{{old, 0}, {fresh, RecorderPower}}
	if !slices.EqualFunc(res.Updates, want, func(a, b ValidatorUpdate) bool { return slices.Equal(a.Key, b.Key) && a.Power == b.Power }) {
		t.Fatalf("updates %v", res.Updates)
	}
	epochs, err := w.view().Epochs()
	if err != nil || len(epochs) != 2 || epochs[1].FromHeight != w.ledger.Head().Height+handoverDelay {
		t.Fatalf("sets of recorders %v, %v", epochs, err)
	}
	if w.view().Config.Council.Change != nil {
		t.Fatal("the rotation to a third key is under notice still")
	}
	w.warm(3)
	back := w.revocation(2, 10)
	back.Consensus = old
	back.Sign(w.member(2), nil, testKey(2, 9))
	w.want(w.block(w.seal(3, true, w.revocation(3, 10).Operation())), fault.ChangePending) // today there was one
	w.want(w.block(w.seal(contributor, true, w.revocation(contributor, 10).Operation())), fault.RoleNotAllowed)
	w.want(w.block(w.seal(3, false, w.revocation(3, 10).Operation())), fault.ApproverMissing)
	w.days(1)
	w.want(w.block(w.seal(2, true, back.Operation())), fault.KeyUsed)
	w.want(w.block(w.seal(3, true, w.rotation(3, 10).Operation())), fault.OK)
	w.time += int64(24 * time.Hour)
	w.want(w.block(w.seal(4, true, w.revocation(4, 10).Operation())), fault.ChangePending) // the rotation takes effect in this block
	w.absent = map[MemberID]bool{1: true}
	w.warm(attendanceWindow)
	w.want(w.block(w.seal(4, true, w.revocation(4, 10).Operation())), fault.QuorumBroken) // nobody has seen the new key vote
	w.absent = nil
	w.warm(attendanceWindow)
	w.want(w.block(w.seal(4, true, w.revocation(4, 10).Operation())), fault.OK)
	var sum wire.Hash
	epochs, err = w.view().Epochs()
	for _, e := range epochs[1:] {
		sum = wire.Digest("riviera/epoch/1", sum[:], wire.Encode(e))
	}
	if err != nil || len(epochs) != 4 || sum != w.view().Config.Council.Epochs {
		t.Fatalf("the history of %d sets does not lead to the configuration's hash, %v", len(epochs), err)
	}
}

// TestNodeRotation: a node's new identity is let in at once and the old one for a day, both
// keys have signed for it, and no identity comes back; in an emergency the old one is let
// in no more.
func TestNodeRotation(t *testing.T) {
	w := rotating(t)
	id := func(k KeyID) string { return NodeOf(testKey(3, k).Public().(ed25519.PublicKey)) }
	in := func(k KeyID) bool { m := w.view().Config.MemberOfNode(id(k)); return m != nil && m.ID == 3 }
	other := testKey(3, 11)
	for name, c := range map[string]struct {
		spoil func(*Rotate)
		want  fault.Code
	}{
		"not signed by the new key": {func(o *Rotate) { o.Sign(w.member(3), testKey(3, nodeKey), other) }, fault.BadSignature},
		"by a key that it is not":   {func(o *Rotate) { o.Sign(w.member(3), other, testKey(3, 10)) }, fault.KeyInvalid},
		"the old key's name alone":  {func(o *Rotate) { was := o.Was; o.Sign(w.member(3), other, testKey(3, 10)); o.Was = was }, fault.BadSignature},
		"another's node": {func(o *Rotate) {
			o.Node = testKey(2, nodeKey).Public().(ed25519.PublicKey)
			o.Sign(w.member(3), testKey(3, nodeKey), testKey(2, nodeKey))
		}, fault.MemberExists},
		"its own": {func(o *Rotate) {
			o.Node = testKey(3, nodeKey).Public().(ed25519.PublicKey)
			o.Sign(w.member(3), testKey(3, nodeKey), testKey(3, nodeKey))
		}, fault.NoEffect},
	} {
		o := w.renaming(3, 10, false)
		c.spoil(o)
		if got := codes(w.block(w.seal(3, true, o.Operation()))); !slices.Equal(got, []fault.Code{c.want}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	w.want(w.block(w.seal(3, true, w.renaming(3, 10, false).Operation())), fault.OK)
	if !in(10) || !in(nodeKey) || len(w.view().Config.Nodes(w.member(3))) != 2 {
		t.Fatal("both are let in")
	}
	w.time += int64(24*time.Hour) - int64(time.Minute)
	if w.block(); !in(nodeKey) {
		t.Fatal("the day is not over")
	}
	w.time += int64(time.Minute)
	if w.block(); !in(10) || in(nodeKey) || len(w.view().Config.Nodes(w.member(3))) != 1 {
		t.Fatal("after a day the new one alone is let in")
	}
	if m := w.view().Config.WhoseNode(id(nodeKey)); m == nil || m.ID != 3 {
		t.Fatal("whose it was is known")
	}
	w.want(w.block(w.seal(3, true, w.renaming(3, nodeKey, false).Operation())), fault.MemberExists)
	w.want(w.block(w.seal(3, true, w.renaming(3, 12, false).Operation())), fault.OK)
	w.want(w.block(w.seal(3, true, w.renaming(3, 13, true).Operation())), fault.OK)
	if in(10) || in(12) || !in(13) {
		t.Fatal("a stolen identity, and the one before it, are let in")
	}
	w.reopen()
	if !in(13) || in(12) {
		t.Fatal("forgotten with a restart")
	}
	w.want(w.gate(gate(GateSuspend, 3).Operation()), fault.OK)
	w.want(w.block(w.seal(3, true, w.renaming(3, 14, false).Operation())), fault.OK) // a suspended recorder may
}
