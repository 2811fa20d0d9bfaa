package node

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/store"
)

// ward is a home whose node is stopped, or played by a server.
type ward struct {
	t      *testing.T
	home   *Home
	status client.Status
	list   client.Members
	client *client.Client
}

// codes are what is found, each once, in order.
func (w *ward) codes() []string {
	w.t.Helper()
	var out []string
	for _, f := range Examine(context.Background(), w.home, w.client) {
		for _, l := range message.Langs {
			if c, known := client.ParseCode(f.Code); !l.Has("doctor."+f.Code) && (!known || !l.Has("fault."+c.String())) {
				w.t.Errorf("%s has no text in %s", f.Code, l)
			}
		}
		out = append(out, f.Code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// finds holds that a fault is found once it is made and is not there without it.
func (w *ward) finds(code string, fault func() (undo func())) {
	w.t.Helper()
	if before := w.codes(); slices.Contains(before, code) {
		w.t.Errorf("%s is found in a home without it", code)
	}
	undo := fault()
	if got := w.codes(); !slices.Contains(got, code) {
		w.t.Errorf("%s is not found: %v", code, got)
	}
	undo()
}

// ill makes a home of the fixture with its ledger at height 0, and peers that listen.
func ill(t *testing.T, i int) *ward {
	t.Helper()
	n := &nodes{t: t}
	n.found()
	for j, h := range n.homes {
		if j == i {
			continue
		}
		l, err := net.Listen("tcp", h.Config.Engine.Listen)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
	}
	h := n.homes[i]
	db, err := store.Open(h.Data("ledger"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(db, h.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	b := db.NewBatch()
	for _, w := range l.InitialWrites() {
		b.Set(w.Key, w.Value)
	}
	if err := b.Commit(true); err != nil {
		t.Fatal(err)
	}
	w := &ward{t: t, home: h, client: client.New("http://"+h.Config.API.Listen, "")}
	view := l.View(db)
	for j := range view.Config.Members {
		m, err := shownMember(view, &view.Config.Members[j])
		if err != nil {
			t.Fatal(err)
		}
		w.list.Members = append(w.list.Members, m)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestDoctorStopped: each fault of a stopped home is found when it is made, and only then.
func TestDoctorStopped(t *testing.T) {
	w := ill(t, market)
	h := w.home
	if got := w.codes(); len(got) != 0 {
		t.Fatalf("a sound home: %v", got)
	}
	keys := h.path(keysDir)
	moved := func(from, to string) func() func() {
		return func() func() {
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
			return func() { os.Rename(to, from) }
		}
	}
	swapped := func(name, with string) func() func() {
		return func() func() {
			old, err := os.ReadFile(filepath.Join(keys, name))
			other, failed := os.ReadFile(filepath.Join(keys, with))
			if err != nil || failed != nil || os.WriteFile(filepath.Join(keys, name), other, 0o600) != nil {
				t.Fatal(err, failed)
			}
			return func() { os.WriteFile(filepath.Join(keys, name), old, 0o600) }
		}
	}
	w.finds(FoundNamesExposed, func() func() {
		if err := errors.Join(h.NameOperator(1, "张三"), os.Chmod(h.path(OperatorsFile), 0o640)); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := h.EraseOperators(1); err != nil {
				t.Error(err)
			}
		}
	})
	w.finds(FoundKeyExposed, func() func() {
		os.Chmod(filepath.Join(keys, "operator.pem"), 0o644)
		return func() { os.Chmod(filepath.Join(keys, "operator.pem"), 0o600) }
	})
	w.finds(FoundKeyForeign, swapped("operator.pem", "approver.pem"))
	w.finds(FoundKeyForeign, swapped("node.pem", "approver.pem"))
	w.finds(FoundVoteKey, swapped("consensus.pem", "approver.pem"))
	w.finds(fault.FileMissing.String(), moved(filepath.Join(keys, "credential.pem"), filepath.Join(keys, "away")))
	w.finds(fault.FileMissing.String(), moved(filepath.Join(keys, "vault.key"), filepath.Join(keys, "away")))
	w.finds(fault.FileMissing.String(), moved(filepath.Join(keys, "service.pem"), filepath.Join(keys, "away")))
	w.finds(FoundPeerAway, func() func() {
		old := h.Config.Engine.Peers
		id, _, _ := strings.Cut(old[0], "@")
		h.Config.Engine.Peers = append([]string{id + "@" + freeAddress(t)}, old[1:]...)
		return func() { h.Config.Engine.Peers = old }
	})
	w.finds(FoundPeerForeign, func() func() {
		old := h.Config.Engine.Peers
		h.Config.Engine.Peers = append([]string{strings.Repeat("0", 40) + "@127.0.0.1:1"}, old[1:]...)
		return func() { h.Config.Engine.Peers = old }
	})
	for _, address := range []string{h.Config.API.Listen, h.Config.Engine.Listen} {
		w.finds(fault.PortInUse.String(), func() func() {
			l, err := net.Listen("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for c, err := l.Accept(); err == nil; c, err = l.Accept() {
					c.Close()
				}
			}()
			return func() { l.Close() }
		})
	}
	w.finds(FoundSilent, func() func() {
		db, err := store.Open(h.Data("ledger"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return func() { db.Close() }
	})
	w.finds(FoundClockOff, func() func() {
		old := h.Clock
		h.Clock = func() time.Time { return h.Genesis.Time().Add(-time.Hour) }
		return func() { h.Clock = old }
	})
	w.finds(FoundKeyEnding, func() func() {
		old := h.Clock
		h.Clock = func() time.Time { return time.Now().AddDate(50, 0, 0) }
		return func() { h.Clock = old }
	})
	w.finds(FoundWaiting, func() func() {
		if err := consensus.MarkRestored(h.Data(""), consensus.Restored{At: 1}); err != nil {
			t.Fatal(err)
		}
		return func() { os.RemoveAll(h.Data("engine")) }
	})
	w.finds(FoundDiskLow, func() func() {
		h.Disk = full{store.Disk()}
		return func() { h.Disk = nil }
	})
	w.finds(fault.HomeForeign.String(), func() func() {
		old := h.Genesis
		other := *old
		other.Network = "another"
		h.Genesis = &other
		return func() { h.Genesis = old }
	})
	w.finds(FoundNoMember, func() func() {
		old := h.Member
		other := *old
		other.ID = 77
		h.Member = &other
		return func() { h.Member = old }
	})
}

// full is a disk with little space left.
type full struct{ store.FS }

func (full) GetDiskUsage(string) (store.DiskUsage, error) {
	return store.DiskUsage{AvailBytes: 100 << 20, TotalBytes: 1 << 40, UsedBytes: 1 << 39}, nil
}

// TestDoctorRunning: each fault that a running node tells of is found.
func TestDoctorRunning(t *testing.T) {
	w := ill(t, court)
	h := w.home
	genesis := h.Genesis.Hash()
	w.status = client.Status{GenesisHash: hex.EncodeToString(genesis[:]), Member: uint32(h.Member.ID), Peers: nodesCount - 1, Ready: true, Version: Version,
		Clock: client.Clock{BlockTime: time.Now()}}
	for i := range w.list.Members {
		w.list.Members[i].Blocks, w.list.Members[i].Counted = 64, 64
	}
	mux := http.NewServeMux()
	answer := func(path string, v any) {
		mux.HandleFunc("GET "+path, func(out http.ResponseWriter, _ *http.Request) { json.NewEncoder(out).Encode(v) })
	}
	answer("/livez", "ok")
	answer("/v1/status", &w.status)
	answer("/v1/members", &w.list)
	server := httptest.NewServer(mux)
	defer server.Close()
	w.client = client.New(server.URL, "")
	if got := w.codes(); len(got) != 0 {
		t.Fatalf("a sound node: %v", got)
	}
	self := &w.list.Members[court]
	set := func(change func()) func() func() {
		return func() func() {
			status, member := w.status, *self
			change()
			return func() { w.status, *self = status, member }
		}
	}
	next, _, err := w.home.NextNodeKey()
	if err != nil {
		t.Fatal(err)
	}
	for code, change := range map[string]func(){
		FoundRestart: func() {
			self.FormerNodes = []string{self.Node}
			self.Node = consensus.NodeID(next.Public().(ed25519.PublicKey))
		},
		FoundMissing:               func() { w.status.Missing = 3 },
		FoundFewPeers:              func() { w.status.Peers-- },
		FoundOtherVersion:          func() { w.status.Version = "another" },
		FoundClockOff:              func() { w.status.BlockTime = time.Now().Add(time.Hour) },
		FoundStopped:               func() { w.status.BlockTime = time.Now().Add(-time.Hour) },
		FoundNotVoting:             func() { self.Blocks = 10 },
		FoundNoMember:              func() { self.Suspended = true },
		FoundKeyForeign:            func() { self.Node = strings.Repeat("1", 40) },
		fault.NotReady.String():    func() { w.status.Ready, w.status.NotReady = false, fault.NotReady.String() },
		fault.HomeForeign.String(): func() { w.status.GenesisHash = "00" },
	} {
		w.finds(code, set(change))
	}
}
