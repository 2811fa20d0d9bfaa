package proof

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

var someRecord = [16]byte{0x7a, 0x11}

func someUnits(n int) [][]byte {
	units := make([][]byte, n)
	for i := range units {
		units[i] = fmt.Appendf(nil, "unit %d", i)
	}
	return units
}

func TestOpeningShowsOnlyWhatIsOpened(t *testing.T) {
	secret, units := Secret{1}, someUnits(9)
	c := Commit(someRecord, secret, units)
	for _, indices := range [][]int{nil, {0}, {8}, {0, 1, 8}, {0, 1, 2, 3, 4, 5, 6, 7, 8}} {
		o := Open(secret, units, indices...)
		if err := o.Verify(someRecord, c); err != nil {
			t.Errorf("%v: %v", indices, err)
		}
		if len(o.Opened) != len(indices) {
			t.Errorf("%v: %d opened", indices, len(o.Opened))
		}
	}
}

func TestOpeningRefusesAnyChange(t *testing.T) {
	secret, units := Secret{1}, someUnits(9)
	c := Commit(someRecord, secret, units)
	for name, change := range map[string]func(*Opening){
		"unit":         func(o *Opening) { o.Opened[0].Unit = []byte("unit 1 ") },
		"salt":         func(o *Opening) { o.Opened[0].Salt[15] ^= 1 },
		"index":        func(o *Opening) { o.Opened[0].Index = 2 },
		"index below":  func(o *Opening) { o.Opened[0].Index = -1 },
		"index above":  func(o *Opening) { o.Opened[0].Index = 9 },
		"leaf":         func(o *Opening) { o.Leaves[5][0] ^= 1 },
		"leaf missing": func(o *Opening) { o.Leaves = o.Leaves[:8] },
		"leaf more":    func(o *Opening) { o.Leaves = append(o.Leaves, wire.Hash{}) },
	} {
		o := Open(secret, units, 1)
		change(&o)
		if err := o.Verify(someRecord, c); !fault.Is(err, fault.CommitmentMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if Commit(someRecord, Secret{2}, units) == c {
		t.Error("another secret, the same commitment")
	}
}

func TestSaltsDiffer(t *testing.T) {
	seen := map[Salt]int{}
	for i, s := range Salts(Secret{3}, 255) {
		if j, twice := seen[s]; twice {
			t.Fatalf("units %d and %d share a salt", i, j)
		}
		seen[s] = i
	}
	if Salts(Secret{3}, 2)[1] != Salts(Secret{3}, 255)[1] {
		t.Error("a salt depends on how many there are")
	}
}

// TestCommitmentIsOfOneRecord: a commitment shown under another record opens to nothing,
// and what committed to no record yet is no commitment of today.
func TestCommitmentIsOfOneRecord(t *testing.T) {
	secret, units := Secret{1}, someUnits(9)
	c, o := Commit(someRecord, secret, units), Open(secret, units, 0, 4)
	if err := o.Verify(someRecord, c); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another record":           o.Verify([16]byte{0x7a, 0x12}, c),
		"no record":                o.Verify([16]byte{}, c),
		"the former form":          o.VerifyUnbound(c),
		"a former one, under this": o.Verify(someRecord, fold("riviera/body/1", nil, o.Leaves)),
	} {
		if !fault.Is(err, fault.CommitmentMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := o.VerifyUnbound(fold("riviera/body/1", nil, o.Leaves)); err != nil {
		t.Errorf("the former form: %v", err)
	}
}

// TestCommitmentVectors fixes the bytes. They were computed from the formula with
// another language's SHA-256 and HMAC.
func TestCommitmentVectors(t *testing.T) {
	for n, want := range map[int]string{
		1: "169ca9009ca16894717359fbdeb150de2165c9761259404ccfc94393a827a5bf",
		9: "5f5cce08f2c5ddeee9847e47e6656f26ed7355cfb062ea74c3507b58a3871ab1",
	} {
		if got := commitmentOf(n); got != want {
			t.Errorf("%d units: %s, want %s", n, got, want)
		}
	}
}

func commitmentOf(n int) string {
	c := Commit(someRecord, Secret{1}, someUnits(n))
	return hex.EncodeToString(c[:])
}

// TestSalts: salts are halves of HMAC-SHA-256 as the standard library computes it.
func TestSalts(t *testing.T) {
	for n := range 12 {
		secret := Secret{byte(n), 31: 7}
		for i, salt := range Salts(secret, n) {
			mac := hmac.New(sha256.New, secret[:])
			mac.Write([]byte("riviera/salt/1"))
			mac.Write([]byte{byte(i / 2)})
			if want := Salt(mac.Sum(nil)[16*(i%2):][:16]); salt != want {
				t.Errorf("salt %d of %d is %x, want %x", i, n, salt, want)
			}
		}
	}
}
