package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

type standingQuestion struct {
	name, purpose, keyFile, proof string
}

func (a *app) standing() *cobra.Command {
	var q standingQuestion
	c := a.command("standing", "standing [CODE]", a.between(0, 1), func(c *cobra.Command, args []string) error {
		return a.askStanding(c, q, args)
	})
	f := c.Flags()
	f.StringVar(&q.name, "name", "", a.text("standing.flag.name"))
	f.StringVar(&q.purpose, "purpose", "", a.text("standing.flag.purpose"))
	f.StringVar(&q.keyFile, "key-file", "", a.text("standing.flag.key-file"))
	f.StringVar(&q.proof, "proof", "", a.text("standing.flag.proof"))
	a.require(c, "purpose")
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

// askStanding asks whether exactly this code with exactly this name is listed. A
// person's number is never taken from the command line, and neither is a person's name.
func (a *app) askStanding(c *cobra.Command, q standingQuestion, args []string) error {
	r := client.StandingRequest{Name: q.name, Purpose: q.purpose, Proof: q.proof != ""}
	if len(args) == 1 {
		kind, err := credit.CheckCode(args[0])
		switch {
		case kind == credit.Person:
			return usage(a.text("standing.person"))
		case err != nil:
			return fault.Wrap(fault.Of(err), "CODE", err)
		}
		r.Code = args[0]
	}
	address, err := a.askedNode()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if r.Code, err = a.secret(a.text("standing.prompt.code")); err != nil {
			return err
		}
	}
	kind, err := credit.CheckCode(r.Code)
	switch {
	case err != nil:
		return fault.Wrap(fault.Of(err), "code", err)
	case kind == credit.Person && q.name != "":
		return usage(a.text("standing.person-name"))
	}
	if r.Name == "" {
		if r.Name, err = a.secret(a.text("standing.prompt.name")); err != nil {
			return err
		}
	}
	key := ""
	if q.keyFile != "" {
		if key, err = readSecretFile(q.keyFile, "--key-file"); err != nil {
			return err
		}
	}
	cl := client.New(baseURL(address), key)
	a.dress(cl)
	ans, err := cl.Standing(c.Context(), r)
	if fault.Is(err, fault.StaleNode) || fault.Is(err, fault.NotReady) {
		if !a.json {
			a.report(err)
		}
		ans, err = client.StandingAnswer{Answer: client.TryLater}, nil
	}
	if err != nil {
		return err
	}
	if err := a.keepProof(ans, q.proof); err != nil {
		return err
	}
	if err := a.printStanding(ans, address); err != nil {
		return err
	}
	if ans.Answer == client.TryLater {
		return status(exitIndeterminate)
	}
	return nil
}

// keepProof writes the proof of an answer to a file, or says why there is none.
func (a *app) keepProof(ans client.StandingAnswer, name string) error {
	switch {
	case name == "":
		return nil
	case ans.Proof == nil:
		a.note("standing.unproved")
		return nil
	}
	return a.toFile(name, func(w io.Writer) error { _, err := w.Write(ans.Proof); return failed(err) })
}

// askedNode is the address of the node to ask: --api, else that of the home. There is
// no other default: several networks may run on one machine, and an answer of the wrong
// one looks like any other.
func (a *app) askedNode() (string, error) {
	if a.api != "" {
		return a.api, nil
	}
	if a.home == "" {
		return "", usage(a.text("standing.whom", homeVariable))
	}
	h, err := a.openHome()
	if err != nil {
		return "", err
	}
	return h.Config.API.Listen, nil
}

func (a *app) printStanding(ans client.StandingAnswer, address string) error {
	if a.json {
		return a.object(ans)
	}
	a.say("standing.answer." + ans.Answer)
	for _, r := range ans.Records {
		a.say("standing.record", a.pick(r.KindZH, r.KindEN), a.pick(r.RecorderZH, r.RecorderEN), r.Since, r.ID)
		if r.AutoExit != "" {
			a.say("standing.exit", r.AutoExit)
		}
		for _, note := range r.Annotations {
			a.say("standing.annotation", note)
		}
	}
	if ans.Answer != client.TryLater {
		a.say("standing.note")
		a.say("standing.as-of", ans.Height, ans.LedgerTime, ans.Expires.Local().Format("2006-01-02 15:04"))
		a.training(ans.Clock)
	}
	a.say("standing.asked", address)
	return nil
}

// training says that the network's days are not real ones.
func (a *app) training(c client.Clock) {
	if c.Training != "" {
		a.say("training", a.spell(c.Training))
	}
}

// spell writes a length of time in words where it is a whole number of a unit.
func (a *app) spell(length string) string {
	d, err := time.ParseDuration(length)
	if err != nil || d <= 0 {
		return length
	}
	for _, u := range []struct {
		unit time.Duration
		key  string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}, {time.Millisecond, "millisecond"}} {
		switch n := d / u.unit; {
		case d%u.unit != 0:
		case n == 1:
			return a.text("unit.one-" + u.key)
		default:
			return a.text("unit."+u.key, int64(n))
		}
	}
	return length
}

// pick chooses between a Chinese and an English text.
func (a *app) pick(zh, en string) string { return pick(a.lang, zh, en) }

func pick(lang message.Lang, zh, en string) string {
	if lang == message.Chinese || en == "" {
		return zh
	}
	return en
}
