package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
)

func (a *app) contractList() *cobra.Command {
	c := a.command("contract.list", "list", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		all, err := s.client.Contracts(c.Context())
		if err != nil {
			return err
		}
		if a.json {
			return a.object(all)
		}
		rows := [][]string{{a.text("contract.field.number"), a.text("contract.field.contract"), a.text("contract.field.title"),
			a.text("contract.field.live"), a.text("contract.field.since"), ""}}
		for _, x := range all.Contracts {
			mark, since := "", x.Since
			if x.Current {
				mark = a.text("contract.current")
			}
			if since == "" {
				since = a.text("contract.from-the-first-block")
			}
			rows = append(rows, []string{fmt.Sprint(x.Number), fmt.Sprintf("%s/%d", x.ID, x.Version), a.pick(x.TitleZH, x.TitleEN), fmt.Sprint(x.Live), since, mark})
		}
		table(a.out, rows)
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) contractShow() *cobra.Command {
	var draw string
	c := a.command("contract.show", "show KIND[@VERSION]", a.between(1, 1), func(c *cobra.Command, args []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		number, err := a.numberOf(c, s, args[0])
		if err != nil {
			return err
		}
		doc, err := s.client.Contract(c.Context(), number)
		if err != nil {
			return err
		}
		if draw != "" {
			return a.drawTo(draw, doc.Source)
		}
		if a.json {
			return a.object(doc)
		}
		a.note("contract.shown", a.pick(doc.TitleZH, doc.TitleEN), doc.ID, doc.Version, doc.Number, doc.Live, doc.Hash)
		_, err = fmt.Fprint(a.out, doc.Source)
		return failed(err)
	})
	c.Flags().StringVar(&draw, "draw", "", a.text("contract.flag.draw"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// numberOf finds a document by its kind or id, the newest one or the version named behind
// an @.
func (a *app) numberOf(c *cobra.Command, s *session, name string) (uint32, error) {
	name, wanted, versioned := strings.Cut(name, "@")
	version, err := strconv.ParseUint(wanted, 10, 32)
	if versioned && err != nil {
		return 0, usage(a.text("usage.version", wanted))
	}
	all, err := s.client.Contracts(c.Context())
	if err != nil {
		return 0, err
	}
	for _, x := range all.Contracts {
		if (x.Kind == name || x.ID == name) && (versioned && uint64(x.Version) == version || !versioned && x.Current) {
			return x.Number, nil
		}
	}
	return 0, fault.Newf(fault.UnknownContract, "contract", "%s", a.text("contract.none-such"))
}

// drawTo writes a document's statechart to a file.
func (a *app) drawTo(file, source string) error {
	doc, problems := contract.Compile("contract", []byte(source))
	if doc == nil {
		return fault.Newf(fault.Internal, "contract", "%s", problems[0].Message)
	}
	if err := os.WriteFile(file, doc.Draw(a.lang), 0o644); err != nil {
		return fault.Wrap(fault.NotFound, "--draw", err)
	}
	a.note("contract.drawn", doc.Title(a.lang), file)
	return nil
}

// proposalShown is a proposal as JSON: where the vote stands, what it changes, and whose
// exit it would move.
type proposalShown struct {
	client.Proposal
	Changes []contract.Change      `json:"changes"`
	Effect  *client.ContractEffect `json:"effect,omitempty"`
}

func (a *app) contractProposals() *cobra.Command {
	c := a.command("contract.proposals", "proposals [HASH]", a.between(0, 1), func(c *cobra.Command, args []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		all, err := s.client.Proposals(c.Context())
		if err != nil {
			return err
		}
		if len(args) > 0 {
			p, err := a.proposal(all.Proposals, args[0])
			if err != nil {
				return err
			}
			all.Proposals = []client.Proposal{*p}
		}
		if len(all.Proposals) == 0 && !a.json {
			a.say("contract.no-proposals")
		}
		names, err := a.memberNames(c, s)
		if err != nil {
			return err
		}
		for i, p := range all.Proposals {
			if i > 0 && !a.json {
				fmt.Fprintln(a.out)
			}
			if err := a.showProposal(c, s, p, names); err != nil {
				return err
			}
		}
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// proposal finds one by its hash or a beginning of it that no other has.
func (a *app) proposal(all []client.Proposal, hash string) (*client.Proposal, error) {
	var found *client.Proposal
	for i := range all {
		if len(hash) >= 8 && strings.HasPrefix(all[i].Hash, strings.ToLower(hash)) {
			if found != nil {
				return nil, usage(a.text("usage.hash-short"))
			}
			found = &all[i]
		}
	}
	if found == nil {
		return nil, fault.New(fault.UnknownProposal, "HASH")
	}
	return found, nil
}

func (a *app) memberNames(c *cobra.Command, s *session) (map[uint32]string, error) {
	all, err := s.client.Members(c.Context())
	names := map[uint32]string{}
	for _, m := range all.Members {
		names[m.ID] = a.pick(m.NameZH, m.NameEN)
	}
	return names, err
}

// showProposal prints where a proposal stands, how it differs from the version in force,
// and whose exit it would move.
func (a *app) showProposal(c *cobra.Command, s *session, p client.Proposal, names map[uint32]string) error {
	text, err := s.client.Proposal(c.Context(), p.Hash)
	if err != nil {
		return err
	}
	newer, problems := contract.Compile(p.ID, []byte(text.Source))
	if newer == nil {
		return fault.Newf(fault.VersionMismatch, "contract", "%s", problems[0].Message)
	}
	shown := proposalShown{Proposal: p, Changes: []contract.Change{}}
	var older *contract.Contract
	if p.Replaces != 0 {
		doc, err := s.client.Contract(c.Context(), p.Replaces)
		if err != nil {
			return err
		}
		if older, problems = contract.Compile(doc.ID, []byte(doc.Source)); older == nil {
			return fault.Newf(fault.VersionMismatch, "contract", "%s", problems[0].Message)
		}
		shown.Changes = append(shown.Changes, contract.Diff(older, newer)...)
	}
	effect, err := s.client.ContractEffect(c.Context(), p.Hash)
	if err != nil {
		return err
	}
	shown.Effect = &effect
	if a.json {
		return a.line(shown)
	}
	a.printVote(p, names)
	if older != nil {
		fmt.Fprintln(a.out)
		a.printDifference(contractDifference{Old: older.Ref(), New: newer.Ref(), Changes: shown.Changes, Against: replayedFrom(effect)}, older, newer)
	}
	return nil
}

func (a *app) printVote(p client.Proposal, names map[uint32]string) {
	a.say("contract.proposal", a.pick(p.TitleZH, p.TitleEN), p.ID, p.Version, p.Hash)
	a.say("contract.proposed-by", names[p.Member], p.Proposed)
	if p.Paper != "" {
		a.say("contract.paper", p.Paper)
	}
	a.say("contract.tally", p.Approvals, p.Rejections, p.Recorders, p.Approving, p.Constituencies)
	for _, b := range p.Ballots {
		key := "contract.rejects"
		if b.Approve {
			key = "contract.approves"
		}
		line := a.text(key, names[b.Member], b.At)
		if b.Paper != "" {
			line += a.text("contract.with-paper", b.Paper)
		}
		fmt.Fprintln(a.out, line)
	}
	if p.Adopted != "" {
		a.say("contract.waits", p.Adopted, p.Active)
	} else {
		a.say("contract.lapses", p.Lapses)
	}
}
