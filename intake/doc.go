// Package intake brings a file of records into the ledger: it reads the import format
// (package sheet), makes signed operations of it (package clerk) and keeps a journal, so
// that an import that was stopped at any point and is run again neither loses nor
// doubles a row.
//
// # Modes
//
//	propose   a contributor, or a recorder for another: each row becomes a draft
//	list      a recorder: propose, notice, wait out the objection window, list
//	migrate   a recorder, within the genesis' window: existing decisions in one step
//
// # Journal
//
// HOME/imports/<name>.journal, where the name hashes the file's content, the mode, the
// network, the member and the deciding member. It holds two random 256-bit keys and the
// batches that are done. The number of a row's record and the secret of its body derive
// from the keys:
//
//	record = first 16 bytes of HMAC-SHA-256(ids,    "riviera/import/record" ‖ row:8)
//	secret =                   HMAC-SHA-256(bodies, "riviera/import/secret" ‖ row:8)
//
// so a second run makes the same operations, and the ledger's "this record exists"
// means "already in". Both keys are on disk before anything is sent. The key of the
// bodies is overwritten as soon as every record is created, the other one when the
// import is finished; then a marker, <name>.done, takes the journal's place. Neither
// key outlives its use: whoever finds the home later cannot recompute a secret that the
// vault has destroyed. (On a disk that writes elsewhere than it is told to, as flash
// does, overwriting is only as good as the disk.)
//
// # Refused rows
//
// go to FILE.rejects.csv with their original columns and encoding and line, column and
// reason. The file is written at the end, in the order of the rows, by reading the
// import once more; before that the journal holds what the ledger refused.
//
// # Invariants
//
//  1. Stopped at any point and run again, an import ends with each good row in the
//     ledger exactly once (TestStoppedAndRunAgain; the journal alone, cut off after each
//     of its bytes: TestKilledAnywhere).
//  2. A finished file run again sends nothing (TestFinishedFile).
//  3. No key is left in the home when an import has finished (TestNoKeyLingers).
//  4. Two imports of the same file at the same time: the second is refused
//     (TestSecondImportIsRefused).
//  5. A bad row holds back no good one (TestBadRowsGoAside).
package intake
