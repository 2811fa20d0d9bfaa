package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

func (a *app) contractSimulate() *cobra.Command {
	var years []string
	var from string
	c := a.command("contract.simulate", "simulate FILE", a.between(1, 1), func(_ *cobra.Command, names []string) error {
		doc, err := a.compiled(names[0])
		if err != nil {
			return err
		}
		calendar, err := openCalendar(years)
		if err != nil {
			return err
		}
		begin := credit.Moment(time.Now().Unix())
		if from != "" {
			d, err := credit.ParseDate(from)
			if err != nil {
				return fault.Wrap(fault.Of(err), "--at", err)
			}
			begin = d.Start() + noon
		}
		s := &simulating{app: a, doc: doc, s: contract.Simulate(doc, begin, calendar)}
		return s.run()
	})
	a.calendarFlag(c, &years)
	c.Flags().StringVar(&from, "at", "", a.text("contract.flag.at"))
	a.jsonFlag(c)
	c.ValidArgsFunction = yamlFiles
	return c
}

const noon = 12 * 3600

// simulating reads lines and does what they say: at a prompt one may err and go on, in a
// script the first mistake ends it.
type simulating struct {
	*app
	doc *contract.Contract
	s   *contract.Simulation
}

// simulated is what one line answers, as JSON.
type simulated struct {
	Line        string                `json:"line"`
	At          credit.Moment         `json:"at"` // Unix seconds of the simulation
	Taken       []simulatedStep       `json:"taken,omitempty"`
	Status      *contract.Status      `json:"status,omitempty"`
	Due         credit.Date           `json:"due,omitempty"` // last day before the next deadline
	Events      []contract.EventSpec  `json:"events,omitempty"`
	Explanation *contract.Explanation `json:"explanation,omitempty"`
	Refused     string                `json:"refused,omitempty"` // the code
	Where       string                `json:"where,omitempty"`
}

type simulatedStep struct {
	Transition string            `json:"transition"`
	Event      string            `json:"event,omitempty"`
	From       string            `json:"from,omitempty"`
	To         string            `json:"to"`
	Phase      contract.Phase    `json:"phase"`
	Effective  credit.Moment     `json:"effective"`
	Effects    []contract.Effect `json:"effects,omitempty"`
	Cite       []string          `json:"cite"`
}

func (s *simulating) run() error {
	_, prompting := terminal(s.in)
	if prompting && !s.json {
		s.note("simulate.welcome", s.doc.Title(s.lang))
	}
	lines := bufio.NewScanner(s.in)
	for n := 1; ; n++ {
		if prompting && !s.json {
			fmt.Fprint(s.errs, s.when(s.s.Now())+" › ")
		}
		if !lines.Scan() {
			break
		}
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if line == "quit" || line == "exit" {
			return nil
		}
		err := s.line(line, !prompting)
		if err == nil {
			continue
		}
		if !prompting {
			return fault.Wrap(fault.Of(err), fmt.Sprintf("line %d", n), err)
		}
		s.report(err)
	}
	if err := lines.Err(); err != nil {
		return fault.Wrap(fault.BadRequest, "input", err)
	}
	return nil
}

// line does one line and prints what it answers.
func (s *simulating) line(line string, echo bool) error {
	if echo && !s.json {
		fmt.Fprintln(s.out, "› "+line)
	}
	out := simulated{Line: line}
	var taken []contract.Taken
	var refusal error
	switch word, _, _ := strings.Cut(line, " "); word {
	case "help":
		s.say("simulate.help")
		return nil
	case "explain":
		x := s.s.Explain()
		out.Explanation = &x
	case "due":
	case "events":
		out.Events = s.s.Events()
	default:
		taken, refusal = s.s.Line(line)
	}
	if s.json {
		return s.answer(out, taken, refusal)
	}
	switch {
	case refusal != nil:
		return refusal
	case out.Explanation != nil && s.s.Begun():
		printExplanation(s.out, s.lang, *out.Explanation)
		return nil
	case out.Events != nil:
		s.printEvents(out.Events)
		return nil
	}
	for _, t := range taken {
		s.printTaken(t)
	}
	s.printStatus()
	return nil
}

// answer prints one line of JSON; a refusal is part of it and ends nothing.
func (s *simulating) answer(out simulated, taken []contract.Taken, refusal error) error {
	out.At = s.s.Now()
	for _, t := range taken {
		out.Taken = append(out.Taken, simulatedStep{t.Transition, t.Event, t.From, t.To, t.Phase, t.Effective, t.Effects, t.Cite})
	}
	if s.s.Begun() {
		st := s.s.Status()
		out.Status = &st
		if due, ok := s.s.Due(); ok {
			out.Due = (due - 1).Date()
		}
	}
	if refusal != nil {
		out.Refused = fault.Of(refusal).String()
		out.Where, _ = placeOf(refusal)
	}
	return s.app.line(out)
}

func (s *simulating) printTaken(t contract.Taken) {
	title := s.doc.WayTitle(t.Transition, t.Event).In(s.lang)
	if title == "" {
		title = t.Transition
	}
	to, _ := s.doc.StateTitle(t.To)
	s.say("simulate.taken", s.when(t.Effective), title, to.In(s.lang), t.Transition)
	for _, e := range t.Effects {
		fmt.Fprintln(s.out, "      → "+s.lang.Text("contract.effect."+e.String()))
	}
}

func (s *simulating) printStatus() {
	if !s.s.Begun() {
		s.say("simulate.none", s.when(s.s.Now()))
		return
	}
	st := s.s.Status()
	title, _ := s.doc.StateTitle(st.State)
	key := "simulate.not-in-force"
	if st.InForce {
		key = "simulate.in-force"
	}
	s.say(key, s.when(s.s.Now()), title.In(s.lang))
	if st.Quarantined {
		fmt.Fprintln(s.out, "  "+s.lang.Text("contract.quarantine"))
	}
	if due, ok := s.s.Due(); ok {
		s.say("simulate.due", (due - 1).Date())
	}
}

func (s *simulating) printEvents(events []contract.EventSpec) {
	var rows [][]string
	for _, e := range events {
		var args, by []string
		for _, a := range e.Args {
			arg := a.Name + "=" + strings.ToUpper(a.Type.String())
			if !a.Required {
				arg = "[" + arg + "]"
			}
			args = append(args, arg)
		}
		for _, r := range e.By.Names() {
			by = append(by, s.text("role."+r))
		}
		rows = append(rows, []string{"  " + e.Name, e.Title.In(s.lang), join(by), strings.Join(args, " ")})
	}
	table(s.out, rows)
}

// when writes a moment of ledger time, UTC+8.
func (s *simulating) when(m credit.Moment) string {
	minutes := int64(m-m.Date().Start()) / 60
	return fmt.Sprintf("%s %02d:%02d", m.Date(), minutes/60, minutes%60)
}
