package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/network"
	"github.com/riviera-ledger/riviera/node"
)

// purposes of the keys that can be rotated, by their name in a home.
var purposes = map[string]ledger.Purpose{node.OperatorKey: ledger.Operate, node.ApproverKey: ledger.Operate,
	node.ServiceKey: ledger.Operate, node.CredentialKey: ledger.Credential, node.DocumentKey: ledger.Document}

// rotation is one key that takes another's place.
type rotation struct {
	name        string
	algorithm   string
	object      string   // label of a key that is made on the home's security token
	request     string   // file for a certificate request, after which nothing more is done
	certificate string   // file with the certificate that came back
	scope       []string // what it may sign; as the old one where nil
}

// rotateKey gives a person or the institution's documents a new key. The old one stays
// valid for a while, so that what is under way is not lost.
func (a *app) rotateKey() *cobra.Command {
	var r rotation
	choices := []string{node.OperatorKey, node.ApproverKey, node.ServiceKey, node.CredentialKey, node.DocumentKey}
	c := a.command("member.keys.rotate", "rotate operator|approver|service|credential|document", a.between(1, 1), func(c *cobra.Command, args []string) error {
		r.name = args[0]
		if purposes[r.name] == "" {
			return usage(a.text("usage.flag-choice", "KEY", join(choices)))
		}
		if r.name != node.DocumentKey && r.request+r.certificate != "" {
			return usage(a.text("member.only-document"))
		}
		if purposes[r.name] != ledger.Operate && r.scope != nil {
			return usage(a.text("member.only-operating"))
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		if r.request != "" {
			return a.requestCertificate(s, r)
		}
		out, err := a.rotate(c.Context(), s, r)
		if err != nil || a.json {
			return firstOf(err, func() error { return a.object(out) })
		}
		if out.Waits {
			a.say("member.rotate-waits", r.name, out.Key, out.Act)
			if purposes[r.name] == ledger.Operate {
				a.say("member.rotate-adopt", r.name, out.Key)
			}
			return nil
		}
		a.say("member.rotated", r.name, out.Key, out.Height, overlap)
		return nil
	})
	a.algorithmFlag(c, &r.algorithm)
	c.Flags().StringVar(&r.object, "token-object", "", a.text("member.flag.token-object"))
	c.Flags().StringVar(&r.request, "request", "", a.text("member.flag.request"))
	c.Flags().StringVar(&r.certificate, "certificate", "", a.text("member.flag.certificate"))
	a.scopeFlag(c, &r.scope)
	a.prepareFlags(c)
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)
	return c
}

func (a *app) rotate(ctx context.Context, s *session, r rotation) (rotated, error) {
	own, err := s.own(ctx)
	if err != nil {
		return rotated{}, err
	}
	was, err := s.replaced(own, r.name)
	if err != nil {
		return rotated{}, err
	}
	scope, err := was.scope, error(nil)
	if r.scope != nil {
		scope, err = a.parseScope(r.scope)
	}
	if err != nil {
		return rotated{}, err
	}
	if err := a.sealing(s.home); err != nil {
		return rotated{}, err
	}
	file := r.name + "-" + strconv.Itoa(int(was.next))
	key, err := a.newKey(s, r, file)
	if err != nil {
		return rotated{}, err
	}
	key.ID, key.Operator, key.Scope = was.next, was.operator, scope
	status, err := s.client.Status(ctx)
	if err != nil {
		return rotated{}, err
	}
	change := ledger.KeyChange{Add: []ledger.Key{key}}
	for _, k := range was.ends {
		change.Retire = append(change.Retire, ledger.End{Key: k, Last: status.Height + overlap})
	}
	if a.prepare != "" {
		if !a.json && key.Purpose == ledger.Operate {
			a.say("member.rotate-adopt", r.name, was.next)
		}
		return rotated{}, a.prepareOne(ctx, s, change.Operation())
	}
	people, err := a.people(s.home, "both")
	if err != nil {
		return rotated{}, err
	}
	g, err := s.govern(ctx, people, change.Operation())
	if err != nil {
		return rotated{}, err
	}
	out := rotated{g, uint32(was.next), file + ".pem"}
	if g.Waits || key.Purpose != ledger.Operate { // documents: the node takes what the ledger names
		return out, nil
	}
	return out, s.home.ReplaceKey(r.name, file, was.old, was.next)
}

// place is where a new key comes in.
type place struct {
	old      ledger.KeyID   // that the home has had under this name
	ends     []ledger.KeyID // that are in force, and end after a while
	next     ledger.KeyID   // number of the new one
	operator string         // whose it is
	scope    ledger.Scope   // what it may sign, as the old one
}

