package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/network"
	"github.com/riviera-ledger/riviera/node"
)

// foundedNetwork is what `network init --json` prints.
type foundedNetwork struct {
	Dir         string        `json:"dir"`
	Network     string        `json:"network"`
	ChainID     string        `json:"chain_id"`
	GenesisHash string        `json:"genesis_hash"`
	TrainingDay string        `json:"training_day,omitempty"`
	Protected   bool          `json:"protected"` // keys are sealed, approvers' keys apart
	Homes       []foundedHome `json:"homes"`
}

type foundedHome struct {
	Home   string `json:"home"`
	Member uint32 `json:"member"`
	Role   string `json:"role"`
	NameZH string `json:"name_zh"`
	NameEN string `json:"name_en"`
	API    string `json:"api"`
}

func (a *app) network() *cobra.Command {
	o := network.Options{}
	var day, hosts string
	c := a.command("network.init", "init --out DIR", a.between(0, 0), func(*cobra.Command, []string) error {
		if day != "" {
			d, err := time.ParseDuration(day)
			if err != nil || d <= 0 {
				return usage(a.text("usage.flag-invalid", "--training-day", "1s, 500ms, 2m"))
			}
			o.TrainingDay = d
		}
		if hosts != "" {
			if err := a.readHosts(hosts, &o); err != nil {
				return err
			}
		}
		o.Now = time.Now()
		o.Protect = o.Protect || o.TrainingDay == 0
		n, err := network.Create(o)
		if err != nil {
			return err
		}
		return a.printNetwork(n, o)
	})
	f := c.Flags()
	f.StringVar(&o.Out, "out", "", a.text("network.flag.out"))
	f.StringVar(&o.Name, "name", "riviera", a.text("network.flag.name"))
	f.IntVar(&o.Recorders, "recorders", 4, a.text("network.flag.recorders"))
	f.IntVar(&o.Contributors, "contributors", 1, a.text("network.flag.contributors"))
	f.StringVar(&day, "training-day", "", a.text("network.flag.training-day"))
	f.StringVar(&hosts, "host-file", "", a.text("network.flag.host-file"))
	f.BoolVar(&o.SM2, "sm2", false, a.text("network.flag.sm2"))
	f.BoolVar(&o.Protect, "protect", false, a.text("network.flag.protect"))
	f.IntVar(&o.BasePort, "base-port", 27600, a.text("network.flag.base-port"))
	a.require(c, "out")
	a.jsonFlag(c)
	return a.group("network", c, a.networkUpgrade(), a.networkUpgrades(), a.networkExport(), a.networkSucceed())
}

func (a *app) readHosts(path string, o *network.Options) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Newf(fault.Usage, "--host-file", "%s", a.text("file.unreadable", path))
	}
	defer f.Close()
	o.Places, err = network.ParsePlaces(f)
	return err
}

func (a *app) printNetwork(n *network.Network, o network.Options) error {
	hash := n.Genesis.Hash()
	out := foundedNetwork{Dir: n.Dir, Network: n.Genesis.Network, ChainID: n.Genesis.ChainID, GenesisHash: hex.EncodeToString(hash[:]), Protected: o.Protect}
	if o.TrainingDay != 0 {
		out.TrainingDay = o.TrainingDay.String()
	}
	for _, list := range []struct {
		role  string
		homes []string
	}{{"recorder", n.Recorders}, {"contributor", n.Contributors}} {
		for _, dir := range list.homes {
			h, err := node.OpenHome(dir)
			if err != nil {
				return err
			}
			out.Homes = append(out.Homes, foundedHome{Home: dir, Member: uint32(h.Member.ID), Role: list.role,
				NameZH: h.Member.NameZH, NameEN: h.Member.NameEN, API: h.Config.API.Listen})
		}
	}
	if a.json {
		return a.object(out)
	}
	a.say("network.done", out.Network, n.Dir, out.GenesisHash)
	if out.TrainingDay != "" {
		a.say("training", a.spell(out.TrainingDay))
	}
	if o.Protect {
		a.say("network.protected")
	} else {
		a.say("network.unprotected")
	}
	rows := [][]string{{a.text("network.home"), a.text("network.member"), a.text("network.role"), a.text("network.institution"), "API"}}
	for _, h := range out.Homes {
		rows = append(rows, []string{filepath.Base(h.Home), strconv.FormatUint(uint64(h.Member), 10), a.text("network.role." + h.Role), a.pick(h.NameZH, h.NameEN), h.API})
	}
	table(a.out, rows)
	a.say("network.next", filepath.Join(n.Dir, filepath.Base(out.Homes[0].Home)))
	return nil
}
