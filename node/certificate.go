package node

import (
	"context"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/verify"
)

// Certificate renders the certificate of a record that has ended with what it shows by
// default, in both languages, lang first.
func (n *Node) Certificate(ctx context.Context, caller api.Caller, id, lang string) ([]byte, error) {
	return n.Document(ctx, caller, id, client.DocumentRequest{Kind: client.DocumentCertificate,
		Languages: verify.Languages(languages(message.Parse(lang))...)})
}

// Document renders a certificate or a notice of listing as its holder chooses. Every
// node that holds the body can: the PDF's signature says who rendered it, the rest is
// proved by the ledger. With an access code it is the letter for the post instead.
func (n *Node) Document(ctx context.Context, caller api.Caller, id string, q client.DocumentRequest) ([]byte, error) {
	if caller.Kind != api.Operator {
		return nil, fault.New(fault.NotAuthenticated, "certificate")
	}
	view, err := n.current()
	if err != nil {
		return nil, err
	}
	r, err := find(view, id)
	if err != nil {
		return nil, err
	}
	return n.document(ctx, view, r, q)
}

func (n *Node) document(ctx context.Context, view *ledger.View, r *ledger.Record, q client.DocumentRequest) ([]byte, error) {
	choice, err := choiceOf(q)
	if err != nil {
		return nil, err
	}
	if pdf, ok, err := n.drawnFile(view, r, q, choice); ok || err != nil {
		return pdf, err
	}
	return n.render(ctx, view, r, q, choice)
}

// render draws a document anew.
func (n *Node) render(ctx context.Context, view *ledger.View, r *ledger.Record, q client.DocumentRequest, choice certificate.Choice) ([]byte, error) {
	own, err := n.ownCopy(ctx, view, r, q.Kind)
	if err != nil {
		return nil, err
	}
	by, err := n.issuer.of(n.member(view), view.Height+1)
	if err != nil {
		return nil, err
	}
	by.Stamp = n.stamper(ctx)
	c, err := certificate.Reissue(own, choice, by, time.Now())
	if err != nil {
		return nil, err
	}
	var pdf []byte
	var warnings []certificate.Warning
	if q.Code != "" {
		pdf, warnings, err = certificate.Letter(c, q.Code)
	} else {
		pdf, warnings, err = certificate.Draw(c, by)
	}
	for _, w := range warnings {
		n.log.Warn("certificate", "record", r.ID.String(), "warning", string(w))
	}
	return pdf, err
}

func choiceOf(q client.DocumentRequest) (certificate.Choice, error) {
	disclose, err := certificate.ParseUnits(q.Disclose)
	if err != nil {
		return certificate.Choice{}, err
	}
	langs, err := certificate.ParseLanguages(q.Languages)
	return certificate.Choice{Disclose: disclose, Languages: langs, Recipient: q.Recipient}, err
}

// OwnCopy returns the holder's own copy, JSON: everything that can be disclosed, from
// which the holder makes presentations without any node.
func (n *Node) OwnCopy(ctx context.Context, caller api.Caller, id, kind string) ([]byte, error) {
	if caller.Kind != api.Operator {
		return nil, fault.New(fault.NotAuthenticated, "certificate")
	}
	view, err := n.current()
	if err != nil {
		return nil, err
	}
	r, err := find(view, id)
	if err != nil {
		return nil, err
	}
	own, err := n.ownCopy(ctx, view, r, kind)
	if err != nil {
		return nil, err
	}
	return own.Canonical()
}

// ownCopy makes the holder's copy from the ledger and the body; where the body has been
// replaced since, it is the copy that was kept with the record.
func (n *Node) ownCopy(ctx context.Context, view *ledger.View, r *ledger.Record, kind string) (*verify.Presentation, error) {
	index, event, raw, err := documented(view, r, kind)
	if err != nil {
		return nil, err
	}
	packet, err := n.vault.Get(event.Commitment)
	if fault.Is(err, fault.BodyMissing) {
		return n.keptCopy(r.ID, raw)
	}
	if err != nil {
		return nil, err
	}
	proven, err := n.prove(ctx, view, index)
	if err != nil {
		return nil, err
	}
	return n.makeCopy(view, r, event, raw, packet, proven)
}

func (n *Node) makeCopy(view *ledger.View, r *ledger.Record, event *proof.Event, raw []byte, packet vault.Packet, proven certificate.LedgerProof) (*verify.Presentation, error) {
	body, err := content(packet)
	if err != nil {
		return nil, err
	}
	issuer, err := n.issuer.of(n.member(view), view.Height+1)
	if err != nil {
		return nil, err
	}
	in := certificate.Input{Network: n.home.Genesis.Network, GenesisHash: n.home.Genesis.Hash(), ChainID: n.home.Genesis.ChainID,
		Event: raw, Body: *body, Secret: packet.Secret, Ledger: proven, Contract: describe(view, event),
		Issuer: issuer, Now: time.Now()}
	if event.Listed() {
		in.Exits = waysOut(view, r)
	}
	if view.Config.Clock.Training() {
		in.TrainingDay = time.Duration(view.Config.Clock.Day)
	}
	return certificate.OwnCopy(in)
}

// documented finds the event that a kind of document is about: the one that ended the
// record, or the newest that listed it.
func documented(view *ledger.View, r *ledger.Record, kind string) (uint64, *proof.Event, []byte, error) {
	switch kind {
	case "", client.DocumentCertificate:
		return newest(view, r, ended,
			"it has not ended, or no block has recorded the end yet")
	case client.DocumentNotice:
		return newest(view, r, func(e *proof.Event) bool { return e.Listed() }, "it has been neither listed nor noticed")
	}
	return 0, nil, nil, fault.New(fault.BadArgument, "kind")
}

func newest(view *ledger.View, r *ledger.Record, is func(*proof.Event) bool, none string) (uint64, *proof.Event, []byte, error) {
	indices, err := view.History(r)
	if err != nil {
		return 0, nil, nil, err
	}
	for i := len(indices) - 1; i >= 0; i-- {
		event, raw, err := view.Event(indices[i])
		if err != nil {
			return 0, nil, nil, err
		}
		if is(event) {
			return indices[i], event, raw, nil
		}
	}
	return 0, nil, nil, fault.Newf(fault.GuardNotMet, "record", "%s", none)
}

// waysOut puts the ways out of a record into words, as they stand now.
func waysOut(view *ledger.View, r *ledger.Record) []certificate.Exit {
	var out []certificate.Exit
	for _, w := range view.Explain(r).Ways {
		x := certificate.Exit{ZH: w.Title.ZH, EN: w.Title.EN, How: string(w.How)}
		if w.Due != 0 {
			x.Due = w.Due.String()
		}
		for _, t := range w.Conditions {
			zh, en := t.Title.ZH, t.Title.EN
			if t.Absent {
				zh, en = chinese.Text("post.not", zh), english.Text("post.not", en)
			}
			x.Conditions = append(x.Conditions, [2]string{zh, en})
		}
		for _, a := range w.Cite {
			x.Articles = append(x.Articles, certificate.Article{Key: a.Key, ZH: a.Text.ZH, EN: a.Text.EN})
		}
		out = append(out, x)
	}
	return out
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

// languages puts a language first and the other behind it.
func languages(first message.Lang) []message.Lang {
	if first == message.English {
		return []message.Lang{message.English, message.Chinese}
	}
	return []message.Lang{message.Chinese, message.English}
}
