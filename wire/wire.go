// Package wire is the one encoding of everything that is hashed, signed, stored or
// sent: canonical CBOR (RFC 8949 core deterministic encoding). The normative schema
// is riviera.cddl beside this file.
//
// Invariants:
//  1. What decodes re-encodes to the same bytes (FuzzDecode). Decode refuses
//     indefinite lengths, duplicate and unknown fields, tags, floats, trailing bytes
//     and every non-shortest form.
//  2. A type that writes and reads its bytes itself (Appender, Readable) does so as its
//     tags say (wiretest.TestByHand, and a fuzz test beside each such type).
//  3. Every hash and signature is over Digest, which separates domains by tag.
package wire

import (
	"bytes"
	"crypto/sha256"
	"reflect"
	"sync"

	"github.com/fxamacker/cbor/v2"

	"github.com/riviera-ledger/riviera/fault"
)

// Hash is a SHA-256 value.
type Hash [32]byte

// Zero reports whether every byte is zero.
func (h Hash) Zero() bool { return h == Hash{} }

var (
	encoder = mustEncoder()
	decoder = mustDecoder()
)

func mustEncoder() cbor.UserBufferEncMode {
	o := cbor.CoreDetEncOptions()
	o.NilContainers = cbor.NilContainerAsEmpty
	o.TagsMd = cbor.TagsForbidden
	m, err := o.UserBufferEncMode()
	if err != nil {
		panic(err) // options are constants: a broken build, not a broken input
	}
	return m
}

func mustDecoder() cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels:   maxLevels,
		MaxArrayElements:  maxList,
		MaxMapPairs:       maxPairs,
		UTF8:              cbor.UTF8RejectInvalid,
		DefaultMapType:    reflect.TypeOf(map[string]any(nil)),
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}

// Encode returns v's canonical bytes. It fails only for a type that CBOR cannot
// carry, which is a programming error.
func Encode(v any) []byte {
	if a, ok := v.(Appender); ok {
		return a.AppendWire(nil)
	}
	b, err := encoder.Marshal(v)
	if err != nil {
		panic("wire: cannot encode " + reflect.TypeOf(v).String() + ": " + err.Error())
	}
	return b
}

// Decode fills v from canonical bytes and refuses any other form of them with
// fault.Malformed.
func Decode(b []byte, v any) error {
	if r, ok := v.(Readable); ok {
		return read(b, r)
	}
	if err := decoder.Unmarshal(b, v); err != nil {
		return fault.Wrap(fault.Malformed, "", err)
	}
	return canonical(b, v)
}

// scratch holds buffers for what is encoded only to be compared.
var scratch = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// canonical refuses bytes that are not what v encodes to.
func canonical(b []byte, v any) error {
	again := scratch.Get().(*bytes.Buffer)
	defer scratch.Put(again)
	again.Reset()
	if err := encoder.MarshalToBuffer(v, again); err != nil {
		return fault.Wrap(fault.Malformed, "", err)
	}
	if !bytes.Equal(again.Bytes(), b) {
		return fault.Newf(fault.Malformed, "", "not in canonical form")
	}
	return nil
}

// DecodeTrusted is Decode without the canonical check, for bytes that this node
// wrote itself.
func DecodeTrusted(b []byte, v any) error {
	if r, ok := v.(Readable); ok {
		return read(b, r)
	}
	if err := decoder.Unmarshal(b, v); err != nil {
		return fault.Wrap(fault.Malformed, "", err)
	}
	return nil
}

// Digest is SHA-256 over one length byte of the tag, the tag and the parts. The tag
// names the domain ("riviera/envelope/1") so that bytes signed or hashed for one
// purpose never serve another. Parts are not delimited: the caller fixes their
// lengths or passes one encoding.
func Digest(tag string, parts ...[]byte) Hash {
	var buf [512]byte
	b := append(buf[:0], byte(len(tag)))
	b = append(b, tag...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return sha256.Sum256(b)
}

// Raw is an encoded value inside another one, kept as its bytes. Decode does not look
// into it: whoever decodes it checks its form.
type Raw = cbor.RawMessage
