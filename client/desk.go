package client

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/riviera-ledger/riviera/contract"
)

// SubjectAccess opens a record to the person it is about: by the access code of its
// notice letter, or by a ticket made from it, with which the code stays where it is.
type SubjectAccess struct {
	Record string         `json:"record" maxLength:"64" doc:"record number of the notice letter"`
	Code   string         `json:"code,omitempty" maxLength:"200" doc:"access code of the notice letter"`
	Ticket *SubjectTicket `json:"ticket,omitempty" doc:"instead of the code"`
}

// SubjectTicket is a credit.Ticket without its record.
type SubjectTicket struct {
	Issued    int64  `json:"issued" doc:"Unix seconds; good for ten minutes"`
	Signature []byte `json:"signature" doc:"Ed25519 by the key of the access code, base64"`
}

// SubjectView is everything that is held about a record, for the person it is about.
type SubjectView struct {
	Clock
	Record  Record               `json:"record" doc:"the ledger's side with its history, and the content where this node holds it"`
	Shown   bool                 `json:"shown" doc:"third parties are told listed"`
	Marked  bool                 `json:"disputed" doc:"with the note that it is disputed"`
	Explain contract.Explanation `json:"explain"`
	Filings []SubjectFiling      `json:"filings"`
	Serial  uint32               `json:"serial" doc:"of the next filing"`
	May     []SubjectEvent       `json:"may_file" doc:"what can be filed under the record's contract"`
	Papers  []SubjectPaper       `json:"papers"`
	Queries []QueriesOfNode      `json:"queries" doc:"who asked about the record, node by node"`
	Holds   bool                 `json:"content_held" doc:"this node holds the content"`
}

// SubjectFiling is one filing that the ledger holds.
type SubjectFiling struct {
	Serial  uint32 `json:"serial"`
	Change  Change `json:"change"`
	Carrier uint32 `json:"carrier" doc:"member whose node carried it"`
	Paper   string `json:"paper,omitempty" doc:"commitment to the evidence"`
}

// SubjectEvent is an event that the subject may send.
type SubjectEvent struct {
	Event   string             `json:"event"`
	TitleZH string             `json:"title_zh"`
	TitleEN string             `json:"title_en"`
	Open    bool               `json:"open" doc:"the record's contract takes it now"`
	Args    []contract.ArgSpec `json:"args,omitempty"`
}

// SubjectPaper is a paper of the record's proceedings.
type SubjectPaper struct {
	Commitment string      `json:"commitment"`
	Event      Change      `json:"event" doc:"the act or filing that it belongs to"`
	Here       bool        `json:"here" doc:"this node has it"`
	Audience   []uint32    `json:"audience" doc:"members whose nodes may have it"`
	Kind       string      `json:"kind,omitempty"`
	Author     uint32      `json:"author,omitempty" doc:"member; absent: the subject"`
	Text       string      `json:"text,omitempty"`
	Files      []PaperFile `json:"files,omitempty"`
}

// PaperFile is a file of a paper. Data is absent in a view.
type PaperFile struct {
	Name  string `json:"name" maxLength:"200"`
	Media string `json:"media,omitempty" maxLength:"64" doc:"found from the content where absent"`
	Size  int    `json:"size,omitempty"`
	Data  []byte `json:"data,omitempty"`
}

// QueriesOfNode is who asked at one node.
type QueriesOfNode struct {
	Member   uint32  `json:"member"`
	Answered bool    `json:"answered" doc:"false: this node did not answer, and may know of more"`
	More     bool    `json:"more,omitempty" doc:"there are older ones"`
	Queries  []Query `json:"queries"`
}

// Query is one question about a record.
type Query struct {
	Time     int64  `json:"time" doc:"Unix seconds"`
	By       string `json:"by" enum:"public,querier,own,subject"`
	Member   uint32 `json:"member,omitempty"`
	Name     string `json:"name,omitempty"`
	Purpose  string `json:"purpose,omitempty"`
	What     string `json:"what" enum:"standing,record"`
	Listed   bool   `json:"listed,omitempty"`
	Anchored string `json:"anchored,omitempty" enum:"open,yes,missing,broken" doc:"open: its hour is not over; yes: it opens against the root on the ledger; missing: the ledger has no root for its hour; broken: it does not open"`
}

