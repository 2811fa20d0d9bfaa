package certificate

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
)

// vector is one line of docs/vectors/manifest.json. Package verify reads the same file.
type vector struct {
	Name    string         `json:"name"`
	File    string         `json:"file"`              // the certificate, or what Splice makes one of
	Splice  []splice       `json:"splice,omitempty"`  // changes to File, in order
	Trust   string         `json:"trust,omitempty"`   // file name; none: no trust file
	Refresh string         `json:"refresh,omitempty"` // file name
	Require bool           `json:"require_status,omitempty"`
	SM2     bool           `json:"require_sm2,omitempty"`
	Pinned  string         `json:"authorities,omitempty"` // file name, PEM
	Now     string         `json:"now"`                   // the verifier's clock
	Verdict verify.Verdict `json:"verdict"`
	Sub     string         `json:"sub_indication,omitempty"`
	Reason  string         `json:"reason,omitempty"`
}

// splice removes bytes of a file and puts others in their place.
type splice struct {
	At     int    `json:"at"`
	Remove int    `json:"remove,omitempty"`
	Insert string `json:"insert,omitempty"` // hexadecimal
	Times  int    `json:"times,omitempty"`  // how often Insert is put there, 0 for once
}

// binder collects vectors and the files that they need.
type binder struct {
	t       testing.TB
	files   map[string][]byte
	vectors []vector
}

const vectorDir = "../docs/vectors"

var verifiedAt = issueTime.Add(2 * time.Hour)

