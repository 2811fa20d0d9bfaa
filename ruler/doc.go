// Package ruler is what the write benchmark is measured against: the consensus
// library's own stock application (kvstore), with the library's own flooding pool, on
// four validators in one process. It knows nothing of this ledger.
//
// The library and its settings between peers are those of package consensus (gossip
// pause, rates, packets, no pause after a commit), so that a ratio compares what the two
// put on top of one engine: there a kilobyte without signature, state or disk of its
// own, here a record with two signatures, a body, a contract and two Merkle trees. What
// would hold the ruler back is generous: the pool takes 200,000 transactions, does not
// check them again, and blocks are up to 4 MiB.
//
// It is no part of a node: only the bench imports it.
package ruler
