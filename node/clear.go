package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// topicClear asks a recorder to attest that a party is clear.
const topicClear = consensus.Topic(3)

// clearTime bounds the collection of attestations, and how long a recorder waits for a
// block that it does not have yet.
const clearTime = 8 * time.Second

// clearAsked is the letter to a recorder: the statement, and what opens its commitment.
type clearAsked struct {
	Attested []byte             `cbor:"1,keyasint"` // canonical CBOR of proof.Clear
	Type     credit.SubjectType `cbor:"2,keyasint"`
	Code     string             `cbor:"3,keyasint"`
	Name     string             `cbor:"4,keyasint"`
	Secret   proof.Secret       `cbor:"5,keyasint"`
	Purpose  string             `cbor:"6,keyasint"`
}

// clearAnswered is a recorder's answer: its credential key and its signature.
type clearAnswered struct {
	Key       string `cbor:"1,keyasint"`
	Signature []byte `cbor:"2,keyasint"`
}

func (q *clearAsked) party() certificate.Party {
	return certificate.Party{Type: q.Type, Name: q.Name, Code: q.Code}
}

func (q *clearAsked) question() client.StandingRequest {
	return client.StandingRequest{Code: q.Code, Name: q.Name, Purpose: q.Purpose}
}

// Clear makes a certificate of clear standing for the party that stands at this
// institution's counter. More than a third of the recorders each look for themselves, at
// one height, and sign. A party that is listed is fault.NotClear.
func (n *Node) Clear(ctx context.Context, caller api.Caller, q client.ClearRequest) ([]byte, error) {
	if caller.Kind != api.Operator {
		return nil, fault.New(fault.NotAuthenticated, "certificate")
	}
	langs, err := certificate.ParseLanguages(q.Languages)
	if err != nil {
		return nil, err
	}
	answer, err := n.Standing(ctx, caller, client.StandingRequest{Code: q.Code, Name: q.Name, Purpose: q.Purpose})
	if err != nil {
		return nil, err
	}
	if answer.Answer != client.Clear {
		return nil, fault.New(fault.NotClear, "party")
	}
	view, err := n.fresh()
	if err != nil {
		return nil, err
	}
	asked, err := n.clearStatement(view, q)
	if err != nil {
		return nil, err
	}
	attestations, err := n.attestations(ctx, view, asked)
	if err != nil {
		return nil, err
	}
	now := n.engine.View()
	by, err := n.issuer.of(n.member(now), now.Height+1)
	if err != nil {
		return nil, err
	}
	by.Stamp = n.stamper(ctx)
	in := certificate.ClearInput{Network: n.home.Genesis.Network, GenesisHash: n.home.Genesis.Hash(), ChainID: n.home.Genesis.ChainID,
		Party: asked.party(), Secret: asked.Secret, Attested: asked.Attested, Attestations: attestations,
		Issuer: by, Languages: langs, Recipient: q.Recipient, Now: time.Now()}
	if view.Config.Clock.Training() {
		in.TrainingDay = time.Duration(view.Config.Clock.Day)
	}
	c, err := certificate.Clear(in)
	if err != nil {
		return nil, err
	}
	pdf, warnings, err := certificate.Draw(c, by)
	for _, w := range warnings {
		n.log.Warn("certificate of clear standing", "warning", string(w))
	}
	return pdf, err
}

// clearStatement says what is to be attested, at the height of a view.
func (n *Node) clearStatement(view *ledger.View, q client.ClearRequest) (*clearAsked, error) {
	kind, err := checkQuestion(api.Caller{Kind: api.Operator}, client.StandingRequest{Code: q.Code, Name: q.Name, Purpose: q.Purpose})
	if err != nil {
		return nil, err
	}
	asked := &clearAsked{Type: kind, Code: q.Code, Name: q.Name, Purpose: q.Purpose}
	clear := proof.Clear{Genesis: n.home.Genesis.Hash(), Height: view.Height, Time: view.Moment, AppHash: view.AppHash}
	rand.Read(asked.Secret[:]) // never fails
	rand.Read(clear.ID[:])
	clear.Subject = asked.party().Commit(clear.ID, asked.Secret)
	asked.Attested = clear.Encode()
	return asked, nil
}

// attestations asks every recorder at once and takes as many as answer by the time that
// there are enough.
func (n *Node) attestations(ctx context.Context, view *ledger.View, asked *clearAsked) ([]verify.Attestation, error) {
	ctx, cancel := context.WithTimeout(ctx, clearTime)
	defer cancel()
	var recorders []*ledger.Member
	for i := range view.Config.Members {
		if m := &view.Config.Members[i]; m.Has(ledger.Recorder) && len(m.Consensus) > 0 {
			recorders = append(recorders, m)
		}
	}
	var mu sync.Mutex
	var all []verify.Attestation
	var group sync.WaitGroup
	for _, m := range recorders {
		group.Go(func() {
			a, err := n.attestation(ctx, m, asked)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				if all = append(all, a); 3*len(all) > len(recorders) {
					cancel()
				}
			case ctx.Err() == nil:
				n.log.Info("recorder does not attest", "recorder", uint32(m.ID), "code", fault.Of(err).String())
			}
		})
	}
	group.Wait()
	if 3*len(all) <= len(recorders) {
		return nil, fault.Newf(fault.TooFewAttested, "recorders", "%d of %d", len(all), len(recorders))
	}
	slices.SortFunc(all, func(a, b verify.Attestation) int { return cmp.Compare(a.Member, b.Member) })
	return all, nil
}

