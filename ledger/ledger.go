package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Ledger executes blocks. It is not safe for concurrent use: one caller executes and
// commits, and hands out Views for everyone else.
type Ledger struct {
	reader  Reader
	genesis *Genesis
	hash    wire.Hash // of the genesis document
	config  *Config
	head    Head
	count   uint64 // records ever created
	knows   uint32 // newest version of the rules that the program knows
	log     *logTree
	tree    *stateTree
	buckets *buckets
	votes   *votes
	anchors *marks    // last hours of queries
	erased  *marks    // watermarks of erasures
	days    wire.Hash // running digest of the days that are over
	present *attendance
	// reversals are those of ends of records that are in force.
	reversals *reversals
	law       *legislation
	recent    []*recentBlock // the last blocks, for views
	// earliest is a key of the deadline index below which there is none: entries that
	// blocks took out long ago are not passed over in each block.
	earliest []byte
	initial  []Write
}

// Open starts from the committed state behind r, or from the genesis document where
// there is none; then InitialWrites are to be committed before the first block. A state
// of another genesis is fault.HomeForeign, one that was made under rules which this program
// does not know fault.RulesUnknown.
func Open(r Reader, g *Genesis) (*Ledger, error) { return OpenKnowing(r, g, Rules) }

// OpenKnowing is Open for a program that knows the rules up to a version.
func OpenKnowing(r Reader, g *Genesis, rules uint32) (*Ledger, error) {
	config, err := g.config()
	if err != nil {
		return nil, err
	}
	l := &Ledger{reader: r, genesis: g, hash: g.Hash(), config: config, knows: rules, earliest: []byte{'d'}}
	meta, err := r.Get(metaKey)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	if meta != nil {
		if err := l.checkHome(); err != nil {
			return nil, err
		}
		if err := wire.DecodeTrusted(meta, &l.head); err != nil {
			return nil, fault.Wrap(fault.Internal, "state", err)
		}
	}
	l.count = l.head.Records
	if err := l.load(); err != nil {
		return nil, err
	}
	if meta == nil {
		return l, l.begin()
	}
	if err := l.knowsRules(l.head.Height); err != nil {
		return nil, err
	}
	if root := proof.AppHash(l.log.root(), l.stateRoot()); root != l.head.AppHash {
		return nil, fault.Newf(fault.Internal, "state", "roots on disk do not agree with the state at height %d", l.head.Height)
	}
	return l, nil
}

var genesisKey = []byte("cg")

func (l *Ledger) checkHome() error {
	b, err := l.reader.Get(genesisKey)
	if err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	if string(b) != string(l.hash[:]) {
		return fault.New(fault.HomeForeign, "genesis")
	}
	return nil
}

func (l *Ledger) load() (err error) {
	if l.log, err = openLog(l.reader, l.head.LogSize); err != nil {
		return err
	}
	if l.tree, err = openTree(l.reader); err != nil {
		return err
	}
	if l.buckets, err = openBuckets(l.reader); err != nil {
		return err
	}
	if l.votes, err = openVotes(l.reader); err != nil {
		return err
	}
	if l.anchors, err = openMarks(l.reader, marksOfAnchors); err != nil {
		return err
	}
	if l.erased, err = openMarks(l.reader, marksOfWatermarks); err != nil {
		return err
	}
	if l.present, err = openAttendance(l.reader); err != nil {
		return err
	}
	return firstError(l.loadLaw(), l.loadYears(), l.loadMembers(), l.loadTenures(), l.loadDays(), l.loadReversals())
}

// loadMembers puts members and council of a stored state into the configuration.
func (l *Ledger) loadMembers() error {
	s := openSession(l.config, 0, 0, 0, nil)
	var bad error
	err := l.reader.Scan([]byte("cm"), []byte("cn"), func(_, b []byte) bool {
		var m Member
		if bad = wire.DecodeTrusted(b, &m); bad != nil {
			return false
		}
		s.set(m)
		return true
	})
	if err := firstError(err, bad); err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	b, err := l.reader.Get(councilKey)
	if err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	if b != nil {
		s.config.Council = new(Council)
		if err := wire.DecodeTrusted(b, s.config.Council); err != nil {
			return fault.Wrap(fault.Internal, "state", err)
		}
	}
	l.config = s.config
	return nil
}

// begin computes the roots at height 0.
func (l *Ledger) begin() error {
	g := l.genesis
	l.head = Head{Time: g.TimeNS, Moment: l.config.Clock.Moment(g.TimeNS, g.TimeNS), LogRoot: l.log.root()}
	l.head.State = l.stateRoot()
	l.head.AppHash = proof.AppHash(l.head.LogRoot, l.head.State)
	l.initial = []Write{{Key: genesisKey, Value: l.hash[:]}, {Key: metaKey, Value: wire.Encode(l.head)}}
	return nil
}

// InitialWrites are what a fresh state begins with; nil for one that exists.
func (l *Ledger) InitialWrites() []Write { return l.initial }

// Head returns where the ledger stands.
func (l *Ledger) Head() Head { return l.head }

// Config returns the configuration in force.
func (l *Ledger) Config() *Config { return l.config }

// View returns a view of the state behind r, which must hold the last result's Writes.
func (l *Ledger) View(r Reader) *View {
	return &View{Config: l.config, Head: l.head, reader: r, upper: l.log.upper.shared(), recent: l.recent}
}

// StateProof returns the bytes of the record at a position and their path to the
// record root, with the meta root beside it. Not for concurrent use with Execute.
func (l *Ledger) StateProof(seq uint64) (record []byte, path proof.StatePath, meta wire.Hash, err error) {
	if record, err = l.reader.Get(recordKey(seq)); err != nil || record == nil {
		return nil, path, meta, firstError(err, fault.New(fault.UnknownRecord, "record"))
	}
	path, err = l.tree.path(l.reader, seq)
	return record, path, l.metaRoot(), err
}

// stateRoot binds every record and everything else that decides what a block does.
func (l *Ledger) stateRoot() wire.Hash {
	return stateRootOf(l.tree.root(), l.metaRoot())
}

func (l *Ledger) metaRoot() wire.Hash {
	config, buckets, votes := l.config.hash(), l.buckets.hash(), l.votes.hash()
	anchors, present, law := l.anchors.hash("riviera/anchors/1"), l.present.hash(), l.law.hash(l.config)
	erased := l.erased.hash("riviera/watermarks/1")
	parts := [][]byte{l.hash[:], config[:], buckets[:], votes[:], anchors[:], l.days[:], present[:], law[:], erased[:],
		binary.BigEndian.AppendUint64(nil, l.count)}
	if !l.reversals.sum.Zero() {
		parts = append(parts, l.reversals.sum[:])
	}
	return wire.Digest("riviera/metaroot/1", parts...)
}

// Moment returns the ledger time of a block time on this network.
func (l *Ledger) Moment(blockTime int64) credit.Moment {
	return l.config.Clock.Moment(l.config.GenesisTime, blockTime)
}
