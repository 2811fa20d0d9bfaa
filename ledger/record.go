package ledger

import (
	"encoding/hex"
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Record is the ledger's side of a record: numbers, states and commitments, never the
// person. Its canonical bytes are the leaf of the state tree at Seq.
type Record struct {
	ID         RecordID          `cbor:"1,keyasint"`
	Contract   uint32            `cbor:"2,keyasint"`
	Recorder   MemberID          `cbor:"3,keyasint"` // the deciding body
	Proposer   MemberID          `cbor:"4,keyasint"`
	Commitment wire.Hash         `cbor:"5,keyasint"` // to the current body
	CaseTag    *CaseTag          `cbor:"6,keyasint,omitempty"`
	Measures   []uint16          `cbor:"7,keyasint,omitempty"`
	Created    credit.Moment     `cbor:"8,keyasint"`
	Instance   contract.Instance `cbor:"9,keyasint"`
	Access     []byte            `cbor:"10,keyasint,omitempty"` // key of the subject's access code; gone with the person
	Filings    uint32            `cbor:"11,keyasint,omitempty"` // how many of the subject's filings have counted
	Duty       Duty              `cbor:"12,keyasint,omitzero"`  // of those who carry out its measures
	Beside     []Sidecar         `cbor:"13,keyasint,omitempty"` // newer versions, in order of adoption

	Seq uint64 `cbor:"-"` // position in the state tree, from 0
}

// clone returns a record whose change leaves the first alone.
func (r *Record) clone() *Record {
	out := *r
	out.Beside = slices.Clone(r.Beside)
	return &out
}

// Newer returns the numbers of the newer versions that run beside the record's own.
func (r *Record) Newer() []uint32 {
	var out []uint32
	for i := range r.Beside {
		if r.Beside[i].applies() {
			out = append(out, r.Beside[i].Contract)
		}
	}
	return out
}

// ParseRecordID reads 32 hexadecimal digits.
func ParseRecordID(s string) (RecordID, error) {
	var id RecordID
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return id, fault.Newf(fault.BadRequest, "record id", "32 hexadecimal digits")
	}
	copy(id[:], b)
	return id, nil
}

// String returns 32 hexadecimal digits.
func (id RecordID) String() string { return hex.EncodeToString(id[:]) }

func decodeRecord(seq uint64, b []byte) (*Record, error) {
	r := &Record{Seq: seq}
	if err := wire.DecodeTrusted(b, r); err != nil {
		return nil, err
	}
	return r, nil
}
