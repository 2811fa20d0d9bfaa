package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
)

// erasureSubject shows who has confirmed that nothing is left of a record. It asks for no
// access code: after the end there is none any more.
func (a *app) erasureSubject() *cobra.Command {
	c := a.command("subject.erasure", "erasure RECORD", a.between(1, 1), func(c *cobra.Command, args []string) error {
		id, err := ledger.ParseRecordID(args[0])
		if err != nil {
			return err
		}
		return a.showErasure(c, id)
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

// erasedCertificate does the same for whoever holds a certificate: of the file only the
// random number of its record leaves the machine.
func (a *app) erasedCertificate() *cobra.Command {
	c := a.command("certificate.erased", "erased FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		file, err := readBounded(args[0], "FILE", maxCertificate)
		if err != nil {
			return err
		}
		cert := verify.Verify(file, nil, verify.Options{Now: time.Now()}).Credential
		none := &said{fault.Malformed, a.text("certificate.erased.none"), a.text("certificate.erased.none.next")}
		if cert == nil || cert.Evidence.Event == nil {
			return none
		}
		event, err := proof.DecodeEvent(cert.Evidence.Event)
		if err != nil {
			return none
		}
		return a.showErasure(c, event.Record)
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) showErasure(c *cobra.Command, id ledger.RecordID) error {
	address, err := a.askedNode()
	if err != nil {
		return err
	}
	node := client.New(baseURL(address), "")
	a.dress(node)
	e, err := node.Erasure(c.Context(), id.String())
	if err != nil {
		return err
	}
	if a.json {
		err = a.object(e)
	} else {
		a.printErasure(e)
	}
	if err == nil && !e.Complete() {
		return status(exitIndeterminate)
	}
	return err
}

func (a *app) printErasure(e client.Erasure) {
	if e.State == client.Kept {
		a.say("erasure.kept", e.Record)
		if e.Due != "" {
			a.say("erasure.kept.due", minute(e.Due))
		}
		a.training(e.Clock)
		return
	}
	a.say("erasure.erased", e.Record, minute(e.Recorded), e.Height)
	a.say("erasure.confirmed", e.Confirmed, e.Of)
	for _, r := range e.Receipts {
		name := a.pick(r.NameZH, r.NameEN)
		switch r.State {
		case "confirmed":
			a.say("erasure.receipt.confirmed", name, r.Watermark, minute(r.At))
		case "late":
			a.say("erasure.receipt.late", name, minute(r.LateSince))
		default:
			a.say("erasure.receipt.open", name, minute(e.ConfirmBy))
		}
	}
	a.training(e.Clock)
}
