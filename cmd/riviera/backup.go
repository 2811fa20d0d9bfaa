package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/riviera-ledger/riviera/backup"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
)

// backedUp is what `node backup --json` and `node restore --json` print.
type backedUp struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
	Home  string `json:"home"`
	backup.Head
}

func (a *app) backupNode() *cobra.Command {
	var out string
	c := a.command("node.backup", "backup --home DIR --out FILE", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		b := backedUp{File: out, Home: s.home.Dir}
		if b.Bytes, b.Head, err = a.writeBackup(c.Context(), s, out); err != nil {
			return err
		}
		if a.json {
			return a.object(b)
		}
		a.say("node.backup.done", out, (b.Bytes+1<<20-1)>>20, b.Height, b.Records)
		return nil
	})
	a.homeFlags(c)
	c.Flags().StringVar(&out, "out", "", a.text("node.backup.flag.out"))
	a.require(c, "out")
	a.jsonFlag(c)
	return c
}

// writeBackup writes a backup beside its place, reads it back, and only then gives it its
// name. A home whose node does not run is read here; else the node itself is asked.
func (a *app) writeBackup(ctx context.Context, s *session, out string) (n int64, h backup.Head, err error) {
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		return 0, h, fault.New(fault.HomeExists, out)
	}
	partial := out + ".partial"
	f, err := os.OpenFile(partial, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, h, fault.Wrap(fault.BadConfig, out, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(partial))
		}
	}()
	bar := a.bytesBar("node.backup.bar", 0)
	err = s.client.Live(ctx)
	if err == nil {
		err = s.client.Backup(ctx, bar.writer(f))
	} else if a.api == "" {
		err = node.BackupStopped(s.home, bar.writer(f))
	}
	bar.close()
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		h, n, err = checkBackup(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return n, h, err
	}
	if err = os.Rename(partial, out); err != nil {
		return n, h, fault.Wrap(fault.BadConfig, out, err)
	}
	return n, h, nil
}

// checked is a taker that keeps the head alone.
type checked struct{ head backup.Head }

func (c *checked) Head(h backup.Head) error                  { c.head = h; return nil }
func (c *checked) File(backup.File) error                    { return nil }
func (c *checked) Pair(part string, key, value []byte) error { return nil }

func checkBackup(f *os.File) (backup.Head, int64, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return backup.Head{}, 0, fault.Wrap(fault.Internal, f.Name(), err)
	}
	c := new(checked)
	if err := backup.Read(f, c); err != nil {
		return c.head, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return c.head, 0, fault.Wrap(fault.Internal, f.Name(), err)
	}
	return c.head, info.Size(), nil
}

func (a *app) restoreNode() *cobra.Command {
	o := node.RestoreOptions{}
	c := a.command("node.restore", "restore FILE --home DIR", a.between(1, 1), func(c *cobra.Command, args []string) error {
		if a.home == "" {
			return usage(a.text("usage.home", homeVariable))
		}
		f, err := os.Open(args[0])
		if err != nil {
			return fault.Newf(fault.FileMissing, args[0], "no such file")
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return fault.Wrap(fault.FileMissing, args[0], err)
		}
		o.Dir, o.Now = filepath.Clean(a.home), time.Now().UnixNano()
		o.Open = func(string) (*node.Home, error) { return a.openHome() }
		bar := a.bytesBar("node.restore.bar", info.Size())
		head, err := node.Restore(bar.reader(f), o)
		bar.close()
		if err != nil {
			return err
		}
		if a.json {
			return a.object(backedUp{File: args[0], Bytes: info.Size(), Home: o.Dir, Head: head})
		}
		a.say("node.restore.done", o.Dir, head.Height, head.Records)
		if o.VoteAfter > 0 {
			a.say("node.restore.after", o.VoteAfter)
		} else {
			a.say("node.restore.waits")
		}
		a.say("node.restore.next", o.Dir)
		return nil
	})
	c.Flags().StringVar(&a.home, "home", a.env(homeVariable), a.text("flag.home", homeVariable))
	a.passphraseFlags(c)
	c.Flags().StringVar(&o.Keys, "keys", "", a.text("node.restore.flag.keys"))
	c.Flags().Int64Var(&o.VoteAfter, "vote-after", 0, a.text("node.restore.flag.vote-after"))
	a.jsonFlag(c)
	return c
}

// bytesBar shows how many bytes have gone through, on a terminal only; a total of 0 is not
// known.
func (a *app) bytesBar(key string, total int64) *bytesBar {
	b := new(bytesBar)
	if f, yes := terminal(a.errs); yes {
		b.all = mpb.New(mpb.WithOutput(f), mpb.WithWidth(48))
		b.bar = b.all.AddBar(total, mpb.PrependDecorators(decor.Name(a.text(key)+" "), decor.CountersKibiByte("% .1f / % .1f")),
			mpb.AppendDecorators(decor.AverageSpeed(decor.SizeB1024(0), "% .1f")))
	}
	return b
}

type bytesBar struct {
	all *mpb.Progress
	bar *mpb.Bar
}

func (b *bytesBar) add(n int) {
	if b.bar != nil {
		b.bar.IncrBy(n)
	}
}

func (b *bytesBar) close() {
	if b.bar != nil {
		b.bar.SetTotal(b.bar.Current(), true)
		b.all.Wait()
	}
}

type counted struct {
	io.Writer
	io.Reader
	bar *bytesBar
}

func (b *bytesBar) writer(w io.Writer) io.Writer { return &counted{Writer: w, bar: b} }
func (b *bytesBar) reader(r io.Reader) io.Reader { return &counted{Reader: r, bar: b} }

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.bar.add(n)
	return n, err
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.bar.add(n)
	return n, err
}
