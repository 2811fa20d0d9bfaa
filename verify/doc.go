// Package verify checks a certificate with no network, no clock of its own and no word
// from anyone but a trust file: the same code in the command line, in a node and in a
// browser. It also holds the certificate's format, because what cannot be checked must
// not be in it: the credential, the page that shows it, the file that carries both.
//
// A certificate is one PDF. Inside stands a W3C Verifiable Credential (Credential),
// which holds the ledger event that ended a record (or listed it), an opening of the
// chosen parts of the record's body, and the path from the event to the recorders'
// signatures; a certificate of clear standing holds recorders' attestations instead. Every
// statement of the credential follows from this evidence and is derived anew; the page
// follows from the credential and is drawn anew; the file follows from both and is
// assembled anew, byte by byte. There is no second way to write the same certificate
// and no room for anything that is not part of it.
//
// The verdict (Report) is one of ETSI EN 319 102-1 and rests on three fragments:
//
//	INTEGRITY  the file is as it was signed and says what its evidence says
//	ISSUER     the keys that signed are a member's, in use at the time
//	LEDGER     more than two thirds of the pinned recorders decided the event
//
// STATUS stands beside them: whether a court has reversed the exit, as of the trust
// file. "Could not be checked" (INDETERMINATE) is never "failed" (TOTAL_FAILED).
//
// It never shows anything that has not passed INTEGRITY, never fetches anything, and
// imports neither the ledger nor the store nor the engine.
//
// Invariants:
//  1. A page can say nothing that its credential does not say (TestPageMustAgree in
//     package certificate): not in its text, not in its QR code, not in its seal. The
//     shapes of the letters are the issuer's fonts and are not judged; what is shown
//     to a user comes from the credential.
//  2. Every single-byte change and every appended byte is refused (TestEveryByteCounts,
//     TestAppendedUpdateFails there).
//  3. Each reason has a verdict and, in both languages, a sentence and a next step
//     (TestEveryReasonHasText).
//  4. The texts and measures of a page layout never change (TestPageOneIsFrozen,
//     TestPageTwoIsFrozen, TestLayoutIsFrozen).
//  5. The W3C vectors verify and are reproduced byte by byte (TestW3CVectors).
//  6. Decoders accept one form and never panic (the Fuzz targets).
//  7. A page that its holder made claims no institution's signature and is reported as
//     such (TestReadersTakeEveryKind there). Nobody signs it: its fonts and their
//     measures are its maker's, so its text is worth what the credential shows.
//  8. A time stamp is one over this signature, by a certificate for time stamps, and no
//     byte of it is free (TestTimestamp, TestStolenTimestamp there).
//  9. Attestations count by voting power, once a member, with keys in use
//     (TestClearDecides there).
//
// Keys of recorders that have handed over prove nothing by themselves: a certificate
// from their time needs a daily root of the trust file above it (TestRetiredKeys).
//
// Sources: W3C VC Data Model 2.0, VC Data Integrity 1.0 with eddsa-jcs-2022 and
// ecdsa-jcs-2019; RFC 8785, 5652, 5035, 3161, 6962; ISO 32000-1; ISO 19005-3; ETSI EN 319
// 142-1 and 319 102-1.
package verify
