package client

import "time"

// Member is an institution of the network.
type Member struct {
	ID           uint32      `json:"id"`
	NameZH       string      `json:"name_zh"`
	NameEN       string      `json:"name_en"`
	Code         string      `json:"code,omitempty"`
	Roles        []string    `json:"roles"`
	Constituency string      `json:"constituency,omitempty"`
	Contact      string      `json:"contact,omitempty" doc:"of the office"`
	State        string      `json:"state" doc:"member, recorder-to-be, recorder-leaving, suspended, former-recorder or removed"`
	Suspended    bool        `json:"suspended,omitempty"`
	Node         string      `json:"node,omitempty"`
	FormerNodes  []string    `json:"former_nodes,omitempty" doc:"peer ids that its node had before, oldest first"`
	Consensus    []byte      `json:"consensus_key,omitempty" doc:"Ed25519, with which a recorder votes on blocks"`
	Since        int64       `json:"removed_height,omitempty" doc:"block since which it is no member"`
	Superior     uint32      `json:"superior,omitempty" doc:"who reviews its rulings"`
	Successor    uint32      `json:"successor,omitempty" doc:"who decides its records"`
	Named        uint32      `json:"named,omitempty" doc:"proposed to decide its records, and has not accepted yet"`
	Release      string      `json:"release,omitempty" doc:"ledger time at which its records end because nobody is left to decide them"`
	Blocks       int         `json:"blocks,omitempty" doc:"of the last blocks counted, how many it took part in"`
	Counted      int         `json:"counted,omitempty"`
	Threshold    int         `json:"threshold,omitempty" doc:"officers who must sign an act of the authority"`
	Keys         []MemberKey `json:"keys,omitempty"`
}

// MemberKey is a public key of a member. Operators are ids, never names.
type MemberKey struct {
	ID        uint32   `json:"id"`
	Purpose   string   `json:"purpose"`
	Algorithm string   `json:"algorithm"`
	Public    []byte   `json:"public"`
	Operator  string   `json:"operator,omitempty" doc:"an id, never a person's name"`
	Scope     []string `json:"scope,omitempty" doc:"what an operating key may sign: prepare, approve, favourable, case, report, govern; or service alone"`
	From      int64    `json:"from_height,omitempty"`
	To        int64    `json:"to_height,omitempty" doc:"last height, absent while open"`
	InForce   bool     `json:"in_force"`
}

// Members lists the institutions.
type Members struct {
	Clock
	Members []Member `json:"members"`
}

// Act hands an envelope without bodies to any node.
type Act struct {
	Envelope []byte `json:"envelope" doc:"canonical CBOR, base64"`
	Wait     bool   `json:"wait,omitempty" doc:"answer when the envelope is in a block"`
}

// Governance is what is under way between the members. Times are real ones.
type Governance struct {
	Clock
	Change   *GovernedChange   `json:"change,omitempty" doc:"recorder change under notice"`
	Takeover *GovernedTakeover `json:"takeover,omitempty" doc:"new keys under notice for a member that has lost its own"`
	Pending  []PendingAct      `json:"pending" doc:"acts that wait for signatures"`
	Officers []OfficersVote    `json:"officers" doc:"proposals to replace the authority's keys"`
	Nodes    []FormerNode      `json:"former_nodes,omitempty" doc:"earlier identities of nodes that are let in until these have been restarted"`
	Stop     EmergencyStop     `json:"stop"`
	Upgrades Upgrades          `json:"upgrades"`
	Leaving  []Leaving         `json:"leaving,omitempty" doc:"members that have asked to leave"`
	Day      string            `json:"notice_day" doc:"how long a day of notice lasts"`
}

// FormerNode is an earlier identity of a member's node, still let in.
type FormerNode struct {
	Member uint32    `json:"member"`
	Node   string    `json:"node"`
	Until  time.Time `json:"until"`
}

// GovernedChange is a recorder change under notice.
type GovernedChange struct {
	Act       string    `json:"act"`
	Join      uint32    `json:"join,omitempty"`
	Leave     uint32    `json:"leave,omitempty"`
	Rotation  bool      `json:"rotation,omitempty" doc:"only the key changes with which it votes"`
	Successor uint32    `json:"successor,omitempty"`
	Accepted  bool      `json:"successor_accepted,omitempty"`
	Due       time.Time `json:"due"`
	Stays     []uint32  `json:"stays,omitempty" doc:"recorders that want it put off"`
	Stayed    bool      `json:"stayed,omitempty"`
}

// GovernedTakeover is new keys under notice.
type GovernedTakeover struct {
	Act    string    `json:"act"`
	Member uint32    `json:"member"`
	Due    time.Time `json:"due"`
	Stays  []uint32  `json:"stays,omitempty"`
}

// PendingAct is an act that waits for further signatures.
type PendingAct struct {
	Act    string    `json:"act"`
	Member uint32    `json:"member"`
	What   string    `json:"what" doc:"kind of the operation"`
	Signed int       `json:"signed"`
	Needed int       `json:"needed"`
	Lapses time.Time `json:"lapses"`
}

// OfficersVote is a proposal to replace the authority's keys.
type OfficersVote struct {
	Content string    `json:"content"`
	For     []uint32  `json:"for"`
	Passed  bool      `json:"passed"`
	Due     time.Time `json:"due,omitzero"`
}

// EmergencyStop is where the emergency stop stands.
type EmergencyStop struct {
	Active bool      `json:"active"`
	Until  time.Time `json:"until,omitzero"`
	Again  time.Time `json:"again,omitzero" doc:"from when there can be another"`
	Votes  []uint32  `json:"votes,omitempty" doc:"recorders that ask for one"`
}

// Upgrades tells by which rules blocks are executed, and what recorders want instead.
type Upgrades struct {
	Rules uint32        `json:"rules" doc:"version under which the newest block was executed"`
	Since int64         `json:"since_height" doc:"first block under it"`
	Known uint32        `json:"known" doc:"newest version that this node's program knows"`
	Next  *RulesFrom    `json:"next,omitempty" doc:"version that is decided and holds from the next block on"`
	Final int64         `json:"final_height,omitempty" doc:"last block of the chain, once that is decided"`
	Votes []UpgradeVote `json:"votes" doc:"what recorders are for"`
}

// RulesFrom is a version of the rules with the first block under it.
type RulesFrom struct {
	Rules  uint32 `json:"rules"`
	Height int64  `json:"height"`
}

// UpgradeVote is other rules, or the end of the chain, with the recorders that are for it.
type UpgradeVote struct {
	Rules  uint32    `json:"rules,omitempty" doc:"absent: the end of the chain"`
	Height int64     `json:"height" doc:"first block under the rules, or last block of the chain"`
	For    []uint32  `json:"for"`
	Passed bool      `json:"passed" doc:"two thirds of the recorders are for it: its notice runs"`
	Due    time.Time `json:"due,omitzero" doc:"end of the notice; at its height it is dropped if that has not come"`
}

// Leaving is a member's own wish to leave.
type Leaving struct {
	Member    uint32 `json:"member"`
	Day       string `json:"day" doc:"ledger day on whose beginning it leaves; a recorder not before its notice has run"`
	Successor uint32 `json:"successor,omitempty" doc:"who is asked to decide its records"`
}
