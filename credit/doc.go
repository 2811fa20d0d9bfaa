// Package credit is what the statutes and standards say about a listed party: its
// identifiers, its name, the days that count, and the body of a record.
//
// It is pure: no clock, no disk, no network, no randomness. Tables that a standard
// publishes (GB/T 2260) are embedded and read once.
//
// Identifiers
//
//	organisation  GB 32100-2015  authority 1, category 1, region 6 (GB/T 2260),
//	                             organisation code 9 (GB 11714-1997), check 1
//	person        GB 11643-1999  region 6, birth date 8, sequence 3, check 1
//
// An access code (access.go) is what opens a record to the person it is about; a paper
// (paper.go) is a document of the proceedings, of which the ledger holds a commitment.
//
// The days that count are those of the State Council's yearly notice, held in a
// Calendar; a deadline's first day is the day after the event (Civil Code art. 201).
//
// Invariants:
//  1. Each way of being wrong has its own code, in a fixed order
//     (TestOrgCodeVectors, TestCitizenVectors).
//  2. A registrar's exception lets a failing outer check pass and nothing else
//     (TestRegistrarException).
//  3. Names that differ only in width, brackets, spaces, dots or case agree, others
//     do not (TestNameVectors); normalising twice changes nothing (FuzzName).
//  4. Names with characters beyond the basic plane and with the dot of ethnic names
//     are accepted (TestRareNames).
//  5. Deadlines are those of the official notice (TestDeadlineVectors), and a missing
//     year is never taken for a known one (TestCovers).
//  6. An error names a field, never a value (TestErrorsHoldNoValue).
//  7. One or two wrong characters never make another access code, two that changed
//     places neither (TestAccessCodeTypingErrors); a code does not print
//     (TestAccessCodeIsNotPrinted).
//  8. A paper's commitment binds every part of it (TestPaperCommitment), and its files
//     are of types in which nothing runs (TestPaperBounds).
//  9. Check takes a few microseconds (BenchmarkCheck): every node runs it for every
//     record.
package credit
