package credit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

func examplePaper() *Paper {
	return &Paper{Record: [16]byte{1}, Salt: wire.Hash{2}, Kind: Evidence, Text: "已于 4 月 1 日履行完毕。\n附转账凭证。",
		Files: []File{{Name: "凭证.pdf", Media: "application/pdf", Data: []byte("%PDF-1.7 …")}}}
}

func TestPaperCommitment(t *testing.T) {
	p := examplePaper()
	c := p.Commitment()
	if got := hex.EncodeToString(c[:]); got != "3fb6d3581285c744cf7eab7ef8ceb7b955b836448ae2d95a66eb2fee02bc94a5" {
		t.Errorf("commitment %s: papers that are out would no longer open", got)
	}
	back, err := DecodePaper(p.Encode())
	if err != nil || back.Commitment() != c {
		t.Fatalf("%v", err)
	}
	for name, change := range map[string]func(*Paper){
		"record": func(p *Paper) { p.Record[0] = 9 }, "salt": func(p *Paper) { p.Salt[0] = 9 }, "kind": func(p *Paper) { p.Kind = Reasons },
		"author": func(p *Paper) { p.Author = 3 }, "text": func(p *Paper) { p.Text += "。" }, "file": func(p *Paper) { p.Files[0].Data = []byte("%PDF-2") },
		"name": func(p *Paper) { p.Files[0].Name = "b.pdf" },
	} {
		q := examplePaper()
		change(q)
		if q.Commitment() == c {
			t.Errorf("another %s has the same commitment", name)
		}
	}
}

func TestPaperBounds(t *testing.T) {
	png := []byte("\x89PNG\r\n\x1a\nrest")
	for name, tc := range map[string]struct {
		change func(*Paper)
		want   fault.Code
	}{
		"as it is":   {func(*Paper) {}, fault.OK},
		"text alone": {func(p *Paper) { p.Files = nil }, fault.OK},
		"file alone": {func(p *Paper) { p.Text = "" }, fault.OK},
		"nothing":    {func(p *Paper) { p.Text, p.Files = " \n", nil }, fault.FieldMissing},
		"longest":    {func(p *Paper) { p.Text = strings.Repeat("𠮷", MaxPaperText) }, fault.OK},
		"too long":   {func(p *Paper) { p.Text = strings.Repeat("字", MaxPaperText+1) }, fault.FieldTooLong},
		"no record":  {func(p *Paper) { p.Record = [16]byte{} }, fault.Malformed},
		"no salt":    {func(p *Paper) { p.Salt = wire.Hash{} }, fault.Malformed},
		"kind":       {func(p *Paper) { p.Kind = "poem" }, fault.FieldInvalid},
		"control":    {func(p *Paper) { p.Text = "a\x00b" }, fault.FieldInvalid},
		"direction":  {func(p *Paper) { p.Text = "a\u202eb" }, fault.FieldInvalid},
		"lines":      {func(p *Paper) { p.Text = "a\n\n\tb \nc" }, fault.OK},
		"not UTF-8":  {func(p *Paper) { p.Text = "a\xff" }, fault.FieldInvalid},
		"six files":  {func(p *Paper) { p.Files = make([]File, 6) }, fault.TooLarge},
		"half a megabyte": {func(p *Paper) {
			p.Files[0].Data = append(png, make([]byte, MaxPaperBytes)...)
			p.Files[0].Media, p.Files[0].Name = "image/png", "a.png"
		}, fault.TooLarge},
		"other type":     {func(p *Paper) { p.Files[0].Media = "text/html" }, fault.FileType},
		"lying type":     {func(p *Paper) { p.Files[0].Data = png }, fault.FileType},
		"script as text": {func(p *Paper) { p.Files[0] = File{"a.txt", "text/plain", []byte("\x00\x01")} }, fault.FileType},
		"page as text":   {func(p *Paper) { p.Files[0] = File{"a.html", "text/plain", []byte("<b>")} }, fault.FileType},
		"other suffix":   {func(p *Paper) { p.Files[0].Name = "a.pdf.exe" }, fault.FileType},
		"folder":         {func(p *Paper) { p.Files[0].Name = "../a.pdf" }, fault.FieldInvalid},
		"hidden":         {func(p *Paper) { p.Files[0].Name = ".a" }, fault.FieldInvalid},
		"no name":        {func(p *Paper) { p.Files[0].Name = "" }, fault.FieldInvalid},
		"empty file":     {func(p *Paper) { p.Files[0].Data = nil }, fault.FieldMissing},
	} {
		p := examplePaper()
		tc.change(p)
		err := p.Check()
		if fault.Of(err) != tc.want {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
		var e *fault.Error
		if errors.As(err, &e) && p.Text != "" && strings.Contains(err.Error(), p.Text) {
			t.Errorf("%s: the error repeats the text", name)
		}
		if tc.want == fault.OK && len(p.Encode()) > MaxPaper {
			t.Errorf("%s: %d bytes, above MaxPaper", name, len(p.Encode()))
		}
	}
}

func TestNewFile(t *testing.T) {
	for _, tc := range []struct {
		name, data, wantName, wantMedia string
		want                            fault.Code
	}{
		{`C:\文书\判决书.PDF`, "%PDF-1.4", "判决书.PDF", "application/pdf", fault.OK},
		{"/tmp/a.jpg", "\xff\xd8\xff\xe0", "a.jpg", "image/jpeg", fault.OK},
		{"b.txt", "一行\r\n二行", "b.txt", "text/plain", fault.OK},
		{"c.exe", "MZ\x00\x00", "", "", fault.FileType},
		{"c.exe", "MZ", "", "", fault.FileType},
		{"d.JPEG", "\xff\xd8\xff\xe0", "d.JPEG", "image/jpeg", fault.OK},
		{"", "abc", "", "", fault.FieldInvalid},
	} {
		f, err := NewFile(tc.name, []byte(tc.data))
		if fault.Of(err) != tc.want || f.Name != tc.wantName || f.Media != tc.wantMedia {
			t.Errorf("%q: %q %q %v", tc.name, f.Name, f.Media, err)
		}
	}
}

func TestProse(t *testing.T) {
	if got := Prose("  a\r\nb\rc\n "); got != "a\nb\nc" {
		t.Errorf("%q", got)
	}
}

func FuzzDecodePaper(f *testing.F) {
	f.Add(examplePaper().Encode())
	f.Add((&Paper{Record: [16]byte{1}, Salt: wire.Hash{2}, Kind: Reasons, Author: 4, Text: "a"}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePaper(b)
		if err == nil && !bytes.Equal(p.Encode(), b) {
			t.Error("two encodings of one paper")
		}
	})
}
