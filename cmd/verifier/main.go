//go:build js

// Command verifier is package verify in a browser. It gives the page three functions
// under globalThis.riviera and does nothing by itself; it reads no network, no storage
// and no clock but the one it is given.
//
//	texts(lang)                                  → {key: text} of the page, JSON
//	kind(bytes)                                  → "certificate", "trust", "refresh" or "unknown"
//	verify(certificate, trust, refresh, require, now) → Outcome, JSON
//
// bytes are Uint8Array, trust and refresh may be null, now is in milliseconds.
package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"syscall/js"
	"time"

	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/verify"
)

// Outcome is what verify returns. A trust or refresh file that is none says nothing
// about the certificate: then there is no report, and Broken names the file.
type Outcome struct {
	Report *verify.Report `json:"report,omitempty"`
	Facts  []verify.Fact  `json:"facts,omitempty"`
	Trust  *trustFacts    `json:"trust,omitempty"`
	Broken string         `json:"broken,omitempty"` // "trust" or "refresh"
}

// trustFacts is what a person compares with what the institutions publish.
type trustFacts struct {
	Network  string    `json:"network"`
	Genesis  string    `json:"genesis"`
	Height   int64     `json:"height"`
	IssuedAt time.Time `json:"issued_at"`
	Old      bool      `json:"old"`
}

func main() {
	js.Global().Set("riviera", js.ValueOf(map[string]any{
		"texts":  js.FuncOf(func(_ js.Value, args []js.Value) any { return texts(message.Parse(args[0].String())) }),
		"kind":   js.FuncOf(func(_ js.Value, args []js.Value) any { return kind(content(args[0])) }),
		"verify": js.FuncOf(func(_ js.Value, args []js.Value) any { return check(args) }),
	}))
	select {}
}

func content(v js.Value) []byte {
	if v.IsNull() || v.IsUndefined() {
		return nil
	}
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(b)
}

// texts returns the page's texts without their common prefix.
func texts(l message.Lang) string {
	const prefix = "verify.page."
	out := map[string]string{}
	for _, key := range l.Keys() {
		if name, is := strings.CutPrefix(key, prefix); is {
			out[name] = l.Text(key)
		}
	}
	return text(out)
}

// kind tells what a dropped file is.
func kind(b []byte) string {
	switch trimmed := bytes.TrimLeft(b, " \t\r\n\ufeff"); {
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return "certificate"
	case !bytes.HasPrefix(trimmed, []byte("{")):
		return "unknown"
	}
	var doc struct {
		Context json.RawMessage `json:"@context"`
		Epochs  json.RawMessage `json:"epochs"`
		Type    json.RawMessage `json:"type"`
	}
	switch err := json.Unmarshal(b, &doc); {
	case err != nil:
		return "unknown"
	case doc.Epochs != nil:
		return "trust"
	case string(doc.Type) == `"`+verify.RefreshType+`"`:
		return "refresh"
	case doc.Context != nil:
		return "certificate"
	}
	return "unknown"
}

func check(args []js.Value) string {
	var trust *verify.Trust
	o := verify.Options{RequireStatus: args[3].Bool(), Now: time.UnixMilli(int64(args[4].Float()))}
	var err error
	if b := content(args[1]); b != nil {
		if trust, err = verify.ParseTrust(b); err != nil {
			return text(Outcome{Broken: "trust"})
		}
	}
	if b := content(args[2]); b != nil {
		if o.Refresh, err = verify.ParseRefresh(b); err != nil {
			return text(Outcome{Broken: "refresh"})
		}
	}
	r := verify.Verify(content(args[0]), trust, o)
	out := Outcome{Report: &r, Facts: r.Facts()}
	if trust != nil {
		out.Trust = &trustFacts{trust.Network, trust.Genesis.String(), trust.Height, trust.IssuedAt, o.Now.Sub(trust.IssuedAt) > verify.MaxTrustAge}
	}
	return text(out)
}
