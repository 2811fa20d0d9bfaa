package node

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// Config is riviera.toml: what an operator may change. Everything that the network has
// to agree on stands in the genesis document instead.
type Config struct {
	// Member is the institution that runs this node.
	Member ledger.MemberID `toml:"member"`
	Engine EngineConfig    `toml:"engine"`
	API    APIConfig       `toml:"api"`
	Log    LogConfig       `toml:"log"`
	Keys   KeysConfig      `toml:"keys,omitempty"`
	// Certificate is what the institution's documents get beside its signature.
	Certificate CertificateConfig `toml:"certificate,omitempty"`
	Memory      MemoryConfig      `toml:"memory,omitempty"`
	Checkpoint  CheckpointConfig  `toml:"checkpoint,omitempty"`
}

// EngineConfig is the node's place among its peers.
type EngineConfig struct {
	Listen string   `toml:"listen"` // host:port; empty where no node runs from this home
	Peers  []string `toml:"peers"`  // node id@host:port
	// SnapshotEvery is after how many blocks the node makes a snapshot for nodes that join;
	// 0 is 1,000, negative makes none.
	SnapshotEvery int64 `toml:"snapshot_every,omitempty"`
}

// APIConfig is the open API and the pages.
type APIConfig struct {
	Listen string `toml:"listen"` // host:port
	// PublicPerDay bounds the questions that an anonymous visitor may ask in a day, told
	// apart by address; 0 refuses them.
	PublicPerDay int `toml:"public_per_day"`
}

// CertificateConfig names the services that the institution's documents rest on.
type CertificateConfig struct {
	// TimestampURL is a time-stamp authority (RFC 3161 over HTTP); without one documents
	// have no time stamp (PAdES B-B instead of B-T).
	TimestampURL string `toml:"timestamp_url,omitempty"`
	// Chain is a file in PEM with the certificates above the document key's, in order.
	Chain string `toml:"chain,omitempty"`
	// RevocationLists are files with the lists of that chain, in PEM or DER; they stand in
	// each document.
	RevocationLists []string `toml:"revocation_lists,omitempty"`
}

// LogConfig is what the node writes to standard error.
type LogConfig struct {
	Level string `toml:"level"` // debug, info, warn, error
}

const configHeader = `# Riviera node. Unknown keys are refused; the genesis document beside this file says
# what the whole network agrees on.

`

// ParseConfig reads riviera.toml strictly.
func ParseConfig(b []byte) (Config, error) {
	var c Config
	md, err := toml.NewDecoder(bytes.NewReader(b)).Decode(&c)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return c, fault.Newf(fault.BadConfig, fmt.Sprintf("riviera.toml, line %d", pe.Position.Line), "%s", pe.Message)
		}
		return c, fault.Wrap(fault.BadConfig, "riviera.toml", err)
	}
	if unknown := md.Undecoded(); len(unknown) > 0 {
		return c, fault.Newf(fault.BadConfig, "riviera.toml", "unknown key %s", unknown[0])
	}
	return c, c.check()
}

func (c Config) check() error {
	if c.Member == 0 {
		return fault.Newf(fault.BadConfig, "riviera.toml", "member is missing")
	}
	for key, address := range map[string]string{"engine.listen": c.Engine.Listen, "api.listen": c.API.Listen} {
		if key == "engine.listen" && address == "" {
			continue // no node runs from this home
		}
		if _, _, err := net.SplitHostPort(address); err != nil {
			return fault.Newf(fault.BadConfig, "riviera.toml", "%s is not host:port", key)
		}
	}
	if u := c.Certificate.TimestampURL; u != "" && !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
		return fault.Newf(fault.BadConfig, "riviera.toml", "certificate.timestamp_url is not an HTTP address")
	}
	for i, w := range c.Checkpoint.Witnesses {
		key, err := checkpoint.ParseWitness(w)
		if err != nil {
			return fault.Newf(fault.BadConfig, "riviera.toml", "checkpoint.witnesses[%d]: %v", i, err)
		}
		if slices.ContainsFunc(c.Checkpoint.Witnesses[:i], func(o string) bool { return strings.HasPrefix(o, key.Witness+"+") }) {
			return fault.Newf(fault.BadConfig, "riviera.toml", "checkpoint.witnesses[%d]: the name stands there already", i)
		}
	}
	if c.Memory.HeapMiB < 0 {
		return fault.Newf(fault.BadConfig, "riviera.toml", "memory.heap_mib is negative")
	}
	for i, p := range c.Engine.Peers {
		id, address, ok := strings.Cut(p, "@")
		if _, _, err := net.SplitHostPort(address); !ok || err != nil || len(id) != 40 {
			return fault.Newf(fault.BadConfig, "riviera.toml", "engine.peers[%d] is not id@host:port", i)
		}
	}
	return nil
}

// Encode writes the configuration as riviera.toml.
func (c Config) Encode() ([]byte, error) {
	buf := bytes.NewBufferString(configHeader)
	if err := toml.NewEncoder(buf).Encode(c); err != nil {
		return nil, fault.Wrap(fault.Internal, "riviera.toml", err)
	}
	return buf.Bytes(), nil
}

// readFile reads a file that a home must have. Without its configuration a folder is no
// home at all.
func readFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && filepath.Base(path) == ConfigFile:
		return nil, fault.Newf(fault.HomeMissing, path, "no such file")
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Newf(fault.FileMissing, path, "no such file")
	case err != nil:
		return nil, fault.Wrap(fault.BadConfig, path, err)
	}
	return b, nil
}
