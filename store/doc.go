// Package store is the disk: ordered keys and values (Pebble v2) and, for secrets that
// must vanish at once, a file of fixed slots that are overwritten in place.
//
// It never ends the process, never panics at its caller because of the disk, never
// writes what it was not given, and logs no key and no value.
//
// # What a DB is on disk
//
// One directory, mode 0700, holding Pebble's files at format FormatTableFormatV6: one
// version below value separation, so that no blob file can come into being (blob files
// keep deleted values even after reopening). LOCK is held while the DB is open.
//
// # What Slots are on disk
//
// A directory with LOCK and one file "slots": slot n occupies bytes [128·n, 128·n+128).
// A slot never straddles a 512-byte sector. An all-zero slot is free. The file grows by
// 8,192 zero slots (1 MiB) at a time; a trailing part of less than a slot is ignored.
//
// # Erasing
//
// With Options.Erasing a deleted value leaves this directory when [DB.Purge] returns:
// the log is not recycled, and every file is overwritten with zeros and synced before
// it is unlinked. Two things bound that promise. The MANIFEST keeps first and last keys
// of tables that are gone, so a key itself must be no secret. And overwriting reaches
// the blocks that the file system has for the file: a copying file system (btrfs, ZFS)
// or a flash drive's spare blocks may keep the old ones, which is why package vault
// stores nothing in the clear to begin with.
//
// # When the disk fails
//
// Pebble answers a failed log or manifest write by panicking or ending the process
// (see guardedFS). Here it becomes
// a failure of the DB: from that moment nothing more reaches the disk, every waiting
// and later write returns the error (fault.DiskFull for lack of space), Options.OnFatal
// is called once, reads go on, Close releases the lock. What was acknowledged with
// sync is there when the directory is opened again. Before it comes to that, a write
// that would eat into Options.ReserveBytes of free space is refused with
// fault.DiskFull and the DB stays healthy; a batch marked Urgent (an erasure) may use
// the reserve.
//
// # Invariants
//
//  1. DB, Snapshot and Memory answer alike (TestConformance).
//  2. A batch is applied wholly or not at all, and a batch that Commit(true)
//     acknowledged survives a crash (TestAcknowledgedSurvivesCrash).
//  3. After a failed write nothing is acknowledged and nothing acknowledged is lost
//     (TestEveryWriteFailsOnce, TestFullDisk), and no change of any
//     kind reaches the disk (TestNothingIsWrittenAfterFailure).
//  4. With Erasing, after Purge no file and no unlinked file holds a deleted value;
//     with either guard removed one does (TestPurgeLeavesNothing).
//  5. A directory is open once (TestLocked).
//  6. A store that remembers keys answers as one that does not (TestRememberedKeys), and
//     spares the disk (TestAbsentKeysSpareTheDisk).
//  7. A zeroed slot is gone from the file when Zero returns (TestSlots).
//  8. Whoever reads slots does not wait for the disk (TestSlotsReadWhileSyncing).
package store
