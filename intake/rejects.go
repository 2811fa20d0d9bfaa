package intake

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/sheet"
)

// RejectsSuffix is what the name of a rejects file adds to the import file's.
const RejectsSuffix = ".rejects.csv"

// columnOf returns the column behind a refusal that the ledger made while it executed
// an operation: its result is a code alone. "" is a refusal of no single column.
func columnOf(code fault.Code, b *credit.Body) string {
	switch code {
	case fault.DateInFuture: // the later of the two is in the future whatever the other is
		if b.PublishedOn >= b.DecidedOn {
			return credit.ColPublishedOn
		}
		return credit.ColDecidedOn
	case fault.DateTooEarly: // the migration's window is one of publication
		if b.PublishedOn != 0 {
			return credit.ColPublishedOn
		}
		return credit.ColDecidedOn
	case fault.DuplicateCase:
		return credit.ColCaseNo
	case fault.RelistingBarred:
		return credit.ColSubjectCode
	case fault.MissingExit, fault.UnknownMeasure:
		return credit.ColMeasures
	case fault.UnknownContract, fault.ContractRetired, fault.KindMismatch:
		return credit.ColKind
	}
	return ""
}

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
			row.Problems = append(row.Problems, &sheet.Problem{Line: row.Line, Column: in.Column(why.where, row), Name: why.where, Err: fault.New(why.code, why.where)})
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
