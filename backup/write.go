package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"

	"github.com/riviera-ledger/riviera/fault"
)

// Format is the version of the stream that this program writes and reads.
const Format = 1

// Head says what a backup is of.
type Head struct {
	Format  int    `json:"format"`
	Program string `json:"program"` // version of the program that wrote it
	Network string `json:"network"`
	Genesis string `json:"genesis_hash"` // hexadecimal
	Member  uint32 `json:"member"`
	Height  int64  `json:"height"`   // of the ledger's state
	Time    int64  `json:"time_ns"`  // its block time, Unix nanoseconds
	AppHash string `json:"app_hash"` // hexadecimal
	LogSize uint64 `json:"log_size"`
	Records uint64 `json:"records"` // ever created
}

// End closes a stream.
type End struct {
	Entries int    `json:"entries"`
	Digest  string `json:"sha256"`
}

// File is a file of the home.
type File struct {
	Name string
	Data []byte
}

// Part is the keys of one store, or some of them.
type Part struct {
	Name string
	// Scan calls fn for each key in ascending order until fn returns false.
	Scan func(fn func(key, value []byte) bool) error
}

// Names of the entries.
const (
	headName  = "backup.json"
	endName   = "end.json"
	filePlace = "home/"
	partPlace = "store/"
)

const (
	chunkBytes = 4 << 20
	entryBytes = 128 << 20 // an entry that Read takes, at most
)

// Write writes a backup to w.
func Write(w io.Writer, h Head, files []File, parts []Part) error {
	o := &writer{tar: tar.NewWriter(w), sum: sha256.New()}
	if err := o.document(headName, h); err != nil {
		return err
	}
	for _, f := range files {
		if err := o.entry(filePlace+f.Name, f.Data); err != nil {
			return err
		}
	}
	for _, p := range parts {
		if err := o.part(p); err != nil {
			return err
		}
	}
	if err := o.document(endName, End{o.entries, hex.EncodeToString(o.sum.Sum(nil))}); err != nil {
		return err
	}
	return failed(o.tar.Close())
}

type writer struct {
	tar     *tar.Writer
	sum     hash.Hash
	entries int
}

func (o *writer) document(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, name, err)
	}
	return o.entry(name, append(b, '\n'))
}

func (o *writer) entry(name string, data []byte) error {
	if err := o.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), Format: tar.FormatUSTAR}); err != nil {
		return failed(err)
	}
	if _, err := o.tar.Write(data); err != nil {
		return failed(err)
	}
	count(o.sum, name, data)
	o.entries++
	return nil
}

// count adds an entry to the digest.
func count(sum hash.Hash, name string, data []byte) {
	sum.Write([]byte(name))
	sum.Write(binary.BigEndian.AppendUint64([]byte{0}, uint64(len(data))))
	sum.Write(data)
}

func (o *writer) part(p Part) error {
	var chunk []byte
	n := 0
	flush := func() error {
		err := o.entry(fmt.Sprintf("%s%s/%d", partPlace, p.Name, n), chunk)
		chunk, n = chunk[:0], n+1
		return err
	}
	var failed error
	err := p.Scan(func(key, value []byte) bool {
		chunk = append(binary.AppendUvarint(chunk, uint64(len(key))), key...)
		chunk = append(binary.AppendUvarint(chunk, uint64(len(value))), value...)
		if len(chunk) >= chunkBytes {
			failed = flush()
		}
		return failed == nil
	})
	if failed != nil || err != nil {
		return firstError(failed, err)
	}
	if len(chunk) > 0 || n == 0 {
		return flush()
	}
	return nil
}

// failed is an error of the stream's other end.
func failed(err error) error {
	if err == nil || fault.Of(err) != fault.Internal {
		return err
	}
	return fault.Wrap(fault.Internal, "backup", err)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
