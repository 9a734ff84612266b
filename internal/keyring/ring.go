package keyring

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/clock"
)

// PollEvery is how often a [Ring] reads the stored keys again.
const PollEvery = time.Second

// A Ring has the signing keys in memory. It is safe for concurrent use. It is
// of use once Run runs: whoever needs a key before the first is there waits.
type Ring struct {
	store    Store
	sealer   *Sealer
	clock    clock.Clock
	rotation rotation
	kick     chan struct{}
	ready    chan struct{} // closed once set is there
	mu       sync.Mutex    // held by Load
	set      atomic.Pointer[set]
	fault    atomic.Pointer[error]
	asked    atomic.Int64 // Unix second of the last Unknown
}

// A set is the keys of one reading of the store. It is immutable.
type set struct {
	stored []StoredKey
	keys   []*Key // those that open, oldest first
	byID   map[string]*Key
	view   atomic.Pointer[view]
}

// A view is what holds between two changes of state.
type view struct {
	from, until time.Time // until is zero if nothing changes any more
	signing     *Key
	jwks        *Document
}

// NewRing returns a ring of the keys in store. A retired key is kept for the
// life of a token and the skew of clocks, which together are keep.
func NewRing(store Store, sealer *Sealer, c clock.Clock, keep time.Duration) *Ring {
	return &Ring{
		store: store, sealer: sealer, clock: c, rotation: rotation{every: DefaultEvery, keep: keep},
		kick: make(chan struct{}, 1), ready: make(chan struct{}),
	}
}

// RotateEvery sets how long a key signs, before Run is called. What is not
// more than [Ahead] means [DefaultEvery].
func (r *Ring) RotateEvery(every time.Duration) {
	if every <= Ahead {
		every = DefaultEvery
	}
	r.rotation.every = every
}

// Load reads the keys from the store, and makes the first one if there is
// none. Instances that start together end with the same one.
func (r *Ring) Load(ctx context.Context) error {
	err := r.load(ctx, true)
	r.fault.Store(&err)
	return err
}

// LoadStored is Load, but makes no key if there is none. It is quick, and
// tells at the start whether the sealing key is the right one.
func (r *Ring) LoadStored(ctx context.Context) error {
	err := r.load(ctx, false)
	r.fault.Store(&err)
	return err
}

func (r *Ring) load(ctx context.Context, generate bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	stored, err := r.store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if len(stored) == 0 && !generate {
		return nil
	}
	if len(stored) == 0 {
		first, err := NewKey(r.sealer, r.clock.Now())
		if err != nil {
			return err
		}
		if _, err := r.store.InsertFirstKey(ctx, first); err != nil {
			return fmt.Errorf("store first key: %w", err)
		}
		if stored, err = r.store.Keys(ctx); err != nil {
			return fmt.Errorf("read keys: %w", err)
		}
	}
	old := r.set.Load()
	if old != nil && reflect.DeepEqual(old.stored, stored) {
		return nil
	}
	next, err := r.parseAll(old, stored)
	if err != nil {
		return err
	}
	r.set.Store(next)
	if old == nil {
		close(r.ready)
	}
	return nil
}

// parseAll parses the stored keys, but for those that old has already.
func (r *Ring) parseAll(old *set, stored []StoredKey) (*set, error) {
	next := &set{stored: stored, byID: make(map[string]*Key, len(stored))}
	var faults []error
	for _, s := range stored {
		var k *Key
		if old != nil && old.byID[s.KeyID] != nil {
			c := *old.byID[s.KeyID]
			c.stored = s
			k = &c
		} else {
			var err error
			if k, err = parse(r.sealer, s); err != nil {
				faults = append(faults, err)
				continue
			}
		}
		next.keys = append(next.keys, k)
		next.byID[k.ID] = k
	}
	if len(next.keys) == 0 {
		return nil, errors.Join(append(faults, errors.New("no signing key can be used"))...)
	}
	return next, nil
}

