// Package witness is an outside witness of a network's log: it follows the log from one
// checkpoint to the next, signs what continues all that it has seen, and keeps the evidence
// of what does not. Anybody can run one; it is no member and needs no node.
//
// # Its directory
//
//	witness.pem   its private key, Ed25519, PKCS#8, sealed or in the clear
//	witness.vkey  its name and public key, for those who are to believe it
//	trust.json    the network's trust file: all that it believes
//	seen.txt      the largest checkpoint that it has signed, with both signatures
//	fork-SIZE-…   two notes of which neither continues the other
//	lock          held while it signs: two runs can not sign apart
//
// # When it signs
//
// A checkpoint is signed by a member; continues the last one that the witness signed, by a
// consistency proof that the witness checks; and is a beginning of the log whose root more
// than two thirds of the recorders have signed, under a trust file. What it signs is on its
// disk before it leaves.
//
// # What it never does
//
// It signs no smaller log than it has seen, and never two roots of one size. It learns
// nothing about a person: there is none in the log.
//
// # Invariants
//
//  1. What continues is signed, and seen afterwards; the same again is signed with a new time
//     (network.TestAudit).
//  2. A fork is refused, and both checkpoints stay as evidence that anyone can verify; what
//     had been seen stays (TestForks, network.TestAudit).
//  3. An older checkpoint, one that no member has signed and a false proof are refused and
//     leave no evidence (TestRefuses); so is what the recorders have not signed
//     (network.TestAudit).
//  4. A changed or foreign state is an error and never a new beginning (TestState).
//  5. Two runs never sign at once (TestState).
package witness
