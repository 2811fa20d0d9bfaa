// Package ledger is Riviera's state machine: blocks in, states and events out. It is
// a pure function of the genesis document and the blocks: it sees no clock, disk,
// network, randomness, environment, goroutine or map order, so every node, and an
// auditor ten years on, computes the same roots from the same blocks.
//
// # Two kinds of rule
//
// Ledger rules (Execute) read blocks only and stay replayable for ever, also after
// every body has been erased. Admission rules (Admit) need a body; they decide whether
// an envelope may enter a block and are never evaluated again.
//
// # Invariants
//
//  1. Same genesis and blocks, same roots, in whatever way a node got there
//     (TestReplicasAgree).
//  2. A record's due deadlines are settled before any operation touches it, so no
//     late extension beats an exit (TestExtendLosesToDueExit).
//  3. Status(record, t) says released once the deadline has passed, recorded or not
//     (TestStatusIsEvaluated).
//  4. An adverse event needs two operators of an accountable institution
//     (TestAdverseNeedsApprover).
//  5. Only the record's own recorder acts on it (TestForeignRecorder).
//  6. An envelope is applied at most once, and never after its NotAfter height
//     (TestReplayRefused, TestEachRefusalHasItsCode).
//  7. A commitment serves one body of one record, for ever: nobody can bind another's body
//     and have it dropped (TestCommitmentServesOnce).
//  8. An hour of a node's queries is anchored once, after it is over, in order
//     (TestAnchorsInOrder).
//  9. An order is derived from record, tenures and moment; what an executing body says
//     follows the table of steps (TestFeedbackFollowsTheTable), its clock starts when the
//     stop takes effect (TestStopClock), and giving a measure up wipes no debt (TestTenures).
//  10. A day that is over keeps the roots of its last block, for ever (TestDaysKeepTheirRoots).
//  11. No operation stops a block: a refused one leaves no trace but its code
//     (TestRefusedLeavesNoTrace).
//  12. A subject's event counts only under the signature of the record's access key, once and
//     in its order, whoever carries it; no member can send it (TestEachFilingRefusalHasItsCode,
//     TestFilingServesOnce, TestFilingIsNoMembersAct).
//  13. A newer access key voids the older one, takes two operators, and goes with the person
//     (TestAccessKey).
//  14. No ruling is reviewed by who made it (TestSuperiorReviews, TestGenesisNamesSuperiors),
//     and a superior's silence hides (TestSilentSuperior).
//  15. A refusal without the commitment to its reasons is refused (TestRefusalGivesReasons).
//  16. A barred basis is not listed again by the same recorder before its day
//     (TestRelistingBarred, TestBarBySilence).
//  17. A contract comes into force by two thirds of the recorders, of at least half of
//     their constituencies, after a waiting time in which more than a third can stop it
//     (TestContractIsPublished, TestContractAcrossConstituencies, TestContractIsRejected).
//  18. A newer version runs beside a record's own for the subject's benefit: the record is
//     released when either releases it, an adverse event follows the original alone
//     (TestEitherVersionReleases, TestAdverseFollowsTheOriginal), and it stands where it
//     would have stood under the newer one from its first day (TestFoldEqualsLiveRun).
//  19. Members, keys and recorders change by signed acts of the closed list alone: none of
//     the forbidden ones leaves a trace (TestAttempts), the authority acts with k of n
//     officers (TestOfficers), holds no body (TestAuthorityHoldsNoBody) and no veto
//     (TestSuspendedMemberMayOnlyFavour).
//  20. One recorder change at a time, after notice, put off by more than a third once, never
//     below four or two thirds present, no constituency above a third (TestOneRecorderChange,
//     TestStay, TestQuorum, TestConstituencies).
//  21. A record whose deciding body has left without a successor ends (TestSuccession,
//     TestRecordsWithoutDecidingBody); an emergency stop holds back no exit
//     (TestEmergencyStop).
//  22. A reversal of an end is a signed and reasoned decision of who decides the record or of
//     its superior, moves no record and lists nobody (TestReversal,
//     TestEachReversalRefusalHasItsCode); every one that the ledger takes a trust file takes
//     (TestTrustHoldsReversals in package node).
//  23. A member's watermark of erasures only rises, never beyond what is committed
//     (TestWatermarksRise, TestWatermarkIsBound).
//  24. Who has to confirm an erasure, and is late with it, follows from the record's end, the
//     members and their watermarks (TestReceipts, TestReceiptsOfMembers,
//     TestReceiptsOfProposal, TestReceiptsOnTrainingClock).
//  25. A state made from a snapshot is the one that the snapshot was taken of, key by key
//     (TestReplicasAgree), and one whose records, events, members, law or envelopes have been
//     altered, left out or put in another order is refused (TestSnapshotForged).
//  26. Other rules hold from the height that two thirds of the recorders name, after notice and
//     while they stand to it; a program that does not know them executes no block under them,
//     and a newer one goes on from the same state (TestRulesByHeight, TestUpgradeDropped). No
//     block follows the end of a chain (TestChainEnds).
//  27. A member leaves on the day that it has named, and may take that back until then
//     (TestLeave, TestLeaveTakenBack); a recorder's leaving is held to what holds for its removal
//     (TestRecorderLeaves, TestLeaveWithoutSuccessor, TestLeaveIsHeldToTheQuorum) and gives way
//     to the gate's (TestLeaveGivesWay).
//  28. A successor chain begins with the last state of its predecessor, key by key but for what
//     ended it, and goes on in height, time and log (TestSuccessorContinues); a snapshot of
//     another state, or one that has been altered, begins none (TestSuccessorForged).
//  29. A key signs what its scope has and nothing else (TestScopes), as the second person too
//     (TestSecondScopes) and under what waits (TestScopeOfWaiting); a scope only narrows
//     (TestScopeNarrows), and no recorder is without a key that releases
//     (TestRecorderCanRelease). What a node signs with by itself has nothing that a person decides.
//
// # Keys
//
// Every key starts with one byte that names its kind; numbers are big-endian.
//
//	m                          meta: height, block time, log size, number of records, roots
//	r ‖ seq:8                  record (canonical CBOR, the leaf of the state tree)
//	i ‖ id:16                  seq:8 of the record with this id
//	g ‖ member:4 ‖ case:8      seq:8 of the record for which the recorder used this case half;
//	                           never deleted
//	b ‖ member:4 ‖ basis:8     last day on which the recorder cannot list this basis again
//	k ‖ commitment:32          seq:8 of the record that brought this body; never deleted
//	d ‖ due:8 ‖ seq:8          one entry for each moment at which a version of a record's
//	                           contract has its next deadline (sign bit flipped)
//	e ‖ index:8                event (canonical CBOR, the leaf of the log)
//	h ‖ seq:8 ‖ index:8        one entry for each event of a record (derived, under no root;
//	                           a new version of its contract is worked out from it)
//	t ‖ level:1 ‖ n:8          log tile of up to 256 hashes (C2SP tlog-tiles, height 8)
//	v ‖ index:8                Reversed: the end at this index of the log is reversed
//	D ‖ date:4                 Day: where the ledger stood after the last block of a day
//	s ‖ n:8                    16 leaf hashes of the state tree
//	"ca" ‖ member:4            hour:8 of the member's last anchored hour of queries
//	"cw" ‖ member:4            height:8 ‖ moment:8 of the member's newest watermark of erasures
//	c ‖ name                   configuration: "m"‖id:4 member, "y"‖edition:4 calendar,
//	                           "v"‖year:4‖member:4 vote on a calendar, "t" tenures,
//	                           "n" council: what is under way between the members,
//	                           "e"‖height:8 set of recorders that decides from there on,
//	                           "p" attendance
//	l ‖ name                   law: "c"‖no:4 contract in force after genesis, "p"‖hash:32
//	                           proposal, "s"‖hash:32 text of either, "h" live records by
//	                           contract, cursor of the fold, adopted calendars
//	x ‖ bucket:8 ‖ id:32       envelope committed, by bucket of its NotAfter height: height:8 ‖
//	                           place:4, in the order of which X follows from the ids
//	X ‖ bucket:8               running hash of a bucket's ids
//
// A snapshot ([Carried]) holds the families that the roots bind: c, l, D, v, X, x, r, e. The
// others follow from them, and [Restore] works them out: nothing is taken on faith.
//
// # Roots
//
//	AppHash    = Digest("riviera/app/1", log root ‖ state root)
//	log root   = RFC 6962 over the events
//	state root = Digest("riviera/stateroot/1", record root ‖ meta root)
//	meta root  = Digest("riviera/metaroot/1", height-independent configuration, buckets,
//	             votes, anchors, days, attendance, law, watermarks, count of records, and the
//	             reversals in force where there are any)
package ledger
