package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/sheet"
)

func (a *app) record() *cobra.Command {
	return a.group("record", a.showRecord(), a.listRecords(), a.explainRecord(), a.recordPapers(), a.noticeRecords(), a.accessRecord(), a.publishRecords(),
		a.rejectRecords(), a.payRecord(), a.performRecord(), a.extendRecord(), a.annulRecord(), a.reverseRecord(), a.actOnRecord())
}

// shownRecord is what `record show --json` prints: the ledger's side as the API has it,
// with the body apart, masked or not.
type shownRecord struct {
	client.Record
	Body *credit.Body `json:"body,omitempty"`
}

func (a *app) showRecord() *cobra.Command {
	var reveal bool
	c := a.command("record.show", "show ID", a.between(1, 1), func(c *cobra.Command, args []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		return a.show(c.Context(), s, args[0], reveal)
	})
	a.homeFlags(c)
	c.Flags().BoolVar(&reveal, "reveal", false, a.text("record.flag.reveal"))
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords()
	return c
}

func (a *app) show(ctx context.Context, s *session, arg string, reveal bool) error {
	id, err := ledger.ParseRecordID(arg)
	if err != nil {
		return err
	}
	rec, err := s.client.Record(ctx, arg)
	if err != nil {
		return err
	}
	shown := shownRecord{Record: rec}
	shown.Record.Body = nil
	body, err := bodyOf(ctx, s, id)
	switch fault.Of(err) {
	case fault.OK:
		shown.Body = body
		if !reveal {
			shown.Body.SubjectCode = credit.Mask(body.SubjectCode)
		}
	case fault.ForeignRecorder, fault.BodyMissing, fault.NotFound, fault.RoleNotAllowed: // another's, or forgotten
	default:
		return err
	}
	if a.json {
		return a.object(shown)
	}
	a.printRecord(s, shown)
	return nil
}

// bodyOf reads a record's body as the institution's own node hands it out.
func bodyOf(ctx context.Context, s *session, id ledger.RecordID) (*credit.Body, error) {
	raw, err := s.client.Packet(ctx, id.String())
	if err != nil {
		return nil, err
	}
	_, body, err := clerk.DecodePacket(raw)
	return body, err
}

func (a *app) printRecord(s *session, r shownRecord) {
	row := func(key, value string) {
		if value != "" {
			fmt.Fprintf(a.out, "%s\t%s\n", pad(a.text("record.field."+key), 14), value)
		}
	}
	row("id", r.ID)
	row("kind", a.kindName(r.Kind))
	row("contract", r.Contract)
	row("phase", a.text("phase."+r.Phase))
	row("in-force", a.yesNo(r.InForce))
	row("recorder", a.memberName(s, r.Recorder))
	row("proposer", a.memberName(s, r.Proposer))
	row("created", r.Created)
	row("due", r.Due)
	row("measures", join(r.Measures))
	if r.End != nil {
		row("certificate", r.End.Certificate)
		if v := r.End.Reversed; v != nil {
			row("reversed", a.text("record.reversed", a.memberName(s, v.Member), v.DecidedOn, v.Height))
		}
	}
	if b := r.Body; b != nil {
		row("name", b.SubjectName)
		row("code", b.SubjectCode)
		row("case", b.CaseNo)
		row("office", b.DecidingOffice)
		row("judgment", b.JudgmentNo)
		row("basis", b.LegalBasis)
		row("grounds", b.Grounds.String())
		row("amount", sheet.FormatAmount(b.Amount))
		row("filed", dateOrNone(b.FiledOn))
		row("decided", dateOrNone(b.DecidedOn))
		row("published", dateOrNone(b.PublishedOn))
		row("performance", b.Performance)
		row("facts", b.Facts)
	}
	if len(r.History) > 0 {
		fmt.Fprintln(a.out)
		a.say("record.history")
	}
	for _, c := range r.History {
		who := a.text("record.contract-itself")
		if c.Member != 0 {
			who = a.memberName(s, c.Member)
		}
		what := a.pick(c.TitleZH, c.TitleEN)
		if what == "" {
			what = c.Event + c.Transition // a contract that this program does not know
		}
		fmt.Fprintf(a.out, "  %s  %s  %s  → %s\n", c.Effective, what, who, a.text("phase."+c.Phase))
	}
	a.say("standing.as-of", r.Height, r.LedgerTime, r.Expires.Local().Format("2006-01-02 15:04"))
	a.training(r.Clock)
}

func (a *app) kindName(kind string) string {
	if term := a.kindTerm(kind); term != kind {
		return term + " (" + kind + ")"
	}
	return kind
}

// kindTerm is what people call a kind.
func (a *app) kindTerm(kind string) string {
	if key := "cmd.kind." + kind; a.lang.Has(key) {
		return a.lang.Text(key)
	}
	return kind
}

func (a *app) memberName(s *session, id uint32) string {
	if s.members == nil {
		all, err := s.client.Members(context.Background())
		if err != nil {
			return fmt.Sprint(id) // a name is not worth failing for
		}
		s.members = all.Members
	}
	for _, m := range s.members {
		if m.ID == id {
			return a.pick(m.NameZH, m.NameEN)
		}
	}
	return fmt.Sprint(id)
}

func (a *app) yesNo(b bool) string {
	if b {
		return a.text("yes")
	}
	return a.text("no")
}

func dateOrNone(d credit.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// completeRecords offers the institution's own records, in one of the phases where some
// are named. A node that does not answer at once offers nothing.
func (a *app) completeRecords(phases ...string) cobra.CompletionFunc {
	if len(phases) == 0 {
		phases = []string{""}
	}
	return func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		s, err := a.session()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(c.Context(), time.Second)
		defer cancel()
		var words []string
		for _, phase := range phases {
			page, err := s.client.OwnRecords(ctx, phase, 0, 50)
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				break
			}
			for _, r := range page.Records {
				words = append(words, r.ID+"\t"+r.Kind+" "+r.Phase)
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
