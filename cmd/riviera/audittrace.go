package main

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/audit"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/proof"
)

// traceFilter says whose acts are wanted.
type traceFilter struct {
	member, key uint32
	record      string
	from, to    string // days of the ledger, both included
	limit       int
	proofs      string

	confirmations bool // hourly words of the nodes on erasures, too
}

// takes reports whether a change is wanted. Days compare as text.
func (f *traceFilter) takes(c *client.Change) bool {
	day := c.Recorded[:min(len(c.Recorded), len("2006-01-02"))]
	switch {
	case f.member != 0 && c.Member != f.member,
		f.key != 0 && c.Key != f.key && c.Approver != f.key,
		c.Type == proof.TypeWatermark && !f.confirmations,
		f.record != "" && c.Record != f.record,
		f.from != "" && day < f.from,
		f.to != "" && day > f.to:
		return false
	}
	return true
}

// traced is one act with the names of who did it and the texts that it cites.
type traced struct {
	client.Change
	InstitutionZH string          `json:"institution_zh,omitempty"`
	InstitutionEN string          `json:"institution_en,omitempty"`
	Operator      string          `json:"operator,omitempty"`
	Second        string          `json:"second_operator,omitempty"`
	OperatorName  string          `json:"operator_name,omitempty"`        // as the institution's own directory has it
	SecondName    string          `json:"second_operator_name,omitempty"` // and there alone
	Articles      []contract.Text `json:"articles,omitempty"`
}

// trail is what a trace reads from: a running node, or a home on which none runs.
type trail struct {
	changes  func(ctx context.Context, fn func(client.Change) bool) error
	members  []client.Member
	document func(ctx context.Context, number uint32) (*contract.Contract, error)
	prove    func(ctx context.Context, events []uint64) ([]byte, error)
	close    func() error

	known map[uint32]*contract.Contract

	own   uint32                  // institution of the home that the trace runs at; 0 for none
	names map[ledger.KeyID]string // who signs with its keys, as its directory says
}

func (a *app) auditTrace() *cobra.Command {
	var f traceFilter
	c := a.command("audit.trace", "trace", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if err := f.check(); err != nil {
			return err
		}
		t, err := a.trail(c.Context())
		if err != nil {
			return a.undetermined(err)
		}
		defer t.close()
		if f.member != 0 && !slices.ContainsFunc(t.members, func(m client.Member) bool { return m.ID == f.member }) {
			return fault.Newf(fault.UnknownMember, "--member", "%d", f.member)
		}
		found, more, err := t.find(c.Context(), &f)
		if err != nil {
			return a.undetermined(err)
		}
		if f.proofs != "" && len(found) > 0 {
			if err := a.saveProof(c.Context(), t, found, f.proofs); err != nil {
				return err
			}
		}
		if a.json {
			return a.object(struct {
				Acts []traced `json:"acts"`
				More bool     `json:"more"`
			}{found, more})
		}
		a.tellTrace(found)
		if more {
			a.note("audit.trace-more", f.limit)
		}
		return nil
	})
	a.homeFlags(c)
	c.Flags().Uint32Var(&f.member, "member", 0, a.text("audit.flag.member"))
	c.Flags().Uint32Var(&f.key, "operator", 0, a.text("audit.flag.operator"))
	c.Flags().StringVar(&f.record, "record", "", a.text("audit.flag.record"))
	c.Flags().StringVar(&f.from, "from", "", a.text("audit.flag.from"))
	c.Flags().StringVar(&f.to, "to", "", a.text("audit.flag.to"))
	c.Flags().IntVar(&f.limit, "limit", audit.MaxProved, a.text("audit.flag.limit"))
	c.Flags().BoolVar(&f.confirmations, "confirmations", false, a.text("audit.flag.confirmations"))
	c.Flags().StringVar(&f.proofs, "proofs", "", a.text("audit.flag.proofs"))
	a.jsonFlag(c)
	return c
}

func (f *traceFilter) check() error {
	for name, day := range map[string]string{"--from": f.from, "--to": f.to} {
		if day == "" {
			continue
		}
		if _, err := credit.ParseDate(day); err != nil {
			return fault.Newf(fault.Usage, name, "2006-01-02")
		}
	}
	if f.from != "" && f.to != "" && f.to < f.from {
		return fault.Newf(fault.Usage, "--to", "< --from")
	}
	if f.record != "" {
		if _, err := ledger.ParseRecordID(f.record); err != nil {
			return fault.Newf(fault.Usage, "--record", "32 × 0-9 a-f")
		}
	}
	if f.limit < 1 || f.limit > audit.MaxProved {
		return fault.Newf(fault.Usage, "--limit", "1 to %d", audit.MaxProved)
	}
	return nil
}

// trail opens the node of --api or of a home; of a home on which no node runs, its data.
func (a *app) trail(ctx context.Context) (*trail, error) {
	if a.home == "" && a.api != "" {
		c := client.New(baseURL(a.api), "")
		a.dress(c)
		return apiTrail(ctx, c)
	}
	s, err := a.session()
	if err != nil {
		return nil, err
	}
	names, err := s.home.Operators()
	if err != nil {
		return nil, err
	}
	t, err := apiTrail(ctx, s.client)
	if err != nil && a.api == "" && a.silent(err) != nil {
		t, err = a.siteTrail()
	}
	if err == nil {
		t.own, t.names = uint32(s.home.Member.ID), names
	}
	return t, err
}

