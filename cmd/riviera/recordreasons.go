package main

import (
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// reasonsFlag names the files of what the institution writes to the subject.
const reasonsFlag = "reasons"

func (a *app) reasonsFlag(c *cobra.Command, files *[]string) {
	c.Flags().StringArrayVar(files, reasonsFlag, nil, a.text("record.flag.reasons"))
}

// reasons reads what goes with a decision: the first file of plain text is its text ("-"
// reads it from standard input), the others are attached. nil is for no file at all.
func (a *app) reasons(files []string) (*credit.Paper, error) {
	if len(files) == 0 {
		return nil, nil
	}
	p := new(credit.Paper)
	for _, name := range files {
		b, err := a.readPaper(name)
		if err != nil {
			return nil, err
		}
		if p.Text == "" && utf8.Valid(b) && utf8.RuneCount(b) <= credit.MaxPaperText && (name == "-" || filepath.Ext(name) == ".txt" || filepath.Ext(name) == ".md") {
			p.Text = credit.Prose(string(b))
			continue
		}
		f, err := credit.NewFile(filepath.Base(name), b)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, f)
	}
	return p, nil
}

func (a *app) readPaper(name string) ([]byte, error) {
	if name == "-" {
		b, err := io.ReadAll(io.LimitReader(a.in, credit.MaxPaper))
		if err != nil {
			return nil, fault.Wrap(fault.BadRequest, "input", err)
		}
		return b, nil
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.NotFound, "--"+reasonsFlag, err)
	case info.Size() > credit.MaxPaper:
		return nil, fault.New(fault.TooLarge, "--"+reasonsFlag)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "--"+reasonsFlag, err)
	}
	return b, nil
}
