package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/law"
)

func (a *app) contractTest() *cobra.Command {
	var years []string
	c := a.command("contract.test", "test PATH…", a.between(1, -1), func(_ *cobra.Command, paths []string) error {
		return a.testLaw(paths, years)
	})
	a.calendarFlag(c, &years)
	a.jsonFlag(c)
	c.ValidArgsFunction = yamlFiles
	return c
}

// testedLaw is the answer as JSON.
type testedLaw struct {
	Scenarios int              `json:"scenarios"`
	Failed    int              `json:"failed"`
	Problems  int              `json:"problems"`
	Results   []testedScenario `json:"results"`
	Unplayed  []testedDocument `json:"unplayed,omitempty"`
}

// testedDocument names the transitions of a document among the paths that no scenario
// takes.
type testedDocument struct {
	File        string   `json:"file"`
	Transitions []string `json:"transitions"`
}

type testedScenario struct {
	File        string       `json:"file"`
	Line        int          `json:"line"`
	Name        string       `json:"name"`
	Kind        string       `json:"kind"`
	Cite        string       `json:"cite"`
	Contract    contract.Ref `json:"contract"`
	Met         bool         `json:"met"`
	Differences []testedLine `json:"differences,omitempty"`
}

type testedLine struct {
	Line int    `json:"line"`
	Step string `json:"step"`
	Key  string `json:"key"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

// testLaw plays the scenarios of paths on the documents of paths, and on those that come
// with the program for kinds of which the paths have none.
func (a *app) testLaw(paths, years []string) error {
	documents, scenarios, found, err := lawFiles(paths)
	if err != nil {
		return err
	}
	if len(scenarios) == 0 {
		return usage(a.text("contract.no-scenarios"))
	}
	calendar, err := openCalendar(append(found, years...))
	if err != nil {
		return err
	}
	var builtin []contract.File
	for _, d := range law.Contracts() {
		builtin = append(builtin, contract.File{Name: d.File, Source: d.Source})
	}
	suite := contract.Play(append(builtin, documents...), scenarios, calendar)
	suite.Unplayed = slices.DeleteFunc(suite.Unplayed, func(u contract.Unplayed) bool {
		return !slices.ContainsFunc(documents, func(d contract.File) bool { return d.Name == u.File })
	})
	if a.json {
		err = a.object(tested(suite))
	} else {
		err = a.printSuite(suite)
	}
	if err == nil && suite.Failed()+len(suite.Problems) > 0 {
		err = status(exitFailed)
	}
	return err
}

func tested(s contract.Suite) testedLaw {
	out := testedLaw{Scenarios: len(s.Verdicts), Failed: s.Failed(), Problems: len(s.Problems), Results: []testedScenario{}}
	for _, v := range s.Verdicts {
		t := testedScenario{File: v.Scenario.File, Line: v.Scenario.Line, Name: v.Scenario.Name, Kind: string(v.Scenario.Kind),
			Cite: v.Scenario.Cite, Contract: v.Contract, Met: len(v.Differences) == 0}
		for _, d := range v.Differences {
			t.Differences = append(t.Differences, testedLine{d.Line, d.Step, d.Key, d.Want, d.Got})
		}
		out.Results = append(out.Results, t)
	}
	for _, u := range s.Unplayed {
		out.Unplayed = append(out.Unplayed, testedDocument{u.File, u.Transitions})
	}
	return out
}

// printSuite tells for each file how many scenarios are met, shows those that are not,
// and closes with the count.
func (a *app) printSuite(s contract.Suite) error {
	for _, p := range s.Problems {
		fmt.Fprintln(a.out, a.problem(p))
	}
	for i := 0; i < len(s.Verdicts); {
		file, met, all := s.Verdicts[i].Scenario.File, 0, 0
		for ; i < len(s.Verdicts) && s.Verdicts[i].Scenario.File == file; i++ {
			all++
			if v := s.Verdicts[i]; len(v.Differences) == 0 {
				met++
			} else {
				a.printUnmet(v)
			}
		}
		mark := "✓"
		if met < all {
			mark = "✗"
		}
		a.say("contract.file", mark, file, met, all)
	}
	for _, u := range s.Unplayed {
		a.say("contract.unplayed", u.File, strings.Join(u.Transitions, ", "))
	}
	if len(s.Problems) > 0 {
		a.say("contract.unread", len(s.Problems))
	}
	a.say("contract.count", len(s.Verdicts), len(s.Verdicts)-s.Failed(), s.Failed())
	return nil
}

// printUnmet shows, step by step, what a scenario says and what the document does.
func (a *app) printUnmet(v contract.Verdict) {
	a.say("contract.failed", v.Scenario.Name)
	a.say("contract.failed-where", v.Scenario.File, v.Scenario.Line, v.Contract.ID, v.Contract.Version, v.Scenario.Cite)
	step := ""
	for _, d := range v.Differences {
		if d.Step != step {
			step = d.Step
			a.say("contract.step", step)
		}
		fmt.Fprintf(a.out, "      %s:%d  %s\n", d.File, d.Line, d.Key)
		fmt.Fprintf(a.out, "      - %s\n", orNothing(d.Want))
		fmt.Fprintf(a.out, "      + %s\n", orNothing(d.Got))
	}
}

func orNothing(s string) string {
	if s == "" {
		return "∅"
	}
	return s
}
