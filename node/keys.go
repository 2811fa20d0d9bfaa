package node

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm2"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
)

// KeysConfig says how the home's keys are opened.
type KeysConfig struct {
	// PassphraseFile holds the passphrase of the home's sealed files, for a node that starts
	// with nobody there; relative to the home.
	PassphraseFile string `toml:"passphrase_file,omitempty"`
	// Module is the library of a security token (PKCS#11), Token the token's label, and PINFile
	// holds its PIN. Key files that say "pkcs11:object=LABEL" name keys on it.
	Module  string `toml:"module,omitempty"`
	Token   string `toml:"token,omitempty"`
	PINFile string `toml:"pin_file,omitempty"`
}

const tokenFile = "api.token"

// Token returns the secret with which the institution's own people use their node.
func (h *Home) Token() (string, error) {
	b, err := readFile(h.path(keysDir, tokenFile))
	return strings.TrimSpace(string(b)), err
}

// ring returns the home's passphrases, with that of the configured file.
func (h *Home) ring() *custody.Ring {
	h.unlock.Do(func() {
		if h.Config.Keys.PassphraseFile == "" {
			return
		}
		p, err := custody.ReadPassphraseFile(h.relative(h.Config.Keys.PassphraseFile))
		if h.unlockErr = err; err == nil {
			h.Ring.Add(p)
		}
	})
	return &h.Ring
}

// Passphrase is under which new keys of this home are sealed; nil where none is known.
func (h *Home) Passphrase() []byte { return h.ring().Passphrase() }

// why prefers "the passphrase file is missing" to "no passphrase".
func (h *Home) why(err error) error {
	if h.unlockErr != nil && fault.Is(err, fault.KeyLocked) {
		return h.unlockErr
	}
	return err
}

// secret reads a key file of raw bytes, which may be sealed.
func (h *Home) secret(name string) ([]byte, error) {
	path := h.path(keysDir, name)
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	s, err := h.ring().Secret(path, b)
	return s, h.why(err)
}

// VaultKey opens the node's own key for its vault.
func (h *Home) VaultKey() ([]byte, error) {
	key, err := h.secret("vault.key")
	if err == nil && len(key) != len(vault.NodeKey{}) {
		err = fault.Newf(fault.BadConfig, "vault.key", "%d bytes, not %d", len(key), len(vault.NodeKey{}))
	}
	return key, err
}

// Signer opens one of the institution's private keys.
func (h *Home) Signer(name string) (crypto.Signer, error) {
	path := h.path(keysDir, name+".pem")
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	object, err := custody.OnToken(b)
	if err != nil {
		return nil, fault.Wrap(fault.Of(err), path, err)
	}
	if object != "" {
		token, err := h.token()
		if err != nil {
			return nil, err
		}
		return token.Key(object)
	}
	s, err := h.ring().Key(path, b)
	return s, h.why(err)
}

// token is the security token that the configuration names.
func (h *Home) token() (*custody.Token, error) {
	c := h.Config.Keys
	if c.Module == "" || c.Token == "" || c.PINFile == "" {
		return nil, fault.Newf(fault.BadConfig, ConfigFile, "keys.module, keys.token and keys.pin_file are needed for a key on a token")
	}
	pin, err := custody.ReadPassphraseFile(h.relative(c.PINFile))
	if err != nil {
		return nil, err
	}
	return &custody.Token{Module: c.Module, Label: c.Token, PIN: pin}, nil
}

// NewKeyOnToken makes a P-256 key on the home's token and a key file that names it.
func (h *Home) NewKeyOnToken(name, object string) (crypto.Signer, error) {
	token, err := h.token()
	if err != nil {
		return nil, err
	}
	key, err := token.Generate(object)
	if err != nil {
		return nil, err
	}
	return key, h.writeKey(name+".pem", custody.TokenFile(object))
}

// HasKey reports whether the home holds a private key of this name.
func (h *Home) HasKey(name string) bool {
	_, err := os.Stat(h.path(keysDir, name+".pem"))
	return err == nil
}