func apiTrail(ctx context.Context, c *client.Client) (*trail, error) {
	all, err := c.Members(ctx)
	if err != nil {
		return nil, err
	}
	return &trail{members: all.Members, close: func() error { return nil }, known: map[uint32]*contract.Contract{},
		changes: func(ctx context.Context, fn func(client.Change) bool) error {
			for after := uint64(0); ; {
				page, err := c.Changes(ctx, after, 1000)
				if err != nil {
					return err
				}
				for _, x := range page.Changes {
					if !fn(x) {
						return nil
					}
				}
				if after = page.Next; !page.More {
					return nil
				}
			}
		},
		document: func(ctx context.Context, number uint32) (*contract.Contract, error) {
			d, err := c.Contract(ctx, number)
			if err != nil {
				return nil, err
			}
			doc, problems := contract.Compile(d.ID, []byte(d.Source))
			if len(problems) > 0 {
				return nil, fault.New(fault.Malformed, "contract")
			}
			return doc, nil
		},
		prove: func(ctx context.Context, events []uint64) ([]byte, error) { return c.LogProof(ctx, events, nil) },
	}, nil
}

// siteTrail reads a home on which no node runs.
func (a *app) siteTrail() (*trail, error) {
	site, err := a.site(a.home, false)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(site.State, site.Genesis)
	if err != nil {
		site.Close()
		return nil, err
	}
	view := l.View(site.State)
	t := &trail{close: site.Close, known: map[uint32]*contract.Contract{},
		changes: func(ctx context.Context, fn func(client.Change) bool) error {
			return view.Events(0, int(view.LogSize), func(i uint64, e *proof.Event) bool {
				return ctx.Err() == nil && fn(node.ChangeOf(view, i, e))
			})
		},
		document: func(_ context.Context, number uint32) (*contract.Contract, error) {
			return view.Config.Contract(number), nil
		},
		prove: func(_ context.Context, events []uint64) ([]byte, error) {
			source, err := site.Source()
			if err != nil {
				return nil, err
			}
			p, err := audit.Prove(source, events, nil)
			if err != nil {
				return nil, err
			}
			return p.Encode()
		}}
	for _, m := range view.Config.Members {
		shown := client.Member{ID: uint32(m.ID), NameZH: m.NameZH, NameEN: m.NameEN}
		for _, k := range m.Keys {
			shown.Keys = append(shown.Keys, client.MemberKey{ID: uint32(k.ID), Operator: k.Operator, Scope: k.Scope.Names()})
		}
		t.members = append(t.members, shown)
	}
	return t, nil
}

// find gathers the acts that a filter takes, in order, up to its limit, and tells whether
// there are more.
func (t *trail) find(ctx context.Context, f *traceFilter) (out []traced, more bool, err error) {
	out = []traced{}
	var bad error
	err = t.changes(ctx, func(c client.Change) bool {
		if !f.takes(&c) {
			return true
		}
		if more = len(out) == f.limit; more {
			return false
		}
		var x traced
		if x, bad = t.name(ctx, c); bad == nil {
			out = append(out, x)
		}
		return bad == nil
	})
	if bad != nil {
		err = bad
	}
	return out, more, err
}

func (t *trail) name(ctx context.Context, c client.Change) (traced, error) {
	x := traced{Change: c}
	for _, m := range t.members {
		if m.ID != c.Member {
			continue
		}
		x.InstitutionZH, x.InstitutionEN = m.NameZH, m.NameEN
		for _, k := range m.Keys {
			if k.ID == c.Key && c.Key != 0 {
				x.Operator = k.Operator
			}
			if k.ID == c.Approver && c.Approver != 0 {
				x.Second = k.Operator
			}
		}
	}
	if c.Member != 0 && c.Member == t.own {
		x.OperatorName, x.SecondName = t.names[ledger.KeyID(c.Key)], t.names[ledger.KeyID(c.Approver)]
	}
	if c.Contract == 0 || len(c.Cite) == 0 {
		return x, nil
	}
	doc := t.known[c.Contract]
	if doc == nil {
		var err error
		if doc, err = t.document(ctx, c.Contract); err != nil {
			return x, err
		}
		t.known[c.Contract] = doc
	}
	for _, key := range c.Cite {
		if article, ok := doc.Article(key); ok {
			x.Articles = append(x.Articles, article.Text)
		}
	}
	return x, nil
}

func (a *app) saveProof(ctx context.Context, t *trail, found []traced, file string) error {
	var events []uint64
	for _, x := range found {
		events = append(events, x.Index)
	}
	b, err := t.prove(ctx, events)
	if err != nil {
		return err
	}
	return a.toFile(file, func(w io.Writer) error { _, err := w.Write(b); return failed(err) })
}

func (a *app) tellTrace(found []traced) {
	for _, x := range found {
		who := a.pick(x.InstitutionZH, x.InstitutionEN)
		if x.Member == 0 {
			who = a.text("audit.by-contract")
		}
		if x.Operator != "" {
			who += " · " + a.person(x.Operator, x.Key, x.OperatorName)
		}
		if x.Second != "" {
			who += " + " + a.person(x.Second, x.Approver, x.SecondName)
		}
		what := a.pick(x.TitleZH, x.TitleEN)
		switch {
		case x.Type == proof.TypeWatermark:
			what = a.text("audit.erased-up-to", x.Args["height"])
		case what == "":
			what = strings.TrimSpace(x.Type + " " + x.Event)
		}
		a.say("audit.act", strconv.FormatUint(x.Index, 10), x.Height, x.Recorded, who, what, x.Record)
		for _, article := range x.Articles {
			a.say("audit.article", article.In(a.lang))
		}
	}
	a.say("audit.acts", len(found))
}

// person is an operator's id, with number of the key and name where the home knows it.
func (a *app) person(operator string, key uint32, name string) string {
	if name == "" {
		return operator
	}
	return a.text("audit.person", operator, key, name)
}
