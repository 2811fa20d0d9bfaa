package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/network"
)

// story is the demonstration: two parties are listed, the network releases both by
// itself, and each certificate checks offline. Every step that does not hold ends it
// with an error.
type story struct {
	ctx  context.Context
	out  io.Writer
	lang message.Lang
	net  *network.Running
	dir  string // files that the viewer may want to keep
	app  *app   // for its progress bars

	steps       int
	court       *clerk.Clerk   // recorder 2: decides what the contributor proposes
	registry    *clerk.Clerk   // recorder 1: enters its existing decisions
	bureau      *clerk.Clerk   // contributor 1
	bank        *client.Client // a third party with an API key at the contributor's node
	performing  *party
	expiring    *party
	contributor int                          // index of the contributor's node
	codes       map[string]credit.AccessCode // of the letters, by record
}

// party is one whose record the story follows.
type party struct {
	body   credit.Body
	record ledger.RecordID
}

const (
	proposals  = 120
	migrations = 400
	// publishedBefore is how many ledger days before today the expiring record was
	// published: its two years end while the story is told, and on a slow machine, where the
	// window for answers may span a holiday besides, not before the bank has asked.
	publishedBefore = 703
	demoSeed        = 2026
)

// tell runs the story from beginning to end.
func (s *story) tell() error {
	for _, step := range []func() error{
		s.meet, s.migrate, s.propose, s.notice, s.list, s.ask, s.explain, s.file, s.perform, s.release, s.measures, s.certify,
	} {
		if err := step(); err != nil {
			return err
		}
		if err := s.catchUp(); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) say(key string, args ...any) {
	fmt.Fprintln(s.out, s.lang.Text("demo."+key, args...))
}

// step prints a heading and what happens now.
func (s *story) step(key string, args ...any) {
	s.steps++
	fmt.Fprintf(s.out, "\n%s\n", s.lang.Text("demo.step", s.steps, s.lang.Text("demo."+key+".title")))
	s.say(key, args...)
}

// meet introduces the institutions and gives the bank its key.
func (s *story) meet() error {
	s.contributor = len(s.net.Recorders)
	for i, c := range map[int]**clerk.Clerk{0: &s.registry, 1: &s.court, s.contributor: &s.bureau} {
		h := s.net.Home(i)
		cl, err := h.Client()
		if err != nil {
			return err
		}
		if *c, err = h.Clerk(cl); err != nil {
			return err
		}
	}
	status, err := s.client(s.contributor).Status(s.ctx)
	if err != nil {
		return err
	}
	s.step("meet", len(s.net.Recorders), len(s.net.Contributors), s.app.spell(status.Training), status.LedgerDate)
	for _, m := range s.net.Genesis.Members {
		s.say("member", m.ID, s.name(m.NameZH, m.NameEN), s.lang.Text("role."+string(m.Roles[0])))
	}
	text, key, err := api.NewKey("示例银行 Example Bank", "贷前审查 loan review", uint32(s.bureau.Member), 1000, time.Now())
	if err != nil {
		return err
	}
	if err := api.AddKey(s.net.Home(s.contributor).Dir, key); err != nil {
		return err
	}
	s.bank = client.New(s.net.URL(s.contributor), text)
	return nil
}

func (s *story) name(zh, en string) string {
	if s.lang == message.Chinese {
		return zh
	}
	return en
}

func (s *story) client(i int) *client.Client {
	c, err := s.net.Client(i)
	if err != nil {
		return client.New(s.net.URL(i), "") // the call that follows reports what is wrong
	}
	return c
}

// today is the ledger's date.
func (s *story) today() (credit.Date, error) {
	status, err := s.client(0).Status(s.ctx)
	if err != nil {
		return 0, err
	}
	return credit.ParseDate(status.LedgerDate)
}

// migrate enters a recorder's existing decisions, among them one whose term is about
// to end.
func (s *story) migrate() error {
	today, err := s.today()
	if err != nil {
		return err
	}
	s.expiring, err = s.party("示例海湾贸易有限公司", "MA0DEM01", "（2024）示01执101号", 2, today.AddDays(-publishedBefore))
	if err != nil {
		return err
	}
	file := filepath.Join(s.dir, "existing-decisions.csv")
	if err := writeSample(file, migrations, demoSeed, today.AddDays(-60), s.expiring.body); err != nil {
		return err
	}
	s.step("migrate", migrations+1, publishedBefore)
	return s.importFile(file, intake.Migrate, 0, s.net.Home(0), s.registry)
}

// propose imports the contributor's file: drafts without effect on any query.
func (s *story) propose() error {
	today, err := s.today()
	if err != nil {
		return err
	}
	s.performing, err = s.party("示例丽湾建设工程有限公司", "MA0DEM02", "（2026）示02执202号", 1, today)
	if err != nil {
		return err
	}
	s.performing.body.PublishedOn = 0 // not yet published
	file := filepath.Join(s.dir, "proposals.csv")
	if err := writeSample(file, proposals, demoSeed+1, today, s.performing.body); err != nil {
		return err
	}
	s.step("propose", proposals+1, s.name("示例市中级人民法院", "Example City Intermediate People's Court"))
	if err := s.importFile(file, intake.Propose, s.court.Member, s.net.Home(s.contributor), s.bureau); err != nil {
		return err
	}
	return s.expect(s.performing, client.Clear)
}

// party makes one who is followed by name. The codes are made up and carry valid checks.
func (s *story) party(name, organisation, caseNo string, ground int, decided credit.Date) (*party, error) {
	grounds, err := credit.NewGrounds(ground)
	if err != nil {
		return nil, err
	}
	code, err := credit.MakeOrgCode("91", "330100", organisation)
	if err != nil {
		return nil, err
	}
	p := &party{body: credit.Body{Kind: credit.JudgmentDefaulter, SubjectType: credit.Org, SubjectName: name,
		SubjectCode: string(code), CaseNo: caseNo, DecidingOffice: "示例市中级人民法院",
		JudgmentNo: caseNo, LegalBasis: "法释〔2017〕7号 第一条", Grounds: grounds, Amount: 128_000_00,
		FiledOn: decided.AddDays(-30), DecidedOn: decided, PublishedOn: decided, Performance: "全部未履行",
		Facts: "支付货款及利息（示例）", Measures: []string{"I-01", "I-02", "III-01"}}}
	return p, nil
}

// notice has the court give notice of every draft that it is to decide, each with an
// access code.
func (s *story) notice() error {
	s.step("notice")
	drafts, err := s.own(1, contract.Draft)
	if err != nil {
		return err
	}
	today, err := s.today()
	if err != nil {
		return err
	}
	if err := s.serve(drafts, contract.Args{"served": 1, "served_on": int64(today)}); err != nil {
		return err
	}
	s.say("noticed", len(drafts))
	if len(drafts) != proposals+1 {
		return s.broken("notice")
	}
	return nil
}

// list waits for the subjects' objection window and lists.
func (s *story) list() error {
	s.step("list")
	noticed, err := s.own(1, contract.Noticed)
	if err != nil {
		return err
	}
	var last error
	for until := time.Now().Add(time.Minute); time.Now().Before(until); {
		if last = s.actAll(s.court, noticed, clerk.List, contract.Args{"exclusions_checked": 1}); !fault.Is(last, fault.EventNotAccepted) {
			break
		}
		if err := s.pause(500 * time.Millisecond); err != nil {
			return err
		}
	}
	if last != nil {
		return last
	}
	s.say("listed", len(noticed))
	if len(noticed) != proposals+1 {
		return s.broken("list")
	}
	if err := s.catchUp(); err != nil {
		return err
	}
	return s.find(s.performing)
}

// find learns a party's record id from the answer to a standing query.
func (s *story) find(p *party) error {
	answer, err := s.standing(p.body.SubjectCode, p.body.SubjectName)
	if err != nil {
		return err
	}
	if answer.Answer != client.Listed || len(answer.Records) != 1 {
		return s.broken("standing")
	}
	p.record, err = ledger.ParseRecordID(answer.Records[0].ID)
	return err
}

// standing asks as the bank does. A node that has yet to receive a body answers "try
// later", and the bank tries later.
func (s *story) standing(code, name string) (client.StandingAnswer, error) {
	for {
		answer, err := s.bank.Standing(s.ctx, client.StandingRequest{Code: code, Name: name, Purpose: "贷前审查 loan review"})
		if !fault.Is(err, fault.StaleNode) {
			return answer, err
		}
		if err := s.pause(100 * time.Millisecond); err != nil {
			return answer, err
		}
	}
}

func (s *story) expect(p *party, want string) error {
	answer, err := s.standing(p.body.SubjectCode, p.body.SubjectName)
	if err != nil {
		return err
	}
	s.say("answer", p.body.SubjectName, s.lang.Text("answer."+answer.Answer), answer.Height)
	if answer.Answer != want {
		return s.broken("standing")
	}
	return nil
}

// ask has a third party query over HTTP.
func (s *story) ask() error {
	s.step("ask", s.net.URL(s.contributor))
	if err := s.expect(s.performing, client.Listed); err != nil {
		return err
	}
	if err := s.expect(s.expiring, client.Listed); err != nil {
		return err
	}
	if err := s.find(s.expiring); err != nil {
		return err
	}
	other, err := s.standing(s.performing.body.SubjectCode, s.expiring.body.SubjectName)
	if err != nil {
		return err
	}
	s.say("mismatch", s.lang.Text("answer."+other.Answer))
	if other.Answer != client.Clear {
		return s.broken("standing")
	}
	return nil
}
