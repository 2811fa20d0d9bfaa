package certificate

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// reevent replaces the exit by another event with its own proof.
func (w *world) reevent(t testing.TB, change func(*proof.Event)) {
	t.Helper()
	event, err := proof.DecodeEvent(w.input.Event)
	if err != nil {
		t.Fatal(err)
	}
	change(&event)
	w.input.Event = event.Encode()
	w.log = &memoryLog{}
	for i := range 5 {
		w.log.add(t, proof.Event{Type: proof.TypeCreated, Height: int64(i)}.Encode())
	}
	w.log.add(t, w.input.Event)
	l := &w.input.Ledger
	l.LogIndex, l.TreeSize, l.Path = 5, 6, w.log.path(t, 5)
	l.LightBlock = w.chain.lightBlock(l.Height+1, blockTime, proof.AppHash(w.log.root(t), l.StateRoot), w.chain)
}

func personBody() credit.Body {
	b := sampleBody()
	b.SubjectType, b.SubjectName, b.SubjectCode = credit.Person, "欧阳娜", "11010519491231002X"
	return b
}

func TestIssuedVerifies(t *testing.T) {
	for name, change := range map[string]func(testing.TB, *world){
		"plain":                func(testing.TB, *world) {},
		"English":              func(_ testing.TB, w *world) { w.input.Languages = []message.Lang{message.English, message.Chinese} },
		"everything disclosed": func(_ testing.TB, w *world) { w.input.Disclose = credit.Units[:] },
		"nothing disclosed":    func(_ testing.TB, w *world) { w.input.Disclose = []string{} },
		"a person":             func(t testing.TB, w *world) { *w = *newWorld(t, personBody()) },
		"annulled": func(t testing.TB, w *world) {
			w.reevent(t, func(e *proof.Event) {
				e.Phase, e.Member, e.Name, e.Transition = proof.PhaseAnnulled, 3, "annul", "annulled"
			})
		},
		"training clock": func(_ testing.TB, w *world) {
			w.input.TrainingDay, w.trust.TrainingDay = time.Second, "1s"
		},
		"credential key on P-256": func(_ testing.TB, w *world) {
			w.input.Issuer.CredentialKey = p256("credential key in an HSM")
			w.trust.Keys = trustKeys(w.input.Issuer)
		},
		"no words on the contract": func(_ testing.TB, w *world) {
			w.input.Contract.WayZH, w.input.Contract.WayEN, w.input.Contract.Articles = "", "", nil
		},
		"several pages": func(t testing.TB, w *world) {
			b := sampleBody()
			b.Facts = strings.Repeat("被执行人应于判决生效后十日内支付货款及利息。", 88)
			*w = *newWorld(t, b)
			w.input.Disclose = credit.Units[:]
		},
		"newer than the trust file, with a handover": func(t testing.TB, w *world) {
			next := newFakeChain(w.chain.id, 7, "successors")
			w.input.Ledger.Handovers = [][]byte{w.chain.lightBlock(470, blockTime, wire.Hash{1}, next)}
			w.chain = next
			w.reevent(t, func(*proof.Event) {})
			w.trust.Height, w.trust.IssuedAt, w.trust.Roots = 300, blockTime.Add(-time.Hour), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			change(t, w)
			pdf := w.issue(t)
			r := w.verify(t, pdf)
			if r.Verdict != verify.Passed || r.Format != "pdf" {
				t.Fatalf("%s %s %s: %s", r.Verdict, r.Sub, r.Reason, r.Text.EN)
			}
			document, err := r.Credential.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			if r := w.verify(t, document); r.Verdict != verify.Passed || r.Format != "credential" {
				t.Errorf("the bare credential: %s %s", r.Verdict, r.Reason)
			}
		})
	}
}

func TestIssueRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world)
		want   fault.Code
	}{
		"a record still in force": {func(w *world) {
			w.reevent(t, func(e *proof.Event) { e.Phase = proof.PhaseExitDue })
		}, fault.GuardNotMet},
		"an event of another form":  {func(w *world) { w.input.Event = append(w.input.Event, 0) }, fault.Malformed},
		"a body of another record":  {func(w *world) { w.input.Body.CaseNo = "（2024）苏0706执9999号" }, fault.CommitmentMismatch},
		"another record's secret":   {func(w *world) { w.input.Secret[0] ^= 1 }, fault.CommitmentMismatch},
		"a unit that is none":       {func(w *world) { w.input.Disclose = []string{"salary"} }, fault.BadArgument},
		"a path from elsewhere":     {func(w *world) { w.input.Ledger.Path[2][0] ^= 1 }, fault.NotReady},
		"a path too short":          {func(w *world) { w.input.Ledger.Path = w.input.Ledger.Path[1:] }, fault.NotReady},
		"another state root":        {func(w *world) { w.input.Ledger.StateRoot[0] ^= 1 }, fault.NotReady},
		"a block of another height": {func(w *world) { w.input.Ledger.Height++ }, fault.NotReady},
		"no light block":            {func(w *world) { w.input.Ledger.LightBlock = nil }, fault.NotReady},
		"a block without quorum": {func(w *world) {
			app := proof.AppHash(w.log.root(t), w.input.Ledger.StateRoot)
			w.input.Ledger.LightBlock = w.chain.lightBlock(exitHeight+1, blockTime, app, w.chain, 1, 2)
		}, fault.NotReady},
		"no document key":              {func(w *world) { w.input.Issuer.DocumentKey = nil }, fault.BadConfig},
		"a key beside its certificate": {func(w *world) { w.input.Issuer.DocumentKey = p256("another") }, fault.BadConfig},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			c.change(w)
			pdf, _, err := Issue(w.input)
			if !fault.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if err == nil && pdf != nil {
				t.Error("a file beside the error")
			}
			var f *fault.Error
			if errors.As(err, &f) && strings.Contains(f.Error(), "云帆") {
				t.Error("the error names the subject")
			}
		})
	}
}

// TestUndisclosedStaysOut looks for what was withheld in every stream of the file.
func TestUndisclosedStaysOut(t *testing.T) {
	w := newWorld(t, sampleBody())
	w.input.Disclose = []string{credit.UnitName}
	pdf := w.issue(t)
	all := append([]byte(nil), pdf...)
	for rest := pdf; ; {
		_, after, found := bytes.Cut(rest, []byte("stream\n"))
		if !found {
			break
		}
		if z, err := zlib.NewReader(bytes.NewReader(after)); err == nil {
			b, _ := io.ReadAll(io.LimitReader(z, 1<<20))
			all = append(all, b...)
		}
		rest = after
	}
	b := w.input.Body
	salts := proof.Salts(w.input.Secret, len(credit.Units))
	if !bytes.Contains(all, []byte(b.SubjectName)) {
		t.Fatal("the disclosed name is not found: the search sees nothing")
	}
	for name, secret := range map[string][]byte{
		"code": []byte(b.SubjectCode), "case": []byte(b.CaseNo), "office in base64": []byte(base64.StdEncoding.EncodeToString(wire.Encode(b.CaseNo))),
		"amount": []byte("1,284,500.75"), "facts": []byte(b.Facts), "record secret": w.input.Secret[:],
		"salt of the code": []byte(base64.StdEncoding.EncodeToString(salts[1][:])),
	} {
		if bytes.Contains(all, secret) {
			t.Errorf("%s is in the file", name)
		}
	}
	if !bytes.Contains(all, []byte(base64.StdEncoding.EncodeToString(salts[0][:]))) {
		t.Error("the disclosed salt is not found: the search sees nothing")
	}
}

// BenchmarkIssue also counts in processor time, which does not depend on what else the
// machine does.
func BenchmarkIssue(b *testing.B) {
	w := newWorld(b, sampleBody())
	w.issue(b) // the fonts are unpacked once
	from := processorTime(b)
	n := 0
	for b.Loop() {
		w.issue(b)
		n++
	}
	b.ReportMetric(float64(n)/(processorTime(b)-from).Seconds(), "certificates/cpu-s")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b, sampleBody())
	pdf, trust := w.issue(b), w.parsedTrust(b)
	from := processorTime(b)
	n := 0
	for b.Loop() {
		if r := verify.Verify(pdf, trust, verify.Options{Now: issueTime}); r.Verdict != verify.Passed {
			b.Fatal(r.Reason)
		}
		n++
	}
	b.ReportMetric(float64((processorTime(b)-from).Microseconds())/float64(n)/1000, "cpu-ms/op")
}
