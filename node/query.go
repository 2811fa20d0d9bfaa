package node

import (
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/register"
)

// own is the caller under which the institution's people read back what they asked.
const own = "own"

// callerID is who may read a question back; the public may not, for nobody knows it.
func callerID(c api.Caller) string {
	switch c.Kind {
	case api.Operator:
		return own
	case api.Querier:
		return "key/" + c.Key
	}
	return ""
}

// question is a query of a caller before it concerns any record.
func (n *Node) question(c api.Caller, purpose, what string) proof.Query {
	q := proof.Query{Time: n.home.now().Unix(), Purpose: purpose, What: what}
	switch c.Kind {
	case api.Operator:
		q.By, q.Member = proof.ByOwn, uint32(n.home.Member.ID)
	case api.Querier:
		q.By, q.Member, q.Name = proof.ByQuerier, c.Member, c.Name
	default:
		q.By = proof.ByPublic
	}
	return q
}

// noteQuestion logs a question, whatever its answer: once as the caller may read it back,
// which does not depend on what is not shown, and once for each record it hit.
func (n *Node) noteQuestion(c api.Caller, purpose, what string, hits ...register.Hit) error {
	if err := n.register.Question(callerID(c), n.question(c, purpose, what), hits...); err != nil {
		return err
	}
	return n.dropLate(hits)
}

// dropLate takes entries out again whose record has been erased while the answer was being
// made: the register may have forgotten the record before they were entered.
func (n *Node) dropLate(hits []register.Hit) error {
	var gone []register.Record
	for _, h := range hits {
		erased, err := n.vault.Erased(h.Record)
		if err != nil {
			return err
		}
		if erased {
			gone = append(gone, h.Record)
		}
	}
	return n.register.Drop(gone...)
}

// noteSubject logs that the holder of the access code looked, so that whoever holds it
// by right sees when somebody else does.
func (n *Node) noteSubject(id ledger.RecordID) error {
	err := n.register.Note("", proof.Query{Record: id, Time: n.home.now().Unix(), By: proof.BySubject,
		Member: uint32(n.home.Member.ID), What: proof.AskedRecord})
	if err != nil {
		return err
	}
	return n.dropLate([]register.Hit{{Record: id}})
}

// anchorEvery is how often a node looks whether an hour of its register is over.
const anchorEvery = 30 * time.Second
