package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// noticeRecords says that the notice has been served, and makes the access codes of the
// records that have none.
func (a *app) noticeRecords() *cobra.Command {
	var on, dir string
	var served bool
	c := a.command("record.notice", "notice ID… --served", a.between(1, -1), func(c *cobra.Command, ids []string) error {
		if !served {
			return usage(a.text("usage.flag-required", "--served"))
		}
		s, err := a.signing()
		if err != nil {
			return err
		}
		l, err := a.letters(dir, ids)
		if err != nil {
			return err
		}
		return a.perform(c.Context(), s, deed{event: clerk.Notice, with: written(dated([]string{"served=yes"}, "served_on", on)), letters: l}, ids)
	})
	c.Flags().BoolVar(&served, "served", false, a.text("record.flag.served"))
	c.Flags().StringVar(&on, "on", "", a.text("record.flag.on"))
	a.lettersFlag(c, &dir)
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords(contract.Draft.String())
	return c
}

// accessRecord makes the access code of a record before its notice goes out, or a new one
// for somebody who has lost the letter.
func (a *app) accessRecord() *cobra.Command {
	var dir string
	var checked, yes bool
	c := a.command("record.access", "access ID…", a.between(1, -1), func(c *cobra.Command, ids []string) error {
		s, err := a.signing()
		if err != nil {
			return err
		}
		l, err := a.letters(dir, ids)
		if err != nil {
			return err
		}
		l.again, l.checked = true, checked
		if checked {
			if err := a.confirm(yes, "--yes", a.text("confirm.access")); err != nil {
				return err
			}
		}
		var entries []clerk.Entry
		for _, arg := range ids {
			id, err := ledger.ParseRecordID(arg)
			if err == nil {
				entries, err = l.add(c.Context(), s, entries, id)
			}
			if err != nil {
				l.drop(a)
				return err
			}
		}
		return a.register(c.Context(), s, l, entries)
	})
	c.Flags().BoolVar(&checked, "identity-checked", false, a.text("record.flag.identity-checked"))
	c.Flags().BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	a.lettersFlag(c, &dir)
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords()
	return c
}

func (a *app) lettersFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "letters", "", a.text("record.flag.letters"))
	if err := c.MarkFlagDirname("letters"); err != nil {
		panic("riviera: " + err.Error()) // the flag stands above
	}
}

// register sends access keys and hands their letters out.
func (a *app) register(ctx context.Context, s *session, l *letters, entries []clerk.Entry) error {
	refused := false
	for len(entries) > 0 {
		n := min(len(entries), actsPerEnvelope)
		out, err := a.deliver(ctx, s, entries[:n])
		if err != nil {
			return err
		}
		for i, code := range out.Codes {
			refused = refused || code != fault.OK
			if err := a.printActed(entries[i], code, out); err != nil {
				return err
			}
		}
		if err := l.settle(a, entries[:n], out); err != nil {
			return err
		}
		entries = entries[n:]
	}
	if refused {
		return status(exitFailed)
	}
	return nil
}

// letters are the access codes on their way to paper. A code is never anywhere else: its
// letter is written before its key is sent, and taken back where the key was refused.
type letters struct {
	dir     string // "" prints a single one at the terminal
	again   bool   // a record that has a code gets a new one
	checked bool   // the identity of whoever asks for a new one
	open    map[ledger.RecordID]*clerk.Letter
}

func (a *app) letters(dir string, ids []string) (*letters, error) {
	l := &letters{dir: dir, open: map[ledger.RecordID]*clerk.Letter{}}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fault.Wrap(fault.NotFound, "--letters", err)
		}
		return l, nil
	}
	if _, yes := terminal(a.out); !yes || len(ids) > 1 || a.json {
		return nil, usage(a.text("usage.letters"))
	}
	return l, nil
}

// add makes the code of a record that needs one, with its letter and its key's entry.
func (l *letters) add(ctx context.Context, s *session, entries []clerk.Entry, id ledger.RecordID) ([]clerk.Entry, error) {
	r, err := s.client.Record(ctx, id.String())
	switch {
	case err != nil:
		return nil, err
	case r.Access && !l.again:
		return entries, nil // the letter went out before
	case r.Access && !l.checked:
		return nil, fault.Newf(fault.Usage, "--identity-checked", "the record has a code; it is replaced after a check of identity")
	}
	code, err := s.clerk.NewAccessCode()
	if err != nil {
		return nil, err
	}
	letter, err := s.clerk.Letter(credit.Kind(r.Kind), id, code, r.Access)
	if err != nil {
		return nil, err
	}
	if l.dir != "" {
		if err := writeLetter(l.path(id), letter.Text()); err != nil {
			return nil, err
		}
	}
	l.open[id] = letter
	return append(entries, s.clerk.Access(id, code.PublicKey(), r.Access)), nil
}

func (l *letters) path(id ledger.RecordID) string { return filepath.Join(l.dir, id.String()+".txt") }

// writeLetter writes a new file that only its owner reads, to the disk.
func writeLetter(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.Newf(fault.Usage, "--letters", "%s is there already: it may hold a code in use", path)
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, "--letters", err)
	}
	_, err = f.WriteString(text)
	for _, next := range []func() error{f.Sync, f.Close} {
		if err == nil {
			err = next()
		}
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, "--letters", err)
	}
	return nil
}

// settle hands out the letters whose keys are recorded and takes back those of the
// others. One of which it is not known stays, with a word.
func (l *letters) settle(a *app, entries []clerk.Entry, out *clerk.Outcome) error {
	if l == nil {
		return nil
	}
	for i, e := range entries {
		letter := l.open[e.Record]
		if letter == nil || !e.IsAccess() {
			continue
		}
		delete(l.open, e.Record)
		switch {
		case out.Codes[i] == fault.OK && l.dir == "":
			fmt.Fprintf(a.out, "\n%s\n", letter.Text())
		case out.Codes[i] == fault.OK:
			a.note("record.letter", l.path(e.Record))
		case out.Unsure:
			a.note("record.letter-unsure", l.path(e.Record))
		case l.dir != "":
			if err := os.Remove(l.path(e.Record)); err != nil {
				return fault.Wrap(fault.NotFound, "--letters", err)
			}
		}
	}
	return nil
}

// drop takes back the letters of keys that were never sent.
func (l *letters) drop(a *app) {
	if l.dir == "" {
		return
	}
	for id := range l.open { // order does not matter: each is removed
		if err := os.Remove(l.path(id)); err != nil {
			a.note("record.letter-unsure", l.path(id))
		}
	}
}
