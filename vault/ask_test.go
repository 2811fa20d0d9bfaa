package vault

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/riviera-ledger/riviera/credit"
)

// TestAskReadsAlike: about a subject with a record, one whose name does not agree, one
// erased, one replaced and one that never was, as many entries are read and come back; a
// party with many records steps to the next power of two.
func TestAskReadsAlike(t *testing.T) {
	v := openVault(t, vfs.NewMem())
	reads := func(s Subject, name string) (n uint64, found, named int) {
		t.Helper()
		before := v.Reads()
		matches, err := v.Ask(s, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range matches {
			if !m.Decoy {
				found++
				if m.Named {
					named++
				}
			}
		}
		if uint64(len(matches)) != v.Reads()-before {
			t.Errorf("%d matches, %d reads", len(matches), v.Reads()-before)
		}
		return v.Reads() - before, found, named
	}
	nobody := Subject{credit.Person, "110105194912310000"}
	if n, found, _ := reads(nobody, "无名"); n != AskedAlike || found != 0 {
		t.Errorf("an empty vault: %d reads, %d found", n, found)
	}
	live, gone, dropped := sample(t, 1, 1), sample(t, 2, 1), sample(t, 3, 1)
	put(t, v, 10, live, gone, dropped)
	bind(t, v, 1, live, gone, dropped)
	if err := v.Erase(gone.Record); err != nil {
		t.Fatal(err)
	}
	if err := v.Drop(dropped.Commitment); err != nil {
		t.Fatal(err)
	}
	for what, q := range map[string]struct {
		s            Subject
		name         string
		found, named int
	}{
		"live":             {subjectOf(live), live.Content.SubjectName, 1, 1},
		"spelt otherwise":  {subjectOf(live), " " + live.Content.SubjectName + "\u200b", 1, 1},
		"name not agreed":  {subjectOf(live), "别人", 1, 0},
		"erased":           {subjectOf(gone), gone.Content.SubjectName, 0, 0},
		"dropped":          {subjectOf(dropped), dropped.Content.SubjectName, 0, 0},
		"never was":        {nobody, "无名", 0, 0},
		"of another type":  {Subject{credit.Org, live.Content.SubjectCode}, live.Content.SubjectName, 0, 0},
		"without any name": {subjectOf(live), "", 1, 0},
	} {
		if n, found, named := reads(q.s, q.name); n != AskedAlike || found != q.found || named != q.named {
			t.Errorf("%s: %d reads, %d found, %d named", what, n, found, named)
		}
	}
	var more []*Checked
	for i := range 3 {
		c := sample(t, 1001+1000*i, 1) // the same code
		more = append(more, c)
	}
	put(t, v, 10, more...)
	bind(t, v, 2, more...)
	if n, found, named := reads(subjectOf(live), live.Content.SubjectName); n != 2*AskedAlike || found != 4 || named != 1 {
		t.Errorf("four records: %d reads, %d found, %d named", n, found, named)
	}
}

// TestAskAfterReopening: the tags of code and name are those of the slots.
func TestAskAfterReopening(t *testing.T) {
	fs := vfs.NewMem()
	v := openVault(t, fs)
	c := sample(t, 5, 1)
	put(t, v, 10, c)
	bind(t, v, 1, c)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = openVault(t, fs)
	matches, err := v.Ask(subjectOf(c), c.Content.SubjectName)
	if err != nil || len(matches) != AskedAlike || matches[0].Decoy || !matches[0].Named || matches[0].Commitment != c.Commitment || !matches[1].Decoy {
		t.Errorf("%+v %v", matches, err)
	}
}
