package contract

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Scenario is a rule of the law told as an example: given what was done, when
// something happens on a day, then the record stands so. A file holds a list:
//
//	scenarios:
//	  - name: performed before the Spring Festival
//	    kind: judgment-defaulter
//	    cite: 法释〔2017〕7号第十条第一款
//	    given:
//	      - 2026-01-05 migrate grounds=1 published_on=2026-01-05
//	    when: 2026-02-13 performed
//	    then: { phase: exit-due, took: [fact-performed, exit-performed] }
//	    and:
//	      - { when: "2026-02-25 23:59", then: { in_force: true } }
//	      - { when: "2026-02-26 00:00", then: { phase: exited } }
//
// Where kind is a list the scenario is played on each.
//
// A step is "DAY [HH:MM] [by ROLE] [EVENT [ARG=VALUE …]]": without an event time only
// passes; without a time it is 12:00; without a role it is sent by the deciding body
// (a creation that is not adverse: by a contributor). "DAY adopt YEAR" adopts the year
// of the scenario's calendars. Sets are written 1;3; dates as days; bools true, false.
type Scenario struct {
	Name, Cite string
	Kind       credit.Kind
	File       string
	Line       int
	NoCalendar bool // calendar: none — starts without any adopted year
	calendars  map[int]credit.Year
	given      []moment
	turns      []turn
}

// moment is a step: something done, or only time that passes.
type moment struct {
	at     credit.Moment
	event  string
	role   Role
	args   [][2]string
	adopts int
	pos    pos
	text   string
}

type turn struct {
	when moment
	then []expectation
}

type expectation struct {
	key, want string
	pos       pos
}

// Difference is an expectation that a scenario does not meet.
type Difference struct {
	File      string
	Line      int
	Step      string
	Key       string
	Want, Got string
}

// String is "file:line: after STEP: KEY is GOT, want WANT".
func (d Difference) String() string {
	return d.File + ":" + strconv.Itoa(d.Line) + ": after \"" + d.Step + "\": " + d.Key + " is " + d.Got + ", want " + d.Want
}

// ParseScenarios reads a file of scenarios.
func ParseScenarios(file string, src []byte) ([]Scenario, []Problem) {
	s := &source{file: file}
	root := s.parse(src)
	if root == nil {
		return nil, s.problems
	}
	var out []Scenario
	o := s.object(root, "file", "scenarios")
	for _, n := range s.sequence(o.value["scenarios"], "scenarios") {
		out = append(out, s.scenario(n)...)
	}
	return out, s.problems
}

// scenario reads one, once for each of its kinds.
func (s *source) scenario(n *yaml.Node) []Scenario {
	o := s.object(n, "scenario", "name", "kind", "cite", "calendar", "calendars", "given", "when", "then", "and")
	x := Scenario{Name: o.scalar("name", true), Cite: o.scalar("cite", true), File: s.file, Line: n.Line, calendars: map[int]credit.Year{}}
	x.NoCalendar = o.scalar("calendar", false) == "none"
	for _, e := range s.entries(o.value["calendars"], "calendars") {
		year, err := strconv.Atoi(e.key)
		if err != nil {
			s.refuse(e.at, "calendar-year", e.key)
			continue
		}
		c := s.object(e.value, "calendars."+e.key, "off", "work")
		y := credit.Year{Year: year, Notice: "scenario"}
		for _, i := range c.list("off") {
			y.Off = append(y.Off, s.day(i))
		}
		for _, i := range c.list("work") {
			y.Work = append(y.Work, s.day(i))
		}
		x.calendars[year] = y
	}
	for _, g := range s.sequence(o.value["given"], "given") {
		x.given = append(x.given, s.moment(g))
	}
	x.turns = append(x.turns, s.turn(o))
	for _, a := range s.sequence(o.value["and"], "and") {
		x.turns = append(x.turns, s.turn(s.object(a, "and", "when", "then")))
	}
	kinds := o.list("kind")
	if len(kinds) == 0 {
		s.refuse(o.at, "missing", o.what, "kind")
	}
	var out []Scenario
	for _, k := range kinds {
		x.Kind = credit.Kind(k.name)
		out = append(out, x)
	}
	return out
}