// Filing is what a subject files at a node that it trusts with the code.
type Filing struct {
	SubjectAccess
	Event string      `json:"event" maxLength:"32"`
	Args  []string    `json:"args,omitempty" maxItems:"16" doc:"name=value"`
	Text  string      `json:"text,omitempty" maxLength:"20000" doc:"what there is to say"`
	Files []PaperFile `json:"files,omitempty" maxItems:"5" doc:"PDF, PNG, JPEG or text, 512 KiB together"`
}

// SignedFiling is what a subject has signed on a machine of its own.
type SignedFiling struct {
	Filing []byte `json:"filing" doc:"canonical CBOR, base64"`
	Paper  []byte `json:"paper,omitempty" doc:"canonical CBOR, base64"`
}

// Receipts are those that this node gave for a record, as they were signed.
type Receipts struct {
	Receipts []json.RawMessage `json:"receipts"`
}

// Papers are those of a record's proceedings that the institution may read.
type Papers struct {
	Papers []SubjectPaper `json:"papers"`
}

// PaperRequest asks for a paper with its files.
type PaperRequest struct {
	SubjectAccess
	Commitment string `json:"commitment" maxLength:"64"`
}

// Queries are what a caller has asked at this node.
type Queries struct {
	Queries []Query `json:"queries"`
}

// Correction tells a caller that what it was told has been taken back or put right.
type Correction struct {
	ID       string `json:"id"`
	Record   string `json:"record"`
	Annulled bool   `json:"annulled" doc:"void from the start; else corrected"`
	Event    string `json:"event"`
	Index    uint64 `json:"index" doc:"of the event in the log"`
	Noted    int64  `json:"noted" doc:"Unix seconds"`
	First    int64  `json:"first_told"`
	Last     int64  `json:"last_told"`
	Told     uint32 `json:"times_told"`
	Caller   string `json:"caller,omitempty" doc:"for the node's own people: whom it concerns"`
}

// Corrections are those that the caller has not acknowledged.
type Corrections struct {
	Corrections []Correction `json:"corrections"`
}

// Acknowledged names corrections that have been read.
type Acknowledged struct {
	IDs []string `json:"ids" maxItems:"1000"`
}

// SubjectView returns everything that is held about a record.
func (c *Client) SubjectView(ctx context.Context, a SubjectAccess) (SubjectView, error) {
	return call[SubjectView](ctx, c, http.MethodPost, "/v1/subject/view", a)
}

// SubjectPaper returns a paper with its files.
func (c *Client) SubjectPaper(ctx context.Context, q PaperRequest) (SubjectPaper, error) {
	return call[SubjectPaper](ctx, c, http.MethodPost, "/v1/subject/paper", q)
}

// SubjectFile files at the node and returns its signed receipt.
func (c *Client) SubjectFile(ctx context.Context, f Filing) (json.RawMessage, error) {
	return call[json.RawMessage](ctx, c, http.MethodPost, "/v1/subject/file", f)
}

// SubjectReceipts returns the receipts that the node gave for a record.
func (c *Client) SubjectReceipts(ctx context.Context, a SubjectAccess) (Receipts, error) {
	return call[Receipts](ctx, c, http.MethodPost, "/v1/subject/receipts", a)
}

// FileSigned hands in a filing that was signed elsewhere.
func (c *Client) FileSigned(ctx context.Context, f SignedFiling) (json.RawMessage, error) {
	return call[json.RawMessage](ctx, c, http.MethodPost, "/v1/filings", f)
}

// Papers returns the papers of a record's proceedings, with their files, as far as the
// institution may read them.
func (c *Client) Papers(ctx context.Context, id string) (Papers, error) {
	return call[Papers](ctx, c, http.MethodGet, recordPath(id, "/papers"), nil)
}

// OwnQueries returns what the caller has asked at the node, newest first.
func (c *Client) OwnQueries(ctx context.Context, limit int) (Queries, error) {
	return call[Queries](ctx, c, http.MethodGet, "/v1/own/queries?limit="+strconv.Itoa(limit), nil)
}

// Corrections returns the corrections that the caller has not acknowledged.
func (c *Client) Corrections(ctx context.Context) (Corrections, error) {
	return call[Corrections](ctx, c, http.MethodGet, "/v1/corrections", nil)
}

// Acknowledge says that corrections have been read.
func (c *Client) Acknowledge(ctx context.Context, ids ...string) error {
	_, err := c.bytes(ctx, http.MethodPost, "/v1/corrections/acknowledge", Acknowledged{IDs: ids})
	return err
}
