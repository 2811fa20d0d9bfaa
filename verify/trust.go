package verify

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// TrustVersion is the version of the trust file that this package reads and writes.
const TrustVersion = 1

// MaxTrust bounds a trust file, in bytes: fifty years of daily roots and changes of
// keys stay below.
const MaxTrust = 16 << 20

// Trust is the trust file: everything that a verifier takes on faith. It is a pure
// function of the ledger up to Height, so that every node gives the same bytes and two
// nodes' files can be compared. Whoever verifies gets it once, from a source of its
// own choosing, and needs no network after that.
type Trust struct {
	Version     int          `json:"version"`
	Network     string       `json:"network"`                // name for people
	Genesis     Hex          `json:"genesis"`                // digest of the genesis document
	ChainID     string       `json:"chain_id"`               // the engine's name of the chain
	TrainingDay string       `json:"training_day,omitempty"` // real length of a ledger day, e.g. "1s"; "" is a day
	Height      int64        `json:"height"`                 // last block that the file knows
	IssuedAt    time.Time    `json:"issued_at"`              // real time of that block, UTC, whole seconds
	Epochs      []TrustEpoch `json:"epochs"`                 // ascending by height, complete up to Height
	Keys        []TrustKey   `json:"keys"`                   // document keys of the members, retired ones too
	Reversals   []Reversal   `json:"reversals,omitempty"`    // certificates that a court has reversed
	Roots       []DailyRoot  `json:"roots,omitempty"`        // one root of the log a day, ascending

	Predecessors []TrustPredecessor `json:"predecessors,omitempty"` // ended chains that this one continues, oldest first
}

// TrustEpoch is a set of recorders that decides blocks from a height on.
type TrustEpoch struct {
	FromHeight int64            `json:"from_height"`
	Validators []TrustValidator `json:"validators"` // in the engine's order
	Hash       Hex              `json:"hash"`       // of the set, as in block headers
}

// TrustValidator is one recorder's voting key: base64 of 32 bytes of Ed25519.
type TrustValidator struct {
	PubKey string `json:"pub_key"`
	Power  int64  `json:"power"`
	Member uint32 `json:"member,omitempty"` // whose it is; a file without cannot judge attestations
}

// TrustKey is a member's document key. A key with an X.509 certificate signs PDFs, one
// without signs credentials. Heights are those of the ledger proofs it may sign beside.
type TrustKey struct {
	Member      uint32 `json:"member"`
	NameZH      string `json:"name_zh"`
	NameEN      string `json:"name_en"`
	Algorithm   string `json:"algorithm"`             // "Ed25519", "P-256" or "SM2"
	PublicKey   string `json:"public_key"`            // W3C Multikey
	Certificate string `json:"certificate,omitempty"` // PEM, one X.509 certificate over the same key
	FromHeight  int64  `json:"from_height"`
	ToHeight    int64  `json:"to_height,omitempty"` // last height, 0 while in use
}

// DailyRoot is the log's root at the end of a day. It bears witness to everything
// before it, also when the keys that signed that are long in other hands.
type DailyRoot struct {
	Day  string `json:"day"` // 2006-01-02, UTC+8
	Size uint64 `json:"size"`
	Root Hex    `json:"root"`
}

// Names of key algorithms in a trust file.
const (
	AlgorithmEd25519 = "Ed25519"
	AlgorithmP256    = "P-256"
	AlgorithmSM2     = "SM2" // signs beside credentials, never alone
)

// Encode returns the file. The same Trust gives the same bytes everywhere.
func (t *Trust) Encode() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	return encodeFile(t)
}

