package node

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/register"
	"github.com/riviera-ledger/riviera/vault"
)

const (
	// maxLag is how far block time may lag behind this node's clock before it refuses
	// to answer: stale means do not punish.
	maxLag = 15 * time.Minute
	// answerLife is how long an answer may be relied on.
	answerLife = 24 * time.Hour
	maxPurpose = 200 // characters
)

// Standing answers whether exactly this code with exactly this name is listed, by
// evaluation at the ledger's time. Never listed, released, erased and a name that does
// not agree are one answer.
func (n *Node) Standing(ctx context.Context, caller api.Caller, q client.StandingRequest) (client.StandingAnswer, error) {
	view, err := n.fresh()
	if err != nil {
		return client.StandingAnswer{}, err
	}
	kind, err := checkQuestion(caller, q)
	if err != nil {
		return client.StandingAnswer{}, err
	}
	found, err := n.standing(view, kind, q)
	if err != nil {
		return client.StandingAnswer{}, err
	}
	answer := client.StandingAnswer{Clock: n.clock(view), Answer: client.Clear, Records: found.listed}
	if len(found.listed) > 0 {
		answer.Answer = client.Listed
	}
	slices.SortFunc(answer.Records, func(a, b client.ListedRecord) int { return strings.Compare(a.ID, b.ID) })
	if q.Proof && len(found.listed) > 0 {
		if answer.Proof, err = n.proveListed(ctx, view, found.shown); err != nil {
			return client.StandingAnswer{}, err
		}
	}
	return answer, n.noteQuestion(caller, q.Purpose, proof.AskedStanding, found.hits...)
}

// proveListed leads the last event of every record that is shown to a signed header.
func (n *Node) proveListed(ctx context.Context, view *ledger.View, shown []*ledger.Record) ([]byte, error) {
	var last []uint64
	for _, r := range shown {
		history, err := view.History(r)
		if err != nil {
			return nil, err
		}
		last = append(last, history[len(history)-1]) // a record begins with an event
	}
	return n.proveNow(ctx, last)
}

func checkQuestion(caller api.Caller, q client.StandingRequest) (credit.SubjectType, error) {
	if q.Purpose == "" || utf8.RuneCountInString(q.Purpose) > maxPurpose {
		return "", fault.New(fault.BadRequest, "purpose")
	}
	if q.Name == "" {
		return "", fault.Newf(fault.BadRequest, "name", "a code alone is never a hit, nor a name alone")
	}
	kind, err := credit.CheckCode(q.Code)
	if fault.Is(err, fault.CodeCheck) {
		// The registrar's few exceptions fail the outer check and can be listed, so they
		// can be asked for.
		if _, exception := credit.ParseOrgCode(q.Code, true); exception == nil {
			kind, err = credit.Org, nil
		}
	}
	if err != nil {
		return "", fault.New(fault.Of(err), "code")
	}
	if caller.Kind == api.Public && kind != credit.Org {
		return "", fault.New(fault.RoleNotAllowed, "code")
	}
	return kind, nil
}

// asked is one body that a question has led to, with the record that it belongs to.
type asked struct {
	vault.Match
	record  *ledger.Record // nil where the ledger has none yet
	status  contract.Status
	current bool // it is the record's body now
}

func (a *asked) shown() bool { return a.status.InForce && !a.status.Hidden }

// findings is what a question has led to.
type findings struct {
	listed []client.ListedRecord
	shown  []*ledger.Record // the same ones
	hits   []register.Hit   // all that are about the one who was asked for
}

// standing evaluates a question at a view. Until one is to be shown it reads the same whether
// there is none, one that has ended or been erased, or one with another name.
func (n *Node) standing(view *ledger.View, kind credit.SubjectType, q client.StandingRequest) (f findings, err error) {
	matches, err := n.vault.Ask(vault.Subject{Type: kind, Code: q.Code}, q.Name)
	if err != nil {
		return f, err
	}
	all := make([]asked, len(matches))
	for i, m := range matches {
		if all[i], err = examine(view, m); err != nil {
			return f, err
		}
	}
	for i := range all {
		a := &all[i]
		switch {
		case a.Decoy || a.record == nil:
		case a.shown() && !slices.ContainsFunc(all, func(b asked) bool { return b.current && b.Record == a.Record }):
			return f, fault.New(fault.StaleNode, "") // replaced since this view: never "clear" for that
		case a.current && a.Named:
			entry, err := n.listed(view, a, q.Name)
			if err != nil {
				return f, err
			}
			f.hits = append(f.hits, register.Hit{Record: a.Record, Listed: entry != nil})
			if entry != nil {
				f.listed, f.shown = append(f.listed, *entry), append(f.shown, a.record)
			}
		}
	}
	return f, nil
}

