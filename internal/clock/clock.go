// Package clock is where business time comes from.
//
// Everything that an agreement or a rule measures (token and consent validity,
// SCA time-outs, quotes, schedules) asks a [Clock]. Latency, polls and socket
// time-outs are real and use [Real]. A sandbox and a test use a [Virtual]
// clock, which they freeze and advance.
package clock

import (
	"sync"
	"time"
)

// A Clock tells the time and starts timers.
type Clock interface {
	// Now returns the time in UTC.
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed on this
	// clock. Stop reports whether it came before that.
	AfterFunc(d time.Duration, f func()) Timer
}

// A Timer is a call to come.
type Timer interface{ Stop() bool }

// Real is the wall clock.
type Real struct{}

// Now implements [Clock].
func (Real) Now() time.Time { return time.Now().UTC() }

// Since returns the real time since start, monotonic.
func (Real) Since(start time.Time) time.Duration { return time.Since(start) }

// AfterFunc implements [Clock].
func (Real) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// A Virtual clock is frozen, or runs beside the wall clock by an offset. It
// only ever goes forward. It is safe for concurrent use.
type Virtual struct {
	mu     sync.Mutex
	frozen bool
	at     time.Time     // the time, if frozen
	offset time.Duration // ahead of the wall clock, if running
	timers map[*virtualTimer]struct{}
}

// NewFrozen returns a clock that stands at t until it is advanced.
func NewFrozen(t time.Time) *Virtual {
	return &Virtual{frozen: true, at: t.UTC(), timers: map[*virtualTimer]struct{}{}}
}

// NewRunning returns a clock that starts at the wall clock's time and runs
// with it.
func NewRunning() *Virtual { return &Virtual{timers: map[*virtualTimer]struct{}{}} }

// Now implements [Clock].
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now()
}

func (v *Virtual) now() time.Time {
	if v.frozen {
		return v.at
	}
	return time.Now().UTC().Add(v.offset)
}

// Frozen reports whether the clock stands still.
func (v *Virtual) Frozen() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.frozen
}

// Freeze stops the clock where it is.
func (v *Virtual) Freeze() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.frozen {
		v.at, v.frozen = v.now(), true
	}
}

// Resume lets a frozen clock run on from where it stands.
func (v *Virtual) Resume() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.frozen {
		return
	}
	v.offset = time.Until(v.at)
	v.frozen = false
	for t := range v.timers {
		t.startReal(t.due.Sub(v.at))
	}
}

// Advance moves the clock forward by d, which must not be negative, and fires
// the timers that are then due, in the order of their times.
func (v *Virtual) Advance(d time.Duration) {
	v.advanceTo(func(now time.Time) time.Time { return now.Add(max(d, 0)) })
}

// AdvanceTo moves the clock forward to t; a t that has passed does nothing.
func (v *Virtual) AdvanceTo(t time.Time) { v.advanceTo(func(time.Time) time.Time { return t.UTC() }) }

func (v *Virtual) advanceTo(target func(now time.Time) time.Time) {
	v.mu.Lock()
	now := v.now()
	if t := target(now); t.After(now) {
		if v.frozen {
			v.at = t
		} else {
			v.offset += t.Sub(now)
		}
		now = t
	}
	due := v.takeDue(now)
	v.mu.Unlock()
	for _, t := range due {
		t.f()
	}
}

// takeDue removes and returns the timers that are due at now, earliest first,
// and restarts the others of a running clock. The caller holds mu.
func (v *Virtual) takeDue(now time.Time) []*virtualTimer {
	var due []*virtualTimer
	for t := range v.timers {
		if !t.due.After(now) {
			due = append(due, t)
			delete(v.timers, t)
			t.stopReal()
		} else if !v.frozen {
			t.startReal(t.due.Sub(now))
		}
	}
	sortTimers(due)
	return due
}

// AfterFunc implements [Clock]. If an Advance makes it due, f runs within that,
// before it returns.
func (v *Virtual) AfterFunc(d time.Duration, f func()) Timer {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := &virtualTimer{clock: v, due: v.now().Add(d), f: f}
	v.timers[t] = struct{}{}
	if !v.frozen || d <= 0 {
		t.startReal(d)
	}
	return t
}
