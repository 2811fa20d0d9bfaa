package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/verify"
)

// forgetting is one network through which everything below goes in turn. Its disks keep
// what is removed; two of them leave out a guard, so that the search finds something.
type forgetting struct {
	*life
	disks  []*haunted
	code   credit.AccessCode
	held   []byte  // the holder's certificate, disclosing the name alone
	sealed markers // ciphertexts that must go with the record
	load   func()  // ends the import that runs beside
	backup string  // of a node, made before the erasure
}

// Nodes of TestErasure beside those of TestLife.
const (
	careless = 1 // leaves the slots of secrets as they are
	untidy   = 2 // removes files without overwriting them
	absent   = 3 // the deciding body's; down when the time comes
	newcomer = 5 // joins after the erasure
)

// TestErasure lists, pays down, releases and erases a record on a network under load,
// with a restart in the middle, one node down at the end of the retention, one that is
// restored from a backup made before it and one that joins after it; then it looks through every file of every node, living or removed, with
// the nodes' own keys. On the two disks without a guard it finds what it looks for.
func TestErasure(t *testing.T) {
	t.Parallel()
	f := &forgetting{}
	spoilt := map[int]guard{careless: zeroSlots, untidy: zeroFiles}
	n := start(t, shape{recorders: 4, contributors: 2, day: 100 * time.Millisecond, sm2: true, prepare: func(i int, h *node.Home) {
		f.disks = append(f.disks, newHaunted(t, spoilt[i]))
		h.Disk = f.disks[i]
	}})
	f.life = &life{testNetwork: n}
	f.backup = filepath.Join(t.TempDir(), "backup.tar")
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"one has not joined yet", f.away},
		{"listed, asked about, disputed, paid down", f.listed},
		{"released, and taken along", f.released},
		{"backed up while it is written to", f.backedUp},
		{"restarted, and what the disks hold", f.restarted},
		{"forgotten where a node runs", f.forgotten},
		{"a node that was down does not serve what is to go", f.back},
		{"one is restored from before, and does not serve it", f.restored},
		{"one joins, and never sees the body", f.joined},
		{"what the holder keeps", f.kept},
		{"what the holder had sealed", f.sealedCopy},
		{"nothing is left on any disk", f.nothing},
		{"what a missing guard leaves", f.spoilt},
	} {
		if !t.Run(step.name, func(t *testing.T) { f.t = t; step.run(t) }) {
			t.FailNow()
		}
	}
	f.t = t
}

func (f *forgetting) away(t *testing.T) {
	f.halt(newcomer)
	if err := os.RemoveAll(f.Home(newcomer).Data("")); err != nil {
		t.Fatal(err)
	}
}

// writing imports records at a node until the returned function is called.
func (f *forgetting) writing(seed uint64) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int)
	file := sampleFile(f.t, 4000, seed, f.today())
	n := *f.testNetwork // the steps change its t meanwhile
	go func() {
		_, err := n.importFile(ctx, registry, intake.Migrate, file, func(o *intake.Options) { o.Batch, o.InFlight = 10, 1 })
		if err == nil {
			done <- 1
		}
		close(done)
	}()
	return func() {
		cancel()
		if _, ended := <-done; ended {
			f.t.Log("the import ended before it was stopped: there was no load at the end")
		}
	}
}

func (f *forgetting) listed(t *testing.T) {
	f.load = f.writing(1)
	today := f.today()
	body := markedBody(t, 1, today.AddDays(-40))
	body.PublishedOn = today.AddDays(-30)
	f.followed = f.create(absent, absent, clerk.Migrate, body)
	c := f.clerk(absent)
	var err error
	if f.code, err = c.NewAccessCode(); err != nil {
		t.Fatal(err)
	}
	f.sendAll(c, c.Access(f.followed.record, f.code.PublicKey(), false))
	for _, i := range []int{0, 1, 2, 3, bureau} {
		f.eventually("listed", func() error {
			a, err := f.client(i).Standing(t.Context(), client.StandingRequest{Code: body.SubjectCode, Name: body.SubjectName, Purpose: purposeMarked})
			if err == nil && a.Answer != client.Listed {
				err = fmt.Errorf("node %d answers %s", i, a.Answer)
			}
			return err
		})
	}
	f.eventually("the filing", func() error {
		_, err := f.client(bureau).SubjectFile(t.Context(), client.Filing{SubjectAccess: f.access(), Event: "claim", Text: storyMarked,
			Files: []client.PaperFile{{Name: "标记凭证甲.pdf", Data: []byte("%PDF-1.4 标记附件内容之样例")}}})
		return err
	})
	before := *f.followed
	f.paid = &before
	f.act(c, clerk.ActSpec{Record: f.followed.record, Event: "pay", Kind: credit.JudgmentDefaulter, Amend: clerk.Pay(654_321_987_654, "标记部分履行之后仍欠款项")})
	f.markSecrets(t, c)
}

