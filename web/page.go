package web

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/message"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates holds one whole page a name; each is the layout around its own content.
type templates map[string]*template.Template

// pages are the names of the templates, without the layout's.
var pages = [...]string{"home", "answer", "record", "about", "problem", "verifier", "live", "measures", "erasures", "members", "mine", "contracts", "contract"}

func parse() templates {
	all := templates{}
	shared := template.Must(template.New("layout").ParseFS(templateFiles, "templates/layout.html", "templates/state.html"))
	for _, name := range pages {
		t := template.Must(shared.Clone())
		all[name] = template.Must(t.ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return all
}

// page is what every template sees. Content is the page's own part.
type page struct {
	Lang    message.Lang
	Title   string // key of the catalogue
	Path    string // of the page in the other language; "" where it has no address
	Nav     string // which entry of the navigation is this page
	Status  client.Status
	Style   string // address of the style sheet, with its version
	Script  string
	Content any
}

// T is the text under a key. A template can only name what TestEveryPage finds in the
// catalogue.
func (p *page) T(key string, args ...any) string { return p.Lang.Text("web."+key, args...) }

// Other is the language that the page is not in.
func (p *page) Other() message.Lang {
	if p.Lang == message.Chinese {
		return message.English
	}
	return message.Chinese
}

// In picks one of two names.
func (p *page) In(zh, en string) string {
	if p.Lang == message.Chinese && zh != "" || en == "" {
		return zh
	}
	return en
}

// Phase, Role and Kind name what the ledger names by a word. A word that the catalogue
// does not hold is shown as it is.
func (p *page) Phase(name string) string        { return p.word("phase.", name) }
func (p *page) Role(name string) string         { return p.word("role.", name) }
func (p *page) Constituency(name string) string { return p.word("constituency.", name) }

func (p *page) word(group, name string) string {
	if key := "web." + group + name; p.Lang.Has(key) {
		return p.Lang.Text(key)
	}
	return name
}

// Number groups the digits of a count by three.
func (p *page) Number(n any) string {
	var s string
	switch v := n.(type) {
	case uint64:
		s = strconv.FormatUint(v, 10)
	case int64:
		s = strconv.FormatInt(v, 10)
	case int:
		s = strconv.Itoa(v)
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// china is the time zone of every time that a page shows.
var china = time.FixedZone("UTC+8", 8*3600)

// Time is a moment to the second in UTC+8.
func (p *page) Time(t time.Time) string { return t.In(china).Format("2006-01-02 15:04:05") }

// Machine is a moment for a machine to read.
func (p *page) Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Moment shows a time in RFC 3339 as the pages show times; a date stays as it is.
func (p *page) Moment(s string) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return p.Time(t)
	}
	return s
}

// Duration is a length of time in the largest unit of which there is one, to a tenth.
func (p *page) Duration(d time.Duration) string {
	unit, key := time.Second, "seconds"
	switch {
	case d >= time.Hour:
		unit, key = time.Hour, "hours"
	case d >= time.Minute:
		unit, key = time.Minute, "minutes"
	}
	tenths := int64((d + unit/20) / (unit / 10))
	n := strconv.FormatInt(tenths/10, 10)
	if tenths%10 != 0 {
		n += "." + strconv.FormatInt(tenths%10, 10)
	}
	return p.T(key, n)
}

// Day is the length of a training network's day, as the node states it.
func (p *page) Day(s string) string {
	if d, err := time.ParseDuration(s); err == nil {
		return p.Duration(d)
	}
	return s
}

// Yuan is an amount in fen as people write it.
func (p *page) Yuan(fen int64) string {
	return p.T("yuan", p.Number(fen/100)+"."+strconv.FormatInt(100+fen%100, 10)[1:])
}

// Short is the beginning of a hash.
func (p *page) Short(s string) string {
	if len(s) > 12 {
		return s[:12] + "…"
	}
	return s
}

// Join joins words as the language does.
func (p *page) Join(words []string) string { return strings.Join(words, p.T("comma")) }

const langCookie = "lang"

// language picks the language of a request, and keeps a choice made by ?lang=.
func language(w http.ResponseWriter, r *http.Request) message.Lang {
	if v := r.URL.Query().Get("lang"); v != "" {
		l := message.Parse(v)
		http.SetCookie(w, &http.Cookie{
			Name: langCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
		})
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil {
		return message.Parse(c.Value)
	}
	if l, ok := client.Language(r.Header.Get("Accept-Language")); ok {
		return l
	}
	return message.Chinese
}

// newPage starts a page with the network's state, as far as the node tells it.
func (s *site) newPage(w http.ResponseWriter, r *http.Request, title, nav string) *page {
	p := &page{
		Lang: language(w, r), Title: title, Nav: nav,
		Style: s.assets.address("style.css"), Script: s.assets.address("live.js"),
	}
	if r.Method == http.MethodGet {
		p.Path = r.URL.Path
	}
	// A page without state is better than none: the templates leave it out.
	p.Status, _ = s.backend.Status(r.Context())
	return p
}

// render writes a page whole or not at all.
func (s *site) render(w http.ResponseWriter, status int, name string, p *page) {
	var b bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&b, entry(name), p); err != nil {
		s.options.Logger.Error("page failed", slog.String("page", name), slog.String("error", err.Error()))
		http.Error(w, p.T("broken"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(p.Lang))
	w.Header().Add("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// entry is the template to execute: the live part comes without the layout.
func entry(name string) string {
	if name == "live" {
		return "state"
	}
	return "layout"
}
