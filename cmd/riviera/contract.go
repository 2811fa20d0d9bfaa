package main

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// contract holds the tools for the people who write contracts.
func (a *app) contract() *cobra.Command {
	return a.group("contract", a.contractCheck(), a.contractTest(), a.contractSimulate(), a.contractDraw(), a.contractDiff(),
		a.contractList(), a.contractShow(), a.contractPropose(), a.contractVote(), a.contractProposals())
}

// yamlFiles has the shell offer documents.
func yamlFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

// calendarFlag adds --calendar.
func (a *app) calendarFlag(c *cobra.Command, files *[]string) {
	c.Flags().StringArrayVar(files, "calendar", nil, a.text("calendar.flag.calendar"))
	err := c.RegisterFlagCompletionFunc("calendar", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"json"}, cobra.ShellCompDirectiveFilterFileExt
	})
	if err != nil {
		panic("riviera: " + err.Error())
	}
}

// readLaw reads a document or a file of scenarios.
func readLaw(name string) (contract.File, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return contract.File{}, fault.Wrap(fault.NotFound, name, err)
	}
	return contract.File{Name: filepath.ToSlash(name), Source: b}, nil
}

// compiled reads and compiles one document. What is wrong with it is printed.
func (a *app) compiled(name string) (*contract.Contract, error) {
	f, err := readLaw(name)
	if err != nil {
		return nil, err
	}
	c, problems := contract.Compile(f.Name, f.Source)
	if c != nil {
		return c, nil
	}
	for _, p := range problems {
		fmt.Fprintln(a.errs, a.problem(p))
	}
	return nil, fault.Newf(problems[0].Code, f.Name, "%s", a.text("contract.problems", len(problems)))
}

// problem writes what is wrong at which place, with the line and a caret.
func (a *app) problem(p contract.Problem) string {
	s := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.In(a.lang))
	if p.Excerpt != "" {
		s += "\n    " + strings.ReplaceAll(p.Excerpt, "\n", "\n    ")
	}
	return s
}

// lawFiles gathers what paths hold: of a folder every document, scenario and calendar
// below it, in the order of their names.
func lawFiles(paths []string) (documents, scenarios []contract.File, years []string, err error) {
	var names []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return fault.Wrap(fault.NotFound, path, err)
			}
			ext := filepath.Ext(path)
			switch {
			case d.IsDir() && path != p && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case !d.IsDir() && (path == p || ext == ".yaml" || ext == ".yml"):
				names = append(names, path)
			case !d.IsDir() && ext == ".json" && strings.HasPrefix(d.Name(), "calendar-"):
				years = append(years, path)
			}
			return nil
		})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	for _, n := range names {
		f, err := readLaw(n)
		switch {
		case err != nil:
			return nil, nil, nil, err
		case contract.IsScenarios(f.Source):
			scenarios = append(scenarios, f)
		default:
			documents = append(documents, f)
		}
	}
	return documents, scenarios, years, nil
}

func (a *app) contractCheck() *cobra.Command {
	c := a.command("contract.check", "check FILE…", a.between(1, -1), func(_ *cobra.Command, names []string) error {
		bad := 0
		for _, name := range names {
			f, err := readLaw(name)
			if err != nil {
				return err
			}
			ok, err := a.checkLaw(f)
			if err != nil {
				return err
			}
			if !ok {
				bad++
			}
		}
		if bad > 0 {
			return status(exitFailed)
		}
		return nil
	})
	a.jsonFlag(c)
	c.ValidArgsFunction = yamlFiles
	return c
}

// checkedLaw is one file's line of the answer.
type checkedLaw struct {
	File      string           `json:"file"`
	Valid     bool             `json:"valid"`
	Contract  *contract.Ref    `json:"contract,omitempty"`
	Kind      credit.Kind      `json:"kind,omitempty"`
	Hash      string           `json:"hash,omitempty"`
	Size      *contract.Size   `json:"size,omitempty"`
	Cost      uint64           `json:"cost,omitempty"` // worst case of all expressions together
	Counsel   []string         `json:"counsel,omitempty"`
	Scenarios int              `json:"scenarios,omitempty"`
	Problems  []checkedProblem `json:"problems,omitempty"`
}

type checkedProblem struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Excerpt string `json:"excerpt,omitempty"`
}

// checkLaw checks a file and prints what it found.
func (a *app) checkLaw(f contract.File) (bool, error) {
	out := checkedLaw{File: f.Name}
	var problems []contract.Problem
	var c *contract.Contract
	if contract.IsScenarios(f.Source) {
		var list []contract.Scenario
		list, problems = contract.ParseScenarios(f.Name, f.Source)
		out.Scenarios = len(list)
	} else if c, problems = contract.Compile(f.Name, f.Source); c != nil {
		ref, size, hash := c.Ref(), c.Size(), c.Hash()
		out.Contract, out.Kind, out.Size, out.Cost, out.Hash = &ref, c.Kind(), &size, c.Cost(), hex.EncodeToString(hash[:])
		for _, p := range c.Parameters() {
			if strings.HasPrefix(p.Note, "counsel") {
				out.Counsel = append(out.Counsel, p.Name)
			}
		}
	}
	out.Valid = len(problems) == 0
	if a.json {
		for _, p := range problems {
			out.Problems = append(out.Problems, checkedProblem{p.Line, p.Column, p.Code.String(), p.In(a.lang), p.Excerpt})
		}
		return out.Valid, a.line(out)
	}
	switch {
	case c != nil:
		a.say("contract.valid", f.Name, c.Title(a.lang), c.Ref().ID, c.Ref().Version, out.Size.States, out.Size.Transitions, out.Size.Parameters, out.Cost)
		if len(out.Counsel) > 0 {
			a.say("contract.counsel", strings.Join(out.Counsel, ", "))
		}
	case out.Valid:
		a.say("contract.valid-scenarios", f.Name, out.Scenarios)
	default:
		for _, p := range problems {
			if _, err := fmt.Fprintln(a.out, a.problem(p)); err != nil {
				return false, failed(err)
			}
		}
		a.say("contract.invalid", f.Name, len(problems))
	}
	return out.Valid, nil
}

func (a *app) contractDraw() *cobra.Command {
	var to string
	c := a.command("contract.draw", "draw FILE [--out X.svg]", a.between(1, 1), func(_ *cobra.Command, names []string) error {
		c, err := a.compiled(names[0])
		if err != nil {
			return err
		}
		svg := c.Draw(a.lang)
		if to == "" {
			_, err := a.out.Write(svg)
			return failed(err)
		}
		if err := os.WriteFile(to, svg, 0o644); err != nil {
			return fault.Wrap(fault.NotFound, "--out", err)
		}
		a.note("contract.drawn", c.Title(a.lang), to)
		return nil
	})
	c.Flags().StringVarP(&to, "out", "o", "", a.text("contract.flag.out"))
	c.ValidArgsFunction = func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return noFiles(c, args, word)
		}
		return yamlFiles(c, args, word)
	}
	return c
}
