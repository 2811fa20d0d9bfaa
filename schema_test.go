package riviera_test

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// TestSchema holds wire/riviera.cddl to what the program really encodes: each value has
// the rule's form, with every optional member there and with none, and a value with one
// member more or one less does not have it.
func TestSchema(t *testing.T) {
	s := parseSchema(t)
	for _, c := range schemaCases() {
		t.Run(c.name, func(t *testing.T) {
			v := decodeAny(t, c.bytes)
			if err := s.match(c.rule, v); err != nil {
				t.Fatal(err)
			}
			m, ok := v.(map[any]any)
			if !ok {
				return
			}
			m[uint64(99)] = "more"
			if s.match(c.rule, m) == nil {
				t.Error("an unknown member fits")
			}
		})
	}
}

type schemaCase struct {
	name, rule string
	bytes      []byte
}

func schemaCases() []schemaCase {
	id, h, tag := ledger.RecordID{1}, wire.Hash{2}, ledger.CaseTag{3}
	args := map[string]int64{"a": 1, "served_on": 20000}
	year := credit.Year{Year: 2026, Off: []credit.Date{20454}, Work: []credit.Date{20457}, Notice: "n", NoticeHash: h}
	small := ledger.Create{Record: id, Contract: 1, Event: "propose", Recorder: 2, Commitment: h, Measures: []uint16{1}}
	full := small
	full.CaseTag, full.Args, full.Event = &tag, args, "migrate"
	act := ledger.Act{Record: id, Event: "notice"}
	actFull := ledger.Act{Record: id, Event: "list", Args: args, CaseTag: &tag, Commitment: &h, Paper: &h}
	access := ledger.Access{Record: id, Public: make([]byte, 32)}
	filing := ledger.Filing{Record: id, Event: "object", Signature: make([]byte, 64)}
	filingFull := filing
	filingFull.Args, filingFull.Serial, filingFull.Paper = args, 3, &h
	vote := ledger.CalendarVote{Calendar: year}
	word := ledger.Feedback{Record: id, Measure: 1, Code: ledger.WordAcknowledged}
	wordFull := ledger.Feedback{Record: id, Measure: 1, Code: ledger.WordFailed, Reason: ledger.ReasonSystem}
	_, key, _ := ed25519.GenerateKey(nil)
	seal := func(c ledger.Content, approver ed25519.PrivateKey) []byte {
		var b []byte
		if approver == nil {
			b, _ = ledger.Seal(nil, h, c, key, nil)
		} else {
			b, _ = ledger.Seal(nil, h, c, key, approver)
		}
		return b
	}
	proposal, ballot := ledger.ContractProposal{Source: []byte("s"), Paper: &h}, ledger.ContractVote{Proposal: h, Approve: true, Paper: &h}
	pending := ledger.Proposal{Document: h, ID: "i", Version: 2, Kind: credit.MajorTax, Member: 1, Key: 1, Approver: 2, Proposed: 1, Lapses: 2,
		Ballots: []ledger.Ballot{{Member: 1, Key: 1, Approver: 2, Approve: true, At: 1, Paper: &h}, {Member: 2, Key: 1, At: 1}}}
	pendingFull := pending
	pendingFull.Paper, pendingFull.Adopted, pendingFull.Active = &h, 3, 4
	anchor := ledger.Anchor{Hour: 490_000, Root: h}
	watermark := ledger.Watermark{Height: 7}
	lift := ledger.Reversal{Record: id, Event: 3, Lift: true}
	reversal := ledger.Reversal{Record: id, Event: 3, DecidedOn: 20000, Article: "a", Paper: &h, Key: 3, Signature: make([]byte, 64)}
	reversed := ledger.Reversed{Event: h, Height: 7, Member: 1, Key: 3, DecidedOn: 20000, Signature: make([]byte, 71)}
	ops := []ledger.Operation{small.Operation(), full.Operation(), act.Operation(), actFull.Operation(), vote.Operation(), access.Operation(), filingFull.Operation(), anchor.Operation(),
		word.Operation(), wordFull.Operation(), proposal.Operation(), ballot.Operation(), lift.Operation(), reversal.Operation(), watermark.Operation()}
	body := credit.Body{Kind: credit.GeneralMinor, SubjectType: credit.Org, SubjectName: "某", SubjectCode: "91440300708461136T",
		CaseNo: "1", DecidingOffice: "院", LegalBasis: "法", DecidedOn: 20000}
	bodyFull := body
	bodyFull.JudgmentNo, bodyFull.Grounds, bodyFull.Amount, bodyFull.FiledOn, bodyFull.PublishedOn = "2", 3, 100, 1, 2
	bodyFull.Performance, bodyFull.Facts, bodyFull.Measures, bodyFull.RegistrarException = "p", "f", []string{"I-01"}, true
	packet := vault.Packet{Record: id, Secret: proof.Secret{9}, Body: wire.Encode(bodyFull)}
	event := proof.Event{Type: proof.TypeMoved, Height: 7}
	eventFull := proof.Event{Type: proof.TypeCreated, Record: id, Contract: 1, Name: "n", Transition: "t", To: "s", Phase: 4, Effective: -1,
		Recorded: 2, Member: 1, Key: 1, Approver: 2, Commitment: h, Effects: 3, Cite: []string{"a"}, Height: 7, Args: args, Paper: h, Barred: 20000,
		Document: h, Own: 1}
	record := ledger.Record{ID: id, Contract: 1, Recorder: 1, Proposer: 2, Commitment: h, Created: -5}
	recordFull := record
	recordFull.CaseTag, recordFull.Measures = &tag, []uint16{1, 2}
	recordFull.Access, recordFull.Filings, recordFull.Beside = make([]byte, 32), 2, []ledger.Sidecar{{Contract: 2}}
	recordFull.Duty = ledger.Duty{Ordered: 1, Stop: 2, Told: []ledger.Told{{Measure: 1, Executor: 2, State: ledger.Stopped, Acked: 3, At: 4},
		{Measure: 2, Executor: 2, State: ledger.StopFailed, Reason: ledger.ReasonSystem, Acked: 3, At: 4}}}
	member := ledger.Member{ID: 1, NameZH: "甲", Roles: []ledger.Role{ledger.Recorder}}
	memberFull := ledger.Member{ID: 2, NameZH: "乙", NameEN: "B", Code: "c", Roles: []ledger.Role{ledger.Authority}, Constituency: "x",
		Node: strings.Repeat("a", 40), Consensus: make([]byte, 32), Suspended: true, Contact: "o", Threshold: 2, Removed: 1, Retired: 1, Named: 1, Successor: 1, Release: 1, Superior: 1, Executes: []uint16{1, 3}, FormerNodes: []string{strings.Repeat("b", 40)}, Keys: []ledger.Key{
			{ID: 1, Purpose: ledger.Operate, Algorithm: ledger.Ed25519, Public: make([]byte, 32), Scope: ledger.ScopePeople},
			{ID: 2, Purpose: ledger.Document, Algorithm: ledger.P256, Public: make([]byte, 65), Operator: "o", From: 1, To: 2, Certificate: []byte{1}}}}
	cause := ledger.Cause{Code: ledger.CauseApplication, Article: "charter-1"}
	keys := memberFull.Keys
	admit := ledger.Gate{Act: ledger.GateAdmit, Subject: 2, Member: &memberFull, Replaces: 1, Successor: 3, Reason: cause}
	rolesAct := ledger.Gate{Act: ledger.GateRoles, Subject: 2, Roles: memberFull.Roles, Consensus: make([]byte, 32), Superior: 1, Reason: cause}
	keysAct := ledger.Gate{Act: ledger.GateKeys, Subject: 2, Keys: keys, Reason: cause}
	officers := ledger.OfficersVote{Keys: keys, Threshold: 2}
	stopVote := ledger.StopAdverse{Reason: cause}
	keyChange := ledger.KeyChange{Add: keys, Retire: []ledger.End{{Key: 1, Last: 7}}, Narrow: []ledger.Narrowed{{Key: 1, Scope: ledger.ScopeService}}}
	rotate := ledger.Rotate{Consensus: make([]byte, 32), New: make([]byte, 64), Reason: &cause}
	rotateNode := ledger.Rotate{Node: make([]byte, 32), Was: make([]byte, 32), Old: make([]byte, 64), New: make([]byte, 64)}
	ops = append(ops, admit.Operation(), rolesAct.Operation(), keysAct.Operation(), officers.Operation(), stopVote.Operation(), keyChange.Operation(),
		(&ledger.OfficersVote{}).Operation(), rotate.Operation(), rotateNode.Operation(),
		(&ledger.Cosign{Act: h}).Operation(), (&ledger.Stay{Change: h}).Operation(), (&ledger.Objection{Act: h}).Operation(), (&ledger.Succession{Of: 1}).Operation(),
		(&ledger.UpgradeVote{Rules: 2, Height: 9, Reason: cause}).Operation(), (&ledger.UpgradeVote{Reason: cause}).Operation(),
		(&ledger.Leave{Day: 20000, Successor: 2, Reason: cause}).Operation(), (&ledger.Leave{Reason: cause}).Operation())
	ids := []ledger.MemberID{1}
	council := ledger.Council{Pending: []ledger.Pending{{Act: h, Member: 1, Kind: 9, Data: []byte{1}, Signers: []ledger.KeyID{1}, Lapses: 1}},
		Change: &ledger.Change{Join: 1, JoinRoles: memberFull.Roles, JoinKey: make([]byte, 32), Leave: 2, LeaveRoles: memberFull.Roles, Out: true, Successor: 3,
			Rotation: true, Act: h, Due: 1, Stays: ids, Stayed: true, Accepted: true, Superior: 1, Own: true},
		Takeover: &ledger.Takeover{Member: 1, Keys: keys, Act: h, Due: 1, Stays: ids},
		Officers: []ledger.OfficersChange{{Content: h, Vote: wire.Encode(officers), For: ids, Due: 1}},
		Stop:     ledger.Stop{Until: 1, Again: 2, Votes: []ledger.StopVote{{Member: 1, Lapses: 1}}},
		Sweeps:   []ledger.Sweep{{Member: 1, At: 1, Next: 1}}, Epochs: h,
		Upgrades: []ledger.Upgrade{{Rules: 2, Height: 9, For: ids, Due: 1}, {Height: 9, For: ids}}, Rules: []ledger.RulesFrom{{Rules: 2, Height: 9}}, Final: 9,
		Leaving: []ledger.Leaving{{Member: 1, Day: 20000, Successor: 2, Reason: cause, Act: h}, {Member: 2, Day: 20000, Reason: cause, Act: h}}, Nodes: []ledger.FormerNode{{Member: 1, Node: memberFull.Node, Until: 1}}, Revoked: 1}
	validator := ledger.Validator{Member: 1, Key: make([]byte, 32), Power: 10}
	genesis := ledger.Genesis{Format: ledger.GenesisFormat, Network: "n", ChainID: "c", TimeNS: 1,
		Clock: ledger.Clock{Day: 1e9, Epoch: 20000}, Members: []ledger.Member{member, memberFull, member, member},
		Contracts: []ledger.ContractSource{{Number: 1, File: "f", Source: "s"}}, Calendars: []credit.Year{year}, Measures: []ledger.Measure{{Number: 1, Code: "I-01"}, {Number: 2, Code: "I-02", Months: 36}},
		Migration: ledger.Migration{Until: 1, NotBefore: 0}, GovernanceDay: 1e9, Publishing: ledger.Publishing{Waiting: 7, Open: 90}}
	genesis.Predecessors = []ledger.Predecessor{{ChainID: "a", Genesis: h, Height: 9, Seal: h, TimeNS: 1, AppHash: h, Validators: []ledger.Validator{validator, validator, validator, validator}}}
	plain := genesis
	plain.Predecessors = nil
	plain.GovernanceDay, plain.Publishing = 0, ledger.Publishing{}
	plain.Clock, plain.Calendars, plain.Measures = ledger.Clock{}, nil, nil
	cases := []schemaCase{
		{"create", "create", wire.Encode(small)}, {"create full", "create", wire.Encode(full)},
		{"gate admit", "gate", wire.Encode(admit)}, {"gate roles", "gate", wire.Encode(rolesAct)}, {"gate keys", "gate", wire.Encode(keysAct)},
		{"officers", "officers-vote", wire.Encode(officers)}, {"key change", "key-change", wire.Encode(keyChange)}, {"stop", "stop-adverse", wire.Encode(stopVote)},
		{"rotate", "rotate", wire.Encode(rotate)}, {"rotate node", "rotate", wire.Encode(rotateNode)},
		{"council", "council", wire.Encode(ledger.Council{})}, {"council full", "council", wire.Encode(council)},
		{"epoch", "epoch", wire.Encode(ledger.Epoch{FromHeight: 3, Validators: []ledger.Validator{validator, validator, validator, validator}})},
		{"act", "act", wire.Encode(act)}, {"act full", "act", wire.Encode(actFull)},
		{"vote", "calendar-vote", wire.Encode(vote)},
		{"summary", "snapshot-summary", wire.Encode(ledger.Summary{LogRoot: h, Records: h, Meta: h, Events: 1, Count: 2})},
		{"access", "access", wire.Encode(access)},
		{"reversal", "reversal", wire.Encode(reversal)}, {"lift", "reversal", wire.Encode(lift)}, {"reversed", "reversed", wire.Encode(reversed)},
		{"filing", "filing", wire.Encode(filing)}, {"filing full", "filing", wire.Encode(filingFull)},
		{"feedback", "feedback", wire.Encode(word)}, {"feedback full", "feedback", wire.Encode(wordFull)},
		{"envelope", "envelope", seal(ledger.Content{Member: 1, Key: 1, NotAfter: 5, Ops: ops[:1]}, nil)},
		{"envelope full", "envelope", seal(ledger.Content{Member: 1, Key: 1, Approver: 2, NotAfter: 5, Calendar: 1, Ops: ops}, key)},
		{"body", "body", wire.Encode(body)}, {"body full", "body", wire.Encode(bodyFull)},
		{"packet", "packet", packet.Encode()},
		{"event", "event", event.Encode()}, {"event full", "event", eventFull.Encode()},
		{"day", "day", wire.Encode(ledger.Day{Date: 20000, Height: 9, Time: 1, Size: 3, Root: h, State: h})},
		{"record", "record", wire.Encode(record)}, {"record full", "record", wire.Encode(recordFull)},
		{"genesis", "genesis", wire.Encode(genesis)}, {"genesis plain", "genesis", wire.Encode(plain)},
		{"path", "state-path", wire.Encode(proof.StatePath{})}, {"path full", "state-path", wire.Encode(proof.StatePath{Present: 1, Siblings: []wire.Hash{h}})},
	}
	paper := credit.Paper{Record: id, Salt: h, Kind: credit.Evidence, Text: "a"}
	paperFull := credit.Paper{Record: id, Salt: h, Kind: credit.Reasons, Author: 2, Text: "a",
		Files: []credit.File{{Name: "a.pdf", Media: "application/pdf", Data: []byte("%PDF-")}}}
	query := proof.Query{Salt: h, Time: 1, By: proof.ByPublic, What: proof.AskedStanding}
	queryFull := proof.Query{Salt: h, Record: id, Time: 1, By: proof.ByQuerier, Member: 1, Name: "n", Purpose: "p", What: proof.AskedRecord, Listed: true}
	clear := proof.Clear{ID: id, Genesis: h, Height: 7, Time: 5, AppHash: h, Subject: h}
	cases = append(cases, schemaCase{"clear", "clear", clear.Encode()})
	cases = append(cases, schemaCase{"contract", "contract-proposal", wire.Encode(proposal)}, schemaCase{"ballot", "contract-vote", wire.Encode(ballot)},
		schemaCase{"proposal", "proposal", wire.Encode(pending)}, schemaCase{"proposal full", "proposal", wire.Encode(pendingFull)})
	cases = append(cases, schemaCase{"anchor", "anchor", wire.Encode(anchor)}, schemaCase{"watermark", "watermark", wire.Encode(watermark)},
		schemaCase{"query", "query", wire.Encode(query)}, schemaCase{"query full", "query", wire.Encode(queryFull)})
	cases = append(cases, schemaCase{"paper", "paper", paper.Encode()}, schemaCase{"paper full", "paper", paperFull.Encode()})
	rules := [...]string{"unit-name", "unit-code", "unit-case", "unit-office", "unit-basis", "unit-amount", "unit-dates", "unit-facts", "unit-measures"}
	for _, b := range []credit.Body{body, bodyFull} {
		for i, u := range b.Disclose() {
			cases = append(cases, schemaCase{"unit " + strconv.Itoa(i), rules[i], u})
		}
	}
	return cases
}

