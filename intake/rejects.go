package intake

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/sheet"
)

// RejectsSuffix is what the name of a rejects file adds to the import file's.
const RejectsSuffix = ".rejects.csv"

// writeRejects reads the file once more and puts every refused row aside, with what the
// reader and what the ledger found. Without refused rows an old rejects file goes.
func (r *run) writeRejects() error {
	path := r.File + RejectsSuffix
	if r.report.Rejected == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return disk("rejects", err)
		}
		return nil
	}
	f, err := openFile(r.File)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := sheet.NewReader(f)
	if err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return disk("rejects", err)
	}
	defer os.Remove(out.Name()) // gone already where all went well
	err = r.copyRejects(in, out)
	if closed := out.Close(); err == nil {
		err = disk("rejects", closed)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(out.Name(), path); err != nil {
		return disk("rejects", err)
	}
	r.report.RejectsFile = path
	return nil
}

func (r *run) copyRejects(in *sheet.Reader, out *os.File) error {
	rejects, err := sheet.NewRejects(out, in, r.Lang)
	if err != nil {
		return disk("rejects", err)
	}
	for n := 0; ; n++ {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return disk("file", err)
		}
		if why, refused := r.journal.refused[n]; refused {
			row.Problems = append(row.Problems, &sheet.Problem{Line: row.Line, Name: why.where, Err: fault.New(why.code, why.where)})
		}
		if len(row.Problems) == 0 {
			continue
		}
		if err := rejects.Write(row); err != nil {
			return disk("rejects", err)
		}
	}
	if err := rejects.Close(); err != nil {
		return disk("rejects", err)
	}
	return disk("rejects", out.Sync())
}
