package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
)

// Kind is the standing of a caller.
type Kind uint8

const (
	Public   Kind = iota // no credential
	Querier              // an API key of a third party
	Operator             // the institution that runs this node
)

// Caller is who asks.
type Caller struct {
	Kind   Kind
	Name   string // of the key; "public" and "operator" for the others
	Member uint32 // member that vouches for the key; 0 for the others
	Key    string // id of the key; "" for the others
}

// Backend is what the node answers. Its errors are *fault.Error and hold no personal
// value; anything else is fault.Internal to the caller. Methods are called
// concurrently and honour the context.
type Backend interface {
	Status(ctx context.Context) (client.Status, error)
	// Standing answers or returns fault.StaleNode. It sets no note.
	Standing(ctx context.Context, by Caller, q client.StandingRequest) (client.StandingAnswer, error)
	// Record returns a body for an operator only.
	Record(ctx context.Context, by Caller, id string) (client.Record, error)
	Explain(ctx context.Context, id string) (contract.Explanation, error)
	Changes(ctx context.Context, after uint64, limit int) (client.Changes, error)
	// Checkpoint returns a signed note: of a size, the newest for 0; with at least so many
	// cosignatures.
	Checkpoint(ctx context.Context, size uint64, witnesses int) (string, error)
	Consistency(ctx context.Context, older, size uint64) (client.Consistency, error)
	// Cosign takes a note with cosignatures, from anyone: they are the credential.
	Cosign(ctx context.Context, note []byte) (client.Cosigned, error)
	Members(ctx context.Context) (client.Members, error)
	Trust(ctx context.Context) ([]byte, error)
	GenesisDocument(ctx context.Context) ([]byte, error)
	LogPath(ctx context.Context, index uint64) (client.LogPath, error)
	// LogProof returns a verify.LogProof, JSON.
	LogProof(ctx context.Context, events []uint64, heights []int64) ([]byte, error)
	// Verify checks a certificate with the node's own trust file and returns the report, JSON.
	Verify(ctx context.Context, file []byte, requireStatus bool) ([]byte, error)
	Measures(ctx context.Context) (client.Measures, error)
	Overdue(ctx context.Context) (client.OverdueReport, error)
	Erasure(ctx context.Context, id string) (client.Erasure, error)
	Erasures(ctx context.Context) (client.ErasureReport, error)

	// What follows is called for an operator only.
	OwnOrders(ctx context.Context, state string, after uint64, limit int) (client.Orders, error)
	Support(ctx context.Context, id, measure string) (client.Support, error)
	Submit(ctx context.Context, s client.Submission) (client.Receipt, error)
	// HandIn takes an envelope without bodies from anyone: the signatures of a member
	// are its credential.
	HandIn(ctx context.Context, s client.Act) (client.Receipt, error)
	Governance(ctx context.Context) (client.Governance, error)
	OwnRecords(ctx context.Context, phase string, after uint64, limit int) (client.OwnRecords, error)
	Expiring(ctx context.Context, at string) (client.Expiring, error)
	Packet(ctx context.Context, id string) ([]byte, error)
	// Backup writes what brings the node back; package backup says what that is.
	Backup(ctx context.Context, w io.Writer) error
	Certificate(ctx context.Context, by Caller, id, lang string) (pdf []byte, err error)
	Document(ctx context.Context, by Caller, id string, q client.DocumentRequest) (pdf []byte, err error)
	OwnCopy(ctx context.Context, by Caller, id, kind string) ([]byte, error)
	Clear(ctx context.Context, by Caller, q client.ClearRequest) (pdf []byte, err error)

	// Open to whoever holds the record's access code, else fault.AccessRefused.
	SubjectDocument(ctx context.Context, q client.SubjectDocument) (pdf []byte, err error)
	SubjectCopy(ctx context.Context, q client.SubjectDocument) (json.RawMessage, error)

	Desk
	Law

	Live() error
	Ready() error
	Metrics() http.Handler
}

// Options configure the handler. The zero value serves the public without quota and
// accepts no credential.
type Options struct {
	Version       string       // of the program, shown in the OpenAPI document
	OperatorToken string       // empty: no operator over HTTP
	Keys          *KeyStore    // nil: no API keys
	PublicQuota   *PublicQuota // nil: no limit
	Pages         http.Handler // everything that is not the API; nil: not found
	MaxInFlight   int          // requests served at once; 0: 512
	Logger        *slog.Logger // nil: no log
	// Observe is told of every request, for metrics; nil: nobody.
	Observe func(route, method string, status int, took time.Duration)
}

// New returns the node's HTTP handler.
func New(b Backend, o Options) http.Handler { return newServer(b, o).handler() }

type server struct {
	backend  Backend
	options  Options
	operator operator
	bodyTime time.Duration // to read a submission
}

func newServer(b Backend, o Options) *server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 512
	}
	return &server{backend: b, options: o, operator: newOperator(o.OperatorToken), bodyTime: 60 * time.Second}
}

func (s *server) handler() http.Handler { return s.outer(s.routes()) }

// NewServer returns a server for the handler with time limits against slow and silent
// peers. The caller listens and shuts it down.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
