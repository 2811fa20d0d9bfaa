package custody

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"github.com/riviera-ledger/riviera/fault"
)

// Passphrases of the program cost little; person is one that somebody thought of.
var (
	right  = NewPassphrase()
	wrong  = NewPassphrase()
	person = []byte("correct horse battery")
)

func keysOf(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sm, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"ed25519": ed, "p256": p256, "sm2": sm}
}

// samePublic compares public halves.
func samePublic(a, b crypto.Signer) bool {
	e, ok := a.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && e.Equal(b.Public())
}

func TestSealedKeysOpen(t *testing.T) {
	for name, key := range keysOf(t) {
		file, err := Encode(key, right)
		if err != nil {
			t.Fatal(err)
		}
		if !Sealed(file) {
			t.Errorf("%s: written in the clear", name)
		}
		if got, err := Decode(file, right); err != nil || !samePublic(got, key) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Decode(file, nil); !fault.Is(err, fault.KeyLocked) {
			t.Errorf("%s without a passphrase: %v", name, err)
		}
		if _, err := Decode(file, wrong); !fault.Is(err, fault.PassphraseWrong) {
			t.Errorf("%s with a wrong passphrase: %v", name, err)
		}
		if file, err = Encode(key, nil); err != nil || Sealed(file) {
			t.Errorf("%s in the clear: %v", name, err)
		}
		if got, err := Decode(file, nil); err != nil || !samePublic(got, key) {
			t.Errorf("%s in the clear: %v", name, err)
		}
	}
	if _, err := Encode(keysOf(t)["p256"], []byte("short")); !fault.Is(err, fault.PassphraseWeak) {
		t.Error(err)
	}
}

func TestSecretsOpen(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	file, err := EncodeSecret(secret, right)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, secret) {
		t.Error("in the clear")
	}
	if got, err := DecodeSecret(file, right); err != nil || !bytes.Equal(got, secret) {
		t.Error(err)
	}
	if _, err := DecodeSecret(file, wrong); !fault.Is(err, fault.PassphraseWrong) {
		t.Error(err)
	}
	if got, err := DecodeSecret(secret, nil); err != nil || !bytes.Equal(got, secret) {
		t.Error(err)
	}
}

