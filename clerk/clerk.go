package clerk

import (
	"context"
	"crypto"
	"crypto/rand"
	"io"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Signer is a person's key at an institution and its number in the member list.
type Signer struct {
	Key    ledger.KeyID
	Signer crypto.Signer
}

// Node is what the clerk needs of the institution's own node; *client.Client has it.
type Node interface {
	Status(ctx context.Context) (client.Status, error)
	Record(ctx context.Context, id string) (client.Record, error)
	Packet(ctx context.Context, id string) ([]byte, error)
	Contracts(ctx context.Context) (client.Contracts, error)
	Contract(ctx context.Context, number uint32) (client.ContractDocument, error)
	Submit(ctx context.Context, s client.Submission) (client.Receipt, error)
}

// Clerk acts for one institution. Its exported fields are set before the first use and
// then left alone; it may be used by many goroutines at once.
type Clerk struct {
	Genesis    *ledger.Genesis
	Hash       wire.Hash // of the genesis document
	Member     ledger.MemberID
	Self       *ledger.Member // the institution's entry, where the genesis does not name it
	Operator   Signer
	Approver   func() (Signer, error) // opens the second person's key; nil, or fault.ApproverMissing, where it is not here
	CaseSecret []byte                 // keys the case tags of a recorder
	Client     Node
	Random     io.Reader // crypto/rand.Reader where nil

	// Ahead is how many heights an envelope may wait for its block; 300 where 0, at
	// most ledger.MaxAhead.
	Ahead int64
	// Patience bounds how long an envelope is tried again; two minutes where 0.
	Patience time.Duration
	// Retry is called before each pause, with the code that made it necessary.
	Retry func(fault.Code, time.Duration)

	mu      sync.Mutex
	book    *Book // the law as far as it is known
	bad     error // why there is none
	height  int64 // newest height heard of, and when
	edition uint32
	heard   time.Time
}

// headAge is how old the newest known height may be when an envelope is made. The
// height moves a few times a second and NotAfter lies hundreds ahead.
const headAge = 5 * time.Second

// CalendarEdition returns the edition of the working-day calendar with which adverse
// acts are signed: that of the genesis document, or a later one that the clerk has met.
func (c *Clerk) CalendarEdition() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.edition, uint32(len(c.Genesis.Calendars)))
}

// meet notes an edition of the calendar that is, or has been, in force.
func (c *Clerk) meet(edition uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.edition = max(c.edition, edition)
}

// notAfter returns the last height at which an envelope made now may be committed.
func (c *Clerk) notAfter(ctx context.Context) (int64, error) {
	ahead := c.Ahead
	if ahead <= 0 || ahead > ledger.MaxAhead {
		ahead = 300
	}
	c.mu.Lock()
	height, fresh := c.height, time.Since(c.heard) < headAge
	c.mu.Unlock()
	if fresh {
		return height + ahead, nil
	}
	s, err := c.Client.Status(ctx)
	if err != nil {
		return 0, err
	}
	c.hear(s.Height)
	c.meet(s.Edition)
	return s.Height + ahead, c.learn(ctx, s.Law)
}

func (c *Clerk) hear(height int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if height >= c.height {
		c.height, c.heard = height, time.Now()
	}
}

// forget makes the next envelope ask for the height.
func (c *Clerk) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = time.Time{}
}

// seal signs operations as one envelope. Try tells apart the envelopes that carry the
// same operations: the height alone may not have moved.
func (c *Clerk) seal(ctx context.Context, entries []Entry, try int64) ([]byte, error) {
	notAfter, err := c.notAfter(ctx)
	if err != nil {
		return nil, err
	}
	content := ledger.Content{Member: c.Member, Key: c.Operator.Key, NotAfter: notAfter - try%16}
	var approver crypto.Signer
	for _, e := range entries {
		content.Ops = append(content.Ops, e.Operation)
		if e.Adverse && approver == nil {
			second, err := c.second()
			if err != nil {
				return nil, err
			}
			approver, content.Approver, content.Calendar = second.Signer, second.Key, c.CalendarEdition()
		}
	}
	return ledger.Seal(c.random(), c.Hash, content, c.Operator.Signer, approver)
}

func (c *Clerk) second() (Signer, error) {
	if c.Approver == nil {
		return Signer{}, fault.New(fault.ApproverMissing, "approver")
	}
	return c.Approver()
}

func (c *Clerk) random() io.Reader {
	if c.Random == nil {
		return rand.Reader
	}
	return c.Random
}

// NewSecret draws the secret of one body.
func (c *Clerk) NewSecret() (s proof.Secret, err error) {
	if _, err = io.ReadFull(c.random(), s[:]); err != nil {
		return s, fault.Wrap(fault.Internal, "random", err)
	}
	return s, nil
}

// NewRecordID draws the number of a new record.
func (c *Clerk) NewRecordID() (id ledger.RecordID, err error) {
	if _, err = io.ReadFull(c.random(), id[:]); err != nil {
		return id, fault.Wrap(fault.Internal, "random", err)
	}
	return id, nil
}
