package consensus

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// TestLetters: an answer comes from whom was asked, refusals keep their code, sizes and
// one peer's share are bounded, and a node that is away is told apart from a refusal.
func TestLetters(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	const echo, refuse, large, slow = Topic(1), Topic(2), Topic(3), Topic(4)
	release := make(chan struct{})
	n.adjust = func(o *Options) {
		self := o.Self
		o.Letters = map[Topic]Answering{
			echo: func(_ context.Context, from ledger.MemberID, b []byte) ([]byte, error) {
				return fmt.Appendf(nil, "%d to %d: %s", self, from, b), nil
			},
			refuse: func(context.Context, ledger.MemberID, []byte) ([]byte, error) {
				return []byte("secret"), fault.New(fault.AccessRefused, "")
			},
			large: func(context.Context, ledger.MemberID, []byte) ([]byte, error) { return make([]byte, maxLetter+1), nil },
			slow: func(ctx context.Context, _ ledger.MemberID, _ []byte) ([]byte, error) {
				select {
				case <-release:
				case <-ctx.Done():
				}
				return []byte("late"), nil
			},
		}
	}
	n.startAll()
	ask := func(to ledger.MemberID, topic Topic, b []byte, patience time.Duration) ([]byte, error) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return n.node(1).engine.Ask(ctx, to, topic, b)
	}
	for to := ledger.MemberID(2); to <= contributor; to++ {
		var b []byte
		eventually(t, 20*time.Second, func() (err error) { b, err = ask(to, echo, []byte("hello"), 5*time.Second); return err })
		if want := fmt.Sprintf("%d to 1: hello", to); string(b) != want {
			t.Errorf("%q, want %q", b, want)
		}
	}
	for _, tc := range []struct {
		to    ledger.MemberID
		topic Topic
		body  []byte
		want  fault.Code
	}{
		{2, refuse, nil, fault.AccessRefused}, {2, large, nil, fault.TooLarge}, {2, 99, nil, fault.UnknownOperation},
		{2, echo, make([]byte, maxRequest+1), fault.TooLarge}, {77, echo, nil, fault.NotReady},
	} {
		if b, err := ask(tc.to, tc.topic, tc.body, 10*time.Second); !fault.Is(err, tc.want) || b != nil {
			t.Errorf("topic %d to %d: %q %v, want %s", tc.topic, tc.to, b, err, tc.want)
		}
	}
	if _, err := ask(3, slow, nil, 100*time.Millisecond); !fault.Is(err, fault.NotReady) {
		t.Errorf("a slow one: %v", err)
	}
	close(release)
	if b, err := ask(3, echo, []byte("still there"), 10*time.Second); err != nil || !bytes.HasSuffix(b, []byte("still there")) {
		t.Errorf("after a slow one: %q %v", b, err)
	}
	n.node(4).stop()
	if _, err := ask(4, echo, nil, 2*time.Second); !fault.Is(err, fault.NotReady) {
		t.Errorf("a node that is away: %v", err)
	}
}

// TestAnswerOfAnother: an answer from anyone but whom was asked counts for nothing.
func TestAnswerOfAnother(t *testing.T) {
	ls, asked, other := newLetters(nil, nil), &peer{}, &peer{}
	w := &waits{from: asked, answer: make(chan *letter, 1)}
	ls.waiting[7] = w
	ls.arrived(other, &letter{ID: 7, Reply: true, Body: []byte("forged")})
	ls.arrived(asked, &letter{ID: 8, Reply: true})
	if len(w.answer) != 0 {
		t.Fatal("taken from another peer")
	}
	ls.arrived(asked, &letter{ID: 7, Reply: true, Body: []byte("a")})
	ls.arrived(asked, &letter{ID: 7, Reply: true, Body: []byte("b")})
	if got := <-w.answer; string(got.Body) != "a" {
		t.Errorf("%q", got.Body)
	}
}

func TestAllowance(t *testing.T) {
	var a allowance
	now := time.Unix(1, 0)
	for range letterBytes / maxLetter {
		if !a.take(maxLetter, now) {
			t.Fatal("refused within the allowance")
		}
	}
	if a.take(1, now) || !a.take(1, now.Add(letterPause+1)) {
		t.Error("the allowance is not held, or does not return")
	}
}

func FuzzDecodeLetter(f *testing.F) {
	f.Add((&letter{ID: 1, Topic: 2, Body: []byte("a")}).encode())
	f.Add((&letter{ID: 1, Reply: true, Code: fault.AccessRefused}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := decodeLetter(b); err == nil && !bytes.Equal(l.encode(), b) {
			t.Error("two encodings of one letter")
		}
	})
}
