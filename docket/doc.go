// Package docket keeps the open orders of executing bodies in an order in which they can
// be found: which records ask something of this node's own institution, and how many
// orders each institution has in which state; and it counts the litigation holds by
// institution and contract. It is a projection of the ledger: it holds
// no truth of its own, lags a moment behind, and is made anew from the records whenever
// it is missing, of another version, or made under other tenures or
// contracts.
//
// It never holds a subject, a body or anything else that the ledger does not hold.
//
// # Keys
//
// Numbers are big-endian; moments have their sign bit flipped.
//
//	m                                          meta, canonical CBOR
//	r ‖ seq:8                                  row: what the record at seq asked when it was last looked at
//	t ‖ moment:8 ‖ seq:8                       when an order of the record, or its hold, ends by the clock alone
//	x ‖ state:1 ‖ seq:8                        the institution's own orders by their state
//	c ‖ executor:4 ‖ measure:2 ‖ state:1 ‖ moment:8   how many orders: 8 bytes; the moment is
//	                                           the stop's while it is open, else 0
//	h ‖ recorder:4 ‖ contract:4                how many records a litigation hold keeps: 8 bytes
//
// # Invariants
//
//  1. After Follow a docket says what a look at every record would say
//     (TestDocketAgreesWithRecords).
//  2. Rows, counts and the cursor change in one batch: a kill leaves a docket from which
//     Follow goes on (TestDocketSurvivesKill).
//  3. It is rebuilt, in steps that survive a kill, where it is not this ledger's
//     (TestDocketIsRebuilt).
//  4. What is late is told by the moment of the question (TestTallyByTheClock).
//  5. A hold counts from its decision to its last day or the erasure, whichever is first
//     (TestHoldsAreCounted).
//  6. The records that ended on a day are counted once the day is over, and not again
//     (TestEndedByDay).
package docket
