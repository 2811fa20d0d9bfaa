package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// subject groups what the person a record is about does with its access code. The code
// is asked for at a prompt or read from standard input, and stays on this machine: what
// goes to the node are tickets and signatures made from it.
func (a *app) subject() *cobra.Command {
	return a.group("subject", a.viewSubject(), a.querySubject(), a.fileSubject(), a.signSubject(), a.sendSubject(), a.receiptsSubject(), a.erasureSubject(), a.verifyReceipt(), a.sealSubject(), a.openSubject())
}

// holder is a person with an access code at a node.
type holder struct {
	client  *client.Client
	record  ledger.RecordID
	code    credit.AccessCode
	genesis wire.Hash
}

// codeFor asks for the access code of a record.
func (a *app) codeFor(record string) (ledger.RecordID, credit.AccessCode, error) {
	id, err := ledger.ParseRecordID(record)
	if err != nil {
		return id, credit.AccessCode{}, err
	}
	text, err := a.secret(a.text("subject.prompt"))
	if err != nil {
		return id, credit.AccessCode{}, err
	}
	code, err := credit.ParseAccessCode(text)
	return id, code, err
}

func (a *app) holder(c *cobra.Command, record string) (*holder, error) {
	address, err := a.askedNode()
	if err != nil {
		return nil, err
	}
	h := &holder{client: client.New(baseURL(address), "")}
	a.dress(h.client)
	if h.record, h.code, err = a.codeFor(record); err != nil {
		return nil, err
	}
	s, err := h.client.Status(c.Context())
	if err != nil {
		return nil, err
	}
	h.genesis, err = parseHash(s.GenesisHash, "genesis")
	return h, err
}

func parseHash(s, where string) (h wire.Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, fault.Newf(fault.Usage, where, "64 hexadecimal digits")
	}
	return wire.Hash(b), nil
}

// access is a fresh ticket.
func (h *holder) access() client.SubjectAccess {
	t := credit.NewTicket(h.genesis, h.record, time.Now(), h.code.SigningKey())
	return client.SubjectAccess{Record: h.record.String(), Ticket: &client.SubjectTicket{Issued: t.Issued, Signature: t.Signature}}
}

