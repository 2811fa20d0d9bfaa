package node

import (
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// A node's own keys are replaced on the ledger (ledger.Rotate). The files of the home follow:
// a key to vote with stays under its name, consensus-2.pem, and is found by its public half;
// the node's identity is node.pem, and what was there before is node-1.pem from then on.

// firstNodeKey numbers the identity with which a home begins.
const firstNodeKey ledger.KeyID = 1

// nodeKeyNumber counts the identities that the home's node has had, the present one included.
func (h *Home) nodeKeyNumber() (ledger.KeyID, error) {
	n, err := h.KeyID(NodeKey)
	return max(n, firstNodeKey), err
}

// rotatedNode reports whether the node's identity has taken the place of another one.
func (h *Home) rotatedNode() (bool, error) {
	n, err := h.nodeKeyNumber()
	return n > firstNodeKey, err
}

// NextNodeKey makes the key that is to be the node's next identity, or opens the one that an
// earlier attempt has made, and names its file without the extension.
func (h *Home) NextNodeKey() (key ed25519.PrivateKey, file string, err error) {
	n, err := h.nodeKeyNumber()
	if err != nil {
		return nil, "", err
	}
	file = NodeKey + "-" + strconv.Itoa(int(n+1))
	made := h.NewKey
	if h.HasKey(file) {
		made = h.Signer
	}
	s, err := made(file)
	if err != nil {
		return nil, "", err
	}
	key, ok := s.(ed25519.PrivateKey)
	if !ok {
		return nil, "", fault.Newf(fault.BadConfig, file+".pem", "not an Ed25519 key")
	}
	return key, file, nil
}

// TakeNodeKey puts the node's next identity into the place of the present one, where the
// ledger has made that change, and reports whether it did. The node uses it from its next
// start on.
func (h *Home) TakeNodeKey(present string, former []string) (bool, error) {
	s, err := h.Signer(NodeKey)
	if err != nil {
		return false, err
	}
	public, ok := s.Public().(ed25519.PublicKey)
	if !ok || !slices.Contains(former, consensus.NodeID(public)) {
		return false, nil // it is the present one, or the ledger here is behind
	}
	if !h.hasNext(present) {
		return false, nil
	}
	n, err := h.nodeKeyNumber()
	if err != nil {
		return false, err
	}
	return true, h.ReplaceKey(NodeKey, fmt.Sprintf("%s-%d", NodeKey, n+1), n, n+1)
}

// hasNext reports whether the home has the key of a node's identity as its next one.
func (h *Home) hasNext(id string) bool {
	n, err := h.nodeKeyNumber()
	if err != nil {
		return false
	}
	s, err := h.Signer(fmt.Sprintf("%s-%d", NodeKey, n+1))
	if err != nil {
		return false
	}
	public, ok := s.Public().(ed25519.PublicKey)
	return ok && consensus.NodeID(public) == id
}

// takeNodeKey does so by the ledger of this home, before the engine starts.
func (n *Node) takeNodeKey() error {
	number, err := n.home.nodeKeyNumber()
	if err != nil || !n.home.HasKey(fmt.Sprintf("%s-%d", NodeKey, number+1)) {
		return err
	}
	l, err := ledger.Open(n.db, n.home.Genesis)
	if err != nil {
		return err
	}
	m := l.Config().Member(n.home.Member.ID)
	if m == nil {
		return nil
	}
	took, err := n.home.TakeNodeKey(m.Node, m.FormerNodes)
	if took && err == nil {
		n.log.Info("the node's new key is in use from now on", "node", m.Node)
	}
	return err
}

// votesOtherwise reports whether the first key to vote with has been taken out of the home
// and another one is there.
func (h *Home) votesOtherwise() bool {
	if h.HasKey(ConsensusKey) {
		return false
	}
	others, err := filepath.Glob(h.path(keysDir, ConsensusKey+"-*.pem"))
	return err == nil && len(others) > 0
}