// Run loads the keys, keeps them up to date and rotates them until ctx ends.
// What goes wrong is in Err, and tried again.
func (r *Ring) Run(ctx context.Context) {
	_ = r.Load(ctx)
	clock.Real{}.Poll(ctx, PollEvery, r.kick, func(ctx context.Context) {
		if err := r.Load(ctx); err != nil {
			return
		}
		if err := r.Rotate(ctx); err != nil {
			r.fault.Store(&err)
		}
	})
}

// Kick makes Run read the keys at once.
func (r *Ring) Kick() {
	select {
	case r.kick <- struct{}{}:
	default: // one is waiting already
	}
}

// Unknown tells that a token named a key which the ring has not: perhaps
// another instance has made it just now. Run then looks, once for a second.
func (r *Ring) Unknown() {
	now := clock.Real{}.Now().Unix()
	if last := r.asked.Load(); now != last && r.asked.CompareAndSwap(last, now) {
		r.Kick()
	}
}

// Err returns why the last Load failed, nil if it did not or has not ended
// yet. The keys of before stay in use meanwhile.
func (r *Ring) Err() error {
	if err := r.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// Ready is closed once there is a key.
func (r *Ring) Ready() <-chan struct{} { return r.ready }

// Signing returns the key to sign with. It waits for the first key until ctx
// ends.
func (r *Ring) Signing(ctx context.Context) (*Key, error) {
	v, err := r.await(ctx)
	if err != nil {
		return nil, err
	}
	return v.signing, nil
}

// JWKS returns the JSON Web Key Set (RFC 7517 section 5) of the keys that are
// published, signing or retired. It waits for the first key until ctx ends.
func (r *Ring) JWKS(ctx context.Context) (*Document, error) {
	v, err := r.await(ctx)
	if err != nil {
		return nil, err
	}
	return v.jwks, nil
}

// Verifying returns the key with the id, or nil if there is none that may have
// signed a token which is good now.
func (r *Ring) Verifying(keyID string) *Key {
	s := r.set.Load()
	if s == nil {
		return nil
	}
	k := s.byID[keyID]
	if k == nil || k.stored.State(r.clock.Now(), r.rotation.keep) == Gone {
		return nil
	}
	return k
}

func (r *Ring) await(ctx context.Context) (*view, error) {
	s := r.set.Load()
	if s == nil {
		select {
		case <-r.ready:
			s = r.set.Load()
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for the signing key: %w", ctx.Err()), r.Err())
		}
	}
	now := r.clock.Now()
	v := s.view.Load()
	if v == nil || now.Before(v.from) || !v.until.IsZero() && !now.Before(v.until) {
		v = s.newView(now, r.rotation.keep)
		s.view.Store(v)
	}
	return v, nil
}

// newView returns what holds at now and until the next change of a state.
func (s *set) newView(now time.Time, keep time.Duration) *view {
	v := &view{from: now}
	var published []*Key
	for _, k := range s.keys {
		state := k.stored.State(now, keep)
		if state == Published || state == Signing || state == Retired {
			published = append(published, k)
		}
		if state == Signing && (v.signing == nil || !k.stored.SignsFrom.Before(v.signing.stored.SignsFrom)) {
			v.signing = k
		}
		for _, t := range []time.Time{k.stored.PublishedAt, k.stored.SignsFrom, k.stored.RetiredAt, k.stored.goneAt(keep)} {
			if t.After(now) && (v.until.IsZero() || t.Before(v.until)) {
				v.until = t
			}
		}
	}
	if v.signing == nil {
		// The clock stands before the first key was made, as a sandbox's may.
		v.signing = s.keys[0]
		if len(published) == 0 {
			published = s.keys[:1]
		}
	}
	v.jwks = newJWKS(published)
	return v
}

func (k *StoredKey) goneAt(keep time.Duration) time.Time {
	if k.RetiredAt.IsZero() {
		return time.Time{}
	}
	return k.RetiredAt.Add(keep)
}
