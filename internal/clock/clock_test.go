package clock_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sluss.example/sluss/internal/clock"
)

func start() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }

func TestFrozen(t *testing.T) {
	t.Parallel()
	v := clock.NewFrozen(start().In(time.FixedZone("CET", 3600)))
	if got := v.Now(); got != start() {
		t.Errorf("Now = %v, want %v, in UTC", got, start())
	}
	v.Advance(time.Hour)
	v.Advance(-time.Hour)
	v.AdvanceTo(start())
	if got, want := v.Now(), start().Add(time.Hour); got != want || !v.Frozen() {
		t.Errorf("after an hour and two steps back Now = %v, want %v", got, want)
	}
	v.AdvanceTo(start().AddDate(0, 0, 1))
	if got, want := v.Now(), start().AddDate(0, 0, 1); got != want {
		t.Errorf("after AdvanceTo Now = %v, want %v", got, want)
	}
}

func TestFrozenTimers(t *testing.T) {
	t.Parallel()
	v := clock.NewFrozen(start())
	var fired []string
	for name, d := range map[string]time.Duration{"c": 3 * time.Minute, "a": time.Minute, "late": time.Hour, "b": 2 * time.Minute} {
		v.AfterFunc(d, func() { fired = append(fired, name) })
	}
	stopped := v.AfterFunc(time.Minute, func() { fired = append(fired, "stopped") })
	if !stopped.Stop() || stopped.Stop() {
		t.Error("Stop of a waiting timer reports false, or its second call true")
	}
	v.Advance(time.Minute - 1)
	if len(fired) != 0 {
		t.Errorf("a nanosecond early %v fired, want none", fired)
	}
	v.Advance(time.Hour - 2*time.Minute)
	if want := []string{"a", "b", "c"}; !slices.Equal(fired, want) {
		t.Errorf("%v fired, want %v", fired, want)
	}
}

// TestFrozenAtOnce looks that a timer of nothing fires on a clock that stands.
func TestFrozenAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := clock.NewFrozen(start())
		var fired atomic.Int32
		v.AfterFunc(0, func() { fired.Add(1) })
		v.AfterFunc(-time.Second, func() { fired.Add(1) })
		synctest.Wait()
		if got := fired.Load(); got != 2 {
			t.Errorf("%d timers without delay fired, want 2", got)
		}
	})
}

func TestTimerMayUseTheClock(t *testing.T) {
	t.Parallel()
	v := clock.NewFrozen(start())
	var at []time.Time
	v.AfterFunc(time.Minute, func() {
		at = append(at, v.Now())
		v.AfterFunc(time.Minute, func() { at = append(at, v.Now()) })
	})
	v.Advance(time.Minute)
	v.Advance(time.Minute)
	if want := []time.Time{start().Add(time.Minute), start().Add(2 * time.Minute)}; !slices.Equal(at, want) {
		t.Errorf("fired at %v, want %v", at, want)
	}
}

func TestRunning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, began := clock.NewRunning(), time.Now()
		var fired atomic.Int32
		v.AfterFunc(time.Minute, func() { fired.Add(1) })
		wait(t, time.Minute-time.Nanosecond)
		if fired.Load() != 0 {
			t.Error("fired early")
		}
		wait(t, time.Nanosecond)
		if fired.Load() != 1 {
			t.Error("has not fired when due")
		}
		if got := v.Now().Sub(began); got != time.Minute {
			t.Errorf("the clock went on by %v, want a minute", got)
		}
	})
}

func TestRunningAdvanced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := clock.NewRunning()
		var fired atomic.Int32
		v.AfterFunc(10*time.Minute, func() { fired.Add(1) })
		v.Advance(9 * time.Minute)
		if fired.Load() != 0 {
			t.Error("fired a minute early")
		}
		wait(t, time.Minute)
		if fired.Load() != 1 {
			t.Errorf("fired %d times a minute after a leap of nine, want once", fired.Load())
		}
		v.AfterFunc(time.Minute, func() { fired.Add(1) })
		v.Advance(time.Minute)
		if fired.Load() != 2 {
			t.Error("has not fired within the Advance that made it due")
		}
		wait(t, time.Hour)
		if fired.Load() != 2 {
			t.Error("fired again on the wall clock")
		}
	})
}

func TestFreezeResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := clock.NewRunning()
		var fired atomic.Int32
		v.AfterFunc(time.Minute, func() { fired.Add(1) })
		wait(t, 30*time.Second)
		v.Freeze()
		v.Freeze()
		stood := v.Now()
		wait(t, time.Hour)
		if fired.Load() != 0 || v.Now() != stood {
			t.Error("a frozen clock went on")
		}
		v.Resume()
		v.Resume()
		wait(t, 30*time.Second-time.Nanosecond)
		if fired.Load() != 0 {
			t.Error("fired early after the clock stood")
		}
		wait(t, time.Nanosecond)
		if fired.Load() != 1 {
			t.Error("has not fired after the clock stood")
		}
		if got := v.Now().Sub(stood); got != 30*time.Second {
			t.Errorf("the clock went on by %v after it stood, want 30s", got)
		}
	})
}

// TestAtTheSameTime has everything happen at once, for the race detector, and
// looks that each timer fires once or is stopped, never both and never neither.
func TestAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := clock.NewRunning()
		var fired, stopped atomic.Int32
		var group sync.WaitGroup
		const timers = 200
		for i := range timers {
			group.Go(func() {
				timer := v.AfterFunc(time.Duration(i)*time.Millisecond, func() { fired.Add(1) })
				if i%3 == 0 && timer.Stop() {
					stopped.Add(1)
				}
			})
		}
		for range 20 {
			group.Go(v.Freeze)
			group.Go(v.Resume)
			group.Go(func() { v.Advance(5 * time.Millisecond) })
		}
		group.Wait()
		v.Resume()
		wait(t, time.Hour)
		if got := fired.Load() + stopped.Load(); got != timers {
			t.Errorf("%d timers fired or were stopped, want %d", got, timers)
		}
	})
}

func TestRealPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var calls atomic.Int32
		kick := make(chan struct{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			clock.Real{}.Poll(ctx, time.Minute, kick, func(context.Context) { calls.Add(1) })
		}()
		wait(t, 2*time.Minute)
		if got := calls.Load(); got != 2 {
			t.Errorf("%d calls in two minutes, want 2", got)
		}
		kick <- struct{}{}
		synctest.Wait()
		if got := calls.Load(); got != 3 {
			t.Errorf("%d calls after a kick, want 3", got)
		}
		wait(t, time.Minute-time.Nanosecond)
		if got := calls.Load(); got != 3 {
			t.Errorf("%d calls just before the next is due, want 3", got)
		}
		cancel()
		<-ended
	})
}

// wait lets d pass in the bubble of the test, and all that it brings.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	<-time.After(d)
	synctest.Wait()
}