func decodeAny(t *testing.T, b []byte) any {
	t.Helper()
	m, err := cbor.DecOptions{}.DecMode()
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := m.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// schema reads the part of CDDL (RFC 8610) that riviera.cddl is written in.
type schema map[string]node

type node struct {
	op      string // or, range, name, int, text, map, array, enum, ctl
	name    string // of a rule or control
	num     *big.Int
	text    string
	of      []node
	entries []entry
}

type entry struct {
	lo, hi int // occurrences; hi below 0: no bound
	key    *node
	value  node
}

var cddlToken = regexp.MustCompile(`"[^"]*"|\.\.|\.[a-z]+|=>|&\(|-?[0-9]+|[a-zA-Z][a-zA-Z0-9-]*|[=/{}\[\]():,?*]`)

type cddl struct {
	toks []string
	pos  int
}

func parseSchema(t *testing.T) schema {
	t.Helper()
	b, err := os.ReadFile("wire/riviera.cddl")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`;.*`).ReplaceAllString(string(b), "")
	if rest := strings.TrimSpace(regexp.MustCompile(`\s+`).ReplaceAllString(cddlToken.ReplaceAllString(text, " "), "")); rest != "" {
		t.Fatalf("characters that are no token: %q", rest)
	}
	p := &cddl{toks: cddlToken.FindAllString(text, -1)}
	s := schema{}
	for p.pos < len(p.toks) {
		name := p.next()
		p.want("=")
		if _, twice := s[name]; twice {
			t.Fatalf("rule %s stands twice", name)
		}
		s[name] = p.typ()
	}
	known := map[string]bool{"text": true, "bytes": true, "bool": true, "true": true, "int": true}
	var walk func(n node)
	walk = func(n node) {
		if n.op == "name" && s[n.name].op == "" && !known[n.name] {
			t.Errorf("no rule for %s", n.name)
		}
		for _, x := range n.of {
			walk(x)
		}
		for _, e := range n.entries {
			walk(e.value)
			if e.key != nil {
				walk(*e.key)
			}
		}
	}
	for _, n := range s {
		walk(n)
	}
	return s
}

