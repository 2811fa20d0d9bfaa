package web

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

const (
	recordID   = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	orgCode    = "91110000600037341L"
	personCode = "11010519491231002X"
)

var at = time.Date(2026, 11, 22, 8, 0, 5, 0, time.UTC)

// fake is a node with a few records. An err has everything but the state fail.
type fake struct {
	err      error
	silent   bool // it does not even tell its state
	training string
	waiting  bool
	erased   bool // its record has come to its end
	asked    client.StandingRequest
	filed    client.Filing
}

func (f *fake) clock() client.Clock {
	return client.Clock{
		Height: 18427, BlockTime: at, LedgerTime: "2026-11-22T16:00:05+08:00", LedgerDate: "2026-11-22",
		Expires: at.Add(24 * time.Hour), Training: f.training,
	}
}

func (f *fake) Status(context.Context) (client.Status, error) {
	if f.silent {
		return client.Status{}, fault.New(fault.NotReady, "")
	}
	s := client.Status{
		Clock: f.clock(), Network: "riviera-demo", GenesisHash: strings.Repeat("ab", 32), AppHash: "7f3a91c2d4e5f60718293a4b5c6d7e8f", LogSize: 412907, Records: 100000,
		MemberZH: "滨海市中级人民法院", MemberEN: "Binhai Intermediate People's Court", Ready: !f.waiting, Version: "0.1.0",
		Phases: []client.Count{{Phase: "noticed", Count: 1204}, {Phase: "active", Count: 71530}, {Phase: "exit-due", Count: 312}, {Phase: "exited", Count: 26914}, {Phase: "erased", Count: 40}},
	}
	for i := range 48 {
		events := (i * 37 % 23) * (i * 11 % 7)
		s.Blocks = append(s.Blocks, client.Block{Height: 18427 - int64(i), Time: at.Add(-time.Duration(i) * 900 * time.Millisecond), Envelopes: events / 20, Events: events})
	}
	return s, nil
}

func (f *fake) Governance(context.Context) (client.Governance, error) {
	due := time.Date(2026, 11, 30, 1, 2, 3, 0, time.UTC)
	return client.Governance{Clock: f.clock(), Change: &client.GovernedChange{Join: 1, Leave: 2, Due: due, Stayed: true},
		Takeover: &client.GovernedTakeover{Member: 1, Due: due}, Officers: []client.OfficersVote{{Passed: true, Due: due}},
		Leaving: []client.Leaving{{Member: 1, Day: "2026-12-31"}}, Upgrades: client.Upgrades{Rules: 1, Since: 1, Known: 1, Final: 900, Next: &client.RulesFrom{Rules: 2, Height: 20000},
			Votes: []client.UpgradeVote{{Rules: 3, Height: 30000, Passed: true, Due: due}, {Height: 30000, Passed: true, Due: due}}},
		Stop: client.EmergencyStop{Active: true, Until: due}}, nil
}

func (f *fake) Members(context.Context) (client.Members, error) {
	return client.Members{Clock: f.clock(), Members: []client.Member{
		{ID: 1, NameZH: "滨海市社会信用管理局", NameEN: "Binhai Credit Authority", Code: "11120000000124005E", Roles: []string{"authority"}, Constituency: "government"},
		{ID: 2, NameZH: "滨海市中级人民法院", NameEN: "Binhai Intermediate People's Court", Code: "11120000000115360B", Roles: []string{"recorder"}, Constituency: "courts"},
		{ID: 3, NameZH: "滨海市市场监督管理局", NameEN: "Binhai Market Regulation", Code: "11120000MB1600341T", Roles: []string{"recorder"}, Constituency: "regulators"},
		{ID: 4, NameZH: "滨海市税务局", NameEN: "Binhai Tax Service", Code: "11120000000124160X", Roles: []string{"recorder"}, Constituency: "regulators"},
		{ID: 5, NameZH: "海河商业银行", NameEN: "Haihe Commercial Bank", Code: "91120000103069684A", Roles: []string{"contributor", "querier"}, Suspended: true},
	}}, f.err
}

