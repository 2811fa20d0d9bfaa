package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/verify"
)

// documentFlags are what a holder chooses.
type documentFlags struct {
	out, kind, languages, recipient string
	disclose                        []string
	code                            bool // ask for the access code
}

func (a *app) documentFlags(c *cobra.Command, q *documentFlags) {
	f := c.Flags()
	f.StringVar(&q.out, "out", "", a.text("certificate.flag.out"))
	f.StringVar(&q.kind, "kind", client.DocumentCertificate, a.text("certificate.flag.kind"))
	f.StringVar(&q.languages, "pages", "", a.text("certificate.flag.pages"))
	f.StringVar(&q.recipient, "for", "", a.text("certificate.flag.for"))
	f.StringSliceVar(&q.disclose, "disclose", nil, a.text("certificate.flag.disclose", strings.Join(credit.Units[:], ", ")))
	a.require(c, "out")
	a.homeFlags(c)
	a.jsonFlag(c)
}

// pages turns "zh,en" into what the API and the credential say.
func pages(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	var langs []message.Lang
	for name := range strings.SplitSeq(s, ",") {
		langs = append(langs, map[string]message.Lang{"zh": message.Chinese, "zh-CN": message.Chinese, "en": message.English}[strings.TrimSpace(name)])
	}
	out := verify.Languages(langs...)
	if verify.ParseLanguages(out) == nil {
		return "", fault.New(fault.BadArgument, "--pages")
	}
	return out, nil
}

func (q *documentFlags) request() (client.DocumentRequest, error) {
	langs, err := pages(q.languages)
	if err != nil {
		return client.DocumentRequest{}, err
	}
	if _, err := certificate.ParseUnits(q.disclose); err != nil {
		return client.DocumentRequest{}, fault.New(fault.BadArgument, "--disclose")
	}
	return client.DocumentRequest{Kind: q.kind, Disclose: q.disclose, Languages: langs, Recipient: q.recipient}, nil
}

// generateCertificate makes a certificate as its holder chooses: at the own institution's
// node, at any node with the access code, or from the own copy without any node.
func (a *app) generateCertificate() *cobra.Command {
	var q documentFlags
	c := a.command("certificate.generate", "generate ID|OWN-COPY --out FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		r, err := q.request()
		if err != nil {
			return err
		}
		if _, err := ledger.ParseRecordID(args[0]); err != nil {
			return a.present(args[0], q.out, r)
		}
		var pdf []byte
		if q.code {
			pdf, err = a.withCode(c.Context(), args[0], r, (*client.Client).SubjectDocument)
		} else if s, open := a.session(); open != nil {
			return open
		} else {
			pdf, err = s.client.Document(c.Context(), args[0], r)
		}
		if err != nil {
			return err
		}
		return a.written(q.out, pdf)
	})
	a.documentFlags(c, &q)
	c.Flags().BoolVar(&q.code, "code", false, a.text("certificate.flag.code"))
	return c
}

// withCode asks any node as the holder of the access code, which is typed or piped in.
func (a *app) withCode(ctx context.Context, id string, r client.DocumentRequest, ask func(*client.Client, context.Context, client.SubjectDocument) ([]byte, error)) ([]byte, error) {
	address, err := a.askedNode()
	if err != nil {
		return nil, err
	}
	code, err := a.secret(a.text("certificate.prompt.code"))
	if err != nil {
		return nil, err
	}
	cl := client.New(baseURL(address), "")
	a.dress(cl)
	return ask(cl, ctx, client.SubjectDocument{SubjectAccess: client.SubjectAccess{Record: id, Code: code}, DocumentRequest: r})
}

