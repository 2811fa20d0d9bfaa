package node

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// Finding is something that is wrong with a home or its node, or could not be looked at.
// Its code is that of package fault, or one of the doctor's own, each with what is wrong and
// what to do in package message under "doctor.<code>".
type Finding struct {
	Code    string `json:"code"`
	Unknown bool   `json:"unknown,omitempty"` // it could not be determined
	Where   string `json:"where,omitempty"`   // file, setting or member; never a secret
	Detail  string `json:"detail,omitempty"`
}

// Codes of the doctor's own.
const (
	FoundClockOff     = "clock-off"        // this machine's clock and block time disagree
	FoundDiskLow      = "disk-low"         // little space is left
	FoundKeyExposed   = "key-exposed"      // others may read a key
	FoundNamesExposed = "names-exposed"    // others may read who signs with the keys
	FoundKeyForeign   = "key-foreign"      // the ledger knows another key
	FoundRestart      = "restart-due"      // the ledger has the node's next key, and it runs with the one before
	FoundKeyEnding    = "key-ending"       // a certificate ends, or has ended
	FoundVoteKey      = "vote-key-missing" // the key with which the ledger has this recorder vote is not here
	FoundWaiting      = "restored-waiting" // a restored recorder does not vote yet
	FoundNotVoting    = "not-voting"       // a recorder is missing from the last blocks
	FoundSilent       = "silent"           // the home is in use, but nothing answers
	FoundFewPeers     = "few-peers"        // fewer members' nodes are connected than there are
	FoundPeerForeign  = "peer-foreign"     // a configured peer is nobody's node
	FoundPeerAway     = "peer-unreachable" // nothing listens at a peer's address
	FoundMissing      = "missing-bodies"   // contents that are still to come
	FoundNoMember     = "no-member"        // not admitted yet, removed, or suspended
	FoundOtherVersion = "other-version"    // node and command are of different versions
	FoundStopped      = "network-stopped"  // no new block for a while
)

const (
	clockTolerance = 30 * time.Second
	blocksTime     = time.Minute // without a block
	lowDisk        = 2 << 30     // bytes
	endingSoon     = 90 * 24 * time.Hour
	dialTime       = 2 * time.Second
)

// Examine looks at a home and, where one runs, at its node, and returns what is wrong; nil is
// nothing. It changes nothing: a stopped home's stores are opened and closed again.
func Examine(ctx context.Context, h *Home, c *client.Client) []Finding {
	d := &doctor{home: h, client: c}
	d.look(ctx)
	return d.found
}

type doctor struct {
	home    *Home
	client  *client.Client
	found   []Finding
	members []client.Member // as the ledger has them
	config  *ledger.Config  // of a stopped home
}

func (d *doctor) add(code, where, format string, args ...any) {
	d.found = append(d.found, Finding{Code: code, Where: where, Detail: fmt.Sprintf(format, args...)})
}

// fault notes an error as it is.
func (d *doctor) fault(err error) {
	if err == nil {
		return
	}
	f := Finding{Code: fault.Of(err).String(), Where: fault.Place(err)}
	var e *fault.Error
	if errors.As(err, &e) {
		f.Detail = e.Detail
	}
	if f.Detail == "" && fault.Is(err, fault.Internal) {
		f.Detail = err.Error()
	}
	d.found = append(d.found, f)
}

// unknown notes that something could not be looked at.
func (d *doctor) unknown(err error) {
	d.fault(err)
	d.found[len(d.found)-1].Unknown = true
}

func (d *doctor) look(ctx context.Context) {
	d.disk()
	d.files()
	if !d.home.RunsNode() {
		return
	}
	if d.client.Live(ctx) == nil {
		d.running(ctx)
	} else {
		d.stopped()
	}
	d.standing()
	d.keys()
	d.peers(ctx)
}

func (d *doctor) disk() {
	disk := d.home.Disk
	if disk == nil {
		disk = store.Disk()
	}
	u, err := disk.GetDiskUsage(d.home.Dir)
	switch {
	case err != nil:
		d.unknown(fault.Wrap(fault.Internal, d.home.Dir, err))
	case u.AvailBytes < lowDisk:
		d.add(FoundDiskLow, d.home.Dir, "%d MiB are free", u.AvailBytes>>20)
	}
}

// files looks at who may read the home's secrets.
func (d *doctor) files() {
	dir := d.home.path(keysDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		d.fault(fault.Newf(fault.FileMissing, dir, "cannot be read"))
		return
	}
	names := d.home.path(OperatorsFile)
	if info, err := os.Stat(names); err == nil && info.Mode().Perm()&0o077 != 0 {
		d.add(FoundNamesExposed, names, "mode %04o", info.Mode().Perm())
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			d.add(FoundKeyExposed, filepath.Join(dir, e.Name()), "mode %04o", info.Mode().Perm())
		}
	}
}

