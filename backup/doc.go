// Package backup writes what a node needs to come back into one stream, and reads it again.
//
// It never writes a private key, a key of a record, the content of a record or what a
// recorder signed last: its caller has none of it in the parts that it hands in, and Read
// takes no other. It opens no store and decides nothing about a home: package node does.
//
// # The stream
//
// A tar archive (POSIX ustar) of these entries, in this order:
//
//	backup.json        Head
//	home/NAME          a file of the home, as it is
//	store/PART/N       keys and values of a store, N counting from 0 within the part
//	end.json           End: how many entries came before it, and a digest of them
//
// An entry of a store is at most some 4 MiB of
//
//	uvarint(len(key)) key uvarint(len(value)) value
//
// one after another, in ascending order of keys. The digest is SHA-256 over, for each entry,
//
//	name ‖ 0 ‖ length as 8 bytes, big-endian ‖ content
//
// It finds damage and a stream that was cut off. It is no signature: whoever can write the
// file can write another one, so keep it where only the institution writes; a state that
// was changed does not agree with the network's next block, and the node stops there.
//
// # Invariants
//
//  1. What was written is read back, whatever the sizes (TestRoundTrip).
//  2. A stream that is cut off, or has a byte of its contents changed, is refused
//     (TestDamage).
//  3. An entry of a name that is not listed here is refused (TestForeignEntries).
package backup