// present makes a presentation from the holder's own copy: a PDF that bears no
// institution's signature, or the bare presentation where the file is to be JSON.
func (a *app) present(copyFile, out string, r client.DocumentRequest) error {
	b, err := readBounded(copyFile, "OWN-COPY", verify.MaxCredential)
	if err != nil {
		return err
	}
	own, err := verify.ParsePresentation(b)
	if err != nil {
		return asUsage(err, "OWN-COPY")
	}
	disclose, languages := r.Disclose, r.Languages
	if disclose == nil {
		disclose = certificate.DefaultDisclosure()
		if own.Credential.Type[1] == verify.TypeClear {
			disclose = []string{credit.UnitName, credit.UnitCode}
		}
	}
	if languages == "" {
		languages = own.Language
	}
	chosen, err := own.Choose(disclose, r.Recipient, languages)
	if err != nil {
		return err
	}
	var document []byte
	if strings.HasSuffix(out, ".json") {
		document, err = chosen.Canonical()
	} else {
		document, _, err = certificate.DrawHeld(chosen)
	}
	if err != nil {
		return err
	}
	if err := a.written(out, document); err != nil {
		return err
	}
	a.note("certificate.held")
	return nil
}

// written writes a document for its holder alone.
func (a *app) written(out string, b []byte) error {
	if err := a.toSecretFile(out, func(w io.Writer) error { _, err := w.Write(b); return failed(err) }); err != nil {
		return err
	}
	switch {
	case out == "-":
		return nil
	case a.json:
		return a.object(writtenFile{File: out, Bytes: len(b)})
	}
	a.say("certificate.wrote", out, (len(b)+1023)/1024)
	return nil
}

