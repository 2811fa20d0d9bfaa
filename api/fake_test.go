package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

const (
	recordID   = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	orgCode    = "91110000600037341L"
	personCode = "11010519491231002X"
	token      = "operator-token-of-the-test"
)

// fake is a node with one listed organisation. Set err to have everything fail.
type fake struct {
	err    error
	hang   bool
	block  time.Duration // until the next block
	by     Caller
	asked  client.StandingRequest
	submit client.Submission
	access client.SubjectAccess
	filed  client.Filing
	read   []string
	page   [2]uint64
	lang   string
	height int64
}

var at = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func (f *fake) clock() client.Clock {
	return client.Clock{Height: f.height, BlockTime: at, LedgerTime: "2026-11-22T16:00:00+08:00", LedgerDate: "2026-11-22", Expires: at.Add(24 * time.Hour)}
}

func (f *fake) Status(context.Context) (client.Status, error) {
	return client.Status{Clock: f.clock(), Network: "test", Ready: true}, f.err
}

func (f *fake) Standing(ctx context.Context, by Caller, q client.StandingRequest) (client.StandingAnswer, error) {
	if f.hang {
		<-ctx.Done()
		return client.StandingAnswer{}, ctx.Err()
	}
	f.by, f.asked = by, q
	a := client.StandingAnswer{Clock: f.clock(), Answer: client.Clear}
	switch q.Name {
	case "在列公司":
		a.Answer = client.Listed
		a.Records = []client.ListedRecord{{ID: recordID, Kind: "judgment-defaulter", Measures: []string{"I-01"}}}
		if q.Proof {
			a.Proof = []byte(`{"version":1}`)
		}
	case "已退出公司": // a backend that says too much
		a.Note, a.Records, a.Proof = "released last week", []client.ListedRecord{{ID: recordID}}, []byte(`{"version":1}`)
	case "未知公司":
		a.Answer = "?"
	}
	return a, f.err
}

func (f *fake) Record(_ context.Context, by Caller, id string) (client.Record, error) {
	f.by = by
	if id != recordID {
		return client.Record{}, fault.New(fault.UnknownRecord, "id")
	}
	return client.Record{Clock: f.clock(), ID: id, Phase: "active", Body: map[string]string{"subject_name": "在列公司"}}, f.err
}

func (f *fake) Explain(context.Context, string) (contract.Explanation, error) {
	return explanation, f.err
}

var explanation = contract.Explanation{
	Contract:   contract.Ref{ID: "judgment-defaulter", Version: 1},
	Title:      contract.Text{ZH: "失信被执行人", EN: "Judgment defaulter"},
	At:         1795334405,
	Status:     contract.Status{Phase: contract.Active, State: "active", InForce: true},
	StateTitle: contract.Text{ZH: "在列", EN: "Listed"},
	Released:   credit.NewDate(2026, 12, 11),
	Ways: []contract.Way{{
		Transition: "term", How: contract.ByDate, Open: true, Phase: contract.Exited, Due: credit.NewDate(2026, 12, 11),
		Conditions: []contract.Tick{{Name: "performed", Known: true, Gap: 3, Unit: "days", Senders: []contract.Sender{{Event: "perform", By: []string{"deciding"}}}}},
		Cite:       []contract.Article{{Key: "art2", Text: contract.Text{ZH: "第二条", EN: "art. 2"}}},
	}},
	Automatic: []contract.Forecast{{Transition: "term", Phase: contract.Exited, On: credit.NewDate(2026, 12, 11), At: 1796832000, Cite: []contract.Article{}}},
}

func (f *fake) Changes(_ context.Context, after uint64, limit int) (client.Changes, error) {
	f.page = [2]uint64{after, uint64(limit)}
	return client.Changes{Clock: f.clock(), Changes: []client.Change{{Index: after, Type: "event", Record: recordID}}, Next: after + 1}, f.err
}

func (f *fake) LogPath(_ context.Context, index uint64) (client.LogPath, error) {
	return client.LogPath{Index: index, Day: "2026-11-20", Size: index + 1, Path: []string{}}, f.err
}

func (f *fake) Verify(_ context.Context, file []byte, require bool) ([]byte, error) {
	return fmt.Appendf(nil, `{"bytes":%d,"require":%v}`, len(file), require), f.err
}

func (f *fake) LogProof(_ context.Context, events []uint64, heights []int64) ([]byte, error) {
	return fmt.Appendf(nil, "%v %v", events, heights), nil
}

func (f *fake) Consistency(_ context.Context, older, size uint64) (client.Consistency, error) {
	return client.Consistency{Older: older, Size: size, Path: [][]byte{}}, f.err
}

func (f *fake) Cosign(_ context.Context, note []byte) (client.Cosigned, error) {
	return client.Cosigned{Size: uint64(len(note)), Witnesses: []string{"w1"}}, f.err
}

