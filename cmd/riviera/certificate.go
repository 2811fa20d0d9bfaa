package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/verify"
)

// maxCertificate bounds a file to be verified, in bytes.
const maxCertificate = 32 << 20

func (a *app) certificate() *cobra.Command {
	return a.group("certificate", a.getCertificate(), a.verifyCertificate())
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

func (a *app) trust() *cobra.Command {
	var out string
	c := a.command("trust.get", "get --out FILE", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		b, err := s.client.Trust(c.Context())
		if err != nil {
			return err
		}
		if _, err := verify.ParseTrust(b); err != nil {
			return err // a file that the verifier would refuse helps nobody
		}
		if err := a.toFile(out, func(w io.Writer) error { _, err := w.Write(b); return failed(err) }); err != nil {
			return err
		}
		switch {
		case out == "-":
			return nil
		case a.json:
			return a.object(writtenFile{File: out, Bytes: len(b)})
		}
		a.say("trust.written", out)
		return nil
	})
	a.homeFlags(c)
	c.Flags().StringVar(&out, "out", "", a.text("trust.flag.out"))
	a.require(c, "out")
	a.jsonFlag(c)
	return a.group("trust", c)
}

func (a *app) verifyCertificate() *cobra.Command {
	var trustFile, refreshFile string
	var requireStatus bool
	c := a.command("certificate.verify", "verify FILE --trust TRUST", a.between(1, 1), func(_ *cobra.Command, args []string) error {
		file, err := readBounded(args[0], "FILE", maxCertificate)
		if err != nil {
			return err
		}
		o := verify.Options{Now: time.Now(), RequireStatus: requireStatus}
		var trust *verify.Trust
		if trustFile != "" {
			if trust, err = readTrust(trustFile); err != nil {
				return err
			}
		}
		if refreshFile != "" {
			b, err := readBounded(refreshFile, "--refresh", verify.MaxRefresh)
			if err != nil {
				return err
			}
			if o.Refresh, err = verify.ParseRefresh(b); err != nil {
				return asUsage(err, "--refresh")
			}
		}
		return a.printReport(verify.Verify(file, trust, o))
	})
	f := c.Flags()
	f.StringVar(&trustFile, "trust", "", a.text("certificate.flag.trust"))
	f.StringVar(&refreshFile, "refresh", "", a.text("certificate.flag.refresh"))
	f.BoolVar(&requireStatus, "require-status", false, a.text("certificate.flag.require-status"))
	a.jsonFlag(c)
	return c
}

// verifyFile verifies a certificate as this moment.
func verifyFile(file []byte, trust *verify.Trust) verify.Report {
	return verify.Verify(file, trust, verify.Options{Now: time.Now()})
}

// A file that cannot be read, or a trust file that is none, says nothing about the
// certificate: exit status 3, not 1.
func readBounded(path, where string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Newf(fault.Usage, where, "%s: no such file", path)
	}
	if err != nil {
		return nil, fault.Newf(fault.Usage, where, "%s: cannot be read", path)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fault.Newf(fault.Usage, where, "%s: cannot be read", path)
	}
	if int64(len(b)) > limit {
		return nil, fault.Newf(fault.Usage, where, "%s: above %d bytes", path, limit)
	}
	return b, nil
}

func readTrust(path string) (*verify.Trust, error) {
	b, err := readBounded(path, "--trust", maxCertificate)
	if err != nil {
		return nil, err
	}
	t, err := verify.ParseTrust(b)
	if err != nil {
		return nil, asUsage(err, "--trust")
	}
	return t, nil
}

func asUsage(err error, where string) error {
	return fault.Newf(fault.Usage, where, "%s", err.Error())
}

// printReport prints a verification and ends with the status of its verdict.
func (a *app) printReport(r verify.Report) error {
	if a.json {
		if err := a.object(r); err != nil {
			return err
		}
	} else {
		a.printVerdict(r)
	}
	switch r.Verdict {
	case verify.Passed:
		return nil
	case verify.Failed:
		return status(exitFailed)
	}
	return status(exitIndeterminate)
}

func (a *app) printVerdict(r verify.Report) {
	head := string(r.Verdict)
	if r.Sub != "" {
		head += " (" + r.Sub + ")"
	}
	fmt.Fprintln(a.out, head)
	for _, t := range []verify.Texts{r.Text, r.Next} {
		if s := t.In(a.lang); s != "" {
			fmt.Fprintln(a.out, s)
		}
	}
	for _, part := range []struct {
		key string
		f   verify.Fragment
	}{{"integrity", r.Integrity}, {"issuer", r.Issuer}, {"ledger", r.Ledger}} {
		fmt.Fprintf(a.out, "  %s %s: %s\n", mark(part.f.Verdict), a.text("certificate."+part.key), part.f.Text.In(a.lang))
	}
	fmt.Fprintf(a.out, "    %s: %s\n", a.text("certificate.status"), r.Status.Text.In(a.lang))
	if r.IssuerName != nil {
		a.say("certificate.signed-by", r.IssuerName.In(a.lang))
	}
	if r.Support != nil {
		a.say("certificate.support", r.Support.Height, r.Support.Time.UTC().Format("2006-01-02 15:04:05"), r.Support.Signers, r.Support.Validators)
	}
	if r.Training != "" {
		a.say("training", r.Training)
	}
}

func mark(v verify.Verdict) string {
	switch v {
	case verify.Passed:
		return "✓"
	case verify.Failed:
		return "✗"
	}
	return "?"
}