func (s *source) day(i item) credit.Date {
	d, err := credit.ParseDate(i.name)
	if err != nil {
		s.refuse(i.at, "no-day", i.name)
	}
	return d
}

func (s *source) turn(o object) turn {
	var t turn
	if n, ok := o.value["when"]; ok {
		t.when = s.moment(n)
	} else {
		s.refuse(o.at, "no-when", o.what)
	}
	for _, e := range s.entries(o.value["then"], "then") {
		if _, known := answers[e.key]; !known {
			s.refuse(e.at, "then-key", e.key)
			continue
		}
		var words []string
		for _, i := range s.list(e.value, "then."+e.key) {
			words = append(words, i.name)
		}
		t.then = append(t.then, expectation{e.key, strings.Join(words, " "), e.at})
	}
	if len(t.then) == 0 {
		s.refuse(o.at, "no-then", o.what)
	}
	return t
}

func (s *source) moment(n *yaml.Node) moment {
	text := s.scalar(n, "step")
	m := moment{pos: at(n), text: text}
	words := strings.Fields(text)
	if len(words) == 0 {
		s.refuse(at(n), "empty-step")
		return m
	}
	day, err := credit.ParseDate(words[0])
	if err != nil {
		s.refuse(at(n), "step-day")
		return m
	}
	words = words[1:]
	m.at = day.Start() + 12*3600
	if len(words) > 0 && strings.Contains(words[0], ":") {
		h, min, _ := strings.Cut(words[0], ":")
		hours, err1 := strconv.Atoi(h)
		minutes, err2 := strconv.Atoi(min)
		if err1 != nil || err2 != nil || hours > 24 || minutes > 59 {
			s.refuse(at(n), "no-time", words[0])
		}
		m.at, words = day.Start()+credit.Moment(hours*3600+minutes*60), words[1:]
	}
	if len(words) > 1 && words[0] == "by" {
		for _, r := range roleNames {
			if r.name == words[1] {
				m.role = r.role
			}
		}
		if m.role == 0 {
			s.refuse(at(n), "step-role", words[1])
		}
		words = words[2:]
	}
	if len(words) == 2 && words[0] == "adopt" {
		m.adopts, _ = strconv.Atoi(words[1])
		return m
	}
	if len(words) > 0 {
		m.event, words = words[0], words[1:]
	}
	for _, w := range words {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			s.refuse(at(n), "step-argument", w)
		}
		m.args = append(m.args, [2]string{k, v})
	}
	return m
}

// parseValue reads an argument as a scenario or a person writes it.
func parseValue(t Type, text string) (int64, error) {
	switch t {
	case Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return 0, fault.New(fault.BadArgument, "")
		}
		if b {
			return 1, nil
		}
		return 0, nil
	case Date:
		d, err := credit.ParseDate(text)
		return int64(d), err
	case Set:
		var numbers []int
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
			n, err := strconv.Atoi(w)
			if err != nil {
				return 0, fault.New(fault.BadArgument, "")
			}
			numbers = append(numbers, n)
		}
		g, err := credit.NewGrounds(numbers...)
		return int64(g), err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fault.New(fault.BadArgument, "")
	}
	return n, nil
}

// ParseArg reads an argument's value from text: a number; true or false; a day; a set
// as numbers with commas. A value of another form is fault.BadArgument or a code of
// credit.ParseDate.
func (a ArgSpec) ParseArg(text string) (int64, error) {
	v, err := parseValue(a.Type, text)
	if err != nil {
		return 0, fault.Wrap(fault.Of(err), a.Name, err)
	}
	return v, nil
}
