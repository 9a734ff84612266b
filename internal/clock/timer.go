package clock

import (
	"slices"
	"time"
)

// A virtualTimer is a call to come on a Virtual clock, whose mu guards it.
type virtualTimer struct {
	clock *Virtual
	due   time.Time
	f     func()
	real  *time.Timer // nil while the clock is frozen
}

// Stop implements [Timer].
func (t *virtualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	_, waiting := t.clock.timers[t]
	delete(t.clock.timers, t)
	t.stopReal()
	return waiting
}

// startReal lets the wall clock fire t after d. The caller holds mu.
func (t *virtualTimer) startReal(d time.Duration) {
	t.stopReal()
	t.real = time.AfterFunc(d, t.fire)
}

func (t *virtualTimer) stopReal() {
	if t.real != nil {
		t.real.Stop()
		t.real = nil
	}
}

// fire runs t unless it was stopped, fired, or frozen meanwhile.
func (t *virtualTimer) fire() {
	t.clock.mu.Lock()
	_, waiting := t.clock.timers[t]
	due := waiting && !t.clock.frozen && !t.due.After(t.clock.now())
	if due {
		delete(t.clock.timers, t)
	}
	t.clock.mu.Unlock()
	if due {
		t.f()
	}
}

func sortTimers(ts []*virtualTimer) {
	slices.SortFunc(ts, func(a, b *virtualTimer) int { return a.due.Compare(b.due) })
}
