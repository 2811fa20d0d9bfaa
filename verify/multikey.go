package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"math/big"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

// base58 is the Bitcoin alphabet, which multibase names "z".
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// maxMultibase bounds a multibase string; a P-256 signature needs 89 characters.
const maxMultibase = 200

// EncodeMultibase writes b as base58btc with its prefix z.
func EncodeMultibase(b []byte) string {
	var out []byte
	n, radix, digit := new(big.Int).SetBytes(b), big.NewInt(58), new(big.Int)
	for n.Sign() > 0 {
		n.DivMod(n, radix, digit)
		out = append(out, base58[digit.Int64()])
	}
	for i := 0; i < len(b) && b[i] == 0; i++ {
		out = append(out, base58[0])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return "z" + string(out)
}

// DecodeMultibase reads what EncodeMultibase writes.
func DecodeMultibase(s string) ([]byte, error) {
	if len(s) < 2 || s[0] != 'z' || len(s) > maxMultibase {
		return nil, fault.New(fault.Malformed, "multibase")
	}
	n, radix, zeros := new(big.Int), big.NewInt(58), 0
	for i, c := range []byte(s[1:]) {
		digit := strings.IndexByte(base58, c)
		if digit < 0 {
			return nil, fault.New(fault.Malformed, "multibase")
		}
		if digit == 0 && zeros == i {
			zeros++
		}
		n.Add(n.Mul(n, radix), big.NewInt(int64(digit)))
	}
	return append(make([]byte, zeros), n.Bytes()...), nil
}

// Multicodec prefixes of the kinds of key in use.
var (
	prefixEd25519 = [2]byte{0xed, 0x01}
	prefixP256    = [2]byte{0x80, 0x24}
	prefixSM2     = [2]byte{0x86, 0x24} // of parallel signatures alone
)

// Multikey writes an Ed25519 or P-256 public key in W3C Multikey form, "" for any
// other kind.
func Multikey(k crypto.PublicKey) string {
	switch k := k.(type) {
	case ed25519.PublicKey:
		return EncodeMultibase(append(prefixEd25519[:], k...))
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil || k.Curve != elliptic.P256() || len(point) != 65 {
			return ""
		}
		compressed := append([]byte{2 + point[64]&1}, point[1:33]...)
		return EncodeMultibase(append(prefixP256[:], compressed...))
	}
	return ""
}

// ParseMultikey reads what Multikey writes.
func ParseMultikey(s string) (crypto.PublicKey, error) {
	b, err := DecodeMultibase(s)
	if err != nil {
		return nil, err
	}
	if len(b) < 2 {
		return nil, fault.New(fault.Malformed, "multikey")
	}
	switch prefix, key := [2]byte(b), b[2:]; {
	case prefix == prefixEd25519 && len(key) == ed25519.PublicKeySize:
		return ed25519.PublicKey(key), nil
	case prefix == prefixP256 && len(key) == 33:
		//lint:ignore SA1019 the standard library has no other reader of compressed points
		x, y := elliptic.UnmarshalCompressed(elliptic.P256(), key)
		if x == nil {
			return nil, fault.New(fault.Malformed, "multikey")
		}
		return &ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y}, nil
	}
	return nil, fault.New(fault.Malformed, "multikey")
}

// KeyURL names a key as a did:key verification method.
func KeyURL(multikey string) string { return "did:key:" + multikey + "#" + multikey }

// ParseKeyURL returns the multikey that a did:key verification method names.
func ParseKeyURL(s string) (string, error) {
	did, fragment, ok := strings.Cut(s, "#")
	multikey, is := strings.CutPrefix(did, "did:key:")
	if !ok || !is || multikey != fragment {
		return "", fault.New(fault.Malformed, "verification method")
	}
	return multikey, nil
}
