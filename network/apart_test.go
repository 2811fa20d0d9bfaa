package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
)

// outsider starts a node that no member has. It knows everything that is public about
// the network, and is not let in.
func (l *life) outsider(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outsider")
	copyHome(t, l.Home(other).Dir, dir)
	if err := os.Remove(filepath.Join(dir, "keys", "node.pem")); err != nil {
		t.Fatal(err)
	}
	h, err := node.OpenHome(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := h.NewKey(node.NodeKey)
	if err != nil {
		t.Fatal(err)
	}
	ports, err := FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	h.Config.Engine.Listen, h.Config.API.Listen = fmt.Sprintf("127.0.0.1:%d", ports), fmt.Sprintf("127.0.0.1:%d", ports+1)
	if _, err := node.Start(context.Background(), h, quiet()); !fault.Is(err, fault.HomeForeign) {
		t.Fatalf("a node key that the genesis does not name: %v", err)
	}
	// It now believes in a genesis in which it is a member.
	h.Member.Node = nodeID(key)
	if err := os.RemoveAll(h.Data("")); err != nil { // the first start has begun the true ledger
		t.Fatal(err)
	}
	n, err := node.Start(context.Background(), h, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer n.Stop()
	for _, i := range []int{0, 1, 2, 3} {
		knock(t, l.Home(i).Config.Engine.Listen)
	}
	before := l.status(court).Height
	l.eventually("a few blocks", func() error {
		s, err := n.Status(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if s.Peers != 0 || s.Height != 0 || s.Ready {
			t.Fatalf("the outsider has %d peers and is at height %d", s.Peers, s.Height)
		}
		if now := l.status(court).Height; now < before+12 {
			return fmt.Errorf("%d blocks", now-before)
		}
		return nil
	})
	for i := range l.Len() {
		if got := l.status(i).Peers; got != l.Len()-1 {
			t.Errorf("node %d has %d peers", i, got)
		}
	}
}

// knock connects to a peer's port and says something that is no handshake.
func knock(t *testing.T, address string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte(strings.Repeat("GET / HTTP/1.1\r\n", 20))) // whatever becomes of it
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	io.Copy(io.Discard, c)
}

// stale cuts one recorder off while the others go on and list somebody. Within the
// bound it answers from what it knows and says from when; beyond it, it does not answer.
func (l *life) stale(t *testing.T) {
	h := l.Home(cut)
	config := h.Config
	l.halt(cut)
	ports, err := FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	h.Config.Engine.Peers, h.Config.Engine.Listen = nil, fmt.Sprintf("127.0.0.1:%d", ports)
	body := markedBody(t, 3, l.today())
	body.PublishedOn = body.DecidedOn
	l.unseen = l.create(registry, registry, clerk.Migrate, body)
	if err := l.Restart(context.Background(), cut); err != nil {
		t.Fatal(err)
	}
	ask := client.StandingRequest{Code: body.SubjectCode, Name: body.SubjectName, Purpose: "test"}
	answer := l.standing(cut, body.SubjectCode, body.SubjectName) // once it has looked through its bodies
	if answer.Answer != client.Clear || answer.Height >= l.status(court).Height || answer.Expires.After(answer.BlockTime.Add(24*time.Hour)) {
		t.Errorf("it answers %s at height %d until %s", answer.Answer, answer.Height, answer.Expires)
	}
	l.late.Store(int64(15*time.Minute + time.Second))
	if a, err := l.client(cut).Standing(context.Background(), ask); !fault.Is(err, fault.StaleNode) || httpStatus(err) != http.StatusServiceUnavailable {
		t.Errorf("beyond the bound it answers %q, %v", a.Answer, err)
	}
	if got := l.visit(cut, &body); got != http.StatusServiceUnavailable {
		t.Errorf("beyond the bound its page answers %d", got)
	}
	if err := l.client(cut).Ready(context.Background()); err == nil {
		t.Error("it calls itself ready")
	}
	l.late.Store(0)
	l.halt(cut)
	h.Config = config
	l.resume(cut)
	l.answers(body.SubjectCode, body.SubjectName, client.Listed)
}

func httpStatus(err error) int {
	var r *client.Refused
	if errors.As(err, &r) {
		return r.Status
	}
	return 0
}
