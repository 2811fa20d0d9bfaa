package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// world is a network as far as certificates need one: a chain, a log with one exit in
// it, a member with its keys, and the trust file that any node would give.
type world struct {
	chain *fakeChain
	log   *memoryLog
	input Input
	trust verify.Trust
	years int // that have passed when the certificate is verified
}

var (
	blockTime = time.Date(2026, 11, 20, 2, 30, 0, 0, time.UTC)
	issueTime = time.Date(2026, 11, 22, 8, 15, 30, 0, time.UTC)
)

const exitHeight = 480

func p256(seed string) *ecdsa.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	d := new(big.Int).SetBytes(sum[:])
	d.Mod(d, new(big.Int).Sub(elliptic.P256().Params().N, big.NewInt(1))).Add(d, big.NewInt(1))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, 32)))
	if err != nil {
		panic(err)
	}
	return k
}

func ed(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

func sampleBody() credit.Body {
	return credit.Body{
		Kind: credit.JudgmentDefaulter, SubjectType: credit.Org,
		SubjectName: "海州市云帆智能装备有限公司", SubjectCode: "91320706MA1MUNMA2T",
		CaseNo: "（2024）苏0706执1288号", DecidingOffice: "连云港市海州区人民法院",
		JudgmentNo: "（2023）苏0706民初3321号", LegalBasis: "法释〔2017〕7号第一条第一项", Grounds: 1,
		Amount: 128_450_075, FiledOn: credit.NewDate(2024, 3, 4), DecidedOn: credit.NewDate(2024, 6, 18),
		PublishedOn: credit.NewDate(2024, 6, 20), Performance: "已全部履行", Facts: "支付货款人民币1284500.75元",
		Measures: []string{"I-03", "II-11"},
	}
}

// newWorld makes a network of four recorders whose log holds n events, the exit of body
// in the middle.
func newWorld(t testing.TB, body credit.Body) *world {
	t.Helper()
	w := &world{chain: newFakeChain("riviera-lianyungang-1", 4, "recorder"), log: &memoryLog{}}
	secret := proof.Secret(sha256.Sum256([]byte("record secret")))
	record := [16]byte{0x7a, 0x11, 0xc0, 0xde}
	event := proof.Event{
		Type: proof.TypeMoved, Record: record, Contract: 1, Transition: "performed", To: "exited",
		Phase: proof.PhaseExited, Effective: credit.NewDate(2026, 11, 20).Start() + 36_000, Recorded: credit.NewDate(2026, 11, 20).Start() + 36_005,
		Commitment: proof.Commit(record, secret, body.Disclose()), Effects: 0x0c, Cite: []string{"art10-1-1"}, Height: exitHeight,
	}
	for i := range 100 {
		w.log.add(t, proof.Event{Type: proof.TypeCreated, Height: int64(i)}.Encode())
	}
	w.log.add(t, event.Encode())
	for i := range 36 {
		w.log.add(t, proof.Event{Type: proof.TypeCreated, Height: exitHeight + int64(i)}.Encode())
	}
	state := wire.Digest("state of the test")
	app := proof.AppHash(w.log.root(t), state)
	w.input = Input{
		Network: "连云港市公共信用联合惩戒网络", GenesisHash: wire.Digest("genesis of the test"), ChainID: w.chain.id,
		Event: event.Encode(), Body: body, Secret: secret,
		Ledger: LedgerProof{LogIndex: 100, TreeSize: uint64(w.log.n), Path: w.log.path(t, 100), StateRoot: state,
			Height: exitHeight, LightBlock: w.chain.lightBlock(exitHeight+1, blockTime, app, w.chain, 3)},
		Contract: Contract{ID: "judgment-defaulter", Version: 1, TitleZH: "失信被执行人名单", TitleEN: "List of judgment defaulters",
			WayZH: "义务已履行完毕", WayEN: "Obligation performed",
			Articles: []Article{{"art10-1-1", "法释〔2017〕7号第十条第一款第一项", "Fa Shi [2017] No. 7, art. 10(1)(1)"}}},
		Issuer: testIssuer(t, 3, "连云港市海州区人民法院", "Haizhou District People's Court"),
		Now:    issueTime,
	}
	w.trust = verify.Trust{Version: verify.TrustVersion, Network: w.input.Network, Genesis: verify.Hex(w.input.GenesisHash),
		ChainID: w.input.ChainID, Height: 600, IssuedAt: issueTime.Add(time.Hour),
		Epochs: []verify.TrustEpoch{verify.NewTrustEpoch(1, w.chain.validators())}}
	w.trust.Keys = trustKeys(w.input.Issuer)
	w.trust.Roots = []verify.DailyRoot{{Day: "2026-11-20", Size: uint64(w.log.n), Root: verify.Hex(w.log.root(t))}}
	return w
}

func testIssuer(t testing.TB, member uint32, zh, en string) Issuer {
	t.Helper()
	key := p256(fmt.Sprintf("document key of %d", member))
	cert, err := SelfSigned(zh, en, key, issueTime.AddDate(-1, 0, 0), issueTime.AddDate(4, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return Issuer{MemberID: member, NameZH: zh, NameEN: en, CredentialKey: ed(fmt.Sprintf("credential key of %d", member)),
		DocumentKey: key, Certificate: []*x509.Certificate{cert}}
}

func trustKeys(i Issuer) []verify.TrustKey {
	algorithm := func(k crypto.PublicKey) string {
		if verify.SuiteOf(k) == verify.SuiteECDSA {
			return verify.AlgorithmP256
		}
		return verify.AlgorithmEd25519
	}
	entry := verify.TrustKey{Member: i.MemberID, NameZH: i.NameZH, NameEN: i.NameEN, FromHeight: 1}
	credential, document := entry, entry
	credential.PublicKey, credential.Algorithm = verify.Multikey(i.CredentialKey.Public()), algorithm(i.CredentialKey.Public())
	document.PublicKey, document.Algorithm = verify.Multikey(i.DocumentKey.Public()), algorithm(i.DocumentKey.Public())
	document.Certificate = EncodePEM(i.Certificate[0])
	return []verify.TrustKey{credential, document}
}

// parsedTrust is the trust file as a verifier has it: written and read again.
func (w *world) parsedTrust(t testing.TB) *verify.Trust {
	t.Helper()
	b, err := w.trust.Encode()
	if err != nil {
		t.Fatal(err)
	}
	trust, err := verify.ParseTrust(b)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func (w *world) issue(t testing.TB) []byte {
	t.Helper()
	pdf, _, err := Issue(w.input)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func (w *world) verify(t testing.TB, file []byte) verify.Report {
	t.Helper()
	return verify.Verify(file, w.parsedTrust(t), verify.Options{Now: issueTime.AddDate(w.years, 0, 0).Add(2 * time.Hour)})
}
