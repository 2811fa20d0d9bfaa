// Package certificate makes the proof that outlives the platform: a signed credential
// inside one PDF that carries everything needed to verify it offline. Package verify
// holds the format, the page's layout and the checks; this package adds what only an
// issuer needs: fonts, keys and the choice of what to disclose.
//
// A certificate is issued by any member for an event that ended a record, a notice for
// one that listed it, and a certificate of clear standing on the attestations of
// recorders. Its id is that of the event or statement, the same from every node; its
// bytes differ by signer and time. OwnCopy is what a holder keeps, DrawHeld what it makes
// of that without any node, SealTo what goes to one recipient.
// The credential (W3C Verifiable Credential 2.0) is signed by the member's credential
// key with Data Integrity, eddsa-jcs-2022 or ecdsa-jcs-2019, and with SM2 beside it where the member has such a key. The PDF is signed by the
// member's document key, PAdES level B-B or B-T with ECDSA over P-256, "no changes allowed".
//
// It never fetches anything, keeps nothing, and puts no personal value in an error.
//
// Invariants:
//  1. What Issue makes, verify.Verify passes (TestIssuedVerifies).
//  2. No single byte of a file can change and the file still pass, and nothing can be
//     appended (TestEveryByteCounts, TestAppendedUpdateFails).
//  3. A page never shows an empty box: a character that no font has is spelled as its
//     code point, with a note, and the issuer is warned (TestRareCharacters).
//  4. Nothing that was not disclosed is in the file (TestUndisclosedStaysOut).
//  5. Independent readers agree: poppler, OpenSSL, qpdf (TestIndependentReaders,
//     TestReadersTakeEveryKind).
//  6. A time-stamp authority that is away or lies costs the stamp and nothing else
//     (TestWithoutAuthority).
//  7. What is sealed opens for its recipient alone (TestDelivery).
//  8. Beside the proof of a member that has an SM2 key stands an SM2 signature that OpenSSL
//     takes (TestParallelSignature) and that nobody can take out or exchange
//     (TestParallelIsCovered).
//
// Sources: W3C VC Data Model 2.0, VC Data Integrity 1.0; ISO 32000-1; ISO 19005-3;
// ETSI EN 319 142-1; RFC 5652, 5035; 中华人民共和国电子签名法 arts. 13, 14.
package certificate
