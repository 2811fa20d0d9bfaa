package node

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// issuer is the institution as the signer of documents.
type issuer struct {
	credential crypto.Signer
	document   crypto.Signer
	chain      []*x509.Certificate // the document key's own first
	lists      [][]byte            // revocation lists of the chain, DER
}

func openIssuer(h *Home) (*issuer, error) {
	i := &issuer{}
	var err error
	if i.credential, err = h.Signer(CredentialKey); err != nil {
		return nil, err
	}
	if i.document, err = h.Signer(DocumentKey); err != nil {
		return nil, err
	}
	for _, k := range h.Member.Keys {
		if k.Purpose == ledger.Document && len(k.Certificate) > 0 {
			own, err := x509.ParseCertificate(k.Certificate)
			if err != nil {
				return nil, fault.Wrap(fault.BadConfig, "document key", err)
			}
			i.chain = []*x509.Certificate{own}
		}
	}
	if i.chain == nil {
		return nil, fault.Newf(fault.BadConfig, "document key", "the genesis names no certificate for it")
	}
	return i, i.readChain(h)
}

// readChain reads what stands above the document key's certificate, and its revocation
// lists, where the configuration names files for them.
func (i *issuer) readChain(h *Home) error {
	c := h.Config.Certificate
	if c.Chain != "" {
		b, err := readFile(h.relative(c.Chain))
		if err != nil {
			return err
		}
		for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil || block.Type != "CERTIFICATE" || i.chain[len(i.chain)-1].CheckSignatureFrom(cert) != nil {
				return fault.Newf(fault.BadConfig, "certificate.chain", "certificate %d does not stand above the one before", len(i.chain))
			}
			i.chain = append(i.chain, cert)
		}
	}
	for _, name := range c.RevocationLists {
		b, err := readFile(h.relative(name))
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

// relative places a file named in the configuration under the home.
func (h *Home) relative(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return h.path(name)
}

func (i *issuer) of(m *ledger.Member) certificate.Issuer {
	return certificate.Issuer{MemberID: uint32(m.ID), NameZH: m.NameZH, NameEN: m.NameEN, Code: m.Code,
		CredentialKey: i.credential, DocumentKey: i.document, Certificate: i.chain, CRLs: i.lists}
}
