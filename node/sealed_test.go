package node

import (
	"bytes"
	"testing"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// sealed: the holder has a copy kept by every node, twice with another code's key in
// between; strangers have none kept.
func (d *desk) sealed(t *testing.T) {
	other := credit.NewAccessCode([17]byte{9})
	if _, err := d.all[bureau].SubjectSeal(t.Context(), client.SealRequest{SubjectAccess: client.SubjectAccess{Record: d.id.String(), Code: other.Text()}}); !fault.Is(err, fault.AccessRefused) {
		t.Errorf("a stranger: %v", err)
	}
	ticket := credit.NewTicket(d.homes[0].Genesis.Hash(), d.id, d.homes[bureau].now(), d.code.SigningKey())
	locator := other.CopyLocator()
	byTicket := client.SealRequest{SubjectAccess: client.SubjectAccess{Record: d.id.String(), Ticket: &client.SubjectTicket{Issued: ticket.Issued, Signature: ticket.Signature}},
		Locator: locator[:], Key: other.SealKey().PublicKey().Bytes()}
	for _, bad := range []client.SealRequest{{SubjectAccess: byTicket.SubjectAccess}, {SubjectAccess: byTicket.SubjectAccess, Locator: locator[:], Key: []byte{1}}} {
		if _, err := d.all[bureau].SubjectSeal(t.Context(), bad); !fault.Is(err, fault.BadRequest) {
			t.Errorf("no key: %v", err)
		}
	}
	for _, q := range []client.SealRequest{byTicket, {SubjectAccess: d.access()}} {
		d.eventually("every node keeps it", func() error {
			out, err := d.all[bureau].SubjectSeal(t.Context(), q)
			if err == nil && (len(out.Kept) != nodesCount || out.Kept[0] != bureau+1) {
				err = fault.Newf(fault.NotReady, "", "kept by %v, away %v", out.Kept, out.Away)
			}
			return err
		})
	}
	if _, err := d.all[tax].serveSealed(t.Context(), 1, wire.Encode(sealedLetter{Locator: locator, Sealed: make([]byte, certificate.MaxSealed)})); !fault.Is(err, fault.Malformed) {
		t.Errorf("a member without a ticket: %v", err)
	}
	ticket.Record[0] ^= 1
	if _, err := d.all[tax].serveSealed(t.Context(), 1, wire.Encode(sealedLetter{Ticket: &ticket, Locator: locator, Sealed: make([]byte, certificate.MaxSealed)})); !fault.Is(err, fault.AccessRefused) {
		t.Errorf("a member with another record's ticket: %v", err)
	}
	if _, err := d.all[tax].SubjectSealed(t.Context(), client.SealedRequest{Locator: locator[:]}); !fault.Is(err, fault.NoSealedCopy) {
		t.Errorf("the former copy is still there: %v", err)
	}
}

// opened: after the erasure every node gives the copy to whoever has the code, with as many
// reads as where there is none, and it still says what it said; then it is taken out.
func (d *desk) opened(t *testing.T) {
	locator, none := d.code.CopyLocator(), credit.NewAccessCode([17]byte{8}).CopyLocator()
	for i, n := range d.all {
		found, err := n.SubjectSealed(t.Context(), client.SealedRequest{Locator: locator[:]})
		if err != nil {
			t.Fatal(err)
		}
		own, err := certificate.OpenSealedCopy(found.Sealed, d.code.SealKey())
		if err != nil {
			t.Fatal(err)
		}
		p, err := verify.ParsePresentation(own)
		if err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		if p, err = p.Choose([]string{credit.UnitName}, "", "zh-CN"); err != nil {
			t.Fatal(err)
		}
		if pdf, _, err := certificate.DrawHeld(p); err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) {
			t.Errorf("node %d: %v", i, err)
		}
		if _, here, err := n.vault.Attached(d.id, sealedName); here || err != nil {
			t.Errorf("node %d still knows whose the copy is: %v", i, err)
		}
	}
	there := d.reads(tax, func(n *Node) { _, _ = n.SubjectSealed(t.Context(), client.SealedRequest{Locator: locator[:]}) })
	absent := d.reads(tax, func(n *Node) {
		if _, err := n.SubjectSealed(t.Context(), client.SealedRequest{Locator: none[:]}); !fault.Is(err, fault.NoSealedCopy) {
			t.Errorf("%v", err)
		}
	})
	if there != absent {
		t.Errorf("reads: %v where there is one, %v where there is none", there, absent)
	}
	d.eventually("every node takes it out", func() error {
		_, err := d.all[court].SubjectSealed(t.Context(), client.SealedRequest{Locator: locator[:], Remove: true})
		return err
	})
	for i, n := range d.all {
		if _, err := n.SubjectSealed(t.Context(), client.SealedRequest{Locator: locator[:]}); !fault.Is(err, fault.NoSealedCopy) {
			t.Errorf("node %d: %v", i, err)
		}
	}
}