// Holds reports whether a person's key can be opened from here: it lies in this home, or is
// the approver's and lies in the one beside it.
func (h *Home) Holds(name string) bool {
	return h.HasKey(name) || name == ApproverKey && h.With != nil
}

// KeyID returns the number of one of the institution's keys in the member list: that of a
// new home, or what a rotation has written beside the key.
func (h *Home) KeyID(name string) (ledger.KeyID, error) {
	b, err := os.ReadFile(h.path(keysDir, name+".id"))
	if errors.Is(err, fs.ErrNotExist) {
		return KeyIDs[name], nil
	}
	if err != nil {
		return 0, fault.Wrap(fault.BadConfig, name+".id", err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 32)
	if err != nil || n == 0 {
		return 0, fault.Newf(fault.BadConfig, name+".id", "not a key's number")
	}
	return ledger.KeyID(n), nil
}

// Person opens one of the institution's private keys and gives its number.
func (h *Home) Person(name string) (clerk.Signer, error) {
	signer, err := h.Signer(name)
	if err != nil {
		return clerk.Signer{}, err
	}
	id, err := h.KeyID(name)
	return clerk.Signer{Key: id, Signer: signer}, err
}

// Second opens the approver's key where it lies in this home or in the one beside it. Where
// it does not, it is fault.ApproverMissing: the second person signs elsewhere.
func (h *Home) Second() (clerk.Signer, error) {
	if h.With != nil {
		return h.With.Person(ApproverKey)
	}
	if !h.HasKey(ApproverKey) {
		return clerk.Signer{}, fault.New(fault.ApproverMissing, h.path(keysDir, ApproverKey+".pem"))
	}
	return h.Person(ApproverKey)
}

// ConsensusKey finds the private half of a key that votes among the home's files
// consensus*.pem, nil where it is not there.
func (h *Home) ConsensusKey(public ed25519.PublicKey) (ed25519.PrivateKey, error) {
	s, err := h.among(ConsensusKey, ledger.Ed25519, public)
	key, _ := s.(ed25519.PrivateKey)
	return key, err
}

// Parallel finds the private half of an SM2 key among the home's files parallel*.pem, nil
// where it is not there.
func (h *Home) Parallel(public []byte) (crypto.Signer, error) {
	return h.among(ParallelKey, ledger.SM2, public)
}

// among finds a private key among the files of a kind by its public half.
func (h *Home) among(kind string, algorithm ledger.Algorithm, public []byte) (crypto.Signer, error) {
	files, err := filepath.Glob(h.path(keysDir, kind+"*.pem"))
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, keysDir, err)
	}
	for _, f := range files {
		s, err := h.Signer(strings.TrimSuffix(filepath.Base(f), ".pem"))
		if err != nil {
			return nil, err
		}
		if a, p, err := ledger.AlgorithmOf(s.Public()); err == nil && a == algorithm && bytes.Equal(p, public) {
			return s, nil
		}
	}
	return nil, nil
}

// Certified opens the document key for which a certificate was issued.
func (h *Home) Certified(der []byte) (crypto.Signer, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fault.Newf(fault.KeyInvalid, "certificate", "not an X.509 certificate")
	}
	_, public, err := ledger.AlgorithmOf(c.PublicKey)
	if err != nil {
		return nil, err
	}
	s, err := h.among(DocumentKey, ledger.P256, public)
	if s == nil && err == nil {
		err = fault.Newf(fault.KeyUnfit, "certificate", "no document key of this home is the one that it certifies")
	}
	return s, err
}

// NewKey makes a private key of the kind that its purpose needs and writes it.
func (h *Home) NewKey(name string) (crypto.Signer, error) {
	if name == DocumentKey { // Ed25519 inside a PDF fails in common readers
		return h.NewKeyOf(name, ledger.P256)
	}
	return h.NewKeyOf(name, ledger.Ed25519)
}

