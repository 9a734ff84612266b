package server

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/token"
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

// limit sets the limits of the token service.
func (s *Server) limit(t *token.Service) {
	l := s.config.Limit
	t.Limits = token.Limits{PerSecond: l.TokensPerSecond, Burst: l.TokenBurst, PerDay: int64(l.TokensPerDay)}
	t.Guard.PerNetwork, t.Guard.Total = int64(l.FailedPerNetwork), int64(l.FailedTotal)
}

// SetLimits implements [control.Apps].
func (a *Apps) SetLimits(ctx context.Context, id string, l app.Limits) error {
	id = strings.ToLower(id)
	_, err := a.Store.UpdateApp(ctx, id, func(x *app.App) ([]event.Event, error) {
		x.Extensions.Limits = l
		return []event.Event{a.event("app.limits_changed", id)}, x.Check()
	})
	if err != nil {
		return err
	}
	return a.changed(ctx)
}
