package consensus

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"syscall"

	cmtlog "github.com/cometbft/cometbft/libs/log"

	"github.com/riviera-ledger/riviera/fault"
)

// logger lets the engine write to log/slog. Its "Info" is chatter by our measure and
// becomes Debug; its Debug is dropped. The engine logs heights, hashes and addresses,
// and since bodies never reach it, no personal data.
type logger struct {
	to *slog.Logger
	// onPanic learns that the engine's main routine has ended. The engine catches its
	// own panic there, logs engineFailure and goes on without deciding blocks; the log
	// line is the only sign of it.
	onPanic func(error)
}

// engineFailure is the engine's message when its main routine has ended by a panic
// (TestEngineFailureIsNoticed pins it).
const engineFailure = "CONSENSUS FAILURE!!!"

var _ cmtlog.Logger = logger{}

func (l logger) Debug(string, ...any) {}

func (l logger) Info(msg string, kv ...any) { l.log(slog.LevelDebug, msg, kv) }
func (l logger) Warn(msg string, kv ...any) { l.log(noise(msg), msg, kv) }

func (l logger) Error(msg string, kv ...any) {
	if msg == engineFailure {
		l.log(slog.LevelError, msg, kv) // with the stack
		l.onPanic(engineError(kv))
		return
	}
	l.log(noise(msg), msg, kv)
}

// noise is the level of the engine's warnings and errors, which to us are warnings.
func noise(msg string) slog.Level {
	if peerNoise[msg] {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// peerNoise lists what the engine calls errors and every restart, its own or of a
// neighbour, causes.
var peerNoise = map[string]bool{
	"Stopping peer for error":                                true,
	"error stopping peer":                                    true,
	"Stopped accept routine, as transport is closed":         true,
	"Error stopping pool":                                    true,
	"Error stopping consensus state":                         true,
	"Not stopping State service -- has not been started yet": true,
	"Failed to add block":                                    true,
}

func (l logger) With(kv ...any) cmtlog.Logger {
	return logger{to: l.to.With(plain(kv)...), onPanic: l.onPanic}
}

func (l logger) log(level slog.Level, msg string, kv []any) {
	if l.to.Enabled(context.Background(), level) {
		l.to.Log(context.Background(), level, msg, plain(kv)...)
	}
}

// plain turns the engine's lazy values into text at the call: some of them change or
// take locks later.
func plain(kv []any) []any {
	out := make([]any, 0, len(kv)+1)
	for i, v := range kv {
		if i%2 == 0 {
			out = append(out, fmt.Sprint(v))
			continue
		}
		switch v.(type) {
		case string, bool, int, int32, int64, uint64, float64:
			out = append(out, v)
		default:
			out = append(out, fmt.Sprint(v))
		}
	}
	if len(out)%2 == 1 {
		out = append(out, "")
	}
	return out
}

// engineError gives the engine's panic a code. A full disk is the one cause to be told
// apart; the library has turned it into text.
func engineError(kv []any) error {
	text := "main routine ended"
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i] == "err" {
			text = fmt.Sprint(kv[i+1])
		}
	}
	if strings.Contains(text, syscall.ENOSPC.Error()) {
		return fault.Newf(fault.DiskFull, "engine", "%s", text)
	}
	return fault.Newf(fault.Internal, "engine", "%s", text)
}
