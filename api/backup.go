package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// addBackup adds the stream from which a node can be brought back. It is as long as the
// ledger, so it is written as it is read, and bounded by its pauses instead of its length.
func (s *server) addBackup(a huma.API, mux *http.ServeMux) {
	op := raw(operation(a, http.MethodGet, client.BackupPath, "backup", operators), client.BackupType)
	a.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET "+client.BackupPath, func(w http.ResponseWriter, r *http.Request) {
		switch requestOf(r.Context()).caller.Kind {
		case Operator:
		case Public:
			refuse(r.Context(), fault.New(fault.NotAuthenticated, "Authorization")).write(w)
			return
		default:
			refuse(r.Context(), fault.New(fault.RoleNotAllowed, "Authorization")).write(w)
			return
		}
		// The server's limit on reading ends a request's context; a backup takes longer.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		out := &stream{to: w, pause: s.bodyTime}
		err := s.backend.Backup(r.Context(), out)
		switch {
		case err == nil:
		case !out.begun:
			refuse(r.Context(), err).write(w)
		default: // the reader learns by the missing end
			requestOf(r.Context()).cause = err
			panic(http.ErrAbortHandler)
		}
	})
}

// stream writes an answer whose reader may pause for so long at each write.
type stream struct {
	to    http.ResponseWriter
	pause time.Duration
	begun bool
}

func (s *stream) Write(b []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.to.Header().Set("Content-Type", client.BackupType)
		s.to.Header().Set("Content-Disposition", `attachment; filename="riviera-backup.tar"`)
	}
	_ = http.NewResponseController(s.to).SetWriteDeadline(time.Now().Add(s.pause)) // failing leaves the server's own limit
	return s.to.Write(b)
}