func (p *cddl) peek() string {
	if p.pos < len(p.toks) {
		return p.toks[p.pos]
	}
	return ""
}
func (p *cddl) next() string { p.pos++; return p.toks[p.pos-1] }
func (p *cddl) want(s string) {
	if got := p.next(); got != s {
		panic(fmt.Sprintf("schema: %q where %q is due, after %v", got, s, p.toks[max(0, p.pos-8):p.pos]))
	}
}

func (p *cddl) typ() node {
	n := p.typ1()
	if p.peek() != "/" {
		return n
	}
	or := node{op: "or", of: []node{n}}
	for p.peek() == "/" {
		p.next()
		or.of = append(or.of, p.typ1())
	}
	return or
}

func (p *cddl) typ1() node {
	n := p.typ2()
	switch op := p.peek(); {
	case op == "..":
		p.next()
		return node{op: "range", of: []node{n, p.typ2()}}
	case strings.HasPrefix(op, "."):
		p.next()
		return node{op: "ctl", name: op[1:], of: []node{n, p.typ2()}}
	}
	return n
}

func (p *cddl) typ2() node {
	tok := p.next()
	switch {
	case tok == "(":
		n := p.typ()
		p.want(")")
		return n
	case tok == "{":
		return node{op: "map", entries: p.group("}")}
	case tok == "[":
		return node{op: "array", entries: p.group("]")}
	case tok == "&(":
		return node{op: "enum", entries: p.group(")")}
	case tok[0] == '"':
		return node{op: "text", text: tok[1 : len(tok)-1]}
	case tok[0] == '-' || tok[0] >= '0' && tok[0] <= '9':
		x, _ := new(big.Int).SetString(tok, 10)
		return node{op: "int", num: x}
	}
	return node{op: "name", name: tok}
}

