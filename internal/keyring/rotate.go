package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/jose"
)

// Ahead is how long a key is in the JWKS before it signs: far longer than any
// verifier caches that.
const Ahead = 24 * time.Hour

// AtOnce is how soon a key signs that must sign at once: when every instance
// has read it, so that none refuses what another has signed.
const AtOnce = 3 * PollEvery

// DefaultEvery is how long a key signs.
const DefaultEvery = 30 * 24 * time.Hour

// A Change is what a step of the rotation changes.
type Change struct {
	Put    []StoredKey // new, or in place of those with the same id
	Delete []string    // ids
	Events []event.Event
}

// A rotation says when keys change.
type rotation struct {
	every time.Duration // how long a key signs
	keep  time.Duration // how long a retired one stays
}

// chain returns the keys of an algorithm.
func chain(keys []StoredKey, a jose.Algorithm) []StoredKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k StoredKey) bool { return k.Algorithm != a })
}

// open reports whether the chain of an algorithm goes on.
func open(keys []StoredKey, a jose.Algorithm) bool {
	return slices.ContainsFunc(keys, func(k StoredKey) bool { return k.Algorithm == a && k.RetiredAt.IsZero() })
}

// newest returns the index of the key that signs last, -1 if there is none.
func newest(keys []StoredKey) int {
	last := -1
	for i := range keys {
		if last < 0 || keys[i].SignsFrom.After(keys[last].SignsFrom) {
			last = i
		}
	}
	return last
}

// due reports whether a successor in a chain must be published at now.
func (r rotation) due(keys []StoredKey, now time.Time) bool {
	last := newest(keys)
	return last >= 0 && keys[last].RetiredAt.IsZero() && !now.Before(keys[last].SignsFrom.Add(r.every-Ahead))
}

// expired returns the ids of the keys that are gone at now.
func (r rotation) expired(keys []StoredKey, now time.Time) []string {
	var ids []string
	for i := range keys {
		if keys[i].State(now, r.keep) == Gone {
			ids = append(ids, keys[i].KeyID)
		}
	}
	return ids
}

// next returns what changes in a chain where a successor is due at now: fresh
// takes over, or the chain ends if there is none. It never ends sooner than a
// key that is made now could sign in its place.
func (r rotation) next(keys, fresh []StoredKey, now time.Time) []StoredKey {
	last := keys[newest(keys)]
	signs := last.SignsFrom.Add(r.every)
	if least := now.Add(Ahead); signs.Before(least) {
		signs = least
	}
	if len(fresh) == 0 {
		last.RetiredAt = signs
		return []StoredKey{last}
	}
	return succeed(keys, fresh[0], now, signs)
}

// succeed returns the change by which fresh takes over from all other keys of
// its chain. It is published at now and signs from signs on, until when the
// present one does.
func succeed(keys []StoredKey, fresh StoredKey, now, signs time.Time) []StoredKey {
	fresh.PublishedAt, fresh.SignsFrom = now, signs
	put := []StoredKey{fresh}
	for _, k := range keys {
		if k.RetiredAt.IsZero() || k.RetiredAt.After(signs) {
			k.RetiredAt = signs
			put = append(put, k)
		}
	}
	return put
}

// begin makes the first keys of chains, those that were taken up again among
// them. Where there is no key at all nobody can have cached a JWKS, and they
// sign at once. The caller holds mu.
func (r *Ring) begin(ctx context.Context, algorithms []jose.Algorithm) error {
	now := r.clock.Now()
	fresh, err := r.generate(algorithms, now)
	if err != nil {
		return err
	}
	return r.update(ctx, fresh, func(keys []StoredKey) (c Change) {
		signs := now
		if len(keys) > 0 {
			signs = now.Add(Ahead)
		}
		for _, f := range fresh {
			if open(keys, f.Algorithm) {
				continue // another instance was faster
			}
			f.SignsFrom = signs
			c.Put = append(c.Put, f)
			for _, k := range chain(keys, f.Algorithm) {
				if k.RetiredAt.After(now) && k.RetiredAt.Before(signs) { // it goes on until then
					k.RetiredAt = signs
					c.Put = append(c.Put, k)
				}
			}
		}
		return c
	})
}

