package main

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/network"
)

func (a *app) member() *cobra.Command {
	return a.group("member", a.listMembers(), a.showMember(), a.applyMember(), a.admitMember(),
		a.gateCommand("member.suspend", "suspend ID", ledger.GateSuspend), a.gateCommand("member.resume", "resume ID", ledger.GateResume),
		a.removeMember(), a.changeRoles(), a.recoverMember(), a.stayChange(), a.objectKeys(), a.succeedMember(), a.leaveNetwork(), a.memberKeys(), a.operators())
}

func (a *app) listMembers() *cobra.Command {
	c := a.command("member.list", "list", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		api, err := a.reading()
		if err != nil {
			return err
		}
		members, err := api.Members(c.Context())
		if err != nil {
			return err
		}
		g, err := api.Governance(c.Context())
		if err != nil {
			return err
		}
		if a.json {
			return a.object(struct {
				client.Members
				Governance client.Governance `json:"governance"`
			}{members, g})
		}
		rows := [][]string{{a.text("member.id"), a.text("member.institution"), a.text("member.roles"), a.text("member.constituency"), a.text("member.state"), a.text("member.blocks")}}
		for _, m := range members.Members {
			rows = append(rows, []string{strconv.Itoa(int(m.ID)), a.pick(m.NameZH, m.NameEN), a.roleNames(m.Roles), m.Constituency, a.text("member.state." + m.State), attendance(m)})
		}
		table(a.out, rows)
		a.underWay(g)
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func attendance(m client.Member) string {
	if m.Counted == 0 {
		return ""
	}
	return strconv.Itoa(m.Blocks) + "/" + strconv.Itoa(m.Counted)
}

func (a *app) roleNames(roles []string) string {
	var out []string
	for _, r := range roles {
		out = append(out, a.text("member.role."+r))
	}
	return strings.Join(out, a.text("member.and"))
}

// scopeNames names the functions of a key.
func (a *app) scopeNames(scope []string) string {
	var out []string
	for _, s := range scope {
		out = append(out, a.text("member.scope."+s))
	}
	return strings.Join(out, a.text("member.and"))
}

// underWay tells what is under notice or waits.
func (a *app) underWay(g client.Governance) {
	if x := g.Change; x != nil {
		switch {
		case x.Rotation:
			a.say("member.change.rotation", x.Join, local(x.Due))
		case x.Join != 0 && x.Leave != 0:
			a.say("member.change.replace", x.Join, x.Leave, local(x.Due))
		case x.Join != 0:
			a.say("member.change.join", x.Join, local(x.Due))
		default:
			a.say("member.change.leave", x.Leave, local(x.Due))
		}
		a.say("member.change.act", x.Act, len(x.Stays))
	}
	for _, f := range g.Nodes {
		a.say("node.rotate.former", f.Member, f.Node, local(f.Until))
	}
	if t := g.Takeover; t != nil {
		a.say("member.takeover", t.Member, local(t.Due), t.Act)
	}
	for _, l := range g.Leaving {
		a.say("member.leaves", l.Member, l.Day)
	}
	for _, p := range g.Pending {
		a.say("member.pending", p.Member, p.What, p.Signed, p.Needed, local(p.Lapses), p.Act)
	}
}

func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func (a *app) showMember() *cobra.Command {
	c := a.command("member.show", "show ID", a.between(1, 1), func(c *cobra.Command, args []string) error {
		id, err := parseMember(args[0])
		if err != nil {
			return err
		}
		api, err := a.reading()
		if err != nil {
			return err
		}
		members, err := api.Members(c.Context())
		if err != nil {
			return err
		}
		for _, m := range members.Members {
			if m.ID == uint32(id) {
				return a.printMember(m)
			}
		}
		return fault.New(fault.UnknownMember, "member")
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

func (a *app) printMember(m client.Member) error {
	if a.json {
		return a.object(m)
	}
	rows := [][]string{{a.text("member.id"), strconv.Itoa(int(m.ID))}, {a.text("member.institution"), a.pick(m.NameZH, m.NameEN)}}
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, []string{a.text(key), value})
		}
	}
	number := func(n uint32) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(int(n))
	}
	add("member.code", m.Code)
	add("member.roles", a.roleNames(m.Roles))
	add("member.constituency", m.Constituency)
	add("member.contact", m.Contact)
	add("member.state", a.text("member.state."+m.State))
	add("member.node", m.Node)
	add("member.superior", number(m.Superior))
	add("member.successor-of", number(m.Successor))
	add("member.named", number(m.Named))
	add("member.release", m.Release)
	add("member.blocks", attendance(m))
	add("member.threshold", number(uint32(m.Threshold)))
	table(a.out, rows)
	keys := [][]string{{a.text("member.key"), a.text("member.purpose"), a.text("member.algorithm"), a.text("member.operator"), a.text("member.scope"), a.text("member.heights"), a.text("member.in-force")}}
	for _, k := range m.Keys {
		inForce := a.text("member.no")
		if k.InForce {
			inForce = a.text("member.yes")
		}
		until := ""
		if k.To != 0 {
			until = strconv.FormatInt(k.To, 10)
		}
		keys = append(keys, []string{strconv.Itoa(int(k.ID)), a.text("member.purpose." + k.Purpose), k.Algorithm, k.Operator, a.scopeNames(k.Scope), strconv.FormatInt(k.From, 10) + "–" + until, inForce})
	}
	a.say("member.keys-of")
	table(a.out, keys)
	return nil
}

// applicant is what the flags say of an institution that wants to become a member.
type applicant struct {
	network.Application
	from             string // address of a member's API
	roles            []string
	number, superior uint32
}

// applicantFlags adds the flags that describe an applicant.
func (a *app) applicantFlags(c *cobra.Command, p *applicant) {
	f := c.Flags()
	f.StringVar(&p.Out, "out", "", a.text("network.flag.out"))
	f.BoolVar(&p.Protect, "protect", false, a.text("network.flag.protect"))
	f.StringVar(&p.from, "api", "", a.text("flag.api"))
	f.StringArrayVar(&p.roles, "role", nil, a.text("member.flag.role"))
	f.Uint32Var(&p.number, "number", 0, a.text("member.flag.number"))
	f.Uint32Var(&p.superior, "superior", 0, a.text("member.flag.superior"))
	f.StringVar(&p.NameZH, "name-zh", "", a.text("member.flag.name-zh"))
	f.StringVar(&p.NameEN, "name-en", "", a.text("member.flag.name-en"))
	f.StringVar(&p.Code, "code", "", a.text("member.flag.code"))
	f.StringVar(&p.Constituency, "constituency", "", a.text("member.flag.constituency"))
	f.StringVar(&p.Contact, "contact", "", a.text("member.flag.contact"))
	f.StringVar(&p.Engine, "listen", "127.0.0.1:27600", a.text("member.flag.listen"))
	f.StringVar(&p.API, "api-listen", "127.0.0.1:27601", a.text("member.flag.api-listen"))
	f.StringArrayVar(&p.Peers, "peer", nil, a.text("member.flag.peer"))
}

// apply makes the applicant's home; where no number is given, it is the next one at the
// node that was named.
func (a *app) apply(ctx context.Context, p *applicant) (*ledger.Member, error) {
	for _, r := range p.roles {
		p.Roles = append(p.Roles, ledger.Role(r))
	}
	p.Number, p.Superior, p.Now = ledger.MemberID(p.number), ledger.MemberID(p.superior), time.Now()
	if p.Number == 0 && p.from != "" {
		members, err := a.at(p.from).Members(ctx)
		if err != nil {
			return nil, err
		}
		p.Number = ledger.MemberID(len(members.Members) + 1)
	}
	if p.Number == 0 {
		return nil, usage(a.text("usage.flag-required", "--number"))
	}
	p.Protect = p.Protect || !p.Genesis.Clock.Training()
	return network.Apply(p.Application)
}

// at returns a client of the node at an address that the user has given.
func (a *app) at(address string) *client.Client {
	api := client.New(baseURL(address), "")
	a.dress(api)
	return api
}

// applyMember makes the home of an institution that wants to become a member.
func (a *app) applyMember() *cobra.Command {
	var p applicant
	var genesis string
	c := a.command("member.apply", "apply --out DIR --role ROLE…", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		b, err := readInput(genesis)
		if err != nil {
			return err
		}
		if p.Genesis, err = ledger.ParseGenesis(b); err != nil {
			return err
		}
		m, err := a.apply(c.Context(), &p)
		if err != nil {
			return err
		}
		if a.json {
			return a.object(m)
		}
		a.say("member.applied", p.Out, m.ID)
		return nil
	})
	a.applicantFlags(c, &p)
	c.Flags().StringVar(&genesis, "genesis", "", a.text("member.flag.genesis"))
	a.require(c, "out", "genesis", "role", "name-zh", "name-en", "code", "contact")
	a.jsonFlag(c)
	return c
}

// readEntry reads the entry of an application.
func readEntry(path string) (*ledger.Member, error) {
	b, err := readInput(path)
	if err != nil {
		return nil, err
	}
	m := new(ledger.Member)
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fault.Wrap(fault.Malformed, path, err)
	}
	return m, nil
}
