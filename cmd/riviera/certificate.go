package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/ledger"
)

func (a *app) certificate() *cobra.Command {
	return a.group("certificate", a.generateCertificate(), a.copyCertificate(), a.clearCertificate(), a.letterCertificate(),
		a.sealCertificate(), a.openCertificate(), a.keyCertificate(), a.getCertificate(), a.verifyCertificate(), a.refreshCertificate(), a.erasedCertificate())
}

func (a *app) getCertificate() *cobra.Command {
	var out string
	c := a.command("certificate.get", "get ID --out FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		if _, err := ledger.ParseRecordID(args[0]); err != nil {
			return err
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		pdf, err := s.client.Certificate(c.Context(), args[0], a.lang)
		if err != nil {
			return err
		}
		if err := a.toSecretFile(out, func(w io.Writer) error { _, err := w.Write(pdf); return failed(err) }); err != nil {
			return err
		}
		switch {
		case out == "-":
			return nil
		case a.json:
			return a.object(writtenFile{File: out, Bytes: len(pdf)})
		}
		a.say("certificate.written", out, (len(pdf)+1023)/1024)
		return nil
	})
	a.homeFlags(c)
	c.Flags().StringVar(&out, "out", "", a.text("certificate.flag.out"))
	a.require(c, "out")
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords("exited", "annulled")
	return c
}

// writtenFile is what a command says with --json about a file that it made.
type writtenFile struct {
	File  string `json:"file"`
	Bytes int    `json:"bytes"`
}
