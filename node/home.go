package node

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// Home is a node's directory:
//
//	riviera.toml        configuration
//	genesis.json        the network
//	keys/node.pem       peer identity                   keys/consensus.pem   votes on blocks (recorders)
//	keys/operator.pem   signs the institution's acts    keys/approver.pem    the second person
//	keys/credential.pem signs credentials               keys/document.pem    signs PDFs
//	keys/vault.key      seals bodies at rest            keys/case.key        makes case tags
//	keys/api.token      lets the institution's own people in at this node
//	data/               engine, ledger, vault
//	imports/            journals of running imports
//	member.json         the institution's entry as it applied with it, where the genesis does not name it
//	api-keys.json       hashed keys of third parties
type Home struct {
	Dir     string
	Config  Config
	Genesis *ledger.Genesis
	Member  *ledger.Member

	// Admitted says that the genesis does not name this institution: it came later, with
	// the entry in member.json.
	Admitted bool

	// Clock is this machine's clock, by which a node knows that it has fallen behind;
	// nil is time.Now.
	Clock func() time.Time

	// Disk is the file system under the node's stores; nil is the operating system's.
	Disk store.FS
}

// now reads this machine's clock.
func (h *Home) now() time.Time {
	if h.Clock == nil {
		return time.Now()
	}
	return h.Clock()
}

// Names of files in a home.
const (
	ConfigFile  = "riviera.toml"
	GenesisFile = "genesis.json"
	MemberFile  = "member.json"
	keysDir     = "keys"
)

// Names of an institution's keys, and the number that each has in the genesis document.
const (
	OperatorKey   = "operator"
	ApproverKey   = "approver"
	CredentialKey = "credential"
	DocumentKey   = "document"
)

// Names of the node's own keys.
const (
	NodeKey      = "node"
	ConsensusKey = "consensus"
)

// KeyIDs numbers the keys that a new home holds.
var KeyIDs = map[string]ledger.KeyID{OperatorKey: 1, ApproverKey: 2, CredentialKey: 3, DocumentKey: 4}

// OpenHome reads a home without locking it.
func OpenHome(dir string) (*Home, error) {
	h := &Home{Dir: dir}
	b, err := readFile(h.path(ConfigFile))
	if err != nil {
		return nil, err
	}
	if h.Config, err = ParseConfig(b); err != nil {
		return nil, err
	}
	if b, err = readFile(h.path(GenesisFile)); err != nil {
		return nil, err
	}
	if h.Genesis, err = ledger.ParseGenesis(b); err != nil {
		return nil, located(b, err)
	}
	for i := range h.Genesis.Members {
		if h.Genesis.Members[i].ID == h.Config.Member {
			h.Member = &h.Genesis.Members[i]
			return h, nil
		}
	}
	return h, h.openApplication()
}

// openApplication reads the entry with which an institution applied that the genesis does
// not name.
func (h *Home) openApplication() error {
	b, err := os.ReadFile(h.path(MemberFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Newf(fault.HomeForeign, ConfigFile, "member %d is not in this home's genesis document", h.Config.Member)
	}
	if err != nil {
		return fault.Wrap(fault.BadConfig, MemberFile, err)
	}
	h.Member, h.Admitted = new(ledger.Member), true
	if err := json.Unmarshal(b, h.Member); err != nil {
		return fault.Wrap(fault.BadConfig, MemberFile, err)
	}
	h.Member.ID = h.Config.Member // the number may have changed since the application
	return nil
}

// located adds the line to an error about a document in JSON, where the error tells it.
func located(b []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(len(b)) // of a document that ends too early
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		return err
	}
	line := 1 + bytes.Count(b[:min(max(offset-1, 0), int64(len(b)))], []byte("\n"))
	return fault.Wrap(fault.Of(err), fmt.Sprintf("%s, line %d", GenesisFile, line), err)
}

func (h *Home) path(parts ...string) string {
	return filepath.Join(append([]string{h.Dir}, parts...)...)
}

// Data returns a directory under data/.
func (h *Home) Data(name string) string { return h.path("data", name) }

// Imports returns the directory of import journals.
func (h *Home) Imports() string { return h.path("imports") }

// APIKeys returns the file of the third parties' keys.
func (h *Home) APIKeys() string { return h.path("api-keys.json") }

// Token returns the secret with which the institution's own people use their node.
func (h *Home) Token() (string, error) {
	b, err := readFile(h.path(keysDir, "api.token"))
	return strings.TrimSpace(string(b)), err
}