// copyCertificate takes the holder's own copy.
func (a *app) copyCertificate() *cobra.Command {
	var q documentFlags
	c := a.command("certificate.copy", "copy ID --out FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		if _, err := ledger.ParseRecordID(args[0]); err != nil {
			return err
		}
		var b []byte
		var err error
		if q.code {
			b, err = a.withCode(c.Context(), args[0], client.DocumentRequest{Kind: q.kind}, (*client.Client).SubjectCopy)
		} else if s, open := a.session(); open != nil {
			return open
		} else {
			b, err = s.client.OwnCopy(c.Context(), args[0], q.kind)
		}
		if err != nil {
			return err
		}
		return a.written(q.out, b)
	})
	f := c.Flags()
	f.StringVar(&q.out, "out", "", a.text("certificate.flag.out"))
	f.StringVar(&q.kind, "kind", client.DocumentCertificate, a.text("certificate.flag.kind"))
	f.BoolVar(&q.code, "code", false, a.text("certificate.flag.code"))
	a.require(c, "out")
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// letterCertificate makes the letter that brings a notice with its access code.
func (a *app) letterCertificate() *cobra.Command {
	var q documentFlags
	c := a.command("certificate.letter", "letter ID --out FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		langs, err := pages(q.languages)
		if err != nil {
			return err
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		typed, err := a.secret(a.text("certificate.prompt.code"))
		if err != nil {
			return err
		}
		code, err := credit.ParseAccessCode(typed)
		if err != nil {
			return err
		}
		pdf, err := s.client.Document(c.Context(), args[0], client.DocumentRequest{Kind: client.DocumentNotice, Languages: langs, Code: code.Text()})
		if err != nil {
			return err
		}
		return a.written(q.out, pdf)
	})
	f := c.Flags()
	f.StringVar(&q.out, "out", "", a.text("certificate.flag.out"))
	f.StringVar(&q.languages, "pages", "", a.text("certificate.flag.pages"))
	a.require(c, "out")
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// clearCertificate has recorders attest that a party is clear. Neither a person's number
// nor a person's name is taken from the command line.
func (a *app) clearCertificate() *cobra.Command {
	var q documentFlags
	var name, purpose string
	c := a.command("certificate.clear", "clear [CODE] --purpose TEXT --out FILE", a.between(0, 1), func(c *cobra.Command, args []string) error {
		langs, err := pages(q.languages)
		if err != nil {
			return err
		}
		r := client.ClearRequest{Name: name, Purpose: purpose, Languages: langs, Recipient: q.recipient}
		if r.Code, r.Name, err = a.party(args, name); err != nil {
			return err
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		pdf, err := s.client.Clear(c.Context(), r)
		if err != nil {
			return err
		}
		return a.written(q.out, pdf)
	})
	f := c.Flags()
	f.StringVar(&name, "name", "", a.text("standing.flag.name"))
	f.StringVar(&purpose, "purpose", "", a.text("standing.flag.purpose"))
	f.StringVar(&q.out, "out", "", a.text("certificate.flag.out"))
	f.StringVar(&q.languages, "pages", "", a.text("certificate.flag.pages"))
	f.StringVar(&q.recipient, "for", "", a.text("certificate.flag.for"))
	a.require(c, "purpose")
	a.require(c, "out")
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// party reads whom a question is about: an organisation from the command line, a person
// from a prompt or standard input.
func (a *app) party(args []string, name string) (code, as string, err error) {
	if len(args) == 1 {
		code = args[0]
	} else if code, err = a.secret(a.text("standing.prompt.code")); err != nil {
		return "", "", err
	}
	kind, err := credit.CheckCode(code)
	switch {
	case err != nil:
		return "", "", fault.Wrap(fault.Of(err), "code", err)
	case kind == credit.Person && len(args) == 1:
		return "", "", usage(a.text("standing.person"))
	case kind == credit.Person && name != "":
		return "", "", usage(a.text("standing.person-name"))
	case name == "":
		name, err = a.secret(a.text("standing.prompt.name"))
	}
	return code, name, err
}

// sealCertificate encrypts a document on its way to one recipient.
func (a *app) sealCertificate() *cobra.Command {
	var to, out string
	c := a.command("certificate.seal", "seal FILE --to KEY --out FILE", a.between(1, 1), func(_ *cobra.Command, args []string) error {
		b, err := readBounded(args[0], "FILE", certificate.MaxDelivery)
		if err != nil {
			return err
		}
		if b, err = certificate.SealTo(to, b); err != nil {
			return err
		}
		return a.written(out, b)
	})
	c.Flags().StringVar(&to, "to", "", a.text("certificate.flag.to"))
	c.Flags().StringVar(&out, "out", "", a.text("certificate.flag.out"))
	a.require(c, "to")
	a.require(c, "out")
	a.jsonFlag(c)
	return c
}

// openCertificate opens what was sealed to a key.
func (a *app) openCertificate() *cobra.Command {
	var key, out string
	c := a.command("certificate.open", "open FILE --key FILE --out FILE", a.between(1, 1), func(_ *cobra.Command, args []string) error {
		b, err := readBounded(args[0], "FILE", certificate.MaxDelivery+1<<20)
		if err != nil {
			return err
		}
		k, err := readBounded(key, "--key", 64<<10)
		if err != nil {
			return err
		}
		if b, err = certificate.OpenWith(k, b); err != nil {
			return err
		}
		return a.written(out, b)
	})
	c.Flags().StringVar(&key, "key", "", a.text("certificate.flag.key"))
	c.Flags().StringVar(&out, "out", "", a.text("certificate.flag.out"))
	a.require(c, "key")
	a.require(c, "out")
	a.jsonFlag(c)
	return c
}

// keyCertificate makes a key to receive documents with.
func (a *app) keyCertificate() *cobra.Command {
	var out string
	c := a.command("certificate.key", "key --out FILE", a.between(0, 0), func(*cobra.Command, []string) error {
		if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
			return fault.Newf(fault.HomeExists, "--out", "%s is there already", out)
		}
		file, recipient, err := certificate.NewDeliveryKey()
		if err != nil {
			return err
		}
		if err := a.toSecretFile(out, func(w io.Writer) error { _, err := w.Write(file); return failed(err) }); err != nil {
			return err
		}
		if a.json {
			return a.object(struct {
				File      string `json:"file"`
				Recipient string `json:"recipient"`
			}{out, recipient})
		}
		a.say("certificate.recipient", recipient)
		return nil
	})
	c.Flags().StringVar(&out, "out", "", a.text("certificate.flag.out"))
	a.require(c, "out")
	a.jsonFlag(c)
	return c
}
