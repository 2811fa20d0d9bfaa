package api

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// The text of an API key: prefix, 32 characters of 160 random bits, 4 characters of
// check, so that a mistyped key is told from an unknown one and a scanner for leaked
// secrets can recognise it.
const (
	keyPrefix    = "rvk_"
	keyRandom    = 20 // bytes
	keyCheckLen  = 4  // characters
	keyTag       = "riviera/api-key/1"
	keyCheckTag  = "riviera/api-key-check/1"
	keyIDLen     = 8 // characters of the hash, in hex
	keyAlphabet  = "abcdefghijkmnpqrstuvwxyz23456789"
	keyTextLen   = len(keyPrefix) + keyRandom*8/5 + keyCheckLen
	maxKeyName   = 100
	maxKeyReason = 200
)

var keyEncoding = base32.NewEncoding(keyAlphabet).WithPadding(base32.NoPadding)

// Key is what the node keeps of an API key.
type Key struct {
	ID         string `json:"id"`   // first 8 hex digits of the hash
	Name       string `json:"name"` // of the third party
	Member     uint32 `json:"member"`
	Purpose    string `json:"purpose"` // for which the key was given out
	Hash       string `json:"hash"`
	DailyQuota int    `json:"daily_quota"` // standing queries a day; 0: none
	PerSecond  int    `json:"per_second"`  // requests; 0: 10
	Disabled   bool   `json:"disabled,omitempty"`
	Created    string `json:"created,omitempty"`
}

// NewKey makes an API key. Its text is returned this once; the Key holds its hash.
// A third party needs a name, and a key a purpose and a quota of at least 1.
func NewKey(name, purpose string, member uint32, dailyQuota int, at time.Time) (text string, k Key, err error) {
	for _, f := range [...]struct {
		where, value string
		limit        int
	}{{"name", name, maxKeyName}, {"purpose", purpose, maxKeyReason}} {
		switch {
		case strings.TrimSpace(f.value) == "":
			return "", Key{}, fault.New(fault.FieldMissing, f.where)
		case len([]rune(f.value)) > f.limit:
			return "", Key{}, fault.New(fault.FieldTooLong, f.where)
		}
	}
	if dailyQuota < 1 {
		return "", Key{}, fault.New(fault.FieldInvalid, "daily_quota")
	}
	var b [keyRandom]byte
	_, _ = rand.Read(b[:]) // never fails
	text = keyPrefix + keyEncoding.EncodeToString(b[:])
	text += keyCheck(text)
	h := hashKey(text)
	return text, Key{
		ID: h[:keyIDLen], Name: name, Member: member, Purpose: purpose, Hash: h,
		DailyQuota: dailyQuota, Created: at.UTC().Format(time.RFC3339),
	}, nil
}

// checkKeyText tells a mistyped key: fault.NotAuthenticated.
func checkKeyText(text string) error {
	if len(text) != keyTextLen || !strings.HasPrefix(text, keyPrefix) {
		return fault.Newf(fault.NotAuthenticated, "Authorization", "not an API key")
	}
	if body := text[:keyTextLen-keyCheckLen]; keyCheck(body) != text[len(body):] {
		return fault.Newf(fault.NotAuthenticated, "Authorization", "mistyped API key")
	}
	return nil
}

func keyCheck(text string) string {
	h := wire.Digest(keyCheckTag, []byte(text))
	return keyEncoding.EncodeToString(h[:])[:keyCheckLen]
}

// hashKey needs no salt and no slow hash: the key has 160 random bits.
func hashKey(text string) string {
	h := wire.Digest(keyTag, []byte(text))
	return hex.EncodeToString(h[:])
}
