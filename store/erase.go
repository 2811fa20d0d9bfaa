package store

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/riviera-ledger/riviera/fault"
)

// noRecycling is a cleaner that deletes, and that switches off the recycling of logs.
//
// Pebble has no option for the latter. It recycles unless the cleaner carries an
// unexported marker method, which only its ArchiveCleaner has. Here Clean and String
// come from DeleteCleaner, embedded at depth one, and the marker from ArchiveCleaner
// at depth two. TestPurgeLeavesNothing fails if an upgrade undoes this.
type noRecycling struct {
	pebble.DeleteCleaner
	recycleMarker
}

type recycleMarker struct{ pebble.ArchiveCleaner }

// overwrite fills a regular file with zeros and syncs it. A file that is not there is
// no error.
func overwrite(under vfs.FS, path string) error {
	info, err := under.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	f, err := under.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	zeros := make([]byte, min(info.Size(), 1<<20))
	for at := int64(0); at < info.Size() && err == nil; at += int64(len(zeros)) {
		_, err = f.WriteAt(zeros[:min(int64(len(zeros)), info.Size()-at)], at)
	}
	if err == nil {
		err = f.SyncData()
	}
	return errors.Join(err, f.Close())
}

// Purge makes the deletions within [from, to) real: when it returns, no file of the
// directory and no file that it has unlinked holds a value that was deleted before the
// call. Keys may stay in the MANIFEST. It needs Options.Erasing. It rewrites the
// tables that overlap the range, and waits for readers of the old ones.
func (db *DB) Purge(ctx context.Context, from, to []byte) error {
	if !db.opts.Erasing {
		return fault.Newf(fault.Internal, "store", "purge of a store that does not erase")
	}
	if err := db.Flush(); err != nil {
		return err
	}
	logs, err := db.logs()
	if err != nil {
		return err
	}
	if len(logs) > 0 { // the newest log is in use; the flush has made the older ones obsolete
		logs = logs[:len(logs)-1]
	}
	if err := db.Compact(ctx, from, to); err != nil {
		return err
	}
	tables, err := db.deadTables()
	if err != nil {
		return err
	}
	return db.awaitRemoval(ctx, logs, tables)
}

// logs lists the log files, oldest first.
func (db *DB) logs() ([]string, error) {
	names, err := db.list(".log")
	slices.SortFunc(names, func(a, b string) int { return int(fileNumber(a)) - int(fileNumber(b)) })
	return names, err
}

// deadTables lists the tables on disk that are no longer part of the store.
func (db *DB) deadTables() ([]string, error) {
	if err := db.enter(); err != nil {
		return nil, err
	}
	defer db.leave()
	names, err := db.list(".sst") // before the live ones, so that a new table is not taken for dead
	if err != nil {
		return nil, err
	}
	levels, err := db.p.SSTables()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "store", err)
	}
	live := map[uint64]bool{}
	for _, level := range levels {
		for _, t := range level {
			live[uint64(t.BackingSSTNum)] = true
			live[uint64(t.FileNum)] = true
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return live[fileNumber(n)] }), nil
}

func (db *DB) list(suffix string) ([]string, error) {
	names, err := db.fs.List(db.dir)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "store", err)
	}
	return slices.DeleteFunc(names, func(n string) bool { return !strings.HasSuffix(n, suffix) }), nil
}

func fileNumber(name string) uint64 {
	digits, _, _ := strings.Cut(name, ".")
	n, _ := strconv.ParseUint(digits, 10, 64)
	return n
}

// awaitRemoval polls, because Pebble removes files in the background and has no call
// that waits for it. A table that looked dead may have been on its way into the store,
// so each look asks again.
func (db *DB) awaitRemoval(ctx context.Context, logs, tables []string) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		present, err := db.logs()
		if err != nil {
			return err
		}
		dead, err := db.deadTables()
		if err != nil {
			return err
		}
		logs, tables = both(logs, present), both(tables, dead)
		if len(logs)+len(tables) == 0 {
			return db.fail.get()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-db.fail.ch:
			return db.fail.err
		case <-time.After(pause):
		}
	}
}

// both returns what is in a and in b.
func both(a, b []string) []string {
	return slices.DeleteFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}
