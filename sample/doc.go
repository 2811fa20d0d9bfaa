// Package sample makes valid synthetic records in the import format, for tests, the
// demonstration and load. The same seed gives the same file on every machine.
//
// No record can be about anyone:
//
//   - an organisation's code holds an organisation code that begins with YL (样例),
//     a range that no registrar has handed out;
//   - a citizen number has the sequence 000, which police stations do not hand out
//     (they begin with 001);
//   - names, offices and case numbers carry 示例 or 示.
//
// Everything else is as in life: regions of GB/T 2260 weighted by the provinces'
// people, some characters beyond the basic plane and some names with a dot, mostly
// judgment defaulters, mostly on ground ①, mostly persons, amounts over several orders
// of magnitude.
//
// Invariants:
//  1. Every body passes credit's Check (TestSamplesAreValid).
//  2. The same options give the same bytes (TestSampleIsFrozen).
//  3. A longer file begins with the shorter one (TestPrefix), and no case comes twice
//     (TestSamplesAreValid).
package sample
