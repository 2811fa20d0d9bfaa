package contract

import "github.com/riviera-ledger/riviera/credit"

// Orphaned is the transition of a record that ends because no body is left that could
// decide it: what nobody can end by a decision must not go on by itself.
const Orphaned = "orphaned"

// orphanedTitle says so to people.
var orphanedTitle = Text{ZH: "决定机关已退出且无机关承接，记录解除", EN: "released: the deciding body has left and none has succeeded it"}

// Release ends a record whose deciding body has left without a successor: a listing is
// released as by the document's own last deadline, what is not listed yet is rejected.
// Where that meets an error the record goes into quarantine: hidden all the same. It
// reports false, and changes nothing, where the record has ended already.
func (c *Contract) Release(in Instance, at credit.Moment, cal *credit.Calendar) (Instance, []Taken, bool) {
	to, ok := c.orphanage(c.Status(in).Phase)
	if in.Zero() || !ok {
		return in, nil, false
	}
	m := c.machine(in, at, cal)
	m.in.quarantined = false
	t := *to
	t.id, t.title, t.cite, t.guards, t.due = Orphaned, orphanedTitle, nil, nil, nil
	err := m.apply("", []move{{0, &t}})
	if err == nil {
		err = m.rest()
	}
	if err == nil {
		return m.in, m.taken, true
	}
	if in.quarantined {
		return in, nil, false
	}
	q := c.machine(in, at, cal)
	q.quarantine("")
	return q.in, q.taken, true
}

// orphanage finds how records of a phase end: an exit takes the assignments of the first
// deadline of the document that leads to one, so that retention counts from the day.
func (c *Contract) orphanage(p Phase) (*transition, bool) {
	want := Exited
	switch p {
	case Draft, Noticed, Grace:
		want = Rejected
	case Active, ExitDue, Suspended:
	default:
		return nil, false
	}
	main := &c.regions[0]
	for i := range main.states {
		for _, t := range main.states[i].after {
			if t.to != stay && main.states[t.to].phase == want {
				return t, true
			}
		}
	}
	for i := range main.states {
		if main.states[i].phase == want {
			return &transition{to: i}, true
		}
	}
	return nil, false
}