// examine reads the record of a match, of a decoy as of any other.
func examine(view *ledger.View, m vault.Match) (asked, error) {
	r, known, err := view.RecordAlike(ledger.RecordID(m.Record))
	if err != nil || r == nil {
		return asked{Match: m}, err
	}
	a := asked{Match: m, status: view.Status(r), current: known && r.Commitment == m.Commitment}
	if known {
		a.record = r
	}
	return a, nil
}

// listed returns the entry of a record in an answer, nil if it is not shown.
func (n *Node) listed(view *ledger.View, a *asked, name string) (*client.ListedRecord, error) {
	if !a.shown() {
		return nil, nil
	}
	packet, err := n.vault.Get(a.Commitment)
	if fault.Is(err, fault.BodyMissing) {
		return nil, fault.New(fault.StaleNode, "") // replaced since this view
	}
	if err != nil {
		return nil, err
	}
	body, err := content(packet)
	if err != nil || credit.NormalizeName(body.SubjectName) != credit.NormalizeName(name) {
		return nil, err
	}
	return n.entry(view, a.record, body, a.status.Annotated), nil
}

func (n *Node) entry(view *ledger.View, r *ledger.Record, body *credit.Body, disputed bool) *client.ListedRecord {
	c := view.Config.Contract(r.Contract)
	recorder := view.Config.Member(r.Recorder)
	e := &client.ListedRecord{ID: r.ID.String(), Kind: string(c.Kind()), KindZH: c.Title(chinese), KindEN: c.Title(english),
		RecorderZH: recorder.NameZH, RecorderEN: recorder.NameEN, Since: since(view, r, body).String(), Measures: measureCodes(view.Measures(r))}
	if released := view.Released(r); released != 0 {
		e.AutoExit = released.String()
	}
	if disputed {
		e.Annotations = append(e.Annotations, "disputed")
	}
	return e
}

// since is the day on which a record was published: as its body says for a decision
// that was entered later, else the day on which it came into force here.
func since(view *ledger.View, r *ledger.Record, body *credit.Body) credit.Date {
	if body.PublishedOn != 0 {
		return body.PublishedOn
	}
	indices, _ := view.History(r) // unreadable: the day of creation, the earliest there is
	for _, i := range indices {
		if e, _, bad := view.Event(i); bad == nil && contract.Phase(e.Phase) == contract.Active {
			return e.Effective.Date()
		}
	}
	return r.Created.Date()
}

// skip swallows an error with the given code: such a record cannot be a hit.
func skip(err error, code fault.Code) error {
	if fault.Is(err, code) {
		return nil
	}
	return err
}

// current returns the view from which what is held about a person may be handed out: none
// before this node has caught up after a start, for what it holds may have been erased, or
// an access code replaced, while it was down.
func (n *Node) current() (*ledger.View, error) {
	if !n.engine.CaughtUp() {
		return nil, fault.Newf(fault.NotReady, "", "this node has not caught up since it started")
	}
	return n.engine.View(), nil
}

// fresh returns the view to answer from, or says why this node must not answer: it has
// never held every live body, or the last time it did is too long ago.
func (n *Node) fresh() (*ledger.View, error) {
	view := n.engine.Whole()
	if view == nil {
		return nil, fault.Newf(fault.StaleNode, "", "%d live bodies are missing here", n.engine.Missing())
	}
	if lag := n.home.now().Sub(time.Unix(0, view.Time)); lag > maxLag {
		return nil, fault.Newf(fault.StaleNode, "", "block time lags by %s", lag.Round(time.Second))
	}
	return view, nil
}

func (n *Node) clock(view *ledger.View) client.Clock {
	t := time.Unix(0, view.Time).UTC()
	c := client.Clock{Height: view.Height, BlockTime: t, LedgerTime: view.Moment.String(),
		LedgerDate: view.Moment.Date().String(), Expires: t.Add(answerLife)}
	if view.Config.Clock.Training() {
		c.Training = time.Duration(view.Config.Clock.Day).String()
	}
	return c
}
