package token

import (
	"sync"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/problem"
)

// Limits bound how many tokens an app may ask for, whatever the [Rule] says of
// how many it needs. An app may have limits of its own. No limit where zero or
// less.
type Limits struct {
	// PerSecond is how many requests an app may make in a second on average,
	// and Burst how many at once: PerSecond if that is more. They hold for each
	// instance.
	PerSecond, Burst int
	// PerDay is how many tokens it may get in a day (UTC), from all instances
	// together.
	PerDay int64
}

// For returns the limits of an app.
func (l Limits) For(a *app.App) Limits {
	x := &a.Extensions
	if x.TokensPerSecond != 0 {
		l.PerSecond, l.Burst = x.TokensPerSecond, x.TokenBurst
	}
	if x.TokensPerDay != 0 {
		l.PerDay = x.TokensPerDay
	}
	l.Burst = max(l.Burst, l.PerSecond)
	return l
}

// The limits by which [Service.Admit] turns an app away.
const (
	LimitRate = "rate"
	LimitDay  = "day"
)

// Admit reports problem.AccessExceeded, with when to come again, if the app,
// which has proved who it is, is past one of its limits, and which.
func (s *Service) Admit(a *app.App) (limit string, err error) {
	l := s.Limits.For(a)
	if l.PerSecond > 0 {
		if wait := s.rates.take(a.ID, l, clock.Real{}.Now()); wait > 0 {
			return LimitRate, exceeded(wait, "more than %d token requests a second: keep the token and use it until it expires", l.PerSecond)
		}
	}
	if l.PerDay > 0 {
		now := s.Clock.Now()
		if s.Meter.Day(a.ID, now) >= l.PerDay {
			return LimitDay, exceeded(now.Truncate(day).Add(day).Sub(now), "more than %d tokens today (UTC): keep the token and use it until it expires", l.PerDay)
		}
	}
	return "", nil
}

const day = 24 * time.Hour

func exceeded(wait time.Duration, format string, args ...any) error {
	e := problem.New(problem.AccessExceeded, format, args...)
	e.RetryAfter = wait
	return e
}

// buckets are the token buckets of the apps that have a rate. The zero value
// is ready.
type buckets struct {
	mu   sync.Mutex
	byID map[string]bucket
}

// A bucket is how many requests were left at a time.
type bucket struct {
	left float64
	at   time.Time
}

// maxBuckets is how many buckets there are before those are thrown away that
// have filled up again: there are no more than apps with a rate, but for those
// that were deleted.
const maxBuckets = 10_000

// take takes one request of the app's, or returns how long there will be none.
func (b *buckets) take(id string, l Limits, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, ok := b.byID[id]
	if !ok {
		b.makeRoom(l, now)
		k = bucket{float64(l.Burst), now}
	}
	k = k.filled(l, now)
	wait := time.Duration(0)
	if k.left < 1 {
		wait = max(time.Duration((1-k.left)/float64(l.PerSecond)*float64(time.Second)), 1)
	} else {
		k.left--
	}
	b.byID[id] = k
	return wait
}

// filled returns k with what has come in since.
func (k bucket) filled(l Limits, now time.Time) bucket {
	if since := now.Sub(k.at); since > 0 {
		k.left, k.at = k.left+since.Seconds()*float64(l.PerSecond), now
	}
	k.left = min(k.left, float64(l.Burst))
	return k
}

// makeRoom throws full buckets away once there are many. The caller holds mu.
func (b *buckets) makeRoom(l Limits, now time.Time) {
	if b.byID == nil {
		b.byID = map[string]bucket{}
	}
	if len(b.byID) < maxBuckets {
		return
	}
	for id, k := range b.byID {
		if now.Sub(k.at) > time.Minute || k.filled(l, now).left >= float64(l.Burst) {
			delete(b.byID, id)
		}
	}
}
