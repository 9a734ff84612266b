package server

import (
	"context"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/usage"
)

// usageEvery is how often the token counts of the instances are merged.
const usageEvery = 500 * time.Millisecond

// mergeUsage merges the token counts with those of the other instances until
// ctx ends, and once more then, so that a graceful stop loses none. What
// cannot be stored is kept and tried again; the other parts tell of a database
// that is away.
func (s *Server) mergeUsage(ctx context.Context, p *parts) {
	merge := func(ctx context.Context) { _ = p.tokens.Meter.Sync(ctx, p.db, p.clock.Now()) }
	clock.Real{}.Poll(ctx, usageEvery, nil, merge)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	merge(last)
}

// usageKept is how long token counts are kept, for those who look at them.
const usageKept = 32 * 24 * time.Hour

// forgetUsage deletes old token counts.
func forgetUsage(ctx context.Context, store usage.Store, now time.Time) error {
	return store.DeleteUsage(ctx, now.Add(-usageKept).Unix()/60)
}
