package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/riviera-ledger/riviera/message"
)

// Parts is what one file of the profile has that another has not. Streams are deflated
// already: compressors differ from version to version, and a verifier must be able to
// put a file together again from what it finds in it.
type Parts struct {
	Credential *Credential
	Held       bool   // a holder's presentation of Credential: no signature in the file
	Layout     Layout // what the pages and the seal have to say
	Fonts      []FontPart
	Attachment []byte   // deflated canonical credential, or presentation
	Pages      [][]byte // deflated Layout.Pages
	Seal       []byte   // deflated Layout.Seal
	Profile    []byte   // deflated ICC profile of sRGB
	CRLs       [][]byte // deflated revocation lists of the signer's chain, DER
}

// FontPart is one font of the file, cut down to the characters in use. Character code
// n is Chars[n-1]; code 0 is the missing glyph.
type FontPart struct {
	Resource int // it is /F<Resource> on the pages
	Name     string
	BBox     [4]int
	Ascent   int
	Descent  int
	Chars    []rune
	Widths   []int  // of Chars, in thousandths of the font size
	Program  []byte // deflated TrueType program
	Length   int    // of the program, not deflated
}

// Numbers of the objects that every file has. Pages follow from firstPage, two objects
// each, then fonts, five objects each, then revocation lists. A holder's file ends the
// common part with the attachment.
const (
	objCatalog = iota + 1
	objPages
	objMetadata
	objProfile
	objFilespec
	objAttachment
	objSignature
	objWidget
	objSeal
	pagesSigned
	pagesHeld = objSignature
)

// firstPage is the number of the first page's object.
func (p *Parts) firstPage() int {
	if p.Held {
		return pagesHeld
	}
	return pagesSigned
}

// firstCRL is the number of the first revocation list's object.
func (p *Parts) firstCRL() int { return p.firstPage() + 2*len(p.Pages) + 5*len(p.Fonts) }

// AttachmentName is the name of the credential within the PDF.
const AttachmentName = "credential.json"

// SignatureRoom is how many bytes a file keeps for its CMS signature.
const SignatureRoom = 12 << 10

const byteRangeWidth = 48

// Assemble writes the file with an empty signature. Contents is where its hexadecimal
// digits stand, without the angle brackets; the signature covers everything but these
// and the brackets. A holder's file has none: contents is empty.
func Assemble(p *Parts) (file []byte, contents [2]int) {
	a := &assembly{Parts: p}
	a.out.WriteString(pdfHeader)
	a.structure()
	if !p.Held {
		a.signature()
	}
	for i := range p.Pages {
		a.page(i)
	}
	for i := range p.Fonts {
		a.font(i)
	}
	for _, l := range p.CRLs {
		a.stream(l, "/Filter /FlateDecode")
	}
	a.finish()
	file = a.out.Bytes()
	if p.Held {
		return file, contents
	}
	from := a.contents
	to := from + 2*SignatureRoom
	r := fmt.Sprintf("/ByteRange [0 %d %d %d]", from-1, to+1, len(file)-to-1)
	copy(file[a.byteRange:], r)
	return file, [2]int{from, to}
}

type assembly struct {
	*Parts
	out       bytes.Buffer
	offsets   []int
	byteRange int
	contents  int
}

func (a *assembly) begin() {
	a.offsets = append(a.offsets, a.out.Len())
	fmt.Fprintf(&a.out, "%d 0 obj\n", len(a.offsets))
}

func (a *assembly) object(format string, args ...any) {
	a.begin()
	fmt.Fprintf(&a.out, format, args...)
	a.out.WriteString("\nendobj\n")
}

// stream writes a stream object; dict is its dictionary without brackets and length.
func (a *assembly) stream(data []byte, format string, args ...any) {
	a.begin()
	a.out.WriteString("<< ")
	fmt.Fprintf(&a.out, format, args...)
	fmt.Fprintf(&a.out, " /Length %d >>\nstream\n", len(data))
	a.out.Write(data)
	a.out.WriteString("\nendstream\nendobj\n")
}

// stamp is the time of issue as PDF writes dates.
func (a *assembly) stamp() string {
	return "(D:" + strings.NewReplacer("-", "", ":", "", "T", "", "Z", "").Replace(a.Credential.ValidFrom) + "+00'00')"
}

