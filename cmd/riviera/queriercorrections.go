package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
)

// querierCorrections lists what a caller was told and has since been taken back or put
// right: with --key-file a third party its own, else the institution everybody's.
func (a *app) querierCorrections() *cobra.Command {
	var keyFile string
	var acknowledge bool
	c := a.command("querier.corrections", "corrections", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		cl, err := a.corrector(keyFile)
		if err != nil {
			return err
		}
		got, err := cl.Corrections(c.Context())
		if err != nil {
			return err
		}
		if a.json {
			err = a.object(got)
		} else {
			a.printCorrections(got)
		}
		if err != nil || !acknowledge || len(got.Corrections) == 0 {
			return err
		}
		var ids []string
		for _, x := range got.Corrections {
			ids = append(ids, x.ID)
		}
		return cl.Acknowledge(c.Context(), ids...)
	})
	c.Flags().StringVar(&keyFile, "key-file", "", a.text("standing.flag.key-file"))
	c.Flags().BoolVar(&acknowledge, "acknowledge", false, a.text("querier.flag.acknowledge"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) corrector(keyFile string) (*client.Client, error) {
	if keyFile == "" {
		s, err := a.session()
		if err != nil {
			return nil, err
		}
		return s.client, nil
	}
	key, err := readSecretFile(keyFile, "--key-file")
	if err != nil {
		return nil, err
	}
	address, err := a.askedNode()
	if err != nil {
		return nil, err
	}
	cl := client.New(baseURL(address), key)
	a.dress(cl)
	return cl, nil
}

func (a *app) printCorrections(got client.Corrections) {
	if len(got.Corrections) == 0 {
		a.say("querier.no-corrections")
	}
	day := func(unix int64) string { return time.Unix(unix, 0).Local().Format("2006-01-02 15:04") }
	for _, x := range got.Corrections {
		key := "querier.corrected"
		if x.Annulled {
			key = "querier.annulled"
		}
		a.say(key, x.Record, day(x.Noted), x.Told, day(x.Last))
		if x.Caller != "" {
			a.say("querier.told", x.Caller)
		}
	}
}
