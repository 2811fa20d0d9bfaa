package ledger

// writeSet is what a block changes: one write for each key, in the order in which the keys
// were first touched, which every node shares.
type writeSet struct {
	list []Write
	at   map[string]int32 // place in list
}

// writesPerOperation is about what one operation writes.
const writesPerOperation = 10

func newWriteSet(operations int) *writeSet {
	n := operations*writesPerOperation + 64
	return &writeSet{list: make([]Write, 0, n), at: make(map[string]int32, n)}
}

// put replaces the write of the same key, or comes last.
func (s *writeSet) put(w Write) {
	if i, there := s.at[string(w.Key)]; there {
		s.list[i] = w
		return
	}
	s.at[string(w.Key)] = int32(len(s.list))
	s.list = append(s.list, w)
}

func (s *writeSet) find(key []byte) (Write, bool) {
	if i, there := s.at[string(key)]; there {
		return s.list[i], true
	}
	return Write{}, false
}

// operations counts what a block asks for.
func (b *Block) operations() (n int) {
	for _, e := range b.Envelopes {
		if e != nil {
			n += len(e.Ops)
		}
	}
	return n
}
