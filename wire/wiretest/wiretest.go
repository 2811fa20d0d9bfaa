// Package wiretest holds types that read and write their own bytes against what their
// tags say. It is imported by tests alone.
package wiretest

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/riviera-ledger/riviera/wire"
)

// Agree reads b into own, a pointer to a type that reads its own bytes, and into tags, a
// pointer to a type with the same fields and no methods. Both accept b, hold the same and
// are written as b, or both refuse it.
func Agree(t testing.TB, b []byte, own wire.Readable, tags any) {
	t.Helper()
	given := bytes.Clone(b)
	err, other := wire.Decode(given, own), wire.Decode(b, tags)
	if (err == nil) != (other == nil) {
		t.Fatalf("%x: read by hand: %v, by its tags: %v", b, err, other)
	}
	if err != nil {
		return
	}
	want := reflect.ValueOf(tags).Elem()
	got := reflect.ValueOf(own).Elem().Convert(want.Type())
	if !reflect.DeepEqual(got.Interface(), want.Interface()) {
		t.Fatalf("%x: read by hand %+v, by its tags %+v", b, got, want)
	}
	if again := wire.Encode(own); !bytes.Equal(again, b) {
		t.Fatalf("%x is written as %x", b, again)
	}
}

// Vary calls fn with seed and with everything that a small change makes of it: a byte
// replaced, left out or doubled, the end cut off.
func Vary(seed []byte, fn func(b []byte)) {
	fn(seed)
	for i := range seed {
		for _, c := range []byte{0x00, 0x01, 0x18, 0x19, 0x1b, 0x20, 0x3b, 0x40, 0x58, 0x60, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xf4, 0xf5, 0xf6, 0xf7, 0xf9,
			0xff, seed[i] + 1, seed[i] - 1, seed[i] ^ 0x20} {
			b := bytes.Clone(seed)
			b[i] = c
			fn(b)
		}
		fn(append(bytes.Clone(seed[:i]), seed[i+1:]...))
		fn(append(append(bytes.Clone(seed[:i]), seed[i]), seed[i:]...))
		fn(seed[:i])
	}
	fn(append(bytes.Clone(seed), 0))
}

// Fill gives every member of what v points to a value that is not zero, so that a member
// that was added is not forgotten where values are written by hand.
func Fill(v any) { fill(reflect.ValueOf(v).Elem()) }

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.SetMapIndex(key, value)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	}
}
