package main

import (
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

func (a *app) memberKeys() *cobra.Command {
	c := a.group("member.keys", a.newKeys(), a.rotateKey(), a.adoptKey(), a.retireKey(), a.narrowKey(), a.rotateConsensus(), a.parallelKey())
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

// newKeys makes operating keys of an institution that has lost its own, for the authority
// to put under notice. Each may sign whatever a person signs, unless its name says less.
func (a *app) newKeys() *cobra.Command {
	var first uint32
	var algorithm string
	c := a.command("member.keys.new", "new NAME[=SCOPE]…", a.between(1, 8), func(_ *cobra.Command, names []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		if err := a.sealing(h); err != nil {
			return err
		}
		var keys []ledger.Key
		for i, name := range names {
			name, list, less := strings.Cut(name, "=")
			scope := ledger.ScopePeople
			if less {
				if scope, err = a.parseScope(strings.Split(list, ",")); err != nil {
					return err
				}
			}
			signer, err := h.NewKeyOf(name, ledger.Algorithm(algorithm))
			if err != nil {
				return err
			}
			k, err := operating(ledger.KeyID(first)+ledger.KeyID(i), name, scope, signer)
			if err != nil {
				return err
			}
			if err := h.WriteKeyID(name, k.ID); err != nil {
				return err
			}
			keys = append(keys, k)
		}
		return a.object(keys)
	})
	c.Flags().Uint32Var(&first, "first", 6, a.text("member.flag.first"))
	a.algorithmFlag(c, &algorithm)
	a.homeFlags(c)
	c.ValidArgsFunction = noFiles
	return c
}

func (a *app) algorithmFlag(c *cobra.Command, algorithm *string) {
	c.Flags().StringVar(algorithm, "algorithm", string(ledger.Ed25519), a.text("member.flag.algorithm"))
	a.complete(c, "algorithm", string(ledger.Ed25519), string(ledger.P256), string(ledger.SM2))
}

func operating(id ledger.KeyID, operator string, scope ledger.Scope, signer crypto.Signer) (ledger.Key, error) {
	algorithm, public, err := ledger.AlgorithmOf(signer.Public())
	return ledger.Key{ID: id, Purpose: ledger.Operate, Algorithm: algorithm, Public: public, Operator: operator, Scope: scope}, err
}

func (a *app) retireKey() *cobra.Command {
	var sign string
	c := a.command("member.keys.retire", "retire NUMBER…", a.between(1, -1), func(c *cobra.Command, args []string) error {
		change := ledger.KeyChange{}
		for _, s := range args {
			n, err := keyNumber(s)
			if err != nil {
				return err
			}
			change.Retire = append(change.Retire, ledger.End{Key: n})
		}
		return a.govern(c.Context(), sign, change.Operation())
	})
	a.signFlags(c, &sign)
	c.ValidArgsFunction = noFiles
	return c
}

// scopeFlag says what a key may sign.
func (a *app) scopeFlag(c *cobra.Command, scope *[]string) {
	c.Flags().StringSliceVar(scope, "scope", nil, a.text("member.flag.scope"))
	a.complete(c, "scope", ledger.ScopeNames()...)
}

func (a *app) parseScope(names []string) (ledger.Scope, error) {
	scope, err := ledger.ParseScope(names)
	if err != nil {
		return 0, usage(a.text("usage.flag-choice", "--scope", join(ledger.ScopeNames())))
	}
	return scope, nil
}

// narrowKey takes functions from one of the institution's keys.
func (a *app) narrowKey() *cobra.Command {
	var sign string
	var names []string
	c := a.command("member.keys.narrow", "narrow NUMBER --scope LIST", a.between(1, 1), func(c *cobra.Command, args []string) error {
		n, err := keyNumber(args[0])
		if err != nil {
			return err
		}
		scope, err := a.parseScope(names)
		if err != nil {
			return err
		}
		change := ledger.KeyChange{Narrow: []ledger.Narrowed{{Key: n, Scope: scope}}}
		return a.govern(c.Context(), sign, change.Operation())
	})
	a.scopeFlag(c, &names)
	a.require(c, "scope")
	a.signFlags(c, &sign)
	c.ValidArgsFunction = noFiles
	return c
}

// rotateConsensus gives a recorder another key to vote with, after a day's notice. The
// running node takes it up by itself.
func (a *app) rotateConsensus() *cobra.Command {
	var only bool
	c := a.command("member.keys.consensus", "consensus", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if !only {
			return a.rotateOwn(c.Context(), node.ConsensusKey, nil)
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		key, file, err := a.nextVote(s)
		if err == nil {
			a.say("member.consensus-key", hex.EncodeToString(key.Public().(ed25519.PublicKey)), file)
		}
		return err
	})
	a.prepareFlags(c)
	c.Flags().BoolVar(&only, "make-only", false, a.text("member.flag.make-only"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}
