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
	real  *time.Timer // calls fire; nil if the wall clock has no part in it
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

// fire runs t if it waits and is due. If it came early, since the wall clock
// and the clock do not agree to the nanosecond, it comes again; on a frozen
// clock whoever moves the clock on sees to it.
func (t *virtualTimer) fire() {
	v := t.clock
	v.mu.Lock()
	_, waiting := v.timers[t]
	early := t.due.Sub(v.now())
	due := waiting && early <= 0
	switch {
	case due:
		delete(v.timers, t)
	case waiting && !v.frozen:
		t.startReal(early)
	}
	v.mu.Unlock()
	if due {
		t.f()
	}
}

func sortTimers(ts []*virtualTimer) {
	slices.SortFunc(ts, func(a, b *virtualTimer) int { return a.due.Compare(b.due) })
}
