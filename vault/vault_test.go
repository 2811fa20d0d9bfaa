package vault

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

var nodeKey = NodeKey{1, 2, 3}

var noCtx = context.Background()

func openVault(t testing.TB, fs vfs.FS) *Vault {
	t.Helper()
	v, err := Open("vault", nodeKey, Options{store.Options{FS: fs, ReserveBytes: -1, MemTableBytes: 512 << 10}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// sample makes the n-th body of a record; different n, different secrets.
func sample(t testing.TB, record, n int) *Checked {
	t.Helper()
	body := credit.Body{
		Kind: credit.JudgmentDefaulter, SubjectType: credit.Person,
		SubjectName: fmt.Sprintf("失信人张三%05d", record), SubjectCode: fmt.Sprintf("11010519491231%03dx", record%1000),
		CaseNo: fmt.Sprintf("（2026）京0105执%05d号", record), DecidingOffice: fmt.Sprintf("某某第%05d人民法院", record),
		LegalBasis: "法释〔2017〕7号", Amount: int64(100 + n), DecidedOn: credit.NewDate(2026, 3, 1),
		Facts: fmt.Sprintf("被执行人第%05d号应于判决生效后十日内履行给付义务，逾期未履行。", record),
	}
	seed := sha256.Sum256(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(record)), uint64(n)))
	p := Packet{Record: recordID(record), Secret: proof.Secret(seed), Body: wire.Encode(body)}
	c, err := p.Check()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func recordID(n int) (r Record) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("record"), uint64(n)))
	copy(r[:], sum[:])
	return r
}

func subjectOf(c *Checked) Subject { return Subject{c.Content.SubjectType, c.Content.SubjectCode} }

func put(t testing.TB, v *Vault, expires uint64, cs ...*Checked) {
	t.Helper()
	if err := v.Put(noCtx, cs, expires); err != nil {
		t.Fatal(err)
	}
}

func bind(t testing.TB, v *Vault, height uint64, cs ...*Checked) {
	t.Helper()
	var bs []Binding
	for _, c := range cs {
		bs = append(bs, Binding{c.Record, c.Commitment})
	}
	if missing, err := v.Bind(height, bs); err != nil || len(missing) > 0 {
		t.Fatalf("missing %d, %v", len(missing), err)
	}
}

// has asserts that a body is stored whole, or not at all.
func has(t testing.TB, v *Vault, c *Checked, want bool) {
	t.Helper()
	held, err := v.Has([]wire.Hash{c.Commitment})
	if err != nil || held[0] != want {
		t.Errorf("Has says %v, want %v: %v", held, want, err)
	}
	p, err := v.Get(c.Commitment)
	if want {
		if d := cmp.Diff(c.Packet, p); d != "" || err != nil {
			t.Errorf("Get: %v\n%s", err, d)
		}
	} else if !fault.Is(err, fault.BodyMissing) {
		t.Errorf("Get of a missing body: %v", err)
	}
}

// finds asserts what the index of subjects says about a body's subject.
func finds(t testing.TB, v *Vault, c *Checked, want ...Record) {
	t.Helper()
	got, err := v.Find(subjectOf(c))
	if err != nil || len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
		t.Errorf("Find: %d records, want %d: %v", len(got), len(want), err)
	}
}

