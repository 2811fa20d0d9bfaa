// Package contract is the law's engine: statecharts written as data (folder law), a
// checker that refuses what could never be right, and a pure interpreter that every
// node runs in every block. It decides when a record is in force and when it is
// released; it never sees the person, an amount or a text.
//
// It never reads a clock, a disk, the environment or a random number, never panics on
// input, and depends on the order of no map. Everything is a function of the document,
// the instance, the event, the moment and the calendar.
//
// # A document
//
// One file of strict YAML (no anchors, tags or unknown keys), first line
// "riviera: statechart/1":
//
//	id, version, kind     (id, version) never changes its text
//	zh, en                every text for people stands in both languages
//	basis                 the provisions; whatever follows cites one or more of them
//	term                  the longest that a record lasts: months, or the rule instead
//	measures              catalogue codes that records may carry
//	parameters            numbers: unit, value (or values with the day from which each
//	                      holds), cite, note ("counsel", "ours")
//	variables             int, bool, date (0 = none) or set (numbers 1 to 16)
//	events                by (roles), adverse | favourable, creates, new_body, reasons (a
//	                      refusal: goes with a paper), lifts_quarantine, args {type, required | default, min, max, past}
//	conditions            named: cel, zh, en; event (if it reads event.*), cite, gap, unit
//	create                transitions that start a record
//	states                the main region: phase, final, hidden, annotated, enter, on,
//	                      always, after
//	shared                reactions of several main states: in, on
//	regions               charts beside it: during (main states), initial, states, shared
//
// A transition has id, cite, if and unless (conditions), to (none: it stays), set
// (assignments, all computed on the old values), do (outputs) and, into an exit, bar (the
// last day on which the same matter is not listed again). "on" waits for an
// event; the first transition whose guards hold is taken, one in each region. "always"
// is taken as soon as its guards hold. "after" is taken at the end (24:00, UTC+8) of
// the day that due gives: from a date, plus days, days-rolling (the last day rolls to
// the next working day), working-days, months, years or day-of-next-month (that day of
// the following month, or its last); day 0 is not counted.
//
// Expressions are CEL over the variables, param.NAME, event.NAME, today (the day of
// the event) and REGION.STATE (hyphens written as underscores), with the functions
// date.plusDays(n), date.plusMonths(n), date.known() and nothing else that the list in
// environment.go does not name.
//
// # Time
//
// A deadline is materialised when its state is entered, or when something that it
// reads changes, and then stays: calendar "earlier" (the default, an exit) takes the
// earlier date when a calendar is adopted, "later" (a subject's window) the later, and
// does not run at all into a year without a calendar. A deadline whose date is not
// known counts from the day on which it begins. Nothing takes effect before what
// caused it: a deadline that lies in the past when it arises fires at that moment.
//
// # Invariants
//
//  1. Code alone never worsens a position; an event that does is adverse
//     (TestRejections, TestModel).
//  2. Settle is independent of when it is called: each transition takes effect at its
//     own moment (TestModel, scenario "settling late gives the same moments").
//  3. A step leaves its input alone; a refused one leaves no trace (TestRefusals,
//     TestModel). Nothing fails in Settle: an error quarantines (TestQuarantine).
//  4. From every state a final one is reached, every state ends by itself, and a
//     contract has basis, measure and term (TestRejections; fault.MissingExit).
//  5. Expressions mean the same on every node: a frozen list of functions
//     (TestEnvironmentIsFrozen), a golden corpus (TestGoldenCorpus), a static bound of
//     cost and none at run time (TestNoLimitAtRunTime), no text of an error in a state.
//  6. An exit keeps its date, or gets an earlier one, when a calendar is adopted or an
//     event touches the record (scenarios "an exit keeps its date …", "… takes the
//     earlier date …").
//  7. An instance has one form of bytes (FuzzDecodeInstance) and at most 40 of them
//     while active (TestInstanceIsSmall).
//  8. Every transition of the documents is taken by a scenario, and every number matters
//     to one (TestScenarios, TestEveryParameterMatters).
//  9. A problem says in both languages what is wrong (TestProblemTexts), and points at
//     its place (TestRejections).
//  10. Who puts off the forgetting decides the record, with two persons, reasons and an
//     article, and within a limit that no second hold moves (TestHoldIsLimited,
//     TestHoldRules).
//
// Sources: 法释〔2017〕7号; NDRC Order
// No. 36; Civil Code arts. 200–204; Harel, Statecharts (1987); the CEL specification.
package contract
