// Package clerk makes an institution's signed acts: it turns a record's body into the
// operation that its contract declares, seals up to a hundred operations in one
// envelope, hands envelope and bodies to the institution's node, and stays until the
// fate of every operation is known.
//
// It decides nothing. Whether an act is allowed is the contract's and the ledger's
// word; the clerk only refuses early what they would refuse, and says which operation
// it was. It never writes to disk, and never puts a name, a number or a case number
// into an error.
//
// # Fate of an envelope
//
// An answer may get lost while the envelope is committed. An operation is therefore
// sent until its own result is known:
//
//   - not now (a full pool, a node that is not ready, a lost connection): the same
//     envelope again after a pause that doubles up to Patience;
//   - expired: it can never be committed, so the operations go into a new envelope;
//   - committed before, though this clerk saw no receipt: the operations go into a new
//     envelope, and each one answers for itself (a record that exists is
//     fault.DuplicateRecord: then it is in, and Outcome.Unsure says why);
//   - signed with a calendar that has been replaced: the operations go into a new
//     envelope with the next edition. A clerk computes no date: those in an act are
//     facts that people have stated, and any edition fits them;
//   - refused at admission for operation n: that one is left out with its code, the
//     others go on.
//
// # Invariants
//
//  1. The arguments of a creation are those that the contract declares and the body
//     says (TestCreationFollowsTheContract).
//  2. Every body gets a secret of its own (TestAmendmentHasItsOwnSecret).
//  3. A lost answer neither loses nor doubles an operation (TestLostReceipt).
//  4. A refused operation does not hold back the others of its envelope
//     (TestOneRefusedOthersGoOn).
//  5. An adverse act is signed by two persons, any other by one (TestApprover).
//  6. A refusal has its reasons, for its own record and under a salt of its own, beside the
//     envelope and never in it (TestRefusalWithReasons).
//  7. A subject's filing is carried as it was signed, or not at all (TestCarry).
//  8. The two people of an act may be in two places: one prepares and signs, the other reads
//     what it does and to whom, and signs (TestTwoPeopleTwoPlaces); what he reads is what is
//     done (TestPreparedIsWhatItSays), and nothing is done after its time (TestPreparedEnds).
package clerk
