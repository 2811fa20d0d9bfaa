package clerk

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// Outcome is what became of the entries of one Send.
type Outcome struct {
	Height int64        // of the block that holds the last envelope; 0 if none was needed
	Codes  []fault.Code // one for each entry, in their order
	Wheres []string     // place of a refusal at admission, "" elsewhere
	// Unsure reports that an answer was lost on the way and the entries were sent
	// again: a record that "exists" may be the doing of this very Send.
	Unsure bool
}

// delivery is one Send under way.
type delivery struct {
	*Clerk
	out     *Outcome
	entries []Entry
	open    []int  // entries still in the envelope, by index
	tries   int64  // envelopes made so far
	edition uint32 // of the calendar, of the last envelope
	until   time.Time
	pause   time.Duration
}

const (
	// maxEdition bounds the search for the calendar in force: a year adds one.
	maxEdition = 200
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
)

// Send seals the entries, at most ledger.MaxOperations, as one envelope and stays until
// the fate of each is known. An error means that it is not: the envelope as a whole was
// refused, the clerk's patience or ctx ran out. What is unknown then stays unknown until
// the ledger is asked, or until the envelope's last height has passed.
func (c *Clerk) Send(ctx context.Context, entries []Entry) (*Outcome, error) {
	if len(entries) == 0 {
		return &Outcome{}, nil
	}
	patience := c.Patience
	if patience == 0 {
		patience = 2 * time.Minute
	}
	d := &delivery{Clerk: c, entries: slices.Clone(entries), until: time.Now().Add(patience), pause: firstPause,
		out: &Outcome{Codes: make([]fault.Code, len(entries)), Wheres: make([]string, len(entries))}}
	for i := range entries {
		d.open = append(d.open, i)
	}
	for len(d.open) > 0 {
		done, err := d.attempt(ctx)
		if err != nil {
			return d.out, err
		}
		if done {
			break
		}
	}
	return d.out, nil
}

// attempt takes one envelope to its fate. It reports true when every entry has its
// result, and false when what is open has to go into another envelope.
func (d *delivery) attempt(ctx context.Context) (bool, error) {
	sub, err := d.envelope(ctx)
	if err != nil {
		return false, d.waitAfter(ctx, err)
	}
	for {
		receipt, err := d.Client.Submit(ctx, sub)
		if err == nil && receipt.Height > 0 {
			return d.settle(ctx, receipt)
		}
		if err == nil { // in the pool still: the same envelope again
			d.out.Unsure = true
			err = fault.New(fault.NotReady, "node")
		}
		switch code := fault.Of(err); {
		case code == fault.AlreadyCommitted:
			d.out.Unsure = true
			d.forget()
			return false, d.waitAfter(ctx, fault.New(fault.NotReady, "envelope"))
		case code == fault.Expired || code == fault.NotAfterTooFar:
			d.forget()
			return false, d.waitAfter(ctx, fault.New(fault.NotReady, "envelope"))
		case d.refused(err):
			return len(d.open) == 0, nil
		default:
			d.out.Unsure = d.out.Unsure || lost(err)
			if err := d.waitAfter(ctx, err); err != nil {
				return false, err
			}
		}
	}
}

func (d *delivery) envelope(ctx context.Context) (sub client.Submission, err error) {
	sub.Wait = true
	var entries []Entry
	for _, i := range d.open {
		entries = append(entries, d.entries[i])
		if p := d.entries[i].Packet; p != nil {
			sub.Packets = append(sub.Packets, p)
		}
		if p := d.entries[i].Paper; p != nil {
			sub.Papers = append(sub.Papers, p)
		}
	}
	d.edition = d.CalendarEdition()
	sub.Envelope, err = d.seal(ctx, entries, d.tries)
	d.tries++
	return sub, err
}

