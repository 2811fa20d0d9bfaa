package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// explain shows the ways out.
func (s *story) explain() error {
	s.step("explain", s.performing.body.SubjectName)
	e, err := s.client(s.contributor).Explain(s.ctx, s.performing.record.String())
	if err != nil {
		return err
	}
	printExplanation(s.out, s.lang, e)
	return nil
}

// perform has the court attest that the obligation is performed: a fact, not a release.
func (s *story) perform() error {
	today, err := s.today()
	if err != nil {
		return err
	}
	s.step("perform", s.performing.body.SubjectName)
	r := []client.Record{{ID: s.performing.record.String(), Kind: string(s.performing.body.Kind)}}
	if err := s.actAll(s.court, r, "performed", contract.Args{"fact_on": int64(today)}); err != nil {
		return err
	}
	rec, err := s.client(1).Record(s.ctx, s.performing.record.String())
	if err != nil {
		return err
	}
	s.say("due", rec.Due)
	return nil
}

// release waits until the contract has released both, with no call by anyone.
func (s *story) release() error {
	s.step("release")
	for _, p := range []*party{s.performing, s.expiring} {
		change, err := s.awaitExit(p)
		if err != nil {
			return err
		}
		s.say("released", p.body.SubjectName, s.name(change.TitleZH, change.TitleEN), change.Effective, change.Height)
		if err := s.expect(p, client.Clear); err != nil {
			return err
		}
	}
	return nil
}

// awaitExit waits for a party's exit event and checks that nobody sent it.
func (s *story) awaitExit(p *party) (client.Change, error) {
	for until := time.Now().Add(90 * time.Second); time.Now().Before(until); {
		r, err := s.client(s.contributor).Record(s.ctx, p.record.String())
		if err != nil {
			return client.Change{}, err
		}
		for _, c := range r.History {
			if c.Phase == contract.Exited.String() {
				if c.Member != 0 {
					return c, s.broken("release")
				}
				return c, nil
			}
		}
		if err := s.pause(200 * time.Millisecond); err != nil {
			return client.Change{}, err
		}
	}
	return client.Change{}, s.broken("release")
}

func (s *story) pause(d time.Duration) error {
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// certify writes both certificates and verifies them from the files alone.
func (s *story) certify() error {
	s.step("certify")
	trust, err := s.client(s.contributor).Trust(s.ctx)
	if err != nil {
		return err
	}
	trustFile := filepath.Join(s.dir, "trust.json")
	if err := os.WriteFile(trustFile, trust, 0o644); err != nil {
		return fault.Wrap(fault.DiskFull, trustFile, err)
	}
	for i, p := range []*party{s.performing, s.expiring} {
		pdf, err := s.client(1-i).Certificate(s.ctx, p.record.String(), s.lang)
		if err != nil {
			return err
		}
		file := filepath.Join(s.dir, fmt.Sprintf("certificate-%d.pdf", i+1))
		if err := os.WriteFile(file, pdf, 0o644); err != nil {
			return fault.Wrap(fault.DiskFull, file, err)
		}
		if err := s.check(file, trustFile); err != nil {
			return err
		}
	}
	return nil
}

// check verifies one certificate from two files, and that a changed byte is found.
func (s *story) check(file, trustFile string) error {
	pdf, err := os.ReadFile(file)
	if err != nil {
		return fault.Wrap(fault.NotFound, file, err)
	}
	b, err := os.ReadFile(trustFile)
	if err != nil {
		return fault.Wrap(fault.NotFound, trustFile, err)
	}
	trust, err := verify.ParseTrust(b)
	if err != nil {
		return err
	}
	report := verify.Verify(pdf, trust, verify.Options{Now: time.Now()})
	s.say("verified", file, len(pdf)/1024, report.Verdict)
	if report.Verdict != verify.Passed {
		out, _ := json.MarshalIndent(report, "", "  ")
		fmt.Fprintln(s.out, string(out))
		return s.broken("verify")
	}
	pdf[len(pdf)/2] ^= 1
	report = verify.Verify(pdf, trust, verify.Options{Now: time.Now()})
	s.say("tampered", report.Verdict)
	if report.Verdict == verify.Passed {
		return s.broken("tamper")
	}
	return nil
}

func (s *story) broken(step string) error {
	return fault.Newf(fault.Internal, "demo: "+step, "the step did not hold")
}
