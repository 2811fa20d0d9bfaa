package ledger

import (
	"crypto/sha256"
	"math/bits"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Vote says whether a recorder took part in deciding the block before. The engine's
// commit tells, so every node counts the same.
type Vote struct {
	Address [20]byte // of the consensus key
	Present bool
}

// attendance is who took part in the last blocks: for each key that votes a bit a block.
type attendance struct {
	list []seat
}

type seat struct {
	_       struct{} `cbor:",toarray"`
	Address [20]byte
	Seen    uint8  // blocks counted, at most attendanceWindow
	Blocks  uint64 // bit 0 is the last one; 1 is present
}

var attendanceKey = []byte("cp")

func openAttendance(r Reader) (*attendance, error) {
	b, err := r.Get(attendanceKey)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	a := &attendance{}
	if b == nil {
		return a, nil
	}
	return a, wire.DecodeTrusted(b, &a.list)
}

func (a *attendance) encode() []byte {
	if len(a.list) == 0 {
		return wire.Encode([]seat{})
	}
	return wire.Encode(a.list)
}

func (a *attendance) hash() wire.Hash { return wire.Digest("riviera/attendance/1", a.encode()) }

// note counts a block's votes. Keys that vote no more are forgotten.
func (a *attendance) note(votes []Vote) {
	if len(votes) == 0 {
		return // the first block has none before it
	}
	next := make([]seat, len(votes))
	for i, v := range votes {
		s := seat{Address: v.Address}
		if at := a.find(v.Address); at >= 0 {
			s = a.list[at]
		}
		s.Seen = min(s.Seen+1, attendanceWindow)
		s.Blocks <<= 1
		if v.Present {
			s.Blocks |= 1
		}
		next[i] = s
	}
	a.list = next
}

func (a *attendance) find(address [20]byte) int {
	return slices.IndexFunc(a.list, func(s seat) bool { return s.Address == address })
}

// count returns in how many of the blocks counted a key took part.
func (a *attendance) count(key []byte) (took, of int) {
	at := a.find(AddressOf(key))
	if at < 0 {
		return 0, 0
	}
	s := a.list[at]
	return bits.OnesCount64(s.Blocks), int(s.Seen)
}

// present reports whether a key took part in most of the last blocks. One that has never
// voted is absent: nobody knows yet that its node works.
func (a *attendance) present(key []byte) bool {
	took, of := a.count(key)
	return of > 0 && 2*took > of
}

// AddressOf is the engine's address of an Ed25519 key.
func AddressOf(key []byte) [20]byte {
	h := sha256.Sum256(key)
	return [20]byte(h[:20])
}

// Attendance returns in how many of the last blocks a recorder took part.
func (v *View) Attendance(m *Member) (took, of int, err error) {
	a, err := openAttendance(v.reader)
	if err != nil {
		return 0, 0, err
	}
	took, of = a.count(m.Consensus)
	return took, of, nil
}
