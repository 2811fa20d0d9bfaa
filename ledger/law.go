package ledger

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// legislation is the contract documents on their way into force, and what follows from one that
// has come into force.
type legislation struct {
	lawHead
	pending []*pending // ascending by kind: at most one of each
	saved   []byte     // lawHead as it was last written
}

// lawHead is the part of it that is one value of the state.
type lawHead struct {
	Live    []liveCount `cbor:"1,keyasint,omitempty"` // ascending by contract
	Next    uint64      `cbor:"2,keyasint,omitempty"` // record at which bringing records under a new version goes on
	End     uint64      `cbor:"3,keyasint,omitempty"` // and at which it ends
	Adopted []adoption  `cbor:"4,keyasint,omitempty"` // calendars after those of the genesis document
}

// liveCount is how many records of a contract have not ended.
type liveCount struct {
	_        struct{} `cbor:",toarray"`
	Contract uint32
	Records  uint64
}

// adoption is when a calendar came into force: its event's place in the log and moment.
type adoption struct {
	Index uint64        `cbor:"1,keyasint"`
	At    credit.Moment `cbor:"2,keyasint"`

	year     credit.Year
	calendar *credit.Calendar
}

// enacted is a contract that has come into force after genesis. Its text lies under its
// hash.
type enacted struct {
	Hash  wire.Hash     `cbor:"1,keyasint"`
	Since credit.Moment `cbor:"2,keyasint"` // from when it holds
}

// pending is a proposal with its document, compiled.
type pending struct {
	Proposal
	doc *contract.Contract
}

func comparePending(a, b *pending) int { return cmp.Compare(a.Kind, b.Kind) }

var lawKey = []byte("lh")

func contractKey(number uint32) []byte   { return binary.BigEndian.AppendUint32([]byte("lc"), number) }
func proposalKey(hash wire.Hash) []byte  { return append([]byte("lp"), hash[:]...) }
func contractText(hash wire.Hash) []byte { return append([]byte("ls"), hash[:]...) }

// loadLaw puts the contracts that have come into force since genesis into the
// configuration and opens what is being decided.
func (l *Ledger) loadLaw() error {
	head, err := readLawHead(l.reader)
	if err != nil {
		return err
	}
	l.law = &legislation{lawHead: head}
	if l.law.saved, err = l.reader.Get(lawKey); err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	var bad error
	err = l.reader.Scan([]byte("lc"), []byte("ld"), func(k, v []byte) bool {
		var e enacted
		if bad = wire.DecodeTrusted(v, &e); bad != nil {
			return false
		}
		var doc *contract.Contract
		if doc, bad = readContract(l.reader, e.Hash); bad != nil {
			return false
		}
		l.config = l.config.enact(binary.BigEndian.Uint32(k[2:]), doc, e.Since)
		return true
	})
	if err := firstError(err, bad); err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	proposals, err := readProposals(l.reader)
	if err != nil {
		return err
	}
	for _, p := range proposals {
		doc, err := readContract(l.reader, p.Document)
		if err != nil {
			return err
		}
		l.law.pending = append(l.law.pending, &pending{p, doc})
	}
	slices.SortFunc(l.law.pending, comparePending)
	return nil
}

func readLawHead(r Reader) (head lawHead, err error) {
	b, err := r.Get(lawKey)
	if err == nil && b != nil {
		err = wire.DecodeTrusted(b, &head)
	}
	if err != nil {
		return head, fault.Wrap(fault.Internal, "state", err)
	}
	return head, nil
}

// readContract compiles a document of the state. It was compiled before it came there, so
// one that does not compile now was written by, or is read with, another program.
func readContract(r Reader, hash wire.Hash) (*contract.Contract, error) {
	b, err := r.Get(contractText(hash))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	doc, problems := contract.Compile(contractFile, b)
	if len(problems) > 0 {
		return nil, fault.Newf(fault.Internal, "contract", "line %d: %s", problems[0].Line, problems[0].Message)
	}
	return doc, nil
}

func readProposals(r Reader) ([]Proposal, error) {
	var out []Proposal
	var bad error
	err := r.Scan([]byte("lp"), []byte("lq"), func(_, v []byte) bool {
		var p Proposal
		if bad = wire.DecodeTrusted(v, &p); bad == nil {
			out = append(out, p)
		}
		return bad == nil
	})
	if err := firstError(err, bad); err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	return out, nil
}

// enact returns the configuration with a contract in force under a number.
func (c *Config) enact(number uint32, doc *contract.Contract, since credit.Moment) *Config {
	next := *c
	next.contracts, next.since = maps.Clone(c.contracts), maps.Clone(c.since)
	next.contracts[number], next.since[number] = doc, since
	next.numbers = append(slices.Clone(c.numbers), number)
	next.line()
	next.sum = nil
	return &next
}

// line works out which versions are newer than each.
func (c *Config) line() {
	c.later = map[uint32][]uint32{}
	for i, n := range c.numbers {
		for _, m := range c.numbers[i+1:] {
			if c.contracts[m].Kind() == c.contracts[n].Kind() {
				c.later[n] = append(c.later[n], m)
			}
		}
	}
}

// count keeps the numbers of live records of each contract.
func (s *legislation) count(c *Config, touched []*working) {
	for _, w := range touched {
		if !w.dirty {
			continue
		}
		if w.before != 0 && !w.before.Over() {
			s.live(w.under, -1)
		}
		if !c.contracts[w.Contract].Status(w.Instance).Phase.Over() {
			s.live(w.Contract, +1)
		}
	}
}

func (s *legislation) live(number uint32, change int) {
	i, found := s.find(number)
	if !found {
		s.Live = slices.Insert(s.Live, i, liveCount{Contract: number})
	}
	s.Live[i].Records += uint64(int64(change))
}

// records returns how many records of a contract have not ended.
func (s *lawHead) records(number uint32) uint64 {
	if i, found := s.find(number); found {
		return s.Live[i].Records
	}
	return 0
}

func (s *lawHead) find(number uint32) (int, bool) {
	return slices.BinarySearchFunc(s.Live, number, func(c liveCount, n uint32) int { return cmp.Compare(c.Contract, n) })
}

// save writes what has changed.
func (s *legislation) save(set func(key, value []byte)) {
	if b := wire.Encode(s.lawHead); string(b) != string(s.saved) {
		set(lawKey, b)
		s.saved = b
	}
}

// lawState is what the state root binds of all this.
type lawState struct {
	Head    lawHead    `cbor:"1,keyasint"`
	Pending []Proposal `cbor:"2,keyasint,omitempty"`
	Since   []enacting `cbor:"3,keyasint,omitempty"`
}

type enacting struct {
	_        struct{} `cbor:",toarray"`
	Contract uint32
	Since    credit.Moment
}

func (s *legislation) hash(c *Config) wire.Hash {
	state := lawState{Head: s.lawHead}
	for _, p := range s.pending {
		state.Pending = append(state.Pending, p.Proposal)
	}
	for _, n := range c.numbers {
		if since, ok := c.since[n]; ok {
			state.Since = append(state.Since, enacting{Contract: n, Since: since})
		}
	}
	return wire.Digest("riviera/law/1", wire.Encode(state))
}
