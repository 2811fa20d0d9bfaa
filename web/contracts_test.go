package web

import (
	"context"
	"encoding/hex"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
)

// inForceDoc is the first document of the program, number 1 of the fake; proposedDoc is its
// second version with another draft life.
func inForceDoc() client.ContractDocument {
	d := law.Contracts()[0]
	hash := contract.HashOf(d.Source)
	return client.ContractDocument{Contract: client.Contract{Number: 1, ID: "cn.abnormal-operation", Version: 1, Kind: "abnormal-operation",
		TitleZH: "经营异常名录", TitleEN: "List of abnormal operation", Hash: hex.EncodeToString(hash[:]), Current: true, Live: 12345}, Source: string(d.Source)}
}

func proposedDoc() client.ProposalDocument {
	d := inForceDoc()
	source := strings.Replace(strings.Replace(d.Source, "\nversion: 1\n", "\nversion: 2\n", 1), "en: Life of a proposal, value: 30", "en: Life of a proposal <b>, value: 20", 1)
	hash := contract.HashOf([]byte(source))
	return client.ProposalDocument{Source: source, Proposal: client.Proposal{Hash: hex.EncodeToString(hash[:]), ID: d.ID, Version: 2, Kind: d.Kind,
		TitleZH: d.TitleZH, TitleEN: d.TitleEN, Replaces: 1, Member: 1, Key: 1, Approver: 2, Proposed: "2026-11-20T10:00:00+08:00",
		Lapses: "2027-02-18T00:00:00+08:00", Ballots: []client.Ballot{{Member: 1, Approve: true, At: "2026-11-20T10:00:00+08:00", Paper: strings.Repeat("ab", 32)},
			{Member: 2, At: "2026-11-21T10:00:00+08:00"}}, Recorders: 4, Approvals: 1, Rejections: 1, Constituencies: 4, Approving: 1}}
}

func (f *fake) Contracts(context.Context) (client.Contracts, error) {
	old := inForceDoc().Contract
	old.Number, old.Current, old.Live = 2, false, 3
	return client.Contracts{Clock: f.clock(), Contracts: []client.Contract{inForceDoc().Contract, old}, MaxVersions: 8}, f.err
}

func (f *fake) Contract(_ context.Context, number uint32) (client.ContractDocument, error) {
	if number != 1 {
		return client.ContractDocument{}, fault.New(fault.NotFound, "contract")
	}
	return inForceDoc(), f.err
}

func (f *fake) Proposals(context.Context) (client.Proposals, error) {
	adopted := proposedDoc().Proposal
	adopted.Adopted, adopted.Active = "2026-11-21T10:00:00+08:00", "2026-11-29T00:00:00+08:00"
	return client.Proposals{Clock: f.clock(), Proposals: []client.Proposal{proposedDoc().Proposal, adopted}}, f.err
}

func (f *fake) Proposal(_ context.Context, hash string) (client.ProposalDocument, error) {
	if d := proposedDoc(); d.Hash == hash {
		return d, f.err
	}
	return client.ProposalDocument{}, fault.New(fault.UnknownProposal, "contract")
}

// TestContractPages: the law in force and on its way, in both languages, with its picture,
// its numbers and its text; what a recorder writes into a document is text and nothing else.
func TestContractPages(t *testing.T) {
	site := New(&fake{}, Options{})
	proposal := "/proposals/" + proposedDoc().Hash
	for _, tt := range []struct {
		path   string
		status int
		zh, en string
	}{
		{"/contracts", 200, "经营异常名录（第2版）", "12,345"},
		{"/contracts/1", 200, "提请有效期", "In force; new records come under it."},
		{"/contracts/9", 404, "", ""},
		{"/contracts/one", 404, "", ""},
		{proposal, 200, "赞成1，反对1，记账人共4", "draft_days · value"},
		{proposal, 200, "将有哪些变化", "Life of a proposal &lt;b&gt;"},
		{"/proposals/00", 404, "", ""},
	} {
		for lang, want := range map[string]string{zh: tt.zh, en: tt.en} {
			w := get(site, tt.path+"?lang="+lang)
			if w.Code != tt.status {
				t.Fatalf("%s: %d", tt.path, w.Code)
			}
			checkPage(t, w)
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s in %s: no %q", tt.path, lang, want)
			}
		}
	}
	for _, path := range []string{"/contracts/1/chart.svg?lang=en", proposal + "/chart.svg?lang=zh-CN"} {
		w := get(site, path)
		if w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" || !strings.Contains(w.Body.String(), "</svg>") {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "script") {
			t.Errorf("%s: %s", path, csp)
		}
		if strings.Contains(w.Body.String(), "<b>") {
			t.Errorf("%s: markup of a document's author", path)
		}
	}
	silent := New(&fake{err: fault.New(fault.NotReady, "")}, Options{})
	for _, path := range []string{"/contracts", "/contracts/1", proposal, "/contracts/1/chart.svg"} {
		var w *httptest.ResponseRecorder = get(silent, path)
		if w.Code != 503 {
			t.Errorf("%s of a silent node: %d", path, w.Code)
		}
	}
}
