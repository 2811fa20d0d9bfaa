package main

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

func (a *app) memberKeys() *cobra.Command {
	c := a.group("member.keys", a.newKeys(), a.rotateKey(), a.retireKey(), a.rotateConsensus())
	c.Use = "keys"
	return c
}

// rotated is what a change of keys printed.
type rotated struct {
	governed
	Key  uint32 `json:"key,omitempty"`
	File string `json:"file,omitempty"`
}

// overlap is how many heights an old key stays valid beside the new one.
const overlap = 600

// newKeys makes two operating keys of an institution that has lost its own, for the
// authority to put under notice.
func (a *app) newKeys() *cobra.Command {
	var first uint32
	var algorithm string
	c := a.command("member.keys.new", "new NAME NAME", a.between(1, 8), func(_ *cobra.Command, names []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		var keys []ledger.Key
		for i, name := range names {
			signer, err := h.NewKeyOf(name, ledger.Algorithm(algorithm))
			if err != nil {
				return err
			}
			k, err := operating(ledger.KeyID(first)+ledger.KeyID(i), name, signer)
			if err != nil {
				return err
			}
			if err := h.WriteSecret(name+".id", []byte(strconv.Itoa(int(k.ID))+"\n")); err != nil {
				return err
			}
			keys = append(keys, k)
		}
		return a.object(keys)
	})
	c.Flags().Uint32Var(&first, "first", 5, a.text("member.flag.first"))
	a.algorithmFlag(c, &algorithm)
	a.homeFlags(c)
	c.ValidArgsFunction = noFiles
	return c
}

func (a *app) algorithmFlag(c *cobra.Command, algorithm *string) {
	c.Flags().StringVar(algorithm, "algorithm", string(ledger.Ed25519), a.text("member.flag.algorithm"))
	a.complete(c, "algorithm", string(ledger.Ed25519), string(ledger.P256), string(ledger.SM2))
}

func operating(id ledger.KeyID, operator string, signer crypto.Signer) (ledger.Key, error) {
	algorithm, public, err := ledger.AlgorithmOf(signer.Public())
	return ledger.Key{ID: id, Purpose: ledger.Operate, Algorithm: algorithm, Public: public, Operator: operator}, err
}

// rotateKey gives the operator or the approver a new key. The old one stays valid for a
// while, so that what is under way is not lost.
func (a *app) rotateKey() *cobra.Command {
	var algorithm string
	c := a.command("member.keys.rotate", "rotate operator|approver", a.between(1, 1), func(c *cobra.Command, args []string) error {
		if args[0] != node.OperatorKey && args[0] != node.ApproverKey {
			return usage(a.text("usage.flag-choice", "KEY", "operator, approver"))
		}
		out, err := a.rotate(c.Context(), args[0], ledger.Algorithm(algorithm))
		if err != nil || a.json {
			return firstOf(err, func() error { return a.object(out) })
		}
		a.say("member.rotated", args[0], out.Key, out.Height, overlap)
		return nil
	})
	a.algorithmFlag(c, &algorithm)
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = cobra.FixedCompletions([]string{node.OperatorKey, node.ApproverKey}, cobra.ShellCompDirectiveNoFileComp)
	return c
}

func (a *app) rotate(ctx context.Context, name string, algorithm ledger.Algorithm) (rotated, error) {
	s, err := a.session()
	if err != nil {
		return rotated{}, err
	}
	people, err := a.people(s.home, "both")
	if err != nil {
		return rotated{}, err
	}
	old, err := s.home.KeyID(name)
	if err != nil {
		return rotated{}, err
	}
	next, operator, err := s.nextKey(ctx, old)
	if err != nil {
		return rotated{}, err
	}
	file := name + "-" + strconv.Itoa(int(next))
	signer, err := s.home.NewKeyOf(file, algorithm)
	if err != nil {
		return rotated{}, err
	}
	key, err := operating(next, operator, signer)
	if err != nil {
		return rotated{}, err
	}
	status, err := s.client.Status(ctx)
	if err != nil {
		return rotated{}, err
	}
	g, err := s.govern(ctx, people, (&ledger.KeyChange{Add: []ledger.Key{key}, Retire: []ledger.End{{Key: old, Last: status.Height + overlap}}}).Operation())
	if err != nil {
		return rotated{}, err
	}
	return rotated{g, uint32(next), file + ".pem"}, s.home.ReplaceKey(name, file, old, next)
}

// nextKey finds the next free number of the institution's keys, and whose key is replaced.
func (s *session) nextKey(ctx context.Context, old ledger.KeyID) (ledger.KeyID, string, error) {
	members, err := s.client.Members(ctx)
	if err != nil {
		return 0, "", err
	}
	for _, m := range members.Members {
		if m.ID != uint32(s.home.Member.ID) {
			continue
		}
		next, operator := uint32(0), ""
		for _, k := range m.Keys {
			next = max(next, k.ID)
			if k.ID == uint32(old) {
				operator = k.Operator
			}
		}
		if operator == "" {
			return 0, "", fault.New(fault.UnknownKey, "key")
		}
		return ledger.KeyID(next + 1), operator, nil
	}
	return 0, "", fault.New(fault.UnknownMember, "member")
}

func (a *app) retireKey() *cobra.Command {
	var sign string
	c := a.command("member.keys.retire", "retire NUMBER…", a.between(1, -1), func(c *cobra.Command, args []string) error {
		change := ledger.KeyChange{}
		for _, s := range args {
			n, err := strconv.ParseUint(s, 10, 32)
			if err != nil || n == 0 {
				return fault.New(fault.UnknownKey, "key")
			}
			change.Retire = append(change.Retire, ledger.End{Key: ledger.KeyID(n)})
		}
		return a.govern(c.Context(), sign, change.Operation())
	})
	a.signFlags(c, &sign)
	c.ValidArgsFunction = noFiles
	return c
}

// rotateConsensus gives a recorder another key to vote with, after a day's notice. The
// running node takes it up by itself.
func (a *app) rotateConsensus() *cobra.Command {
	var only bool
	c := a.command("member.keys.consensus", "consensus", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		name, err := s.home.FreeName(node.ConsensusKey)
		if err != nil {
			return err
		}
		signer, err := s.home.NewKey(name)
		if err != nil {
			return err
		}
		public := slices.Clone([]byte(signer.Public().(ed25519.PublicKey)))
		if only {
			a.say("member.consensus-key", hex.EncodeToString(public), name+".pem")
			return nil
		}
		people, err := a.people(s.home, "both")
		if err != nil {
			return err
		}
		g, err := s.govern(c.Context(), people, (&ledger.Rotate{Consensus: public}).Operation())
		if err != nil || a.json {
			return firstOf(err, func() error { return a.object(rotated{governed: g, File: name + ".pem"}) })
		}
		a.say("member.consensus", name+".pem", g.Height, g.Act)
		return nil
	})
	c.Flags().BoolVar(&only, "make-only", false, a.text("member.flag.make-only"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}
