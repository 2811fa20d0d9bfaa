package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// life is one network in this process through which everything below goes in turn.
type life struct {
	*testNetwork
	marks markers
	late  atomic.Int64 // how far the clock of the node that is cut off is ahead

	followed *followed // proposed, noticed, listed, paid, performed, released
	paid     *followed // the same before the payment, with a body that has been replaced
	draft    *followed // proposed only
	unseen   *followed // listed while one node was cut off
}

// followed is a record whose every field is a marker.
type followed struct {
	body   credit.Body
	record ledger.RecordID
	secret proof.Secret
}

// Nodes of TestLife.
const (
	registry = 0 // a recorder that enters existing decisions
	court    = 1 // the recorder that decides
	cut      = 3 // a recorder that is cut off for a while
	bureau   = 4 // the contributor that proposes
	other    = 5 // a contributor that has nothing to do with it
)

// TestLife takes one record through its whole life on a network of four recorders and
// two contributors in this process, with a restart of all nodes in the middle.
func TestLife(t *testing.T) {
	t.Parallel()
	l := &life{testNetwork: start(t, shape{recorders: 4, contributors: 2, day: 2 * time.Second})}
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"proposed and noticed", l.propose},
		{"restarted, and who holds a draft", l.restart},
		{"listed, and known everywhere", l.list},
		{"an amount paid", l.pay},
		{"released by itself", l.release},
		{"as many rows as imported", l.rows},
		{"an outsider", l.outsider},
		{"a stale node", l.stale},
		{"roots", func(*testing.T) { l.agree() }},
		{"bodies", l.bodies},
		{"nothing in the clear", l.clear},
	} {
		if !t.Run(step.name, step.run) {
			t.FailNow()
		}
	}
}

// markedBody is a body about nobody whose texts occur nowhere else.
func markedBody(t testing.TB, n int, decided credit.Date) credit.Body {
	t.Helper()
	code, err := credit.MakeOrgCode("91", "330100", fmt.Sprintf("MA0MARK%d", n))
	if err != nil {
		t.Fatal(err)
	}
	grounds, err := credit.NewGrounds(1)
	if err != nil {
		t.Fatal(err)
	}
	return credit.Body{Kind: credit.JudgmentDefaulter, SubjectType: credit.Org, SubjectName: fmt.Sprintf("𠮷标记鑫淼%d号样例有限公司", n),
		SubjectCode: string(code), CaseNo: fmt.Sprintf("（2026）记01执7351%d号", n), DecidingOffice: fmt.Sprintf("标记办公处第%d样例法庭", n),
		JudgmentNo: fmt.Sprintf("（2025）记01民初8462%d号", n), LegalBasis: fmt.Sprintf("标记依据第%d条之样例规定", n), Grounds: grounds,
		Amount: 987_654_321_980 + int64(n), FiledOn: decided.AddDays(-40), DecidedOn: decided,
		Performance: fmt.Sprintf("标记履行情况%d", n), Facts: fmt.Sprintf("标记义务内容：支付第%d笔样例货款。", n), Measures: []string{"I-01", "I-02"}}
}

// create begins a record at node i, decided by node by.
func (l *life) create(i, by int, event string, body credit.Body) *followed {
	l.t.Helper()
	return l.createAll(i, by, event, body)[0]
}

// createAll begins records in one block.
func (l *life) createAll(i, by int, event string, bodies ...credit.Body) []*followed {
	l.t.Helper()
	c := l.clerk(i)
	var all []*followed
	var entries []clerk.Entry
	for _, body := range bodies {
		f := &followed{body: body}
		var err error
		if f.record, err = c.NewRecordID(); err != nil {
			l.t.Fatal(err)
		}
		if f.secret, err = c.NewSecret(); err != nil {
			l.t.Fatal(err)
		}
		e, err := c.Create(event, clerk.Draft{Record: f.record, Secret: f.secret, Recorder: l.member(by), Body: &f.body})
		if err != nil {
			l.t.Fatal(err)
		}
		all, entries = append(all, f), append(entries, e)
	}
	out, err := c.Send(context.Background(), entries)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := out.First(); err != nil {
		l.t.Fatal(err)
	}
	for _, f := range all {
		l.mark(&f.body, f.secret)
	}
	return all
}

