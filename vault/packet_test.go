package vault

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
	"github.com/riviera-ledger/riviera/wire/wiretest"
)

func TestPacket(t *testing.T) {
	want := sample(t, 1, 0)
	p, err := DecodePacket(want.Encode())
	if d := cmp.Diff(want.Packet, p); d != "" || err != nil {
		t.Fatalf("%v\n%s", err, d)
	}
	got, err := p.Check()
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Fatalf("%v\n%s", err, d)
	}
	if got.Commitment != proof.Commit(p.Record, p.Secret, got.Content.Disclose()) {
		t.Error("another commitment than package proof's")
	}
	p.Record[0] ^= 1 // the same secret and body, shown for another record
	if other, err := p.Check(); err != nil || other.Commitment == got.Commitment {
		t.Errorf("one commitment for two records (%v)", err)
	}
	p.Record[0] ^= 1
	long := bytes.Repeat([]byte{'a'}, MaxBody+1)
	for name, c := range map[string]struct {
		p    Packet
		want fault.Code
	}{
		"no secret":     {Packet{Body: p.Body}, fault.FieldInvalid},
		"no body":       {Packet{Secret: p.Secret}, fault.BodyMalformed},
		"cut":           {Packet{Secret: p.Secret, Body: p.Body[:20]}, fault.BodyMalformed},
		"too long":      {Packet{Secret: p.Secret, Body: long}, fault.TooLarge},
		"not canonical": {Packet{Secret: p.Secret, Body: append([]byte{0xbf}, append(p.Body[1:], 0xff)...)}, fault.BodyMalformed},
	} {
		if _, err := c.p.Check(); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "张三") {
			t.Errorf("%s: the error names the subject", name)
		}
	}
	if _, err := DecodePacket(append(long, make([]byte, 256)...)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too long: %v", err)
	}
}

func TestSubjectNormal(t *testing.T) {
	for in, want := range map[string]string{" 11010519491231002x\t": "11010519491231002X", "91350100m000100y43": "91350100M000100Y43"} {
		if got := (Subject{credit.Org, in}).normal(); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// FuzzDecodePacket holds that what decodes encodes to the same bytes, and that Check
// never panics.
func FuzzDecodePacket(f *testing.F) {
	f.Add(sample(f, 1, 0).Encode())
	f.Add(wire.Encode(Packet{}))
	f.Add([]byte{0xa3, 1, 0x41, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePacket(b)
		if err != nil {
			return
		}
		if !bytes.Equal(p.Encode(), b) {
			t.Error("decoded, but encodes otherwise")
		}
		if c, err := p.Check(); err == nil && !bytes.Equal(wire.Encode(c.Content), p.Body) {
			t.Error("the body decoded, but encodes otherwise")
		}
	})
}

type taggedPacket Packet

// TestPacketByHand: a packet is read and written as its tags say.
func TestPacketByHand(t *testing.T) {
	var full taggedPacket
	wiretest.Fill(&full)
	wiretest.Vary(wire.Encode(full), func(b []byte) { wiretest.Agree(t, b, new(Packet), new(taggedPacket)) })
}