// Texts beside the body that must go with it.
const (
	purposeMarked = "标记用途：授信审批之样例"
	storyMarked   = "标记陈述：已于四月一日履行完毕之样例。"
)

func (f *forgetting) sendAll(c *clerk.Clerk, entries ...clerk.Entry) {
	f.t.Helper()
	out, err := c.Send(context.Background(), entries)
	if err == nil {
		err = out.First()
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *forgetting) access() client.SubjectAccess {
	return client.SubjectAccess{Record: f.followed.record.String(), Code: f.code.Text()}
}

// packet asks a node for the body with its secret, as its own people.
func (f *forgetting) packet(i int) (vault.Packet, error) {
	raw, err := f.client(i).Packet(context.Background(), f.followed.record.String())
	if err != nil {
		return vault.Packet{}, err
	}
	return vault.DecodePacket(raw)
}

// markSecrets notes the body that is there now, the salts of all bodies, and what else is
// known about the record outside of the ledger.
func (f *forgetting) markSecrets(t *testing.T, c *clerk.Clerk) {
	f.eventually("the new body", func() error {
		p, err := f.packet(absent)
		if err != nil {
			return err
		}
		o, err := p.Check()
		if err != nil {
			return err
		}
		if o.Content.Amount == f.paid.body.Amount {
			return fmt.Errorf("the old body is still there")
		}
		f.mark(&o.Content, p.Secret)
		f.followed.body, f.followed.secret = o.Content, p.Secret
		return nil
	})
	for _, s := range []proof.Secret{f.paid.secret, f.followed.secret} {
		for i, salt := range proof.Salts(s, 9) {
			f.marks.secret(fmt.Sprint("salt ", i), salt[:])
		}
	}
	f.marks.text("the purpose", purposeMarked)
	f.marks.text("the filing", storyMarked)
	f.marks.text("the attached file", "标记附件内容之样例")
	f.marks.text("the access code", f.code.Text())
	f.marks.text("the access code, typed", strings.ReplaceAll(f.code.Text(), "-", ""))
	f.marks.secret("the key of the access code", f.code.SigningKey().Seed())
	seed, locator := f.code.SealSeed(), f.code.CopyLocator()
	f.marks.secret("the seed of the sealed copy", seed[:])
	f.marks.secret("the sealed copy's place", locator[:])
}

func (f *forgetting) released(t *testing.T) {
	f.act(f.clerk(absent), clerk.ActSpec{Record: f.followed.record, Event: "performed", Kind: credit.JudgmentDefaulter})
	id := f.followed.record.String()
	var own []byte
	f.eventually("the certificate", func() (err error) {
		own, err = f.client(absent).OwnCopy(t.Context(), id, client.DocumentCertificate)
		return err
	})
	p, err := verify.ParsePresentation(own)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.Choose([]string{credit.UnitName}, "", "zh-CN"); err != nil {
		t.Fatal(err)
	}
	if f.held, _, err = certificate.DrawHeld(p); err != nil {
		t.Fatal(err)
	}
	f.eventually("a sealed copy at every node", func() error {
		out, err := f.client(absent).Seal(t.Context(), client.SealRequest{SubjectAccess: f.access()})
		if err == nil && len(out.Kept) != 5 {
			err = fmt.Errorf("kept by %v", out.Kept)
		}
		return err
	})
	if v, err := f.client(absent).SubjectView(t.Context(), f.access()); err != nil || !v.Holds {
		t.Errorf("the holder sees nothing before the erasure: %v", err)
	}
	if _, err := f.packet(absent); err != nil {
		t.Errorf("the deciding body: %v", err)
	}
}

// restarted stops every node and takes from the disks what will have to be gone: this
// shows that the search below can find it.
func (f *forgetting) restarted(t *testing.T) {
	f.load()
	f.halt(0, 1, 2, 3, bureau)
	for _, i := range []int{0, 1, 2, 3, bureau} {
		h := f.Home(i)
		secrets := opened(t, h, f.followed.record, h.Data("vault"))
		if len(secrets) == 0 {
			t.Errorf("node %d: no secret can be opened before the erasure", i)
		}
		for _, s := range secrets {
			f.marks.secret("an unwrapped secret", s)
		}
		entries := asked(t, h, f.followed.record)
		if len(entries) == 0 {
			t.Errorf("node %d: no entry of its register before the erasure", i)
		}
		for _, v := range entries {
			f.sealed.add("a sealed entry", v[12:36])
		}
	}
	f.resume(0, 1, 2, bureau)
	f.load = f.writing(2)
}

// forgotten waits for the end of the retention on the nodes that run, and knocks at their
// doors.
func (f *forgetting) forgotten(t *testing.T) {
	for _, i := range []int{0, 1, 2, bureau} {
		f.gone(i)
	}
	f.receipts("who runs has confirmed, who does not is late and named", careless, absent, newcomer)
}

// receipts waits until node 0 tells of every member's part in the erasure: confirmed, but for
// those that are late and named. The careless node, whose disk keeps what it was told to
// overwrite, finds it there and never confirms.
func (f *forgetting) receipts(what string, late ...int) {
	f.t.Helper()
	f.eventually(what, func() error {
		e, err := f.client(0).Erasure(context.Background(), f.followed.record.String())
		if err != nil {
			return err
		}
		if e.State != client.Erased || e.Of != f.Len() || e.Confirmed != f.Len()-len(late) || e.Complete() {
			return fmt.Errorf("%s: %d of %d", e.State, e.Confirmed, e.Of)
		}
		for i := range f.Len() {
			want := "confirmed"
			if slices.Contains(late, i) {
				want = "late"
			}
			for _, r := range e.Receipts {
				if r.Member == uint32(f.member(i)) && (r.State != want || r.NameEN == "" || (r.LateSince != "") != (want == "late")) {
					return fmt.Errorf("node %d: %+v", i, r)
				}
			}
		}
		return nil
	})
}

// gone waits until a node has erased the record; then nothing about it comes out.
func (f *forgetting) gone(i int) {
	f.t.Helper()
	id := f.followed.record.String()
	f.eventually(fmt.Sprint("the erasure on node ", i), func() error {
		r, err := f.client(i).Record(context.Background(), id)
		if err == nil && r.Phase != contract.Erased.String() {
			err = fmt.Errorf("in phase %s", r.Phase)
		}
		return err
	})
	c := f.client(i)
	f.eventually("an answer of the desk", func() error { // which lets an address try so often only
		v, err := c.SubjectView(f.t.Context(), f.access())
		if fault.Is(err, fault.QuotaExceeded) {
			return err
		}
		if !fault.Is(err, fault.AccessRefused) {
			f.t.Errorf("node %d opens to the access code: %v %+v", i, err, v.Record.Body)
		}
		return nil
	})
	if r, err := c.Record(f.t.Context(), id); err != nil || r.Body != nil {
		f.t.Errorf("node %d: %v, body %v", i, err, r.Body)
	}
	for name, get := range map[string]func() ([]byte, error){
		"packet":      func() ([]byte, error) { return c.Packet(f.t.Context(), id) },
		"certificate": func() ([]byte, error) { return c.Document(f.t.Context(), id, client.DocumentRequest{}) },
		"own copy":    func() ([]byte, error) { return c.OwnCopy(f.t.Context(), id, client.DocumentCertificate) },
		"notice":      func() ([]byte, error) { return c.OwnCopy(f.t.Context(), id, client.DocumentNotice) },
	} {
		if b, err := get(); err == nil {
			f.t.Errorf("node %d gives out a %s of %d bytes", i, name, len(b))
		}
	}
	if a := f.standing(i, f.followed.body.SubjectCode, f.followed.body.SubjectName); a.Answer != client.Clear {
		f.t.Errorf("node %d answers %s", i, a.Answer)
	}
}

// back starts the node that was down. Its vault still holds everything; it must have
// erased it before any door opens.
func (f *forgetting) back(t *testing.T) {
	h := f.Home(absent)
	if len(opened(t, h, f.followed.record, h.Data("vault"))) == 0 {
		t.Fatal("the node that was down holds nothing: this step cannot fail")
	}
	if err := f.Restart(t.Context(), absent); err != nil {
		t.Fatal(err)
	}
	f.knocks(t)
	f.gone(absent)
	f.receipts("the node that was down has confirmed too", careless, newcomer)
}

// knocks tries every door of the deciding body's node until it is ready.
func (f *forgetting) knocks(t *testing.T) {
	t.Helper()
	c := f.client(absent)
	tries := 0
	for c.Ready(t.Context()) != nil {
		tries++
		if _, err := f.packet(absent); err == nil {
			t.Fatal("it hands out the body")
		}
		if v, err := c.SubjectView(t.Context(), f.access()); err == nil {
			t.Fatalf("it shows the record: %+v", v.Record.Body)
		}
		if b, err := c.OwnCopy(t.Context(), f.followed.record.String(), client.DocumentCertificate); err == nil {
			t.Fatalf("it makes a certificate of %d bytes", len(b))
		}
		if a, err := c.Standing(t.Context(), client.StandingRequest{Code: f.followed.body.SubjectCode, Name: f.followed.body.SubjectName, Purpose: "test"}); err == nil && a.Answer != client.Clear {
			t.Fatalf("it answers %s", a.Answer)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("%d rounds at its doors before it was ready", tries)
	if tries == 0 {
		t.Error("it was ready at once: nothing has been tried")
	}
}

// backedUp takes a backup of a running node; the record's content is in its vault, and is not
// in the backup.
func (f *forgetting) backedUp(t *testing.T) {
	file, err := os.Create(f.backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.client(absent).Backup(t.Context(), file), file.Close()); err != nil {
		t.Fatal(err)
	}
}

// restored brings the deciding body's node back to the time before the erasure. The record is
// listed in the state that it starts from; it must be erased before any door opens. And the
// recorder must not vote yet.
func (f *forgetting) restored(t *testing.T) {
	f.halt(absent)
	h := f.Home(absent)
	if err := os.RemoveAll(h.Data("")); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(f.backup)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	head, err := node.Restore(file, node.RestoreOptions{Dir: h.Dir, Now: time.Now().UnixNano()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := node.Restore(file, node.RestoreOptions{Dir: h.Dir}); !fault.Is(err, fault.HomeHoldsData) {
		t.Errorf("a second restore over the first: %v", err)
	}
	if err := f.Restart(t.Context(), absent); err != nil {
		t.Fatal(err)
	}
	f.knocks(t)
	f.gone(absent)
	f.eventually("every other body", func() error {
		if s := f.status(absent); s.Missing != 0 {
			return fmt.Errorf("it lacks %d", s.Missing)
		}
		return nil
	})
	if s := f.status(absent); s.Height <= head.Height || head.Records == 0 {
		t.Errorf("restored at height %d with %d records, now at %d", head.Height, head.Records, s.Height)
	}
	mark, err := consensus.ReadRestored(h.Data(""))
	if err != nil || mark == nil || consensus.HasSigningRecord(h.Data("")) {
		t.Errorf("it votes already: %+v, %v", mark, err)
	}
}

// joined starts a node that has never been in the network. It syncs every block, also
// that in which the record was listed, and asks for no body that is gone.
func (f *forgetting) joined(t *testing.T) {
	f.resume(newcomer)
	f.load()
	f.agree()
	f.gone(newcomer)
	h := f.Home(newcomer)
	f.eventually("every other body", func() error {
		if s := f.status(newcomer); s.Missing != 0 {
			return fmt.Errorf("it lacks %d", s.Missing)
		}
		return nil
	})
	f.receipts("all have confirmed that have erased", careless)
	f.halt(newcomer)
	if got := opened(t, h, f.followed.record, h.Data("vault"), f.disks[newcomer].graves); len(got) > 0 {
		t.Error("it has had the body")
	}
}

// kept: what the holder took along verifies, opens the name and nothing else.
func (f *forgetting) kept(t *testing.T) {
	r := f.passes(f.held)
	d := r.Credential.Subject.Disclosed
	if d.Name == nil || *d.Name != f.followed.body.SubjectName || d.Code != nil || d.Case != nil || d.Amount != nil || d.Facts != nil {
		t.Errorf("disclosed: %+v", d)
	}
	event, err := proof.DecodeEvent(r.Credential.Evidence.Event)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := f.client(bureau).Erasure(t.Context(), ledger.RecordID(event.Record).String()); err != nil || e.Confirmed != f.Len()-1 {
		t.Errorf("what the certificate leads to: %+v, %v", e, err)
	}
}

// sealedCopy: what the holder had sealed is still there, and opens with the code alone.
func (f *forgetting) sealedCopy(t *testing.T) {
	locator := f.code.CopyLocator()
	for _, i := range []int{0, absent, bureau} {
		found, err := f.client(i).Sealed(t.Context(), client.SealedRequest{Locator: locator[:]})
		if err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		own, err := certificate.OpenSealedCopy(found.Sealed, f.code.SealKey())
		if err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		p, err := verify.ParsePresentation(own)
		if err == nil {
			p, err = p.Choose([]string{credit.UnitName}, "", "zh-CN")
		}
		if err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		held, _, err := certificate.DrawHeld(p)
		if err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		if d := f.passes(held).Credential.Subject.Disclosed; d.Name == nil || *d.Name != f.followed.body.SubjectName {
			t.Errorf("node %d discloses %+v", i, d)
		}
	}
}

// nothing greps every file of every node, as it is and as it was removed.
func (f *forgetting) nothing(t *testing.T) {
	time.Sleep(2 * time.Second)
	f.halt()
	for i := range f.Len() {
		f.marks.keys(t, f.Home(i))
	}
	files, values := 0, 0
	for _, x := range first(f.marks.search(t, filepath.Dir(f.backup))) {
		t.Errorf("the backup: %s", x.what)
	}
	for i := range f.Len() {
		h := f.Home(i)
		for _, dir := range []string{h.Dir, f.disks[i].graves} {
			found, n, v := f.marks.search(t, dir)
			for _, x := range found {
				t.Errorf("node %d: %s in %s", i, x.what, x.place)
			}
			files, values = files+n, values+v
		}
		if f.disks[i].without != none {
			continue
		}
		if got := opened(t, h, f.followed.record, h.Dir, f.disks[i].graves); len(got) > 0 {
			t.Errorf("node %d: its key opens %d secrets", i, len(got))
		}
		if got := asked(t, h, f.followed.record); len(got) > 0 {
			t.Errorf("node %d: %d entries in its register", i, len(got))
		}
		for _, dir := range []string{h.Data("register"), h.Data("vault"), f.disks[i].graves} {
			found, _, _ := f.sealed.search(t, dir)
			for _, x := range found {
				t.Errorf("node %d: %s in %s", i, x.what, x.place)
			}
		}
		if n, err := os.ReadDir(f.disks[i].graves); err != nil || len(n) == 0 {
			t.Errorf("node %d has removed no file: %v", i, err)
		}
		checkVault(t, h)
	}
	t.Logf("%d markers, %d files, %d values of stores", len(f.marks.all), files, values)
	for _, want := range []string{"data/engine/data/cs.wal/wal", "data/vault/keys/slots", "data/register", "data/documents", "node.log", "imports"} {
		if _, err := os.Stat(filepath.Join(f.Home(registry).Dir, want)); err != nil {
			t.Errorf("the search has not seen %s", want)
		}
	}
}

func first(found []finding, _, _ int) []finding { return found }

// spoilt: the same search, on the disks that left a guard out.
func (f *forgetting) spoilt(t *testing.T) {
	h, d := f.Home(careless), f.disks[careless]
	secrets := opened(t, h, f.followed.record, h.Dir, d.graves)
	if !slices.ContainsFunc(secrets, func(s []byte) bool { return string(s) == string(f.followed.secret[:]) }) {
		t.Errorf("slots that are not overwritten: %d secrets, not the body's", len(secrets))
	}
	d = f.disks[untidy]
	if found, _, _ := f.sealed.search(t, d.graves); len(found) == 0 {
		t.Error("no entry of the register in removed files that are not overwritten")
	}
}
