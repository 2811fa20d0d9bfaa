package intake

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
)

// record returns the number of a row's record.
func (j *journal) record(row int) (id ledger.RecordID) {
	copy(id[:], derive(j.ids, "riviera/import/record", row))
	return id
}

// secret returns the secret of a row's body.
func (j *journal) secret(row int) (s proof.Secret) {
	copy(s[:], derive(j.bodies, "riviera/import/secret", row))
	return s
}

func derive(key [32]byte, tag string, row int) []byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(tag))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(row)))
	return mac.Sum(nil)
}

// created destroys the key of the bodies: every record of the file exists or is refused.
func (j *journal) created(rows int) error {
	j.rows, j.bodies = rows, noKey
	if _, err := j.file.WriteString("rows " + strconv.Itoa(rows) + "\n"); err != nil {
		return disk("journal", err)
	}
	if err := j.file.Sync(); err != nil {
		return disk("journal", err)
	}
	return overwrite(j.file, bodiesAt)
}

// finish destroys what is left of the keys and leaves a marker in the journal's place.
// The report is in the marker before the journal goes.
func (j *journal) finish(report *Report) error {
	b, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, "report", err)
	}
	if err := writeFile(donePath(j.path), append(b, '\n')); err != nil {
		return err
	}
	j.ids, j.bodies = noKey, noKey
	return discard(j.path, j.file)
}

// discard overwrites both keys of a journal and removes it.
func discard(path string, f *os.File) error {
	for _, at := range [...]int{bodiesAt, idsAt} {
		if err := overwrite(f, at); err != nil {
			return err
		}
	}
	if err := os.Remove(path); err != nil {
		return disk("journal", err)
	}
	return syncDir(filepath.Dir(path))
}

// overwrite puts zeros where a key stands.
func overwrite(f *os.File, at int) error {
	if _, err := f.WriteAt(bytes.Repeat([]byte{'0'}, 64), int64(at+len("bodies "))); err != nil {
		return disk("journal", err)
	}
	return disk("journal", f.Sync())
}

func (j *journal) close() error { return j.file.Close() }

func donePath(journal string) string { return strings.TrimSuffix(journal, ".journal") + ".done" }

// finished reads the marker of an import that is through, and finishes what a crash
// between marker and journal left over.
func finished(journal string) (*Report, error) {
	b, err := os.ReadFile(donePath(journal))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, disk("imports", err)
	}
	r := new(Report)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fault.Wrap(fault.VersionMismatch, "imports", err)
	}
	f, err := os.OpenFile(journal, os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, disk("imports", err)
	}
	defer f.Close()
	return r, discard(journal, f)
}

// disk names what a failing disk means to the caller.
func disk(where string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return fault.Wrap(fault.DiskFull, where, err)
	}
	return fault.Wrap(fault.BadConfig, where, err)
}
