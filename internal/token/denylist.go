package token

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
)

// DenyPollEvery is how often a [DenyList] looks for what other instances have
// revoked, so that they know within a second.
const DenyPollEvery = 500 * time.Millisecond

// A DenyStore keeps the tokens that were revoked before their time.
type DenyStore interface {
	// InsertRevocation stores that the token was revoked, and the events. To do
	// it again does nothing. It may be forgotten after until.
	InsertRevocation(ctx context.Context, tokenID string, until time.Time, events ...event.Event) error
	// Revocations returns the revoked tokens, by jti, that expire after now.
	Revocations(ctx context.Context, now time.Time) (map[string]time.Time, error)
}

// A DenyList has the revoked tokens in memory; there are few. It implements
// [Revocations], and is what package redirect revokes by. It is safe for
// concurrent use.
type DenyList struct {
	store DenyStore
	clock clock.Clock
	mu    sync.Mutex // held by those who replace the snapshot
	snap  atomic.Pointer[map[string]time.Time]
}

// NewDenyList returns an empty list, which Run fills.
func NewDenyList(store DenyStore, c clock.Clock) *DenyList {
	d := &DenyList{store: store, clock: c}
	d.snap.Store(&map[string]time.Time{})
	return d
}

// Revoked implements [Revocations].
func (d *DenyList) Revoked(tokenID string) bool {
	_, ok := (*d.snap.Load())[tokenID]
	return ok
}

// Len returns the number of revoked tokens.
func (d *DenyList) Len() int { return len(*d.snap.Load()) }

// Revoke refuses the token with the jti from now on, and on other instances
// after their next look. It may be forgotten after until.
func (d *DenyList) Revoke(ctx context.Context, tokenID string, until time.Time) error {
	until = until.Add(Skew)
	revoked := event.Event{ID: ident.NewUUID(), Type: "token.revoked", Subject: tokenID, At: d.clock.Now()}
	if err := d.store.InsertRevocation(ctx, tokenID, until, revoked); err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	next := maps.Clone(*d.snap.Load())
	next[tokenID] = until
	d.snap.Store(&next)
	return nil
}

// Load takes in what is stored.
func (d *DenyList) Load(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	next, err := d.store.Revocations(ctx, d.clock.Now())
	if err != nil {
		return fmt.Errorf("read revoked tokens: %w", err)
	}
	d.snap.Store(&next)
	return nil
}

// Run keeps the list up to date until ctx ends. While the store is away the
// list of before holds.
func (d *DenyList) Run(ctx context.Context) {
	clock.Real{}.Poll(ctx, DenyPollEvery, nil, func(ctx context.Context) { _ = d.Load(ctx) })
}
