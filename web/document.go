package web

import (
	"net/http"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
)

// Units lists what a certificate can disclose, for the form.
func (c mineContent) Units() []string { return credit.Units[:] }

// Usual reports whether a unit is disclosed unless the holder chooses otherwise.
func (c mineContent) Usual(unit string) bool {
	switch unit {
	case credit.UnitAmount, credit.UnitFacts, credit.UnitMeasure:
		return false
	}
	return true
}

// Document is the kind of document that there is about the record now, "" for none.
func (c mineContent) Document() string {
	switch c.View.Record.Phase {
	case contract.Exited.String(), contract.Annulled.String():
		return client.DocumentCertificate
	case contract.Noticed.String(), contract.Grace.String(), contract.Active.String(), contract.ExitDue.String(), contract.Suspended.String():
		return client.DocumentNotice
	}
	return ""
}

// mineDocument makes the document that the holder has chosen on its page: the PDF, or the
// own copy from which more can be made without any node. The page's ticket opens it.
func (s *site) mineDocument(w http.ResponseWriter, r *http.Request) {
	if !s.deskForm(w, r) {
		return
	}
	ticket, err := parseTicket(r.PostForm.Get("ticket"))
	if err != nil {
		s.mineError(w, r, "", err)
		return
	}
	q := client.SubjectDocument{SubjectAccess: client.SubjectAccess{Record: cleanRecord(r.PostForm.Get("record")), Ticket: ticket},
		DocumentRequest: client.DocumentRequest{Kind: r.PostForm.Get("kind"), Disclose: r.PostForm["disclose"],
			Languages: r.PostForm.Get("languages"), Recipient: r.PostForm.Get("recipient")}}
	if q.Disclose == nil {
		q.Disclose = []string{} // nothing ticked is nothing disclosed, not the usual
	}
	media, name := "application/pdf", "certificate.pdf"
	var b []byte
	if r.PostForm.Get("form") == "copy" {
		media, name = "application/json", "own-copy.json"
		b, err = s.backend.SubjectCopy(r.Context(), q)
	} else {
		b, err = s.backend.SubjectDocument(r.Context(), q)
	}
	if err != nil {
		s.mineError(w, r, q.Record, err)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(b)
}