// running asks the node.
func (d *doctor) running(ctx context.Context) {
	s, err := d.client.Status(ctx)
	if err != nil {
		d.unknown(err)
		return
	}
	genesis := d.home.Genesis.Hash()
	if s.GenesisHash != fmt.Sprintf("%x", genesis[:]) || s.Member != uint32(d.home.Member.ID) {
		d.fault(fault.Newf(fault.HomeForeign, "api.listen", "another home's node answers there"))
		return
	}
	if s.Version != Version {
		d.add(FoundOtherVersion, "version", "the node is %s, this program %s", s.Version, Version)
	}
	d.clock(s.BlockTime, true)
	if s.Missing > 0 {
		d.add(FoundMissing, "data/vault", "%d", s.Missing)
	}
	if !s.Ready && s.NotReady != fault.StaleNode.String() {
		d.found = append(d.found, Finding{Code: s.NotReady, Where: "node"})
	}
	m, err := d.client.Members(ctx)
	if err != nil {
		d.unknown(err)
		return
	}
	d.members = m.Members
	if nodes := d.others(); s.Peers < len(nodes) {
		d.add(FoundFewPeers, "engine.peers", "%d of %d are connected", s.Peers, len(nodes))
	}
}

// clock compares this machine's clock with the block time; current says that blocks are made
// now, so that a lag means something.
func (d *doctor) clock(block time.Time, current bool) {
	lag := d.home.now().Sub(block)
	switch {
	case lag < -clockTolerance:
		d.add(FoundClockOff, "clock", "%s behind block time", (-lag).Round(time.Second))
	case current && lag > blocksTime:
		d.add(FoundStopped, "block", "the last is %s old by this clock", lag.Round(time.Second))
	}
}

// stopped opens the home as a node would, and closes it again.
func (d *doctor) stopped() {
	h := d.home
	for where, address := range map[string]string{"api.listen": h.Config.API.Listen, "engine.listen": h.Config.Engine.Listen} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			d.fault(fault.Newf(fault.PortInUse, where, "%s: %v", address, errors.Unwrap(err)))
			continue
		}
		l.Close()
	}
	if _, err := os.Stat(h.Data("ledger")); errors.Is(err, fs.ErrNotExist) {
		return // has never run
	}
	db, err := store.Open(h.Data("ledger"), store.Options{FS: h.Disk})
	if fault.Is(err, fault.HomeLocked) {
		d.add(FoundSilent, h.Config.API.Listen, "a process holds %s", h.Data("ledger"))
		return
	}
	if err != nil {
		d.fault(err)
		return
	}
	defer db.Close()
	l, err := ledger.Open(db, h.Genesis)
	if err != nil {
		d.fault(err)
		return
	}
	d.config = l.Config()
	view := l.View(db)
	d.clock(time.Unix(0, view.Time), false)
	for i := range d.config.Members {
		m, err := shownMember(view, &d.config.Members[i])
		if err != nil {
			d.unknown(err)
			return
		}
		d.members = append(d.members, m)
	}
	d.engine(view)
}

// engine looks at what the engine keeps in files.
func (d *doctor) engine(view *ledger.View) {
	h := d.home
	if view.Height > 0 {
		for _, name := range consensus.EngineParts() {
			dir := consensus.EnginePart(h.Data(""), name)
			if _, err := os.Stat(dir); err != nil {
				d.fault(fault.Newf(fault.HomeMissing, dir, "the ledger is at height %d, but this is gone", view.Height))
			}
		}
	}
	m := d.config.Member(h.Member.ID)
	if m == nil || !m.Has(ledger.Recorder) {
		return
	}
	if mark, err := consensus.ReadRestored(h.Data("")); err != nil {
		d.fault(err)
	} else if mark == nil && !h.Admitted && view.Height > 0 && !consensus.HasSigningRecord(h.Data("")) {
		d.fault(fault.Newf(fault.SigningRecord, "data/engine/data/signed.json", "gone"))
	}
	key, err := h.ConsensusKey(m.Consensus)
	if err != nil {
		d.fault(err)
	} else if key == nil {
		d.add(FoundVoteKey, h.path(keysDir), "public key %x…", m.Consensus[:4])
	}
}

// self is this institution's entry on the ledger, nil where there is none or it is not known.
func (d *doctor) self() *client.Member {
	i := slices.IndexFunc(d.members, func(m client.Member) bool { return m.ID == uint32(d.home.Member.ID) })
	if i < 0 {
		return nil
	}
	return &d.members[i]
}

// others are the members' nodes that are to be connected.
func (d *doctor) others() map[string]bool {
	out := map[string]bool{}
	for _, m := range d.members {
		if m.Node != "" && m.ID != uint32(d.home.Member.ID) && m.Since == 0 && (!m.Suspended || slices.Contains(m.Roles, string(ledger.Recorder))) {
			out[m.Node] = true
		}
	}
	return out
}

