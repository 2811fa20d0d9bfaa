package vault

import (
	"strings"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Record is a record's id, random and public.
type Record = [16]byte

// MaxBody is the longest body in bytes of canonical CBOR.
const MaxBody = 16 << 10

// Packet is what travels beside an envelope: a body with the secret that opens its
// commitment. On the wire it is canonical CBOR. It is personal data throughout.
type Packet struct {
	Record Record       `cbor:"1,keyasint"`
	Secret proof.Secret `cbor:"2,keyasint"`
	Body   []byte       `cbor:"3,keyasint"` // canonical CBOR of credit.Body
}

// Encode returns the packet's canonical bytes.
func (p Packet) Encode() []byte { return p.AppendWire(make([]byte, 0, len(p.Body)+64)) }

// AppendWire implements wire.Appender.
func (p Packet) AppendWire(b []byte) []byte {
	f := wire.AppendFields(b)
	f.Bytes(1, p.Record[:])
	f.Bytes(2, p.Secret[:])
	f.Bytes(3, p.Body)
	return f.End()
}

// ReadWire implements wire.Readable. The packet's body is part of the bytes it is read
// from.
func (p *Packet) ReadWire(r *wire.Reader) {
	m := r.Members()
	m.Need(1)
	r.Fixed(p.Record[:])
	m.Need(2)
	r.Fixed(p.Secret[:])
	m.Need(3)
	p.Body = r.Shared()
	m.End()
}

// DecodePacket reads a packet's canonical bytes, of which its body remains a part. It does
// not look into the body.
func DecodePacket(b []byte) (Packet, error) {
	var p Packet
	if len(b) > MaxBody+128 {
		return p, fault.New(fault.TooLarge, "packet")
	}
	if err := wire.Decode(b, &p); err != nil {
		return Packet{}, err
	}
	return p, nil
}

// Checked is a packet with what opening it yields, worked out once: hashing a body is
// the dearest step of taking one in.
type Checked struct {
	Packet
	Content    credit.Body
	Commitment wire.Hash
}

// Check decodes the body and computes its commitment. It fails with
// fault.BodyMalformed, fault.TooLarge or, for a secret of zeros, fault.FieldInvalid.
// Whether the ledger knows that commitment, and whether the body may be admitted, is
// for the caller to see.
func (p Packet) Check() (*Checked, error) {
	if len(p.Body) > MaxBody {
		return nil, fault.New(fault.TooLarge, "body")
	}
	if p.Secret == (proof.Secret{}) {
		return nil, fault.New(fault.FieldInvalid, "secret")
	}
	c := &Checked{Packet: p}
	if err := wire.Decode(p.Body, &c.Content); err != nil {
		return nil, fault.New(fault.BodyMalformed, "body") // the cause may quote the body
	}
	c.Commitment = proof.Commit(p.Record, p.Secret, c.Content.Disclose())
	return c, nil
}

// Subject is whom a body is about, as the index of subjects knows it.
type Subject struct {
	Type credit.SubjectType
	Code string
}

// normal is the form under which codes are compared: without surrounding space, ASCII
// letters in upper case (a citizen number may end in x).
func (s Subject) normal() string {
	upper := func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}
	return strings.Map(upper, strings.TrimSpace(s.Code))
}
