package vault

import (
	"bytes"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Get returns the packet under a commitment, or fault.BodyMissing.
func (v *Vault) Get(commitment wire.Hash) (Packet, error) {
	n, e, ok, err := v.ring.commitment(commitment)
	if err != nil {
		return Packet{}, err
	}
	if !ok {
		return Packet{}, fault.New(fault.BodyMissing, "body")
	}
	sealed, err := v.bodies.Get(bodyKey(n))
	if err != nil {
		return Packet{}, err
	}
	if sealed == nil {
		return Packet{}, fault.New(fault.BodyMissing, "body")
	}
	body, err := openBody(e, sealed)
	if err != nil {
		return Packet{}, err
	}
	return Packet{Record: e.record, Secret: e.secret, Body: body}, nil
}

// Has reports for each commitment whether its body is stored, durably. It reads no
// body.
func (v *Vault) Has(commitments []wire.Hash) ([]bool, error) {
	held := make([]bool, len(commitments))
	v.mu.RLock()
	for i, c := range commitments {
		_, held[i] = v.pending[c]
	}
	v.mu.RUnlock()
	for i, c := range commitments {
		if held[i] {
			continue
		}
		_, _, ok, err := v.ring.commitment(c)
		if err != nil {
			return nil, err
		}
		held[i] = ok
	}
	return held, nil
}

// Find returns the records about a subject that Bind has named, in ascending order of
// their ids. Which of them stand, and who may know, is for the ledger and the caller.
func (v *Vault) Find(s Subject) ([]Record, error) {
	records, err := v.ring.subject(v.ring.seal.subject(s, ""))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(records, func(a, b Record) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(records), nil
}

// Commitments returns the stored bodies of a record: those that Bind has named, in
// ascending order of commitment. Which is the current one the ledger knows.
func (v *Vault) Commitments(record Record) (cs []wire.Hash, err error) {
	all, err := v.ring.record(record)
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, e := range all {
		if _, waits := v.pending[e.commitment]; !waits {
			cs = append(cs, e.commitment)
		}
	}
	slices.SortFunc(cs, func(a, b wire.Hash) int { return bytes.Compare(a[:], b[:]) })
	return cs, err
}

// Erased reports whether the record is being or has been erased here.
func (v *Vault) Erased(record Record) (bool, error) {
	v.mu.RLock()
	doomed, likely := v.doomed[record], v.erased.candidates(v.print(record[:]))
	v.mu.RUnlock()
	if doomed || len(likely) == 0 {
		return doomed, nil
	}
	return v.bodies.Has(recordKey('e', record))
}
