package api

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// maxBody bounds any request's body; each operation has its own, smaller bound.
const maxBody = maxEnvelope

// outer wraps the router with what holds for every request: the access line, headers,
// limits, who asks and in which language.
func (s *server) outer(mux *http.ServeMux) http.Handler {
	slots := make(chan struct{}, s.options.MaxInFlight)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		q := &request{route: "-"}
		q.lang, _ = client.Language(r.Header.Get("Accept-Language"))
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
		out := &recorder{ResponseWriter: w}
		defer s.finish(out, r, q, started)

		secure(out.Header())
		if r.Body != nil {
			r.Body = http.MaxBytesReader(out, r.Body, maxBody)
		}
		if !s.reserved(r) {
			// Failing leaves the server's own, longer limit.
			_ = http.NewResponseController(w).SetReadDeadline(started.Add(bodyPatience))
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			default:
				refuse(r.Context(), fault.New(fault.NotReady, "")).write(out)
				return
			}
		}
		s.dispatch(mux, out, r, q)
	})
}

// bodyPatience is how long a stranger's request may take to arrive: slow ones must not
// hold the places of others.
const bodyPatience = 5 * time.Second

// reserved reports whether a request needs no place among the strangers': health checks
// and the institution's own people get through whatever the crowd does.
func (s *server) reserved(r *http.Request) bool {
	if r.URL.Path == "/livez" || r.URL.Path == "/readyz" {
		return true
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return token != "" && s.operator.is(strings.TrimSpace(token))
}

// dispatch sends a request to the API or to the pages.
func (s *server) dispatch(mux *http.ServeMux, w http.ResponseWriter, r *http.Request, q *request) {
	handler, pattern := mux.Handler(r)
	if pattern == "" && s.options.Pages != nil && !strings.HasPrefix(r.URL.Path, "/v1/") {
		q.route = "pages"
		s.options.Pages.ServeHTTP(w, r)
		return
	}
	if pattern == "" {
		noRoute(handler, w, r)
		return
	}
	_, q.route, _ = strings.Cut(pattern, " ")
	if err := s.admit(r, q); err != nil {
		refuse(r.Context(), err).write(w)
		return
	}
	r.Header.Del("Accept") // each route has one form: an answer's bytes depend on nothing else
	mux.ServeHTTP(w, r)
}

// admit finds out who asks and holds them to their burst limit.
func (s *server) admit(r *http.Request, q *request) error {
	if err := s.identify(r.Header, q); err != nil {
		return err
	}
	switch {
	case q.caller.Kind == Querier:
		return s.options.Keys.pass(q.key)
	case q.caller.Kind == Public && s.options.PublicQuota != nil && strings.HasPrefix(q.route, "/v1/"):
		q.address = s.options.PublicQuota.address(r)
		return s.options.PublicQuota.pass(q.address)
	}
	return nil
}

// noRoute answers for a path or method that the API does not have. The router's own
// answer says which of the two it is.
func noRoute(router http.Handler, w http.ResponseWriter, r *http.Request) {
	said := &silent{header: http.Header{}}
	router.ServeHTTP(said, r)
	p := refuse(r.Context(), fault.New(fault.NotFound, ""))
	if said.status == http.StatusMethodNotAllowed {
		p = refuse(r.Context(), fault.New(fault.BadRequest, "method"))
		p.Status = said.status
		w.Header().Set("Allow", said.header.Get("Allow"))
	}
	p.write(w)
}

// finish writes the access line and turns a panic into an answer.
func (s *server) finish(w *recorder, r *http.Request, q *request, started time.Time) {
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			panic(v)
		}
		// The value of a panic can hold what was sent; where it happened cannot.
		s.options.Logger.Error("handler panicked", slog.String("route", q.route), slog.String("at", panicSite()))
		if w.status == 0 {
			refuse(r.Context(), fault.New(fault.Internal, "")).write(w)
		}
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if q.cause != nil {
		s.options.Logger.Error("request failed", slog.String("route", q.route), slog.String("error", q.cause.Error()))
	}
	took := time.Since(started)
	s.options.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", method(r)), slog.String("route", q.route),
		slog.Int("status", w.status), slog.Duration("took", took))
	if s.options.Observe != nil {
		s.options.Observe(q.route, method(r), w.status, took)
	}
}

// panicSite is the first frame outside of the runtime, below the recovering one.
func panicSite() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return f.Function
		}
	}
}

// method is the request's method as it may be logged: a caller can make one up.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// secure sets the headers that hold for every answer. Pages set their own policy of
// content. There is no CORS header: a browser of another origin reads nothing.
func secure(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// silent takes an answer that is not sent.
type silent struct {
	header http.Header
	status int
}

func (w *silent) Header() http.Header         { return w.header }
func (w *silent) WriteHeader(status int)      { w.status = status }
func (w *silent) Write(b []byte) (int, error) { return len(b), nil }