func (p *cddl) group(end string) []entry {
	var out []entry
	for p.peek() != end {
		e := entry{lo: 1, hi: 1}
		tok := p.peek()
		number := tok[0] >= '0' && tok[0] <= '9'
		switch {
		case tok == "?":
			p.next()
			e.lo = 0
		case tok == "*" || number && p.toks[p.pos+1] == "*":
			e.lo, e.hi = 0, -1
			if number {
				e.lo, _ = strconv.Atoi(p.next())
			}
			p.want("*")
			if x, err := strconv.Atoi(p.peek()); err == nil && p.toks[p.pos+1] != "=>" {
				p.next()
				e.hi = x
			}
		}
		v := p.typ()
		switch p.peek() {
		case "=>":
			p.next()
			e.key = &v
			e.value = p.typ()
		case ":":
			p.next()
			if end == "}" {
				e.key = &node{op: "text", text: v.name}
			}
			e.value = p.typ()
		default:
			e.value = v
		}
		out = append(out, e)
		if p.peek() == "," {
			p.next()
		}
	}
	p.want(end)
	return out
}

func number(v any) *big.Int {
	switch x := v.(type) {
	case uint64:
		return new(big.Int).SetUint64(x)
	case int64:
		return big.NewInt(x)
	}
	return nil
}

