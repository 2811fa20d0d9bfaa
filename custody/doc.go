// Package custody keeps an institution's secrets: private keys in files, sealed under a
// passphrase, and the raw keys of a node. It turns each private key into a crypto.Signer;
// whoever signs does not see where the key lies.
//
// # Formats
//
//   - A private key is one PEM block: "PRIVATE KEY" (PKCS#8, in the clear) or "ENCRYPTED
//     PRIVATE KEY" (PKCS#8, PBES2: scrypt with N = 2^14, r = 8, p = 1 and 16 bytes of
//     salt, AES-256-CBC; N = 2^10 under a passphrase of NewPassphrase). Files of others are opened with whatever PBES2 they name, within
//     a bound on the work that they ask for.
//   - A key on a security token (PKCS#11, build tag pkcs11) is one line, a URI of RFC 7512 that
//     names its object: "pkcs11:object=LABEL".
//   - A raw secret is its bytes, or an age file with a scrypt recipient of the same work.
//
// A passphrase is at least MinPassphrase bytes. It comes from a file, from a descriptor or
// from a prompt; never from an argument or the environment.
//
// # What it never does
//
// It writes no secret and no passphrase into an error or a log, and no file that others
// can read; it never leaves half a file in the place of a whole one.
//
// # Invariants
//
//  1. What has been sealed opens with its passphrase alone, and a wrong one is
//     fault.PassphraseWrong (TestSealedKeysOpen).
//  2. Other programs open what is sealed here (TestOpenSSLReads).
//  3. A file is replaced whole or not at all, and is for its owner alone
//     (TestReplaceIsWhole).
//  4. No error holds a passphrase or a byte of a key (TestErrorsSayNothing).
//  5. A file that asks for absurd work is refused before it is done (TestAbsurdWork).
//  6. A key on a token signs like any other (TestKeysOnAToken, package certificate), and a file
//     that names one is read strictly (TestTokenFile).
package custody
