package node

import (
	"crypto"
	"slices"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// TestTrustHoldsReversals: a reversal that the ledger has taken stands in every trust file
// from then on, and the verifier takes the file, also once the court's key has ended; a
// lifted one is gone.
func TestTrustHoldsReversals(t *testing.T) {
	d := newPlain(t)
	at := time.Now().Add(time.Minute)
	record := ledger.RecordID{7}
	today := d.view().Config.Clock.Moment(d.view().Config.GenesisTime, at.UnixNano()).Date()
	number, _ := d.view().Config.ContractOf(credit.JudgmentDefaulter)
	grounds, err := credit.NewGrounds(1)
	if err != nil {
		t.Fatal(err)
	}
	d.block(at, court, (&ledger.Create{Record: record, Contract: number, Event: clerk.Migrate, Recorder: 1, Commitment: wire.Hash{9}, CaseTag: &ledger.CaseTag{1},
		Args: map[string]int64{"grounds": int64(grounds), "published_on": int64(today), "decided_on": int64(today - 1)}, Measures: []uint16{1}}).Operation())
	d.block(at.Add(time.Second), court, (&ledger.Act{Record: record, Event: "performed"}).Operation())
	end := d.endedAt(at.Add(2 * time.Second))
	reversed := d.reversal(province, record, end)
	height := d.block(at.Add(3*time.Second), province, reversed).Head.Height

	trust := d.trust()
	if len(trust.Reversals) != 1 || trust.Reversals[0].Height != height || trust.Reversals[0].Member != 2 {
		t.Fatalf("%+v", trust.Reversals)
	}
	_, raw, err := d.view().Event(end)
	if err != nil || trust.Reversals[0].Certificate != verify.CredentialID(raw) {
		t.Fatalf("%+v (%v)", trust.Reversals, err)
	}
	shown := &client.End{Index: end}
	if err := showReversal(d.view(), shown); err != nil || shown.Reversed == nil || shown.Reversed.Member != 2 {
		t.Fatalf("%+v (%v)", shown.Reversed, err)
	}
	d.block(at.Add(4*time.Second), province, (&ledger.KeyChange{Retire: []ledger.End{{Key: KeyIDs[CredentialKey]}}}).Operation())
	d.block(at.Add(5*time.Second), court)
	if got := d.trust().Reversals; len(got) != 1 {
		t.Fatalf("after the key's end: %+v", got)
	}
	d.block(at.Add(6*time.Second), province, (&ledger.Reversal{Record: record, Event: end, Lift: true}).Operation())
	if got := d.trust().Reversals; len(got) != 0 {
		t.Fatalf("lifted: %+v", got)
	}
}

// endedAt runs the next block and finds the event of the record's end in it.
func (d *plain) endedAt(at time.Time) uint64 {
	d.t.Helper()
	r := d.block(at, court)
	for i, e := range r.Events {
		if ended(e) {
			return r.FirstEvent + uint64(i)
		}
	}
	d.t.Fatal("no record has ended")
	return 0
}

func (d *plain) reversal(by int, record ledger.RecordID, end uint64) ledger.Operation {
	d.t.Helper()
	key, err := d.homes[by].Person(CredentialKey)
	if err != nil {
		d.t.Fatal(err)
	}
	_, raw, err := d.view().Event(end)
	if err != nil {
		d.t.Fatal(err)
	}
	o := &ledger.Reversal{Record: record, Event: end, DecidedOn: d.view().Moment.Date(), Article: "fs7-10-1", Paper: &wire.Hash{3}, Key: key.Key}
	digest := proof.ReversalDigest(d.homes[by].Genesis.Hash(), proof.EventID(raw), o.DecidedOn)
	if o.Signature, err = key.Signer.Sign(nil, digest[:], crypto.Hash(0)); err != nil {
		d.t.Fatal(err)
	}
	return o.Operation()
}

// trust is the trust file as whoever gets it reads it.
func (d *plain) trust() *verify.Trust {
	d.t.Helper()
	b, err := trustFile(d.view(), d.homes[court].Genesis)
	if err != nil {
		d.t.Fatal(err)
	}
	t, err := verify.ParseTrust(b)
	if err != nil {
		d.t.Fatal(err)
	}
	return t
}

// TestParallelKeyIsTakenUp: an SM2 key that is registered while the node runs is taken up,
// stands in the trust file with its heights, and is found among several files; where it is
// not here, documents go out without.
func TestParallelKeyIsTakenUp(t *testing.T) {
	d := newPlain(t)
	h := d.homes[court]
	i := &issuer{home: h}
	found := func() (crypto.Signer, *verify.Trust) {
		v := d.view()
		return i.parallelOf(v.Config.Member(h.Member.ID), v.Height), d.trust()
	}
	at := time.Now().Add(time.Minute)
	d.block(at, court)
	if s, trust := found(); s != nil || len(trust.Keys) != 2*nodesCount {
		t.Fatalf("%v, %d keys", s, len(trust.Keys))
	}
	for n, name := range []string{ParallelKey, ParallelKey + "-2"} {
		signer, err := h.NewKeyOf(name, ledger.SM2)
		if err != nil {
			t.Fatal(err)
		}
		_, public, err := ledger.AlgorithmOf(signer.Public())
		if err != nil {
			t.Fatal(err)
		}
		change := ledger.KeyChange{Add: []ledger.Key{{ID: FirstParallel + ledger.KeyID(n), Purpose: ledger.Parallel, Algorithm: ledger.SM2, Public: public}}}
		if n > 0 {
			change.Retire = []ledger.End{{Key: FirstParallel}}
		}
		d.block(at.Add(time.Duration(n+1)*time.Second), court, change.Operation())
		s, trust := found()
		if s == nil || len(trust.Keys) != 2*nodesCount+1+n {
			t.Fatalf("key %d: %v, %d keys", n, s, len(trust.Keys))
		}
		if _, got, err := ledger.AlgorithmOf(s.Public()); err != nil || !slices.Equal(got, public) {
			t.Fatalf("key %d: another one (%v)", n, err)
		}
	}
	elsewhere := &issuer{home: d.homes[province]}
	v := d.view()
	if s := elsewhere.parallelOf(v.Config.Member(h.Member.ID), v.Height); s != nil {
		t.Error("a key that is not here")
	}
}
