//go:build soak

package offline

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser speaks the DevTools protocol with a headless Chromium over a pipe.
type browser struct {
	t       *testing.T
	in      *os.File
	out     *bufio.Reader
	id      int
	session string
	loaded  []string // addresses that the page asked for
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	toR, toW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fromR, fromW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(), "--window-size=1100,1500", "--lang=en")
	cmd.ExtraFiles = []*os.File{toR, fromW}
	if err := cmd.Start(); err != nil {
		t.Fatalf("this test needs chromium: %v", err)
	}
	t.Cleanup(func() { cancel(); cmd.Wait() })
	return &browser{t: t, in: toW, out: bufio.NewReader(fromR)}
}

func (b *browser) call(method string, params map[string]any) map[string]any {
	b.t.Helper()
	b.id++
	m := map[string]any{"id": b.id, "method": method, "params": params}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	raw, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(raw, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		line, err := b.out.ReadBytes(0)
		if err != nil {
			b.t.Fatal(err)
		}
		var answer struct {
			ID     int
			Method string
			Result map[string]any
			Error  json.RawMessage
			Params struct{ Request struct{ URL string } }
		}
		if err := json.Unmarshal(bytes.TrimRight(line, "\x00"), &answer); err != nil {
			b.t.Fatal(err)
		}
		if answer.Method == "Network.requestWillBeSent" {
			b.loaded = append(b.loaded, answer.Params.Request.URL)
		}
		if answer.ID == b.id {
			if answer.Error != nil {
				b.t.Fatalf("%s: %s", method, answer.Error)
			}
			return answer.Result
		}
	}
}

func (b *browser) open(url string) {
	b.t.Helper()
	target := b.call("Target.createTarget", map[string]any{"url": "about:blank"})["targetId"]
	b.session = b.call("Target.attachToTarget", map[string]any{"targetId": target, "flatten": true})["sessionId"].(string)
	b.call("Network.enable", nil)
	b.call("Page.enable", nil)
	b.call("Page.navigate", map[string]any{"url": url})
}

func (b *browser) eval(js string) any {
	b.t.Helper()
	r := b.call("Runtime.evaluate", map[string]any{"expression": js, "returnByValue": true, "awaitPromise": true})
	if r["exceptionDetails"] != nil {
		b.t.Fatalf("%s: %v", js, r["exceptionDetails"])
	}
	return r["result"].(map[string]any)["value"]
}

func (b *browser) until(js string) {
	b.t.Helper()
	for range 300 {
		if b.eval(js) == true {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("never: %s", js)
}

func (b *browser) choose(files ...string) {
	b.t.Helper()
	root := b.call("DOM.getDocument", nil)["root"].(map[string]any)["nodeId"]
	node := b.call("DOM.querySelector", map[string]any{"nodeId": root, "selector": "#files"})["nodeId"]
	b.call("DOM.setFileInputFiles", map[string]any{"nodeId": node, "files": files})
}

// TestBrowser opens the page from the disk in a real browser, offline, lets it judge a
// good and a changed certificate, and looks at what it shows, how long it takes and what
// it asked the network for.
func TestBrowser(t *testing.T) {
	page, err := Build(context.Background(), "..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	golden, err := filepath.Abs("../verify/testdata/2")
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := os.ReadFile(filepath.Join(golden, "certificate.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	pdf[len(pdf)/2] ^= 1
	at, bad := filepath.Join(dir, PageName), filepath.Join(dir, "changed.pdf")
	for name, b := range map[string][]byte{at: page, bad: pdf} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := openBrowser(t)
	b.open("file://" + at)
	b.until(`document.documentElement?.dataset.ready === "true"`)
	b.choose(filepath.Join(golden, "trust.json"), filepath.Join(golden, "certificate.pdf"))
	b.until(`document.querySelectorAll("article.verdict").length === 1`)
	b.choose(bad)
	b.until(`document.querySelectorAll("article.verdict").length === 2`)
	if got := b.eval(`[...document.querySelectorAll("article.verdict")].map(e => e.dataset.verdict).join()`); got != "TOTAL_FAILED,TOTAL_PASSED" {
		t.Errorf("verdicts %v", got)
	}
	for _, lang := range []string{"en", "zh-CN"} {
		b.until(`(document.documentElement.lang === "` + lang + `") || (document.getElementById("language").click(), false)`)
		text, _ := b.eval(`document.body.innerText`).(string)
		if strings.Contains(text, "[verify") || strings.Contains(text, "undefined") || !strings.Contains(text, "海州市云帆智能装备有限公司") {
			t.Errorf("%s: %s", lang, text)
		}
		if out := os.Getenv("RIVIERA_SCREENSHOTS"); out != "" {
			shot := b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true})["data"].(string)
			png, _ := base64.StdEncoding.DecodeString(shot)
			if err := os.WriteFile(filepath.Join(out, lang+".png"), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.checkNetwork(at)
	b.checkTime(golden)
}

// checkNetwork: the page asked for itself and for nothing else, and cannot.
func (b *browser) checkNetwork(at string) {
	for _, url := range b.loaded {
		if url != "file://"+at {
			b.t.Errorf("asked for %s", url)
		}
	}
	for _, js := range []string{`fetch("http://127.0.0.1:9/")`, `fetch("data:text/plain,x")`, `new Promise((y, n) => { const i = new Image(); i.onload = y; i.onerror = n; i.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=" })`} {
		if got := b.eval(js + `.then(() => "went out", () => "refused")`); got != "refused" {
			b.t.Errorf("%s: %v", js, got)
		}
	}
}

// checkTime measures the verification of a PDF and of a bare credential after the start.
func (b *browser) checkTime(golden string) {
	for _, name := range []string{"certificate.pdf", "credential.json"} {
		file, err := os.ReadFile(filepath.Join(golden, name))
		if err != nil {
			b.t.Fatal(err)
		}
		trust, err := os.ReadFile(filepath.Join(golden, "trust.json"))
		if err != nil {
			b.t.Fatal(err)
		}
		ms, _ := b.eval(`(() => {
			const bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
			const file = bytes("` + base64.StdEncoding.EncodeToString(file) + `"), trust = bytes("` + base64.StdEncoding.EncodeToString(trust) + `");
			const times = [];
			for (let i = 0; i < 15; i++) {
				const t = performance.now();
				const out = JSON.parse(riviera.verify(file, trust, null, false, Date.parse("2026-12-01")));
				times.push(performance.now() - t);
				if (out.report.verdict !== "TOTAL_PASSED") return -1;
			}
			return times.sort((a, b) => a - b)[7];
		})()`).(float64)
		b.t.Logf("%s: %.1f ms, median of 15 in the browser", name, ms)
		if ms < 0 || ms > 150 {
			b.t.Errorf("%s: %.1f ms", name, ms)
		}
	}
}
