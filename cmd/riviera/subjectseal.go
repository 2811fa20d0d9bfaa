package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
)

// sealSubject has the certificate of a record that has ended sealed to its access code and
// kept by the members' nodes. What the node gets is a ticket, a public key and a place.
func (a *app) sealSubject() *cobra.Command {
	return a.subjectCommand("subject.seal", "seal RECORD", func(c *cobra.Command, h *holder, _ []string) error {
		locator := h.code.CopyLocator()
		out, err := h.client.Seal(c.Context(), client.SealRequest{SubjectAccess: h.access(), Locator: locator[:], Key: h.code.SealKey().PublicKey().Bytes()})
		if err != nil {
			return err
		}
		if a.json {
			return a.object(out)
		}
		a.say("subject.sealed", out.Until, fmt.Sprint(out.Kept))
		if len(out.Away) > 0 {
			a.say("subject.sealed-away", fmt.Sprint(out.Away))
		}
		return nil
	}, 1)
}

// openSubject fetches a sealed copy and opens it here: it takes the access code and nothing
// else, also when the record has been erased.
func (a *app) openSubject() *cobra.Command {
	var out string
	var remove bool
	c := a.command("subject.open", "open --out FILE", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if (out == "") != remove {
			return usage(a.text("usage.flag-required", "--out"))
		}
		address, err := a.askedNode()
		if err != nil {
			return err
		}
		text, err := a.secret(a.text("subject.prompt"))
		if err != nil {
			return err
		}
		code, err := credit.ParseAccessCode(text)
		if err != nil {
			return err
		}
		node := client.New(baseURL(address), "")
		a.dress(node)
		locator := code.CopyLocator()
		found, err := node.Sealed(c.Context(), client.SealedRequest{Locator: locator[:], Remove: remove})
		if err != nil {
			return err
		}
		if remove {
			return a.done("subject.sealed-removed", map[string]bool{"removed": true})
		}
		own, err := certificate.OpenSealedCopy(found.Sealed, code.SealKey())
		if err != nil {
			return err
		}
		if err := a.toSecretFile(out, func(w io.Writer) error { _, err := w.Write(own); return failed(err) }); err != nil {
			return err
		}
		return a.done("subject.sealed-opened", map[string]any{"file": out, "bytes": len(own)}, out)
	})
	c.Flags().StringVar(&out, "out", "", a.text("subject.flag.own"))
	c.Flags().BoolVar(&remove, "remove", false, a.text("subject.flag.remove"))
	c.MarkFlagsMutuallyExclusive("out", "remove")
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

// done prints an object with --json, else a line.
func (a *app) done(key string, object any, args ...any) error {
	if a.json {
		return a.object(object)
	}
	a.say(key, args...)
	return nil
}
