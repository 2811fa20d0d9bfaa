package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// decided is the answer to a proposal or a vote, as JSON.
type decided struct {
	Proposal string `json:"proposal"`
	Height   int64  `json:"height"`
	Approve  *bool  `json:"approve,omitempty"`
	Paper    string `json:"paper,omitempty"`
}

func (a *app) contractPropose() *cobra.Command {
	var paper string
	c := a.command("contract.propose", "propose FILE", a.between(1, 1), func(c *cobra.Command, names []string) error {
		doc, err := a.compiled(names[0])
		if err != nil {
			return err
		}
		f, err := readLaw(names[0])
		if err != nil {
			return err
		}
		digest, err := paperDigest(paper)
		if err != nil {
			return err
		}
		s, err := a.signing()
		if err != nil {
			return err
		}
		if err := a.room(c, s, doc); err != nil {
			return err
		}
		height, err := a.sendOne(c, s, clerk.ProposeContract(f.Source, digest))
		if err != nil {
			return err
		}
		hash := doc.Hash()
		out := decided{Proposal: hex.EncodeToString(hash[:]), Height: height, Paper: hexOf(digest)}
		if a.json {
			return a.object(out)
		}
		a.say("contract.has-been-proposed", doc.Title(a.lang), doc.Ref().Version, height)
		a.say("contract.vote-by", out.Proposal)
		return nil
	})
	c.Flags().StringVar(&paper, "paper", "", a.text("contract.flag.paper"))
	a.prepareFlags(c)
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = yamlFiles
	return c
}

// room tells before anything is signed that the versions side by side would be too many,
// with their numbers.
func (a *app) room(c *cobra.Command, s *session, doc *contract.Contract) error {
	all, err := s.client.Contracts(c.Context())
	if err != nil {
		return err
	}
	n := 0
	for _, x := range all.Contracts {
		if credit.Kind(x.Kind) == doc.Kind() && (n > 0 || x.Live > 0 || x.Current) {
			n++
		}
	}
	if n < all.MaxVersions {
		return nil
	}
	for _, x := range all.Contracts {
		if credit.Kind(x.Kind) == doc.Kind() {
			a.note("contract.version-live", x.ID, x.Version, x.Live)
		}
	}
	return fault.Newf(fault.TooManyVersions, "contract", "%s", a.text("contract.side-by-side", n, all.MaxVersions))
}

func (a *app) contractVote() *cobra.Command {
	var approve, reject bool
	var paper string
	c := a.command("contract.vote", "vote HASH --approve|--reject", a.between(1, 1), func(c *cobra.Command, args []string) error {
		if approve == reject {
			return usage(a.text("usage.approve-or-reject"))
		}
		digest, err := paperDigest(paper)
		if err != nil {
			return err
		}
		s, err := a.signing()
		if err != nil {
			return err
		}
		all, err := s.client.Proposals(c.Context())
		if err != nil {
			return err
		}
		p, err := a.proposal(all.Proposals, args[0])
		if err != nil {
			return err
		}
		hash, err := hashOf(p.Hash)
		if err != nil {
			return err
		}
		height, err := a.sendOne(c, s, clerk.VoteOnContract(hash, approve, digest))
		if err != nil {
			return err
		}
		if a.json {
			return a.object(decided{Proposal: p.Hash, Height: height, Approve: &approve, Paper: hexOf(digest)})
		}
		return a.printVoted(c, s, *p, approve, height)
	})
	c.Flags().BoolVar(&approve, "approve", false, a.text("contract.flag.approve"))
	c.Flags().BoolVar(&reject, "reject", false, a.text("contract.flag.reject"))
	c.Flags().StringVar(&paper, "paper", "", a.text("contract.flag.paper"))
	a.prepareFlags(c)
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// printVoted says what the vote has come to.
func (a *app) printVoted(c *cobra.Command, s *session, p client.Proposal, approve bool, height int64) error {
	key := "contract.voted-against"
	if approve {
		key = "contract.voted-for"
	}
	a.say(key, a.pick(p.TitleZH, p.TitleEN), p.Version, height)
	now, err := s.client.Proposal(c.Context(), p.Hash)
	switch {
	case fault.Is(err, fault.UnknownProposal):
		a.say("contract.decided")
		return nil
	case err != nil:
		return err
	}
	a.say("contract.tally", now.Approvals, now.Rejections, now.Recorders, now.Approving, now.Constituencies)
	if now.Adopted != "" {
		a.say("contract.waits", now.Adopted, now.Active)
	}
	return nil
}

// sendOne sends one operation and returns the height of its block.
func (a *app) sendOne(c *cobra.Command, s *session, e clerk.Entry) (int64, error) {
	if a.prepare != "" {
		return 0, a.prepared(c.Context(), s, []clerk.Entry{e})
	}
	out, err := s.clerk.Send(c.Context(), []clerk.Entry{e})
	if err == nil {
		err = out.First()
	}
	if err != nil {
		return 0, err
	}
	return out.Height, nil
}

// paperDigest is the SHA-256 of a file, as sha256sum prints it; nil where there is none.
func paperDigest(name string) (*wire.Hash, error) {
	if name == "" {
		return nil, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "--paper", err)
	}
	h := wire.Hash(sha256.Sum256(b))
	return &h, nil
}

func hexOf(h *wire.Hash) string {
	if h == nil {
		return ""
	}
	return hex.EncodeToString(h[:])
}

func hashOf(s string) (h wire.Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, fault.New(fault.BadRequest, "HASH")
	}
	copy(h[:], b)
	return h, nil
}

// replayedFrom is what the node has counted, as contract diff prints it.
func replayedFrom(e client.ContractEffect) *replayed {
	r := &replayed{Height: e.Height, Records: e.Records, Earlier: e.Earlier, Later: e.Later, Same: e.Same, Moved: []moved{}}
	for _, m := range e.Moved {
		own, _ := credit.ParseDate(m.Own) // "" is no date: nothing ends it
		next, _ := credit.ParseDate(m.New)
		r.Moved = append(r.Moved, moved{Record: m.Record, Old: own, New: next, Later: m.Later, Refused: m.Refused})
	}
	return r
}
