package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/offline"
)

// Backend is what the pages read. Standing asks as the public; Record returns no body.
// Errors are *fault.Error.
type Backend interface {
	Status(ctx context.Context) (client.Status, error)
	Members(ctx context.Context) (client.Members, error)
	Governance(ctx context.Context) (client.Governance, error)
	Standing(ctx context.Context, q client.StandingRequest) (client.StandingAnswer, error)
	Record(ctx context.Context, id string) (client.Record, error)
	Explain(ctx context.Context, id string) (contract.Explanation, error)
	Overdue(ctx context.Context) (client.OverdueReport, error)
	Erasure(ctx context.Context, id string) (client.Erasure, error)
	Erasures(ctx context.Context) (client.ErasureReport, error)
	Law

	// What follows is for the holder of a record's access code; to all others it is
	// fault.AccessRefused.
	SubjectView(ctx context.Context, a client.SubjectAccess) (client.SubjectView, error)
	SubjectPaper(ctx context.Context, q client.PaperRequest) (client.SubjectPaper, error)
	SubjectFile(ctx context.Context, f client.Filing) (receipt json.RawMessage, err error)
	SubjectDocument(ctx context.Context, q client.SubjectDocument) (pdf []byte, err error)
	SubjectCopy(ctx context.Context, q client.SubjectDocument) (json.RawMessage, error)
	SubjectSeal(ctx context.Context, q client.SealRequest) (client.Sealed, error)
	SubjectSealed(ctx context.Context, q client.SealedRequest) (client.SealedCopy, error)
}

// Options configure the pages.
type Options struct {
	// Allow is asked before a lookup, with the visitor's request: the quota of the
	// public. nil allows all.
	Allow func(*http.Request) error
	// AllowDesk is asked before anything is done with an access code. nil allows all.
	AllowDesk func(*http.Request) error
	// Verifier returns the offline verifier's page, or an error if there is none. nil: the
	// one that is built into this program.
	Verifier func() ([]byte, error)
	// Logger is told of a page that could not be rendered. nil: nobody.
	Logger *slog.Logger
}

// New returns the handler of all pages. It sets its own content policy; what else holds
// for every answer of the node is set around it.
func New(b Backend, o Options) http.Handler {
	if o.Allow == nil {
		o.Allow = func(*http.Request) error { return nil }
	}
	if o.AllowDesk == nil {
		o.AllowDesk = func(*http.Request) error { return nil }
	}
	if o.Verifier == nil {
		o.Verifier = offline.Page
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &site{backend: b, options: o, templates: parse(), assets: loadAssets()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("POST /lookup", s.lookup)
	mux.HandleFunc("GET /lookup", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/", http.StatusSeeOther) // a reloaded answer: ask again
	})
	mux.HandleFunc("GET /records", s.findRecord)
	mux.HandleFunc("GET /records/{id}", s.record)
	mux.HandleFunc("GET /mine", s.mine)
	mux.HandleFunc("POST /mine", s.seeMine)
	mux.HandleFunc("POST /mine/file", s.fileMine)
	mux.HandleFunc("POST /mine/paper", s.minePaper)
	mux.HandleFunc("POST /mine/document", s.mineDocument)
	mux.HandleFunc("POST /mine/seal", s.sealMine)
	mux.HandleFunc("POST /mine/open", s.openMine)
	mux.HandleFunc("GET /mine/{rest}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/mine", http.StatusSeeOther) // a reloaded answer: enter the code again
	})
	mux.HandleFunc("GET /members", s.members)
	mux.HandleFunc("GET /about", s.about)
	mux.HandleFunc("GET /measures", s.measures)
	mux.HandleFunc("GET /erasures", s.erasures)
	mux.HandleFunc("GET /contracts", s.contracts)
	mux.HandleFunc("GET /contracts/{number}", s.contract)
	mux.HandleFunc("GET /contracts/{number}/chart.svg", s.contractChart)
	mux.HandleFunc("GET /proposals/{hash}", s.proposal)
	mux.HandleFunc("GET /proposals/{hash}/chart.svg", s.proposalChart)
	mux.HandleFunc("GET /verifier", s.verifier)
	mux.HandleFunc("GET /problems/{code}", s.problem)
	mux.Handle("GET /static/{file}", s.assets)
	mux.HandleFunc("/", s.notFound)
	return policy(mux)
}

type site struct {
	backend   Backend
	options   Options
	templates templates
	assets    assets
	documents documents
}

// policy lets a page load from this node and nowhere else, and nothing inline.
func policy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; "+
			"img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
