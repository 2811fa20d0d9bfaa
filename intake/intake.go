package intake

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/sheet"
	"github.com/riviera-ledger/riviera/wire"
)

// Mode is how the rows enter the ledger.
type Mode string

const (
	Propose Mode = "propose"
	List    Mode = "list"
	Migrate Mode = "migrate"
)

// Defaults of Options.
const (
	DefaultBatch    = 100
	DefaultInFlight = 16
)

// Options say what to import and how.
type Options struct {
	File    string // the import file; it must not change while the import is unfinished
	Imports string // directory of the journals, HOME/imports
	Mode    Mode
	// Recorder decides the records of mode Propose; 0 finds it for each row, as the
	// recorder whose Chinese name is the row's deciding office.
	Recorder ledger.MemberID
	// Declared is the statement of whoever starts an import of mode List, for every row:
	// the notice has been served, and none of the law's exclusions applies.
	Declared bool
	Batch    int // rows in an envelope, from 1 to ledger.MaxOperations; DefaultBatch where 0
	InFlight int // envelopes under way at a time; DefaultInFlight where 0
	Clerk    *clerk.Clerk
	Lang     message.Lang // of the reasons in the rejects file
	// Progress is told how far a stage is, from one goroutine at a time.
	Progress func(Progress)
	// Random draws the keys of a new journal; crypto/rand.Reader where nil.
	Random io.Reader
}

// Progress is how far a stage is. Total is an upper bound until the first stage has
// read the file.
type Progress struct {
	Stage    Stage
	Done     int // rows that are through, refused ones included
	Total    int
	Accepted int
	Already  int
	Rejected int
}

// Report is the account of an import, over all its runs.
type Report struct {
	File     string `json:"file"`
	Mode     Mode   `json:"mode"`
	Rows     int    `json:"rows"`
	Accepted int    `json:"accepted"` // by this run
	Already  int    `json:"already"`  // in the ledger before it
	Rejected int    `json:"rejected"`
	// RejectsFile is empty where no row was rejected.
	// ForeignOffices counts the proposed rows whose deciding office is no recorder of the
	// network: Options.Recorder would decide them.
	ForeignOffices int          `json:"foreign_offices,omitempty"`
	RejectsFile    string       `json:"rejects_file,omitempty"`
	Unknown        []string     `json:"unknown_columns,omitempty"` // numbers and headings that were not read
	Stages         []StageTally `json:"stages"`
	// Waiting is set where the subjects' objection window is open and the network keeps
	// real time: the drafts are noticed, and the same command lists them later.
	Waiting bool `json:"waiting,omitempty"`
	// Before is set where an earlier run has finished the file.
	Before bool `json:"finished_before,omitempty"`
}

// StageTally is what one stage did in this run and how long it took.
type StageTally struct {
	Stage    Stage   `json:"stage"`
	Accepted int     `json:"accepted"`
	Already  int     `json:"already"`
	Rejected int     `json:"rejected"`
	Seconds  float64 `json:"seconds"`
}

// run is one run of an import.
type run struct {
	Options
	book    *clerk.Book
	journal *journal
	offices map[string]ledger.MemberID // recorders by normalised Chinese name
	report  *Report
	rows    int // known after the first stage
	// expected is the reader's first guess of the number of rows.
	expected atomic.Int64
}

// Run imports a file, or goes on with one that an earlier run left. The report tells
// what is known also where an error ends the run: then the same call goes on.
func Run(ctx context.Context, o Options) (*Report, error) {
	r, err := prepare(ctx, o)
	if err != nil {
		return &Report{File: o.File, Mode: o.Mode}, err
	}
	path, err := r.journalPath()
	if err != nil {
		return r.report, err
	}
	if before, err := finished(path); before != nil || err != nil {
		return r.past(before), err
	}
	if r.journal, err = openJournal(path, r.Batch, r.Random); err != nil {
		return r.report, err
	}
	defer r.journal.close()
	r.Batch = r.journal.batch
	return r.report, r.stages(ctx)
}