// structure writes everything but pages, fonts and the signature.
func (a *assembly) structure() {
	c := a.Credential
	var kids strings.Builder
	for i := range a.Pages {
		fmt.Fprintf(&kids, "%d 0 R ", a.firstPage()+2*i)
	}
	name, about, kind := AttachmentName, "W3C Verifiable Credential", "vc"
	if a.Held {
		name, about, kind = PresentationName, "W3C Verifiable Presentation", "vp"
	}
	first, _, _ := strings.Cut(c.Render.Language, " ")
	a.object("<< /Type /Catalog /Pages %d 0 R /Lang (%s) /ViewerPreferences << /DisplayDocTitle true >> /Metadata %d 0 R"+
		" /OutputIntents [ << /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) /DestOutputProfile %d 0 R >> ]"+
		" /AF [ %d 0 R ] /Names << /EmbeddedFiles << /Names [ (%s) %d 0 R ] >> >>%s >>",
		objPages, first, objMetadata, objProfile, objFilespec, name, objFilespec, a.signed())
	a.object("<< /Type /Pages /Count %d /Kids [ %s] >>", len(a.Pages), kids.String())
	a.stream(a.metadata(), "/Type /Metadata /Subtype /XML")
	a.stream(a.Profile, "/N 3 /Filter /FlateDecode")
	a.object("<< /Type /Filespec /F (%s) /UF (%s) /Desc %s /AFRelationship /Source /EF << /F %d 0 R /UF %d 0 R >> >>",
		name, name, textString(about), objAttachment, objAttachment)
	a.stream(a.Attachment, "/Type /EmbeddedFile /Subtype /application#2F%s /Params << /ModDate %s >> /Filter /FlateDecode", kind, a.stamp())
}

// signed is what a file's catalog says of its signature: that it allows no change, and
// what shows that the signer's certificate was not revoked.
func (a *assembly) signed() string {
	if a.Held {
		return ""
	}
	s := fmt.Sprintf(" /AcroForm << /Fields [ %d 0 R ] /SigFlags 3 >> /Perms << /DocMDP %d 0 R >>", objWidget, objSignature)
	if len(a.CRLs) > 0 {
		s += " /DSS << /Type /DSS /CRLs [ "
		for i := range a.CRLs {
			s += strconv.Itoa(a.firstCRL()+i) + " 0 R "
		}
		s += "] >>"
	}
	return s
}

// signature writes the signature, its field and its appearance.
func (a *assembly) signature() {
	c := a.Credential
	l := message.Lang(c.Render.Language)
	a.begin()
	fmt.Fprintf(&a.out, "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Name %s /Reason %s /M %s"+
		" /Reference [ << /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P 1 /V /1.2 >> >> ] ",
		textString(c.Issuer.Name[0].Value), textString(a.title(l)), a.stamp())
	a.byteRange = a.out.Len()
	a.out.WriteString(strings.Repeat(" ", byteRangeWidth) + " /Contents <")
	a.contents = a.out.Len()
	a.out.WriteString(strings.Repeat("0", 2*SignatureRoom) + "> >>\nendobj\n")

	r := a.Layout.SealRect
	a.object("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /F 132 /Rect [ %s %s %s %s ] /P %d 0 R /V %d 0 R /AP << /N %d 0 R >> >>",
		r[0], r[1], r[2], r[3], a.firstPage()+2*(len(a.Pages)-1), objSignature, objSeal)
	a.stream(a.Seal, "/Type /XObject /Subtype /Form /BBox [ 0 0 %s %s ] /Resources << /Font << %s>> >> /Filter /FlateDecode",
		r[2]-r[0], r[3]-r[1], a.fontResources())
}

func (a *assembly) title(l message.Lang) string { return titleOf(a.Credential, l) }

func (a *assembly) fontResources() string {
	var b strings.Builder
	for i, f := range a.Fonts {
		fmt.Fprintf(&b, "/F%d %d 0 R ", f.Resource, a.firstPage()+2*len(a.Pages)+5*i)
	}
	return b.String()
}

