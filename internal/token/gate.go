package token

import (
	"context"
	"runtime"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/problem"
)

// A Gate lets a number of callers pass at once, the others in the order in
// which they came. Past a bounded queue it turns callers away, so that under
// any load those who are served are served in good time.
type Gate struct {
	limit int // of the queue
	// Observe is told how long each caller waited, in real time, unless it is
	// nil. Set it before the gate is in use.
	Observe func(time.Duration)

	mu    sync.Mutex // guards the fields below
	free  int
	queue []chan struct{} // those who wait, first come first; closed to let one pass
}

// queuePerSlot bounds the wait: at about a millisecond for a signature it is
// some 100 ms.
const queuePerSlot = 96

// busyRetry is what a caller who is turned away is told to wait: by then the
// whole queue has passed several times.
const busyRetry = time.Second

// NewGate returns a gate with as many slots as Go runs goroutines at once, and
// a queue in proportion.
func NewGate() *Gate {
	n := runtime.GOMAXPROCS(0)
	return NewGateOf(n, n*queuePerSlot)
}

// NewGateOf returns a gate with slots and a queue of at most limit callers.
func NewGateOf(slots, limit int) *Gate { return &Gate{limit: limit, free: slots} }

// Enter is [Gate.Join] and then [Place.Wait].
func (g *Gate) Enter(ctx context.Context) error {
	p, err := g.Join()
	if err != nil {
		return err
	}
	return p.Wait(ctx)
}

// A Place is a place in the queue of a gate. Whoever has one must wait.
type Place struct {
	gate  *Gate
	turn  chan struct{} // nil if there was no queue
	since time.Time     // real
}

// Join takes a place in the queue. It reports problem.Busy if that is full.
func (g *Gate) Join() (Place, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.free > 0 && len(g.queue) == 0 {
		g.free--
		return Place{gate: g}, nil
	}
	if len(g.queue) >= g.limit {
		e := problem.New(problem.Busy, "too many requests for tokens at once; try again later")
		e.RetryAfter = busyRetry
		return Place{}, e
	}
	p := Place{g, make(chan struct{}), clock.Real{}.Now()}
	g.queue = append(g.queue, p.turn)
	return p, nil
}

// Wait waits for a slot, which the caller gives back by Leave. It reports the
// context's error if that ends before there is a slot.
func (p Place) Wait(ctx context.Context) error {
	if p.turn == nil {
		p.gate.waited(0)
		return nil
	}
	select {
	case <-p.turn:
		p.gate.waited(clock.Real{}.Since(p.since))
		return nil
	case <-ctx.Done():
		p.gate.give(p.turn)
		return ctx.Err()
	}
}

func (g *Gate) waited(d time.Duration) {
	if g.Observe != nil {
		g.Observe(d)
	}
}

// give takes the caller who waits on turn out of the queue; if it was let pass
// meanwhile, its slot goes to the next.
func (g *Gate) give(turn chan struct{}) {
	g.mu.Lock()
	for i, c := range g.queue {
		if c == turn {
			g.queue = append(g.queue[:i], g.queue[i+1:]...)
			g.mu.Unlock()
			return
		}
	}
	g.mu.Unlock()
	g.Leave()
}

// Leave gives a slot back.
func (g *Gate) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) == 0 {
		g.free++
		return
	}
	close(g.queue[0])
	g.queue[0] = nil
	g.queue = g.queue[1:]
}

// Waiting returns how many callers wait.
func (g *Gate) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue)
}
