package clerk

import (
	"strings"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
)

// Letter is the sheet that reaches a record's subject with its notice: the record's number
// and access code, what can be filed, the ways off the list, and what becomes of a lost
// code. Whoever holds it can act for the subject, so it is printed once and kept by
// nobody.
type Letter struct {
	Record   ledger.RecordID
	Code     credit.AccessCode
	Replaces bool // an earlier code, which is void now
	Recorder *ledger.Member
	Contract *contract.Contract
}

// Letter makes the letter of a record of a kind that this clerk's institution decides.
func (c *Clerk) Letter(kind credit.Kind, record ledger.RecordID, code credit.AccessCode, replaces bool) (*Letter, error) {
	book, err := c.Book()
	if err != nil {
		return nil, err
	}
	doc, _, err := book.Contract(kind)
	if err != nil {
		return nil, err
	}
	l := &Letter{Record: record, Code: code, Replaces: replaces, Contract: doc}
	for i := range c.Genesis.Members {
		if m := &c.Genesis.Members[i]; m.ID == c.Member {
			l.Recorder = m
		}
	}
	if l.Recorder == nil && c.Self != nil { // admitted later
		l.Recorder = c.Self
	}
	return l, nil
}

// Text is the letter in Chinese and, below, in English.
func (l *Letter) Text() string {
	var b strings.Builder
	for i, lang := range message.Langs {
		if i > 0 {
			b.WriteString("\n" + strings.Repeat("-", 72) + "\n\n")
		}
		l.write(&b, lang)
	}
	return b.String()
}

func (l *Letter) write(b *strings.Builder, lang message.Lang) {
	say := func(key string, args ...any) { b.WriteString(lang.Text("letter."+key, args...) + "\n") }
	list := func(lines []string) {
		for _, s := range lines {
			b.WriteString("  - " + s + "\n")
		}
	}
	say("title")
	b.WriteString("\n")
	say("about", l.Contract.Title(lang), l.name(lang))
	say("record", l.Record.String())
	say("code", l.Code.Text())
	if l.Replaces {
		say("replaces")
	}
	b.WriteString("\n")
	say("see")
	say("file")
	var lines []string
	for _, e := range l.Contract.SubjectEvents() {
		lines = append(lines, e.Title.In(lang))
	}
	list(lines)
	say("where")
	b.WriteString("\n")
	say("exits")
	lines = nil
	for _, x := range l.Contract.Exits() {
		line := x.Title.In(lang)
		for _, a := range x.Cite {
			line += lang.Text("letter.cite", a.Text.In(lang))
		}
		lines = append(lines, line)
	}
	list(lines)
	b.WriteString("\n")
	for _, key := range []string{"silence", "keep", "lost"} {
		say(key)
	}
}

func (l *Letter) name(lang message.Lang) string {
	switch {
	case l.Recorder == nil:
		return ""
	case lang == message.Chinese:
		return l.Recorder.NameZH
	}
	return l.Recorder.NameEN
}
