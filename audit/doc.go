// Package audit looks at a network from outside of it: it replays what a node has on its
// disk, follows who did what, and holds checkpoints against one another.
//
// It changes no byte of the home it looks at, opens no body to anyone, and puts no
// personal value into a report: bodies are opened to compare them with their commitments,
// and named by record.
//
// # What a replay recomputes, and from what
//
//	block      header hash, envelopes under it, the block before, the results of the block before
//	           and the roots after it, all against the next header; the signatures of more
//	           than two thirds of the recorders whom the ledger itself names
//	state      every key and value of the stored state, against the one that package
//	           ledger computes from the genesis document and the envelopes, in a directory of
//	           its own
//	log        leaves, tiles and root, from the stored events alone, with package proof
//	records    leaves and root, from the stored records alone, with package proof
//	vault      every slot: opens, agrees with its commitment, belongs to a record that is not
//	           erased; every live record that the member may hold: has its slot
//
// It is independent of the running node, its caches and its engine. It is not independent
// of package ledger, which is the law of the network as data and code: a replay shows that
// a home is what the blocks say under that law, not that the law is right.
//
// # What the tallies can show
//
// Exits, silences, stops and receipts are recorded in blocks, so the counts are proved. A
// block in which a favourable envelope stands behind another is proved too, and a
// difference. That a proposer passed over an envelope that it had is not provable from
// blocks, which do not say what had arrived: Proposed.Passed is an indication. Orders
// that were never answered are counted as long as the record is not erased.
//
// # Invariants
//
//  1. The home of an honest node has no difference, whatever its records have gone through
//     (network.TestAudit).
//  2. A changed block, value, tile or body is found and named with its place
//     (network.TestAudit).
//  3. What is left of an erased record in a vault is found (network.TestAudit).
//  4. Who has not confirmed an erasure in time is named, with since when; who has is not
//     (network.TestAudit, audit.TestReceipts).
package audit