// Rotate takes the steps of the rotation that are due, if any: a successor is
// published, a chain that nobody wants ends, or a key that is gone is deleted.
// Of several instances that find the same step due one takes it.
func (r *Ring) Rotate(ctx context.Context) error {
	s := r.set.Load()
	if s == nil {
		return nil
	}
	now := r.clock.Now()
	due := slices.DeleteFunc(jose.Algorithms(), func(a jose.Algorithm) bool { return !r.rotation.due(chain(s.stored, a), now) })
	if len(due) == 0 && len(r.rotation.expired(s.stored, now)) == 0 {
		return nil
	}
	wanted := r.wanted()
	fresh, err := r.generate(slices.DeleteFunc(slices.Clone(due), func(a jose.Algorithm) bool { return !slices.Contains(wanted, a) }), now)
	if err != nil {
		return err
	}
	return r.step(ctx, fresh, func(keys []StoredKey) (c Change) {
		for _, a := range due {
			if old := chain(keys, a); r.rotation.due(old, now) {
				c.Put = append(c.Put, r.rotation.next(old, chain(fresh, a), now)...)
			}
		}
		c.Delete = r.rotation.expired(keys, now)
		c.Put = slices.DeleteFunc(c.Put, func(k StoredKey) bool { return slices.Contains(c.Delete, k.KeyID) })
		return c
	})
}

// RotateNow makes a successor out of turn in the chain of an algorithm, the
// platform's if that is empty. It is published like any other, unless atOnce
// says that it must sign [AtOnce], as when a key is known to others: verifiers
// that cache the JWKS then refuse tokens until they ask for it again. The old
// key's tokens stay good until they expire.
func (r *Ring) RotateNow(ctx context.Context, a jose.Algorithm, atOnce bool) error {
	if a == "" {
		a = r.platform
	}
	if err := r.mayRotate(ctx); err != nil {
		return err
	}
	now := r.clock.Now()
	fresh, err := r.generate([]jose.Algorithm{a}, now)
	if err != nil {
		return err
	}
	return r.step(ctx, fresh, func(keys []StoredKey) (c Change) {
		signs := now.Add(AtOnce)
		if !atOnce {
			signs = now.Add(Ahead)
		}
		// A successor that waits already gives way.
		waits := func(k StoredKey) bool { return k.SignsFrom.After(now) && !k.SignsFrom.Before(signs) }
		old := chain(keys, a)
		for _, k := range old {
			if waits(k) {
				c.Delete = append(c.Delete, k.KeyID)
			}
		}
		c.Put = succeed(slices.DeleteFunc(old, waits), fresh[0], now, signs)
		return c
	})
}

// mayRotate loads the keys. It lets it pass that none of them signs here, as
// when an installation leaves its hardware security module, but not that the
// sealing key is another one.
func (r *Ring) mayRotate(ctx context.Context) error {
	if r.set.Load() != nil {
		return nil
	}
	stored, err := r.store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if len(stored) == 0 {
		return r.Load(ctx)
	}
	for _, s := range stored {
		if k, err := parse(r.backend, r.sealer, s); k == nil {
			return err
		}
	}
	return nil
}

// generate makes a key for each of the algorithms.
func (r *Ring) generate(algorithms []jose.Algorithm, now time.Time) ([]StoredKey, error) {
	var fresh []StoredKey
	for _, a := range algorithms {
		k, err := newKey(r.backend, r.sealer, a, now)
		if err != nil {
			return nil, errors.Join(err, r.discard(fresh))
		}
		fresh = append(fresh, k)
	}
	return fresh, nil
}

// step is update, and loads the keys again.
func (r *Ring) step(ctx context.Context, fresh []StoredKey, decide func(keys []StoredKey) Change) error {
	if err := r.update(ctx, fresh, decide); err != nil {
		return err
	}
	return r.Load(ctx)
}

// update changes the stored keys by what decide returns, which may run twice.
// The private keys of what is deleted, and of fresh keys that were not needed,
// are discarded.
func (r *Ring) update(ctx context.Context, fresh []StoredKey, decide func(keys []StoredKey) Change) error {
	var unused []StoredKey
	err := r.store.UpdateKeys(ctx, func(keys []StoredKey) (Change, error) {
		c := decide(keys)
		unused = nil
		for _, k := range fresh {
			if !slices.ContainsFunc(c.Put, func(p StoredKey) bool { return p.KeyID == k.KeyID }) {
				unused = append(unused, k)
			}
		}
		for _, k := range keys {
			if slices.Contains(c.Delete, k.KeyID) {
				unused = append(unused, k)
			}
		}
		c.Events = c.events(keys, r.clock.Now())
		return c, nil
	})
	if err != nil {
		// Whether the change was made is not known, so nothing is discarded.
		return fmt.Errorf("change keys: %w", err)
	}
	return r.discard(unused)
}

// discard destroys the private keys that are outside of the store.
func (r *Ring) discard(keys []StoredKey) error {
	var faults []error
	for _, k := range keys {
		if k.Reference == "" {
			continue
		}
		if err := r.backend.Discard(k.Reference); err != nil {
			faults = append(faults, fmt.Errorf("destroy the private key of %s: %w", k.KeyID, err))
		}
	}
	return errors.Join(faults...)
}
