package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// maxCertificate bounds a file to be verified, in bytes.
const maxCertificate = 32 << 20

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

// verification is what certificate verify was told.
type verification struct {
	trust, refresh string // files
	requireStatus  bool
	sm2            bool   // demand an SM2 signature
	tsa            string // file of pinned time-stamp authorities
	ask            string // address of a node, "" for none
	purpose        string
	keyFile        string
}

func (a *app) verifyCertificate() *cobra.Command {
	var v verification
	c := a.command("certificate.verify", "verify FILE --trust TRUST", a.between(1, 1), func(c *cobra.Command, args []string) error {
		return a.runVerification(c, v, args[0])
	})
	f := c.Flags()
	f.StringVar(&v.trust, "trust", "", a.text("certificate.flag.trust"))
	f.StringVar(&v.refresh, "refresh", "", a.text("certificate.flag.refresh"))
	f.BoolVar(&v.requireStatus, "require-status", false, a.text("certificate.flag.require-status"))
	f.StringVar(&v.tsa, "tsa", "", a.text("certificate.flag.tsa"))
	f.BoolVar(&v.sm2, "sm2", false, a.text("certificate.flag.sm2"))
	f.StringVar(&v.ask, "ask", "", a.text("certificate.flag.ask"))
	f.StringVar(&v.purpose, "purpose", "", a.text("standing.flag.purpose"))
	f.StringVar(&v.keyFile, "key-file", "", a.text("standing.flag.key-file"))
	a.jsonFlag(c)
	return c
}

func (a *app) runVerification(c *cobra.Command, v verification, path string) error {
	if v.ask == "" && (v.purpose != "" || v.keyFile != "") || v.ask != "" && v.purpose == "" {
		return usage(a.text("certificate.ask.purpose"))
	}
	file, err := readBounded(path, "FILE", maxCertificate)
	if err != nil {
		return err
	}
	o := verify.Options{Now: time.Now(), RequireStatus: v.requireStatus, RequireSM2: v.sm2}
	var trust *verify.Trust
	if v.trust != "" {
		if trust, err = readTrust(v.trust); err != nil {
			return err
		}
	}
	if v.refresh != "" {
		b, err := readBounded(v.refresh, "--refresh", verify.MaxRefresh)
		if err != nil {
			return err
		}
		if o.Refresh, err = verify.ParseRefresh(b); err != nil {
			return asUsage(err, "--refresh")
		}
	}
	if v.tsa != "" {
		b, err := readBounded(v.tsa, "--tsa", verify.MaxRefresh)
		if err != nil {
			return err
		}
		if o.Authorities, err = verify.ParseAuthorities(b); err != nil {
			return asUsage(err, "--tsa")
		}
	}
	r := verify.Verify(file, trust, o)
	var now *client.StandingAnswer
	if v.ask != "" {
		if now, err = a.askAgain(c, v, r.Credential); err != nil {
			return err
		}
	}
	return a.printReport(r, v.ask, now)
}

// askAgain asks a node whether the party of a certificate is listed now. It is another
// question than whether the certificate holds, and does not touch the verdict.
func (a *app) askAgain(c *cobra.Command, v verification, cert *verify.Credential) (*client.StandingAnswer, error) {
	if cert == nil || cert.Subject.Disclosed.Name == nil || cert.Subject.Disclosed.Code == nil {
		a.note("certificate.ask.undisclosed")
		return nil, nil
	}
	key := ""
	if v.keyFile != "" {
		var err error
		if key, err = readSecretFile(v.keyFile, "--key-file"); err != nil {
			return nil, err
		}
	}
	node := client.New(baseURL(v.ask), key)
	a.dress(node)
	ans, err := node.Standing(c.Context(), client.StandingRequest{
		Code: cert.Subject.Disclosed.Code.Number, Name: *cert.Subject.Disclosed.Name, Purpose: v.purpose})
	if fault.Is(err, fault.StaleNode) || fault.Is(err, fault.NotReady) {
		return &client.StandingAnswer{Answer: client.TryLater}, nil
	}
	return &ans, err
}

func (a *app) refreshCertificate() *cobra.Command {
	var out string
	c := a.command("certificate.refresh", "refresh FILE --out REFRESH", a.between(1, 1), func(c *cobra.Command, args []string) error {
		file, err := readBounded(args[0], "FILE", maxCertificate)
		if err != nil {
			return err
		}
		cert := verify.Verify(file, nil, verify.Options{Now: time.Now()}).Credential
		if cert == nil || cert.Evidence.Event == nil {
			return &said{fault.Malformed, a.text("certificate.refresh.none"), a.text("certificate.refresh.none.next")}
		}
		address, err := a.askedNode()
		if err != nil {
			return err
		}
		node := client.New(baseURL(address), "")
		a.dress(node)
		found, err := node.LogPath(c.Context(), uint64(cert.Evidence.Log.Index))
		if fault.Is(err, fault.NotReady) && a.silent(err) == nil {
			return &said{fault.NotReady, a.text("certificate.refresh.today"), a.text("certificate.refresh.today.next")}
		}
		if err != nil {
			return err
		}
		refresh, err := verify.RefreshFrom(cert, found.Day, found.Size, found.Root, found.Path)
		if err != nil {
			return err
		}
		b, err := refresh.Encode()
		if err != nil {
			return err
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
		a.say("certificate.refresh.written", out, found.Day)
		return nil
	})
	a.homeFlags(c)
	c.Flags().StringVar(&out, "out", "", a.text("certificate.flag.out"))
	a.require(c, "out")
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

// judged is a report with the answer to another question beside it.
type judged struct {
	verify.Report
	Now *client.StandingAnswer `json:"standing_now,omitempty"` // of --ask; touches no verdict
}

// printReport prints a verification and ends with the status of its verdict.
func (a *app) printReport(r verify.Report, asked string, now *client.StandingAnswer) error {
	if a.json {
		if err := a.object(judged{r, now}); err != nil {
			return err
		}
	} else {
		a.printVerdict(r)
		if now != nil {
			a.say("certificate.ask.answer")
			if err := a.printStanding(*now, asked); err != nil {
				return err
			}
		}
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
	if d := r.Status.Reversed; d != nil {
		a.say("certificate.reversed", d.By.In(a.lang), d.DecidedOn, d.Height)
	}
	if r.IssuerName != nil {
		a.say("certificate.signed-by", r.IssuerName.In(a.lang))
	}
	if p := r.Parallel; p != nil {
		a.say("certificate.parallel", p.Text.In(a.lang))
	}
	if s := r.Timestamp; s != nil {
		a.say("certificate.timestamp", s.Time.UTC().Format("2006-01-02 15:04:05"), s.Authority, s.Text.In(a.lang))
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
