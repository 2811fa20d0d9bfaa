package offline

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"text/template"

	"github.com/riviera-ledger/riviera/fault"
)

var (
	//go:embed page/page.html
	pageHTML string
	//go:embed page/page.css
	pageCSS string
	//go:embed page/page.js
	pageJS string
)

// contents is what the template puts in place. Every value is this build's own.
type contents struct {
	Policy string
	Style  string
	Script string
	Digest string // SHA-256 of the WebAssembly
	Wasm   string // compressed, base64
}

// Assemble puts the page together from the compiled verifier and the script by which Go
// talks to a browser (wasm_exec.js of the same Go release).
func Assemble(wasm, runtime []byte) ([]byte, error) {
	if bytes.Contains(runtime, []byte("</script")) {
		return nil, fault.New(fault.Malformed, "wasm_exec.js")
	}
	packed, err := Compress(wasm)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(wasm)
	script := string(runtime) + "\n" + pageJS
	c := contents{Policy: policyOf(pageCSS, script), Style: pageCSS, Script: script,
		Digest: hex.EncodeToString(digest[:]), Wasm: base64.StdEncoding.EncodeToString(packed)}
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "verifier page", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, c); err != nil {
		return nil, fault.Wrap(fault.Internal, "verifier page", err)
	}
	return out.Bytes(), nil
}

// Compress is gzip, the form that every browser can unpack by itself (DecompressionStream).
func Compress(wasm []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "gzip", err)
	}
	z.Write(wasm) // to memory: Close tells
	if err := z.Close(); err != nil {
		return nil, fault.Wrap(fault.Internal, "gzip", err)
	}
	return out.Bytes(), nil
}

// policyOf is the content policy of a page with this style and script.
func policyOf(style, script string) string {
	hash := func(s string) string {
		h := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"
	}
	return "default-src 'none'; script-src " + hash(script) + " 'wasm-unsafe-eval'; style-src " + hash(style) +
		"; base-uri 'none'; form-action 'none'"
}

// Policy returns the content policy that a page states for itself, for the server's
// header; "" for a file that is no such page.
func Policy(page []byte) string {
	const mark = `<meta http-equiv="Content-Security-Policy" content="`
	_, rest, ok := strings.Cut(string(page[:min(len(page), 2000)]), mark)
	policy, _, closed := strings.Cut(rest, `"`)
	if !ok || !closed {
		return ""
	}
	return policy
}
