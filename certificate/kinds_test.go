package certificate

import (
	"os"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// ways are the ways out of a listing, as a contract explains them.
var ways = []Exit{
	{ZH: "义务已履行完毕", EN: "Obligation performed", How: "condition",
		Conditions: [][2]string{{"作出认定的机关确认已全部履行", "the deciding body attests full performance"}, {"仅涉及第一条第一项情形", "ground (1) alone"}},
		Articles:   []Article{{"art10-1-1", "法释〔2017〕7号第十条第一款第一项", "Fa Shi [2017] No. 7, art. 10(1)(1)"}}},
	{ZH: "终结本次执行程序满足条件", EN: "Terminated for this round", How: "event",
		Articles: []Article{{"art10-1-4", "法释〔2017〕7号第十条第一款第四项", "Fa Shi [2017] No. 7, art. 10(1)(4)"}}},
	{ZH: "期限届满", EN: "Term over", How: "date", Due: "2028-11-20",
		Articles: []Article{{"art2", "法释〔2017〕7号第二条", "Fa Shi [2017] No. 7, art. 2"}}},
}

// listing turns the world's exit into a listing that enters the phase.
func (w *world) listing(t testing.TB, phase uint8) {
	w.reevent(t, func(e *proof.Event) {
		e.Phase, e.Transition, e.Name, e.To, e.Member, e.Key, e.Approver = phase, "listed", "list", "active", 3, 1, 2
	})
	w.input.Exits = ways
	w.input.Contract.WayZH, w.input.Contract.WayEN = "决定纳入", "decision to list"
}

// attesters are recorders with their credential keys: members 1 to n.
func attesters(t testing.TB, n int) (all []Issuer) {
	names := [][2]string{{"江苏省高级人民法院", "Jiangsu High People's Court"}, {"连云港市中级人民法院", "Lianyungang Intermediate People's Court"},
		{"连云港市市场监督管理局", "Lianyungang Administration for Market Regulation"}, {"国家税务总局连云港市税务局", "Lianyungang Tax Service"}}
	for i := range n {
		all = append(all, testIssuer(t, uint32(i+1), names[i][0], names[i][1]))
	}
	return all
}

// clearInput asks the recorders with these numbers, from 0.
func (w *world) clearInput(t testing.TB, by ...int) ClearInput {
	t.Helper()
	party := Party{credit.Org, "海州市云帆智能装备有限公司", "91320706MA1MUNMA2T"}
	secret := proof.Secret(wire.Digest("secret of a request"))
	clear := proof.Clear{ID: [16]byte{9}, Genesis: w.input.GenesisHash, Height: exitHeight + 5, Time: credit.NewDate(2026, 11, 21).Start() + 40_000,
		AppHash: wire.Digest("state"), Subject: party.Commit([16]byte{9}, secret)}
	in := ClearInput{Network: w.input.Network, GenesisHash: w.input.GenesisHash, ChainID: w.input.ChainID, Party: party, Secret: secret,
		Attested: clear.Encode(), Issuer: w.input.Issuer, Now: issueTime}
	all := attesters(t, 4)
	for i := range w.trust.Epochs[0].Validators {
		w.trust.Epochs[0].Validators[i].Member = uint32(i + 1)
	}
	for _, i := range all {
		if i.MemberID != w.input.Issuer.MemberID {
			w.trust.Keys = append(w.trust.Keys, trustKeys(i)[0])
		}
	}
	for _, i := range by {
		r := all[i]
		if r.MemberID == w.input.Issuer.MemberID {
			r.NameZH, r.NameEN = w.input.Issuer.NameZH, w.input.Issuer.NameEN
		}
		signature, err := Attest(in.Attested, r.CredentialKey)
		if err != nil {
			t.Fatal(err)
		}
		in.Attestations = append(in.Attestations, verify.Attestation{Member: verify.Count(r.MemberID), Name: verify.Bilingual(r.NameZH, r.NameEN),
			Key: verify.Multikey(r.CredentialKey.Public()), Signature: signature})
	}
	return in
}

// kinds are the documents there are; each makes its signed PDF.
var kinds = map[string]func(testing.TB, *world, []message.Lang) []byte{
	"exit": func(t testing.TB, w *world, l []message.Lang) []byte { w.input.Languages = l; return w.issue(t) },
	"correction": func(t testing.TB, w *world, l []message.Lang) []byte {
		w.reevent(t, func(e *proof.Event) {
			e.Phase, e.Member, e.Name, e.Transition = proof.PhaseAnnulled, 3, "annul", "annulled"
		})
		w.input.Contract.WayZH, w.input.Contract.WayEN = "撤销，自始无效", "annulled, void from the start"
		w.input.Languages = l
		return w.issue(t)
	},
	"listed": func(t testing.TB, w *world, l []message.Lang) []byte {
		w.listing(t, proof.PhaseActive)
		w.input.Languages = l
		return w.issue(t)
	},
	"noticed": func(t testing.TB, w *world, l []message.Lang) []byte {
		w.listing(t, proof.PhaseNoticed)
		w.input.Languages = l
		return w.issue(t)
	},
	"clear": func(t testing.TB, w *world, l []message.Lang) []byte {
		in := w.clearInput(t, 0, 2)
		in.Languages = l
		c, err := Clear(in)
		if err != nil {
			t.Fatal(err)
		}
		pdf, _, err := Draw(c, in.Issuer)
		if err != nil {
			t.Fatal(err)
		}
		return pdf
	},
	"held": func(t testing.TB, w *world, l []message.Lang) []byte {
		own, err := OwnCopy(w.input)
		if err != nil {
			t.Fatal(err)
		}
		chosen, err := own.Choose([]string{credit.UnitName, credit.UnitCode}, "中国示例银行海州支行", languagesOr(l))
		if err != nil {
			t.Fatal(err)
		}
		pdf, _, err := DrawHeld(chosen)
		if err != nil {
			t.Fatal(err)
		}
		return pdf
	},
}

// pages are the languages that a page can have.
var pages = [][]message.Lang{{message.Chinese}, {message.English}, {message.Chinese, message.English}, {message.English, message.Chinese}}

func TestKindsVerify(t *testing.T) {
	for name, make := range kinds {
		for _, l := range pages {
			t.Run(name+" "+verify.Languages(l...), func(t *testing.T) {
				w := newWorld(t, sampleBody())
				pdf := make(t, w, l)
				if dir := os.Getenv("RIVIERA_LOOK"); dir != "" {
					os.WriteFile(dir+"/"+name+"-"+verify.Languages(l...)+".pdf", pdf, 0o600)
				}
				w.expect(t, pdf, verify.Passed, "", "")
			})
		}
	}
}

func languagesOr(l []message.Lang) string {
	if l == nil {
		l = pages[2]
	}
	return verify.Languages(l...)
}

// TestClearDecides: how many attest, with which keys, and what the trust file knows of
// them decides about a certificate of clear standing.
func TestClearDecides(t *testing.T) {
	for _, c := range []struct {
		name    string
		by      []int
		change  func(testing.TB, *world, *ClearInput)
		verdict verify.Verdict
		reason  string
	}{
		{"two of four", []int{1, 3}, nil, verify.Passed, ""},
		{"all", []int{0, 1, 2, 3}, nil, verify.Passed, ""},
		{"one of four", []int{1}, nil, verify.Failed, "attesters"},
		{"a key out of use", []int{0, 1}, func(_ testing.TB, w *world, _ *ClearInput) {
			w.trust.Keys[2].ToHeight = exitHeight + 50
		}, verify.Indeterminate, "retired-attesters"},
		{"a key from after the look", []int{0, 1}, func(_ testing.TB, w *world, _ *ClearInput) {
			w.trust.Keys[2].FromHeight = exitHeight + 50
		}, verify.Indeterminate, "retired-attesters"},
		{"a recorder that the file does not know", []int{0, 1}, func(_ testing.TB, w *world, _ *ClearInput) {
			w.trust.Keys = w.trust.Keys[:3]
		}, verify.Indeterminate, "validators-unknown"},
		{"another name", []int{0, 1}, func(_ testing.TB, w *world, _ *ClearInput) {
			w.trust.Keys[2].NameZH = "某机关"
		}, verify.Indeterminate, "issuer-name"},
		{"recorders that have handed over", []int{0, 1}, func(_ testing.TB, w *world, _ *ClearInput) { w.handOver() }, verify.Indeterminate, "retired-attesters"},
		{"a file that names no members", []int{0, 1}, func(_ testing.TB, w *world, _ *ClearInput) {
			for i := range w.trust.Epochs[0].Validators {
				w.trust.Epochs[0].Validators[i].Member = 0
			}
		}, verify.Indeterminate, "validators-unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			in := w.clearInput(t, c.by...)
			if c.change != nil {
				c.change(t, w, &in)
			}
			cred, err := Clear(in)
			if err != nil {
				t.Fatal(err)
			}
			if r := w.verify(t, must(cred.Canonical())); r.Verdict != c.verdict || r.Reason != c.reason {
				t.Errorf("%s %s, want %s %s", r.Verdict, r.Reason, c.verdict, c.reason)
			}
		})
	}
}