func (f *fake) Standing(_ context.Context, q client.StandingRequest) (client.StandingAnswer, error) {
	f.asked = q
	a := client.StandingAnswer{Clock: f.clock(), Answer: client.Clear}
	switch q.Name {
	case "海河建设工程有限公司":
		a.Answer = client.Listed
		a.Records = []client.ListedRecord{{
			ID: recordID, Kind: "judgment-defaulter", KindZH: "失信被执行人", KindEN: "Judgment defaulter",
			RecorderZH: "滨海市中级人民法院", RecorderEN: "Binhai Intermediate People's Court", Since: "2024-12-06", AutoExit: "2026-12-11",
			Measures: []string{"I-03", "II-07", "III-01"}, Annotations: []string{"2026-11-20"},
		}}
	case "已退出公司": // a backend that says too much
		a.Note, a.Records = "released last week", []client.ListedRecord{{ID: recordID, KindZH: "失信被执行人"}}
	}
	return a, f.err
}

func (f *fake) Record(_ context.Context, id string) (client.Record, error) {
	if id != recordID {
		return client.Record{}, fault.New(fault.UnknownRecord, "id")
	}
	phase := "active"
	if f.erased {
		phase = "erased"
	}
	return client.Record{
		Clock: f.clock(), ID: id, Kind: "judgment-defaulter", Contract: "judgment-defaulter/1", Phase: phase, State: "active", InForce: true,
		Recorder: 2, Proposer: 5, Created: "2024-12-01T09:12:44+08:00", Commitment: "c0ffee5a69788796a5b4c3d2e1f0aa11",
		Body: map[string]string{"subject_name": "海河建设工程有限公司"}, // must never reach a page
		History: []client.Change{
			{Index: 11, Type: "created", Event: "propose", Phase: "draft", Recorded: "2024-12-01T09:12:44+08:00", Member: 5, Height: 12},
			{Index: 40, Type: "moved", Event: "notice", Phase: "noticed", Recorded: "2024-12-02T10:00:00+08:00", Member: 2, Height: 31},
			{Index: 77, Type: "moved", Event: "list", TitleZH: "列入失信名单", TitleEN: "Listed by decision", Phase: "active", Recorded: "2024-12-06T15:30:00+08:00", Effective: "2024-12-06T00:00:00+08:00", Member: 2, Height: 55},
			{Index: 90, Type: "moved", Transition: "a-new-word", Recorded: "2025-01-06T15:30:00+08:00", Member: 9, Height: 58},
		},
	}, f.err
}

// mineCode opens the record of the fake.
const mineCode = "0MN4-YX4S-QVHG-GBAJ-EYEC-3SGB-61FE"

func (f *fake) SubjectView(ctx context.Context, a client.SubjectAccess) (client.SubjectView, error) {
	if _, err := credit.ParseAccessCode(a.Code); err != nil {
		return client.SubjectView{}, err
	}
	if a.Record != recordID || a.Code != mineCode {
		return client.SubjectView{}, fault.New(fault.AccessRefused, "")
	}
	r, _ := f.Record(ctx, recordID)
	r.Body = &credit.Body{SubjectName: "海河建设工程有限公司", SubjectCode: orgCode, CaseNo: "（2024）津01执9号", Amount: 1234567, Measures: []string{"I-03"}, Facts: "支付货款"}
	x, _ := f.Explain(ctx, recordID)
	return client.SubjectView{Clock: f.clock(), Record: r, Shown: true, Marked: true, Explain: x, Holds: true, Serial: 1,
		Filings: []client.SubjectFiling{{Change: client.Change{Event: "object", TitleZH: "申请纠正", TitleEN: "object", Recorded: "2026-11-20T16:00:05+08:00"}, Carrier: 5, Paper: "ab"}},
		May: []client.SubjectEvent{{Event: "claim", TitleZH: "声明已履行", TitleEN: "claim performance", Open: true, Args: []contract.ArgSpec{
			{Name: "fact_on", Type: contract.Date, Title: text("履行日期", "day of performance")}, {Name: "all", Type: contract.Bool, Title: text("全部", "all of it")}}},
			{Event: "object", TitleZH: "申请纠正", TitleEN: "object"}},
		Papers: []client.SubjectPaper{{Commitment: "ab", Here: true, Kind: "evidence", Text: "已履行，见附件。", Files: []client.PaperFile{{Name: "凭证.pdf", Size: 5000}}},
			{Commitment: "cd", Event: client.Change{TitleZH: "答复", TitleEN: "answer"}, Audience: []uint32{2, 5}}},
		Queries: []client.QueriesOfNode{{Member: 2, Answered: true, More: true, Queries: []client.Query{
			{Time: at.Unix(), By: "querier", Name: "某银行", Member: 2, Purpose: "授信", Listed: true, Anchored: "yes"}, {Time: at.Unix(), By: "public", Anchored: "open"},
			{Time: at.Unix(), By: "own", Anchored: "missing"}, {Time: at.Unix(), By: "subject", Anchored: "broken"}}}, {Member: 3, Answered: true}, {Member: 4}}}, f.err
}

