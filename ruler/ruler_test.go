package ruler

import (
	"context"
	"net"
	"testing"
	"time"
)

// TestLoad: every validator executes every transaction, and the next load begins anew.
func TestLoad(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	n, err := Start(ctx, t.TempDir(), freePorts(t))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Stop()
	n.window = 200
	total := int64(0)
	for range 2 {
		sent, took, err := n.Load(ctx, 300*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if sent == 0 || took < 300*time.Millisecond {
			t.Errorf("%d transactions in %s", sent, took)
		}
		total += sent
	}
	for i, a := range n.apps {
		if got := a.done.Load(); got != total {
			t.Errorf("validator %d executed %d transactions of %d", i, got, total)
		}
	}
}

// freePorts finds as many neighbouring ports as there are validators.
func freePorts(t *testing.T) int {
	t.Helper()
	for base := 21000; base < 31000; base += 2 * Validators {
		free := 0
		for i := range Validators {
			l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: base + i})
			if err == nil {
				l.Close()
				free++
			}
		}
		if free == Validators {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}
