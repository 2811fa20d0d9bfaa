// Package checkpoint is the head of the log as transparency witnesses know it: size and
// root in a signed note, with the signatures of members and of witnesses under it.
//
// # Formats
//
//   - The note is a C2SP tlog-checkpoint: three lines, origin, size in decimal, root in
//     base64, and no extension line. The origin is "riviera/" and the digest of the genesis
//     document in hexadecimal: two networks never have one origin.
//   - A member signs with its credential key under the origin as the key's name (C2SP
//     signed-note): Ed25519 (algorithm 0x01), or ECDSA on P-256 over SHA-256 in ASN.1, whose
//     key id is the first four bytes of SHA-256 of the SubjectPublicKeyInfo. Every member
//     signs the same text, so that one note can carry several.
//   - A witness signs a C2SP tlog-cosignature (cosignature/v1, algorithm 0x04): Ed25519 over
//     "cosignature/v1", the time and the text. Its verification key is a vkey:
//     NAME+ID+BASE64.
//
// # What it says
//
// A member's signature says: the log of this network, as this institution's node has it,
// begins with this. A witness's says: of all checkpoints of this log that I have seen this
// is the largest, and it continues all others. Neither says that what stands in the log is
// right; that is what a replay is for (package audit).
//
// # What it never does
//
// It reads no clock, no disk and no network, and believes no key that it has not been
// given: signatures by others are passed over, as the formats demand.
//
// # Invariants
//
//  1. What is signed here verifies here, and no changed byte of text or of a signature that
//     is asked for does (TestNotes).
//  2. Notes, key ids and cosignatures are those of C2SP, held by vectors and by the Go
//     project's own reader (TestVectors, TestNotes).
//  3. A checkpoint follows another only if it continues it: a smaller one is outdated, one
//     of the same size and another root is a fork (TestContinues).
//  4. Keys that have ended, that sign PDFs or that stand beside others sign no checkpoint
//     (TestKeysOfTheLog).
package checkpoint
