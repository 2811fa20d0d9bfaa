package audit

import (
	"fmt"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

// What a difference is about.
const (
	OfBlock  = "block"  // a block, its signatures, or what it led to
	OfState  = "state"  // a value of the stored state
	OfLog    = "log"    // the log or its tiles, recomputed from the stored events
	OfVault  = "vault"  // a body
	OfOther  = "other"  // the second home or node
	OfExit   = "exit"   // an exit before it was due, or one that is due and not there
	OfLimits = "limits" // a block against the rules of a block
)

// Difference is something that is not as the blocks say. Place holds no personal value.
type Difference struct {
	Of     string     `json:"of"`
	Place  string     `json:"place"` // "block 17", "record 3", "log tile 0/1"
	Code   fault.Code `json:"-"`
	Name   string     `json:"code"`
	Detail string     `json:"detail,omitempty"`
}

// maxDifferences is how many are told one by one; the others are counted.
const maxDifferences = 200

// Report is what a replay has found. Only Differences and More say that something is
// wrong; the tallies by institution are what the blocks themselves record.
type Report struct {
	Network  string `json:"network"`
	Genesis  string `json:"genesis"`
	Member   uint32 `json:"member"` // whose home it is
	Height   int64  `json:"height"` // of the stored state, up to which blocks were replayed
	Signed   int64  `json:"signed"` // last height whose roots a header under the recorders' signatures holds
	AppHash  string `json:"app_hash"`
	LogSize  uint64 `json:"log_size"`
	LogRoot  string `json:"log_root"`
	Records  uint64 `json:"records"`
	Executed int    `json:"envelopes"`
	Acts     int    `json:"operations"`
	Values   int    `json:"values"`          // of the stored state, compared byte by byte
	Bodies   int    `json:"bodies"`          // opened and compared with their commitments
	Erased   int    `json:"erased"`          // records of which nothing was found
	Looked   bool   `json:"vault"`           // the vault was looked at
	Other    string `json:"other,omitempty"` // what was compared with, and how far

	Differences []Difference `json:"differences"`
	More        int          `json:"more_differences,omitempty"`

	Institutions []Institution `json:"institutions"`
}

// Institution is what the blocks record of one member.
type Institution struct {
	Member uint32 `json:"member"`
	NameZH string `json:"name_zh"`
	NameEN string `json:"name_en"`

	Proposed Proposed `json:"proposed,omitzero"`
	Exits    Exits    `json:"exits,omitzero"`    // of records that it decides
	Silences int      `json:"silences"`          // deadlines that ran out on it, upon which a record was hidden
	Measures Measures `json:"measures,omitzero"` // that it carries out
	Receipts Receipts `json:"receipts,omitzero"`
}

// Proposed is what a recorder made of the blocks that it proposed.
type Proposed struct {
	Blocks int `json:"blocks"`
	// Broken are blocks against the rules: proved by the block itself.
	Broken int `json:"broken"`
	// Passed are favourable envelopes that, going by the heights up to which they are
	// valid, were signed before others that this recorder put into a block while they
	// waited. An indication, no proof: a block does not say what had arrived.
	Passed int `json:"passed_over"`
}

// Exits counts the ends of records.
type Exits struct {
	Ended    int   `json:"ended"`
	Decided  int   `json:"decided"`  // by a signed act; the others by the contract alone
	Late     int   `json:"late"`     // by the contract, in a later block than the first after the due time
	Longest  int64 `json:"longest"`  // of these: ledger seconds from the due time to the block's
	Early    int   `json:"early"`    // recorded before they were due
	Awaiting int   `json:"awaiting"` // due by now and not yet recorded; answers count them as released
}

// Measures counts what an executing body owes and owed on stops.
type Measures struct {
	Stops    int `json:"stops"`     // confirmed
	ToldLate int `json:"told_late"` // of these, after the time for it
	AckLate  int `json:"ack_late"`  // open now: not acknowledged in time
	StopLate int `json:"stop_late"` // open now: not stopped in time
}

// Receipts says how far a member's node has confirmed that nothing is left of the records
// that have ended, whose content it could hold (ledger.Erasure). Of a rejected record these
// are the proposer and the recorders, of any other all that belonged to the network.
type Receipts struct {
	Height  int64  `json:"height"`                  // of its newest watermark; 0: it has never said so
	Owed    int    `json:"owed"`                    // records that it had to confirm in all
	Late    int    `json:"late"`                    // of these confirmed, after the time for it
	Longest int64  `json:"longest,omitempty"`       // of these: ledger seconds after the due time
	Missing int    `json:"missing"`                 // of these not confirmed
	Overdue int    `json:"overdue"`                 // of the missing, past the time for it
	Since   string `json:"overdue_since,omitempty"` // ledger time at which the oldest of these was due
}

// OK reports whether nothing differs.
func (r *Report) OK() bool { return len(r.Differences) == 0 }

// differs notes a difference.
func (r *Report) differs(of, place string, code fault.Code, format string, args ...any) {
	if len(r.Differences) == maxDifferences {
		r.More++
		return
	}
	r.Differences = append(r.Differences, Difference{Of: of, Place: place, Code: code, Name: code.String(), Detail: fmt.Sprintf(format, args...)})
}

// failed notes an error that says where something cannot be read.
func (r *Report) failed(of, place string, err error) {
	if at := fault.Place(err); strings.HasPrefix(at, place) {
		place = at
	} else if at != "" {
		place += ": " + at
	}
	r.differs(of, place, fault.Of(err), "%v", err)
}
