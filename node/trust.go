package node

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/verify"
)

// Trust returns the trust file at this node's height: a function of the ledger alone,
// the same from every node.
func (n *Node) Trust(context.Context) ([]byte, error) {
	return trustFile(n.engine.View(), n.home.Genesis)
}

func trustFile(view *ledger.View, g *ledger.Genesis) ([]byte, error) {
	sets, err := epochs(view, view.Height)
	if err != nil {
		return nil, err
	}
	t := &verify.Trust{Version: verify.TrustVersion, Network: g.Network, Genesis: verify.Hex(g.Hash()),
		ChainID: g.ChainID, Height: view.Height, IssuedAt: time.Unix(0, view.Time).UTC().Truncate(time.Second),
		Epochs: sets}
	for _, p := range g.Predecessors {
		t.Predecessors = append(t.Predecessors, verify.TrustPredecessor{ChainID: p.ChainID, Genesis: verify.Hex(p.Genesis), Height: p.Height, Seal: verify.Hex(p.Seal)})
	}
	if t.Roots, err = dailyRoots(view); err != nil {
		return nil, err
	}
	if view.Config.Clock.Training() {
		t.TrainingDay = time.Duration(view.Config.Clock.Day).String()
	}
	for _, m := range view.Config.Members {
		for _, k := range m.Keys {
			if k.Purpose == ledger.Operate {
				continue
			}
			key, err := trustKey(m, k)
			if err != nil {
				return nil, err
			}
			t.Keys = append(t.Keys, key)
		}
	}
	if t.Reversals, err = reversals(view); err != nil {
		return nil, err
	}
	return t.Encode()
}

// reversals are the decisions in force that reverse the ends of records.
func reversals(view *ledger.View) ([]verify.Reversal, error) {
	all, err := view.Reversals()
	if err != nil {
		return nil, err
	}
	var out []verify.Reversal
	for _, r := range all {
		k := view.Config.Member(r.Member).Key(r.Key)
		if k == nil {
			return nil, fault.Newf(fault.Internal, "reversals", "member %d has no key %d", r.Member, r.Key)
		}
		public, err := k.PublicKey()
		if err != nil {
			return nil, err
		}
		out = append(out, verify.Reversal{Certificate: verify.ReversedID(verify.Hex(r.Event)), Height: r.Height, Member: uint32(r.Member),
			Key: verify.Multikey(public), DecidedOn: r.DecidedOn.String(), Signature: r.Signature})
	}
	return out, nil
}

// GenesisDocument returns the genesis document, JSON, as institutions keep it.
func (n *Node) GenesisDocument(context.Context) ([]byte, error) {
	return readFile(n.home.path(GenesisFile))
}

// Verify checks a certificate with this node's own trust file.
func (n *Node) Verify(ctx context.Context, file []byte, requireStatus bool) ([]byte, error) {
	b, err := n.Trust(ctx)
	if err != nil {
		return nil, err
	}
	trust, err := verify.ParseTrust(b)
	if err != nil {
		return nil, err
	}
	report := verify.Verify(file, trust, verify.Options{Now: n.home.now(), RequireStatus: requireStatus})
	out, err := json.Marshal(report)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "report", err)
	}
	return out, nil
}

func trustKey(m ledger.Member, k ledger.Key) (verify.TrustKey, error) {
	t := verify.TrustKey{Member: uint32(m.ID), NameZH: m.NameZH, NameEN: m.NameEN, FromHeight: max(k.From, 1), ToHeight: k.To,
		Algorithm: map[ledger.Algorithm]string{ledger.Ed25519: verify.AlgorithmEd25519, ledger.P256: verify.AlgorithmP256, ledger.SM2: verify.AlgorithmSM2}[k.Algorithm]}
	if k.Algorithm == ledger.SM2 {
		t.PublicKey = verify.SM2Multikey(k.Compressed())
		return t, nil
	}
	public, err := k.PublicKey()
	if err != nil {
		return verify.TrustKey{}, err
	}
	t.PublicKey = verify.Multikey(public)
	if len(k.Certificate) > 0 {
		t.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate}))
	}
	return t, nil
}

// lightBlock waits for the commit of a block that is about to be decided.
func (n *Node) lightBlock(ctx context.Context, height int64) ([]byte, error) {
	for {
		b, err := n.engine.LightBlock(height)
		if err == nil || !fault.Is(err, fault.NotFound) {
			return b, err
		}
		select {
		case <-ctx.Done():
			return nil, fault.Wrap(fault.NotReady, "block", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