func (a *app) subjectCommand(key, use string, run func(*cobra.Command, *holder, []string) error, most int) *cobra.Command {
	c := a.command(key, use, a.between(1, most), func(c *cobra.Command, args []string) error {
		h, err := a.holder(c, args[0])
		if err != nil {
			return err
		}
		return run(c, h, args[1:])
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

func (a *app) viewSubject() *cobra.Command {
	return a.subjectCommand("subject.view", "view RECORD", func(c *cobra.Command, h *holder, _ []string) error {
		v, err := h.client.SubjectView(c.Context(), h.access())
		if err != nil {
			return err
		}
		if a.json {
			return a.object(v)
		}
		return a.printView(v)
	}, 1)
}

func (a *app) querySubject() *cobra.Command {
	return a.subjectCommand("subject.queries", "queries RECORD", func(c *cobra.Command, h *holder, _ []string) error {
		v, err := h.client.SubjectView(c.Context(), h.access())
		if err != nil {
			return err
		}
		if a.json {
			return a.object(v.Queries)
		}
		a.printQueries(v.Queries)
		return nil
	}, 1)
}

// printView prints everything that is held about a record.
func (a *app) printView(v client.SubjectView) error {
	printExplanation(a.out, a.lang, v.Explain)
	fmt.Fprintln(a.out)
	switch {
	case v.Shown && v.Marked:
		a.say("subject.shown-disputed")
	case v.Shown:
		a.say("subject.shown")
	default:
		a.say("subject.not-shown")
	}
	if v.Holds {
		b, err := json.MarshalIndent(v.Record.Body, "", "  ")
		if err != nil {
			return failed(err)
		}
		fmt.Fprintf(a.out, "\n%s\n%s\n", a.text("subject.content"), b)
	} else {
		a.say("subject.no-content")
	}
	fmt.Fprintln(a.out)
	a.say("subject.filings", len(v.Filings), v.Serial)
	for _, f := range v.Filings {
		a.say("subject.filing", f.Serial, a.pick(f.Change.TitleZH, f.Change.TitleEN), f.Change.Recorded, f.Carrier)
	}
	for _, e := range v.May {
		key := "subject.may"
		if !e.Open {
			key = "subject.may-not"
		}
		a.say(key, e.Event, a.pick(e.TitleZH, e.TitleEN))
	}
	for _, p := range v.Papers {
		a.printPaper(p)
	}
	fmt.Fprintln(a.out)
	a.printQueries(v.Queries)
	a.training(v.Clock)
	return nil
}

func (a *app) printPaper(p client.SubjectPaper) {
	title := a.pick(p.Event.TitleZH, p.Event.TitleEN)
	if !p.Here {
		a.say("subject.paper-elsewhere", title, fmt.Sprint(p.Audience))
		return
	}
	a.say("subject.paper", title, a.text("subject.kind."+p.Kind))
	for line := range strings.Lines(p.Text) {
		fmt.Fprintf(a.out, "    %s\n", strings.TrimRight(line, "\n"))
	}
	for _, f := range p.Files {
		a.say("subject.paper-file", f.Name, (f.Size+1023)/1024)
	}
}

func (a *app) printQueries(all []client.QueriesOfNode) {
	for _, n := range all {
		switch {
		case !n.Answered:
			a.say("subject.no-answer", n.Member)
		default:
			a.say("subject.asked-at", n.Member, len(n.Queries))
		}
		for _, q := range n.Queries {
			who := a.text("subject.by." + q.By)
			if q.Name != "" {
				who = q.Name
			}
			a.say("subject.query", time.Unix(q.Time, 0).Local().Format("2006-01-02 15:04"), who, q.Purpose, a.text("subject.anchored."+q.Anchored))
		}
	}
}

func (a *app) receiptsSubject() *cobra.Command {
	return a.subjectCommand("subject.receipts", "receipts RECORD", func(c *cobra.Command, h *holder, _ []string) error {
		r, err := h.client.SubjectReceipts(c.Context(), h.access())
		if err != nil {
			return err
		}
		if a.json {
			return a.object(r)
		}
		for _, b := range r.Receipts {
			if err := a.printReceipt(b); err != nil {
				return err
			}
		}
		if len(r.Receipts) == 0 {
			a.say("subject.no-receipts")
		}
		return nil
	}, 1)
}

// printReceipt prints what a receipt says.
func (a *app) printReceipt(b []byte) error {
	r, err := verify.ParseReceipt(b)
	if err != nil {
		return err
	}
	a.say("receipt.line", a.pick(r.NameZH, r.NameEN), r.Received, r.Event, r.Serial)
	if r.Height > 0 {
		a.say("receipt.height", r.Height)
	} else {
		a.say("receipt.waiting")
	}
	return nil
}

func (a *app) verifyReceipt() *cobra.Command {
	var trustFile string
	c := a.command("subject.verify", "verify FILE --trust TRUST", a.between(1, 1), func(_ *cobra.Command, args []string) error {
		b, err := readBounded(args[0], "FILE", verify.MaxReceipt)
		if err != nil {
			return err
		}
		var trust *verify.Trust
		if trustFile != "" {
			if trust, err = readTrust(trustFile); err != nil {
				return err
			}
		}
		r := verify.VerifyReceipt(b, trust)
		if a.json {
			if err := a.object(r); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(a.out, "%s\n%s\n%s\n", r.Verdict, r.Text.In(a.lang), r.Next.In(a.lang))
			if r.Receipt != nil {
				if err := a.printReceipt(b); err != nil {
					return err
				}
			}
		}
		switch r.Verdict {
		case verify.Passed:
			return nil
		case verify.Failed:
			return status(exitFailed)
		}
		return status(exitIndeterminate)
	})
	c.Flags().StringVar(&trustFile, "trust", "", a.text("certificate.flag.trust"))
	a.jsonFlag(c)
	return c
}

// keepReceipt writes a receipt to a file of its owner alone.
func (a *app) keepReceipt(out string, b []byte) error {
	if out == "" {
		return nil
	}
	return a.toSecretFile(out, func(w io.Writer) error { _, err := w.Write(append(b, '\n')); return failed(err) })
}