func (s schema) match(rule string, v any) error { return s.fit(node{op: "name", name: rule}, v, rule) }

func (s schema) fit(n node, v any, at string) error {
	bad := func() error { return fmt.Errorf("%s: %v (%T) is no %s %s%s", at, v, v, n.op, n.name, n.text) }
	is := func(ok bool) error {
		if ok {
			return nil
		}
		return bad()
	}
	switch n.op {
	case "name":
		if r, ok := s[n.name]; ok {
			return s.fit(r, v, at)
		}
		_, isText := v.(string)
		_, isBytes := v.([]byte)
		b, isBool := v.(bool)
		return is(n.name == "text" && isText || n.name == "bytes" && isBytes || n.name == "bool" && isBool || n.name == "true" && isBool && b)
	case "or":
		var err error
		for _, x := range n.of {
			if err = s.fit(x, v, at); err == nil {
				return nil
			}
		}
		return err
	case "int":
		x := number(v)
		return is(x != nil && x.Cmp(n.num) == 0)
	case "text":
		return is(v == n.text)
	case "range":
		x := number(v)
		return is(x != nil && x.Cmp(n.of[0].num) >= 0 && x.Cmp(n.of[1].num) <= 0)
	case "enum":
		for _, e := range n.entries {
			if s.fit(e.value, v, at) == nil {
				return nil
			}
		}
		return bad()
	case "ctl":
		if err := s.fit(n.of[0], v, at); err != nil {
			return err
		}
		if n.name == "cbor" {
			var inner any
			if err := cbor.Unmarshal(v.([]byte), &inner); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			return s.fit(n.of[1], inner, at+" inside")
		}
		size := 0
		switch x := v.(type) {
		case string:
			size = len(x)
		case []byte:
			size = len(x)
		}
		return s.fit(n.of[1], uint64(size), at+" size")
	case "array":
		list, ok := v.([]any)
		if !ok {
			return bad()
		}
		for i, e := range n.entries {
			took := 0
			for ; (e.hi < 0 || took < e.hi) && took < len(list); took++ {
				if err := s.fit(e.value, list[took], fmt.Sprintf("%s[%d]", at, i)); err != nil {
					return err
				}
			}
			if took < e.lo {
				return fmt.Errorf("%s: %d elements, at least %d", at, took, e.lo)
			}
			list = list[took:]
		}
		return is(len(list) == 0)
	case "map":
		m, ok := v.(map[any]any)
		if !ok {
			return bad()
		}
		used := 0
		for _, e := range n.entries {
			took := 0
			for k, x := range m {
				if s.fit(*e.key, k, at) != nil {
					continue
				}
				if err := s.fit(e.value, x, fmt.Sprintf("%s{%v}", at, k)); err != nil {
					return err
				}
				took++
			}
			if took < e.lo || e.hi >= 0 && took > e.hi {
				return fmt.Errorf("%s: member %v stands %d times", at, e.key.num, took)
			}
			used += took
		}
		return is(used == len(m))
	}
	return bad()
}
