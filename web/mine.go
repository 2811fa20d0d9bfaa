package web

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

const (
	maxUpload  = credit.MaxPaperBytes + 256<<10 // bytes of a filing's form
	uploadTime = 60 * time.Second               // a slow line may take
)

// mineContent is the page of the person that a record is about. Entered is what stays in
// the form: the record's number, never the code.
type mineContent struct {
	Entered string
	Error   formError
	View    *client.SubjectView
	Body    *credit.Body
	Ticket  string // for the files of papers; opens nothing else than the page shows
	Receipt *verify.Receipt
	Sealed  *client.Sealed
	Raw     string // the receipt as it was signed
	members map[uint32]client.Member
}

// Member names an institution.
func (c mineContent) Member(p *page, id uint32) string {
	if m, ok := c.members[id]; ok {
		return p.In(m.NameZH, m.NameEN)
	}
	return p.T("member", id)
}

// Name joins the members that may have a paper.
func (c mineContent) Names(p *page, ids []uint32) string {
	var names []string
	for _, id := range ids {
		names = append(names, c.Member(p, id))
	}
	return p.Join(names)
}

// Unix is a moment to the minute in UTC+8.
func (p *page) Unix(seconds int64) string {
	return time.Unix(seconds, 0).In(china).Format("2006-01-02 15:04")
}

// KiB is a size, rounded up.
func (p *page) KiB(n int) string { return p.Number((n + 1023) / 1024) }

// ArgType names the type of an argument for the form.
func (p *page) ArgType(t contract.Type) string {
	switch t {
	case contract.Date:
		return "date"
	case contract.Bool:
		return "bool"
	}
	return "number"
}

func (s *site) mine(w http.ResponseWriter, r *http.Request) {
	s.renderMine(w, r, http.StatusOK, mineContent{})
}

// seeMine shows a record to the holder of its access code. The answer is the response to
// the POST itself: nothing of it stands in an address, and nothing is kept.
func (s *site) seeMine(w http.ResponseWriter, r *http.Request) {
	if !s.deskForm(w, r) {
		return
	}
	a := client.SubjectAccess{Record: cleanRecord(r.PostForm.Get("record")), Code: r.PostForm.Get("code")}
	v, err := s.backend.SubjectView(r.Context(), a)
	if err != nil {
		s.mineError(w, r, a.Record, err)
		return
	}
	c := mineContent{View: &v, Ticket: s.ticket(r, a)}
	c.Body, _ = v.Record.Body.(*credit.Body)
	s.renderMine(w, r, http.StatusOK, c)
}

// mineError shows what is wrong above the form; a refusal is the same page for every
// reason.
func (s *site) mineError(w http.ResponseWriter, r *http.Request, record string, err error) {
	code := fault.Of(err)
	if code == fault.Internal {
		s.refuse(w, r, err)
		return
	}
	s.renderMine(w, r, client.HTTPStatus(code), mineContent{Entered: record, Error: textOf(language(w, r), code)})
}

// admitDesk keeps other sites' forms and crowds out.
func (s *site) admitDesk(w http.ResponseWriter, r *http.Request) bool {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		s.refuse(w, r, fault.New(fault.RoleNotAllowed, ""))
		return false
	}
	if err := s.options.AllowDesk(r); err != nil {
		s.refuse(w, r, err)
		return false
	}
	return true
}

// deskForm admits and reads a form of the desk; false: the refusal is written.
func (s *site) deskForm(w http.ResponseWriter, r *http.Request) bool {
	if !s.admitDesk(w, r) {
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, fault.New(fault.BadRequest, ""))
		return false
	}
	return true
}

// ticket makes what the forms for a paper's files carry: good for ten minutes, for reading
// this one record.
func (s *site) ticket(r *http.Request, a client.SubjectAccess) string {
	code, err := credit.ParseAccessCode(a.Code)
	if err != nil {
		return ""
	}
	status, err := s.backend.Status(r.Context())
	if err != nil {
		return ""
	}
	genesis, errG := hex.DecodeString(status.GenesisHash)
	id, errR := hex.DecodeString(a.Record)
	if errG != nil || errR != nil || len(genesis) != 32 || len(id) != 16 {
		return ""
	}
	t := credit.NewTicket(wire.Hash(genesis), [16]byte(id), time.Now(), code.SigningKey())
	return strconv.FormatInt(t.Issued, 10) + "." + base64.RawURLEncoding.EncodeToString(t.Signature)
}