// settle reads the results of a committed envelope.
func (d *delivery) settle(ctx context.Context, r client.Receipt) (bool, error) {
	d.hear(r.Height)
	if code := parseCode(r.Code); code != fault.OK {
		switch code {
		case fault.AlreadyCommitted, fault.Expired:
			d.out.Unsure = d.out.Unsure || code == fault.AlreadyCommitted
			d.forget()
			return false, nil
		}
		return false, fault.New(code, "envelope")
	}
	d.out.Height = r.Height
	var stale []int
	for n, i := range d.open {
		d.out.Codes[i] = fault.OK // r.Ops is absent where all were applied
		if n < len(r.Ops) {
			d.out.Codes[i] = parseCode(r.Ops[n])
		}
		if d.out.Codes[i] == fault.StaleCalendar {
			stale = append(stale, i)
		}
	}
	if d.edition >= maxEdition {
		stale = nil
	} else if len(stale) > 0 {
		d.meet(d.edition + 1) // each adopted year adds one
	}
	d.open = append(stale, d.renumbered(ctx)...)
	return len(d.open) == 0, nil
}

// renumbered makes anew what came under a contract that has been retired meanwhile, and
// returns which entries those are.
func (d *delivery) renumbered(ctx context.Context) (again []int) {
	for _, i := range d.open {
		if d.out.Codes[i] == fault.ContractRetired && d.renumber(ctx, &d.entries[i]) {
			again = append(again, i)
		}
	}
	return again
}

// refused takes the operation that admission named out of the envelope.
func (d *delivery) refused(err error) bool {
	var e *fault.Error
	if !errors.As(err, &e) || e.Code.Temporary() {
		return false
	}
	n, where, ok := operationOf(e.Where)
	if !ok || n >= len(d.open) {
		return false
	}
	i := d.open[n]
	d.out.Codes[i], d.out.Wheres[i] = e.Code, where
	d.open = append(d.open[:n:n], d.open[n+1:]...)
	return true
}

// operationOf reads "operation 12" or "operation 12: subject_code".
func operationOf(where string) (n int, rest string, ok bool) {
	s, found := strings.CutPrefix(where, "operation ")
	if !found {
		return 0, "", false
	}
	number, rest, _ := strings.Cut(s, ": ")
	n, err := strconv.Atoi(number)
	return n, rest, err == nil && n >= 0
}

// waitAfter pauses before the next attempt, or returns err where there is none: it is
// no "not now", or patience has run out.
func (d *delivery) waitAfter(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	after, again := client.Retry(err)
	if !again || fault.Is(err, fault.QuotaExceeded) || time.Now().After(d.until) {
		return err
	}
	pause := d.pause
	if fault.Of(err).Temporary() { // the node said how long
		pause = min(max(pause, after/4), lastPause)
	}
	d.pause = min(2*d.pause, lastPause)
	if d.Retry != nil {
		d.Retry(fault.Of(err), pause)
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// lost reports whether the request may have had an effect although its answer did not
// come: everything but a "not now" that the node itself spoke. "Not ready" is no such
// answer: the node says it too when waiting for the block took too long.
func lost(err error) bool {
	var r *client.Refused
	return !fault.Of(err).Temporary() || !errors.As(err, &r)
}

// parseCode reads a code's name as receipts carry it.
func parseCode(name string) fault.Code {
	if name == "" || name == fault.OK.String() {
		return fault.OK
	}
	if c, ok := client.ParseCode(name); ok {
		return c
	}
	return fault.Internal
}

// Applied reports whether every entry was applied.
func (o *Outcome) Applied() bool { return o.First() == nil }

// First returns the first refusal as an error that names the operation, or nil.
func (o *Outcome) First() error {
	for i, c := range o.Codes {
		if c != fault.OK {
			return fault.New(c, strings.TrimSuffix("operation "+strconv.Itoa(i)+": "+o.Wheres[i], ": "))
		}
	}
	return nil
}

var _ Node = (*client.Client)(nil)