// replaced finds which keys of the member list a new one takes the place of. One that has
// ended, as all do when the authority has put others in their place, is not ended again.
func (s *session) replaced(own client.Member, name string) (p place, err error) {
	id, err := s.home.KeyID(name)
	if err != nil {
		return p, err
	}
	found := false
	for _, k := range own.Keys {
		p.next = max(p.next, ledger.KeyID(k.ID))
		if k.Purpose != string(purposes[name]) || k.Purpose == string(ledger.Operate) && k.ID != uint32(id) {
			continue
		}
		if k.Purpose == string(ledger.Operate) {
			if p.scope, err = ledger.ParseScope(k.Scope); err != nil {
				return p, err
			}
		} else if k.To != 0 {
			continue
		}
		if found, p.old, p.operator = true, ledger.KeyID(k.ID), k.Operator; k.InForce {
			p.ends = append(p.ends, p.old)
		}
	}
	p.next++
	if !found {
		return p, fault.New(fault.UnknownKey, "key")
	}
	return p, nil
}

// newKey makes the private key, or takes the one for which a certificate has come back, and
// describes its public half as the ledger registers it.
func (a *app) newKey(s *session, r rotation, file string) (ledger.Key, error) {
	key := ledger.Key{Purpose: purposes[r.name]}
	var signer crypto.Signer
	var err error
	if r.certificate != "" {
		if key.Certificate, err = readCertificate(r.certificate); err != nil {
			return key, err
		}
		if signer, err = s.home.Certified(key.Certificate); err != nil {
			return key, err
		}
	} else if r.object != "" {
		if signer, err = s.home.NewKeyOnToken(file, r.object); err != nil {
			return key, err
		}
	} else {
		algorithm := ledger.Algorithm(r.algorithm)
		if r.name == node.DocumentKey {
			algorithm = ledger.P256
		}
		make := func() (crypto.Signer, error) { return s.home.NewKeyOf(file, algorithm) }
		if s.home.HasKey(file) { // an earlier attempt made it, and it was never registered
			make = func() (crypto.Signer, error) { return s.home.Signer(file) }
		}
		if signer, err = make(); err != nil {
			return key, err
		}
	}
	if r.name == node.DocumentKey && key.Certificate == nil {
		if key.Certificate, err = network.DocumentCertificate(signer, *s.home.Member, time.Now()); err != nil {
			return key, err
		}
	}
	key.Algorithm, key.Public, err = ledger.AlgorithmOf(signer.Public())
	return key, err
}

// requestCertificate makes a document key and the request that a certification service
// answers with a certificate.
func (a *app) requestCertificate(s *session, r rotation) error {
	if err := a.sealing(s.home); err != nil {
		return err
	}
	name, err := s.home.FreeName(node.DocumentKey + "-requested")
	if err != nil {
		return err
	}
	make := func() (crypto.Signer, error) { return s.home.NewKeyOf(name, ledger.P256) }
	if r.object != "" {
		make = func() (crypto.Signer, error) { return s.home.NewKeyOnToken(name, r.object) }
	}
	signer, err := make()
	if err != nil {
		return err
	}
	m := s.home.Member
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: m.NameZH, Organization: []string{m.NameEN}, Country: []string{"CN"}}}, signer)
	if err != nil {
		return fault.Wrap(fault.Internal, "request", err)
	}
	if err := custody.Create(r.request, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})); err != nil {
		return err
	}
	if a.json {
		return a.object(map[string]string{"request": r.request, "file": name + ".pem"})
	}
	a.say("member.requested", r.request)
	return nil
}

func readCertificate(path string) ([]byte, error) {
	b, err := readInput(path)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(b); block != nil && block.Type == "CERTIFICATE" {
		b = block.Bytes
	}
	if _, err := x509.ParseCertificate(b); err != nil {
		return nil, fault.Newf(fault.KeyInvalid, path, "not an X.509 certificate in PEM or DER")
	}
	return b, nil
}

// adoptKey puts a person's new key into use that has waited for the second signature.
func (a *app) adoptKey() *cobra.Command {
	c := a.command("member.keys.adopt", "adopt operator|approver|service NUMBER", a.between(2, 2), func(c *cobra.Command, args []string) error {
		number, err := strconv.ParseUint(args[1], 10, 32)
		if err != nil || purposes[args[0]] != ledger.Operate {
			return usage(a.text("usage.flag-choice", "KEY", "operator, approver, service"))
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		own, err := s.own(c.Context())
		if err != nil {
			return err
		}
		file := args[0] + "-" + args[1]
		signer, err := s.home.Signer(file)
		if err != nil {
			return err
		}
		_, public, err := ledger.AlgorithmOf(signer.Public())
		if err != nil {
			return err
		}
		old, err := s.home.KeyID(args[0])
		if err != nil {
			return err
		}
		for _, k := range own.Keys {
			if k.ID == uint32(number) && k.InForce && bytes.Equal(k.Public, public) {
				if err := s.home.ReplaceKey(args[0], file, old, ledger.KeyID(number)); err != nil || a.json {
					return firstOf(err, func() error { return a.object(rotated{Key: k.ID, File: args[0] + ".pem"}) })
				}
				a.say("member.adopted", args[0], k.ID)
				return nil
			}
		}
		return fault.New(fault.UnknownKey, "key")
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = cobra.FixedCompletions([]string{node.OperatorKey, node.ApproverKey, node.ServiceKey}, cobra.ShellCompDirectiveNoFileComp)
	return c
}