// standing says what the institution is on the ledger, and whether its recorder votes.
func (d *doctor) standing() {
	if d.members == nil {
		return
	}
	m := d.self()
	switch {
	case m == nil:
		d.add(FoundNoMember, "member", "member %d is not admitted", d.home.Member.ID)
		return
	case m.Since != 0:
		d.add(FoundNoMember, "member", "removed in block %d", m.Since)
		return
	case m.Suspended:
		d.add(FoundNoMember, "member", "suspended")
	}
	if !slices.Contains(m.Roles, string(ledger.Recorder)) {
		return
	}
	mark, err := consensus.ReadRestored(d.home.Data(""))
	switch {
	case err != nil:
		d.unknown(err)
	case mark != nil:
		d.add(FoundWaiting, "data/engine/data/restored.json", "since %s", time.Unix(0, mark.At).UTC().Format(time.RFC3339))
	case d.config == nil && 2*m.Blocks < m.Counted:
		d.add(FoundNotVoting, "member", "in %d of the last %d blocks", m.Blocks, m.Counted)
	}
}

// keys compares the home's keys with what the ledger has.
func (d *doctor) keys() {
	h := d.home
	node, err := h.Signer(NodeKey)
	if err != nil {
		d.fault(err)
	}
	if _, err := h.VaultKey(); err != nil {
		d.fault(err)
	}
	m := d.self()
	if m == nil {
		return
	}
	public, ok := publicOf(node).(ed25519.PublicKey)
	switch {
	case !ok || consensus.NodeID(public) == m.Node:
	case h.hasNext(m.Node) && slices.Contains(m.FormerNodes, consensus.NodeID(public)):
		d.add(FoundRestart, h.path(keysDir, NodeKey+".pem"), "the ledger names node %s", m.Node)
	default:
		d.add(FoundKeyForeign, h.path(keysDir, NodeKey+".pem"), "the ledger names node %s", m.Node)
	}
	for _, name := range []string{OperatorKey, ApproverKey, CredentialKey, DocumentKey, ServiceKey} {
		if h.HasKey(name) {
			d.key(m, name)
		} else if name != ApproverKey && name != OperatorKey { // people may sign elsewhere
			d.fault(fault.Newf(fault.FileMissing, h.path(keysDir, name+".pem"), "no such file"))
		}
	}
}

func publicOf(s crypto.Signer) crypto.PublicKey {
	if s == nil {
		return nil
	}
	return s.Public()
}

func (d *doctor) key(m *client.Member, name string) {
	path := d.home.path(keysDir, name+".pem")
	id, err := d.home.KeyID(name)
	if err != nil {
		d.fault(err)
		return
	}
	i := slices.IndexFunc(m.Keys, func(k client.MemberKey) bool { return k.ID == uint32(id) })
	if i < 0 || !m.Keys[i].InForce {
		d.add(FoundKeyForeign, path, "key %d is not in force on the ledger", id)
		return
	}
	s, err := d.home.Signer(name)
	if err != nil {
		d.fault(err)
		return
	}
	if b := publicBytes(s.Public()); b != nil && string(b) != string(m.Keys[i].Public) {
		d.add(FoundKeyForeign, path, "the ledger has another key %d", id)
	}
	if name == DocumentKey {
		d.ending(path, id)
	}
}

// publicBytes is a public key as the ledger has it; nil for one of another kind.
func publicBytes(k crypto.PublicKey) []byte {
	switch k := k.(type) {
	case ed25519.PublicKey:
		return k
	case *ecdsa.PublicKey:
		b, err := k.Bytes() // not for SM2
		if err == nil {
			return b
		}
	}
	return nil
}

// ending looks at the certificate of a key, where this home's own documents have it.
func (d *doctor) ending(path string, id ledger.KeyID) {
	self := d.home.Member
	if d.config != nil {
		self = d.config.Member(self.ID)
	}
	for _, k := range self.Keys {
		if k.ID != id || len(k.Certificate) == 0 {
			continue
		}
		c, err := x509.ParseCertificate(k.Certificate)
		if err != nil {
			d.unknown(fault.Wrap(fault.BadConfig, path, err))
		} else if left := c.NotAfter.Sub(d.home.now()); left < endingSoon {
			d.add(FoundKeyEnding, path, "%s", c.NotAfter.UTC().Format(time.DateOnly))
		}
	}
}

// peers looks at the configured peers: whose they are, and whether something listens there.
func (d *doctor) peers(ctx context.Context) {
	nodes := d.others()
	for _, m := range d.members {
		for _, id := range m.FormerNodes { // the node finds the present one by it
			nodes[id] = nodes[m.Node]
		}
	}
	for _, p := range d.home.Config.Engine.Peers {
		id, address, _ := strings.Cut(p, "@")
		if d.members != nil && !nodes[id] {
			d.add(FoundPeerForeign, "engine.peers", "%s", address)
			continue
		}
		dialer := net.Dialer{Timeout: dialTime}
		c, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			d.add(FoundPeerAway, "engine.peers", "%s", address)
			continue
		}
		c.Close()
	}
}
