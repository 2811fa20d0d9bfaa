package node

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/verify"
)

// Trust returns the trust file at this node's height: a function of the ledger alone,
// the same from every node.
func (n *Node) Trust(context.Context) ([]byte, error) {
	view := n.engine.View()
	sets, err := epochs(view, view.Height)
	if err != nil {
		return nil, err
	}
	t := &verify.Trust{Version: verify.TrustVersion, Network: n.home.Genesis.Network, Genesis: verify.Hex(n.home.Genesis.Hash()),
		ChainID: n.home.Genesis.ChainID, Height: view.Height, IssuedAt: time.Unix(0, view.Time).UTC().Truncate(time.Second),
		Epochs: sets}
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
	return t.Encode()
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
	public, err := publicKey(k)
	if err != nil {
		return verify.TrustKey{}, err
	}
	t := verify.TrustKey{Member: uint32(m.ID), NameZH: m.NameZH, NameEN: m.NameEN, Algorithm: verify.AlgorithmEd25519,
		PublicKey: verify.Multikey(public), FromHeight: max(k.From, 1), ToHeight: k.To}
	if k.Algorithm == ledger.P256 {
		t.Algorithm = verify.AlgorithmP256
	}
	if len(k.Certificate) > 0 {
		t.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate}))
	}
	return t, nil
}

func publicKey(k ledger.Key) (crypto.PublicKey, error) {
	if k.Algorithm == ledger.Ed25519 {
		return ed25519.PublicKey(k.Public), nil
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Public)
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, "document key", err)
	}
	return public, nil
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

// Checkpoint returns the log's signed checkpoint (C2SP tlog-checkpoint): origin, size
// and root, signed by this institution, for any transparency witness.
func (n *Node) Checkpoint(context.Context) (string, error) {
	view := n.engine.View()
	origin := "riviera/" + n.home.Genesis.ChainID
	text := origin + "\n" + strconv.FormatUint(view.LogSize, 10) + "\n" + base64.StdEncoding.EncodeToString(view.LogRoot[:]) + "\n"
	signed, err := note.Sign(&note.Note{Text: text}, noteSigner{n.issuer.credential, origin + "/" + strconv.Itoa(int(n.home.Member.ID))})
	if err != nil {
		return "", fault.Wrap(fault.Internal, "checkpoint", err)
	}
	return string(signed), nil
}

// noteSigner signs notes with an Ed25519 key behind crypto.Signer.
type noteSigner struct {
	key  crypto.Signer
	name string
}

func (s noteSigner) Name() string { return s.name }

// KeyHash is the first four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ public key), C2SP
// signed-note.
func (s noteSigner) KeyHash() uint32 {
	public := s.key.Public().(ed25519.PublicKey)
	h := sha256.Sum256(append([]byte(s.name+"\n\x01"), public...))
	return uint32(h[0])<<24 | uint32(h[1])<<16 | uint32(h[2])<<8 | uint32(h[3])
}

func (s noteSigner) Sign(msg []byte) ([]byte, error) { return s.key.Sign(nil, msg, crypto.Hash(0)) }
