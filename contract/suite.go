package contract

import (
	"slices"
	"strings"

	"github.com/riviera-ledger/riviera/credit"
)

// File is a file of the law: a document or scenarios.
type File struct {
	Name   string
	Source []byte
}

// IsScenarios reports whether a file holds scenarios: it has "scenarios:" at the
// beginning of a line, where a document has "riviera:".
func IsScenarios(src []byte) bool { return begins(src, "scenarios:") }

// IsDocument reports whether a file is meant as a contract document.
func IsDocument(src []byte) bool { return begins(src, "riviera:") }

func begins(src []byte, word string) bool {
	for line := range strings.Lines(string(src)) {
		if strings.HasPrefix(line, word) {
			return true
		}
	}
	return false
}

// Verdict is a scenario with what is not as it says; none if all is well.
type Verdict struct {
	Scenario    Scenario
	Contract    Ref
	Differences []Difference
	Taken       []string // transitions that it took, in order
}

// Suite is what playing files of scenarios has shown. Problems are those of documents
// and scenario files that could not be read; what they hold was not played.
type Suite struct {
	Verdicts []Verdict
	Problems []Problem
	Unplayed []Unplayed
}

// Unplayed names the transitions of a document that no scenario has taken: rules that
// nothing proves. Documents of which no scenario was played are not listed.
type Unplayed struct {
	File        string
	Contract    Ref
	Transitions []string // in the document's order
}

// Failed is the number of scenarios that are not met.
func (s *Suite) Failed() int {
	n := 0
	for _, v := range s.Verdicts {
		if len(v.Differences) > 0 {
			n++
		}
	}
	return n
}

// Play compiles documents and plays scenarios on them with the working-day calendar
// given. A kind that has several documents is played on the last of them; its scenarios
// in a file without a document are a problem.
func Play(documents, scenarios []File, cal *credit.Calendar) Suite {
	var s Suite
	byKind := map[credit.Kind]*Contract{} // looked up, never iterated
	var contracts []*Contract
	var files []string // of the contracts
	for _, f := range documents {
		c, problems := Compile(f.Name, f.Source)
		s.Problems = append(s.Problems, problems...)
		if c != nil {
			byKind[c.Kind()] = c
			contracts, files = append(contracts, c), append(files, f.Name)
		}
	}
	for _, f := range scenarios {
		list, problems := ParseScenarios(f.Name, f.Source)
		s.Problems = append(s.Problems, problems...)
		if len(problems) > 0 {
			continue
		}
		src := &source{file: f.Name, lines: strings.Split(string(f.Source), "\n")}
		for _, x := range list {
			c := byKind[x.Kind]
			if c == nil {
				src.refuse(pos{x.Line, 1}, "no-document", x.Kind)
				continue
			}
			p := &play{s: &x, c: c, cal: cal}
			s.Verdicts = append(s.Verdicts, Verdict{x, c.Ref(), p.run(), p.all})
		}
		s.Problems = slices.Concat(s.Problems, src.problems)
	}
	for i, c := range contracts {
		s.unplayed(files[i], c)
	}
	return s
}

// unplayed adds what the scenarios of a document have left out.
func (s *Suite) unplayed(file string, c *Contract) {
	taken := map[string]bool{}
	for _, v := range s.Verdicts {
		if v.Contract == c.Ref() {
			for _, t := range v.Taken {
				taken[t] = true
			}
		}
	}
	if len(taken) == 0 {
		return
	}
	u := Unplayed{File: file, Contract: c.Ref()}
	c.all(func(t *transition) {
		if !taken[t.id] {
			taken[t.id] = true // those that states share are seen more than once
			u.Transitions = append(u.Transitions, t.id)
		}
	})
	if len(u.Transitions) > 0 {
		s.Unplayed = append(s.Unplayed, u)
	}
}
