package consensus

import (
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// Channels. Their numbers are part of the handshake between nodes.
const (
	bodyChannel    = byte(0x70) // packets, in answer to an inquiry
	inquiryChannel = byte(0x71) // what one node has, and what it wants
	offerChannel   = byte(0x72) // envelopes with their packets, to recorders only
	letterChannel  = byte(0x73) // requests of one node to another, and answers
)

// Bounds of what peers send, in bytes and in number.
const (
	maxOfferBytes   = 4 << 20 // a batch of offers, and the largest single one
	maxBodyBytes    = 4 << 20
	maxInquiryBytes = 256 << 10
	maxAsked        = 512  // commitments or ids in one inquiry
	maxAnnounced    = 2048 // envelopes in one announcement
	batchBytes      = 512 << 10
)

// offer is an envelope with the packets of all its bodies, as it goes from the node
// that took it in to every recorder, and from a recorder to one that lacks it.
type offer struct {
	_        struct{} `cbor:",toarray"`
	Envelope []byte
	Packets  []vault.Packet
	// Relay asks the receiver to announce the envelope at once: the sender is not
	// connected to every recorder.
	Relay bool
}

// size is about the offer's bytes.
func (o *offer) size() int {
	n := len(o.Envelope)
	for i := range o.Packets {
		n += len(o.Packets[i].Body) + 64
	}
	return n
}

func (o *offer) encode() []byte { return o.AppendWire(make([]byte, 0, o.size()+64)) }

// AppendWire implements wire.Appender.
func (o *offer) AppendWire(b []byte) []byte {
	b = wire.AppendBytes(wire.AppendArray(b, 3), o.Envelope)
	b = wire.AppendArray(b, len(o.Packets))
	for i := range o.Packets {
		b = o.Packets[i].AppendWire(b)
	}
	return wire.AppendBool(b, o.Relay)
}

// ReadWire implements wire.Readable. The envelope outlives the message that it came in, so
// it is copied; the bodies do not.
func (o *offer) ReadWire(r *wire.Reader) {
	r.Tuple(3)
	o.Envelope = r.Bytes()
	o.Packets = make([]vault.Packet, r.Array())
	for i := range o.Packets {
		o.Packets[i].ReadWire(r)
	}
	o.Relay = r.Bool()
}

func decodeOffer(b []byte) (*offer, error) {
	o := new(offer)
	if len(b) > maxOfferBytes {
		return nil, fault.New(fault.TooLarge, "offer")
	}
	if err := wire.Decode(b, o); err != nil {
		return nil, err
	}
	if len(o.Packets) > ledger.MaxOperations {
		return nil, fault.New(fault.TooLarge, "offer")
	}
	return o, nil
}

// announced is an envelope that a node has.
type announced struct {
	_      struct{} `cbor:",toarray"`
	ID     wire.Hash
	Expiry int64 // last height at which it may be committed
}

// inquiry asks for bodies by commitment and for envelopes by id, and announces
// envelopes.
type inquiry struct {
	Bodies []wire.Hash `cbor:"1,keyasint,omitempty"`
	Want   []wire.Hash `cbor:"2,keyasint,omitempty"`
	Have   []announced `cbor:"3,keyasint,omitempty"`
}

func (q *inquiry) encode() []byte { return wire.Encode(q) }

func decodeInquiry(b []byte) (*inquiry, error) {
	q := new(inquiry)
	if len(b) > maxInquiryBytes {
		return nil, fault.New(fault.TooLarge, "inquiry")
	}
	if err := wire.Decode(b, q); err != nil {
		return nil, err
	}
	if len(q.Bodies) > maxAsked || len(q.Want) > maxAsked || len(q.Have) > maxAnnounced {
		return nil, fault.New(fault.TooLarge, "inquiry")
	}
	return q, nil
}
