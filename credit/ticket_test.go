package credit

import (
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

func TestTicket(t *testing.T) {
	code, other := NewAccessCode([17]byte{1}), NewAccessCode([17]byte{2})
	genesis, record, at := wire.Hash{1}, [16]byte{2}, time.Unix(1_800_000_000, 0)
	for name, tc := range map[string]struct {
		change  func(*Ticket)
		genesis wire.Hash
		key     AccessCode
		after   time.Duration
		good    bool
	}{
		"fresh":            {nil, genesis, code, 0, true},
		"at its end":       {nil, genesis, code, TicketLife, true},
		"over":             {nil, genesis, code, TicketLife + time.Second, false},
		"clock a bit slow": {nil, genesis, code, -ticketSkew, true},
		"from the future":  {nil, genesis, code, -ticketSkew - time.Second, false},
		"another network":  {nil, wire.Hash{9}, code, 0, false},
		"another code":     {nil, genesis, other, 0, false},
		"another record":   {func(t *Ticket) { t.Record[0]++ }, genesis, code, 0, false},
		"made to last":     {func(t *Ticket) { t.Issued += 3600 }, genesis, code, time.Hour, false},
		"no signature":     {func(t *Ticket) { t.Signature = nil }, genesis, code, 0, false},
	} {
		ticket := NewTicket(genesis, record, at, code.SigningKey())
		if tc.change != nil {
			tc.change(&ticket)
		}
		err := ticket.Check(tc.genesis, tc.key.PublicKey(), at.Add(tc.after))
		if (err == nil) != tc.good || err != nil && !fault.Is(err, fault.AccessRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ticket := NewTicket(genesis, record, at, code.SigningKey())
	if ticket.Check(genesis, nil, at) == nil {
		t.Error("a record without a key opens")
	}
}
