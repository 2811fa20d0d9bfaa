package verify

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Bounds of what a file may unpack to.
const (
	maxFile    = 16 << 20
	maxPages   = 40
	maxFonts   = 4
	maxContent = 4 << 20
	maxProfile = 64 << 10
	maxGlyphs  = 20_000
	maxCRLs    = 4
	maxCRL     = 1 << 20
)

// disassembled is a parsed file: the parts to assemble it again from, and, after
// inflate, what its streams say.
type disassembled struct {
	parts    Parts
	document []byte // canonical bytes of credential or presentation, as attached
	pages    [][]byte
	seal     []byte
	profile  []byte
	at       int // offset of the signature's digits in the file
}

// disassemble reads the parts of a file of the profile. It looks objects up where
// Assemble puts them; whether everything else is as it should be shows in the
// comparison with the assembled file.
func disassemble(file []byte) (*disassembled, error) {
	objects, err := parsePDF(file)
	if err != nil {
		return nil, err
	}
	if len(objects) < pagesHeld+6 {
		return nil, errStructure
	}
	at := func(n int) pdfObject { return objects[n-1] }
	d := &disassembled{}
	catalog, _ := at(objCatalog).value.(pdfDict)
	d.parts.Held = catalog["Perms"] == nil
	d.parts.Attachment = at(objAttachment).stream
	d.parts.Profile = at(objProfile).stream
	firstPage := d.parts.firstPage()
	if !d.parts.Held {
		if len(objects) < firstPage+6 {
			return nil, errStructure
		}
		d.parts.Seal = at(objSeal).stream
		if d.at, err = signatureDigits(file, objSignature); err != nil {
			return nil, err
		}
	}
	tree, _ := at(objPages).value.(pdfDict)
	pages, _ := tree["Count"].(int64)
	if pages < 1 || pages > maxPages {
		return nil, errStructure
	}
	fonts := objects[min(firstPage-1+2*int(pages), len(objects)):]
	dss, _ := catalog["DSS"].(pdfDict)
	crls, _ := dss["CRLs"].([]any)
	if len(crls) > maxCRLs || len(crls) > len(fonts) {
		return nil, errStructure
	}
	for _, o := range fonts[len(fonts)-len(crls):] {
		d.parts.CRLs = append(d.parts.CRLs, o.stream)
	}
	fonts = fonts[:len(fonts)-len(crls)]
	if len(fonts) == 0 || len(fonts)%5 != 0 || len(fonts)/5 > maxFonts {
		return nil, errStructure
	}
	for i := range int(pages) {
		d.parts.Pages = append(d.parts.Pages, at(firstPage+2*i+1).stream)
	}
	resources, err := fontResources(at(firstPage))
	if err != nil || len(resources) != len(fonts)/5 {
		return nil, errStructure
	}
	for i, resource := range resources {
		f, err := readFont(fonts[5*i : 5*i+5])
		if err != nil {
			return nil, err
		}
		f.Resource = resource
		d.parts.Fonts = append(d.parts.Fonts, f)
	}
	return d, nil
}

func (d *disassembled) inflate() error {
	type unpack struct {
		from  []byte
		to    *[]byte
		limit int64
	}
	all := []unpack{{d.parts.Attachment, &d.document, MaxCredential}, {d.parts.Profile, &d.profile, maxProfile}}
	if !d.parts.Held {
		all = append(all, unpack{d.parts.Seal, &d.seal, maxContent})
	}
	for _, s := range all {
		out, err := inflate(s.from, s.limit)
		if err != nil {
			return err
		}
		*s.to = out
	}
	for _, l := range d.parts.CRLs {
		if _, err := inflate(l, maxCRL); err != nil {
			return err
		}
	}
	for _, p := range d.parts.Pages {
		out, err := inflate(p, maxContent)
		if err != nil {
			return err
		}
		d.pages = append(d.pages, out)
	}
	return nil
}

// signatureDigits finds the offset of the digits of /Contents within the signature's
// object. Should a stream before it imitate that object, the assembled file has the
// digits elsewhere.
func signatureDigits(file []byte, number int) (int, error) {
	from := bytes.Index(file, []byte("\n"+strconv.Itoa(number)+" 0 obj\n"))
	if from < 0 {
		return 0, errStructure
	}
	const mark = " /Contents <"
	at := bytes.Index(file[from:], []byte(mark))
	if at < 0 || len(file)-from-at-len(mark) <= 2*SignatureRoom {
		return 0, errStructure
	}
	return from + at + len(mark), nil
}