// secret reads a key file of raw bytes.
func (h *Home) secret(name string) ([]byte, error) { return readFile(h.path(keysDir, name)) }

// Signer reads one of the institution's private keys.
func (h *Home) Signer(name string) (crypto.Signer, error) {
	path := h.path(keysDir, name+".pem")
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(b)
	if block == nil || block.Type != "PRIVATE KEY" || len(rest) != 0 {
		return nil, fault.Newf(fault.BadConfig, path, "not one PKCS#8 private key in PEM")
	}
	key, err := smx509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fault.Newf(fault.BadConfig, path, "not a PKCS#8 private key")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fault.Newf(fault.BadConfig, path, "not a signing key")
	}
	return signer, nil
}

// RunsNode reports whether a node runs from this home; the authority's does not.
func (h *Home) RunsNode() bool { return h.Config.Engine.Listen != "" }

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

// Person reads one of the institution's private keys with its number.
func (h *Home) Person(name string) (clerk.Signer, error) {
	signer, err := h.Signer(name)
	if err != nil {
		return clerk.Signer{}, err
	}
	id, err := h.KeyID(name)
	return clerk.Signer{Key: id, Signer: signer}, err
}

// ConsensusKey finds the private half of a key that votes among the home's files
// consensus*.pem, nil where it is not there.
func (h *Home) ConsensusKey(public ed25519.PublicKey) (ed25519.PrivateKey, error) {
	files, err := filepath.Glob(h.path(keysDir, ConsensusKey+"*.pem"))
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, keysDir, err)
	}
	for _, f := range files {
		s, err := h.Signer(strings.TrimSuffix(filepath.Base(f), ".pem"))
		if err != nil {
			return nil, err
		}
		if key, ok := s.(ed25519.PrivateKey); ok && bytes.Equal(key.Public().(ed25519.PublicKey), public) {
			return key, nil
		}
	}
	return nil, nil
}

// Client speaks to this home's node as the institution's own people; of a home without a
// node, to the node that its configuration names, as anybody.
func (h *Home) Client() (*client.Client, error) {
	if !h.RunsNode() {
		return client.New("http://"+h.Config.API.Listen, ""), nil
	}
	token, err := h.Token()
	if err != nil {
		return nil, err
	}
	return client.New("http://"+h.Config.API.Listen, token), nil
}

// Clerk signs for the institution and speaks through c.
func (h *Home) Clerk(c *client.Client) (*clerk.Clerk, error) {
	operator, err := h.Person(OperatorKey)
	if err != nil {
		return nil, err
	}
	approver, err := h.Person(ApproverKey)
	if err != nil {
		return nil, err
	}
	secret, err := h.secret("case.key")
	if err != nil {
		return nil, err
	}
	return &clerk.Clerk{Genesis: h.Genesis, Hash: h.Genesis.Hash(), Member: h.Member.ID, Self: h.Member,
		Operator: operator, Approver: approver,
		CaseSecret: secret, Client: c, Random: rand.Reader}, nil
}

// NewKey makes a private key of the kind that its purpose needs and writes it.
func (h *Home) NewKey(name string) (crypto.Signer, error) {
	if name == DocumentKey { // Ed25519 inside a PDF fails in common readers
		return h.NewKeyOf(name, ledger.P256)
	}
	return h.NewKeyOf(name, ledger.Ed25519)
}

// NewKeyOf makes a private key of an algorithm and writes it.
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
	der, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, name, err)
	}
	return key, h.WriteSecret(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// ReplaceKey puts the key of a file in the place of another, which is kept under its
// number until nobody needs it.
func (h *Home) ReplaceKey(name, file string, old, next ledger.KeyID) error {
	retired := h.path(keysDir, fmt.Sprintf("%s-%d.pem", name, old))
	id := h.path(keysDir, name+".id")
	for _, err := range []error{
		os.Rename(h.path(keysDir, name+".pem"), retired),
		os.WriteFile(id, []byte(strconv.Itoa(int(next))+"\n"), 0o600),
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
		if _, err := os.Stat(h.path(keysDir, name+".pem")); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		}
	}
	return "", fault.New(fault.HomeExists, kind)
}

// WriteSecret writes a file of the keys directory, readable by the owner alone, and
// never over one that exists.
func (h *Home) WriteSecret(name string, b []byte) error {
	if err := os.MkdirAll(h.path(keysDir), 0o700); err != nil {
		return fault.Wrap(fault.BadConfig, h.Dir, err)
	}
	f, err := os.OpenFile(h.path(keysDir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(fault.HomeExists, name, err)
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, name, err)
	}
	return nil
}