// NewKeyOf makes a private key of an algorithm and writes it, sealed where the home has
// Sealing.
func (h *Home) NewKeyOf(name string, algorithm ledger.Algorithm) (crypto.Signer, error) {
	var key crypto.Signer
	var err error
	switch algorithm {
	case ledger.Ed25519:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case ledger.P256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ledger.SM2:
		key, err = sm2.GenerateKey(rand.Reader)
	default:
		return nil, fault.Newf(fault.Usage, "algorithm", "ed25519, p256 or sm2")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, name, err)
	}
	b, err := custody.Encode(key, h.Sealing)
	if err != nil {
		return nil, err
	}
	return key, h.writeKey(name+".pem", b)
}

// ReplaceKey puts the key of a file in the place of another, which is kept under its
// number until nobody needs it.
func (h *Home) ReplaceKey(name, file string, old, next ledger.KeyID) error {
	retired := h.path(keysDir, fmt.Sprintf("%s-%d.pem", name, old))
	for _, err := range []error{
		os.Rename(h.path(keysDir, name+".pem"), retired),
		custody.Replace(h.path(keysDir, name+".id"), []byte(strconv.Itoa(int(next))+"\n")),
		os.Rename(h.path(keysDir, file+".pem"), h.path(keysDir, name+".pem")),
	} {
		if err != nil {
			return fault.Wrap(fault.BadConfig, name, err)
		}
	}
	return nil
}

// FreeName finds a name for a further key of a kind: "consensus-2".
func (h *Home) FreeName(kind string) (string, error) {
	for n := 2; n < 1000; n++ {
		name := fmt.Sprintf("%s-%d", kind, n)
		if !h.HasKey(name) {
			return name, nil
		}
	}
	return "", fault.New(fault.HomeExists, kind)
}

// WriteSecret writes a secret into the keys directory, readable by the owner alone and
// sealed where the home has Sealing, and never over one that exists.
func (h *Home) WriteSecret(name string, b []byte) error {
	b, err := custody.EncodeSecret(b, h.Sealing)
	if err != nil {
		return err
	}
	return h.writeKey(name, b)
}

// WriteToken writes the secret with which the institution's own people use their node. It
// is never sealed: it opens nothing without the running node.
func (h *Home) WriteToken(b []byte) error { return h.writeKey(tokenFile, b) }

func (h *Home) writeKey(name string, b []byte) error { return custody.Create(h.path(keysDir, name), b) }

// WriteKeyID notes the number that a key has in the member list.
func (h *Home) WriteKeyID(name string, id ledger.KeyID) error {
	return h.writeKey(name+".id", []byte(strconv.Itoa(int(id))+"\n"))
}

// KeyFile is a file of the keys directory as `riviera keys list` shows it.
type KeyFile struct {
	Name   string `json:"name"` // of the file
	Sealed bool   `json:"sealed"`
	Object string `json:"token_object,omitempty"` // of a key on a token
}

// KeyFiles lists the home's private keys and raw secrets, but not the numbers beside them.
func (h *Home) KeyFiles() ([]KeyFile, error) {
	entries, err := os.ReadDir(h.path(keysDir))
	if err != nil {
		return nil, fault.Newf(fault.FileMissing, h.path(keysDir), "cannot be read")
	}
	var out []KeyFile
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".pem", ".key":
		default:
			continue
		}
		b, err := readFile(h.path(keysDir, e.Name()))
		if err != nil {
			return nil, err
		}
		f := KeyFile{Name: e.Name(), Sealed: custody.Sealed(b) || custody.SecretSealed(b)}
		if f.Object, err = custody.OnToken(b); err != nil {
			return nil, fault.Wrap(fault.Of(err), e.Name(), err)
		}
		out = append(out, f)
	}
	return out, nil
}

// Reseal opens a file of the keys directory and writes it anew under another passphrase;
// nil writes it in the clear.
func (h *Home) Reseal(name string, passphrase []byte) error {
	path := h.path(keysDir, name)
	var b []byte
	if base, isKey := strings.CutSuffix(name, ".pem"); isKey {
		key, err := h.Signer(base)
		if err != nil {
			return err
		}
		if b, err = custody.Encode(key, passphrase); err != nil {
			return err
		}
	} else {
		secret, err := h.secret(name)
		if err != nil {
			return err
		}
		if b, err = custody.EncodeSecret(secret, passphrase); err != nil {
			return err
		}
	}
	return custody.Replace(path, b)
}
