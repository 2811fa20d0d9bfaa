package contract

// WayTitle returns what a step is called for people: the title of the transition where
// nobody sent an event, else that of the event. It is empty for names that the document
// does not have.
func (c *Contract) WayTitle(transition, event string) Text {
	if transition == Orphaned {
		return orphanedTitle
	}
	if t := c.transitionTitle(transition); t != (Text{}) {
		return t
	}
	spec, _ := c.Event(event)
	return spec.Title
}