func (l *life) mark(b *credit.Body, secret proof.Secret) {
	l.marks.body(l.t, b)
	l.marks.secret("a body's secret", secret[:])
}

func (l *life) send(event string, args contract.Args, amend func(*credit.Body) error) {
	l.t.Helper()
	l.act(l.clerk(court), clerk.ActSpec{Record: l.followed.record, Event: event, Args: args, Amend: amend})
}

func (l *life) propose(t *testing.T) {
	today := l.today()
	l.followed = l.create(bureau, court, clerk.Propose, markedBody(t, 1, today))
	l.draft = l.create(bureau, court, clerk.Propose, markedBody(t, 2, today))
	l.answers(l.followed.body.SubjectCode, l.followed.body.SubjectName, client.Clear)
	l.send(clerk.Notice, contract.Args{"served": 1}, nil)
	l.answers(l.followed.body.SubjectCode, l.followed.body.SubjectName, client.Clear)
	if _, err := l.client(other).Packet(context.Background(), l.followed.record.String()); !fault.Is(err, fault.ForeignRecorder) {
		t.Errorf("a body of another's draft: %v", err)
	}
}

// restart stops every node, looks into the vaults, and starts them again: one of them
// with a clock that the test can move.
func (l *life) restart(t *testing.T) {
	l.halt()
	for _, f := range []*followed{l.followed, l.draft} {
		if got, want := l.holders(f), []int{0, 1, 2, 3, bureau}; !slices.Equal(got, want) {
			t.Errorf("nodes %v hold the body of a draft, not %v", got, want)
		}
	}
	l.Home(cut).Clock = func() time.Time { return time.Now().Add(time.Duration(l.late.Load())) }
	l.resume()
}

func (l *life) list(t *testing.T) {
	l.send(clerk.List, contract.Args{"exclusions_checked": 1}, nil)
	f := l.followed
	l.answers(f.body.SubjectCode, f.body.SubjectName, client.Listed)
	l.answers(f.body.SubjectCode, l.draft.body.SubjectName, client.Clear)
	l.answers(l.draft.body.SubjectCode, l.draft.body.SubjectName, client.Clear)
	if got := l.visit(other, &f.body); got != http.StatusOK {
		t.Errorf("a visitor gets %d", got)
	}
	wrong := f.body
	wrong.SubjectCode = wrong.SubjectCode[1:] + "0" // a slip of the finger
	if got := l.visit(other, &wrong); got != http.StatusUnprocessableEntity {
		t.Errorf("a visitor with a code that is none gets %d", got)
	}
}