func (f *fake) Checkpoint(_ context.Context, size uint64, witnesses int) (string, error) {
	if size == 9 && witnesses == 2 {
		return "riviera.example/test\n9\n", f.err
	}
	return "riviera.example/test\n7\nq80=\n\n— riviera.example/test AAAA\n", f.err
}

func (f *fake) Members(context.Context) (client.Members, error) {
	return client.Members{Clock: f.clock(), Members: []client.Member{{ID: 1, NameZH: "某法院", Roles: []string{"recorder"}}}}, f.err
}

func (f *fake) Trust(context.Context) ([]byte, error) { return []byte(`{"genesis":"00"}`), f.err }

func (f *fake) GenesisDocument(context.Context) ([]byte, error) {
	return []byte(`{"format":"x"}`), f.err
}

func (f *fake) HandIn(_ context.Context, a client.Act) (client.Receipt, error) {
	if len(a.Envelope) == 0 {
		return client.Receipt{}, fault.New(fault.Malformed, "envelope")
	}
	return client.Receipt{ID: "ab"}, nil
}

func (f *fake) Governance(context.Context) (client.Governance, error) {
	return client.Governance{}, nil
}

func (f *fake) Submit(ctx context.Context, s client.Submission) (client.Receipt, error) {
	f.submit = s
	select {
	case <-time.After(f.block):
	case <-ctx.Done():
		return client.Receipt{}, ctx.Err()
	}
	return client.Receipt{ID: "e1", Height: 8, Code: "ok"}, f.err
}

func (f *fake) OwnRecords(_ context.Context, phase string, after uint64, limit int) (client.OwnRecords, error) {
	f.lang, f.page = phase, [2]uint64{after, uint64(limit)}
	return client.OwnRecords{Clock: f.clock(), Records: []client.Record{{ID: recordID}}}, f.err
}

func (f *fake) Expiring(_ context.Context, at string) (client.Expiring, error) {
	f.lang = at
	return client.Expiring{Items: []client.Expiry{}}, f.err
}

func (f *fake) Measures(context.Context) (client.Measures, error) {
	return client.Measures{Clock: f.clock(), Measures: []client.Measure{{Code: "I-01", Number: 1}}}, f.err
}

func (f *fake) Overdue(context.Context) (client.OverdueReport, error) {
	return client.OverdueReport{Clock: f.clock(), Institutions: []client.Overdue{{Member: 3, Measure: "I-01", LateStops: 2}}}, f.err
}

func (f *fake) Erasure(_ context.Context, id string) (client.Erasure, error) {
	return client.Erasure{Clock: f.clock(), Record: id, State: client.Erased, Confirmed: 4, Of: 5,
		Receipts: []client.ErasureReceipt{{Member: 3, State: "late", LateSince: "2026-11-02T00:00:00+08:00"}}}, f.err
}

func (f *fake) Erasures(context.Context) (client.ErasureReport, error) {
	return client.ErasureReport{Clock: f.clock(), Floor: 5, Institutions: []client.ErasureOfMember{{Member: 3,
		Days: []client.ErasureDay{{Date: "2026-11-02", State: "late", Floored: client.Floor(4, 5)}}}}}, f.err
}

func (f *fake) OwnOrders(_ context.Context, state string, after uint64, limit int) (client.Orders, error) {
	f.lang, f.page = state, [2]uint64{after, uint64(limit)}
	return client.Orders{Clock: f.clock(), Orders: []client.Order{{Record: recordID, SubjectName: "在列公司"}}}, f.err
}

func (f *fake) Support(context.Context, string, string) (client.Support, error) {
	return client.Support{Clock: f.clock(), Suggest: "continues"}, f.err
}

func (f *fake) Packet(context.Context, string) ([]byte, error) { return []byte{0xa1, 1, 2}, f.err }

func (f *fake) Certificate(_ context.Context, _ Caller, _, lang string) ([]byte, error) {
	f.lang = lang
	return []byte("%PDF-1.7"), f.err
}

func (f *fake) SubjectView(_ context.Context, a client.SubjectAccess) (client.SubjectView, error) {
	f.access = a
	if a.Record != recordID {
		return client.SubjectView{}, fault.New(fault.AccessRefused, "")
	}
	return client.SubjectView{Clock: f.clock(), Record: client.Record{ID: recordID}}, f.err
}

func (f *fake) SubjectPaper(_ context.Context, q client.PaperRequest) (client.SubjectPaper, error) {
	return client.SubjectPaper{Commitment: q.Commitment}, f.err
}

func (f *fake) SubjectFile(_ context.Context, o client.Filing) (json.RawMessage, error) {
	f.filed = o
	return json.RawMessage(`{"serial":0}`), f.err
}