// ParseTrust reads a trust file. Unknown or duplicate members, and anything that
// contradicts itself, are fault.Malformed; another version is fault.UnknownVersion.
func ParseTrust(b []byte) (*Trust, error) {
	if len(b) > MaxTrust {
		return nil, fault.New(fault.TooLarge, "trust")
	}
	if err := checkJSON(b, true); err != nil {
		return nil, fault.Wrap(fault.Malformed, "trust", err)
	}
	var version struct{ Version int }
	if err := json.Unmarshal(b, &version); err != nil {
		return nil, fault.Wrap(fault.Malformed, "trust", err)
	}
	if version.Version != TrustVersion {
		return nil, fault.New(fault.UnknownVersion, "trust")
	}
	var t Trust
	if err := decodeStrict(b, &t); err != nil {
		return nil, fault.Wrap(fault.Malformed, "trust", err)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	again, err := json.Marshal(&t)
	if err != nil || !sameJSON(again, b) { // a member in another case, a number in another form
		return nil, fault.New(fault.Malformed, "trust")
	}
	return &t, nil
}

func (t *Trust) check() error {
	switch {
	case t.Network == "" || t.ChainID == "" || t.Genesis == Hex{}:
		return fault.New(fault.Malformed, "trust network")
	case t.Height < 1 || t.IssuedAt.IsZero() || t.IssuedAt.Nanosecond() != 0 || t.IssuedAt.Location() != time.UTC:
		return fault.New(fault.Malformed, "trust issued_at")
	case len(t.Epochs) == 0:
		return fault.New(fault.Malformed, "trust epochs")
	}
	if _, err := parseDay(t.TrainingDay); err != nil {
		return err
	}
	last := int64(0)
	for _, e := range t.Epochs {
		set, err := e.set()
		if err != nil {
			return err
		}
		if e.FromHeight <= last || set.Hash() != wire.Hash(e.Hash) {
			return fault.New(fault.Malformed, "trust epochs")
		}
		last = e.FromHeight
	}
	for i := range t.Keys {
		if err := t.Keys[i].check(); err != nil {
			return err
		}
	}
	if err := t.checkPredecessors(); err != nil {
		return err
	}
	if err := t.checkReversals(); err != nil {
		return err
	}
	return t.checkRoots()
}

// checkRoots: days ascend and are over when the file is made, and a log never shrinks.
func (t *Trust) checkRoots() error {
	today := credit.Moment(t.IssuedAt.Unix()).Date()
	for i, r := range t.Roots {
		day, err := credit.ParseDate(r.Day)
		if err != nil || day >= today || r.Size == 0 ||
			i > 0 && (r.Day <= t.Roots[i-1].Day || r.Size < t.Roots[i-1].Size) {
			return fault.New(fault.Malformed, "trust roots")
		}
	}
	return nil
}

// NewTrustEpoch describes a set of recorders.
func NewTrustEpoch(from int64, set proof.Validators) TrustEpoch {
	e := TrustEpoch{FromHeight: from, Hash: Hex(set.Hash())}
	for _, v := range set {
		e.Validators = append(e.Validators, TrustValidator{PubKey: base64.StdEncoding.EncodeToString(v.PubKey[:]), Power: v.Power})
	}
	return e
}

func (e TrustEpoch) set() (proof.Validators, error) {
	var set proof.Validators
	for _, v := range e.Validators {
		key, err := base64.StdEncoding.Strict().DecodeString(v.PubKey)
		if err != nil || len(key) != 32 {
			return nil, fault.New(fault.Malformed, "trust validators")
		}
		set = append(set, proof.Validator{PubKey: [32]byte(key), Power: v.Power})
	}
	if set.Power() == 0 {
		return nil, fault.New(fault.Malformed, "trust validators")
	}
	return set, nil
}

func (k *TrustKey) check() error {
	want, err := k.kind()
	if err != nil {
		return err
	}
	if k.Algorithm != want || k.Member == 0 || k.FromHeight < 0 || k.ToHeight != 0 && k.ToHeight < k.FromHeight {
		return fault.New(fault.Malformed, "trust keys")
	}
	if k.Certificate == "" {
		return nil
	}
	cert, err := k.x509()
	if err != nil {
		return err
	}
	if Multikey(cert.PublicKey) != k.PublicKey {
		return fault.New(fault.Malformed, "trust certificate")
	}
	return nil
}

// kind names the algorithm of the public key.
func (k *TrustKey) kind() (string, error) {
	if _, ok := parseSM2(k.PublicKey); ok && k.Certificate == "" {
		return AlgorithmSM2, nil
	}
	key, err := ParseMultikey(k.PublicKey)
	if err != nil {
		return "", err
	}
	if SuiteOf(key) == SuiteECDSA {
		return AlgorithmP256, nil
	}
	return AlgorithmEd25519, nil
}

// x509 reads the key's certificate: one PEM block and nothing else.
func (k *TrustKey) x509() (*X509, error) {
	block, rest := pem.Decode([]byte(k.Certificate))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) != 0 {
		return nil, fault.New(fault.Malformed, "trust certificate")
	}
	cert, err := ParseX509(block.Bytes)
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "trust certificate", err)
	}
	return cert, nil
}

// covers reports whether the key was in use at a height.
func (k *TrustKey) covers(height int64) bool { return k.FromHeight <= height && k.outlives(height) }

// outlives reports whether the key was not retired before a height. A key may be newer than
// what it signs for: documents of an old event are made with the key of today.
func (k *TrustKey) outlives(height int64) bool { return k.ToHeight == 0 || height <= k.ToHeight }

// epochs returns the pinned sets for package proof.
func (t *Trust) epochs() []proof.Epoch {
	out := make([]proof.Epoch, len(t.Epochs))
	for i, e := range t.Epochs {
		out[i] = proof.Epoch{FromHeight: e.FromHeight, Hash: wire.Hash(e.Hash)}
	}
	return out
}

// Since is the height from which the last set of recorders decides that the file pins.
func (t *Trust) Since() int64 { return t.Epochs[len(t.Epochs)-1].FromHeight }

// Believe reports whether recorders whom the file vouches for, or to whom those have handed
// over, have decided a block now: nil, or fault.TrustOutdated. A set that was followed by
// another is not believed, for its keys may be in other hands; nor is a file older than
// MaxTrustAge about what came after it.
func (t *Trust) Believe(handovers []proof.LightBlock, target proof.LightBlock, now time.Time) error {
	found, err := t.verify(t.chainOf(t.Genesis, t.ChainID), handovers, target)
	switch {
	case err != nil:
		return fault.Wrap(fault.TrustOutdated, "trust", err)
	case found.Retired:
		return fault.Newf(fault.TrustOutdated, "trust", "other recorders have followed those of height %d", target.Header.Height)
	case now.Sub(t.IssuedAt) > MaxTrustAge && target.Header.Height > t.Height:
		return fault.Newf(fault.TrustOutdated, "trust", "the file is older than three years")
	}
	return nil
}

// parseDay reads the real length of a ledger day: "" for a day, else a positive Go
// duration in its shortest spelling.
func parseDay(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d.String() != s {
		return 0, fault.New(fault.Malformed, "training day")
	}
	return d, nil
}
