package bench

import (
	"runtime"
	"runtime/debug"
)

// Disclosure is what a figure needs beside it to mean something.
type Disclosure struct {
	Command     string  `json:"command"`
	Nodes       int     `json:"nodes"`
	Recorders   int     `json:"recorders"`
	Processes   bool    `json:"processes"`
	Cores       int     `json:"cores"`
	Processor   string  `json:"processor"`
	LoadAverage float64 `json:"load_average"`
	Go          string  `json:"go"`
	Engine      string  `json:"engine"`
	Record      string  `json:"record"`
	Signatures  string  `json:"signatures"`
	Sync        string  `json:"fsync"`
	Encryption  string  `json:"peer_encryption"`
	Checks      string  `json:"checks"`
}

// What every measured network does, because no option can take it away.
const (
	signatures = "ed25519, operator and approver of each envelope, verified once by each recorder"
	syncs      = "bodies and their secrets synced by each recorder before it votes; the engine's votes and blocks in its own log"
	encryption = "X25519 and ChaCha20-Poly1305 between all nodes"
	checks     = "form, signatures, replay, commitments, admission rules on the body, contract, case tag, log and state tree"
)

func disclose(command string, s *site) Disclosure {
	model, load := machine()
	d := Disclosure{Command: command, Cores: runtime.NumCPU(), Processor: model, LoadAverage: load, Go: runtime.Version(), Engine: engineVersion(),
		Signatures: signatures, Sync: syncs, Encryption: encryption, Checks: checks}
	if s != nil {
		d.Nodes, d.Recorders, d.Processes = s.Len(), len(s.Recorders), s.o.Program != ""
	}
	return d
}

func engineVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/cometbft/cometbft" {
				return "cometbft " + m.Version
			}
		}
	}
	return "cometbft"
}
