package node

import (
	"errors"
	"io/fs"
	"os"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
)

// TrustFile lies in a home that joined a running network: what its node believed about
// the recorders before it had a state of its own.
const TrustFile = "trust.json"

// CheckTrust refuses a trust file of another network.
func CheckTrust(t *verify.Trust, g *ledger.Genesis) error {
	if t.Genesis != verify.Hex(g.Hash()) || t.ChainID != g.ChainID {
		return fault.New(fault.ForeignGenesis, TrustFile)
	}
	return nil
}

// joining lets the engine begin with a snapshot where the home has a trust file; nil where
// it has none.
func (h *Home) joining() (*consensus.Joining, error) {
	b, err := os.ReadFile(h.path(TrustFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, TrustFile, err)
	}
	trust, err := verify.ParseTrust(b)
	if err != nil {
		return nil, fault.Wrap(fault.Of(err), TrustFile, err)
	}
	if err := CheckTrust(trust, h.Genesis); err != nil {
		return nil, err
	}
	return &consensus.Joining{
		Since: trust.Since(),
		Believe: func(handovers []proof.LightBlock, target proof.LightBlock) error {
			return trust.Believe(handovers, target, h.now())
		},
		Accept: func(v *ledger.View) error { return bearsWitness(trust, v) },
	}, nil
}

// bearsWitness holds a state's days to the daily roots of a trust file: a state with
// another past is none of this network's, whoever has signed it.
func bearsWitness(trust *verify.Trust, v *ledger.View) error {
	days := map[string]ledger.Day{}
	last := credit.Date(0)
	err := v.Days(0, func(d ledger.Day) bool {
		days[d.Date.String()], last = d, d.Date
		return true
	})
	if err != nil {
		return err
	}
	for _, r := range trust.Roots {
		d, there := days[r.Day]
		if !there && r.Day > last.String() {
			break // the file is newer than the state
		}
		if !there || d.Size != r.Size || verify.Hex(d.Root) != r.Root {
			return fault.Newf(fault.SnapshotForged, "snapshot", "the log's root of %s is not the trust file's", r.Day)
		}
	}
	return nil
}
