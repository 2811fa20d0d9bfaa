package main

import (
	"bufio"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/sample"
	"github.com/riviera-ledger/riviera/sheet"
)

// maxSample bounds one file.
const maxSample = 20_000_000

func (a *app) sample() *cobra.Command {
	var n int
	var seed uint64
	var reference, headings, encoding, out string
	c := a.command("sample", "sample --n N --seed S [--out FILE]", a.between(0, 0), func(*cobra.Command, []string) error {
		o := sample.Options{N: n, Seed: seed, Headings: message.Parse(headings)}
		if n < 0 || n > maxSample {
			return usage(a.text("usage.flag-range", "--n", 0, maxSample))
		}
		if headings != "zh" && headings != "en" {
			return usage(a.text("usage.flag-choice", "--headings", "zh, en"))
		}
		var known bool
		if o.Encoding, known = encodings[encoding]; !known {
			return usage(a.text("usage.flag-choice", "--encoding", "utf-8, utf-8-bom, gb18030"))
		}
		if reference != "" {
			d, err := credit.ParseDate(reference)
			if err != nil {
				return fault.Wrap(fault.Of(err), "--reference", err)
			}
			o.Reference = d
		}
		return a.toFile(out, func(w io.Writer) error { return sample.Write(w, o) })
	})
	f := c.Flags()
	f.IntVar(&n, "n", 100, a.text("sample.flag.n"))
	f.Uint64Var(&seed, "seed", 1, a.text("sample.flag.seed"))
	f.StringVar(&out, "out", "", a.text("sample.flag.out"))
	f.StringVar(&reference, "reference", "", a.text("sample.flag.reference"))
	f.StringVar(&headings, "headings", "en", a.text("sample.flag.headings"))
	f.StringVar(&encoding, "encoding", "utf-8", a.text("sample.flag.encoding"))
	a.complete(c, "headings", "zh", "en")
	a.complete(c, "encoding", "utf-8", "utf-8-bom", "gb18030")
	return c
}

var encodings = map[string]sheet.Encoding{"utf-8": sheet.UTF8, "utf-8-bom": sheet.UTF8BOM, "gb18030": sheet.GB18030}

// toFile writes to a file that it makes, never over one that exists, or to standard
// output where the name is empty or "-". A file that could not be written whole is
// removed.
func (a *app) toFile(name string, write func(io.Writer) error) error {
	return a.toFileAs(name, 0o644, write)
}

// toSecretFile is toFile for what nobody else on the machine may read.
func (a *app) toSecretFile(name string, write func(io.Writer) error) error {
	return a.toFileAs(name, 0o600, write)
}

func (a *app) toFileAs(name string, mode os.FileMode, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		w := bufio.NewWriter(a.out)
		if err := write(w); err != nil {
			return err
		}
		return failed(w.Flush())
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if os.IsExist(err) {
		return &said{fault.HomeExists, a.text("file.exists", name), a.text("file.exists.next")}
	}
	if err != nil {
		return fault.Wrap(fault.BadRequest, "--out", err)
	}
	w := bufio.NewWriter(f)
	err = write(w)
	if err == nil {
		err = failed(w.Flush())
	}
	if closed := f.Close(); err == nil {
		err = failed(closed)
	}
	if err != nil {
		os.Remove(name)
	}
	return err
}
