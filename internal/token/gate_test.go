package token

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"sluss.example/sluss/internal/problem"
)

func TestGateOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := NewGateOf(1, 3)
		if err := g.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		passed := make(chan int, 3)
		for i := range 3 {
			go func() {
				if err := g.Enter(t.Context()); err != nil {
					t.Error(err)
				}
				passed <- i
			}()
			synctest.Wait() // until it waits in the queue
		}
		if n := g.Waiting(); n != 3 {
			t.Fatalf("Waiting() = %d, want 3", n)
		}
		err := g.Enter(t.Context())
		p, ok := errors.AsType[*problem.Error](err)
		if !ok || p.Reason != problem.Busy || p.RetryAfter <= 0 {
			t.Errorf("Enter with a full queue reports %v, want busy with RetryAfter", err)
		}
		for i := range 3 {
			g.Leave()
			if got := <-passed; got != i {
				t.Errorf("number %d passed, want %d", got, i)
			}
		}
		g.Leave()
		if err := g.Enter(t.Context()); err != nil {
			t.Errorf("Enter of a free gate reports %v", err)
		}
	})
}

func TestGateGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := NewGateOf(1, 3)
		if err := g.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { gone <- g.Enter(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) || g.Waiting() != 0 {
			t.Errorf("Enter reports %v and %d wait, want canceled and none", err, g.Waiting())
		}
		g.Leave()
		if err := g.Enter(t.Context()); err != nil {
			t.Errorf("the slot was lost: %v", err)
		}
	})
}

// TestGiveAfterTurn has a caller that gives up when it was let pass just now.
func TestGiveAfterTurn(t *testing.T) {
	t.Parallel()
	g := NewGateOf(1, 3)
	if err := g.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	turn := make(chan struct{})
	g.queue = append(g.queue, turn)
	g.Leave()
	<-turn
	g.give(turn)
	if err := g.Enter(t.Context()); err != nil {
		t.Errorf("the slot was lost: %v", err)
	}
}

func TestCacheBounded(t *testing.T) {
	t.Parallel()
	var c cache
	for i := range 20 * shards * perShard {
		c.put(fmt.Sprintf("token-%d", i), verified{})
		if _, ok := c.get("token-0"); !ok && i < perShard {
			t.Fatalf("the first token is forgotten after %d", i)
		}
	}
	total := 0
	for i := range c.shards {
		total += len(c.shards[i].young) + len(c.shards[i].old)
	}
	if total > 2*shards*perShard {
		t.Errorf("%d tokens are kept, want at most %d", total, 2*shards*perShard)
	}
	if _, ok := c.get("token-0"); !ok {
		t.Error("a token that is asked for all the time was forgotten")
	}
	if _, ok := c.get("token-1"); ok {
		t.Error("a token that nobody asks for was kept")
	}
}