// visit asks on the page of node i and returns the status of the answer.
func (l *life) visit(i int, b *credit.Body) int {
	l.t.Helper()
	res, err := http.PostForm(l.URL(i)+"/lookup", url.Values{"code": {b.SubjectCode}, "name": {b.SubjectName}, "purpose": {"test"}})
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// pay lowers the amount by a new body, which is at its place everywhere.
func (l *life) pay(t *testing.T) {
	const outstanding, words = 654_321_987_654, "标记部分履行之后仍欠款项"
	before := *l.followed
	l.paid = &before
	l.send("pay", nil, clerk.Pay(outstanding, words))
	for _, i := range []int{court, bureau} {
		l.eventually("the new body", func() error {
			raw, err := l.client(i).Packet(context.Background(), l.followed.record.String())
			if err != nil {
				return err
			}
			p, err := vault.DecodePacket(raw)
			if err != nil {
				return err
			}
			o, err := p.Check()
			if err != nil {
				return err
			}
			if o.Content.Amount != outstanding || o.Content.Performance != words {
				return errors.New("the old one is still there")
			}
			if i == court {
				l.mark(&o.Content, p.Secret)
				l.followed.body, l.followed.secret = o.Content, p.Secret
			}
			return nil
		})
	}
	l.answers(l.followed.body.SubjectCode, l.followed.body.SubjectName, client.Listed)
}

// release attests the performance and then does nothing: the contract does the rest.
func (l *life) release(t *testing.T) {
	l.send("performed", nil, nil)
	id := l.followed.record.String()
	l.eventually("the exit", func() error {
		r, err := l.client(other).Record(context.Background(), id)
		if err != nil {
			return err
		}
		for _, c := range r.History {
			if c.Phase == contract.Exited.String() {
				if c.Member != 0 {
					t.Errorf("member %d has released it", c.Member)
				}
				return nil
			}
		}
		return fmt.Errorf("in phase %s", r.Phase)
	})
	l.answers(l.followed.body.SubjectCode, l.followed.body.SubjectName, client.Clear)
}

// rows imports a file and counts.
func (l *life) rows(t *testing.T) {
	const rows = 200
	marked := markedBody(t, 4, l.today())
	marked.PublishedOn = marked.DecidedOn
	l.marks.body(t, &marked)
	r, err := l.importFile(context.Background(), registry, intake.Migrate, sampleFile(t, rows-1, 1, l.today(), marked), nil)
	if err != nil {
		t.Fatal(err)
	}
	everyRow(t, r, rows)
	l.holds(rows+2, rows)
}

// bodies stops the network and looks into every vault: the body of every live record is
// there, no draft's where it does not belong, and the replaced one is gone.
func (l *life) bodies(t *testing.T) {
	l.logMemory()
	drafted := phase(l.status(0), contract.Draft) == 1
	l.halt()
	for i := range l.Len() {
		checkVault(t, l.Home(i))
	}
	want := []int{0, 1, 2, 3, bureau}
	if !drafted { // it lapsed on a slow machine, and is gone everywhere
		want = nil
	}
	if got := l.holders(l.draft); !slices.Equal(got, want) {
		t.Errorf("nodes %v hold the draft, not %v", got, want)
	}
	if got := l.holders(l.paid); len(got) != 0 {
		t.Errorf("nodes %v hold a body that has been replaced", got)
	}
	if got := l.holders(l.unseen); len(got) != l.Len() {
		t.Errorf("nodes %v hold the record that one of them did not see", got)
	}
}

// clear greps every file of every node for the texts of the bodies and for secrets.
func (l *life) clear(t *testing.T) {
	for i := range l.Len() {
		l.marks.keys(t, l.Home(i))
	}
	files, values := 0, 0
	for i := range l.Len() {
		found, f, v := l.marks.search(t, l.Home(i).Dir)
		for _, x := range found {
			t.Errorf("%s in %s", x.what, x.place)
		}
		files, values = files+f, values+v
	}
	t.Logf("%d markers, %d files, %d values of stores", len(l.marks.all), files, values)
	for _, want := range []string{"data/engine/data/signed.json", "data/engine/data/cs.wal/wal", "data/vault/keys/slots", "node.log"} {
		if _, err := os.Stat(filepath.Join(l.Home(court).Dir, want)); err != nil {
			t.Errorf("the search has not seen %s", want)
		}
	}
	// The same search finds what is there.
	h := l.Home(court)
	for n, x := range []marker{l.marks.all[0], l.marks.all[len(l.marks.all)-1]} {
		if err := os.WriteFile(filepath.Join(h.Dir, "data", "engine", fmt.Sprint("control", n)), append([]byte("x"), x.bytes...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.Open(h.Data("ledger"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.SetSync([]byte("zz"), wire.Encode(l.followed.body)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	found, _, _ := l.marks.search(t, h.Dir)
	for _, place := range []string{"control0", "control1", filepath.Join("data", "ledger")} {
		if !slices.ContainsFunc(found, func(f finding) bool { return strings.Contains(f.place, place) }) {
			t.Errorf("what was put into %s is not found", place)
		}
	}
}
