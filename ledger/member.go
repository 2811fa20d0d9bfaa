package ledger

import (
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// MemberID numbers a member on its ledger, from 1. 0 is the contract itself.
type MemberID uint32

// KeyID numbers a key within its member, from 1.
type KeyID uint32

// Role is what a member may do.
type Role string

const (
	Authority   Role = "authority"   // 主管部门: the gate and nothing more
	Recorder    Role = "recorder"    // 记账人: validates blocks, lists, extends, annuls its own
	Contributor Role = "contributor" // 接入节点: runs a full node, proposes
	Querier     Role = "querier"     // 第三方: queries with a purpose
)

// Member is an institution of the network.
type Member struct {
	ID           MemberID `cbor:"1,keyasint" json:"id"`
	NameZH       string   `cbor:"2,keyasint" json:"name_zh"`
	NameEN       string   `cbor:"3,keyasint" json:"name_en"`
	Code         string   `cbor:"4,keyasint,omitempty" json:"code,omitempty"` // unified social credit code
	Roles        []Role   `cbor:"5,keyasint" json:"roles"`
	Constituency string   `cbor:"6,keyasint,omitempty" json:"constituency,omitempty"`
	Node         string   `cbor:"7,keyasint,omitempty" json:"node,omitempty"`          // peer id: hex address of the node key
	Consensus    []byte   `cbor:"8,keyasint,omitempty" json:"consensus_key,omitempty"` // Ed25519, recorders only
	Keys         []Key    `cbor:"9,keyasint" json:"keys"`
	Suspended    bool     `cbor:"10,keyasint,omitempty" json:"suspended,omitempty"`
	// Superior is the recorder that reviews this one's rulings; recorders only.
	Superior MemberID `cbor:"11,keyasint,omitempty" json:"superior,omitempty"`
	Executes []uint16 `cbor:"12,keyasint,omitempty" json:"executes,omitempty"` // numbers of the measures that it carries out, ascending

	Contact   string        `cbor:"13,keyasint,omitempty" json:"contact,omitempty"`        // of the office, never of a person
	Threshold uint8         `cbor:"14,keyasint,omitempty" json:"threshold,omitempty"`      // officers who must sign an act of the authority; 0 is 1
	Removed   int64         `cbor:"15,keyasint,omitempty" json:"removed_height,omitempty"` // since when it is no member; 0 while it is
	Retired   int64         `cbor:"16,keyasint,omitempty" json:"retired_height,omitempty"` // since when it is no recorder, though it was one
	Named     MemberID      `cbor:"17,keyasint,omitempty" json:"named,omitempty"`          // proposed to succeed it, and has not accepted yet
	Successor MemberID      `cbor:"18,keyasint,omitempty" json:"successor,omitempty"`      // decides its records
	Release   credit.Moment `cbor:"19,keyasint,omitempty" json:"release,omitempty"`        // ledger time at which its records end for want of a successor
	// FormerNodes are the peer ids that its node had, oldest first: none is given again, and who
	// has an old one in its configuration finds the node by it.
	FormerNodes []string `cbor:"20,keyasint,omitempty" json:"former_nodes,omitempty"`
}

// Purpose is what a key signs.
type Purpose string

const (
	Operate    Purpose = "operate"    // envelopes
	Credential Purpose = "credential" // credentials (Ed25519 or P-256)
	Document   Purpose = "document"   // PDF signatures (P-256 with an X.509 certificate)
	Parallel   Purpose = "parallel"   // SM2 beside the credential key, never alone
)

// Algorithm names a signature algorithm.
type Algorithm string

const (
	Ed25519 Algorithm = "ed25519" // RFC 8032
	P256    Algorithm = "p256"    // ECDSA with SHA-256, FIPS 186-5
	SM2     Algorithm = "sm2"     // GB/T 32918.2 with SM3
)

// Key is a public key of a member with the heights between which it is valid. The
// operator is an id; the person's name is in the members' directory, which is
// erasable.
type Key struct {
	ID          KeyID     `cbor:"1,keyasint" json:"id"`
	Purpose     Purpose   `cbor:"2,keyasint" json:"purpose"`
	Algorithm   Algorithm `cbor:"3,keyasint" json:"algorithm"`
	Public      []byte    `cbor:"4,keyasint" json:"public"`
	Operator    string    `cbor:"5,keyasint,omitempty" json:"operator,omitempty"`
	From        int64     `cbor:"6,keyasint,omitempty" json:"from_height,omitempty"`
	To          int64     `cbor:"7,keyasint,omitempty" json:"to_height,omitempty"`   // 0: open
	Certificate []byte    `cbor:"8,keyasint,omitempty" json:"certificate,omitempty"` // X.509 DER of a document key
	Scope       Scope     `cbor:"9,keyasint,omitempty" json:"scope,omitempty"`       // what an operating key may sign; of no other
}

// Has reports whether the member holds the role.
func (m *Member) Has(r Role) bool {
	for _, x := range m.Roles {
		if x == r {
			return true
		}
	}
	return false
}

// Key returns the member's key of this number, also one that has ended; nil for none.
func (m *Member) Key(id KeyID) *Key {
	for i := range m.Keys {
		if m.Keys[i].ID == id {
			return &m.Keys[i]
		}
	}
	return nil
}

// key returns the member's key with this id and purpose if it is valid at height.
func (m *Member) key(id KeyID, purpose Purpose, height int64) (*Key, error) {
	for i := range m.Keys {
		k := &m.Keys[i]
		if k.ID == id && k.Purpose == purpose && k.From <= height && (k.To == 0 || height <= k.To) {
			return k, nil
		}
	}
	return nil, fault.New(fault.UnknownKey, "")
}
