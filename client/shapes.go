package client

import (
	"encoding/json"
	"time"
)

// Problem is an error answer (RFC 9457). Code is the fault code's name; Next says what
// to do. It never repeats what was sent.
type Problem struct {
	Type   string `json:"type" doc:"address of a page about this kind of problem, relative to the node"`
	Title  string `json:"title" doc:"what is wrong, in the caller's language"`
	Status int    `json:"status" doc:"HTTP status"`
	Detail string `json:"detail,omitempty" doc:"technical detail, for the institution's own operators"`
	Code   string `json:"code" doc:"name of the fault code" example:"stale-node"`
	Where  string `json:"where,omitempty" doc:"field or line, never a value"`
	Next   string `json:"next,omitempty" doc:"what to do next, in the caller's language"`
}

// Clock says where the answer stands: nothing here holds beyond Expires.
type Clock struct {
	Height     int64     `json:"height"`
	BlockTime  time.Time `json:"block_time" doc:"time agreed by the recorders"`
	LedgerTime string    `json:"ledger_time" doc:"ledger time, +08:00; differs from block time on a training network"`
	LedgerDate string    `json:"ledger_date"`
	Expires    time.Time `json:"expires" doc:"at most 24 hours after block time: a stale answer must not be held against anyone"`
	Training   string    `json:"training_day,omitempty" doc:"how long a ledger day lasts on a training network"`
}

// Status is the state of the network as one node sees it.
type Status struct {
	Clock
	Network     string  `json:"network"`
	ChainID     string  `json:"chain_id"`
	GenesisHash string  `json:"genesis_hash"`
	AppHash     string  `json:"app_hash"`
	LogSize     uint64  `json:"log_size"`
	Records     uint64  `json:"records" doc:"records ever created"`
	Node        string  `json:"node"`
	Member      uint32  `json:"member"`
	MemberZH    string  `json:"member_name_zh"`
	MemberEN    string  `json:"member_name_en"`
	Peers       int     `json:"peers"`
	Ready       bool    `json:"ready"`
	NotReady    string  `json:"not_ready,omitempty"`
	FirstBlock  int64   `json:"first_block,omitempty" doc:"oldest block that the node has; above 1 where it joined by a snapshot"`
	Snapshot    int64   `json:"snapshot,omitempty" doc:"height of the newest snapshot that it offers"`
	Missing     int     `json:"missing_bodies" doc:"live bodies this node is entitled to and lacks"`
	Version     string  `json:"version"`
	Edition     uint32  `json:"calendar_edition" doc:"of the working-day calendar in force; adverse envelopes name it"`
	Law         uint32  `json:"law" doc:"number of the newest contract document in force"`
	Blocks      []Block `json:"blocks,omitempty" doc:"the last few blocks, newest first"`
	Phases      []Count `json:"phases,omitempty"`
}

// Block is one recent block.
type Block struct {
	Height    int64     `json:"height"`
	Time      time.Time `json:"time"`
	Envelopes int       `json:"envelopes"`
	Events    int       `json:"events"`
}

// Count is a number of records by phase.
type Count struct {
	Phase string `json:"phase"`
	Count uint64 `json:"count"`
}

// StandingRequest asks whether exactly this code with exactly this name is listed.
type StandingRequest struct {
	Code    string `json:"code" maxLength:"18" doc:"unified social credit code or identity number"`
	Name    string `json:"name" maxLength:"600" doc:"name as registered"`
	Purpose string `json:"purpose" maxLength:"200" doc:"why it is asked; logged and shown to the subject"`
	Proof   bool   `json:"proof,omitempty" doc:"whether a listed answer is to carry the proof that its records are on the ledger"`
}

// Answers of a standing query.
const (
	Listed   = "listed"
	Clear    = "clear"
	TryLater = "try-later"
)

// StandingAnswer is the answer to a standing query. "clear" is the same for the never
// listed, the released, the erased and a name that does not agree.
type StandingAnswer struct {
	Clock
	Answer  string         `json:"answer" enum:"listed,clear,try-later"`
	Note    string         `json:"note"`
	Records []ListedRecord `json:"records,omitempty"`
	// Proof leads the last event of each record to a header that the recorders have
	// signed: the JSON of a verify.LogProof, for package verify and a trust file.
	Proof json.RawMessage `json:"proof,omitempty" doc:"of a listed answer, where it was asked for: leads the last event of each record, in ascending order of their places in the log, to a signed header"`
}

