package keyring

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
)

// PollEvery is how often a [Ring] reads the stored keys again.
const PollEvery = 500 * time.Millisecond

// A Ring has the signing keys in memory. It is safe for concurrent use. It is
// of use once Run runs: whoever needs a key before the first is there waits.
type Ring struct {
	store    Store
	sealer   *Sealer
	clock    clock.Clock
	backend  Backend
	platform jose.Algorithm          // that of apps which want none of their own
	others   func() []jose.Algorithm // those that apps want; may be nil
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
	shut   bool // some private keys did not open, and are to be tried again
	view   atomic.Pointer[view]
}

// A view is what holds between two changes of state.
type view struct {
	from, until time.Time // until is zero if nothing changes any more
	signing     map[jose.Algorithm]*Key
	otherwise   *Key // signs for an algorithm that has no key which signs
	algorithms  []jose.Algorithm
	jwks        *Document
}

// NewRing returns a ring of the keys in store. A retired key is kept for the
// life of a token and the skew of clocks, which together are keep.
func NewRing(store Store, sealer *Sealer, c clock.Clock, keep time.Duration) *Ring {
	return &Ring{
		store: store, sealer: sealer, clock: c, backend: Builtin{}, platform: jose.RS256, rotation: rotation{every: DefaultEvery, keep: keep},
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

// Use sets who has the private keys, before the ring is used: [Builtin] if it
// is not called.
func (r *Ring) Use(b Backend) { r.backend = b }

// Want sets the platform's algorithm, and where to ask for those that apps
// want beside it, before the ring is used. It is RS256 alone if it is not
// called. The ring makes keys for these.
func (r *Ring) Want(platform jose.Algorithm, others func() []jose.Algorithm) {
	r.platform, r.others = platform, others
}

// wanted returns the algorithms that must have keys, the platform's first.
func (r *Ring) wanted() []jose.Algorithm {
	all := []jose.Algorithm{r.platform}
	if r.others == nil {
		return all
	}
	for _, a := range r.others() {
		if !slices.Contains(all, a) && slices.Contains(jose.Algorithms(), a) {
			all = append(all, a)
		}
	}
	return all
}

// Load reads the keys from the store, and makes the first one of each
// algorithm that has none. Instances that start together end with the same
// ones.
func (r *Ring) Load(ctx context.Context) error {
	err := r.load(ctx, true)
	r.fault.Store(&err)
	return err
}

// LoadStored is Load, but makes no keys. It is quick, and tells at the start
// whether the sealing key is the right one.
func (r *Ring) LoadStored(ctx context.Context) error {
	err := r.load(ctx, false)
	r.fault.Store(&err)
	return err
}

func (r *Ring) load(ctx context.Context, generate bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	stored, err := r.read(ctx)
	if err != nil || !generate {
		return err
	}
	missing := slices.DeleteFunc(r.wanted(), func(a jose.Algorithm) bool { return open(stored, a) })
	if len(missing) == 0 {
		return nil
	}
	if err := r.begin(ctx, missing); err != nil {
		return err
	}
	_, err = r.read(ctx)
	return err
}

// read takes in what is stored. The caller holds mu.
func (r *Ring) read(ctx context.Context) ([]StoredKey, error) {
	stored, err := r.store.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	old := r.set.Load()
	if len(stored) == 0 || old != nil && !old.shut && reflect.DeepEqual(old.stored, stored) {
		return stored, nil
	}
	next, err := r.parseAll(old, stored)
	if err != nil {
		return nil, err
	}
	r.set.Store(next)
	if old == nil {
		close(r.ready)
	}
	return stored, nil
}

// errShut is reported if keys are there and none of them signs.
var errShut = errors.New("no signing key can be used")

// parseAll parses the stored keys, but for those that old has already.
func (r *Ring) parseAll(old *set, stored []StoredKey) (*set, error) {
	next := &set{stored: stored, byID: make(map[string]*Key, len(stored))}
	var faults []error
	signs := false
	for _, s := range stored {
		var k *Key
		if old != nil && old.byID[s.KeyID] != nil && old.byID[s.KeyID].Tokens != nil {
			c := *old.byID[s.KeyID]
			c.stored = s
			k = &c
		} else {
			var err error
			if k, err = parse(r.backend, r.sealer, s); err != nil {
				faults = append(faults, err)
			}
		}
		if k == nil {
			continue
		}
		next.keys = append(next.keys, k)
		next.byID[k.ID] = k
		signs, next.shut = signs || k.Tokens != nil, next.shut || k.Tokens == nil
	}
	if !signs {
		return nil, errors.Join(append(faults, errShut)...)
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

// Stored returns all keys as they were last read, for those who watch them.
// The caller must not change them.
func (r *Ring) Stored() []StoredKey {
	if s := r.set.Load(); s != nil {
		return s.stored
	}
	return nil
}

// Ready is closed once there is a key.
func (r *Ring) Ready() <-chan struct{} { return r.ready }

// Signing returns the key to sign with by the algorithm, the platform's if
// that is empty. As long as the algorithm's first key is only published, it is
// the platform's key. Signing waits for the first key, until
// ctx ends or problem.Busy is to be reported.
func (r *Ring) Signing(ctx context.Context, a jose.Algorithm) (*Key, error) {
	v, err := r.await(ctx)
	if err != nil {
		return nil, err
	}
	k := v.signing[a]
	if k == nil {
		k = v.otherwise
	}
	if k == nil {
		return nil, errors.Join(errShut, r.Err())
	}
	return k, nil
}

// Algorithms returns the algorithms of the keys in the JWKS, and RS256 in any
// case. Before the first key is there it is the platform's.
func (r *Ring) Algorithms() []jose.Algorithm {
	s := r.set.Load()
	if s == nil {
		return withRS256([]jose.Algorithm{r.platform})
	}
	return r.viewOf(s).algorithms
}

// withRS256 puts the algorithms in the usual order, RS256 among them.
func withRS256(algorithms []jose.Algorithm) []jose.Algorithm {
	return slices.DeleteFunc(jose.Algorithms(), func(a jose.Algorithm) bool {
		return a != jose.RS256 && !slices.Contains(algorithms, a)
	})
}

// JWKS returns the JSON Web Key Set (RFC 7517 section 5) of the keys that are
// published, signing or retired. It waits for the first key, as Signing does.
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

// firstKey bounds how long a caller waits for the first key, in real time. It
// takes a second to make one, but the database may be away before it is read.
const firstKey = 15 * time.Second

// await returns what holds now, once there is a key. It reports problem.Busy if
// there is none for long.
func (r *Ring) await(ctx context.Context) (*view, error) {
	s := r.set.Load()
	if s == nil {
		limited, cancel := context.WithTimeout(ctx, firstKey)
		defer cancel()
		select {
		case <-r.ready:
			s = r.set.Load()
		case <-limited.Done():
			if err := ctx.Err(); err != nil {
				return nil, errors.Join(fmt.Errorf("wait for the signing key: %w", err), r.Err())
			}
			e := problem.New(problem.Busy, "there is no signing key yet; try again later")
			e.RetryAfter = time.Second
			return nil, e
		}
	}
	return r.viewOf(s), nil
}

// viewOf returns what holds now.
func (r *Ring) viewOf(s *set) *view {
	now := r.clock.Now()
	v := s.view.Load()
	if v == nil || now.Before(v.from) || !v.until.IsZero() && !now.Before(v.until) {
		v = s.newView(now, r.rotation.keep, r.platform)
		s.view.Store(v)
	}
	return v
}

// newView returns what holds at now and until the next change of a state.
func (s *set) newView(now time.Time, keep time.Duration, platform jose.Algorithm) *view {
	v := &view{from: now, signing: map[jose.Algorithm]*Key{}}
	var published []*Key
	for _, k := range s.keys {
		state := k.stored.State(now, keep)
		if state == Published || state == Signing || state == Retired {
			published = append(published, k)
			v.algorithms = append(v.algorithms, k.Algorithm)
		}
		if state == Signing && k.Tokens != nil {
			v.signing[k.Algorithm] = later(v.signing[k.Algorithm], k)
			v.otherwise = later(v.otherwise, k)
		}
		for _, t := range []time.Time{k.stored.PublishedAt, k.stored.SignsFrom, k.stored.RetiredAt, k.stored.goneAt(keep)} {
			if t.After(now) && (v.until.IsZero() || t.Before(v.until)) {
				v.until = t
			}
		}
	}
	if first := s.keys[0]; len(published) == 0 && first.Tokens != nil {
		// The clock stands before the first key was made, as a sandbox's may.
		v.otherwise = first
		published, v.algorithms = append(published, first), append(v.algorithms, first.Algorithm)
	}
	if k := v.signing[platform]; k != nil {
		v.otherwise = k
	}
	v.algorithms = withRS256(v.algorithms)
	v.jwks = newJWKS(published)
	return v
}

// later returns the key that signs from a later time, b if both from the same.
// a may be nil.
func later(a, b *Key) *Key {
	if a != nil && a.stored.SignsFrom.After(b.stored.SignsFrom) {
		return a
	}
	return b
}

func (k *StoredKey) goneAt(keep time.Duration) time.Time {
	if k.RetiredAt.IsZero() {
		return time.Time{}
	}
	return k.RetiredAt.Add(keep)
}
