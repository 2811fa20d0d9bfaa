package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Measure is an entry of the catalogue of measures.
type Measure struct {
	Code        string     `json:"code" example:"I-02"`
	Number      uint16     `json:"number" doc:"on the ledger"`
	Family      string     `json:"family" doc:"I reduces rights, II management, III information and never an order"`
	ZH          string     `json:"zh"`
	EN          string     `json:"en"`
	Basis       string     `json:"basis"`
	Months      uint16     `json:"months,omitempty" doc:"longest term of an order; absent: as long as its record"`
	MonthsBasis string     `json:"months_basis,omitempty"`
	Discretion  bool       `json:"discretion,omitempty" doc:"the executing body weighs the single case"`
	Note        string     `json:"note,omitempty" doc:"what counsel has to confirm"`
	Executors   []Executor `json:"executors,omitempty"`
}

// Executor is an institution that carries out a measure.
type Executor struct {
	Member uint32 `json:"member"`
	NameZH string `json:"name_zh"`
	NameEN string `json:"name_en"`
}

// Measures is the catalogue with those who carry out what is in it.
type Measures struct {
	Clock
	Measures []Measure `json:"measures"`
}

// Order is what this institution owes on account of one measure of one record.
type Order struct {
	Record      string `json:"record"`
	Kind        string `json:"kind"`
	Measure     string `json:"measure" doc:"catalogue code"`
	MeasureZH   string `json:"measure_zh"`
	MeasureEN   string `json:"measure_en"`
	OrderedByZH string `json:"ordered_by_zh"`
	OrderedByEN string `json:"ordered_by_en"`
	State       string `json:"state" enum:"ordered,acknowledged,running,not-carried-out,paused,stop-ordered,stop-acknowledged,stop-failed,stopped,continues"`
	Reason      string `json:"reason,omitempty"`
	Ordered     string `json:"ordered"`
	Ends        string `json:"ends,omitempty" doc:"by the measure's own longest term"`
	Stop        string `json:"stop,omitempty" doc:"from when it is to stop"`
	AckDue      string `json:"acknowledge_by,omitempty" doc:"the stop"`
	StopDue     string `json:"stop_by,omitempty"`
	Acked       string `json:"acknowledged,omitempty"`
	Told        string `json:"reported,omitempty" doc:"last report"`
	LateAck     bool   `json:"late_acknowledgement,omitempty"`
	LateStop    bool   `json:"late_stop,omitempty"`
	// Suggest is what a look at the other records of the same party says about a stop.
	Suggest string `json:"suggest,omitempty" enum:"stopped,continues" doc:"continues: another record in force supports the measure"`
	// Whom it concerns; absent once nothing is left to do, and where the body is not here.
	SubjectType string `json:"subject_type,omitempty"`
	SubjectName string `json:"subject_name,omitempty"`
	SubjectCode string `json:"subject_code,omitempty"`
}

// Orders is a page of the institution's own orders.
type Orders struct {
	Clock
	Orders []Order `json:"orders"`
	Next   uint64  `json:"next"`
	More   bool    `json:"more"`
}

// Support is what else supports a measure against the same party: for the executing
// body's eyes alone.
type Support struct {
	Clock
	Suggest string         `json:"suggest" enum:"stopped,continues"`
	Others  []ListedRecord `json:"others,omitempty"`
}

// Overdue is how one institution stands with one measure.
type Overdue struct {
	Member    uint32 `json:"member"`
	NameZH    string `json:"name_zh"`
	NameEN    string `json:"name_en"`
	Measure   string `json:"measure"`
	MeasureZH string `json:"measure_zh"`
	MeasureEN string `json:"measure_en"`
	Orders    uint64 `json:"orders" doc:"from records in force"`
	Acked     uint64 `json:"acknowledged" doc:"of these, acknowledged or running"`
	Stopping  uint64 `json:"to_stop" doc:"stops that are not confirmed, late or not"`
	Failed    uint64 `json:"stop_failed" doc:"of these, reported as failed"`
	Stopped   uint64 `json:"stopped" doc:"confirmed, until the record is erased"`
	Continues uint64 `json:"continues" doc:"another record supports the measure"`
	LateAcks  uint64 `json:"overdue_acknowledgements"`
	LateStops uint64 `json:"overdue_stops"`
	Oldest    string `json:"oldest,omitempty" doc:"from when the oldest overdue one was to stop"`
}

// OverdueReport tells the public who is late.
type OverdueReport struct {
	Clock
	Institutions []Overdue `json:"institutions"`
}

// Measures returns the catalogue of measures.
func (c *Client) Measures(ctx context.Context) (Measures, error) {
	return call[Measures](ctx, c, http.MethodGet, "/v1/measures", nil)
}

// Overdue returns how every institution stands with the measures that it carries out.
func (c *Client) Overdue(ctx context.Context) (OverdueReport, error) {
	return call[OverdueReport](ctx, c, http.MethodGet, "/v1/measures/overdue", nil)
}

// OwnOrders returns a page of the institution's own orders; state "" is every state in
// which something is to be done.
func (c *Client) OwnOrders(ctx context.Context, state string, after uint64, limit int) (Orders, error) {
	q := url.Values{}
	if state != "" {
		q.Set("state", state)
	}
	if after > 0 {
		q.Set("after", strconv.FormatUint(after, 10))
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	path := "/v1/own/orders"
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return call[Orders](ctx, c, http.MethodGet, path, nil)
}

// Support returns what else supports a measure of a record against the same party.
func (c *Client) Support(ctx context.Context, id, measure string) (Support, error) {
	return call[Support](ctx, c, http.MethodGet, "/v1/own/orders/"+url.PathEscape(id)+"/"+url.PathEscape(measure), nil)
}
