package intake

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// journalHead is the first line of a journal. The second and the third hold the keys,
// at fixed places so that they can be overwritten where they stand.
const journalHead = "riviera-import/1"

const (
	keyLine   = len("bodies ") + 64 + 1
	idsAt     = len(journalHead) + 1
	bodiesAt  = idsAt + keyLine
	marksFrom = bodiesAt + keyLine
)

var noKey [32]byte

// journal is the memory of one import. After open it is used by one goroutine, but for
// the derivations, which only read.
type journal struct {
	path   string
	file   *os.File
	ids    [32]byte // zero once the import is finished
	bodies [32]byte // zero once every record is created
	batch  int
	rows   int // of the file; known when every record is created
	done   map[string]map[int]tally
	// refused holds what the ledger refused, by row, over all stages.
	refused map[int]refusal
}

// tally counts the rows of one batch in one stage.
type tally struct{ accepted, already, refused int }

// refusal is why a row was refused; where is an import column or empty.
type refusal struct {
	code  fault.Code
	where string
}

// openJournal opens or begins the journal of an import. A journal that another process
// holds is fault.HomeLocked.
func openJournal(path string, batch int, random io.Reader) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, disk("imports", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, disk("imports", err)
	}
	j := &journal{path: path, file: f, batch: batch, done: map[string]map[int]tally{}, refused: map[int]refusal{}}
	if err := lock(f); err != nil {
		f.Close()
		return nil, fault.Wrap(fault.HomeLocked, "import", err)
	}
	if err := j.load(random); err != nil {
		f.Close()
		return nil, err
	}
	return j, nil
}

// load reads what an earlier run left. A head without both keys and the batch size was
// cut off before anything was sent: the journal begins anew.
func (j *journal) load(random io.Reader) error {
	b, err := io.ReadAll(j.file)
	if err != nil {
		return disk("journal", err)
	}
	good, ok, err := j.parse(b)
	if err != nil {
		return err
	}
	if !ok {
		return j.begin(random)
	}
	if err := j.file.Truncate(int64(good)); err != nil {
		return disk("journal", err)
	}
	_, err = j.file.Seek(0, io.SeekEnd)
	return disk("journal", err)
}

func (j *journal) begin(random io.Reader) error {
	for _, key := range [][]byte{j.ids[:], j.bodies[:]} {
		if _, err := io.ReadFull(random, key); err != nil {
			return fault.Wrap(fault.Internal, "random", err)
		}
	}
	head := journalHead + "\nids    " + hex.EncodeToString(j.ids[:]) + "\nbodies " + hex.EncodeToString(j.bodies[:]) +
		"\nbatch " + strconv.Itoa(j.batch) + "\n"
	if err := j.file.Truncate(0); err != nil {
		return disk("journal", err)
	}
	if _, err := j.file.WriteAt([]byte(head), 0); err != nil {
		return disk("journal", err)
	}
	if err := j.file.Sync(); err != nil {
		return disk("journal", err)
	}
	if _, err := j.file.Seek(0, io.SeekEnd); err != nil {
		return disk("journal", err)
	}
	return syncDir(filepath.Dir(j.path))
}

// parse reads a journal's bytes and returns how many of them are whole lines. It
// reports false for a head that is not complete.
func (j *journal) parse(b []byte) (good int, ok bool, err error) {
	if len(b) > 0 && !bytes.HasPrefix([]byte(journalHead+"\n"), b[:min(len(b), len(journalHead)+1)]) {
		return 0, false, fault.Newf(fault.VersionMismatch, "journal", "not a journal that this program knows")
	}
	if len(b) < marksFrom || !hexKey(&j.ids, b[idsAt+len("ids    "):]) || !hexKey(&j.bodies, b[bodiesAt+len("bodies "):]) {
		return 0, false, nil
	}
	good = marksFrom
	lines := bufio.NewScanner(bytes.NewReader(b[marksFrom:]))
	lines.Buffer(nil, 1<<20)
	sized := false
	for lines.Scan() {
		n := len(lines.Bytes()) + 1
		if good+n > len(b) {
			break // cut off in the middle of a line: that batch is sent again
		}
		if !sized {
			size, found := strings.CutPrefix(lines.Text(), "batch ")
			if j.batch, err = strconv.Atoi(size); !found || err != nil || j.batch < 1 {
				return 0, false, nil
			}
			sized = true
		} else if !j.line(lines.Text()) {
			break
		}
		good += n
	}
	return good, sized, nil
}

func hexKey(key *[32]byte, b []byte) bool {
	n, err := hex.Decode(key[:], b[:64])
	return err == nil && n == 32 && b[64] == '\n'
}

// line reads one line behind the head.
func (j *journal) line(s string) bool {
	if rows, found := strings.CutPrefix(s, "rows "); found {
		n, err := strconv.Atoi(rows)
		j.rows = n
		return err == nil
	}
	return j.mark(s)
}

// mark reads "done STAGE BATCH ACCEPTED ALREADY [ROW=CODE[@WHERE]]...".
func (j *journal) mark(line string) bool {
	f := strings.Fields(line)
	if len(f) < 5 || f[0] != "done" {
		return false
	}
	var n [3]int
	for i := range n {
		v, err := strconv.Atoi(f[2+i])
		if err != nil {
			return false
		}
		n[i] = v
	}
	t := tally{accepted: n[1], already: n[2], refused: len(f) - 5}
	for _, r := range f[5:] {
		row, rest, _ := strings.Cut(r, "=")
		name, where, _ := strings.Cut(rest, "@")
		at, err := strconv.Atoi(row)
		code, known := client.ParseCode(name)
		if err != nil || !known {
			return false
		}
		j.refused[at] = refusal{code, where}
	}
	j.keep(f[1], n[0], t)
	return true
}

func (j *journal) keep(stage string, batch int, t tally) {
	if j.done[stage] == nil {
		j.done[stage] = map[int]tally{}
	}
	j.done[stage][batch] = t
}

// write notes that a batch is through a stage. It is not synced: a mark lost with the
// power costs sending the batch again, which changes nothing.
func (j *journal) write(stage string, batch int, t tally, refused map[int]refusal) error {
	var line strings.Builder
	line.WriteString("done " + stage + " " + strconv.Itoa(batch) + " " + strconv.Itoa(t.accepted) + " " + strconv.Itoa(t.already))
	for row, r := range refused {
		line.WriteString(" " + strconv.Itoa(row) + "=" + r.code.String())
		if r.where != "" {
			line.WriteString("@" + strings.ReplaceAll(r.where, " ", "_"))
		}
		j.refused[row] = r
	}
	j.keep(stage, batch, t)
	_, err := j.file.WriteString(line.String() + "\n")
	return disk("journal", err)
}
