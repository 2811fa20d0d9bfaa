// Package register is what a node keeps of its own about records beside the ledger and
// the bodies: who asked about them (登记簿), who has to be told of a correction, which
// papers it is still to get; and, apart from all that, copies that people had sealed to
// their access codes.
//
// It never holds a name, a code or an access code, never a record's number, a purpose or
// an asker in the clear, and forgets all of it with the record, but for sealed copies, which
// nothing here ties to a record and nothing here opens. It does not decide who
// may read what: package node does.
//
// # Files
//
// One store.DB, erasing, in the given directory. Numbers are big-endian.
//
//	'q' hour:8 n:4                      sealed: a query and who may read it back
//	'l' hour:8 n:4                      its leaf, 32 bytes; outlives it
//	'r' tag of record:16 hour:8 n:4     empty: the queries about a record
//	'a' tag of caller:16 hour:8 n:4     empty: the questions of a caller
//	'h' hour:8                          a closed hour: its size and the nodes of its tree
//	'x' member:4 hour:8                 index:8 root:32 of the event that anchored it
//	'n' tag of caller:16 id:16          sealed: a correction to be read by the caller
//	's' tag of locator:16               until:8, in days since 1970, and a sealed copy
//	'w' commitment:32                   sealed: a paper that this node is to get
//	'd'                                 something was deleted that files may still hold
//	'c'                                 8 bytes: index of the next event to be followed
//	'p'                                 restored from a backup: papers are to be looked for
//
// Tags are HMAC-SHA-256 under a key derived from the node's, cut to 16 bytes; sealed
// values are AES-256-GCM under another one, with a random nonce in front and the key of
// the value as additional data. Tags have no meaning elsewhere, so that they may stay in
// Pebble's MANIFEST.
//
// # Hours
//
// Each question adds a leaf to the tree of its hour of real time (proof.QueryTree); one
// that concerns no record adds one all the same, so that the tree tells nothing. An hour
// that is over is closed: its tree is written durably, then its root is put on the ledger
// (ledger.Anchor). From then on an entry cannot vanish or change without its path failing.
// What is written in an hour that is not closed survives a restart of the process, but a
// power failure may take its last moments.
//
// # Following
//
// Follow reads the ledger's events in order, each once: anchors of every member, the end
// of records, corrections, papers. The cursor is written with what it led to.
//
// # Invariants
//
//  1. Every entry opens against its hour's root; one that is taken out, changed or put
//     in is found (TestRemovedEntryIsFound).
//  2. A restart at any moment loses no closed hour and counts on in the open one
//     (TestRestart).
//  3. What concerns a forgotten record is in no file in the clear, in no answer, and
//     after Purge in no file at all, also what came late (TestForget, TestLateEntries).
//  4. Whoever was told "listed" gets the correction, once, and nobody else
//     (TestCorrections).
//  5. What a caller reads back is the same whether or not there are records about the one
//     it asked for (TestCallersLearnNothing).
//  6. A question about nobody leaves as much as one about a record
//     (TestNobodyWritesAsMuch).
//  7. A sealed copy is found under its locator alone and goes after its time
//     (TestSealedCopies).
//  8. It is bounded: entries without a record and corrections go after their time
//     (TestPrune).
package register