// attestation asks one recorder and checks what it answers.
func (n *Node) attestation(ctx context.Context, m *ledger.Member, asked *clearAsked) (verify.Attestation, error) {
	request := wire.Encode(asked)
	var b []byte
	var err error
	if m.ID == n.home.Member.ID {
		b, err = n.serveClear(ctx, m.ID, request)
	} else {
		b, err = n.engine.Ask(ctx, m.ID, topicClear, request)
	}
	if err != nil {
		return verify.Attestation{}, err
	}
	var answer clearAnswered
	if err := wire.Decode(b, &answer); err != nil {
		return verify.Attestation{}, err
	}
	a := verify.Attestation{Member: verify.Count(m.ID), Name: verify.Bilingual(m.NameZH, m.NameEN), Key: answer.Key, Signature: answer.Signature}
	if !hasCredentialKey(m, answer.Key) {
		return a, fault.New(fault.UnknownKey, "attestation")
	}
	return a, verify.VerifyAttestation(asked.Attested, a)
}

// hasCredentialKey reports whether a key is the member's credential key in use.
func hasCredentialKey(m *ledger.Member, multikey string) bool {
	for _, k := range m.Keys {
		if k.Purpose != ledger.Credential || k.To != 0 {
			continue
		}
		if public, err := k.PublicKey(); err == nil && verify.Multikey(public) == multikey {
			return true
		}
	}
	return false
}

// serveClear answers as a recorder: it looks for itself, at the height that the statement
// names, in the bodies that it holds. It attests nothing else than what it has seen:
// another genesis, time, state or commitment is refused, and so is a block that this node
// no longer has at hand. The question is logged like any other.
func (n *Node) serveClear(ctx context.Context, from ledger.MemberID, request []byte) ([]byte, error) {
	var q clearAsked
	if err := wire.Decode(request, &q); err != nil {
		return nil, err
	}
	clear, err := proof.DecodeClear(q.Attested)
	if err != nil {
		return nil, err
	}
	if !n.home.Member.Has(ledger.Recorder) {
		return nil, fault.New(fault.RoleNotAllowed, "recorder")
	}
	kind, err := checkQuestion(api.Caller{Kind: api.Operator}, q.question())
	if err != nil {
		return nil, err
	}
	view, err := n.viewAt(ctx, clear.Height)
	if err != nil {
		return nil, err
	}
	if kind != q.Type || clear.Genesis != n.home.Genesis.Hash() || clear.Time != view.Moment || clear.AppHash != view.AppHash ||
		clear.Subject != q.party().Commit(clear.ID, q.Secret) {
		return nil, fault.New(fault.CommitmentMismatch, "statement")
	}
	found, err := n.standing(view, kind, q.question())
	if err != nil {
		return nil, err
	}
	if from != n.home.Member.ID { // its own people's question is logged already
		caller := api.Caller{Kind: api.Querier, Name: "member", Member: uint32(from)}
		if err := n.noteQuestion(caller, q.Purpose, proof.AskedStanding, found.hits...); err != nil {
			return nil, err
		}
	}
	if len(found.listed) > 0 {
		return nil, fault.New(fault.NotClear, "party")
	}
	key, err := n.credential()
	if err != nil {
		return nil, err
	}
	signature, err := certificate.Attest(q.Attested, key)
	if err != nil {
		return nil, err
	}
	return wire.Encode(clearAnswered{Key: verify.Multikey(key.Public()), Signature: signature}), nil
}

// recentViews are the views of the last blocks, by height. A view is readable for
// consensus.ViewLife, so a height is at hand for half of that.
type recentViews struct {
	mu    sync.Mutex
	views map[int64]*ledger.View
	news  chan struct{} // closed with the next block
}

func (r *recentViews) add(v *ledger.View) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.views == nil {
		r.views = map[int64]*ledger.View{}
	}
	r.views[v.Height] = v
	for h, old := range r.views {
		if time.Duration(v.Time-old.Time) > consensus.ViewLife/2 {
			delete(r.views, h)
		}
	}
	if r.news != nil {
		close(r.news)
		r.news = nil
	}
}

// at returns the view of a height, or a channel that is closed when there are more.
func (r *recentViews) at(height int64) (*ledger.View, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.news == nil {
		r.news = make(chan struct{})
	}
	return r.views[height], r.news
}

// viewAt returns the view of a height at which this node held every live body: it waits
// for a height to come, and refuses one that has gone.
func (n *Node) viewAt(ctx context.Context, height int64) (*ledger.View, error) {
	ctx, cancel := context.WithTimeout(ctx, clearTime/2)
	defer cancel()
	for {
		view, news := n.views.at(height)
		whole, err := n.fresh()
		if err == nil && view != nil && whole.Height >= height {
			return view, nil
		}
		if err == nil && view == nil && whole.Height >= height {
			return nil, fault.Newf(fault.StaleNode, "view", "that block has passed")
		}
		select {
		case <-ctx.Done():
			return nil, fault.Newf(fault.StaleNode, "view", "that block has not come")
		case <-news:
		}
	}
}
