package node

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/verify"
)

// drawn: the deciding institution draws the notice of correction without being asked, hands
// out that very file where nobody chose otherwise, and no other institution does.
func (d *desk) drawn(t *testing.T) {
	n, own := d.all[court], api.Caller{Kind: api.Operator}
	var file []byte
	d.eventually("the drawn notice", func() (err error) {
		var here bool
		if file, here, err = n.vault.Attached(d.id, d.drawnName()); err == nil && !here {
			err = errors.New("not drawn")
		}
		return err
	})
	report := verify.Verify(file, nil, verify.Options{Now: time.Now()})
	if report.Kind != verify.TypeCorrection {
		t.Errorf("drawn: %s %s", report.Kind, report.Reason)
	}
	for _, q := range []client.DocumentRequest{{}, {Languages: "zh-CN en"}} {
		if got, err := n.Document(t.Context(), own, d.id.String(), q); err != nil || !bytes.Equal(got, file) {
			t.Errorf("%+v: not the drawn file, %v", q, err)
		}
	}
	for _, q := range []client.DocumentRequest{{Languages: "en"}, {Recipient: "a bank"}, {Disclose: []string{"case_no"}}} {
		if got, err := n.Document(t.Context(), own, d.id.String(), q); err != nil || bytes.Equal(got, file) {
			t.Errorf("%+v: the drawn file for a choice, %v", q, err)
		}
	}
	if _, here, err := d.all[province].vault.Attached(d.id, d.drawnName()); here || err != nil {
		t.Errorf("another institution drew it: %v", err)
	}
	t.Logf("%d bytes", len(file))
}

// drawnGone: the file went with the record; one that was never drawn would be counted, except
// where that may have been before this node began to note it.
func (d *desk) drawnGone(t *testing.T) {
	n := d.all[court]
	if _, here, err := n.vault.Attached(d.id, d.drawnName()); here || err != nil {
		t.Errorf("the drawn file is still here: %v", err)
	}
	index, before := d.end(), undrawn(t, n)
	n.drawNext(t.Context(), n.engine.View(), &drawing{past: index + 1}, index)
	if got := undrawn(t, n); got != before {
		t.Errorf("counted %v of before", got-before)
	}
	x := &drawing{}
	n.drawNext(t.Context(), n.engine.View(), x, index)
	if got := undrawn(t, n); got != before+1 || len(x.behind) != 0 {
		t.Errorf("counted %v, %d to be tried again", got-before, len(x.behind))
	}
}

// undrawn reads the counter as a scraper does.
func undrawn(t *testing.T, n *Node) float64 {
	families, err := n.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "riviera_undrawn_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatal("no riviera_undrawn_total")
	return 0
}

func (d *desk) end() uint64 {
	index, _ := d.ending()
	return index
}

func (d *desk) drawnName() string {
	_, raw := d.ending()
	return drawnName(raw)
}

// ending is the event that ended the record.
func (d *desk) ending() (uint64, []byte) {
	view := d.all[court].engine.View()
	r, err := view.Record(d.id)
	if err != nil {
		d.t.Fatal(err)
	}
	index, _, raw, err := documented(view, r, client.DocumentCertificate)
	if err != nil {
		d.t.Fatal(err)
	}
	return index, raw
}
