package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
)

// TestHoldIsLimited: under every contract a litigation hold is a reasoned decision of the
// deciding body by two persons, of a released or annulled record, and however often it is
// made the forgetting comes no later than the longest hold allows.
func TestHoldIsLimited(t *testing.T) {
	cal := calendar2026(t)
	for kind, c := range contracts(t) {
		spec, ok := c.Event("hold")
		if !ok || !spec.Adverse || !spec.Reasons || spec.By != contract.RoleDeciding {
			t.Errorf("%s: the hold is declared as %+v", kind, spec)
			continue
		}
		entered := credit.NewDate(2026, 1, 5)
		in, _, err := c.Step(contract.Instance{}, contract.Event{Name: "migrate", By: contract.RoleDeciding, Args: entry(t, c, entered.AddDays(-40))}, entered.Start(), cal)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		hold := func(until credit.Date) error {
			next, _, err := c.Step(in, contract.Event{Name: "hold", By: contract.RoleDeciding, Args: contract.Args{"until": int64(until)}}, entered.Start()+60, cal)
			if err == nil {
				in = next
			}
			return err
		}
		if err := hold(entered.AddDays(30)); !fault.Is(err, fault.EventNotAccepted) {
			t.Errorf("%s: a record in force is held: %v", kind, err)
		}
		if in, _, err = c.Step(in, contract.Event{Name: "annul", By: contract.RoleDeciding}, entered.Start()+30, cal); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if c.Hold(in) != 0 {
			t.Errorf("%s: held before any decision", kind)
		}
		due, _ := c.Due(in)
		last := (due - 1).Date().AddMonths(int(longestHold(t, c)))
		for _, until := range []credit.Date{credit.MaxDate, last.AddDays(1), entered} {
			if err := hold(until); !fault.Is(err, fault.GuardNotMet) {
				t.Errorf("%s: held until %s: %v", kind, until, err)
			}
		}
		for range 2 {
			if err := hold(last); err != nil || c.Hold(in) != last {
				t.Errorf("%s: until %s: %v, held until %s", kind, last, err, c.Hold(in))
			}
			if err := hold(last.AddDays(1)); !fault.Is(err, fault.GuardNotMet) {
				t.Errorf("%s: a second hold goes further: %v", kind, err)
			}
		}
		if held, ok := c.Due(in); !ok || held != last.End() {
			t.Errorf("%s: forgotten at %s, the limit is %s", kind, held, last)
		}
	}
}

// entry are arguments with which an existing decision of a day is entered.
func entry(t *testing.T, c *contract.Contract, day credit.Date) contract.Args {
	spec, ok := c.Event("migrate")
	if !ok {
		t.Fatal("nothing is entered")
	}
	args := contract.Args{}
	for _, a := range spec.Args {
		switch {
		case a.Type == contract.Date:
			args[a.Name] = int64(day)
		case a.Required:
			args[a.Name] = 1
		}
	}
	return args
}

// longestHold is the limit of a contract's holds, in months, with its article.
func longestHold(t *testing.T, c *contract.Contract) int64 {
	for _, p := range c.Parameters() {
		if p.Name == "hold_months" && slices.Equal(p.Cite, []string{"pipl-19"}) && len(p.Values) == 1 {
			return p.Values[0].Value
		}
	}
	t.Fatal("no cited limit")
	return 0
}

// TestHoldRules: a document whose hold is no decision, or knows no limit, is refused.
func TestHoldRules(t *testing.T) {
	source := string(law.Contracts()[0].Source)
	for _, r := range []struct{ old, new, want string }{
		{"    by: [deciding]\n    adverse: true\n    reasons: true\n    args: { until:", "    by: [deciding]\n    adverse: true\n    args: { until:", "puts off the forgetting; it must be a decision"},
		{"    by: [deciding]\n    adverse: true\n    reasons: true\n    args: { until:", "    by: [deciding, superior]\n    adverse: true\n    reasons: true\n    args: { until:", "puts off the forgetting; it must be a decision"},
		{"event.until > today && event.until <= left_on.plusDays(param.retention_days).plusMonths(param.hold_months)", "event.until > today && param.hold_months > 0", "without a limit"},
	} {
		if !strings.Contains(source, r.old) {
			t.Fatalf("the document does not hold %q", r.old)
		}
		_, problems := contract.Compile("x.yaml", []byte(strings.Replace(source, r.old, r.new, 1)))
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p.Message, r.want)
		}
		if !found {
			t.Errorf("%q is not refused: %v", r.new, problems)
		}
	}
}
