// Package proof holds what a stranger needs in order to believe the ledger without
// asking it: commitments to a record's body and their openings, events, paths in the
// log and in the state tree, and the commits with which the recorders signed them.
// Everything is a pure function of bytes. Nothing here reads a clock, a disk or a
// network, and nothing imports the engine: its formats are read and written anew, and
// vectors made by the engine itself (testdata) hold the two together.
//
// From a field to the recorders' signatures:
//
//	unit ─ salt ─► leaf ─► Commitment        field.go   SHA-256, flat list
//	Commitment ∈ Event ─► LogLeaf ─► log root     tree.go    RFC 6962
//	record state ─► StateLeaf ─► state root       state.go   sparse tree, depth 32
//	AppHash(log root, state root)                 tree.go
//	AppHash ∈ Header H+1 ─► header hash           header.go  RFC 6962 over 14 fields
//	header hash ◄─ Commit, > 2/3 of Validators    commit.go  ed25519
//	Validators ◄─ pinned Epoch (+ handovers)      commit.go
//
// Invariants:
//  1. A commitment opens only to its own units (TestOpeningRefusesAnyChange).
//  2. An event has one encoding (TestEventHasOneEncoding, FuzzDecodeEvent).
//  3. A path proves one leaf at one place under one root (TestInclusion,
//     TestStatePathAgainstPlainTree).
//  4. What the engine accepts is accepted here, and what it refuses is refused, with
//     one stated exception: a bad signature is skipped and not counted
//     (TestLightBlocksOfTheEngine).
//  5. No change of one byte in a light block leaves it valid with another header
//     (TestLightBlockEveryByte).
//  6. A set of recorders is trusted only if pinned, or led to by commits of the sets
//     before it without a gap (TestFiftyHandovers).
//
// Proof bytes are malleable (another quorum, another round of the same block): they
// never serve as an id. EventID does.
//
// Sources: RFC 6962; CometBFT v0.40 data structures (spec/core/data_structures.md) and
// encoding (spec/core/encoding.md); RFC 8032.
package proof