// add writes down a vector that the verifier has judged: the file by name, its trust file
// under the name of the difference.
func (b *binder) add(v vector, w *world, file []byte, o verify.Options) {
	b.t.Helper()
	if o.Now.IsZero() {
		o.Now = verifiedAt
	}
	v.Now, v.Require, v.SM2 = o.Now.UTC().Format(time.RFC3339), o.RequireStatus, o.RequireSM2
	for _, a := range o.Authorities {
		v.Pinned = b.file("authority", ".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Raw}))
	}
	var trust *verify.Trust
	if w != nil {
		trust = w.parsedTrust(b.t)
		v.Trust = b.file("trust", ".json", must(trust.Encode()))
	}
	if o.Refresh != nil {
		v.Refresh = b.file("refresh", ".json", must(o.Refresh.Encode()))
	}
	r := verify.Verify(file, trust, o)
	v.Verdict, v.Sub, v.Reason = r.Verdict, r.Sub, r.Reason
	b.vectors = append(b.vectors, v)
}

// file stores content once and returns its name: the stem for the first, then numbered.
func (b *binder) file(stem, ext string, content []byte) string {
	for n := 1; ; n++ {
		name := stem + ext
		if n > 1 {
			name = stem + "-" + string(rune('0'+n/10)) + string(rune('0'+n%10)) + ext
		}
		kept, there := b.files[name]
		if there && !bytes.Equal(kept, content) {
			continue
		}
		b.files[name] = content
		return name
	}
}

// bad writes down a vector and insists on its reason.
func (b *binder) bad(name, reason string, w *world, file []byte, o verify.Options) {
	b.t.Helper()
	v := vector{Name: name}
	ext := ".json"
	if bytes.HasPrefix(file, []byte("%PDF-")) {
		ext = ".pdf"
	}
	switch base := b.files["exit.pdf"]; {
	case ext == ".pdf" && len(file) > 1000:
		if s := difference(base, file); len(s.Insert) < 2000 {
			v.File = "exit.pdf"
			if !bytes.Equal(base, file) {
				v.Splice = []splice{s}
			}
			break
		}
		v.File = b.file("bad-"+reason, ext, file)
	case bytes.Equal(file, b.files["exit.json"]):
		v.File = "exit.json"
	default:
		v.File = b.file("bad-"+reason, ext, file)
	}
	b.add(v, w, file, o)
	if got := b.vectors[len(b.vectors)-1]; got.Reason != reason {
		b.t.Errorf("%s: %s %s, want %s", name, got.Verdict, got.Reason, reason)
	}
}

// difference is the one splice that makes file of base.
func difference(base, file []byte) splice {
	front := 0
	for front < min(len(base), len(file)) && base[front] == file[front] {
		front++
	}
	back := 0
	for back < min(len(base), len(file))-front && base[len(base)-1-back] == file[len(file)-1-back] {
		back++
	}
	return splice{At: front, Remove: len(base) - front - back, Insert: hex.EncodeToString(file[front : len(file)-back])}
}

// TestVectors holds docs/vectors against this package: "go test ./certificate -run
// TestVectors -update" writes it. Files made with an authority's time stamp are new at
// each making and kept once they are there.
func TestVectors(t *testing.T) {
	b := &binder{t: t, files: map[string][]byte{}}
	b.good()
	b.badFiles()
	b.badCredentials()
	b.badTrust()
	b.badClear()
	b.stamped()
	b.parallel()
	manifest, err := json.MarshalIndent(b.vectors, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b.files["manifest.json"] = append(manifest, '\n')
	if *update {
		b.write()
	}
	for name, now := range b.files {
		kept, err := os.ReadFile(filepath.Join(vectorDir, name))
		switch {
		case err != nil:
			t.Errorf("%v: run go test ./certificate -run TestVectors -update", err)
		case filepath.Ext(name) == ".json" && string(kept) != string(now):
			t.Errorf("%s is out of date: run go test ./certificate -run TestVectors -update", name)
		}
	}
}

func (b *binder) write() {
	old, err := filepath.Glob(filepath.Join(vectorDir, "*"))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, name := range old {
		if _, wanted := b.files[filepath.Base(name)]; !wanted && !strings.HasSuffix(name, ".md") {
			os.Remove(name)
		}
	}
	if err := os.MkdirAll(vectorDir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	for name, content := range b.files {
		if err := os.WriteFile(filepath.Join(vectorDir, name), content, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
}

// good are the kinds of document, as PDF where the form of the file differs.
func (b *binder) good() {
	for _, name := range []string{"exit", "correction", "listed", "noticed", "clear", "held"} {
		w := newWorld(b.t, sampleBody())
		pdf := kinds[name](b.t, w, []message.Lang{message.Chinese, message.English})
		if name == "clear" || name == "exit" || name == "held" {
			b.files[name+".pdf"] = pdf
			b.add(vector{Name: "good: " + name + ", PDF", File: name + ".pdf"}, w, pdf, verify.Options{})
		}
		b.files[name+".json"] = attached(b.t, pdf)
		b.add(vector{Name: "good: " + name, File: name + ".json"}, w, b.files[name+".json"], verify.Options{})
	}
	w := newWorld(b.t, sampleBody())
	w.input.Issuer.CredentialKey = p256("credential key in an HSM")
	w.trust.Keys = trustKeys(w.input.Issuer)
	b.files["exit-p256.json"] = w.document(b.t)
	b.add(vector{Name: "good: exit, signed with ecdsa-jcs-2019", File: "exit-p256.json"}, w, b.files["exit-p256.json"], verify.Options{})

	w = newWorld(b.t, sampleBody())
	d := newDynasty(w.chain, 5)
	d.after(b.t, w)
	w.trust.Height, w.trust.IssuedAt = 900, blockTime.Add(-time.Hour)
	b.files["exit-handovers.json"] = w.document(b.t)
	b.add(vector{Name: "good: exit after five changes of recorders", File: "exit-handovers.json"}, w, b.files["exit-handovers.json"], verify.Options{})

	w = newWorld(b.t, sampleBody())
	w.handOver()
	document := w.document(b.t)
	for i := range 20 {
		w.log.add(b.t, proof.Event{Type: proof.TypeCreated, Height: 500 + int64(i)}.Encode())
	}
	w.trust.Roots = []verify.DailyRoot{{Day: "2026-11-21", Size: uint64(w.log.n), Root: verify.Hex(w.log.root(b.t))}}
	b.add(vector{Name: "good: exit, refreshed after the recorders have handed over", File: "exit.json"}, w, document, verify.Options{Refresh: w.refresh(b.t)})
	b.add(vector{Name: "good: exit, forty years later", File: "exit.json"}, newWorld(b.t, sampleBody()), b.files["exit.json"],
		verify.Options{Now: verifiedAt.AddDate(40, 0, 0)})
}

const digits = "0123456789abcdef"

func (b *binder) badFiles() {
	for _, r := range fileRefusals() {
		w := newWorld(b.t, sampleBody())
		w.input.Languages = []message.Lang{message.Chinese, message.English}
		b.bad(r.name, r.reason, w, r.make(b.t, w), verify.Options{})
	}
	w := newWorld(b.t, sampleBody())
	pdf := bytes.Clone(b.files["exit.pdf"])
	room := bytes.Index(pdf, []byte("/Contents <")) + len("/Contents <")
	used := room + len(bytes.TrimRight(pdf[room:room+2*verify.SignatureRoom], "0"))
	last := bytes.IndexByte([]byte(digits), pdf[used-1]) // of the signature's number s, but for zeros behind it
	pdf[used-1] = digits[last^1]
	b.bad("another signature", "seal", w, pdf, verify.Options{})
	b.bad("a page that says something else", "page", w, b.sealed(w, func(l *verify.Layout, _ *[]byte) {
		l.Pages[0] = append(l.Pages[0], "0 0 m\n"...)
	}), verify.Options{})
	b.bad("an attachment in another form", "attachment", w, b.sealed(w, func(_ *verify.Layout, document *[]byte) {
		*document = append(*document, ' ')
	}), verify.Options{})
	big := vector{Name: "too large", File: "exit.pdf", Splice: []splice{{At: len(b.files["exit.pdf"]), Insert: "00", Times: 17 << 20}}}
	b.add(big, w, append(bytes.Clone(b.files["exit.pdf"]), make([]byte, 17<<20)...), verify.Options{})
}

// sealed signs a file as a dishonest member could.
func (b *binder) sealed(w *world, change func(*verify.Layout, *[]byte)) []byte {
	b.t.Helper()
	c, err := Credential(w.input)
	if err != nil {
		b.t.Fatal(err)
	}
	fonts, err := loadFonts()
	if err != nil {
		b.t.Fatal(err)
	}
	face := newTypesetter(fonts)
	layout, err := verify.NewLayout(c, face)
	if err != nil {
		b.t.Fatal(err)
	}
	document := must(c.Canonical())
	change(&layout, &document)
	parts := pack(document, layout, face)
	parts.Credential, parts.Seal = c, deflate(layout.Seal)
	pdf, contents := verify.Assemble(parts)
	if _, err := w.input.Issuer.signPDF(pdf, contents); err != nil {
		b.t.Fatal(err)
	}
	return pdf
}

// badCredentials keeps of each the document alone: the file around it adds nothing.
func (b *binder) badCredentials() {
	seen := map[string]int{}
	for _, r := range credentialRefusals() {
		if seen[r.reason]++; seen[r.reason] > 4 {
			continue // more of one sort teach nothing
		}
		w := newWorld(b.t, sampleBody())
		b.bad(r.name, r.reason, w, attached(b.t, r.make(b.t, w)), verify.Options{})
	}
	w := newWorld(b.t, sampleBody())
	w.reevent(b.t, func(e *proof.Event) { e.Recorded = credit.Moment(blockTime.Unix() + 1) })
	b.bad("an event recorded after its block", "times", w, w.document(b.t), verify.Options{})
}

// badTrust leaves the certificate alone.
func (b *binder) badTrust() {
	b.bad("no trust file", "no-trust", nil, b.files["exit.json"], verify.Options{})
	for _, c := range []struct {
		name, reason string
		pdf          bool
		change       func(*world)
		options      verify.Options
	}{
		{"the trust file of another network", "other-network", false, func(w *world) { w.trust.Genesis[0] ^= 1 }, verify.Options{}},
		{"the trust file of a training network", "training-clock", false, func(w *world) { w.trust.TrainingDay = "1s" }, verify.Options{}},
		{"an issuer's key that is not in the trust file", "issuer-unknown", false, func(w *world) { w.trust.Keys = w.trust.Keys[1:] }, verify.Options{}},
		{"an issuer's key that is out of use", "issuer-period", false, func(w *world) { w.trust.Keys[0].ToHeight = exitHeight }, verify.Options{}},
		{"an issuer under another name", "issuer-name", false, func(w *world) { w.trust.Keys[0].NameZH = "某银行" }, verify.Options{}},
		{"a document key that is not in the trust file", "seal-unknown", true, func(w *world) { w.trust.Keys = w.trust.Keys[:1] }, verify.Options{}},
		{"a document key that is out of use", "seal-period", true, func(w *world) { w.trust.Keys[1].ToHeight = exitHeight }, verify.Options{}},
		{"another member's document key", "seal-member", true, func(w *world) { w.trust.Keys[1].Member = 9 }, verify.Options{}},
		{"recorders that the trust file does not know", "validators-unknown", false, func(w *world) {
			w.trust.Epochs[0] = verify.NewTrustEpoch(1, newFakeChain(w.chain.id, 4, "other").validators())
		}, verify.Options{}},
		{"recorders that have handed over", "retired-keys", false, func(w *world) { w.handOver(); w.trust.Roots = nil }, verify.Options{}},
		{"a daily root of another history", "daily-root", false, func(w *world) { w.trust.Roots[0].Root = verify.Hex{1} }, verify.Options{}},
		{"an old trust file, a newer certificate", "trust-age", false, func(w *world) {
			w.trust.Height, w.trust.IssuedAt, w.trust.Roots = exitHeight-1, issueTime.AddDate(-3, 0, -2), nil
		}, verify.Options{}},
		{"an old trust file without a daily root", "no-witness", false, func(w *world) { w.trust.Roots = nil }, verify.Options{Now: verifiedAt.AddDate(4, 0, 0)}},
		{"a trust file that contradicts the block's time", "times", false, func(w *world) { w.trust.Height = exitHeight }, verify.Options{}},
		{"from the future", "future", false, func(*world) {}, verify.Options{Now: issueTime.Add(-time.Hour)}},
		{"a trust file older than the certificate, status demanded", "status-unknown", false, func(w *world) {
			w.trust.Height, w.trust.IssuedAt, w.trust.Roots = exitHeight, blockTime.Add(-time.Minute), nil
		}, verify.Options{RequireStatus: true}},
		{"reversed by a court", "reversed", false, func(w *world) { w.reverse() }, verify.Options{}},
	} {
		w := newWorld(b.t, sampleBody())
		c.change(w)
		file := b.files["exit.json"]
		if c.pdf {
			file = b.files["exit.pdf"]
		}
		b.bad(c.name, c.reason, w, file, c.options)
	}
}

func (b *binder) badClear() {
	for _, c := range []struct {
		name, reason string
		by           []int
		change       func(*world, *verify.Credential)
	}{
		{"an attestation that does not verify", "attestation", []int{0, 2}, func(_ *world, c *verify.Credential) { c.Evidence.Attestations[0].Signature[9] ^= 1 }},
		{"too few recorders attest", "attesters", []int{2}, func(*world, *verify.Credential) {}},
		{"recorders attest whose keys are retired", "retired-attesters", []int{0, 2}, func(w *world, _ *verify.Credential) {
			for i := range w.trust.Keys {
				if w.trust.Keys[i].Member == 1 {
					w.trust.Keys[i].ToHeight = 590
				}
			}
		}},
	} {
		w := newWorld(b.t, sampleBody())
		in := w.clearInput(b.t, c.by...)
		made, err := Clear(in)
		if err != nil {
			b.t.Fatal(err)
		}
		c.change(w, made)
		if err := signCredential(made, in.Issuer.CredentialKey); err != nil {
			b.t.Fatal(err)
		}
		b.bad(c.name, c.reason, w, must(made.Canonical()), verify.Options{})
	}
}

// stamped are files with an authority's time stamp, one of them with another's. They
// are made once: the authority's clock and signatures are new each time.
func (b *binder) stamped() {
	w := newWorld(b.t, sampleBody())
	goodPath, badPath := filepath.Join(vectorDir, "exit-timestamped.pdf"), filepath.Join(vectorDir, "bad-timestamp.pdf")
	good, errGood := os.ReadFile(goodPath)
	bad, errBad := os.ReadFile(badPath)
	if *update && (errGood != nil || errBad != nil) {
		a := newAuthority(b.t, false)
		w.input.Issuer.Stamp = a.stamper(b.t)
		good = w.issue(b.t)
		w.input.Issuer.Stamp = nil
		w.input.Now = w.input.Now.Add(time.Hour)
		bad = w.issue(b.t)
		cms := cmsOf(b.t, bad)
		cms.Timestamp = cmsOf(b.t, good).Timestamp
		der := must(cms.Encode())
		hex.Encode(bad[bytes.Index(bad, []byte("/Contents <"))+len("/Contents <"):], der)
	}
	w = newWorld(b.t, sampleBody())
	b.files["exit-timestamped.pdf"], b.files["bad-timestamp.pdf"] = good, bad
	later := verify.Options{Now: verifiedAt.Add(24 * time.Hour)}
	b.add(vector{Name: "good: exit, PDF with a time stamp", File: "exit-timestamped.pdf"}, w, good, later)
	b.add(vector{Name: "a time stamp of another file", File: "bad-timestamp.pdf"}, w, bad, later)
	token, err := verify.ParseTimestamp(cmsOf(b.t, good).Timestamp)
	if err != nil {
		b.t.Fatal(err)
	}
	later.Authorities, later.Now = []*verify.X509{token.Authority}, token.Time.Add(time.Hour)
	b.add(vector{Name: "good: exit, PDF with a time stamp of a pinned authority", File: "exit-timestamped.pdf"}, w, good, later)
	b.bad("no time stamp of a pinned authority", "no-timestamp", w, b.files["exit.pdf"], later)
}

// parallel are files with an SM2 signature beside the proof. SM2 signs with random numbers:
// the good one is kept once it is there.
func (b *binder) parallel() {
	w := newWorld(b.t, sampleBody())
	const name = "exit-sm2.json"
	good, err := os.ReadFile(filepath.Join(vectorDir, name))
	if *update && err != nil {
		w.parallel(b.t)
		good = w.document(b.t)
	}
	cred, err := verify.ParseCredential(good)
	if err != nil {
		b.t.Fatal(err)
	}
	w = newWorld(b.t, sampleBody())
	key := w.trust.Keys[0]
	key.Algorithm, key.PublicKey = verify.AlgorithmSM2, cred.Parallel.Key
	w.trust.Keys = append(w.trust.Keys, key)
	b.files[name] = good
	b.add(vector{Name: "good: exit with an SM2 signature, demanded", File: name}, w, good, verify.Options{RequireSM2: true})
	b.add(vector{Name: "good: exit with an SM2 signature by a key that nobody vouches for", File: name}, newWorld(b.t, sampleBody()), good, verify.Options{})
	b.bad("no SM2 signature, demanded", "no-parallel", w, b.files["exit.json"], verify.Options{RequireSM2: true})
	cred.Parallel.Signature[40] ^= 1
	if err := signCredential(cred, w.input.Issuer.CredentialKey); err != nil {
		b.t.Fatal(err)
	}
	b.bad("an SM2 signature that does not verify", "parallel", w, must(cred.Canonical()), verify.Options{})
}

// TestSplices: the changes in the manifest make the files that were judged.
func TestSplices(t *testing.T) {
	for _, c := range [][2]string{{"abcdef", "abXdef"}, {"abc", "abcd"}, {"abcd", "abc"}, {"aaaa", "aa"}, {"", "x"}, {"same", "same"}} {
		s := difference([]byte(c[0]), []byte(c[1]))
		insert, err := hex.DecodeString(s.Insert)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Concat([]byte(c[0][:s.At]), insert, []byte(c[0][s.At+s.Remove:]))
		if string(got) != c[1] {
			t.Errorf("%q becomes %q, want %q", c[0], got, c[1])
		}
	}
}
