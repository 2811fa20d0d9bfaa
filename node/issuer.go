package node

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"sync"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// issuer is the institution as the signer of documents. Which of its keys signs is the
// ledger's word: the newest of those in force whose private half lies in the home. A
// rotation is taken up without a restart.
type issuer struct {
	home  *Home
	above []*x509.Certificate // above the document key's, in order
	lists [][]byte            // revocation lists of the chain, DER

	mu      sync.Mutex
	signers map[string]crypto.Signer // by public key
}

// signing is what a document is signed with now.
type signing struct {
	credential crypto.Signer
	document   crypto.Signer
	chain      []*x509.Certificate // the document key's own first
	parallel   crypto.Signer       // SM2, nil where the member has none in force or it is not here
}

// openIssuer reads the chain and opens a key of either kind: a node that could sign
// nothing says so when it starts.
func openIssuer(h *Home) (*issuer, error) {
	i := &issuer{home: h}
	for _, name := range []string{CredentialKey, DocumentKey} {
		if _, err := h.Signer(name); err != nil {
			return nil, err
		}
	}
	return i, i.readChain(h.Config.Certificate)
}

// readChain reads what stands above the document key's certificate, and its revocation
// lists, where the configuration names files for them.
func (i *issuer) readChain(c CertificateConfig) error {
	if c.Chain != "" {
		b, err := readFile(i.home.relative(c.Chain))
		if err != nil {
			return err
		}
		for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil || block.Type != "CERTIFICATE" || len(i.above) > 0 && i.above[len(i.above)-1].CheckSignatureFrom(cert) != nil {
				return fault.Newf(fault.BadConfig, "certificate.chain", "certificate %d does not stand above the one before", len(i.above)+1)
			}
			i.above = append(i.above, cert)
		}
	}
	for _, name := range c.RevocationLists {
		b, err := readFile(i.home.relative(name))
		if err != nil {
			return err
		}
		if block, _ := pem.Decode(b); block != nil && bytes.HasPrefix(b, []byte("-----BEGIN")) {
			b = block.Bytes
		}
		if _, err := x509.ParseRevocationList(b); err != nil {
			return fault.Newf(fault.BadConfig, "certificate.revocation_lists", "a file is no revocation list")
		}
		i.lists = append(i.lists, b)
	}
	return nil
}

// at returns what the member signs with at a height.
func (i *issuer) at(m *ledger.Member, height int64) (s signing, err error) {
	if s.credential, _, err = i.pick(m, ledger.Credential, CredentialKey, height); err != nil {
		return s, err
	}
	var key *ledger.Key
	if s.document, key, err = i.pick(m, ledger.Document, DocumentKey, height); err != nil {
		return s, err
	}
	s.parallel = i.parallelOf(m, height)
	own, err := x509.ParseCertificate(key.Certificate)
	if err != nil {
		return s, fault.Newf(fault.BadConfig, "document key", "the member list has no certificate for it")
	}
	s.chain = []*x509.Certificate{own}
	if len(i.above) > 0 && own.CheckSignatureFrom(i.above[0]) == nil {
		s.chain = append(s.chain, i.above...)
	}
	return s, nil
}

// parallelOf opens the private half of the member's SM2 key in use; nil where there is none,
// or it is not here: the documents go out without.
func (i *issuer) parallelOf(m *ledger.Member, height int64) crypto.Signer {
	s, _, err := i.pick(m, ledger.Parallel, ParallelKey, height)
	if err != nil {
		return nil
	}
	return s
}

// pick finds the newest key of a purpose that is in force and lies here.
func (i *issuer) pick(m *ledger.Member, purpose ledger.Purpose, name string, height int64) (crypto.Signer, *ledger.Key, error) {
	for n := len(m.Keys) - 1; n >= 0; n-- { // numbers ascend
		k := &m.Keys[n]
		if k.Purpose != purpose || k.From > height || k.To != 0 && k.To < height {
			continue
		}
		s, err := i.find(name, k)
		if s != nil || err != nil {
			return s, k, err
		}
	}
	return nil, nil, fault.Newf(fault.UnknownKey, name+" key", "no private key of this home is in force in the member list")
}

func (i *issuer) find(name string, k *ledger.Key) (crypto.Signer, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if s := i.signers[string(k.Public)]; s != nil {
		return s, nil
	}
	s, err := i.home.among(name, k.Algorithm, k.Public)
	if s != nil {
		if i.signers == nil {
			i.signers = map[string]crypto.Signer{}
		}
		i.signers[string(k.Public)] = s
	}
	return s, err
}

// relative places a file named in the configuration under the home.
func (h *Home) relative(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return h.path(name)
}

// of is the member as certificates know their issuer, at a height.
func (i *issuer) of(m *ledger.Member, height int64) (certificate.Issuer, error) {
	s, err := i.at(m, height)
	return certificate.Issuer{ParallelKey: s.parallel, MemberID: uint32(m.ID), NameZH: m.NameZH, NameEN: m.NameEN, Code: m.Code,
		CredentialKey: s.credential, DocumentKey: s.document, Certificate: s.chain, CRLs: i.lists}, err
}

// credential is the key with which the institution attests now.
func (n *Node) credential() (crypto.Signer, error) {
	view := n.engine.View()
	s, _, err := n.issuer.pick(n.member(view), ledger.Credential, CredentialKey, view.Height+1)
	return s, err
}
