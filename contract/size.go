package contract

// Size is how much a document holds.
type Size struct {
	Regions     int `json:"regions"`
	States      int `json:"states"`
	Transitions int `json:"transitions"`
	Events      int `json:"events"`
	Conditions  int `json:"conditions"`
	Parameters  int `json:"parameters"`
}

// Size counts what the document holds; a transition that several states share counts
// once.
func (c *Contract) Size() Size {
	s := Size{Regions: len(c.regions), Events: len(c.events), Conditions: len(c.conditions), Parameters: len(c.params)}
	for i := range c.regions {
		s.States += len(c.regions[i].states)
	}
	seen := map[string]bool{}
	c.all(func(t *transition) { seen[t.id] = true })
	s.Transitions = len(seen)
	return s
}
