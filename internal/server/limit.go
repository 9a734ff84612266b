package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A limiter limits the API calls of each app, by a token bucket.
type limiter struct {
	perSecond rate.Limit
	burst     int
	mu        sync.Mutex
	apps      map[string]*rate.Limiter // by client id; guarded by mu
}

func newLimiter(perSecond, burst int) *limiter {
	return &limiter{perSecond: rate.Limit(perSecond), burst: burst, apps: map[string]*rate.Limiter{}}
}

// Take implements api.Limiter.
func (l *limiter) Take(clientID string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.apps[clientID]
	if !ok { // there are as many as apps: a request gets here with a good token
		b = rate.NewLimiter(l.perSecond, l.burst)
		l.apps[clientID] = b
	}
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
