// Package bench measures a network as it is: the homes that network init makes, the
// nodes that node start runs, nothing switched off. It says what it measured, not only
// how fast it was.
//
// # What is measured
//
//	write   records into the ledger, from Submit to the block that holds them
//	exits   records that fall due in the same second
//	erase   records whose retention ends in the same second
//	query   standing questions beside writes, against a bare key lookup
//	verify  certificates checked offline
//	sync    a node that was away, or is new
//	join    a node that comes into a large ledger by a snapshot
//	limits  what this machine's signatures, hashes and disk allow at best
//
// # How a load is made
//
// Envelopes are made and signed before the clock runs and wait in a file, so that
// neither their making nor their memory is in the figures (spool.go). A closed loop
// keeps so many operations outstanding and sends the next when one is committed; an open
// loop sends at a rate, ready or not, and counts a latency from the moment at which an
// envelope was due to be sent, so that a stall is not left out (drive.go).
//
// # What a figure is
//
// Records a second count from the first envelope of a slice until the fate of its last is
// known, the emptying at the end included. CPU is that of
// all nodes from the first envelope of a slice until every node has executed the last
// and holds every body, the load's own sending included where the nodes run in this
// process; divided by all records of the slice. With a ruler the two take turns, and the
// ratio is that of each pair of neighbours.
//
// # Invariants
//
//  1. The network measured is made and run as the demonstration's
//     (TestBenchNetworkIsTheDemos, package main).
//  2. What is counted is in the ledger of every node (TestWriteCountsWhatIsThere).
//  3. A percentile of an open loop holds what was never answered as late
//     (TestLatencyCountsFromTheSchedule).
//  4. A report is one flat object whose keys the commands' help names
//     (TestReportsAreFlat).
package bench