// fontResources returns the resource numbers of a page's fonts in the order of their
// objects.
func fontResources(page pdfObject) ([]int, error) {
	dict, _ := page.value.(pdfDict)
	resources, _ := dict["Resources"].(pdfDict)
	fonts, _ := resources["Font"].(pdfDict)
	var out []int
	for n := 1; n <= maxFonts; n++ {
		if _, ok := fonts[pdfName("F"+strconv.Itoa(n))].(pdfRef); ok {
			out = append(out, n)
		}
	}
	if len(out) != len(fonts) {
		return nil, errStructure
	}
	return out, nil
}

// readFont reads the five objects of a font.
func readFont(objects []pdfObject) (FontPart, error) {
	var f FontPart
	font, _ := objects[1].value.(pdfDict)
	descriptor, _ := objects[2].value.(pdfDict)
	program, _ := objects[3].value.(pdfDict)
	base, _ := descriptor["FontName"].(pdfName)
	_, name, ok := strings.Cut(string(base), "+")
	if !ok {
		return f, errStructure
	}
	f.Name, f.Program = name, objects[3].stream
	length, ok := program["Length1"].(int64)
	box, _ := descriptor["FontBBox"].([]any)
	ascent, okA := descriptor["Ascent"].(int64)
	descent, okD := descriptor["Descent"].(int64)
	if !ok || !okA || !okD || len(box) != 4 {
		return f, errStructure
	}
	f.Length, f.Ascent, f.Descent = int(length), int(ascent), int(descent)
	for i, v := range box {
		n, ok := v.(int64)
		if !ok {
			return f, errStructure
		}
		f.BBox[i] = int(n)
	}
	var err error
	if f.Widths, err = readWidths(font["W"]); err != nil {
		return f, err
	}
	f.Chars, err = readToUnicode(objects[4].stream, len(f.Widths))
	return f, err
}

// readWidths reads /W [ 1 [ w1 w2 … ] ].
func readWidths(v any) ([]int, error) {
	outer, _ := v.([]any)
	if len(outer) != 2 {
		return nil, errStructure
	}
	inner, _ := outer[1].([]any)
	if len(inner) == 0 || len(inner) > maxGlyphs {
		return nil, errStructure
	}
	out := make([]int, len(inner))
	for i, w := range inner {
		n, ok := w.(int64)
		if !ok || n < 0 || n > 10_000 {
			return nil, errStructure
		}
		out[i] = int(n)
	}
	return out, nil
}

// readToUnicode reads the characters of the codes 1 to n. The stream must be the one
// that toUnicode writes for them, and no character may have two codes.
func readToUnicode(stream []byte, n int) ([]rune, error) {
	var chars []rune
	seen := map[rune]bool{}
	for line := range strings.Lines(string(stream)) {
		code, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "> <")
		if !ok || len(code) != 5 || code[0] != '<' || code == "<0000" {
			continue
		}
		var units []uint16
		for hex := strings.TrimSuffix(rest, ">"); len(hex) >= 4; hex = hex[4:] {
			u, err := strconv.ParseUint(hex[:4], 16, 16)
			if err != nil {
				return nil, errStructure
			}
			units = append(units, uint16(u))
		}
		r := utf16.Decode(units)
		if len(r) != 1 || seen[r[0]] {
			return nil, errStructure
		}
		seen[r[0]] = true
		chars = append(chars, r[0])
	}
	if len(chars) != n || !bytes.Equal(toUnicode(chars), stream) {
		return nil, errStructure
	}
	return chars, nil
}

// embedded is the Face of a file's own fonts.
type embedded map[rune]Glyph

func newEmbedded(fonts []FontPart) embedded {
	e := embedded{}
	for _, f := range fonts {
		for i, r := range f.Chars {
			if _, taken := e[r]; !taken {
				e[r] = Glyph{Font: f.Resource, ID: uint16(i + 1), Width: f.Widths[i]}
			}
		}
	}
	return e
}

// Glyph implements Face.
func (e embedded) Glyph(r rune) (Glyph, bool) { g, ok := e[r]; return g, ok }
