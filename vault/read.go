package vault

import (
	"bytes"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Get returns the packet under a commitment, or fault.BodyMissing.
func (v *Vault) Get(commitment wire.Hash) (Packet, error) {
	_, e, ok, err := v.ring.commitment(commitment)
	if err != nil {
		return Packet{}, err
	}
	if !ok {
		return Packet{}, fault.New(fault.BodyMissing, "body")
	}
	sealed, err := v.bodies.Get(bodyKey(commitment))
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
	records, err := v.ring.subject(v.ring.seal.subject(s))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(records, func(a, b Record) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(records), nil
}

// Commitments returns the stored bodies of a record: those that Bind has named, in
// ascending order of commitment. Which is the current one the ledger knows.
func (v *Vault) Commitments(record Record) ([]wire.Hash, error) {
	return v.commitments('r', record)
}

func (v *Vault) commitments(kind byte, record Record) (cs []wire.Hash, err error) {
	prefix := recordKey(kind, record)
	err = v.bodies.Scan(prefix, after(prefix), func(k, _ []byte) bool {
		if _, c, ok := splitKey(k); ok {
			cs = append(cs, c)
		}
		return true
	})
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
