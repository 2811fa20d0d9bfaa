package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/riviera-ledger/riviera/fault"
)

// failure is the one-way door from working to failed. Once through it, nothing more is
// written (guardedFS asks it) and everybody who waits is released with the error.
type failure struct {
	once sync.Once
	ch   chan struct{} // closed when failed
	err  error         // set before ch is closed
}

func newFailure() *failure { return &failure{ch: make(chan struct{})} }

// arm has onFatal called when the failure comes.
func (f *failure) arm(onFatal func(error)) {
	if onFatal != nil {
		go func() { <-f.ch; onFatal(f.err) }()
	}
}

// set records the first failure; later ones are consequences of it.
func (f *failure) set(err error) {
	f.once.Do(func() {
		code := fault.Internal
		if noSpace(err) {
			code = fault.DiskFull
		}
		var named *fault.Error
		if errors.As(err, &named) && named.Code == code {
			f.err = err
		} else {
			f.err = fault.Wrap(code, "store", err)
		}
		close(f.ch)
	})
}

// get returns the failure, nil while all is well.
func (f *failure) get() error {
	select {
	case <-f.ch:
		return f.err
	default:
		return nil
	}
}

// guard runs op so that neither a panic inside Pebble nor a call that never returns
// (its commit pipeline blocks for good after a failed write) reaches the caller. After
// a failure op's own result is not believed: an outcome that is unknown is an error.
func (f *failure) guard(op func() error) error {
	if err := f.get(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				f.set(asError(r))
				done <- f.err
			}
		}()
		done <- op()
	}()
	select {
	case err := <-done:
		if failed := f.get(); failed != nil {
			return failed
		}
		return err
	case <-f.ch:
		return f.err
	}
}

func asError(r any) error {
	if err, ok := r.(error); ok {
		return err
	}
	return fmt.Errorf("%v", r)
}

// reporter is Pebble's logger. Its Fatalf must not return, because Pebble's state is
// undefined behind it; ending the process is not this package's to decide, so the
// goroutine stays there for good while the failure releases everyone else.
type reporter struct {
	f   *failure
	log *slog.Logger
}

func (r reporter) Infof(string, ...any) {} // names keys in places

func (r reporter) Errorf(format string, args ...any) {
	r.log.Warn("storage", "detail", fmt.Sprintf(format, args...))
}

func (r reporter) Fatalf(format string, args ...any) {
	err := fmt.Errorf("%s", fmt.Sprintf(format, args...))
	for _, a := range args {
		if e, ok := a.(error); ok {
			err = e
		}
	}
	r.f.set(err)
	select {}
}

// listen hears of tables that do not read back, which are not to be answered from, and
// of trouble in the background. What is retried without a pause gets one.
func listen(f *failure, log *slog.Logger) *pebble.EventListener {
	return &pebble.EventListener{
		DataCorruption: func(i pebble.DataCorruptionInfo) { f.set(i.Details) },
		BackgroundError: func(err error) {
			log.Warn("storage", "detail", err.Error())
			time.Sleep(100 * time.Millisecond)
		},
	}
}

func noSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// openError names what kept a directory from being opened.
func openError(err error) error {
	var named *fault.Error
	switch {
	case err == nil || errors.As(err, &named) && named.Code != fault.Internal:
		return err
	case noSpace(err):
		return fault.Wrap(fault.DiskFull, "store", err)
	case strings.Contains(err.Error(), "written in unknown format major version"):
		return fault.Wrap(fault.VersionMismatch, "store", err)
	}
	return wrap(err)
}

// lockError tells "somebody else has it" from other trouble with the lock file. The
// system's lock answers with a bare EAGAIN or EACCES; EACCES inside a PathError is a
// matter of file permissions. Within one process Pebble has only a text for it, which
// TestLocked pins.
func lockError(err error) error {
	var path *fs.PathError
	held := !errors.As(err, &path) && (errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES))
	if held || strings.Contains(err.Error(), "lock held by current process") {
		return fault.Wrap(fault.HomeLocked, "store", err)
	}
	return openError(err)
}
