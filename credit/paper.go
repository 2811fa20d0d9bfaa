package credit

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// PaperKind says what a paper is in the proceedings.
type PaperKind string

const (
	Evidence PaperKind = "evidence" // 证据材料: what the one who files brings
	Reasons  PaperKind = "reasons"  // 理由: why something was decided or refused
	Answer   PaperKind = "answer"   // 答复: what an institution answers
)

// Paper is a document of a record's proceedings (附卷文书). It never enters a block: the
// act or filing that it belongs to carries its Commitment, the paper itself travels
// between the nodes that may read it and is erased with the record.
type Paper struct {
	Record [16]byte  `cbor:"1,keyasint"`
	Salt   wire.Hash `cbor:"2,keyasint"` // random, so that nobody can guess what was written
	Kind   PaperKind `cbor:"3,keyasint"`
	Author uint32    `cbor:"4,keyasint,omitempty"` // member; 0 is the subject
	Text   string    `cbor:"5,keyasint,omitempty"`
	Files  []File    `cbor:"6,keyasint,omitempty"`
}

// File is an attachment of a paper.
type File struct {
	Name  string `cbor:"1,keyasint"`
	Media string `cbor:"2,keyasint"` // one of Media
	Data  []byte `cbor:"3,keyasint"`
}

// Bounds of a paper. Together they keep it below what one message and one attachment of
// the vault hold.
const (
	MaxPaperText  = 20_000 // characters
	MaxPaperFiles = 5
	MaxPaperBytes = 512 << 10 // of all files together
	MaxFileName   = 200       // bytes
	MaxPaper      = 4*MaxPaperText + MaxPaperBytes + 4096
)

// Media lists the types of files that a paper may hold, each with how its name ends and
// how it begins: those in which nothing runs, under names by which nothing is started.
var Media = [...]struct{ Type, Suffix, Begins string }{
	{"application/pdf", ".pdf", "%PDF-"},
	{"image/png", ".png", "\x89PNG\r\n\x1a\n"},
	{"image/jpeg", ".jpg", "\xff\xd8\xff"},
	{"image/jpeg", ".jpeg", "\xff\xd8\xff"},
	{"text/plain", ".txt", ""},
}

const paperTag = "riviera/paper/1"

// Commitment is what the ledger holds of the paper.
func (p *Paper) Commitment() wire.Hash { return wire.Digest(paperTag, wire.Encode(p)) }

// Encode returns the canonical bytes.
func (p *Paper) Encode() []byte { return wire.Encode(p) }

// DecodePaper reads canonical bytes and checks the paper's form.
func DecodePaper(b []byte) (*Paper, error) {
	if len(b) > MaxPaper {
		return nil, fault.New(fault.TooLarge, "paper")
	}
	p := new(Paper)
	if err := wire.Decode(b, p); err != nil {
		return nil, fault.Wrap(fault.Malformed, "paper", err)
	}
	return p, p.Check()
}

// Check holds a paper to its bounds. Its errors name a field, never a value.
func (p *Paper) Check() error {
	switch {
	case p.Record == [16]byte{}:
		return fault.New(fault.Malformed, "paper: record")
	case p.Salt.Zero():
		return fault.New(fault.Malformed, "paper: salt")
	case p.Kind != Evidence && p.Kind != Reasons && p.Kind != Answer:
		return fault.New(fault.FieldInvalid, "paper: kind")
	case strings.TrimSpace(p.Text) == "" && len(p.Files) == 0:
		return fault.New(fault.FieldMissing, "text")
	case utf8.RuneCountInString(p.Text) > MaxPaperText:
		return fault.New(fault.FieldTooLong, "text")
	case len(p.Files) > MaxPaperFiles:
		return fault.Newf(fault.TooLarge, "files", "%d, at most %d", len(p.Files), MaxPaperFiles)
	}
	if code := prose(p.Text); code != fault.OK {
		return fault.New(code, "text")
	}
	size := 0
	for i := range p.Files {
		if err := p.Files[i].check(); err != nil {
			return err
		}
		size += len(p.Files[i].Data)
	}
	if size > MaxPaperBytes {
		return fault.Newf(fault.TooLarge, "files", "at most %d bytes together", MaxPaperBytes)
	}
	return nil
}

func (f *File) check() error {
	if code := textFault(f.Name, MaxFileName); code != fault.OK {
		return fault.New(code, "files: name")
	}
	if f.Name == "" || strings.ContainsAny(f.Name, `/\:*?"<>|`) || strings.HasPrefix(f.Name, ".") {
		return fault.New(fault.FieldInvalid, "files: name")
	}
	if len(f.Data) == 0 {
		return fault.New(fault.FieldMissing, "files")
	}
	for _, m := range Media {
		if m.Type == f.Media && strings.HasSuffix(strings.ToLower(f.Name), m.Suffix) && bytes.HasPrefix(f.Data, []byte(m.Begins)) && (m.Begins != "" || prose(string(f.Data)) == fault.OK) {
			return nil
		}
	}
	return fault.New(fault.FileType, "files")
}

// NewFile takes a file as a person hands it over: its name without folders, its type by
// what it holds. A type that is not allowed is fault.FileType.
func NewFile(name string, data []byte) (File, error) {
	name = norm.NFC.String(strings.TrimSpace(path.Base(strings.ReplaceAll(name, `\`, "/"))))
	for _, m := range Media {
		f := File{Name: name, Media: m.Type, Data: data}
		switch err := f.check(); {
		case err == nil:
			return f, nil
		case !fault.Is(err, fault.FileType):
			return File{}, err
		}
	}
	return File{}, fault.New(fault.FileType, "files")
}

// Prose makes text as a person types it into what a paper holds: lines ended by one
// character, NFC, no empty ends.
func Prose(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return norm.NFC.String(strings.TrimSpace(s))
}

// prose checks a text of several lines: each line as any text of a body, but for spaces
// at its ends and tabs.
func prose(s string) fault.Code {
	if !utf8.ValidString(s) {
		return fault.FieldInvalid
	}
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSpace(strings.TrimSuffix(line, "\r"))
		if code := textFault(strings.ReplaceAll(line, "\t", " "), len(s)); code != fault.OK && len(line) > 0 {
			return code
		}
	}
	return fault.OK
}
