package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

// Taker takes what a stream holds, in its order. What it got is good only once Read has
// returned nil.
type Taker interface {
	// Head comes first; an error ends the reading.
	Head(Head) error
	File(File) error
	// Pair is a key of a part with its value; both are Read's until it returns.
	Pair(part string, key, value []byte) error
}

// Read reads a backup. Damage, an unknown entry and a missing end are fault.BackupDamaged
// with the place; a stream of a newer format is fault.VersionMismatch.
func Read(r io.Reader, t Taker) error {
	in := &reader{tar: tar.NewReader(r), to: t, sum: sha256.New(), next: map[string]int{}}
	for {
		name, data, err := in.entry()
		if err != nil {
			return err
		}
		if in.entries == 0 && name != headName {
			return damaged(name, "the first entry is not %s", headName)
		}
		if name == endName {
			return in.end(data)
		}
		count(in.sum, name, data)
		in.entries++
		if err := in.take(name, data); err != nil {
			return err
		}
	}
}

type reader struct {
	tar     *tar.Reader
	to      Taker
	sum     hash.Hash
	entries int
	next    map[string]int // number of the next entry of a part
}

func damaged(where, format string, args ...any) error {
	return fault.Newf(fault.BackupDamaged, where, format, args...)
}

func (in *reader) entry() (string, []byte, error) {
	h, err := in.tar.Next()
	if errors.Is(err, io.EOF) {
		return "", nil, damaged(endName, "the backup is cut off after %d entries", in.entries)
	}
	if err != nil {
		return "", nil, damaged(fmt.Sprintf("entry %d", in.entries), "%v", err)
	}
	if h.Typeflag != tar.TypeReg || h.Size > entryBytes {
		return "", nil, damaged(fmt.Sprintf("entry %d", in.entries), "not a file, or longer than %d bytes", entryBytes)
	}
	data := make([]byte, h.Size)
	if _, err := io.ReadFull(in.tar, data); err != nil {
		return "", nil, damaged(h.Name, "cut off")
	}
	return h.Name, data, nil
}

func (in *reader) take(name string, data []byte) error {
	if name == headName && in.entries == 1 {
		return in.head(data)
	}
	if file, ok := strings.CutPrefix(name, filePlace); ok && known(file) {
		return in.to.File(File{file, data})
	}
	part, n, ok := strings.Cut(strings.TrimPrefix(name, partPlace), "/")
	if !ok || !strings.HasPrefix(name, partPlace) || n != strconv.Itoa(in.next[part]) {
		return damaged(name, "an entry that does not belong here")
	}
	in.next[part]++
	return in.pairs(name, part, data)
}

// known reports whether a name is that of one file, without a way to anywhere else.
func known(file string) bool {
	return file != "" && file != "." && file != ".." && !strings.ContainsAny(file, "/\\\x00")
}

func (in *reader) head(data []byte) error {
	var h Head
	if err := json.Unmarshal(data, &h); err != nil {
		return damaged(headName, "%v", err)
	}
	if h.Format != Format {
		return fault.Newf(fault.VersionMismatch, headName, "format %d; this program reads %d", h.Format, Format)
	}
	return in.to.Head(h)
}

func (in *reader) pairs(name, part string, data []byte) error {
	for len(data) > 0 {
		var key, value []byte
		var ok bool
		if key, data, ok = field(data); ok {
			value, data, ok = field(data)
		}
		if !ok || len(key) == 0 {
			return damaged(name, "not keys and values")
		}
		if err := in.to.Pair(part, key, value); err != nil {
			return err
		}
	}
	return nil
}

func field(b []byte) (value, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n)], b[size+int(n):], true
}

func (in *reader) end(data []byte) error {
	var e End
	if err := json.Unmarshal(data, &e); err != nil {
		return damaged(endName, "%v", err)
	}
	if e.Entries != in.entries || e.Digest != hex.EncodeToString(in.sum.Sum(nil)) {
		return damaged(endName, "the digest of %d entries is another one", in.entries)
	}
	return nil
}