func (f *fake) SubjectSeal(_ context.Context, q client.SealRequest) (client.Sealed, error) {
	if q.Code != mineCode {
		return client.Sealed{}, fault.New(fault.AccessRefused, "")
	}
	return client.Sealed{Until: "2036-11-20", Kept: []uint32{1}, Away: []uint32{2}}, f.err
}

func (f *fake) SubjectSealed(_ context.Context, q client.SealedRequest) (client.SealedCopy, error) {
	code, err := credit.ParseAccessCode(mineCode)
	if locator := code.CopyLocator(); err != nil || string(locator[:]) != string(q.Locator) {
		return client.SealedCopy{}, fault.New(fault.NoSealedCopy, "")
	}
	sealed, err := certificate.SealCopy([]byte(`{"own":"copy"}`), code.SealKey().PublicKey())
	return client.SealedCopy{Sealed: sealed}, err
}

func (f *fake) SubjectPaper(_ context.Context, q client.PaperRequest) (client.SubjectPaper, error) {
	if q.Ticket == nil || len(q.Ticket.Signature) != 64 {
		return client.SubjectPaper{}, fault.New(fault.AccessRefused, "")
	}
	return client.SubjectPaper{Files: []client.PaperFile{{Name: "凭证.pdf", Media: "application/pdf", Data: []byte("%PDF-")}}}, f.err
}

func (f *fake) SubjectFile(_ context.Context, o client.Filing) (json.RawMessage, error) {
	f.filed = o
	if o.Code != mineCode {
		return nil, fault.New(fault.AccessRefused, "")
	}
	return json.RawMessage(`{"version":1,"event":"claim","serial":1,"received":"2026-11-22T08:00:05Z","height":18428,"member":2,"name_zh":"滨海市中级人民法院","name_en":"Binhai Intermediate People's Court"}`), f.err
}

func text(zh, en string) contract.Text { return contract.Text{ZH: zh, EN: en} }

var articles = []contract.Article{{Key: "art10", Text: text("法释〔2017〕7号 第十条第一款", "Fa Shi [2017] 7, art. 10 ¶1")}}

func (f *fake) Explain(context.Context, string) (contract.Explanation, error) {
	deciding := contract.Sender{Event: "performed", Title: text("认定履行完毕", "attest performance in full"), By: []string{"deciding", "superior"}}
	return contract.Explanation{
		Title: text("失信被执行人", "Judgment defaulter"), StateTitle: text("已列入名单", "Listed"),
		Status:   contract.Status{Phase: contract.Active, State: "active", InForce: true},
		Beside:   []contract.Beside{{Region: "objection", Title: text("异议", "Objection"), State: text("已受理，待决定", "Accepted, decision pending"), Hides: true}},
		Released: credit.NewDate(2026, 12, 11),
		Ways: []contract.Way{
			{
				Transition: "performed", How: contract.ByCondition, Title: text("履行完毕即删除", "Removed once performed"), ToTitle: text("三个工作日内删除", "Removed within three working days"),
				Conditions: []contract.Tick{
					{Name: "performed", Title: text("义务已全部履行或者强制执行完毕", "the obligation is performed in full or enforced"), Known: true, Senders: []contract.Sender{deciding}},
					{Name: "grounds", Title: text("列入情形仅为第一项", "ground ① is the only one"), Known: true, Met: true},
					{Name: "elapsed", Title: text("已满最短公示期", "the shortest term has passed"), Known: true, Gap: 12, Unit: "days"},
					{Name: "later", Title: text("届时没有新的失信情形", "no new ground at that time"), Absent: true},
				},
				Cite: articles,
			},
			{Transition: "term", How: contract.ByDate, Open: true, Title: text("期限届满", "End of the term"), ToTitle: text("退出", "Released"), Due: credit.NewDate(2026, 12, 11), Cite: articles},
			{Transition: "annul", How: contract.ByEvent, Title: text("撤销列入", "Annulment"), ToTitle: text("自始无效", "Void from the start"), Sender: &deciding, Cite: articles},
		},
		Automatic: []contract.Forecast{
			{Title: text("每十二个月须确认仍未履行", "Not re-affirmed within twelve months"), ToTitle: text("隐藏，措施暂停", "Hidden, measures paused"), InForce: true, On: credit.NewDate(2026, 12, 6), Cite: articles},
			{Title: text("期限届满", "End of the term"), ToTitle: text("退出", "Released"), On: credit.NewDate(2026, 12, 11), Cite: articles},
		},
	}, f.err
}

