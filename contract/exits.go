package contract

import "slices"

// Exit is a way off the list as a letter tells it: what happens, and under which articles.
type Exit struct {
	Title Text
	Cite  []Article
}

// Exits lists the ways off the list from every main state in force, in the order of the
// document: those over conditions, by date, then by a decision. An article's annulment is
// among them; a suspension is none.
func (c *Contract) Exits() []Exit {
	var out []Exit
	add := func(t *transition, title Text) {
		if t.to == stay || title == (Text{}) {
			return
		}
		switch c.regions[0].states[t.to].phase {
		case ExitDue, Exited, Annulled:
			x := Exit{title, c.articles(t.cite)}
			if !slices.ContainsFunc(out, func(o Exit) bool { return o.Title == x.Title }) {
				out = append(out, x)
			}
		}
	}
	for i := range c.regions[0].states {
		st := &c.regions[0].states[i]
		if st.phase != Active {
			continue
		}
		for _, t := range st.always {
			add(t, t.title)
		}
		for _, t := range st.after {
			add(t, t.title)
		}
		for e, ts := range st.on {
			for _, t := range ts {
				add(t, c.events[e].Title)
			}
		}
	}
	return out
}

// SubjectEvents lists what the subject of a record may file, in the document's order.
func (c *Contract) SubjectEvents() []EventSpec {
	var out []EventSpec
	for i := range c.events {
		if c.events[i].By&RoleSubject != 0 {
			out = append(out, c.events[i].EventSpec)
		}
	}
	return out
}
