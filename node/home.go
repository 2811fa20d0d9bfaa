package node

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/custody"
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
//	keys/service.pem    signs what the node sends by itself
//	keys/credential.pem signs credentials               keys/document.pem    signs PDFs
//	keys/parallel.pem   SM2 beside credentials, where the institution has one
//	keys/vault.key      seals bodies at rest            keys/case.key        makes case tags
//	keys/api.token      lets the institution's own people in at this node
//	data/               engine, ledger, vault
//	keys/*.id           numbers of keys that have replaced the first ones
//	imports/            journals of running imports
//	member.json         the institution's entry as it applied with it, where the genesis does not name it
//	trust.json          what a node that joined a running network believed at first
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

	// Ring opens the home's sealed files; passphrases are added before the first use. That
	// of the configured file is added by itself.
	Ring custody.Ring
	// Sealing is the passphrase under which keys that are made here are written; nil writes
	// them in the clear.
	Sealing []byte

	// With is the home that holds the approver's key where this one does not; nil for none.
	With *Home

	unlock    sync.Once
	unlockErr error // why the configured passphrase file gave none

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
	apiKeysFile = "api-keys.json"
)

// Names of an institution's keys, and the number that each has in the genesis document.
const (
	OperatorKey   = "operator"
	ApproverKey   = "approver"
	CredentialKey = "credential"
	DocumentKey   = "document"
	ParallelKey   = "parallel" // SM2; only where the institution signs with it
	ServiceKey    = "service"  // what the node sends by itself, and nothing that anybody decides
)

// Scopes is what the operating keys of a new home may sign. The two people's functions meet
// where an act needs both of them, and where a person is to be released.
var Scopes = map[string]ledger.Scope{
	OperatorKey: ledger.ScopePrepare | ledger.ScopeFavourable | ledger.ScopeCase | ledger.ScopeReport | ledger.ScopeGovern,
	ApproverKey: ledger.ScopeApprove | ledger.ScopeFavourable | ledger.ScopeGovern,
	ServiceKey:  ledger.ScopeService,
}

// Names of the node's own keys.
const (
	NodeKey      = "node"
	ConsensusKey = "consensus"
)

// FirstParallel numbers the SM2 key of a home that begins with one.
const FirstParallel ledger.KeyID = 6

// KeyIDs numbers the keys that every new home holds.
var KeyIDs = map[string]ledger.KeyID{OperatorKey: 1, ApproverKey: 2, CredentialKey: 3, DocumentKey: 4, ServiceKey: 5}

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
func (h *Home) APIKeys() string { return h.path(apiKeysFile) }

// RunsNode reports whether a node runs from this home; the authority's does not.
func (h *Home) RunsNode() bool { return h.Config.Engine.Listen != "" }

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

// Clerk signs for the institution and speaks through c. The approver's key is opened when
// something adverse is to be signed, and need not lie here.
func (h *Home) Clerk(c *client.Client) (*clerk.Clerk, error) {
	operator, err := h.Person(OperatorKey)
	if err != nil {
		return nil, err
	}
	secret, err := h.secret("case.key")
	if err != nil {
		return nil, err
	}
	return &clerk.Clerk{Genesis: h.Genesis, Hash: h.Genesis.Hash(), Member: h.Member.ID, Self: h.Member,
		Operator: operator, Approver: h.Second,
		CaseSecret: secret, Client: c, Random: rand.Reader}, nil
}
