package certificate

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"embed"
	"io"
	"sync"

	"github.com/riviera-ledger/riviera/verify"
)

//go:embed fonts/*.ttf.gz
var assets embed.FS

// loadFonts unpacks and parses the embedded fonts once, in the order in which they are
// asked for a character. It takes about a tenth of a second, so only those who draw
// pay for it. An asset that cannot be read is a broken build.
var loadFonts = sync.OnceValues(func() ([]*font, error) {
	var fonts []*font
	for _, a := range [...]struct{ file, name string }{
		{"fonts/noto-sans-sc.ttf.gz", "NotoSansSC-Regular"},
		{"fonts/rare-han.ttf.gz", "RivieraRareHan"},
	} {
		packed, err := assets.Open(a.file)
		if err != nil {
			return nil, err
		}
		z, err := gzip.NewReader(packed)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(z)
		if err != nil {
			return nil, err
		}
		f, err := parseFont(a.name, b)
		if err != nil {
			return nil, err
		}
		fonts = append(fonts, f)
	}
	return fonts, nil
})

// packedProfile is the deflated colour profile, the same in every certificate.
var packedProfile = sync.OnceValue(func() []byte { return deflate(verify.SRGB()) })

// packLevel is the fastest: it saves a third of the time that a certificate takes and costs
// four per cent in size over the default.
const packLevel = zlib.BestSpeed

// packers are compressors at rest: making one costs more than what it does to a page.
var packers = sync.Pool{New: func() any {
	w, err := zlib.NewWriterLevel(io.Discard, packLevel)
	if err != nil {
		panic("certificate: " + err.Error()) // the level is a constant: a broken build
	}
	return w
}}

// deflate packs a stream for FlateDecode.
func deflate(b []byte) []byte {
	var out bytes.Buffer
	w := packers.Get().(*zlib.Writer)
	defer packers.Put(w)
	w.Reset(&out)
	_, err := w.Write(b)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("certificate: a buffer refuses bytes: " + err.Error()) // it cannot
	}
	return out.Bytes()
}
