package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
)

// PollEvery is how often a [Directory] asks the store whether its snapshot is
// still good. A change is thus seen by every instance within a second.
const PollEvery = 500 * time.Millisecond

// A Directory has all apps in memory. It is safe for concurrent use. Until the
// first Refresh it is empty.
type Directory struct {
	store Store
	kick  chan struct{}
	mu    sync.Mutex // held by Refresh
	snap  atomic.Pointer[snapshot]
	fault atomic.Pointer[error]
	// away is the real time of the first look of late that failed, nil if the
	// last one did not.
	away atomic.Pointer[time.Time]
}

// A snapshot is immutable.
type snapshot struct {
	version    int64
	apps       map[string]*App
	owned      map[string][]*App // by organisation, oldest first
	algorithms []jose.Algorithm
	byName     func() []*App // sorted when first asked for
}

// NewDirectory returns a directory of the apps in store.
func NewDirectory(store Store) *Directory {
	d := &Directory{store: store, kick: make(chan struct{}, 1)}
	d.snap.Store(&snapshot{byName: func() []*App { return nil }})
	return d
}

// Find returns the app with the id, in upper or lower case, or nil. It is
// shared: the caller must not change it.
func (d *Directory) Find(id string) *App {
	apps := d.snap.Load().apps
	if a, ok := apps[id]; ok {
		return a
	}
	return apps[strings.ToLower(id)]
}

// App returns a copy of the app with the id. It reports
// problem.ResourceUnknown.
func (d *Directory) App(_ context.Context, id string) (App, error) {
	a := d.Find(id)
	if a == nil {
		return App{}, problem.New(problem.ResourceUnknown, "no such application")
	}
	return a.clone(), nil
}

// Len returns the number of apps.
func (d *Directory) Len() int { return len(d.snap.Load().apps) }

// Algorithms returns those that apps want their tokens signed by.
func (d *Directory) Algorithms() []jose.Algorithm { return d.snap.Load().algorithms }

// Version returns the version of the snapshot, 0 before the first Refresh.
func (d *Directory) Version() int64 { return d.snap.Load().version }

// Err returns why the last look at the store failed, nil if it did not. The
// snapshot of before stays in use meanwhile.
func (d *Directory) Err() error {
	if err := d.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// Refresh takes a new snapshot if the store has another version than the one
// in use.
func (d *Directory) Refresh(ctx context.Context) error {
	err := d.refresh(ctx)
	d.fault.Store(&err)
	if err == nil {
		d.away.Store(nil)
	} else if d.away.Load() == nil {
		now := clock.Real{}.Now()
		d.away.Store(&now)
	}
	return err
}

// Away returns for how long, in real time, the store has not answered: 0 if it
// did at the last look.
func (d *Directory) Away() time.Duration {
	if since := d.away.Load(); since != nil {
		return clock.Real{}.Since(*since)
	}
	return 0
}

func (d *Directory) refresh(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	version, err := d.store.AppsVersion(ctx)
	if err != nil {
		return fmt.Errorf("read version of apps: %w", err)
	}
	old := d.snap.Load()
	if old.apps != nil && old.version == version {
		return nil
	}
	apps, version, err := d.store.Apps(ctx)
	if err != nil {
		return fmt.Errorf("read apps: %w", err)
	}
	next := &snapshot{version: version, apps: make(map[string]*App, len(apps)), owned: map[string][]*App{}}
	for i := range apps {
		next.apps[apps[i].ID] = &apps[i]
		if o := apps[i].Extensions.OrganisationID; o != "" {
			next.owned[o] = append(next.owned[o], &apps[i])
		}
		if s := apps[i].Extensions.TokenAlgorithm; s != "" && !slices.Contains(next.algorithms, s) {
			next.algorithms = append(next.algorithms, s)
		}
	}
	for _, own := range next.owned {
		slices.SortFunc(own, func(a, b *App) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	}
	next.byName = sync.OnceValue(func() []*App { return sorted(next.apps) })
	d.snap.Store(next)
	return nil
}

// All returns all apps by name. They are shared: the caller must not change
// them.
func (d *Directory) All() []*App {
	return slices.Clone(d.snap.Load().byName())
}

// sorted returns apps by name.
func sorted(apps map[string]*App) []*App {
	return slices.SortedFunc(maps.Values(apps), func(a, b *App) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
}

// Owned returns copies of the apps of an organisation, the oldest first.
func (d *Directory) Owned(organisationID string) []App {
	own := d.snap.Load().owned[organisationID]
	all := make([]App, len(own))
	for i, a := range own {
		all[i] = a.clone()
	}
	return all
}

// Kick makes Run look at once, for somebody who has just changed an app.
func (d *Directory) Kick() {
	select {
	case d.kick <- struct{}{}:
	default: // one is waiting already
	}
}

// Run refreshes the directory until ctx ends. What goes wrong is in Err, and
// tried again.
func (d *Directory) Run(ctx context.Context) {
	clock.Real{}.Poll(ctx, PollEvery, d.kick, func(ctx context.Context) { _ = d.Refresh(ctx) })
}
