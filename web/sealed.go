package web

import (
	"net/http"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
)

// sealMine has the holder's certificate sealed and kept. Entering the code again is what
// makes the key.
func (s *site) sealMine(w http.ResponseWriter, r *http.Request) {
	if !s.deskForm(w, r) {
		return
	}
	a := client.SubjectAccess{Record: cleanRecord(r.PostForm.Get("record")), Code: r.PostForm.Get("code")}
	out, err := s.backend.SubjectSeal(r.Context(), client.SealRequest{SubjectAccess: a})
	if err != nil {
		s.mineError(w, r, a.Record, err)
		return
	}
	s.renderMine(w, r, http.StatusOK, mineContent{Entered: a.Record, Sealed: &out})
}

// openMine gives a sealed copy back to the holder of its code, opened.
func (s *site) openMine(w http.ResponseWriter, r *http.Request) {
	if !s.deskForm(w, r) {
		return
	}
	code, err := credit.ParseAccessCode(r.PostForm.Get("code"))
	if err != nil {
		s.mineError(w, r, "", err)
		return
	}
	locator := code.CopyLocator()
	found, err := s.backend.SubjectSealed(r.Context(), client.SealedRequest{Locator: locator[:]})
	var own []byte
	if err == nil {
		own, err = certificate.OpenSealedCopy(found.Sealed, code.SealKey())
	}
	if err != nil {
		s.mineError(w, r, "", err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="own-copy.json"`)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(own)
}