// TestClearForged lets a dishonest member sign a certificate of clear standing that its
// attestations do not carry.
func TestClearForged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*verify.Credential)
		reason string
	}{
		"another party":    {func(c *verify.Credential) { n := "另一公司"; c.Subject.Disclosed.Name = &n }, "subject"},
		"a later height":   {func(c *verify.Credential) { c.Subject.Height++ }, "subject"},
		"one member twice": {func(c *verify.Credential) { c.Evidence.Attestations[1] = c.Evidence.Attestations[0] }, "credential-form"},
		"another's signature": {func(c *verify.Credential) {
			c.Evidence.Attestations[1].Signature = c.Evidence.Attestations[0].Signature
		}, "attestation"},
		"no attestation":          {func(c *verify.Credential) { c.Evidence.Attestations = nil }, "credential-form"},
		"a statement of its own":  {func(c *verify.Credential) { c.Evidence.Attested[len(c.Evidence.Attested)-1] ^= 1 }, "credential-form"},
		"another salt":            {func(c *verify.Credential) { c.Evidence.Opening.Opened[0].Salt[0] ^= 1 }, "opening"},
		"a ledger path beside it": {func(c *verify.Credential) { c.Evidence.StateRoot[0] = 1 }, "credential-form"},
		"words on a contract":     {func(c *verify.Credential) { c.Statement.Contract.Title = verify.Bilingual("某", "x") }, "credential-form"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			in := w.clearInput(t, 0, 2)
			cred, err := Clear(in)
			if err != nil {
				t.Fatal(err)
			}
			c.change(cred)
			if err := signCredential(cred, in.Issuer.CredentialKey); err != nil {
				t.Fatal(err)
			}
			if r := w.verify(t, must(cred.Canonical())); r.Verdict != verify.Failed || r.Reason != c.reason {
				t.Errorf("%s %s, want %s", r.Verdict, r.Reason, c.reason)
			}
		})
	}
}
