package ledger

import (
	"bytes"
	"math"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
	"github.com/riviera-ledger/riviera/wire/wiretest"
)

type (
	taggedSealed  sealed
	taggedContent Content
	taggedCreate  Create
	taggedRecord  Record
	taggedDuty    Duty
	taggedEvent   proof.Event
)

// TestEnvelopeByHand: envelope, content and creation are read and written as their tags
// say.
func TestEnvelopeByHand(t *testing.T) {
	create := taggedCreate{Record: RecordID{1}, Contract: 24, Event: "migrate", Recorder: 2, Commitment: wire.Hash{3}, CaseTag: new(CaseTag),
		Args: map[string]int64{"grounds": -1, "published_on": 20_000}, Measures: []uint16{1, 300}}
	content := taggedContent{Version: 1, Genesis: make([]byte, 8), Member: 1, Key: 2, Approver: 3, NotAfter: 1000, Calendar: 1,
		Ops: []Operation{{Kind: KindCreate, Data: wire.Encode(create)}, {Kind: 99, Data: []byte{0xf6}}}}
	var full taggedCreate
	wiretest.Fill(&full)
	for _, c := range []taggedCreate{create, full, {Event: "propose", Measures: []uint16{}}} {
		wiretest.Vary(wire.Encode(c), func(b []byte) { wiretest.Agree(t, b, new(Create), new(taggedCreate)) })
	}
	var all taggedContent
	wiretest.Fill(&all)
	for _, c := range []taggedContent{content, all, {Genesis: []byte{}, NotAfter: math.MinInt64, Ops: []Operation{}}} {
		wiretest.Vary(wire.Encode(c), func(b []byte) { wiretest.Agree(t, b, new(Content), new(taggedContent)) })
	}
	seed := wire.Encode(taggedSealed{Content: []byte{1, 2}, Signature: make([]byte, 64), Approval: []byte{}})
	wiretest.Vary(seed, func(b []byte) { wiretest.Agree(t, b, new(sealed), new(taggedSealed)) })
}

func FuzzContentByHand(f *testing.F) {
	f.Add(wire.Encode(taggedContent{Version: 1, Genesis: make([]byte, 8), NotAfter: 1, Ops: []Operation{{Kind: 1, Data: []byte{0xa0}}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		wiretest.Agree(t, b, new(Content), new(taggedContent))
		wiretest.Agree(t, b, new(Create), new(taggedCreate))
	})
}

// TestRecordByHand: records and events are written as their tags say; those that a random
// history brings forth TestReplicasAgree compares.
func TestRecordByHand(t *testing.T) {
	var full Record
	wiretest.Fill(&full)
	for _, r := range []Record{
		{}, full,
		{Contract: 1, Recorder: 2, Proposer: 300, CaseTag: new(CaseTag), Measures: []uint16{9}, Created: -1, Access: []byte{1}, Filings: 7,
			Duty:   Duty{Ordered: 5, Stop: 6, Told: []Told{{Measure: 1, Executor: 2, State: Running, Acked: 3, At: 4}}},
			Beside: []Sidecar{{Contract: 4, Instance: contract.Instance{}}}, Seq: 99},
		{Duty: Duty{Told: []Told{}}},
	} {
		checkWritten(t, &r)
	}
	var all proof.Event
	wiretest.Fill(&all)
	for _, e := range []proof.Event{{}, all, {Type: "x", Record: [16]byte{1}, Contract: 1, Name: "n", Transition: "t", To: "o", Phase: 4, Effective: -1, Recorded: 1,
		Member: 2, Key: 3, Approver: 4, Commitment: wire.Hash{5}, Effects: 6, Cite: []string{"a", "b"}, Height: 7, Args: map[string]int64{"long": 1, "b": -2},
		Paper: wire.Hash{8}, Barred: -9, Document: wire.Hash{10}, Own: 11}} {
		checkEventWritten(t, &e)
	}
}

func checkWritten(t fataller, r *Record) {
	if got, want := wire.Encode(r), wire.Encode((*taggedRecord)(r)); !bytes.Equal(got, want) {
		t.Fatalf("record written as %x, its tags say %x", got, want)
	}
	if got, want := wire.Encode(&r.Duty), wire.Encode((*taggedDuty)(&r.Duty)); !bytes.Equal(got, want) {
		t.Fatalf("duty written as %x, its tags say %x", got, want)
	}
}

func checkEventWritten(t fataller, e *proof.Event) {
	if got, want := e.Encode(), wire.Encode((*taggedEvent)(e)); !bytes.Equal(got, want) {
		t.Fatalf("event written as %x, its tags say %x", got, want)
	}
}
