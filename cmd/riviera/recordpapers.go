package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// recordPapers shows what was handed in with filings and written with decisions.
func (a *app) recordPapers() *cobra.Command {
	var out string
	c := a.command("record.papers", "papers ID", a.between(1, 1), func(c *cobra.Command, args []string) error {
		if _, err := ledger.ParseRecordID(args[0]); err != nil {
			return err
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		got, err := s.client.Papers(c.Context(), args[0])
		if err != nil {
			return err
		}
		if out != "" {
			if err := a.savePapers(out, got); err != nil {
				return err
			}
		}
		if a.json {
			return a.object(got)
		}
		for _, p := range got.Papers {
			a.printPaper(p)
		}
		if len(got.Papers) == 0 {
			a.say("record.no-papers")
		}
		return nil
	})
	c.Flags().StringVar(&out, "out", "", a.text("record.flag.papers-out"))
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords()
	return c
}

// savePapers writes the files of papers, readable by their owner alone, each under a
// number in front of its name: two papers may bring files of one name.
func (a *app) savePapers(dir string, got client.Papers) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(fault.NotFound, "--out", err)
	}
	for i, p := range got.Papers {
		for j, f := range p.Files {
			name := strconv.Itoa(i+1) + "-" + strconv.Itoa(j+1) + "-" + filepath.Base(f.Name)
			err := a.toSecretFile(filepath.Join(dir, name), func(w io.Writer) error { _, err := w.Write(f.Data); return failed(err) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}