func TestLife(t *testing.T) {
	fs := vfs.NewMem()
	v := openVault(t, fs)
	first, second, other := sample(t, 1, 0), sample(t, 1, 1), sample(t, 2, 0)
	put(t, v, 10, first, other)
	put(t, v, 12, first) // again: harmless
	has(t, v, first, true)
	finds(t, v, first) // not before the ledger has it
	bind(t, v, 5, first)
	finds(t, v, first, first.Record)
	finds(t, v, other)
	put(t, v, 20, second)
	bind(t, v, 7, second)
	bind(t, v, 7, second, first) // replay
	finds(t, v, first, first.Record)
	for reopened := range 2 {
		cs, err := v.Commitments(first.Record)
		if err != nil || len(cs) != 2 {
			t.Errorf("reopened %d: %d commitments, %v", reopened, len(cs), err)
		}
		has(t, v, first, true)
		has(t, v, second, true)
		has(t, v, other, true)
		has(t, v, sample(t, 3, 0), false)
		finds(t, v, second, first.Record)
		finds(t, v, other)
		lower := subjectOf(second)
		lower.Code = " " + lower.Code[:17] + "X "
		if got, err := v.Find(lower); len(got) != 1 || err != nil {
			t.Errorf("Find by another spelling: %d, %v", len(got), err)
		}
		if got, _ := v.Find(Subject{credit.Org, second.Content.SubjectCode}); len(got) != 0 {
			t.Error("an organisation found under a person's code")
		}
		s, err := v.Stats()
		if err != nil || s.Bodies != 3 || s.Pending != 1 || s.Height != 7 || s.Damaged != 0 {
			t.Errorf("reopened %d: %+v, %v", reopened, s, err)
		}
		if reopened == 0 {
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			v = openVault(t, fs)
		}
	}
	if err := v.Drop(first.Commitment, sample(t, 9, 9).Commitment); err != nil { // superseded
		t.Fatal(err)
	}
	has(t, v, first, false)
	has(t, v, second, true)
	finds(t, v, second, first.Record)
}

func TestBindMissing(t *testing.T) {
	v := openVault(t, vfs.NewMem())
	here, absent, wrong := sample(t, 1, 0), sample(t, 2, 0), sample(t, 3, 0)
	put(t, v, 10, here, wrong)
	want := []Binding{{absent.Record, absent.Commitment}, {recordID(99), wrong.Commitment}}
	missing, err := v.Bind(4, append([]Binding{{here.Record, here.Commitment}}, want...))
	if d := cmp.Diff(want, missing); d != "" || err != nil || v.Height() != 4 {
		t.Errorf("%v, height %d\n%s", err, v.Height(), d)
	}
	put(t, v, 10, absent) // fetched
	bind(t, v, 4, absent)
	finds(t, v, absent, absent.Record)
	if _, err := v.Bind(3, nil); err != nil || v.Height() != 4 {
		t.Errorf("the height fell to %d: %v", v.Height(), err)
	}
}

func TestExpire(t *testing.T) {
	fs := vfs.NewMem()
	v := openVault(t, fs)
	committed, old, extended, young := sample(t, 1, 0), sample(t, 2, 0), sample(t, 3, 0), sample(t, 4, 0)
	put(t, v, 10, committed, old, extended)
	put(t, v, 30, young)
	put(t, v, 30, extended)
	put(t, v, 5, extended) // never earlier
	bind(t, v, 9, committed)
	if n, err := v.Expire(100); n != 0 || err != nil { // the ledger has come to 9
		t.Errorf("expired %d ahead of the ledger: %v", n, err)
	}
	bind(t, v, 20)
	v.Close()
	v = openVault(t, fs)
	if n, err := v.Expire(20); n != 1 || err != nil {
		t.Errorf("expired %d: %v", n, err)
	}
	has(t, v, old, false)
	for _, c := range []*Checked{committed, extended, young} {
		has(t, v, c, true)
	}
	put(t, v, 50, old) // submitted again: expiry is no erasure
	has(t, v, old, true)
}

func TestSecretReused(t *testing.T) {
	v := openVault(t, vfs.NewMem())
	a := sample(t, 1, 0)
	twin := sample(t, 2, 0)
	twin.Secret = a.Secret
	twin, err := twin.Packet.Check()
	if err != nil {
		t.Fatal(err)
	}
	moved := *a
	moved.Record = recordID(7)
	refused := func(what, where string, cs ...*Checked) {
		t.Helper()
		err := v.Put(noCtx, cs, 10)
		if f, ok := err.(*fault.Error); !ok || f.Code != fault.SecretReused || f.Where != where {
			t.Errorf("%s: %v", what, err)
		}
	}
	fresh := sample(t, 5, 0)
	refused("in one call", "packet 2", fresh, a, twin)
	has(t, v, fresh, false) // all or none
	has(t, v, a, false)
	put(t, v, 10, a)
	refused("stored", "packet 1", fresh, twin)
	refused("another record", "packet 0", &moved)
	has(t, v, fresh, false)
	if err := v.Drop(a.Commitment); err != nil {
		t.Fatal(err)
	}
	put(t, v, 10, twin) // only live secrets are remembered
	has(t, v, twin, true)
}

