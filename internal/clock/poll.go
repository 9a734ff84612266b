package clock

import (
	"context"
	"time"
)

// Poll calls f every d of real time, and at once whenever something comes from
// kick, until ctx ends. Calls do not overlap. It is for adapters that look
// whether something outside has changed.
func (r Real) Poll(ctx context.Context, d time.Duration, kick <-chan struct{}, f func(ctx context.Context)) {
	for {
		due := make(chan struct{})
		t := r.AfterFunc(d, func() { close(due) })
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-kick:
			t.Stop()
		case <-due:
		}
		f(ctx)
	}
}
