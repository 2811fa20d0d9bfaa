package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
)

//go:embed static
var staticFiles embed.FS

// assets serves the style sheet, the script and the mark. An address carries the start
// of the content's hash, so that it may be kept for ever and is never out of date.
type assets map[string]asset

type asset struct {
	body      []byte
	mediaType string
	version   string
}

// mediaTypes are those of the files in static.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func loadAssets() assets {
	all := assets{}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := staticFiles.ReadFile(name)
		h := sha256.Sum256(b)
		all[path.Base(name)] = asset{body: b, mediaType: mediaTypes[path.Ext(name)], version: hex.EncodeToString(h[:6])}
		return err
	})
	if err != nil {
		panic("web: static: " + err.Error()) // embedded: a broken build
	}
	return all
}

func (a assets) address(name string) string { return "/static/" + name + "?v=" + a[name].version }

func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	if r.URL.Query().Get("v") == f.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(f.body)
}
