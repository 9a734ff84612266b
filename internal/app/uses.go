package app

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
)

// A Use is when a secret was last used and from where.
type Use struct {
	AppID, SecretID string
	At              time.Time
	// Network is the network that the call came from, not the address: it is
	// enough to see that a secret is used from where nobody should. Empty if
	// not known.
	Network string
}

// A UseStore keeps the last use of secrets.
type UseStore interface {
	// RecordUses stores each use unless a later one of the secret is stored.
	// A use of a secret that is gone is dropped. It raises no version.
	RecordUses(ctx context.Context, uses []Use) error
}

// FlushEvery is how often uses are written.
const FlushEvery = 5 * time.Second

// Uses collects the uses of secrets and writes them in batches, so that no
// request waits for it and a secret in constant use costs one row in
// [FlushEvery]. It is safe for concurrent use.
type Uses struct {
	store UseStore
	mu    sync.Mutex // guards last
	last  map[useKey]Use
}

type useKey struct{ app, secret string }

// NewUses returns what writes to store.
func NewUses(store UseStore) *Uses { return &Uses{store: store, last: map[useKey]Use{}} }

// Note takes a use in. A nil *Uses forgets it.
func (u *Uses) Note(use Use) {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last[useKey{use.AppID, use.SecretID}] = use
}

// Flush writes what was noted. What cannot be written is kept for the next
// time, unless the secret is used again.
func (u *Uses) Flush(ctx context.Context) error {
	u.mu.Lock()
	noted := u.last
	u.last = make(map[useKey]Use, len(noted))
	u.mu.Unlock()
	if len(noted) == 0 {
		return nil
	}
	batch := make([]Use, 0, len(noted))
	for _, use := range noted {
		batch = append(batch, use)
	}
	err := u.store.RecordUses(ctx, batch)
	if err == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for key, use := range noted {
		if _, again := u.last[key]; !again {
			u.last[key] = use
		}
	}
	return err
}

// Run flushes until ctx ends, and once more then.
func (u *Uses) Run(ctx context.Context) {
	clock.Real{}.Poll(ctx, FlushEvery, nil, func(ctx context.Context) { _ = u.Flush(ctx) })
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), FlushEvery)
	defer cancel()
	_ = u.Flush(last)
}

// NetworkOf returns the network of an address as a [Use] has it: the first 24
// bits of an IPv4 address, 48 of an IPv6 address. It is empty for none.
func NetworkOf(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
