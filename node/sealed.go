package node

import (
	"context"
	"crypto/ecdh"
	"slices"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/register"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// topicSealed hands a sealed copy to every member's node, or has it taken out.
const topicSealed = consensus.Topic(9)

// sealedName is the attachment that holds the locator of a record's sealed copy as long as
// the record is not erased: a second one takes the first one's place. With the record goes
// what leads from it to the copy.
const sealedName = "sealed"

// sealedLetter is a request on topicSealed.
type sealedLetter struct {
	Ticket  *credit.Ticket `cbor:"1,keyasint,omitempty"` // of the holder; to keep one
	Locator wire.Hash      `cbor:"2,keyasint"`
	Sealed  []byte         `cbor:"3,keyasint,omitempty"` // empty: it is to go
}

// SubjectSeal seals the certificate of a record that has ended to its access code and has
// every member's node keep it beyond the erasure.
func (n *Node) SubjectSeal(ctx context.Context, q client.SealRequest) (client.Sealed, error) {
	view, r, ticket, err := n.holder(q.SubjectAccess)
	if err != nil {
		return client.Sealed{}, err
	}
	locator, key, err := sealTo(q)
	if err != nil {
		return client.Sealed{}, err
	}
	own, err := n.ownCopy(ctx, view, r, client.DocumentCertificate)
	if err != nil {
		return client.Sealed{}, err
	}
	b, err := own.Canonical()
	if err != nil {
		return client.Sealed{}, err
	}
	sealed, err := certificate.SealCopy(b, key)
	if err != nil {
		return client.Sealed{}, err
	}
	if err := n.noteSubject(r.ID); err != nil {
		return client.Sealed{}, err
	}
	if err := n.keepSealed(r.ID, locator, sealed); err != nil {
		return client.Sealed{}, err
	}
	out := client.Sealed{Until: n.home.now().UTC().Add(register.KeepSealed * time.Second).Format(time.DateOnly), Away: []uint32{}}
	out.Kept, out.Away = n.tellAll(ctx, view, sealedLetter{Ticket: &ticket, Locator: locator, Sealed: sealed})
	return out, nil
}

// sealTo is where a copy is to lie and who can open it.
func sealTo(q client.SealRequest) (locator wire.Hash, key *ecdh.PublicKey, err error) {
	if q.Code != "" {
		code, err := credit.ParseAccessCode(q.Code)
		if err != nil {
			return locator, nil, err
		}
		return code.CopyLocator(), code.SealKey().PublicKey(), nil
	}
	if len(q.Locator) != len(locator) {
		return locator, nil, fault.New(fault.BadRequest, "locator")
	}
	if key, err = ecdh.X25519().NewPublicKey(q.Key); err != nil {
		return locator, nil, fault.New(fault.BadRequest, "key")
	}
	return wire.Hash(q.Locator), key, nil
}

// tellAll sends a letter to every other member's node, and says who has done as it asks,
// this node first, and who has not answered.
func (n *Node) tellAll(ctx context.Context, view *ledger.View, l sealedLetter) (done, away []uint32) {
	ctx, cancel := context.WithTimeout(ctx, queriesTime)
	defer cancel()
	done, away = []uint32{uint32(n.home.Member.ID)}, []uint32{}
	b := wire.Encode(l)
	var mu sync.Mutex
	var told sync.WaitGroup
	for i := range view.Config.Members {
		m := &view.Config.Members[i]
		if m.Node == "" || m.ID == n.home.Member.ID {
			continue
		}
		told.Go(func() {
			_, err := n.engine.Ask(ctx, m.ID, topicSealed, b)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done = append(done, uint32(m.ID))
			} else {
				away = append(away, uint32(m.ID))
			}
		})
	}
	told.Wait()
	slices.Sort(done[1:])
	slices.Sort(away)
	return done, away
}

// serveSealed keeps a copy for the holder of a record's access code, or takes one out for
// whoever knows where it lies.
func (n *Node) serveSealed(_ context.Context, _ ledger.MemberID, request []byte) ([]byte, error) {
	var l sealedLetter
	if err := wire.Decode(request, &l); err != nil {
		return nil, err
	}
	if len(l.Sealed) == 0 {
		return []byte{}, n.register.DropCopy(l.Locator)
	}
	if l.Ticket == nil || !certificate.SealedShape(l.Sealed) {
		return nil, fault.New(fault.Malformed, "sealed")
	}
	view, err := n.current()
	if err != nil {
		return nil, err
	}
	r, err := n.opens(view, *l.Ticket)
	if err != nil {
		return nil, err
	}
	return []byte{}, n.keepSealed(r.ID, l.Locator, l.Sealed)
}

// keepSealed keeps a copy in the place of the record's former one.
func (n *Node) keepSealed(id ledger.RecordID, locator wire.Hash, sealed []byte) error {
	former, there, err := n.vault.Attached(vault.Record(id), sealedName)
	if err != nil {
		return err
	}
	if err := n.vault.Attach(true, vault.Attachment{Record: vault.Record(id), Name: sealedName, Value: locator[:]}); err != nil {
		return err
	}
	var replaces []wire.Hash
	if there && len(former) == len(locator) && wire.Hash(former) != locator {
		replaces = append(replaces, wire.Hash(former))
	}
	return n.register.KeepCopy(locator, sealed, n.home.now().Unix(), replaces...)
}

// SubjectSealed returns a sealed copy to whoever knows where it lies, which takes the
// access code; nobody else can open it. What is read is the same where there is none.
func (n *Node) SubjectSealed(ctx context.Context, q client.SealedRequest) (client.SealedCopy, error) {
	if len(q.Locator) != len(wire.Hash{}) {
		return client.SealedCopy{}, fault.New(fault.BadRequest, "locator")
	}
	locator := wire.Hash(q.Locator)
	if q.Remove {
		if err := n.register.DropCopy(locator); err != nil {
			return client.SealedCopy{}, err
		}
		if _, away := n.tellAll(ctx, n.engine.View(), sealedLetter{Locator: locator}); len(away) > 0 {
			return client.SealedCopy{}, fault.Newf(fault.NotReady, "members", "%v did not answer: ask there, too", away)
		}
		return client.SealedCopy{}, nil
	}
	sealed, err := n.register.SealedCopy(locator)
	return client.SealedCopy{Sealed: sealed}, err
}
