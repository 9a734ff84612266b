package keyring

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Ahead is how long a key is in the JWKS before it signs: far longer than any
// verifier caches that.
const Ahead = 24 * time.Hour

// DefaultEvery is how long a key signs.
const DefaultEvery = 30 * 24 * time.Hour

// A Change is what a step of the rotation changes.
type Change struct {
	Put    []StoredKey // new, or in place of those with the same id
	Delete []string    // ids
}

// A rotation says when keys change.
type rotation struct {
	every time.Duration // how long a key signs
	keep  time.Duration // how long a retired one stays
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

// due reports whether a successor must be published at now.
func (r rotation) due(keys []StoredKey, now time.Time) bool {
	last := newest(keys)
	return last >= 0 && !now.Before(keys[last].SignsFrom.Add(r.every-Ahead))
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

// succeed returns the change by which fresh takes over from all other keys. It
// is published at now and signs from signs on, until when the present one does.
func succeed(keys []StoredKey, fresh StoredKey, now, signs time.Time) Change {
	fresh.PublishedAt, fresh.SignsFrom = now, signs
	c := Change{Put: []StoredKey{fresh}}
	for _, k := range keys {
		if k.RetiredAt.IsZero() || k.RetiredAt.After(signs) {
			k.RetiredAt = signs
			c.Put = append(c.Put, k)
		}
	}
	return c
}

// Rotate takes the step of the rotation that is due, if any: a successor is
// published, or a key that is gone is deleted. Of several instances that find
// the same step due one takes it.
func (r *Ring) Rotate(ctx context.Context) error {
	s := r.set.Load()
	if s == nil {
		return nil
	}
	now := r.clock.Now()
	if !r.rotation.due(s.stored, now) && len(r.rotation.expired(s.stored, now)) == 0 {
		return nil
	}
	return r.step(ctx, func(keys []StoredKey, fresh StoredKey) Change {
		var c Change
		if r.rotation.due(keys, now) {
			signs := keys[newest(keys)].SignsFrom.Add(r.rotation.every)
			if least := now.Add(Ahead); signs.Before(least) {
				signs = least
			}
			c = succeed(keys, fresh, now, signs)
		}
		c.Delete = r.rotation.expired(keys, now)
		c.Put = slices.DeleteFunc(c.Put, func(k StoredKey) bool { return slices.Contains(c.Delete, k.KeyID) })
		return c
	})
}

// RotateNow makes a successor out of turn. It is published like any other,
// unless atOnce says that it must sign at once, as when a key is known to
// others: verifiers that cache the JWKS then refuse tokens until they ask for
// it again. The old key's tokens stay good until they expire.
func (r *Ring) RotateNow(ctx context.Context, atOnce bool) error {
	if r.set.Load() == nil {
		if err := r.Load(ctx); err != nil {
			return err
		}
	}
	now := r.clock.Now()
	return r.step(ctx, func(keys []StoredKey, fresh StoredKey) Change {
		signs := now
		if !atOnce {
			signs = now.Add(Ahead)
		}
		// A successor that waits already gives way.
		var c Change
		rest := slices.Clone(keys)
		for _, k := range keys {
			if k.SignsFrom.After(now) && !k.SignsFrom.Before(signs) {
				c.Delete = append(c.Delete, k.KeyID)
				rest = slices.DeleteFunc(rest, func(o StoredKey) bool { return o.KeyID == k.KeyID })
			}
		}
		c.Put = succeed(rest, fresh, now, signs).Put
		return c
	})
}

// step changes the stored keys by what decide returns, and loads them again.
// decide may run twice. The fresh key is there in case it is needed.
func (r *Ring) step(ctx context.Context, decide func(keys []StoredKey, fresh StoredKey) Change) error {
	fresh, err := NewKey(r.sealer, r.clock.Now())
	if err != nil {
		return err
	}
	err = r.store.UpdateKeys(ctx, func(keys []StoredKey) (Change, error) { return decide(keys, fresh), nil })
	if err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	return r.Load(ctx)
}
