// Package vault keeps the bodies of records, which never enter a block, and makes their
// erasure real. Whatever belongs to a body hangs on the record's own secret: its salts,
// the key that seals it, its entry in the index of subjects. Destroying 128 bytes
// destroys all of it.
//
// It never holds a body, a name, a code or a secret in the clear on disk, never writes
// a key derived from a subject, and never takes back a record that it has erased.
// It does not decide what is kept: the ledger does. It does not check bodies beyond
// their form: admission does, before Put.
//
// # Files
//
// In the vault's directory, mode 0700:
//
//	keys/    store.Slots: a file of 128-byte slots, overwritten in place
//	bodies/  store.DB, erasing: everything else
//
// A backup takes neither: bodies/ without keys/ is noise, and keys/ outlives an erasure in
// no copy. It takes the keys 'e' of bodies/ (EachErased).
//
// # Slots (keys/slots)
//
//	0       1 byte    1; a slot of zeros is free
//	1–3     3 bytes   0
//	4–15    12 bytes  nonce, random
//	16–127  112 bytes AES-256-GCM under the wrapping key, of
//	        32 bytes  secret of the body
//	        16 bytes  subject tag: 8 of the code, 8 of code and name
//	        16 bytes  record id
//	        32 bytes  commitment
//
// with bytes 0–3 as additional data. Slot 0 holds the text "riviera/vault/2" instead,
// which tells a wrong node key from a damaged file. A slot whose commitment is zero
// holds the key of the record's attachments in place of a body's secret.
//
// # Keys and values (bodies/), integers big-endian
//
//	'a' record[16] name tag[16]      nonce[12] ‖ AES-256-GCM of an attachment
//	'b' slot[4]                      AES-256-GCM of the body, nonce zero; its secret is in the slot of
//	                                 this number
//	'd' commitment[32]               record[16] slot[4]: being destroyed; finished when opening
//	'd' record[16]                   empty: likewise, with all that belongs to it
//	'e' record[16]                   empty: erased, for ever
//	'h'                              8 bytes: height up to which Bind has been called
//	'x' slot[4]                      8 bytes: not committed by the ledger, and may go after this height
//
// # Derived values
//
//	wrapping key = Digest("riviera/vault/wrap/1", node key)
//	index key    = Digest("riviera/vault/index/1", node key)
//	body key     = Digest("riviera/vault/body/1", secret ‖ commitment)
//	subject tag  = HMAC-SHA-256(index key, type ‖ 0 ‖ code)[:8] ‖
//	               HMAC-SHA-256(index key, type ‖ 0 ‖ code ‖ 0 ‖ name as it compares)[:8]
//	name tag     = HMAC-SHA-256(attachment key, name)[:16]
//
// The nonce of a body is zero because its key serves this one body. The index of
// subjects exists in memory only, built from the slots when opening: an index on disk
// would leave its keys behind in tables and manifests, and whoever has the node's key
// and a list of identity numbers could read them.
//
// Slots are taken from the lowest free one up, so bodies arrive in the order of their keys:
// tables of them do not overlap, and are moved down in one piece instead of being merged.
//
// # Order of writing
//
// Put: 'b' and 'x' synced, then the slot synced, then acknowledged. So a slot always
// has a 'b', and a body whose slot has no 'x' is committed; what a crash leaves without
// its slot is dropped when opening. Erase: 'd' synced, the slots zeroed and synced (from
// here on nothing is readable), then the rest, then 'd' goes.
//
// # What it cannot promise
//
// Overwriting reaches the blocks the file system has for the file; a copying file
// system or a flash drive may keep old ones, still sealed under the node's key. A
// process' memory is not wiped. A member that copied plaintext out has it.
//
// # Invariants
//
//  1. A Put that returned nil survives a crash (TestCrash).
//  2. After Erase no file and no unlinked file holds the body, the secret, a salt, the
//     body's key or a tag, in any of the usual encodings; with the overwriting taken
//     out, the secret is recovered (TestEraseLeavesNothing).
//  3. An erasure cut short is finished when opening (TestEraseIsFinished).
//  4. No secret serves two bodies at once (TestSecretReused).
//  5. A record once erased is never stored again (TestErasedStaysErased).
//  6. A question reads the same whatever it finds (TestAskReadsAlike).
//  7. What the ledger has committed never expires (TestExpire).
//  8. What secrets are held is told by the file itself, and whatever brought one back, it can
//     be destroyed (TestHeldSecrets).
//  9. What a block erases of its own accord waits for the disk no more often than a few
//     records do (TestErasuresShareTheDisk).
package vault
