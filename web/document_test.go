package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestMineDocument makes a document as its holder chooses, from the page's own form.
func TestMineDocument(t *testing.T) {
	h := New(&fake{}, Options{})
	page := post(h, "/mine", mineForm(recordID, mineCode)).Body.String()
	ticket := regexp.MustCompile(`name="ticket" value="([^"]+)"/><input type="hidden" name="kind" value="([a-z]+)"`).FindStringSubmatch(page)
	if ticket == nil || !strings.Contains(page, `name="disclose" value="facts"/>`) || !strings.Contains(page, `value="subject_name" checked="checked"`) {
		t.Fatalf("no form: %v", ticket)
	}
	form := url.Values{"record": {recordID}, "ticket": {ticket[1]}, "kind": {ticket[2]}, "disclose": {"subject_name", "facts"},
		"languages": {"en"}, "recipient": {"某银行"}, "form": {"pdf"}}
	w := post(h, "/mine/document", form)
	for _, want := range []string{"%PDF", `"kind":"notice"`, `"disclose":["subject_name","facts"]`, `"languages":"en"`, "某银行"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in %s", want, w.Body.String())
		}
	}
	if w.Header().Get("Content-Type") != "application/pdf" || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Disposition") != `attachment; filename="certificate.pdf"` {
		t.Errorf("%v", w.Header())
	}
	form.Del("disclose")
	if w := post(h, "/mine/document", form); strings.Contains(w.Body.String(), `"disclose":["`) {
		t.Errorf("nothing was ticked: %s", w.Body.String())
	}
	form.Set("form", "copy")
	if w := post(h, "/mine/document", form); w.Header().Get("Content-Type") != "application/json" || !strings.Contains(w.Body.String(), "own") {
		t.Errorf("own copy: %v", w.Header())
	}
	form.Set("ticket", "x")
	if w := post(h, "/mine/document", form); w.Code != http.StatusForbidden {
		t.Errorf("without a ticket: %d", w.Code)
	}
	if w := post(h, "/mine/document", form, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("another site's form: %d", w.Code)
	}
}
