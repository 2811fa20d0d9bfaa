package main

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// brief is what a person files: files on this machine, and where the outcome goes.
type brief struct {
	text, out, network string
	files              []string
	serial             int64
}

func (a *app) briefFlags(c *cobra.Command, b *brief) {
	c.Flags().StringVar(&b.text, "text", "", a.text("subject.flag.text"))
	c.Flags().StringArrayVar(&b.files, "file", nil, a.text("subject.flag.file"))
}

// fileSubject signs a filing here and hands it in at a node, any node.
func (a *app) fileSubject() *cobra.Command {
	var b brief
	c := a.subjectCommand("subject.file", "file RECORD EVENT [NAME=VALUE…]", func(c *cobra.Command, h *holder, args []string) error {
		if len(args) == 0 {
			return usage(a.text("usage.few", c.UseLine()))
		}
		v, err := h.client.SubjectView(c.Context(), h.access())
		if err != nil {
			return err
		}
		signed, err := b.sign(h.record, h.code, h.genesis, v.Serial, args)
		if err != nil {
			return err
		}
		return a.handIn(c, h.client, signed, b.out)
	}, -1)
	a.briefFlags(c, &b)
	c.Flags().StringVar(&b.out, "receipt", "", a.text("subject.flag.receipt"))
	return c
}

// signSubject signs a filing without any node.
func (a *app) signSubject() *cobra.Command {
	var b brief
	c := a.command("subject.sign", "sign RECORD EVENT [NAME=VALUE…] --network HASH --serial N --out FILE", a.between(2, -1), func(_ *cobra.Command, args []string) error {
		genesis, err := parseHash(b.network, "--network")
		if err != nil {
			return err
		}
		if b.serial < 0 || b.serial > 1<<31 {
			return usage(a.text("usage.flag-required", "--serial"))
		}
		id, code, err := a.codeFor(args[0])
		if err != nil {
			return err
		}
		signed, err := b.sign(id, code, genesis, uint32(b.serial), args[1:])
		if err != nil {
			return err
		}
		err = a.toSecretFile(b.out, func(w io.Writer) error { return failed(json.NewEncoder(w).Encode(signed)) })
		if err != nil {
			return err
		}
		if b.out != "-" && !a.json {
			a.say("subject.signed", b.out)
		}
		return nil
	})
	a.briefFlags(c, &b)
	c.Flags().StringVar(&b.network, "network", "", a.text("subject.flag.network"))
	c.Flags().Int64Var(&b.serial, "serial", 0, a.text("subject.flag.serial"))
	c.Flags().StringVar(&b.out, "out", "", a.text("subject.flag.out"))
	a.require(c, "network", "serial", "out")
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

// sendSubject hands in what sign has written; it needs no code.
func (a *app) sendSubject() *cobra.Command {
	var out string
	c := a.command("subject.send", "send FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		b, err := readBounded(args[0], "FILE", 1<<20)
		if err != nil {
			return err
		}
		var signed client.SignedFiling
		if err := json.Unmarshal(b, &signed); err != nil {
			return fault.New(fault.UnknownDocument, "FILE")
		}
		address, err := a.askedNode()
		if err != nil {
			return err
		}
		cl := client.New(baseURL(address), "")
		a.dress(cl)
		return a.handIn(c, cl, signed, out)
	})
	c.Flags().StringVar(&out, "receipt", "", a.text("subject.flag.receipt"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) handIn(c *cobra.Command, cl *client.Client, signed client.SignedFiling, out string) error {
	receipt, err := cl.FileSigned(c.Context(), signed)
	if err != nil {
		return err
	}
	if err := a.keepReceipt(out, receipt); err != nil {
		return err
	}
	if a.json {
		return a.object(receipt)
	}
	if err := a.printReceipt(receipt); err != nil {
		return err
	}
	if out != "" {
		a.say("subject.receipt-kept", out)
	} else {
		a.say("subject.receipt-hint")
	}
	return nil
}

// sign makes the filing with its paper.
func (b *brief) sign(id ledger.RecordID, code credit.AccessCode, genesis wire.Hash, serial uint32, args []string) (client.SignedFiling, error) {
	o := ledger.Filing{Record: id, Event: args[0], Serial: serial}
	for _, pair := range args[1:] {
		name, text, ok := strings.Cut(pair, "=")
		v, err := looseValue(strings.TrimSpace(text))
		if !ok || err != nil {
			return client.SignedFiling{}, fault.Newf(fault.BadArgument, "arguments", "written as name=value: a number, yes or no, or a date")
		}
		if o.Args == nil {
			o.Args = map[string]int64{}
		}
		o.Args[name] = v
	}
	paper, err := b.paper(id)
	if err != nil {
		return client.SignedFiling{}, err
	}
	var out client.SignedFiling
	if paper != nil {
		commitment := paper.Commitment()
		o.Paper, out.Paper = &commitment, paper.Encode()
	}
	o.Sign(genesis, code.SigningKey())
	out.Filing = wire.Encode(o)
	return out, nil
}

// looseValue reads a value without the contract that says which type it has.
func looseValue(s string) (int64, error) {
	switch strings.ToLower(s) {
	case "yes", "true", "是":
		return 1, nil
	case "no", "false", "否":
		return 0, nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) < 8 {
		return n, nil
	}
	d, err := credit.ParseDate(s)
	return int64(d), err
}

// paper reads the files of a brief; nil where there are none.
func (b *brief) paper(id ledger.RecordID) (*credit.Paper, error) {
	p := &credit.Paper{Record: id, Kind: credit.Evidence}
	rand.Read(p.Salt[:]) // never fails
	if b.text != "" {
		text, err := readBounded(b.text, "--text", 4*credit.MaxPaperText)
		if err != nil {
			return nil, err
		}
		p.Text = credit.Prose(string(text))
	}
	for _, name := range b.files {
		data, err := readBounded(name, "--file", credit.MaxPaperBytes)
		if err != nil {
			return nil, err
		}
		f, err := credit.NewFile(name, data)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, f)
	}
	if p.Text == "" && len(p.Files) == 0 {
		return nil, nil
	}
	return p, p.Check()
}
