package ledger

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// credentialKey is the number of the credential key of the fixture's courts.
const credentialKey KeyID = 7

// newCourts is a world whose courts have credential keys; the third one's is P-256.
func newCourts(t *testing.T) *world {
	return newWorldOf(t, func(g *Genesis) {
		for i := range g.Members {
			m := &g.Members[i]
			k := Key{ID: credentialKey, Purpose: Credential, Algorithm: Ed25519, Public: testKey(m.ID, credentialKey).Public().(ed25519.PublicKey)}
			if m.ID == higherCourt {
				algorithm, public, err := AlgorithmOf(&p256Key().PublicKey)
				if err != nil {
					t.Fatal(err)
				}
				k.Algorithm, k.Public = algorithm, public
			}
			m.Keys = append(m.Keys, k)
		}
	})
}

func p256Key() *ecdsa.PrivateKey {
	d := sha256.Sum256([]byte("higher court"))
	k := &ecdsa.PrivateKey{D: new(big.Int).SetBytes(d[:])}
	k.Curve = elliptic.P256()
	k.X, k.Y = k.Curve.ScalarBaseMult(d[:])
	return k
}

// reversal is a sound one by the court but for what change does to it before it is signed.
func (w *world) reversal(record, event uint64, change func(*Reversal)) *Reversal {
	o := &Reversal{Record: recordID(record), Event: event, DecidedOn: w.ledger.Head().Moment.Date(), Article: "fs7-10-1", Paper: paper(5), Key: credentialKey}
	if change != nil {
		change(o)
	}
	if o.Signature == nil && !o.Lift {
		o.Signature = ed25519.Sign(testKey(court, credentialKey), w.reversalDigest(o))
	}
	return o
}

func (w *world) reversalDigest(o *Reversal) []byte {
	_, raw, err := w.view().Event(o.Event)
	if err != nil {
		raw = nil
	}
	d := proof.ReversalDigest(w.hash, proof.EventID(raw), o.DecidedOn)
	return d[:]
}

// exited brings record n to its end and returns the index of the event that ended it.
func (w *world) exited(n uint64) uint64 {
	w.t.Helper()
	w.active(n)
	w.want(w.block(w.seal(court, false, send(n, "performed", nil))), fault.OK)
	w.to(w.ledger.Head().Moment.Date().AddDays(10))
	res := w.block()
	if got := w.phase(n); got != contract.Exited {
		w.t.Fatalf("phase %s", got)
	}
	for i, e := range res.Events {
		if e.Record == recordID(n) && e.Released() {
			return res.FirstEvent + uint64(i)
		}
	}
	w.t.Fatal("no event ended the record")
	return 0
}

// TestReversal: the deciding body reverses an end, the record stays where it is, the state
// root binds the reversal, a crash loses nothing; the superior lifts it and reverses anew.
func TestReversal(t *testing.T) {
	w := newCourts(t)
	end := w.exited(1)
	before, plain := w.view().Status(w.record(1)), w.ledger.Head().State
	res := w.block(w.seal(court, true, w.reversal(1, end, nil).Operation()))
	w.want(res, fault.OK)
	if e := res.Events[0]; e.Type != TypeReversed || e.Member != uint32(court) || e.Approver == 0 || e.Paper != *paper(5) || e.Args["event"] != int64(end) || len(e.Cite) != 1 || !e.Commitment.Zero() {
		t.Fatalf("event %+v", e)
	}
	if got := w.view().Status(w.record(1)); got != before || got.InForce {
		t.Fatalf("a reversal has moved the record: %+v, was %+v", got, before)
	}
	list, err := w.view().Reversals()
	_, raw, _ := w.view().Event(end)
	if err != nil || len(list) != 1 || list[0].Event != proof.EventID(raw) || list[0].Index != end || list[0].Member != court || list[0].Height != res.Head.Height {
		t.Fatal(err, list)
	}
	w.reopen() // fails if the roots do not follow from what is stored
	delete(w.state, string(reversalKey(end)))
	if _, err := Open(w.state, w.genesis); err == nil {
		t.Fatal("a reversal can be taken out of the state unseen")
	}
	w.state[string(reversalKey(end))] = wire.Encode(&list[0])
	w.want(w.block(w.seal(court, true, w.reversal(1, end, nil).Operation())), fault.AlreadyReversed)

	lift := (&Reversal{Record: recordID(1), Event: end, Lift: true}).Operation()
	w.want(w.block(w.seal(otherCourt, true, lift)), fault.ForeignRecorder)
	res = w.block(w.seal(higherCourt, false, lift))
	w.want(res, fault.OK)
	if e := res.Events[0]; e.Type != TypeLifted || e.Member != uint32(higherCourt) {
		t.Fatalf("event %+v", e)
	}
	if list, _ := w.view().Reversals(); len(list) != 0 || !w.ledger.reversals.sum.Zero() || plain == w.ledger.Head().State {
		t.Fatal("the reversal is still there")
	}
	w.want(w.block(w.seal(court, false, lift)), fault.NotReversed)
	w.want(w.block(w.seal(higherCourt, true, w.bySuperior(1, end).Operation())), fault.OK)
	w.want(w.block(w.seal(otherCourt, false, lift)), fault.ForeignRecorder)
	w.want(w.block(w.seal(court, false, lift)), fault.OK) // in this network the two review each other
	w.reopen()
	w.checkRoots()
}

