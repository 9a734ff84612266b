package clock

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestEarly looks that a timer that the wall clock fires a little early is not
// lost, but fires when it is due.
func TestEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := NewRunning()
		var fired atomic.Int32
		timer := v.AfterFunc(time.Second, func() { fired.Add(1) }).(*virtualTimer)
		timer.stopReal()
		<-time.After(time.Second - time.Nanosecond)
		timer.fire()
		if fired.Load() != 0 {
			t.Error("fired before it was due")
		}
		<-time.After(time.Nanosecond)
		synctest.Wait()
		if fired.Load() != 1 {
			t.Error("is lost, since it came early")
		}
		timer.fire()
		if fired.Load() != 1 {
			t.Error("fired twice")
		}
	})
}