func (f *fake) SubjectReceipts(context.Context, client.SubjectAccess) (client.Receipts, error) {
	return client.Receipts{Receipts: []json.RawMessage{json.RawMessage(`{"serial":0}`)}}, f.err
}

func (f *fake) FileSigned(context.Context, client.SignedFiling) (json.RawMessage, error) {
	return json.RawMessage(`{"serial":0}`), f.err
}

func (f *fake) SubjectSeal(context.Context, client.SealRequest) (client.Sealed, error) {
	return client.Sealed{Until: "2036-11-20", Kept: []uint32{1}, Away: []uint32{}}, f.err
}

func (f *fake) SubjectSealed(_ context.Context, q client.SealedRequest) (client.SealedCopy, error) {
	if len(q.Locator) == 0 || q.Locator[0] != 1 {
		return client.SealedCopy{}, fault.New(fault.NoSealedCopy, "")
	}
	return client.SealedCopy{Sealed: []byte{1}}, f.err
}

func (f *fake) Papers(_ context.Context, _ Caller, id string) (client.Papers, error) {
	return client.Papers{Papers: []client.SubjectPaper{{Commitment: id}}}, f.err
}

func (f *fake) OwnQueries(_ context.Context, by Caller, limit int) (client.Queries, error) {
	f.by, f.page = by, [2]uint64{0, uint64(limit)}
	return client.Queries{Queries: []client.Query{{By: "querier"}}}, f.err
}

func (f *fake) Corrections(_ context.Context, by Caller) (client.Corrections, error) {
	f.by = by
	return client.Corrections{Corrections: []client.Correction{{ID: "c1"}}}, f.err
}

func (f *fake) Acknowledge(_ context.Context, by Caller, ids []string) error {
	f.by, f.read = by, ids
	return f.err
}

func (f *fake) Live() error  { return f.err }
func (f *fake) Ready() error { return f.err }
func (f *fake) Metrics() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "riviera_height 7\n") })
}

// bench is a handler under test with its backend, keys and log.
type bench struct {
	t       *testing.T
	handler http.Handler
	node    *fake
	log     *bytes.Buffer
	now     *time.Time
	keys    *KeyStore
	key     string
	dir     string
}

func newBench(t *testing.T, change func(*Options)) *bench {
	t.Helper()
	now := at
	b := &bench{t: t, node: &fake{height: 7}, log: &bytes.Buffer{}, now: &now, dir: t.TempDir()}
	text, k, err := NewKey("某银行", "授信", 5, 3, at)
	if err != nil {
		t.Fatal(err)
	}
	if err := AddKey(b.dir, k); err != nil {
		t.Fatal(err)
	}
	b.key = text
	if b.keys, err = openKeys(b.dir, func() time.Time { return *b.now }); err != nil {
		t.Fatal(err)
	}
	o := Options{
		Version: "test", OperatorToken: token, Keys: b.keys,
		Logger: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	if change != nil {
		change(&o)
	}
	b.handler = New(b.node, o)
	return b
}

type header map[string]string

func (b *bench) do(method, path, body string, h header) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = "203.0.113.9:4711"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range h {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

func bearerOf(token string) header { return header{"Authorization": "Bearer " + token} }

func standingBody(code, name string) string {
	j, _ := json.Marshal(client.StandingRequest{Code: code, Name: name, Purpose: "签约前核实"})
	return string(j)
}

func problemOf(t *testing.T, w *httptest.ResponseRecorder) client.Problem {
	t.Helper()
	if ct := w.Header().Get("Content-Type"); ct != problemType {
		t.Fatalf("content type %q, body %s", ct, w.Body)
	}
	var p client.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != w.Code {
		t.Errorf("the document says %d, the answer %d", p.Status, w.Code)
	}
	return p
}

func (f *fake) Document(_ context.Context, _ Caller, _ string, q client.DocumentRequest) ([]byte, error) {
	return []byte("%PDF-1.7 " + q.Kind + " " + q.Languages), f.err
}

func (f *fake) OwnCopy(context.Context, Caller, string, string) ([]byte, error) {
	return []byte(`{}`), f.err
}

func (f *fake) Clear(context.Context, Caller, client.ClearRequest) ([]byte, error) {
	return []byte("%PDF-1.7 clear"), f.err
}

func (f *fake) SubjectDocument(_ context.Context, q client.SubjectDocument) ([]byte, error) {
	return []byte("%PDF-1.7 " + q.Kind), f.err
}

func (f *fake) Backup(_ context.Context, w io.Writer) error {
	if f.err != nil {
		return f.err
	}
	_, err := io.WriteString(w, "backup")
	return err
}

func (f *fake) SubjectCopy(context.Context, client.SubjectDocument) (json.RawMessage, error) {
	return []byte(`{}`), f.err
}
