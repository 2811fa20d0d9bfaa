package consensus

import (
	"bytes"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
	"github.com/riviera-ledger/riviera/wire/wiretest"
)

func exampleOffer() *offer {
	return &offer{Envelope: []byte("envelope"), Relay: true,
		Packets: []vault.Packet{{Record: vault.Record{1}, Secret: proof.Secret{2}, Body: []byte("body")}}}
}

func exampleInquiry() *inquiry {
	return &inquiry{Bodies: []wire.Hash{{1}}, Want: []wire.Hash{{2}}, Have: []announced{{ID: wire.Hash{3}, Expiry: 4}}}
}

// FuzzOffer and FuzzInquiry hold that what decodes encodes to the same bytes.
func FuzzOffer(f *testing.F) {
	f.Add(exampleOffer().encode())
	f.Add((&offer{}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := decodeOffer(b); err == nil && !bytes.Equal(o.encode(), b) {
			t.Errorf("%x came back as %x", b, o.encode())
		}
	})
}

func FuzzInquiry(f *testing.F) {
	f.Add(exampleInquiry().encode())
	f.Add((&inquiry{}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if q, err := decodeInquiry(b); err == nil && !bytes.Equal(q.encode(), b) {
			t.Errorf("%x came back as %x", b, q.encode())
		}
	})
}

func TestGossipBounds(t *testing.T) {
	many := &inquiry{Bodies: make([]wire.Hash, maxAsked+1)}
	if _, err := decodeInquiry(many.encode()); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many commitments: %v", err)
	}
	have := &inquiry{Have: make([]announced, maxAnnounced)}
	if b := have.encode(); len(b) > maxInquiryBytes {
		t.Errorf("the largest announcement has %d bytes, the channel takes %d", len(b), maxInquiryBytes)
	}
	if _, err := decodeOffer(make([]byte, maxOfferBytes+1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too long an offer: %v", err)
	}
}

type taggedOffer offer

// TestOfferByHand: an offer is read and written as its tags say.
func TestOfferByHand(t *testing.T) {
	var full taggedOffer
	wiretest.Fill(&full)
	for _, o := range []taggedOffer{taggedOffer(*exampleOffer()), full, {Envelope: []byte{}, Packets: []vault.Packet{}}} {
		wiretest.Vary(wire.Encode(o), func(b []byte) { wiretest.Agree(t, b, new(offer), new(taggedOffer)) })
	}
}
