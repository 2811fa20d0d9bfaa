package certificate

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/message"
)

// TestPDFA holds every kind of file to the clauses of ISO 19005-3, level B, that bear on
// what it contains. No validator is at hand where these tests run; this is our own reading of
// the standard, clause by clause, and nobody's certificate of conformity.
func TestPDFA(t *testing.T) {
	for _, name := range []string{"exit", "correction", "listed", "noticed", "clear", "held"} {
		pdf := kinds[name](t, newWorld(t, sampleBody()), []message.Lang{message.Chinese, message.English})
		text := string(pdf)
		must := func(clause string, ok bool) {
			t.Helper()
			if !ok {
				t.Errorf("%s: clause %s", name, clause)
			}
		}
		has := func(s string) bool { return strings.Contains(text, s) }
		must("6.1.2, header and four bytes above 127", regexp.MustCompile(`^%PDF-1\.[0-7]\n%[\x80-\xff]{4}`).Match(latin(pdf[:32])))
		must("6.1.3, file identifier, no encryption, nothing behind the end", has("/ID [ <") && !has("/Encrypt") && strings.HasSuffix(text, "%%EOF\n"))
		must("6.1.4, one cross-reference table", strings.Count(text, "\nxref\n") == 1 && strings.Count(text, "\nstartxref\n") == 1)
		must("6.1.7, no LZW, no external streams", !has("/LZWDecode") && !has("/FFilter"))
		must("6.1.11, 6.8, the associated file", has("/AF [") && has("/AFRelationship /Source") && has("/UF (") && has("/Type /EmbeddedFile /Subtype /application") && has("/Params << /ModDate"))
		must("6.2.2, no content outside of resources", !has("/Type /ObjStm"))
		must("6.2.3, output intent", has("/S /GTS_PDFA1") && has("/DestOutputProfile") && strings.Count(text, "/Type /OutputIntent") == 1)
		must("6.2.8, 6.2.9, no images, no PostScript, no reference XObjects", !has("/Subtype /Image") && !has("/Subtype /PS") && !has("/Subtype2"))
		must("6.2.10, no transparency", !has("/SMask") && !has("/ca ") && !has("/CA ") && !has("/BM "))
		must("6.2.11.3, composite fonts", strings.Count(text, "/Subtype /Type0") == strings.Count(text, "/CIDToGIDMap /Identity") && has("/Encoding /Identity-H"))
		must("6.2.11.4, fonts embedded", strings.Count(text, "/FontFile2 ") == strings.Count(text, "/Type /FontDescriptor") && has("/FontFile2 "))
		must("6.3, annotations print and have an appearance", strings.Count(text, "/Type /Annot ") == strings.Count(text, "/F 132 ") && strings.Count(text, "/Type /Annot ") == strings.Count(text, "/AP << /N "))
		must("6.4.1, no XFA, no NeedAppearances", !has("/XFA") && !has("/NeedAppearances"))
		must("6.5, no actions", !has("/OpenAction") && !has("/AA ") && !has("/JavaScript") && !has("/Launch") && !has("/URI"))
		must("6.6.2, metadata in the clear, its packet without attributes that are forbidden", regexp.MustCompile(`/Type /Metadata /Subtype /XML /Length`).MatchString(text) && !regexp.MustCompile(`<\?xpacket [^>]*(bytes|encoding)=`).MatchString(text))
		must("6.6.4, version and conformance", has("<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"))
		must("6.6.3, no document information that could contradict", !has("/Info "))
		must("6.9, no optional content", !has("/OCProperties"))
		must("6.2.3, the profile", soundProfile(streamBefore(t, pdf, "/N 3 /Filter /FlateDecode")))
		for _, line := range strings.Split(strings.TrimSpace(tool(t, "pdffonts", write(t, name+".pdf", pdf))), "\n")[2:] {
			if f := strings.Fields(line); len(f) < 6 || !regexp.MustCompile(`yes +yes +yes`).MatchString(line) {
				t.Errorf("%s: clause 6.2.11.4, 6.2.11.7: a font is not embedded, cut down and mapped: %s", name, line)
			}
		}
	}
}

// latin makes each byte a character, for expressions about bytes.
func latin(b []byte) []byte {
	var out []rune
	for _, c := range b {
		out = append(out, rune(c))
	}
	return []byte(string(out))
}

// streamBefore inflates the stream whose dictionary begins so.
func streamBefore(t *testing.T, pdf []byte, dict string) []byte {
	t.Helper()
	_, rest, found := bytes.Cut(pdf, []byte("<< "+dict))
	_, rest, begun := bytes.Cut(rest, []byte("stream\n"))
	if !found || !begun {
		t.Fatalf("no stream %s", dict)
	}
	r, err := zlib.NewReader(bytes.NewReader(rest))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// soundProfile reports whether an ICC profile is one for RGB of a version that PDF/A takes.
func soundProfile(b []byte) bool {
	return len(b) > 128 && binary.BigEndian.Uint32(b) == uint32(len(b)) && b[8] <= 4 && string(b[16:20]) == "RGB " && string(b[36:40]) == "acsp" &&
		(string(b[12:16]) == "mntr" || string(b[12:16]) == "scnr" || string(b[12:16]) == "prtr" || string(b[12:16]) == "spac")
}