// TestSecretReusedTogether races two bodies of one secret: one of them is refused.
func TestSecretReusedTogether(t *testing.T) {
	v := openVault(t, vfs.NewMem())
	for i := range 50 {
		a, b := sample(t, i, 0), sample(t, i+1000, 0)
		b.Secret = a.Secret
		b, _ = b.Packet.Check()
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for j, c := range []*Checked{a, b} {
			wg.Go(func() { errs[j] = v.Put(noCtx, []*Checked{c}, 10) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("both or none: %v", errs)
		}
	}
}

func TestErasedStaysErased(t *testing.T) {
	fs := vfs.NewMem()
	v := openVault(t, fs)
	gone, stays := sample(t, 1, 0), sample(t, 2, 0)
	put(t, v, 10, gone, stays)
	bind(t, v, 5, gone, stays)
	if err := v.Erase(gone.Record, recordID(77)); err != nil {
		t.Fatal(err)
	}
	for reopened := range 2 {
		has(t, v, gone, false)
		has(t, v, stays, true)
		finds(t, v, gone)
		finds(t, v, stays, stays.Record)
		for _, c := range []*Checked{gone, sample(t, 1, 1), sample(t, 77, 0)} {
			if err := v.Put(noCtx, []*Checked{c}, 10); !fault.Is(err, fault.UnknownRecord) {
				t.Errorf("an erased record was taken: %v", err)
			}
		}
		if err := v.Attach(true, Attachment{gone.Record, "a", []byte("b")}); !fault.Is(err, fault.UnknownRecord) {
			t.Errorf("an erased record got an attachment: %v", err)
		}
		if missing, err := v.Bind(6, []Binding{{gone.Record, gone.Commitment}}); len(missing) != 1 || err != nil {
			t.Errorf("bound an erased body: %v", err)
		}
		if cs, err := v.Commitments(gone.Record); len(cs) != 0 || err != nil {
			t.Errorf("%d commitments, %v", len(cs), err)
		}
		if erased, err := v.Erased(gone.Record); !erased || err != nil {
			t.Errorf("reopened %d: not remembered: %v", reopened, err)
		}
		if reopened == 0 {
			v.Close()
			v = openVault(t, fs)
		}
	}
	if s, _ := v.Stats(); s.Bodies != 1 || s.Slots-s.Free != 2 {
		t.Errorf("slots not given back: %+v", s)
	}
	if err := v.Erase(gone.Record); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

func TestAttachments(t *testing.T) {
	fs := vfs.NewMem()
	v := openVault(t, fs)
	r, other := recordID(1), recordID(2)
	at := func(r Record, name, value string) Attachment {
		a := Attachment{Record: r, Name: name}
		if value != "" {
			a.Value = []byte(value)
		}
		return a
	}
	for _, as := range [][]Attachment{
		{at(r, "access", "hash"), at(r, "query/2", "银行"), at(other, "access", "else")},
		{at(r, "query/1", "税务"), at(r, "query/2", "证券"), at(r, "query/3", "x")},
		{at(r, "query/3", "")},
	} {
		if err := v.Attach(false, as...); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Attach(true, at(r, "big", string(make([]byte, MaxAttachment+1)))); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
	v.Close()
	v = openVault(t, fs)
	got, err := v.Attachments(r, "query/")
	if d := cmp.Diff([]Attachment{at(r, "query/1", "税务"), at(r, "query/2", "证券")}, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	if b, ok, err := v.Attached(r, "access"); string(b) != "hash" || !ok || err != nil {
		t.Errorf("%q, %v, %v", b, ok, err)
	}
	if _, ok, err := v.Attached(r, "query/3"); ok || err != nil {
		t.Errorf("removed: %v, %v", ok, err)
	}
	if err := v.Erase(r); err != nil {
		t.Fatal(err)
	}
	if got, err := v.Attachments(r, ""); len(got) != 0 || err != nil {
		t.Errorf("%d outlived their record: %v", len(got), err)
	}
	if b, ok, _ := v.Attached(other, "access"); string(b) != "else" || !ok {
		t.Error("another record's attachment is gone")
	}
}

func TestOpen(t *testing.T) {
	fs := vfs.NewMem()
	o := Options{store.Options{FS: fs, ReserveBytes: -1}}
	v := openVault(t, fs)
	c := sample(t, 1, 0)
	put(t, v, 10, c)
	if _, err := Open("vault", nodeKey, o); !fault.Is(err, fault.HomeLocked) {
		t.Errorf("opened twice: %v", err)
	}
	v.Close()
	if err := v.Put(noCtx, []*Checked{c}, 10); !fault.Is(err, fault.NotReady) {
		t.Errorf("Put after Close: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open("vault", NodeKey{9}, o); !fault.Is(err, fault.HomeForeign) {
		t.Errorf("with another node's key: %v", err)
	}
	v = openVault(t, fs)
	has(t, v, c, true) // the wrong key did no harm
}

// TestDamage flips a bit of a slot: the body is missing, can be fetched again, and what
// was left of its secret is gone.
func TestDamage(t *testing.T) {
	fs := vfs.NewMem()
	v := openVault(t, fs)
	c, intact := sample(t, 1, 0), sample(t, 2, 0)
	put(t, v, 10, c, intact)
	bind(t, v, 5, c, intact)
	n, _, _, _ := v.ring.commitment(c.Commitment)
	slot, _ := v.ring.file.Get(n)
	slot[40] ^= 1
	if err := v.ring.file.Put([]store.Change{{N: n, Slot: slot}}); err != nil {
		t.Fatal(err)
	}
	has(t, v, c, false)
	v.Close()
	v = openVault(t, fs)
	if s, _ := v.Stats(); s.Damaged != 1 || s.Bodies != 1 {
		t.Errorf("%+v", s)
	}
	if now, err := v.ring.file.Get(n); now != (store.Slot{}) || err != nil {
		t.Errorf("the damaged slot is still there: %v", err)
	}
	has(t, v, c, false)
	put(t, v, 10, c)
	bind(t, v, 6, c)
	has(t, v, c, true)
	finds(t, v, c, c.Record)
}

// TestHeldSecrets: what the key store holds is found in the file itself, stretch by stretch,
// also where the body store has forgotten it, and is destroyed.
func TestHeldSecrets(t *testing.T) {
	fs := vfs.NewMem()
	v := openVault(t, fs)
	gone, stays := sample(t, 1, 0), sample(t, 2, 0)
	put(t, v, 10, gone, stays)
	bind(t, v, 5, gone, stays)
	if err := v.Attach(true, Attachment{gone.Record, "a", []byte("b")}); err != nil {
		t.Fatal(err)
	}
	all := func() map[Held]bool {
		found := map[Held]bool{}
		for from := uint32(0); ; {
			held, next, err := v.Held(from)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range held {
				found[h] = true
			}
			if from = next; next == 0 {
				return found
			}
		}
	}
	body, key, other := Held{gone.Record, gone.Commitment}, Held{Record: gone.Record}, Held{stays.Record, stays.Commitment}
	if got := all(); len(got) != 3 || !got[body] || !got[key] || !got[other] {
		t.Errorf("held %v", got)
	}
	_, e, _, err := v.ring.commitment(gone.Commitment)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Erase(gone.Record); err != nil {
		t.Fatal(err)
	}
	if got := all(); len(got) != 1 || !got[other] {
		t.Errorf("after the erasure %v", got)
	}
	if err := bringBack(v, e); err != nil { // a copy of the key store brings it back
		t.Fatal(err)
	}
	if got := all(); len(got) != 2 || !got[body] {
		t.Errorf("brought back %v", got)
	}
	if err := v.EraseHeld([]Held{body}); err != nil {
		t.Fatal(err)
	}
	if got := all(); len(got) != 1 || !got[other] {
		t.Errorf("erased again %v", got)
	}
}

// bodyAt is the key under which a stored body lies.
func bodyAt(t testing.TB, v *Vault, c *Checked) []byte {
	t.Helper()
	n, _, ok, err := v.ring.commitment(c.Commitment)
	if !ok || err != nil {
		t.Fatalf("no slot: %v", err)
	}
	return bodyKey(n)
}

// bringBack puts an entry into a free slot, as a copy of the key store would.
func bringBack(v *Vault, e entry) error {
	taken, err := v.ring.take(1)
	if err != nil {
		return err
	}
	return v.ring.put(taken, []sealed{{e, v.ring.seal.seal(e)}})
}