func prepare(ctx context.Context, o Options) (*run, error) {
	r := &run{Options: o, report: &Report{File: o.File, Mode: o.Mode}}
	if r.Batch == 0 {
		r.Batch = DefaultBatch
	}
	if r.InFlight <= 0 {
		r.InFlight = DefaultInFlight
	}
	if r.Random == nil {
		r.Random = rand.Reader
	}
	if r.Batch < 1 || r.Batch > ledger.MaxOperations {
		return nil, fault.Newf(fault.Usage, "batch", "from 1 to %d", ledger.MaxOperations)
	}
	switch r.Mode {
	case Propose, List, Migrate:
	default:
		return nil, fault.Newf(fault.Usage, "mode", "propose, list or migrate")
	}
	if r.Mode == List && !r.Declared {
		return nil, fault.Newf(fault.Usage, "declaration", "service and the absence of exclusions are to be declared")
	}
	var err error
	r.book, err = r.Clerk.Book()
	if err != nil {
		return nil, err
	}
	return r, r.parties(ctx)
}

// parties checks that the institution's role allows the mode and the deciding body
// exists, before anything is read.
func (r *run) parties(ctx context.Context) error {
	r.offices = map[string]ledger.MemberID{}
	var self *ledger.Member
	members := r.Clerk.Members(ctx)
	for i := range members {
		m := &members[i]
		if m.ID == r.Clerk.Member {
			self = m
		}
		if m.Has(ledger.Recorder) {
			r.offices[credit.NormalizeName(m.NameZH)] = m.ID
		}
	}
	switch {
	case self == nil:
		return fault.New(fault.UnknownMember, "member")
	case r.Mode != Propose && !self.Has(ledger.Recorder):
		return fault.Newf(fault.RoleNotAllowed, "mode", "only a recorder lists or migrates; a contributor proposes")
	case r.Mode == Propose && !self.Has(ledger.Recorder) && !self.Has(ledger.Contributor):
		return fault.New(fault.RoleNotAllowed, "mode")
	case r.Mode == Propose && r.Recorder != 0 && !r.isRecorder(r.Recorder):
		return fault.Newf(fault.UnknownMember, "recorder", "the deciding body must be a recorder of the network")
	case r.Mode != Propose && r.Recorder != 0 && r.Recorder != r.Clerk.Member:
		return fault.Newf(fault.ForeignRecorder, "recorder", "an institution lists and migrates its own decisions only")
	}
	return nil
}

func (r *run) isRecorder(id ledger.MemberID) bool {
	for _, known := range r.offices {
		if known == id {
			return true
		}
	}
	return false
}

// journalPath names the journal after what the import is of. A file that cannot be read
// as one gets none.
func (r *run) journalPath() (string, error) {
	f, err := openFile(r.File)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", disk("file", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", disk("file", err)
	}
	if _, err := sheet.NewReader(f); err != nil {
		return "", err
	}
	name := wire.Digest("riviera/import/1", h.Sum(nil), r.Clerk.Hash[:],
		wire.Encode([]any{string(r.Mode), uint32(r.Clerk.Member), uint32(r.Recorder)}))
	return filepath.Join(r.Imports, hex.EncodeToString(name[:16])+".journal"), nil
}

func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Newf(fault.NotFound, "file", "no such file")
	}
	if err != nil {
		return nil, fault.Wrap(fault.BadRequest, "file", err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fault.Newf(fault.BadRequest, "file", "an import needs a regular file: it is read more than once")
	}
	return f, nil
}

// past is the report of a file that is finished: every good row is there already.
func (r *run) past(before *Report) *Report {
	if before == nil {
		return r.report
	}
	before.File = r.File
	before.Already += before.Accepted
	before.Accepted, before.Stages, before.Before = 0, nil, true
	return before
}
