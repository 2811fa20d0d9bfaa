package ledger

import (
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Kinds of marks, as they stand in keys.
const (
	marksOfAnchors    = 'a' // last anchored hour of queries
	marksOfWatermarks = 'w' // newest watermark of erasures
)

// marks hold one value for each member that has said something again and again, of which
// the newest counts: ascending by member.
type marks struct {
	kind byte
	list []mark
}

type mark struct {
	member MemberID
	value  []byte // never changed in place
}

func markKey(kind byte, m MemberID) []byte {
	return binary.BigEndian.AppendUint32([]byte{'c', kind}, uint32(m))
}

func openMarks(r Reader, kind byte) (*marks, error) {
	s := &marks{kind: kind}
	err := r.Scan([]byte{'c', kind}, []byte{'c', kind + 1}, func(k, v []byte) bool {
		s.list = append(s.list, mark{MemberID(binary.BigEndian.Uint32(k[2:])), slices.Clone(v)})
		return true
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	return s, nil
}

func (s *marks) find(m MemberID) (int, bool) {
	return slices.BinarySearchFunc(s.list, m, func(x mark, m MemberID) int { return int(int64(x.member) - int64(m)) })
}

// of returns a member's value, nil where there is none.
func (s *marks) of(m MemberID) []byte {
	if i, ok := s.find(m); ok {
		return s.list[i].value
	}
	return nil
}

func (s *marks) put(set func(k, v []byte), m MemberID, value []byte) {
	i, ok := s.find(m)
	if ok {
		s.list[i].value = value
	} else {
		s.list = slices.Insert(s.list, i, mark{m, value})
	}
	set(markKey(s.kind, m), value)
}

func (s *marks) hash(tag string) wire.Hash {
	var b []byte
	for _, x := range s.list {
		b = append(append(b, markKey(s.kind, x.member)...), x.value...)
	}
	return wire.Digest(tag, b)
}
