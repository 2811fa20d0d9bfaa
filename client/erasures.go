package client

import (
	"context"
	"net/http"
)

// Erasure is how far the end of a record has come: derived from the ledger's log and from
// the watermarks that the members' nodes sign, with nothing stored per record.
type Erasure struct {
	Clock
	Record    string           `json:"record"`
	State     string           `json:"state" enum:"kept,erased" doc:"kept: no block has ended the record yet"`
	Due       string           `json:"due,omitempty" doc:"erased: when it had to go; kept: the next moment at which something happens to it by itself"`
	Recorded  string           `json:"recorded,omitempty" doc:"ledger time of the block that ended it"`
	Height    int64            `json:"erased_height,omitempty" doc:"that block"`
	Event     uint64           `json:"event,omitempty" doc:"index of its event in the log"`
	ConfirmBy string           `json:"confirm_by,omitempty" doc:"ledger time by which every member is to have confirmed"`
	Confirmed int              `json:"confirmed" doc:"members that have"`
	Of        int              `json:"of" doc:"members that could hold the content and still are members"`
	Receipts  []ErasureReceipt `json:"receipts,omitempty"`
}

// Complete reports whether every member has confirmed.
func (e Erasure) Complete() bool { return e.State == Erased && e.Confirmed == e.Of }

// States of an erasure.
const (
	Kept   = "kept"
	Erased = "erased"
)

// ErasureReceipt is one member's part in an erasure.
type ErasureReceipt struct {
	Member    uint32 `json:"member"`
	NameZH    string `json:"name_zh"`
	NameEN    string `json:"name_en"`
	State     string `json:"state" enum:"confirmed,open,late" doc:"open: it still has time"`
	LateSince string `json:"late_since,omitempty"`
	Watermark int64  `json:"watermark" doc:"height up to which its node has confirmed every erasure; 0: never"`
	At        string `json:"at,omitempty" doc:"ledger time at which it said so"`
}

// Erasure returns how far the end of a record has come.
func (c *Client) Erasure(ctx context.Context, id string) (Erasure, error) {
	return call[Erasure](ctx, c, http.MethodGet, recordPath(id, "/erasure"), nil)
}

// ErasureReport tells the public which institutions have erased what had to go, day by day,
// and whose records are kept longer for litigation. Counts below Floor are not told.
type ErasureReport struct {
	Clock
	Floor        uint64              `json:"floor" doc:"a count below it is shown as fewer_than"`
	Institutions []ErasureOfMember   `json:"institutions"`
	Holds        []HeldOfInstitution `json:"holds" doc:"litigation holds by deciding body and kind of record"`
}

// ErasureOfMember is how one institution's node stands. Its days are those that are over,
// oldest first.
type ErasureOfMember struct {
	Member    uint32       `json:"member"`
	NameZH    string       `json:"name_zh"`
	NameEN    string       `json:"name_en"`
	Watermark int64        `json:"watermark" doc:"height up to which it has confirmed every erasure; 0: never"`
	At        string       `json:"at,omitempty" doc:"ledger time at which it said so"`
	LateSince string       `json:"late_since,omitempty" doc:"of the oldest day here that it has not confirmed in time"`
	Days      []ErasureDay `json:"days"`
}

// ErasureDay is the records that came to their end on a day, at one institution's node.
type ErasureDay struct {
	Date  string `json:"date" doc:"real date in UTC+8"`
	State string `json:"state" enum:"confirmed,open,late" doc:"confirmed: erased; open: it still has time"`
	Floored
}

// HeldOfInstitution counts the records of an institution that a litigation hold keeps.
type HeldOfInstitution struct {
	Member uint32 `json:"member"`
	NameZH string `json:"name_zh"`
	NameEN string `json:"name_en"`
	Kind   string `json:"kind"`
	KindZH string `json:"kind_zh"`
	KindEN string `json:"kind_en"`
	Floored
}

// Floored is a count that is told only from a floor on.
type Floored struct {
	Count     uint64 `json:"count,omitempty"`
	FewerThan uint64 `json:"fewer_than,omitempty" doc:"in place of a count below the floor, none included"`
}

// Floor returns a count as it may be told.
func Floor(n, floor uint64) Floored {
	if n < floor {
		return Floored{FewerThan: floor}
	}
	return Floored{Count: n}
}

// Erasures returns the report for the public.
func (c *Client) Erasures(ctx context.Context) (ErasureReport, error) {
	return call[ErasureReport](ctx, c, http.MethodGet, "/v1/erasures", nil)
}