func TestOpenSSLReads(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("openssl is needed: make tools")
	}
	dir := t.TempDir()
	file, err := Encode(keysOf(t)["p256"], person)
	if err != nil {
		t.Fatal(err)
	}
	key, pass := filepath.Join(dir, "key.pem"), filepath.Join(dir, "pass")
	if err := errors.Join(os.WriteFile(key, file, 0o600), os.WriteFile(pass, person, 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(openssl, "pkey", "-in", key, "-passin", "file:"+pass, "-noout", "-check").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	// And the other way round, with what OpenSSL writes by itself (PBKDF2).
	theirs := filepath.Join(dir, "theirs.pem")
	if out, err := exec.Command(openssl, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass", "file:"+pass, "-out", theirs).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(b, person); err != nil {
		t.Error(err)
	}
}

func TestRing(t *testing.T) {
	key := keysOf(t)["ed25519"]
	file, err := Encode(key, right)
	if err != nil {
		t.Fatal(err)
	}
	var r Ring
	if _, err := r.Key("k", file); !fault.Is(err, fault.KeyLocked) {
		t.Error(err)
	}
	asked := 0
	r.Ask = func(string) ([]byte, error) {
		asked++
		return [][]byte{wrong, right}[asked-1], nil
	}
	for range 3 { // a person is asked once, and may mistype
		if _, err := r.Key("k", file); err != nil || asked != 2 {
			t.Fatal(err, asked)
		}
	}
	if !bytes.Equal(r.Passphrase(), right) {
		t.Error("what opened the file is not what new ones are sealed under")
	}
	var given Ring
	given.Add(wrong)
	if _, err := given.Key("place", file); !fault.Is(err, fault.PassphraseWrong) || !strings.Contains(err.Error(), "place") {
		t.Error(err)
	}
}

func TestPassphraseFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p")
	if err := os.WriteFile(path, []byte(" with spaces \r\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := ReadPassphraseFile(path); err != nil || string(p) != " with spaces " {
		t.Errorf("%q %v", p, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPassphraseFile(path); !fault.Is(err, fault.BadConfig) {
		t.Error(err)
	}
	if _, err := ReadPassphraseFile(path + "x"); !fault.Is(err, fault.FileMissing) {
		t.Error(err)
	}
	if _, err := ReadPassphrase(strings.NewReader("\n")); !fault.Is(err, fault.PassphraseWeak) {
		t.Error(err)
	}
}

func TestReplaceIsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := Create(path, []byte("old secret")); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, []byte("x")); !fault.Is(err, fault.HomeExists) {
		t.Error(err)
	}
	// A name beside it keeps the old blocks in sight.
	if err := os.Link(path, path+".kept"); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "new" {
		t.Errorf("%q %v", b, err)
	}
	if b, err := os.ReadFile(path + ".kept"); err != nil || bytes.Contains(b, []byte("secret")) {
		t.Errorf("the old bytes are still there: %q %v", b, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if _, err := os.Stat(path + ".new"); err == nil {
		t.Error("half a file is left")
	}
	if err := Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("still there")
	}
}

func TestErrorsSayNothing(t *testing.T) {
	key := keysOf(t)["ed25519"].(ed25519.PrivateKey)
	file, err := Encode(key, right)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(file)
	block.Bytes[len(block.Bytes)-1] ^= 1
	var r Ring
	r.Add(right)
	var errs []error
	for _, f := range [][]byte{pem.EncodeToMemory(block), file[:len(file)/2], []byte("x"), append(file, 'x'), pem.EncodeToMemory(&pem.Block{Type: plainBlock, Bytes: key.Seed()})} {
		_, err := r.Key("name", f)
		if err == nil {
			t.Error("opened")
		}
		errs = append(errs, err)
	}
	text := errors.Join(errs...).Error()
	for _, secret := range []string{string(right), string(key.Seed()[:8])} {
		if strings.Contains(text, secret) {
			t.Errorf("%q", text)
		}
	}
}

func TestAbsurdWork(t *testing.T) {
	oid := func(n ...int) asn1.ObjectIdentifier { return n }
	type alg struct {
		ID         asn1.ObjectIdentifier
		Parameters any
	}
	made := func(kdf asn1.ObjectIdentifier, parameters any) []byte {
		type pbes2 struct{ KDF, Cipher alg }
		der, err := asn1.Marshal(struct {
			Algorithm struct {
				ID         asn1.ObjectIdentifier
				Parameters pbes2
			}
			Data []byte
		}{struct {
			ID         asn1.ObjectIdentifier
			Parameters pbes2
		}{oid(1, 2, 840, 113549, 1, 5, 13), pbes2{alg{kdf, parameters}, alg{oid(2, 16, 840, 1, 101, 3, 4, 1, 42), make([]byte, 16)}}}, make([]byte, 16)})
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: sealedBlock, Bytes: der})
	}
	scrypt, pbkdf2 := oid(1, 3, 6, 1, 4, 1, 11591, 4, 11), oid(1, 2, 840, 113549, 1, 5, 12)
	type lanes struct {
		Salt    []byte
		N, R, P int
	}
	type rounds struct {
		Salt []byte
		N    int
	}
	for name, file := range map[string][]byte{
		"memory":     made(scrypt, lanes{make([]byte, 8), 1 << 26, 8, 1}),
		"block":      made(scrypt, lanes{make([]byte, 8), 1 << 14, 1 << 30, 1}),
		"lanes":      made(scrypt, lanes{make([]byte, 8), 1 << 14, 8, 1 << 20}),
		"iterations": made(pbkdf2, rounds{make([]byte, 8), 1 << 30}),
		"negative":   made(pbkdf2, rounds{make([]byte, 8), -1}),
		"none":       made(pbkdf2, rounds{Salt: make([]byte, 8)}),
	} {
		if _, err := Decode(file, right); !fault.Is(err, fault.BadConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