func (w *world) record(n uint64) *Record {
	w.t.Helper()
	r, err := w.view().Record(recordID(n))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// bySuperior is a reversal by the higher court, under P-256.
func (w *world) bySuperior(record, event uint64) *Reversal {
	w.t.Helper()
	return w.reversal(record, event, func(o *Reversal) {
		sig, err := p256Key().Sign(nil, w.reversalDigest(o), crypto.SHA256)
		if err != nil {
			w.t.Fatal(err)
		}
		o.Signature = sig
	})
}

// TestEachReversalRefusalHasItsCode.
func TestEachReversalRefusalHasItsCode(t *testing.T) {
	w := newCourts(t)
	end := w.exited(1)
	other := w.exited(2)
	w.active(3)
	today := w.ledger.Head().Moment.Date()
	var listing uint64
	indices, _ := w.view().History(w.record(3))
	listing = indices[0]
	for name, tt := range map[string]struct {
		by     MemberID
		two    bool
		change func(*Reversal)
		want   fault.Code
	}{
		"one operator":        {court, false, nil, fault.ApproverMissing},
		"another recorder":    {otherCourt, true, nil, fault.ForeignRecorder},
		"a contributor":       {contributor, true, nil, fault.RoleNotAllowed},
		"no record":           {court, true, func(o *Reversal) { o.Record = recordID(77) }, fault.UnknownRecord},
		"no event":            {court, true, func(o *Reversal) { o.Event = 1 << 40 }, fault.ReversalTarget},
		"another's end":       {court, true, func(o *Reversal) { o.Event = other }, fault.ReversalTarget},
		"a listing":           {court, true, func(o *Reversal) { o.Record, o.Event = recordID(3), listing }, fault.ReversalTarget},
		"no reasons":          {court, true, func(o *Reversal) { o.Paper = nil }, fault.ReasonsMissing},
		"no article":          {court, true, func(o *Reversal) { o.Article = "" }, fault.ReversalArticle},
		"an unknown article":  {court, true, func(o *Reversal) { o.Article = "fs7-99" }, fault.ReversalArticle},
		"tomorrow":            {court, true, func(o *Reversal) { o.DecidedOn = today + 1 }, fault.ReversalDate},
		"before the end":      {court, true, func(o *Reversal) { o.DecidedOn = today - 30 }, fault.ReversalDate},
		"no key":              {court, true, func(o *Reversal) { o.Key = 9 }, fault.UnknownKey},
		"an operator's key":   {court, true, func(o *Reversal) { o.Key = 1 }, fault.UnknownKey},
		"another's signature": {court, true, func(o *Reversal) { o.Signature = ed25519.Sign(testKey(otherCourt, credentialKey), w.reversalDigest(o)) }, fault.ReversalSignature},
		"another day signed": {court, true, func(o *Reversal) {
			o.DecidedOn--
			d := w.reversalDigest(o)
			o.DecidedOn++
			o.Signature = ed25519.Sign(testKey(court, credentialKey), d)
		}, fault.ReversalSignature},
		"no signature":    {court, true, func(o *Reversal) { o.Signature = []byte{} }, fault.Malformed},
		"lift with a day": {court, true, func(o *Reversal) { o.Lift = true }, fault.Malformed},
		"empty paper":     {court, true, func(o *Reversal) { o.Paper = new(wire.Hash) }, fault.Malformed},
	} {
		if got := codes(w.block(w.seal(tt.by, tt.two, w.reversal(1, end, tt.change).Operation()))); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
	if list, _ := w.view().Reversals(); len(list) != 0 {
		t.Errorf("%d refused reversals were entered", len(list))
	}
	w.checkRoots()
}

// TestNoReversalAfterErasure: once the person is forgotten nobody can be told.
func TestNoReversalAfterErasure(t *testing.T) {
	w := newCourts(t)
	end := w.exited(1)
	w.to(w.ledger.Head().Moment.Date().AddDays(400))
	w.block()
	if got := w.phase(1); got != contract.Erased {
		t.Fatalf("phase %s", got)
	}
	w.want(w.block(w.seal(court, true, w.reversal(1, end, nil).Operation())), fault.NoAccess)
}

// TestReverserVotes: who reverses an end must be among the recorders that decide the very
// block, or no trust file would believe it: a recorder in another's place may from the block
// from which the engine lets it vote, two after the change, and not before.
func TestReverserVotes(t *testing.T) {
	w := newCourts(t)
	w.warm(3)
	end := w.exited(1)
	joiner := w.applicant(7, "c7", Recorder)
	joiner.Keys = append(joiner.Keys, Key{ID: credentialKey, Purpose: Credential, Algorithm: Ed25519, Public: testKey(7, credentialKey).Public().(ed25519.PublicKey)})
	w.want(w.gate(admission(joiner, higherCourt, 0)), fault.OK) // it will review the court's rulings
	reverse := func() *Result {
		return w.block(w.seal(7, true, w.reversal(1, end, func(o *Reversal) {
			o.Signature = ed25519.Sign(testKey(7, credentialKey), w.reversalDigest(o))
		}).Operation()))
	}
	w.want(reverse(), fault.RoleNotAllowed) // it is no recorder yet
	w.wantLogged(w.days(7), "change-made")
	w.wantRecorders(court, otherCourt, 4, 7)
	changed := w.ledger.Head().Height
	for w.ledger.Head().Height < changed+1 {
		w.want(reverse(), fault.RoleNotAllowed) // it is one, and takes no part in this block yet
	}
	w.want(reverse(), fault.OK)
	if list, err := w.view().Reversals(); err != nil || len(list) != 1 || list[0].Member != 7 || list[0].Height != changed+2 {
		t.Fatal(err, list)
	}
	w.checkRoots()
}
