package node

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
)

// issuer is the institution as the signer of documents.
type issuer struct {
	credential  crypto.Signer
	document    crypto.Signer
	certificate *x509.Certificate
}

func openIssuer(h *Home) (*issuer, error) {
	i := &issuer{}
	var err error
	if i.credential, err = h.Signer(CredentialKey); err != nil {
		return nil, err
	}
	if i.document, err = h.Signer(DocumentKey); err != nil {
		return nil, err
	}
	for _, k := range h.Member.Keys {
		if k.Purpose == ledger.Document && len(k.Certificate) > 0 {
			if i.certificate, err = x509.ParseCertificate(k.Certificate); err != nil {
				return nil, fault.Wrap(fault.BadConfig, "document key", err)
			}
		}
	}
	if i.certificate == nil {
		return nil, fault.Newf(fault.BadConfig, "document key", "the genesis names no certificate for it")
	}
	return i, nil
}

// Certificate renders the certificate of a record that has ended, from the event that
// ended it. Every node can: the PDF's signature says who rendered it, the exit rests on
// the ledger proof.
func (n *Node) Certificate(ctx context.Context, caller api.Caller, id, lang string) ([]byte, error) {
	if caller.Kind != api.Operator {
		return nil, fault.New(fault.NotAuthenticated, "certificate")
	}
	view := n.engine.View()
	r, err := find(view, id)
	if err != nil {
		return nil, err
	}
	index, event, raw, err := exit(view, r)
	if err != nil {
		return nil, err
	}
	packet, err := n.vault.Get(event.Commitment)
	if err != nil {
		return nil, err
	}
	body, err := packet.Check()
	if err != nil {
		return nil, err
	}
	proven, err := n.prove(ctx, view, index)
	if err != nil {
		return nil, err
	}
	in := certificate.Input{Network: n.home.Genesis.Network, GenesisHash: n.home.Genesis.Hash(), ChainID: n.home.Genesis.ChainID,
		Event: raw, Body: body.Content, Secret: packet.Secret, Ledger: proven, Contract: describe(view, event),
		Issuer: n.issuer.of(n.home.Member), Languages: languages(message.Parse(lang)), Now: time.Now()}
	if view.Config.Clock.Training() {
		in.TrainingDay = time.Duration(view.Config.Clock.Day)
	}
	pdf, warnings, err := certificate.Issue(in)
	for _, w := range warnings {
		n.log.Warn("certificate", "record", id, "warning", string(w))
	}
	return pdf, err
}

// exit finds the event that ended a record.
func exit(view *ledger.View, r *ledger.Record) (uint64, *proof.Event, []byte, error) {
	indices, err := view.History(r)
	if err != nil {
		return 0, nil, nil, err
	}
	for i := len(indices) - 1; i >= 0; i-- {
		event, raw, err := view.Event(indices[i])
		if err != nil {
			return 0, nil, nil, err
		}
		if event.Released() && !event.Commitment.Zero() {
			return indices[i], event, raw, nil
		}
	}
	return 0, nil, nil, fault.Newf(fault.GuardNotMet, "record", "it has not ended, or no block has recorded the end yet")
}

// describe puts the contract's words beside its numbers.
func describe(view *ledger.View, event *proof.Event) certificate.Contract {
	c := view.Config.Contract(event.Contract) // the version that released the record, its own or a newer one
	ref := c.Ref()
	out := certificate.Contract{ID: ref.ID, Version: ref.Version, TitleZH: c.Title(chinese), TitleEN: c.Title(english)}
	way := c.WayTitle(event.Transition, event.Name)
	out.WayZH, out.WayEN = way.ZH, way.EN
	for _, key := range event.Cite {
		if a, ok := c.Article(key); ok {
			out.Articles = append(out.Articles, certificate.Article{Key: key, ZH: a.Text.ZH, EN: a.Text.EN})
		}
	}
	return out
}

func (i *issuer) of(m *ledger.Member) certificate.Issuer {
	return certificate.Issuer{MemberID: uint32(m.ID), NameZH: m.NameZH, NameEN: m.NameEN, Code: m.Code,
		CredentialKey: i.credential, DocumentKey: i.document, Certificate: []*x509.Certificate{i.certificate}}
}

// languages puts a language first and the other behind it.
func languages(first message.Lang) []message.Lang {
	if first == message.English {
		return []message.Lang{message.English, message.Chinese}
	}
	return []message.Lang{message.Chinese, message.English}
}
