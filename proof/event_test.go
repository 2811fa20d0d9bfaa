package proof

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

func exitEvent() Event {
	return Event{Type: TypeMoved, Record: [16]byte{1, 2, 3}, Contract: 1, Transition: "performed", To: "exited",
		Phase: PhaseExited, Effective: 1_900_000_000, Recorded: 1_900_000_005, Commitment: wire.Hash{9},
		Effects: 6, Cite: []string{"art10-1-1"}, Height: 77, Args: map[string]int64{"b": 2, "a": -1}}
}

func TestEventHasOneEncoding(t *testing.T) {
	for name, e := range map[string]Event{
		"exit":     exitEvent(),
		"calendar": {Type: TypeCalendar, Height: 1},
		"empty":    {},
	} {
		b := e.Encode()
		got, err := DecodeEvent(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(e, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	// A calendar event spelling out a zero record id is another form of the same event.
	type long struct {
		Type   string   `cbor:"1,keyasint"`
		Record [16]byte `cbor:"2,keyasint"`
		Height int64    `cbor:"16,keyasint"`
	}
	for name, b := range map[string][]byte{
		"zero spelled out": wire.Encode(long{Type: TypeCalendar, Height: 1}),
		"short record id":  wire.Encode(map[int]any{1: "moved", 2: []byte{1, 2}, 16: 1}),
		"long record id":   wire.Encode(map[int]any{1: "moved", 2: make([]byte, 17), 16: 1}),
		"unknown field":    wire.Encode(map[int]any{1: "moved", 16: 1, 99: 1}),
		"no height":        wire.Encode(map[int]any{1: "moved"}),
		"trailing byte":    append(exitEvent().Encode(), 0),
		"empty":            nil,
	} {
		if _, err := DecodeEvent(b); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := DecodeEvent(make([]byte, MaxEvent+1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestReleased(t *testing.T) {
	for phase := range uint8(12) {
		want := phase == PhaseExited || phase == PhaseAnnulled
		if got := (Event{Phase: phase}).Released(); got != want {
			t.Errorf("phase %d: %v", phase, got)
		}
	}
}

func TestEventIDSeparatesEvents(t *testing.T) {
	a, b := exitEvent(), exitEvent()
	b.Height++
	if EventID(a.Encode()) == EventID(b.Encode()) {
		t.Error("two events, one id")
	}
	if got, want := EventID([]byte("x")), wire.Digest("riviera/event/1", []byte("x")); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add(exitEvent().Encode())
	f.Add(Event{Type: TypeCalendar}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEvent(b)
		if err != nil {
			return
		}
		if got := e.Encode(); string(got) != string(b) {
			t.Errorf("%x decodes and encodes to %x", b, got)
		}
	})
}
