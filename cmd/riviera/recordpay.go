package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// payRecord lowers the amount that is outstanding. The amount stays in the body; the
// ledger sees a new commitment.
func (a *app) payRecord() *cobra.Command {
	var left, paid, performance string
	return a.actCommand("record.pay", "pay ID --paid YUAN | --outstanding YUAN", "pay", 1, []string{contract.Active.String(), contract.Grace.String()},
		func() ([]string, func(*credit.Body) error, error) {
			if (left == "") == (paid == "") {
				return nil, nil, usage(a.text("usage.one-of", "--paid", "--outstanding"))
			}
			fen, err := parseYuan(left + paid)
			if err != nil {
				return nil, nil, err
			}
			if left != "" {
				return nil, clerk.Pay(fen, performance), nil
			}
			return nil, func(b *credit.Body) error {
				if fen > b.Amount {
					return fault.Newf(fault.AmountMalformed, "--paid", "%s", a.text("record.overpaid"))
				}
				return clerk.Pay(b.Amount-fen, performance)(b)
			}, nil
		}, func(c *cobra.Command) {
			c.Flags().StringVar(&left, "outstanding", "", a.text("record.flag.outstanding"))
			c.Flags().StringVar(&paid, "paid", "", a.text("record.flag.paid"))
			c.Flags().StringVar(&performance, "performance", "", a.text("record.flag.performance"))
		})
}

// parseYuan reads an amount in yuan with at most two decimals, as fen.
func parseYuan(s string) (int64, error) {
	whole, cents, point := strings.Cut(strings.TrimSpace(s), ".")
	bad := fault.New(fault.AmountMalformed, "amount")
	if whole == "" || len(whole) > 13 || len(cents) > 2 || point && cents == "" {
		return 0, bad
	}
	fen, err := strconv.ParseUint(whole+(cents + "00")[:2], 10, 63)
	if err != nil || strings.HasPrefix(whole, "+") {
		return 0, bad
	}
	return int64(fen), nil
}
