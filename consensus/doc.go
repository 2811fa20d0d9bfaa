// Package consensus connects the ledger to CometBFT: recorders decide blocks together,
// every node executes them, and the bodies of records travel beside them. It is the
// only package that imports CometBFT.
//
// It never puts a body into a transaction, a block, the engine's write-ahead log or its
// stores; never decides what an operation means (package ledger does); never serves a
// body to a member that may not hold it.
//
// # One envelope's way
//
//	Submit      parsed, place in the pool reserved, signatures, commitments, admission
//	            rules, bodies stored durably, into the pool             submit.go pool.go
//	offer       to every recorder, with its bodies, on channel 0x72     exchange.go
//	announce    again and again until it is committed                   exchange.go
//	propose     favourable envelopes first, within the block's shares   propose.go
//	decide      every recorder checks the block; missing bodies are
//	            fetched, the proposer asked first                       decide.go fetch.go
//	apply       the ledger executes; bodies are bound, dropped, erased;
//	            the state is committed in one batch                     apply.go custody.go
//	backfill    whoever may hold a body and lacks it asks for it        fetch.go
//
// # Channels between nodes
//
// Every message is a list of byte strings (the engine's protobuf message Txs), each one
// canonical CBOR:
//
//	0x70  bodies     packet: see package vault
//	0x71  inquiries  {1: [commitment…], 2: [envelope id…], 3: [[envelope id, expiry]…]}
//	                 wanted bodies, wanted envelopes, envelopes that the sender has
//	0x72  offers     [envelope, [packet…], relay]
//	0x73  letters    {1: id, 2: topic, 3: is an answer, 4: body, 5: code}
//	                 what a node asks another one for outside of the block; package
//	                 node says what the topics are (letter.go), but for topic 255, which
//	                 asks for a block's header and signatures (light.go)
//
// Offers and announcements go to recorders only. The engine's own pool is switched off
// (mempool type "nop"): with type "app" it would open a channel of its own to every
// peer, on which we want to hear nothing.
//
// Two nodes talk if both are in the member list and give the same program version and
// genesis in the handshake (Options.Version).
//
// # Joining
//
// Every Options.SnapshotEvery blocks a node keeps the store's own snapshot of the ledger
// open and offers it over the engine's state sync, in chunks that it reads when somebody
// asks (snapshots.go). A node without blocks that is given Options.Joining takes one in:
// the header behind it is believed as the trust file says, more than a third of the
// recorders must give the same one (light.go), every root is computed anew from the content,
// and what does not fit is thrown away and another snapshot tried (joining.go). From there
// on it takes blocks, and then bodies, like any node that was away. Where nobody offers a
// snapshot it takes every block from the first on.
//
// # Rules of a block
//
// Beside each envelope being valid and new, a recorder votes for a block only if
//   - favourable envelopes come first, and the others take at most three quarters of
//     blockBytes;
//   - one member's envelopes take at most half of blockBytes;
//   - no record gets two new bodies.
//
// # Files
//
//	engine/data/{blockstore,state,evidence}  the engine's stores (store.DB)
//	engine/data/cs.wal/                      its write-ahead log: votes and blocks
//	engine/data/signed.json                  what this recorder signed last, with its first key
//	engine/data/signed-<address>.json        the same with a later one
//	engine/data/restored.json                that this home has come from a backup (restored.go)
//	engine/config/addrbook.json              written by the engine, not used
//
// The outcomes of committed envelopes are in the engine's state store, under keys that
// begin with "riviera/" (outcome.go).
//
// # Who runs what
//
// The engine calls the app's methods one at a time; that flow is called the consensus
// goroutine here. It alone touches the Ledger, executes envelopes and removes from the
// pool. Everyone else reads Views, which never change.
//
// # When something breaks
//
// A broken invariant, a disk that takes no more writes or a panic inside the engine
// ends in Engine.halt: Done is closed, Err tells why, nothing more is decided here. The
// state's batch is not synced; after a crash the engine replays from its own blocks.
//
// # Invariants
//
//  1. A body's plaintext is in no file of the engine or the ledger of any node
//     (TestBodiesStayOutOfBlocks).
//  2. A recorder that accepts a block has every body of it on disk
//     (TestProposalWithoutBodies).
//  3. A node that was away comes by every body it may hold, and by no other
//     (TestAbsentNodeCatchesUp, TestAudience).
//  4. Only members' nodes of this genesis and version connect (TestForeignPeers).
//  5. A full pool refuses at once, and loses nothing that it took (TestOverload).
//  6. Killed at any moment, a node resumes with the state its blocks say
//     (TestKill).
//  7. A recorder whose record of what it signed is gone does not sign (TestHomes).
//  8. What the ledger erases is gone from every node and does not come back
//     (TestErasure).
//  9. An envelope on which honest recorders disagree does not stop the network
//     (TestDoubt).
//  10. A submitter learns what became of its envelope, also after a restart
//     (TestOutcomesSurviveRestart).
//  11. A letter is answered to members alone, within bounds, and only by whom was asked
//     (TestLetters).
//  12. Who votes follows the ledger: recorders join, leave and change their keys without a
//     stop, a former member's node is dropped in the block that removes it, and no key signs
//     twice (TestSigner, network.TestMembersChange).
//  13. A recorder of a restored home votes on no height on which its former self can have
//     voted, and stops where that one still votes (TestRestoredSigner).
//  14. A snapshot is taken in only if both roots, computed from it, are those of a header
//     that believed recorders have signed; of a forged one nothing stays, and another is
//     tried (TestJoinBySnapshot, TestSnapshotChunkForged). Without any, the node joins all
//     the same (TestJoinWithoutSnapshot).
package consensus