func parseTicket(s string) (*client.SubjectTicket, error) {
	issued, signature, ok := strings.Cut(s, ".")
	at, err := strconv.ParseInt(issued, 10, 64)
	sig, bad := base64.RawURLEncoding.DecodeString(signature)
	if !ok || err != nil || bad != nil {
		return nil, fault.New(fault.AccessRefused, "")
	}
	return &client.SubjectTicket{Issued: at, Signature: sig}, nil
}

// minePaper hands out one file of a paper.
func (s *site) minePaper(w http.ResponseWriter, r *http.Request) {
	if !s.deskForm(w, r) {
		return
	}
	ticket, err := parseTicket(r.PostForm.Get("ticket"))
	if err != nil {
		s.mineError(w, r, "", err)
		return
	}
	p, err := s.backend.SubjectPaper(r.Context(), client.PaperRequest{Commitment: r.PostForm.Get("paper"),
		SubjectAccess: client.SubjectAccess{Record: cleanRecord(r.PostForm.Get("record")), Ticket: ticket}})
	n, bad := strconv.Atoi(r.PostForm.Get("file"))
	if err == nil && (bad != nil || n < 0 || n >= len(p.Files)) {
		err = fault.New(fault.NotFound, "")
	}
	if err != nil {
		s.mineError(w, r, "", err)
		return
	}
	f := p.Files[n]
	w.Header().Set("Content-Type", f.Media)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(f.Data)
}

// fileMine takes a filing. Entering the code again is what signs it.
func (s *site) fileMine(w http.ResponseWriter, r *http.Request) {
	if !s.admitDesk(w, r) {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // failing leaves a shorter one
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	if err := r.ParseMultipartForm(maxUpload); err != nil { // in memory whole: never a temporary file
		s.mineError(w, r, "", fault.New(fault.TooLarge, "files"))
		return
	}
	f, err := filing(r.MultipartForm)
	if err != nil {
		s.mineError(w, r, f.Record, err)
		return
	}
	b, err := s.backend.SubjectFile(r.Context(), f)
	if err != nil {
		s.mineError(w, r, f.Record, err)
		return
	}
	receipt := new(verify.Receipt)
	if err := json.Unmarshal(b, receipt); err != nil {
		s.refuse(w, r, err)
		return
	}
	s.renderMine(w, r, http.StatusOK, mineContent{Entered: f.Record, Receipt: receipt, Raw: string(b)})
}

// filing reads the form of a filing.
func filing(m *multipart.Form) (client.Filing, error) {
	get := func(name string) string {
		if v := m.Value[name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	f := client.Filing{SubjectAccess: client.SubjectAccess{Record: cleanRecord(get("record")), Code: get("code")},
		Event: get("event"), Text: get("text")}
	for name, v := range m.Value {
		if arg, ok := strings.CutPrefix(name, "arg."+f.Event+"."); ok && len(v) > 0 && v[0] != "" {
			f.Args = append(f.Args, arg+"="+v[0])
		}
	}
	for _, h := range m.File["files"] {
		file, err := h.Open()
		if err != nil {
			return f, fault.Wrap(fault.BadRequest, "files", err)
		}
		data, err := io.ReadAll(io.LimitReader(file, credit.MaxPaperBytes+1))
		if err = errors.Join(err, file.Close()); err != nil {
			return f, fault.Wrap(fault.BadRequest, "files", err)
		}
		if len(data) > 0 {
			f.Files = append(f.Files, client.PaperFile{Name: h.Filename, Data: data})
		}
	}
	if len(f.Files) > credit.MaxPaperFiles {
		return f, fault.New(fault.TooLarge, "files")
	}
	return f, nil
}

// cleanRecord is a record's number as it is typed from a letter.
func cleanRecord(s string) string { return strings.ToLower(cleanCode(s)) }

func (s *site) renderMine(w http.ResponseWriter, r *http.Request, status int, c mineContent) {
	c.members = map[uint32]client.Member{}
	if all, err := s.backend.Members(r.Context()); err == nil {
		for _, m := range all.Members {
			c.members[m.ID] = m
		}
	}
	p := s.newPage(w, r, "mine.title", "mine")
	p.Path = "/mine"
	p.Content = c
	s.render(w, status, "mine", p)
}
