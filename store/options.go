package store

import (
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS is a file system under a store, with the types that its methods take: whoever opens
// stores without importing Pebble can stand between them and the disk.
type (
	FS            = vfs.FS
	File          = vfs.File
	WriteCategory = vfs.DiskWriteCategory
	OpenOption    = vfs.OpenOption
	DiskUsage     = vfs.DiskUsage
)

// Disk is the operating system's file system.
func Disk() FS { return vfs.Default }

// Options says how to open a DB or Slots. The zero value is good for a node's ledger.
type Options struct {
	// FS is the file system; nil is the operating system's. Tests put a faulty,
	// crashing or remembering one here.
	FS FS
	// Erasing makes Purge mean what it says, at the price of writing every removed
	// file once more.
	Erasing bool
	// Incompressible says that values are ciphertext, not worth compressing.
	Incompressible bool
	// ReadOnly opens a store as it lies on the disk and changes no byte of its files but
	// LOCK; one that is not there is fault.FileMissing. Writes are refused.
	ReadOnly bool
	// CacheBytes is the size of the block cache; 0 is 16 MiB.
	CacheBytes int64
	// MemTableBytes is how much is gathered in memory before it becomes a table; 0 is
	// 32 MiB. One grows as it fills; up to four may be in memory while the disk lags.
	MemTableBytes uint64
	// ReserveBytes is the free space that ordinary writes leave untouched; 0 is
	// 64 MiB, negative is none.
	ReserveBytes int64
	// Remember names families of keys that are mostly asked for to find that they are not
	// there, by their first byte. Their fingerprints are kept in memory, about six bytes a
	// key, and read from the keys when opening; a key without one is not looked for on the
	// disk. The number says how many first bytes name a group of keys whose fingerprints
	// go when all of the group is deleted by one DeleteRange; 1 is the family as a whole.
	Remember map[byte]int
	// OnFatal is called once, on its own goroutine, when the store has failed. The
	// node should stop: reads still answer, writes never will.
	OnFatal func(error)
	// Log receives what Pebble reports as errors; nil drops it. It holds file names and
	// numbers, no values.
	Log *slog.Logger
}

const (
	defaultCache    = 16 << 20
	defaultMemTable = 32 << 20
	defaultReserve  = 64 << 20
)

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = defaultCache
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = defaultMemTable
	}
	if o.ReserveBytes == 0 {
		o.ReserveBytes = defaultReserve
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// pebbleOptions is the one place that sets Pebble's. Automatic names of the settings
// are Pebble's own; only what departs from its defaults stands here.
func pebbleOptions(o Options, fs vfs.FS, f *failure) *pebble.Options {
	p := &pebble.Options{
		FS:                          fs,
		ReadOnly:                    o.ReadOnly,
		FormatMajorVersion:          pebble.FormatTableFormatV6,
		CacheSize:                   o.CacheBytes,
		MemTableSize:                o.MemTableBytes,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       8, // merged in fewer, larger steps; absent keys do not look there
		LBaseMaxBytes:               256 << 20,
		L0StopWritesThreshold:       20,
		MaxManifestFileSize:         1 << 20,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		Logger:                      reporter{f, o.Log},
		EventListener:               listen(f, o.Log),
	}
	compression := sstable.SnappyCompression
	if o.Incompressible {
		compression = sstable.NoCompression
	}
	for i := range p.Levels {
		p.Levels[i].Compression = func() *sstable.CompressionProfile { return compression }
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	p.Levels[0].EnsureL0Defaults()
	for i := 1; i < len(p.Levels); i++ {
		p.Levels[i].EnsureL1PlusDefaults(&p.Levels[i-1])
	}
	if o.Erasing {
		p.Cleaner = noRecycling{}
	}
	return p
}