func (f *fake) Erasure(_ context.Context, id string) (client.Erasure, error) {
	return client.Erasure{Clock: f.clock(), Record: id, State: client.Erased, Confirmed: 1, Of: 2, Receipts: []client.ErasureReceipt{
		{Member: 3, NameZH: "滨海市市场监督管理局", NameEN: "Binhai Market Regulation", State: "confirmed", Watermark: 71530, At: "2026-11-02T01:00:00+08:00"},
		{Member: 5, NameZH: "海河商业银行", NameEN: "Haihe Commercial Bank", State: "late", LateSince: "2026-11-02T02:00:00+08:00"},
	}}, f.err
}

func (f *fake) Erasures(context.Context) (client.ErasureReport, error) {
	days := func(state string) []client.ErasureDay {
		return []client.ErasureDay{{Date: "2026-11-01", State: "confirmed", Floored: client.Floor(1204, 5)}, {Date: "2026-11-02", State: state, Floored: client.Floor(4, 5)}}
	}
	return client.ErasureReport{Clock: f.clock(), Floor: 5, Institutions: []client.ErasureOfMember{
		{Member: 3, NameZH: "滨海市市场监督管理局", NameEN: "Binhai Market Regulation", Watermark: 71530, At: "2026-11-03T01:00:00+08:00", Days: days("confirmed")},
		{Member: 5, NameZH: "海河商业银行", NameEN: "Haihe Commercial Bank", Watermark: 60100, At: "2026-11-02T00:00:00+08:00", LateSince: "2026-11-03T02:00:00+08:00", Days: days("late")},
		{Member: 6, NameZH: "新机构", NameEN: "New institution"},
	}, Holds: []client.HeldOfInstitution{{Member: 1, NameZH: "滨海市中级人民法院", NameEN: "Binhai Court", Kind: "judgment-defaulter", KindZH: "失信被执行人", KindEN: "judgment defaulters", Floored: client.Floor(3, 5)}}}, f.err
}

func (f *fake) Overdue(context.Context) (client.OverdueReport, error) {
	return client.OverdueReport{Clock: f.clock(), Institutions: []client.Overdue{
		{Member: 3, NameZH: "滨海市市场监督管理局", NameEN: "Binhai Market Regulation", Measure: "I-02", MeasureZH: "限制参与工程招标投标", MeasureEN: "exclusion from tendering", Orders: 71530, Acked: 70000, Stopping: 12, Stopped: 26914},
		{Member: 3, NameZH: "滨海市市场监督管理局", NameEN: "Binhai Market Regulation", Measure: "II-04", MeasureZH: "纳入重点监管范围", MeasureEN: "focused supervision", Orders: 300},
		{Member: 5, NameZH: "海河商业银行", NameEN: "Haihe Commercial Bank", Measure: "I-01", MeasureZH: "限制参与政府采购", MeasureEN: "exclusion from procurement", Stopping: 9, LateAcks: 2, LateStops: 7, Oldest: "2026-11-02T00:00:00+08:00"},
	}}, f.err
}

func (f *fake) SubjectDocument(ctx context.Context, q client.SubjectDocument) ([]byte, error) {
	if _, err := f.SubjectView(ctx, client.SubjectAccess{Record: q.Record, Code: mineCode}); err != nil {
		return nil, err
	}
	b, err := json.Marshal(q.DocumentRequest)
	return append([]byte("%PDF-1.7 "), b...), err
}

func (f *fake) SubjectCopy(context.Context, client.SubjectDocument) (json.RawMessage, error) {
	return json.RawMessage(`{"own":"copy"}`), nil
}
