package clerk

import (
	"bytes"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// noticed has the court serve a notice of a proposal with an access code, in one envelope.
func noticed(t *testing.T, n *chain) (ledger.RecordID, credit.AccessCode) {
	t.Helper()
	draft := create(t, n.clerk(bureau), Propose, body(t, 1))[0]
	if err := send(t, n.clerk(bureau), draft).First(); err != nil {
		t.Fatal(err)
	}
	c := n.clerk(court)
	code, err := c.NewAccessCode()
	if err != nil {
		t.Fatal(err)
	}
	notice, err := c.Act(t.Context(), ActSpec{Record: draft.Record, Event: Notice, Args: contract.Args{"served": 1}})
	if err != nil {
		t.Fatal(err)
	}
	before := n.sent
	if err := send(t, c, notice, c.Access(draft.Record, code.PublicKey(), false)).First(); err != nil {
		t.Fatal(err)
	}
	if n.sent != before+1 || n.seen[len(n.seen)-1].Approver != 0 {
		t.Fatal("the notice and its code are one envelope of one operator")
	}
	return draft.Record, code
}

// listed lists a noticed record.
func listed(t *testing.T, n *chain, id ledger.RecordID) {
	t.Helper()
	n.pass(30)
	e, err := n.clerk(court).Act(t.Context(), ActSpec{Record: id, Event: List, Args: contract.Args{"exclusions_checked": 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t, n.clerk(court), e).First(); err != nil {
		t.Fatal(err)
	}
}

func claim(n *chain, id ledger.RecordID, code credit.AccessCode, serial uint32, text string) (ledger.Filing, *credit.Paper) {
	f := ledger.Filing{Record: id, Event: "claim", Serial: serial}
	var paper *credit.Paper
	if text != "" {
		paper = &credit.Paper{Record: id, Salt: [32]byte{1}, Kind: credit.Evidence, Text: text}
		h := paper.Commitment()
		f.Paper = &h
	}
	f.Sign(n.genesis.Hash(), code.SigningKey())
	return f, paper
}

func TestCarry(t *testing.T) {
	n := newChain(t)
	id, code := noticed(t, n)
	listed(t, n, id)
	f, paper := claim(n, id, code, 0, "已于三月一日付清")
	if _, err := n.clerk(bureau).Carry(t.Context(), f, nil); !fault.Is(err, fault.CommitmentMismatch) {
		t.Errorf("without its paper: %v", err)
	}
	other := *paper
	other.Text = "something else"
	if _, err := n.clerk(bureau).Carry(t.Context(), f, &other); !fault.Is(err, fault.CommitmentMismatch) {
		t.Errorf("with another paper: %v", err)
	}
	out, err := n.clerk(bureau).Carry(t.Context(), f, paper)
	if err != nil || out.First() != nil {
		t.Fatal(err, out.First())
	}
	if got := n.papers[len(n.papers)-1]; !bytes.Equal(got, paper.Encode()) {
		t.Error("the paper did not go beside the envelope")
	}
	if bytes.Contains(n.seen[len(n.seen)-1].Raw, []byte(paper.Text)) {
		t.Error("the paper is in the envelope")
	}
	if out, err = n.clerk(bureau).Carry(t.Context(), f, paper); err != nil || out.Codes[0] != fault.FilingSerial {
		t.Errorf("carried twice: %v %v", out, err)
	}
}

func TestRefusalWithReasons(t *testing.T) {
	n := newChain(t)
	id, code := noticed(t, n)
	listed(t, n, id)
	f, _ := claim(n, id, code, 0, "")
	if out, err := n.clerk(bureau).Carry(t.Context(), f, nil); err != nil || out.First() != nil {
		t.Fatal(err)
	}
	c := n.clerk(court)
	if _, err := c.Act(t.Context(), ActSpec{Record: id, Event: "claim_refused"}); !fault.Is(err, fault.ReasonsMissing) {
		t.Errorf("without reasons: %v", err)
	}
	if _, err := c.Act(t.Context(), ActSpec{Record: id, Event: "claim_refused", Reasons: &credit.Paper{}}); !fault.Is(err, fault.FieldMissing) {
		t.Errorf("with an empty paper: %v", err)
	}
	var entries []Entry
	for range 2 {
		e, err := c.Act(t.Context(), ActSpec{Record: id, Event: "claim_refused", Reasons: &credit.Paper{Text: "款项未到账"}})
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	first, err := credit.DecodePaper(entries[0].Paper)
	if err != nil {
		t.Fatal(err)
	}
	second, err := credit.DecodePaper(entries[1].Paper)
	if err != nil {
		t.Fatal(err)
	}
	if first.Salt == second.Salt || first.Commitment() == second.Commitment() {
		t.Error("the same words have the same commitment: they could be guessed")
	}
	if first.Record != id || first.Kind != credit.Reasons || first.Author != uint32(court) {
		t.Errorf("paper of %x, %s, by %d", first.Record, first.Kind, first.Author)
	}
	if err := send(t, c, entries[0]).First(); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(n.seen[len(n.seen)-1].Raw, []byte("款项未到账")) {
		t.Error("the reasons are in the envelope")
	}
}

func TestCodeIsReplaced(t *testing.T) {
	n := newChain(t)
	id, old := noticed(t, n)
	listed(t, n, id)
	c := n.clerk(court)
	code, err := c.NewAccessCode()
	if err != nil || code == old {
		t.Fatal("no code of its own", err)
	}
	if got := send(t, c, c.Access(id, code.PublicKey(), false)).Codes[0]; got != fault.ApproverMissing {
		t.Errorf("by one person: %s", got)
	}
	if err := send(t, c, c.Access(id, code.PublicKey(), true)).First(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		code credit.AccessCode
		want fault.Code
	}{{old, fault.FilingSignature}, {code, fault.OK}} {
		f, _ := claim(n, id, tt.code, 0, "")
		out, err := n.clerk(bureau).Carry(t.Context(), f, nil)
		if err != nil || out.Codes[0] != tt.want {
			t.Errorf("%v %v, want %s", out, err, tt.want)
		}
	}
}
