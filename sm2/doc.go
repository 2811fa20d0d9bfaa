// Package sm2 verifies signatures of GB/T 32918.2 (SM2) over GB/T 32905 (SM3), with the
// default identity, on the standard library alone: the offline verifier has to stay small
// enough for a browser, and checks public values only, so nothing here runs in constant
// time and nothing here may ever hold a private key. Whoever signs uses
// github.com/emmansun/gmsm, which is also this package's oracle in tests.
//
// A public key is written as a compressed point of 33 bytes (GB/T 32918.1, 4.2.8), a signature as
// r ‖ s of 32 bytes each: there is one form of each.
//
// Invariants:
//  1. Digest gives the values of GB/T 32905, annex A (TestDigest).
//  2. Verify agrees with gmsm and OpenSSL on what is right and on every single bit that is not
//     (TestVerifyAgrees in package certificate, TestParallelSignature there).
//  3. No input makes it panic (FuzzVerify).
package sm2
