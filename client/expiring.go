package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Expiring lists what an institution signs and proves with and that ends, soonest first.
type Expiring struct {
	At    time.Time `json:"at" doc:"as of when it is told"`
	Items []Expiry  `json:"items"`
}

// Expiry is one thing that ends.
type Expiry struct {
	What string    `json:"what" doc:"key, certificate, chain, revocation-list, timestamp-authority, calendar, migration or trust-file"`
	Name string    `json:"name" doc:"number of the key or place in the list, year; never a person"`
	Ends time.Time `json:"ends"`
	// Days until then, rounded down; below 0 once it is over.
	Days  int  `json:"days"`
	About bool `json:"about,omitempty" doc:"a height, turned into time by the pace of the blocks so far"`
	// Within is the smallest of 7, 30 and 90 that Days does not exceed; 0 where it is over, -1
	// where there is more time.
	Within int `json:"within"`
	// ByLedger says that ledger time decides, which a training clock makes faster.
	ByLedger bool `json:"by_ledger_time,omitempty"`
	// Replaced says that something else is in its place: nothing breaks.
	Replaced bool `json:"replaced,omitempty"`
}

// Warnings are the days before an end at which it is warned of.
var Warnings = [...]int{7, 30, 90}

// Set works the days out as of a moment.
func (e *Expiry) Set(now time.Time) {
	left := e.Ends.Sub(now)
	e.Days = int(left / (24 * time.Hour))
	if left < 0 {
		if left%(24*time.Hour) != 0 {
			e.Days--
		}
		e.Within = 0
		return
	}
	e.Within = -1
	for i := len(Warnings) - 1; i >= 0; i-- {
		if e.Days < Warnings[i] {
			e.Within = Warnings[i]
		}
	}
}

// Expiring asks the institution's own node what ends, as of a date ("2027-01-31"), or now
// where it is empty.
func (c *Client) Expiring(ctx context.Context, at string) (Expiring, error) {
	return call[Expiring](ctx, c, http.MethodGet, "/v1/own/expiring?at="+url.QueryEscape(at), nil)
}
