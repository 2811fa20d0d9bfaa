package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Receipt says that an institution's node took a filing of a record's subject (收件回执).
// The institution signs it with its credential key over
//
//	Digest("riviera/receipt/1", canonical CBOR of the receipt's fields in their order)
//
// It names nobody: the record by its random number, the filing by its digest. Whoever
// holds it can show that this filing was in the institution's hands at this time, also
// where the ledger does not hold it.
type Receipt struct {
	Version   int    `json:"version"`
	Network   string `json:"network"`
	Genesis   string `json:"genesis"`
	Record    string `json:"record"`
	Event     string `json:"event"`
	Serial    uint32 `json:"serial"`
	Filing    string `json:"filing"`             // digest that the subject signed
	Paper     string `json:"paper,omitempty"`    // commitment to the evidence handed in with it
	Received  string `json:"received"`           // RFC 3339, UTC, by the node's clock
	Envelope  string `json:"envelope"`           // in which the node sent it on
	Height    int64  `json:"height,omitempty"`   // block that holds it; 0: not yet
	Recorded  string `json:"recorded,omitempty"` // ledger time of that block
	Member    uint32 `json:"member"`
	NameZH    string `json:"name_zh"`
	NameEN    string `json:"name_en"`
	Key       string `json:"key"`       // W3C Multikey
	Signature string `json:"signature"` // base64
}

// ReceiptVersion is the version that this package reads and writes.
const ReceiptVersion = 1

// MaxReceipt bounds a receipt, in bytes.
const MaxReceipt = 16 << 10

func (r *Receipt) digest() wire.Hash {
	return wire.Digest("riviera/receipt/1", wire.Encode([]any{r.Version, r.Network, r.Genesis, r.Record, r.Event, r.Serial,
		r.Filing, r.Paper, r.Received, r.Envelope, r.Height, r.Recorded, r.Member, r.NameZH, r.NameEN, r.Key}))
}

// Sign signs the receipt with a credential key, Ed25519 or P-256; random serves the
// latter.
func (r *Receipt) Sign(random io.Reader, key crypto.Signer) error {
	r.Version, r.Key = ReceiptVersion, Multikey(key.Public())
	digest := r.digest()
	message, hash := digest[:], crypto.Hash(0)
	if _, elliptic := key.Public().(*ecdsa.PublicKey); elliptic {
		sum := sha256.Sum256(digest[:])
		message, hash = sum[:], crypto.SHA256
	}
	sig, err := key.Sign(random, message, hash)
	if err != nil {
		return fault.Wrap(fault.Internal, "receipt", err)
	}
	r.Signature = base64.StdEncoding.EncodeToString(sig)
	return nil
}

// ParseReceipt reads a receipt strictly.
func ParseReceipt(b []byte) (*Receipt, error) {
	if len(b) > MaxReceipt {
		return nil, fault.New(fault.TooLarge, "receipt")
	}
	if err := checkJSON(b, true); err != nil {
		return nil, fault.Wrap(fault.Malformed, "receipt", err)
	}
	r := new(Receipt)
	if err := decodeStrict(b, r); err != nil {
		return nil, fault.Wrap(fault.Malformed, "receipt", err)
	}
	if r.Version != ReceiptVersion {
		return nil, fault.New(fault.UnknownVersion, "receipt")
	}
	if again, err := json.Marshal(r); err != nil || !sameJSON(again, b) {
		return nil, fault.New(fault.Malformed, "receipt")
	}
	return r, r.check()
}

func (r *Receipt) check() error {
	for _, f := range []struct {
		where, value string
		size         int
	}{{"genesis", r.Genesis, 32}, {"record", r.Record, 16}, {"filing", r.Filing, 32}, {"envelope", r.Envelope, 32}, {"paper", r.Paper, 32}} {
		if b, err := hex.DecodeString(f.value); (err != nil || len(b) != f.size) && (f.where != "paper" || f.value != "") {
			return fault.New(fault.Malformed, "receipt: "+f.where)
		}
	}
	if at, err := time.Parse(time.RFC3339, r.Received); err != nil || at.Location() != time.UTC {
		return fault.New(fault.Malformed, "receipt: received")
	}
	if r.Event == "" || r.Height < 0 || r.Member == 0 {
		return fault.New(fault.Malformed, "receipt")
	}
	return nil
}

// ReceiptReport is the outcome of verifying a receipt.
type ReceiptReport struct {
	Verdict Verdict  `json:"verdict"`
	Sub     string   `json:"sub_indication,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Text    Texts    `json:"text"`
	Next    Texts    `json:"next"`
	Receipt *Receipt `json:"receipt,omitempty"` // once its signature has been found good
}

// VerifyReceipt checks a receipt under a trust file; nil is none. It says whether an
// institution of the network signed it, not that the ledger holds the filing: the height
// in it is the institution's word, which anyone can compare with the ledger.
func VerifyReceipt(b []byte, trust *Trust) ReceiptReport {
	r, err := ParseReceipt(b)
	if err != nil {
		return receiptReport("form", Failed, FormatFailure, nil)
	}
	key, err := ParseMultikey(r.Key)
	if err != nil || !r.signed(key) {
		return receiptReport("signature", Failed, SigCryptoFailure, nil)
	}
	switch {
	case trust == nil:
		return receiptReport("no-trust", Indeterminate, NoCertificateChain, r)
	case !slices.ContainsFunc(trust.chains(), func(c chain) bool { return r.Genesis == hex.EncodeToString(c.genesis[:]) }) || r.Network != trust.Network:
		return receiptReport("network", Indeterminate, NoCertificateChain, r)
	}
	known := false
	for _, k := range trust.Keys {
		if k.Member != r.Member || k.PublicKey != r.Key || k.Certificate != "" {
			continue
		}
		known = true
		if k.NameZH != r.NameZH || k.NameEN != r.NameEN {
			return receiptReport("name", Indeterminate, SigConstraints, r)
		}
		if r.Height == 0 || k.covers(r.Height) {
			return receiptReport("passed", Passed, "", r)
		}
	}
	if known {
		return receiptReport("period", Indeterminate, OutOfBounds, r)
	}
	return receiptReport("issuer", Indeterminate, NoCertificateChain, r)
}

func receiptReport(key string, v Verdict, sub string, r *Receipt) ReceiptReport {
	name := "verify.receipt." + key
	out := ReceiptReport{Verdict: v, Sub: sub, Reason: key, Text: texts(name), Next: texts(name + ".next"), Receipt: r}
	if v == Passed {
		out.Reason = ""
	}
	return out
}

// signed checks the signature under a key.
func (r *Receipt) signed(key crypto.PublicKey) bool {
	sig, err := base64.StdEncoding.Strict().DecodeString(r.Signature)
	if err != nil {
		return false
	}
	digest := r.digest()
	switch k := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(k, digest[:], sig)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(digest[:])
		return ecdsa.VerifyASN1(k, sum[:], sig)
	}
	return false
}
