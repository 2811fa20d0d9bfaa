package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/verify"
)

func (a *app) auditConsistency() *cobra.Command {
	var from, to int64
	var out, trust string
	c := a.command("audit.consistency", "consistency --from HEIGHT --to HEIGHT", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if from < 1 || to <= from {
			return fault.New(fault.Usage, a.text("usage.audit-heights"))
		}
		var err error
		s := &session{}
		if a.home == "" && a.api != "" {
			s.client = client.New(baseURL(a.api), "")
			a.dress(s.client)
		} else if s, err = a.session(); err != nil {
			return err
		}
		b, err := s.client.LogProof(c.Context(), nil, []int64{from, to})
		if err != nil {
			return a.undetermined(err)
		}
		if out != "" {
			if err := a.toFile(out, func(w io.Writer) error { _, err := w.Write(b); return failed(err) }); err != nil {
				return err
			}
		}
		var t *verify.Trust
		if trust != "" {
			t, err = readTrust(trust)
		} else { // what the node says of itself: the proof is then only as good as the node
			var own []byte
			if own, err = s.client.Trust(c.Context()); err == nil {
				t, err = verify.ParseTrust(own)
			}
			a.note("audit.own-trust")
		}
		if err != nil {
			return err
		}
		return a.checkProof(b, t)
	})
	a.homeFlags(c)
	c.Flags().Int64Var(&from, "from", 0, a.text("audit.flag.from-height"))
	c.Flags().Int64Var(&to, "to", 0, a.text("audit.flag.to-height"))
	c.Flags().StringVar(&out, "out", "", a.text("audit.flag.out"))
	c.Flags().StringVar(&trust, "trust", "", a.text("certificate.flag.trust"))
	a.require(c, "from")
	a.require(c, "to")
	a.jsonFlag(c)
	return c
}

// auditCheck verifies a saved proof with nothing but a trust file.
func (a *app) auditCheck() *cobra.Command {
	var trust string
	c := a.command("audit.check", "check FILE --trust TRUST", a.between(1, 1), func(_ *cobra.Command, args []string) error {
		b, err := readBounded(args[0], "FILE", verify.MaxLogProof)
		if err != nil {
			return err
		}
		t, err := readTrust(trust)
		if err != nil {
			return err
		}
		return a.checkProof(b, t)
	})
	c.Flags().StringVar(&trust, "trust", "", a.text("certificate.flag.trust"))
	a.require(c, "trust")
	a.jsonFlag(c)
	return c
}

// maxShownEvents is how many proved events are listed where no JSON is asked for.
const maxShownEvents = 20

// shownProof is what a verified proof shows.
type shownProof struct {
	Height     int64             `json:"height"`
	Time       time.Time         `json:"time"`
	Size       uint64            `json:"log_size"`
	Signers    int               `json:"signers"`
	Recorders  int               `json:"recorders"`
	Witnessed  bool              `json:"daily_root"`
	Retired    bool              `json:"retired_keys"`
	Events     int               `json:"events"`
	Continuous []verify.LogPoint `json:"points"`
	Proved     []shownEvent      `json:"proved"`
}

// shownEvent is one proved event about a record.
type shownEvent struct {
	Index    uint64 `json:"index"` // its place in the log
	Height   int64  `json:"height"`
	Recorded string `json:"recorded"` // ledger time
	Record   string `json:"record"`
	Phase    string `json:"phase"` // after it
}

func eventsOf(r *verify.LogReport) []shownEvent {
	out := []shownEvent{}
	for i, e := range r.Events {
		if e.Record != [16]byte{} {
			out = append(out, shownEvent{Index: r.Indices[i], Height: e.Height, Recorded: e.Recorded.String(),
				Record: ledger.RecordID(e.Record).String(), Phase: contract.Phase(e.Phase).String()})
		}
	}
	return out
}

func (a *app) checkProof(b []byte, t *verify.Trust) error {
	p, err := verify.ParseLogProof(b)
	if err != nil {
		return err
	}
	r, err := p.Verify(t)
	if err != nil {
		return err
	}
	shown := shownProof{Height: r.Height, Time: r.Time, Size: r.Size, Signers: r.Support.Signers, Recorders: r.Support.Validators,
		Witnessed: r.Witness, Retired: r.Retired, Events: len(r.Events), Continuous: append([]verify.LogPoint{}, r.Points...),
		Proved: eventsOf(r)}
	if a.json {
		err = a.object(shown)
	} else {
		a.say("audit.proved", r.Height, r.Time.Format(time.RFC3339), r.Size, r.Support.Signers, r.Support.Validators)
		a.say("audit.proved-events", len(r.Events))
		for _, e := range shown.Proved[:min(len(shown.Proved), maxShownEvents)] {
			a.say("audit.proved-event", e.Index, e.Height, e.Recorded, e.Record, a.text("phase."+e.Phase))
		}
		for i := 1; i < len(r.Points); i++ {
			x, y := r.Points[i-1], r.Points[i]
			a.say("audit.continues", y.Height, y.Size, x.Height, x.Size)
		}
	}
	if err == nil && r.Retired && !r.Witness {
		a.note("audit.retired")
		return status(exitIndeterminate)
	}
	return err
}
