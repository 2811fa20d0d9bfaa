package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/verify"
)

// expiringKeys lists what ends when, and what would break.
func (a *app) expiringKeys() *cobra.Command {
	var within, at string
	var trust []string
	c := a.command("keys.expiring", "expiring", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		days, err := strconv.Atoi(strings.TrimSuffix(within, "d"))
		if err != nil || days < 0 {
			return usage(a.text("usage.flag-invalid", "--within", "90d"))
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		out, err := s.client.Expiring(c.Context(), at)
		if err != nil {
			return err
		}
		for _, path := range trust {
			e, err := trustEnds(path, out.At)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, e)
		}
		slices.SortStableFunc(out.Items, func(x, y client.Expiry) int { return x.Ends.Compare(y.Ends) })
		if days > 0 {
			out.Items = slices.DeleteFunc(out.Items, func(e client.Expiry) bool { return e.Days >= days })
		}
		if a.json {
			return a.object(out)
		}
		a.printExpiring(out)
		return nil
	})
	c.Flags().StringVar(&within, "within", "0", a.text("keys.flag.within"))
	c.Flags().StringVar(&at, "at", "", a.text("keys.flag.at"))
	c.Flags().StringArrayVar(&trust, "trust", nil, a.text("keys.flag.trust"))
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

// trustEnds is when a trust file is too old to vouch for what is newer than itself.
func trustEnds(path string, now time.Time) (client.Expiry, error) {
	b, err := readInput(path)
	if err != nil {
		return client.Expiry{}, err
	}
	t, err := verify.ParseTrust(b)
	if err != nil {
		return client.Expiry{}, err
	}
	e := client.Expiry{What: "trust-file", Name: path, Ends: t.IssuedAt.Add(verify.MaxTrustAge)}
	e.Set(now)
	return e, nil
}

func (a *app) printExpiring(out client.Expiring) {
	if len(out.Items) == 0 {
		a.say("keys.nothing-ends")
		return
	}
	rows := [][]string{{a.text("keys.field.ends"), a.text("keys.field.days"), a.text("keys.field.what"), a.text("keys.field.breaks")}}
	for _, e := range out.Items {
		ends := e.Ends.Format(time.DateOnly)
		if e.About {
			ends = a.text("keys.about", ends)
		}
		breaks := a.text("keys.breaks." + e.What)
		if e.Replaced {
			breaks = a.text("keys.breaks.nothing")
		}
		rows = append(rows, []string{ends, strconv.Itoa(e.Days), a.text("keys.what."+e.What, e.Name), breaks})
	}
	table(a.out, rows)
}
