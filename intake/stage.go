package intake

import (
	"context"
	"slices"
	"sync"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// Stage is one pass over the file: each row's next operation.
type Stage string

const (
	StagePropose Stage = "propose"
	StageMigrate Stage = "migrate"
	StageNotice  Stage = "notice"
	StageWindow  Stage = "window" // no pass: the objection window is waited out
	StageList    Stage = "list"
)

// pass says what a stage sends for a row and how a refusal that may mean "done before"
// is told from a real one.
type pass struct {
	stage Stage
	// entry makes the row's operation.
	entry func(ctx context.Context, row int, b *credit.Body) (clerk.Entry, error)
	// past lists the phases of a record that is through this stage; nil where the stage
	// creates it.
	past []string

	// window says that a guard which is not met is the objection window, still open: the
	// row comes again.
	window bool
	// here holds the rows that this run has taken through a stage which it may have to
	// repeat; nil where it does not.
	here *sync.Map

	before map[int]tally   // batches that an earlier run has taken through
	out    map[int]refusal // rows that an earlier stage has refused
}

func (p pass) note(row int) {
	if p.here != nil {
		p.here.Store(row, true)
	}
}

func (p pass) noted(row int) bool {
	if p.here == nil {
		return false
	}
	_, yes := p.here.Load(row)
	return yes
}

var (
	beforeListing = []string{contract.Grace.String(), contract.Active.String(), contract.ExitDue.String(),
		contract.Exited.String(), contract.Suspended.String(), contract.Annulled.String(), contract.Erased.String()}
	beforeNotice = append([]string{contract.Noticed.String()}, beforeListing...)
)

// stages takes the import from where it stands to its end.
func (r *run) stages(ctx context.Context) error {
	create := pass{stage: StagePropose, entry: r.propose}
	if r.Mode == Migrate {
		create = pass{stage: StageMigrate, entry: r.migrate}
	}
	if r.journal.bodies != noKey {
		if err := r.once(ctx, create); err != nil {
			return err
		}
		if err := r.journal.created(r.rows); err != nil {
			return err
		}
	} else {
		r.rows = r.journal.rows
		r.skip(create.stage)
	}
	if r.Mode == List {
		if err := r.listing(ctx); err != nil {
			return err
		}
	}
	r.sum()
	if r.report.Waiting {
		return nil
	}
	if err := r.writeRejects(); err != nil {
		return err
	}
	return r.journal.finish(r.report)
}

// once takes a stage through in one pass.
func (r *run) once(ctx context.Context, p pass) error {
	t, _, err := r.pass(ctx, p)
	r.report.Stages = append(r.report.Stages, t)
	return err
}

func (r *run) propose(_ context.Context, row int, b *credit.Body) (clerk.Entry, error) {
	recorder := r.Recorder
	if r.Mode == List {
		recorder = r.Clerk.Member
	} else if recorder == 0 {
		id, known := r.offices[credit.NormalizeName(b.DecidingOffice)]
		if !known {
			return clerk.Entry{}, fault.New(fault.UnknownMember, credit.ColDecidingOffice)
		}
		recorder = id
	}
	return r.Clerk.Create(clerk.Propose, clerk.Draft{Record: r.journal.record(row), Secret: r.journal.secret(row), Recorder: recorder, Body: b})
}

func (r *run) migrate(_ context.Context, row int, b *credit.Body) (clerk.Entry, error) {
	return r.Clerk.Create(clerk.Migrate, clerk.Draft{Record: r.journal.record(row), Secret: r.journal.secret(row), Recorder: r.Clerk.Member, Body: b})
}

func (r *run) notice(ctx context.Context, row int, b *credit.Body) (clerk.Entry, error) {
	return r.act(ctx, clerk.Notice, row, b)
}

func (r *run) list(ctx context.Context, row int, b *credit.Body) (clerk.Entry, error) {
	return r.act(ctx, clerk.List, row, b)
}

// act sends an event with every statement that it demands declared as true: that the
// notice has been served, that none of the law's exclusions applies. Whoever starts the
// import declares them for the whole file (Options.Declared).
func (r *run) act(ctx context.Context, event string, row int, b *credit.Body) (clerk.Entry, error) {
	doc, _, err := r.book.Contract(b.Kind)
	if err != nil {
		return clerk.Entry{}, err
	}
	args := contract.Args{}
	spec, _ := doc.Event(event)
	for _, a := range spec.Args {
		if a.Required && a.Type == contract.Bool {
			args[a.Name] = 1
		}
	}
	return r.Clerk.Act(ctx, clerk.ActSpec{Record: r.journal.record(row), Kind: b.Kind, Event: event, Args: args, Body: b})
}

// finding is what a refused event means.
type finding uint8

const (
	refused finding = iota // what it says
	there                  // applied before: by an earlier run, or by an envelope whose answer was lost
	waiting                // the subject's window is open
)

// resolve finds out what a refused event means.
func (r *run) resolve(ctx context.Context, p pass, record ledger.RecordID, code fault.Code) (finding, error) {
	if p.past == nil && code != fault.DuplicateRecord {
		return refused, nil
	}
	if p.past == nil { // the number derives from this journal; who else has it saw it on its way
		return r.ours(ctx, record)
	}
	if code != fault.EventNotAccepted && code != fault.DuplicateCase {
		return refused, nil
	}
	for {
		rec, err := r.Clerk.Client.Record(ctx, record.String())
		switch {
		case err == nil && slices.Contains(p.past, rec.Phase):
			return there, nil
		case err == nil && p.window && rec.Phase == contract.Noticed.String():
			return waiting, nil
		case err == nil:
			return refused, nil
		case !retry(ctx, err):
			return refused, err
		}
	}
}

// ours tells a record that an earlier try has created from one of another institution
// that took the number first: its row is not in.
func (r *run) ours(ctx context.Context, record ledger.RecordID) (finding, error) {
	for {
		rec, err := r.Clerk.Client.Record(ctx, record.String())
		switch {
		case err == nil && rec.Proposer == uint32(r.Clerk.Member):
			return there, nil
		case err == nil:
			return refused, nil
		case !retry(ctx, err):
			return refused, err
		}
	}
}

// today is the ledger's date.
func (r *run) today(ctx context.Context) (credit.Date, error) {
	s, err := r.Clerk.Client.Status(ctx)
	if err != nil {
		return 0, err
	}
	return credit.ParseDate(s.LedgerDate)
}

// skip accounts for a stage that an earlier run has finished.
func (r *run) skip(s Stage) {
	t := StageTally{Stage: s}
	for _, b := range r.journal.done[string(s)] {
		t.Already += b.accepted + b.already
	}
	r.report.Stages = append(r.report.Stages, t)
}

// sum brings the report's totals together: a row counts where it stands at the end.
func (r *run) sum() {
	if len(r.report.Stages) == 0 {
		return
	}
	last := r.report.Stages[len(r.report.Stages)-1]
	for _, t := range r.report.Stages {
		if r.report.Waiting && t.Stage == StageNotice {
			last = t
		}
	}
	r.report.Rows = r.rows
	r.report.Accepted, r.report.Already = last.Accepted, last.Already
	r.report.ForeignOffices = 0
	for _, why := range r.journal.refused {
		if why.code == fault.UnknownMember && why.where == credit.ColDecidingOffice {
			r.report.ForeignOffices++
		}
	}
	r.report.Rejected = max(r.rows-last.Accepted-last.Already, 0)
}
