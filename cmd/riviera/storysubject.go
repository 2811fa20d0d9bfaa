package main

import (
	"slices"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/verify"
)

// serve sends the notices of drafts, each with the key of its letter's access code.
func (s *story) serve(drafts []client.Record, args contract.Args) error {
	s.codes = map[string]credit.AccessCode{}
	for chunk := range slices.Chunk(drafts, actsPerEnvelope/2) {
		var entries []clerk.Entry
		for _, r := range chunk {
			id, err := ledger.ParseRecordID(r.ID)
			if err != nil {
				return err
			}
			notice, err := s.court.Act(s.ctx, clerk.ActSpec{Record: id, Event: clerk.Notice, Args: args, Kind: credit.Kind(r.Kind)})
			if err != nil {
				return err
			}
			code, err := s.court.NewAccessCode()
			if err != nil {
				return err
			}
			s.codes[r.ID] = code
			entries = append(entries, notice, s.court.Access(id, code.PublicKey(), false))
		}
		out, err := s.court.Send(s.ctx, entries)
		if err != nil {
			return err
		}
		if err := out.First(); err != nil {
			return err
		}
	}
	return nil
}

// file has the listed party claim its performance, not at the court's node but at
// another: it gets a signed receipt, and from the next answer on the record is annotated.
func (s *story) file() error {
	node := s.net.Genesis.Members[s.contributor]
	s.step("file", s.performing.body.SubjectName, s.name(node.NameZH, node.NameEN))
	id := s.performing.record.String()
	raw, err := s.client(s.contributor).SubjectFile(s.ctx, client.Filing{Event: "claim",
		SubjectAccess: client.SubjectAccess{Record: id, Code: s.codes[id].Text()}, Text: "货款及利息已于今日付清，见银行回单（示例）。"})
	if err != nil {
		return err
	}
	receipt, err := s.receipt(raw)
	if err != nil {
		return err
	}
	s.say("receipt", receipt.Serial+1, receipt.Height)
	wrong := s.codes[id].Text()
	_, err = s.client(s.contributor).SubjectFile(s.ctx, client.Filing{Event: "object",
		SubjectAccess: client.SubjectAccess{Record: s.expiring.record.String(), Code: wrong}})
	if err == nil {
		return s.broken("file")
	}
	s.say("foreign-code", s.expiring.body.SubjectName)
	if err := s.catchUp(); err != nil {
		return err
	}
	answer, err := s.standing(s.performing.body.SubjectCode, s.performing.body.SubjectName)
	if err != nil {
		return err
	}
	if len(answer.Records) != 1 || len(answer.Records[0].Annotations) == 0 {
		return s.broken("annotation")
	}
	s.say("annotated")
	return nil
}

// receipt verifies what the node has signed, from the trust file alone.
func (s *story) receipt(raw []byte) (*verify.Receipt, error) {
	b, err := s.client(0).Trust(s.ctx)
	if err != nil {
		return nil, err
	}
	trust, err := verify.ParseTrust(b)
	if err != nil {
		return nil, err
	}
	if verify.VerifyReceipt(raw, trust).Verdict != verify.Passed {
		return nil, s.broken("receipt")
	}
	return verify.ParseReceipt(raw)
}