func (a *assembly) page(i int) {
	annotations := ""
	if i == len(a.Pages)-1 && !a.Held {
		annotations = fmt.Sprintf(" /Annots [ %d 0 R ]", objWidget)
	}
	a.object("<< /Type /Page /Parent %d 0 R /MediaBox [ 0 0 %s %s ] /Resources << /Font << %s>> >> /Contents %d 0 R%s >>",
		objPages, pageWidth, pageHeight, a.fontResources(), a.firstPage()+2*i+1, annotations)
	a.stream(a.Pages[i], "/Filter /FlateDecode")
}

// font writes a composite font: the page's codes are those of the cut-down program.
func (a *assembly) font(i int) {
	f, number := a.Fonts[i], a.firstPage()+2*len(a.Pages)+5*i
	name := subsetTag(f.Program) + "+" + f.Name
	var widths strings.Builder
	for _, w := range f.Widths {
		widths.WriteString(strconv.Itoa(w) + " ")
	}
	a.object("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [ %d 0 R ] /ToUnicode %d 0 R >>",
		name, number+1, number+4)
	a.object("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"+
		" /FontDescriptor %d 0 R /CIDToGIDMap /Identity /DW 1000 /W [ 1 [ %s] ] >>", name, number+2, widths.String())
	a.object("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [ %d %d %d %d ] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV 80 /FontFile2 %d 0 R >>",
		name, f.BBox[0], f.BBox[1], f.BBox[2], f.BBox[3], f.Ascent, f.Descent, f.Ascent, number+3)
	a.stream(f.Program, "/Length1 %d /Filter /FlateDecode", f.Length)
	a.stream(toUnicode(f.Chars), "/Type /CMap /CMapName /Adobe-Identity-UCS")
}

// subsetTag is the six letters by which PDF tells subsets of one font apart.
func subsetTag(program []byte) string {
	sum := sha256.Sum256(program)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag)
}

const (
	cmapHead = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
	cmapTail = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
)

// toUnicode says which character each code stands for, so that text can be copied and
// searched, and compared by the verifier.
func toUnicode(chars []rune) []byte {
	b := []byte(cmapHead)
	for from := 0; from < len(chars); from += 100 {
		block := chars[from:min(from+100, len(chars))]
		b = fmt.Appendf(b, "%d beginbfchar\n", len(block))
		for i, r := range block {
			b = fmt.Appendf(b, "<%04x> <%s>\n", from+i+1, utf16Hex(string(r)))
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, cmapTail...)
}

func utf16Hex(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return hex.EncodeToString(b)
}

// textString writes a PDF text string; hexadecimal, so that no byte needs an escape.
func textString(s string) string { return "<feff" + utf16Hex(s) + ">" }

func (a *assembly) metadata() []byte {
	c := a.Credential
	esc := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace
	title := esc(a.title(message.Chinese) + " " + a.title(message.English))
	return []byte(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + title + `</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>` + esc(c.Issuer.Name[0].Value) + `</rdf:li></rdf:Seq></dc:creator>
<dc:identifier>` + esc(c.ID) + `</dc:identifier>
<xmp:CreateDate>` + c.ValidFrom + `</xmp:CreateDate><xmp:ModifyDate>` + c.ValidFrom + `</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`)
}

// finish writes the cross-reference table and the trailer.
func (a *assembly) finish() {
	table := a.out.Len()
	id := strings.Repeat("0", 32)
	if digits := Digits(a.Credential.ID); len(digits) >= 32 {
		id = digits[:32]
	}
	second := id
	if a.Held { // nobody signs the file: a checksum shows damage, and a forger can redo it
		sum := sha256.Sum256(a.out.Bytes())
		second = hex.EncodeToString(sum[:16])
	}
	fmt.Fprintf(&a.out, "xref\n0 %d\n0000000000 65535 f \n", len(a.offsets)+1)
	for _, o := range a.offsets {
		fmt.Fprintf(&a.out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&a.out, "trailer\n<< /Size %d /Root %d 0 R /ID [ <%s> <%s> ] >>\nstartxref\n%d\n%s",
		len(a.offsets)+1, objCatalog, id, second, table, pdfEnd)
}