// ListedRecord is what a third party learns about a record in force.
type ListedRecord struct {
	ID          string   `json:"id"`
	Kind        string   `json:"kind"`
	KindZH      string   `json:"kind_zh"`
	KindEN      string   `json:"kind_en"`
	RecorderZH  string   `json:"recorder_zh"`
	RecorderEN  string   `json:"recorder_en"`
	Since       string   `json:"since" doc:"ledger date"`
	AutoExit    string   `json:"automatic_exit,omitempty" doc:"date on which it ends by itself at the latest"`
	Measures    []string `json:"measures"`
	Annotations []string `json:"annotations,omitempty"`
}

// Record is the ledger's side of a record. Body is present only for those who may read
// it.
type Record struct {
	Clock
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Contract   string   `json:"contract" doc:"id and version of the contract document"`
	Number     uint32   `json:"contract_number" doc:"number of the contract document on this ledger"`
	Beside     []uint32 `json:"beside,omitempty" doc:"numbers of newer versions that run beside it, for the subject's benefit"`
	Phase      string   `json:"phase"`
	State      string   `json:"state"`
	InForce    bool     `json:"in_force"`
	Recorder   uint32   `json:"recorder"`
	Proposer   uint32   `json:"proposer"`
	Created    string   `json:"created"`
	Due        string   `json:"due,omitempty" doc:"next automatic deadline, ledger time"`
	Commitment string   `json:"commitment"`
	Measures   []string `json:"measures,omitempty"`
	Access     bool     `json:"access" doc:"the subject has an access code"`
	Filings    uint32   `json:"filings" doc:"how many of the subject's filings have counted: the serial of the next"`
	History    []Change `json:"history,omitempty"`
	Body       any      `json:"body,omitempty"`
	End        *End     `json:"end,omitempty" doc:"the event that ended it, once a block has recorded it"`
}

// End is the event that ended a record, with the number of its certificate.
type End struct {
	Index       uint64    `json:"index" doc:"of the event in the log"`
	Certificate string    `json:"certificate" doc:"number of its certificate"`
	Reversed    *Reversed `json:"reversed,omitempty" doc:"the decision that takes its effect away; the record itself is not listed by it"`
}

// Reversed is a decision that reverses the end of a record.
type Reversed struct {
	Member    uint32 `json:"member" doc:"who decided it"`
	DecidedOn string `json:"decided_on"`
	Height    int64  `json:"height" doc:"block that recorded it"`
}

// Change is one event of the log.
type Change struct {
	Index      uint64           `json:"index"`
	Type       string           `json:"type"`
	Record     string           `json:"record,omitempty"`
	Event      string           `json:"event,omitempty"`
	TitleZH    string           `json:"title_zh,omitempty" doc:"what happened, as the contract calls it"`
	TitleEN    string           `json:"title_en,omitempty"`
	Transition string           `json:"transition,omitempty"`
	To         string           `json:"to,omitempty"`
	Phase      string           `json:"phase,omitempty"`
	Effective  string           `json:"effective,omitempty"`
	Recorded   string           `json:"recorded"`
	Member     uint32           `json:"member" doc:"0 is the contract itself"`
	Key        uint32           `json:"key,omitempty"`
	Approver   uint32           `json:"approver,omitempty"`
	Cite       []string         `json:"cite,omitempty"`
	Height     int64            `json:"height"`
	Args       map[string]int64 `json:"args,omitempty"`
	Contract   uint32           `json:"contract_number,omitempty" doc:"the version of the contract that moved"`
	Own        uint32           `json:"own_contract_number,omitempty" doc:"the record's own version, where a newer one beside it moved"`
	Document   string           `json:"document,omitempty" doc:"hash of the contract document that the event is about"`
}

// Changes is a page of the log. Ask again with After = Next.
type Changes struct {
	Clock
	Changes []Change `json:"changes"`
	Next    uint64   `json:"next"`
	More    bool     `json:"more"`
}

// Submission hands an envelope and the bodies that travel beside it to a node.
type Submission struct {
	Envelope []byte   `json:"envelope" doc:"canonical CBOR, base64"`
	Packets  [][]byte `json:"packets,omitempty" doc:"record, secret and body, canonical CBOR, base64"`
	Papers   [][]byte `json:"papers,omitempty" doc:"papers whose commitments the operations carry, canonical CBOR, base64"`
	Wait     bool     `json:"wait,omitempty" doc:"answer when the envelope is in a block"`
}

// Receipt is what became of an envelope.
type Receipt struct {
	ID     string   `json:"id"`
	Height int64    `json:"height,omitempty" doc:"0 while it waits"`
	Code   string   `json:"code"`
	Ops    []string `json:"operations,omitempty" doc:"code of each operation; absent when all were applied"`
}

// OwnRecords lists the records that this node's institution proposed or decides.
type OwnRecords struct {
	Clock
	Records []Record `json:"records"`
	Next    uint64   `json:"next"`
	More    bool     `json:"more"`
}
