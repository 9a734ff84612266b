package keyring_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/store"
)

// published returns the ids of the keys in the JWKS.
func published(t *testing.T, r *keyring.Ring) []string {
	t.Helper()
	doc, err := r.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []struct {
			KeyID string `json:"kid"`
		}
	}
	if err := json.Unmarshal(doc.Body, &set); err != nil {
		t.Fatal(err)
	}
	ids := make([]string, 0, len(set.Keys))
	for _, k := range set.Keys {
		ids = append(ids, k.KeyID)
	}
	return ids
}

func signing(t *testing.T, r *keyring.Ring) string {
	t.Helper()
	return signingBy(t, r, "").ID
}

func signingBy(t *testing.T, r *keyring.Ring, a jose.Algorithm) *keyring.Key {
	t.Helper()
	k, err := r.Signing(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A verifier caches the JWKS for as long as it may, and a day more.
type verifier struct {
	cached []string
	since  time.Time
}

// A year is a time in which two instances on one store rotate keys hour by
// hour, and sign with all algorithms that are wanted.
type year struct {
	db     *store.DB
	clock  *clock.Virtual
	rings  [2]*keyring.Ring
	apps   []jose.Algorithm // what apps want
	tokens []issued
	used   map[jose.Algorithm]map[string]bool
	most   int // keys that were published at once
}

type issued struct {
	kid string
	at  time.Time
}

const life = time.Hour

func newYear(t *testing.T, platform jose.Algorithm) *year {
	t.Helper()
	y := &year{db: openStore(t), clock: clock.NewFrozen(noon()), used: map[jose.Algorithm]map[string]bool{}}
	sealer := keyring.NewSealer(keyring.NewSealingKey())
	for i := range y.rings {
		y.rings[i] = keyring.NewRing(y.db, sealer, y.clock, life+time.Minute)
		y.rings[i].Want(platform, func() []jose.Algorithm { return y.apps })
	}
	for _, r := range y.rings {
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return y
}

// pass lets days pass. The verifier asks one instance, and must never meet a
// token of the other with a key that it does not have; and the key of a token
// must be there for as long as the token is good.
func (y *year) pass(t *testing.T, v *verifier, days int) {
	t.Helper()
	for range days * 24 {
		y.clock.Advance(time.Hour)
		now := y.clock.Now()
		for _, r := range y.rings {
			if err := r.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := r.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if now.Sub(v.since) >= 23*time.Hour {
			v.cached, v.since = published(t, y.rings[0]), now
		}
		for _, a := range append([]jose.Algorithm{""}, y.apps...) {
			k := signingBy(t, y.rings[1], a)
			if !slices.Contains(v.cached, k.ID) {
				t.Fatalf("%s: a token is signed with %s for %s, which a verifier that asked at %s does not know", now, k, a, v.since)
			}
			if y.used[k.Algorithm] == nil {
				y.used[k.Algorithm] = map[string]bool{}
			}
			y.used[k.Algorithm][k.ID] = true
			y.tokens = append(y.tokens, issued{k.ID, now})
		}
		y.tokens = slices.DeleteFunc(y.tokens, func(i issued) bool { return now.After(i.at.Add(life)) })
		there := published(t, y.rings[0])
		for _, i := range y.tokens {
			if !slices.Contains(there, i.kid) || y.rings[0].Verifying(i.kid) == nil {
				t.Fatalf("%s: the key of a token of %s is gone", now, i.at)
			}
		}
		y.most = max(y.most, len(there))
	}
}

// TestRotation lets a hundred days pass for each algorithm alone.
func TestRotation(t *testing.T) {
	t.Parallel()
	for _, a := range jose.Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			t.Parallel()
			y := newYear(t, a)
			v := &verifier{published(t, y.rings[0]), y.clock.Now()}
			y.pass(t, v, 100)
			if len(y.used) != 1 || len(y.used[a]) != 4 || y.most > 2 {
				t.Errorf("%v signed and up to %d were published at once, want 4 for %s and 2", y.used, y.most, a)
			}
			if stored, err := y.db.Keys(t.Context()); err != nil || len(stored) > 2 {
				t.Errorf("%d keys are stored, %v: those that are gone must go", len(stored), err)
			}
		})
	}
}

// TestChains lets apps want algorithms, one after the other, and want them no
// more, while keys rotate; then the platform changes its own.
func TestChains(t *testing.T) {
	t.Parallel()
	y := newYear(t, jose.EdDSA)
	v := &verifier{published(t, y.rings[0]), y.clock.Now()}
	y.pass(t, v, 3)
	y.apps = []jose.Algorithm{jose.ES256}
	y.pass(t, v, 1)
	for _, r := range y.rings {
		if k := signingBy(t, r, jose.ES256); k.Algorithm != jose.EdDSA {
			t.Errorf("%s signs within a day of the wish for ES256", k.Algorithm)
		}
	}
	y.pass(t, v, 1)
	for _, r := range y.rings {
		if k := signingBy(t, r, jose.ES256); k.Algorithm != jose.ES256 {
			t.Errorf("%s signs two days after the wish for ES256", k.Algorithm)
		}
		if got := r.Algorithms(); !slices.Equal(got, []jose.Algorithm{jose.RS256, jose.ES256, jose.EdDSA}) {
			t.Errorf("Algorithms = %v, want those in the JWKS and RS256", got)
		}
	}
	y.apps = []jose.Algorithm{jose.ES256, jose.PS256}
	y.pass(t, v, 20)
	y.apps = []jose.Algorithm{jose.PS256}
	y.pass(t, v, 11) // the chain of ES256 has ended, or is about to
	y.apps = []jose.Algorithm{jose.PS256, jose.ES256}
	y.pass(t, v, 10)
	y.apps = nil
	y.pass(t, v, 60)
	if stored, err := y.db.Keys(t.Context()); err != nil || len(stored) > 2 || len(stored) > 0 && stored[0].Algorithm != jose.EdDSA {
		t.Errorf("%d keys are stored, %v, want those of the platform's algorithm alone", len(stored), err)
	}
	for _, r := range y.rings {
		r.Want(jose.ES256, func() []jose.Algorithm { return y.apps })
	}
	y.pass(t, v, 60)
	if k := signingBy(t, y.rings[0], ""); k.Algorithm != jose.ES256 {
		t.Errorf("%s signs long after the platform has changed to ES256", k.Algorithm)
	}
	if stored, err := y.db.Keys(t.Context()); err != nil || len(stored) > 2 || len(stored) > 0 && stored[0].Algorithm != jose.ES256 {
		t.Errorf("%d keys are stored, %v, want those of ES256 alone", len(stored), err)
	}
}

// TestFirstKeys has an installation that starts with several algorithms: all
// sign at once, since nobody has cached anything.
func TestFirstKeys(t *testing.T) {
	t.Parallel()
	y := newYear(t, jose.ES256)
	db := openStore(t)
	sealer := keyring.NewSealer(keyring.NewSealingKey())
	faults := make(chan error)
	var rings [2]*keyring.Ring
	for i := range rings {
		rings[i] = keyring.NewRing(db, sealer, y.clock, life)
		rings[i].Want(jose.ES256, jose.Algorithms)
		go func(ctx context.Context) { faults <- rings[i].Load(ctx) }(t.Context())
	}
	for range rings {
		if err := <-faults; err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range jose.Algorithms() {
		one, two := signingBy(t, rings[0], a), signingBy(t, rings[1], a)
		if one.Algorithm != a || one.ID != two.ID {
			t.Errorf("two instances sign with %s %s and %s for %s", one.Algorithm, one, two, a)
		}
	}
	if got := published(t, rings[0]); len(got) != 4 {
		t.Errorf("%d keys are published, want 4", len(got))
	}
}

func TestRotateNow(t *testing.T) {
	t.Parallel()
	db, c := openStore(t), clock.NewFrozen(noon())
	sealer := keyring.NewSealer(keyring.NewSealingKey())
	r := keyring.NewRing(db, sealer, c, time.Hour)
	rotate := func(atOnce bool) {
		t.Helper()
		if err := r.RotateNow(t.Context(), "", atOnce); err != nil {
			t.Fatal(err)
		}
	}
	rotate(false) // makes the first key too
	first := signing(t, r)
	if got := published(t, r); len(got) != 2 {
		t.Fatalf("%d keys are published, want the old and the new one", len(got))
	}
	c.Advance(keyring.Ahead - time.Second)
	if got := signing(t, r); got != first {
		t.Error("the new key signs before its time")
	}
	c.Advance(time.Second)
	second := signing(t, r)
	if second == first {
		t.Error("the new key does not sign at its time")
	}

	rotate(false)
	rotate(false) // gives up the successor that waits
	if stored, err := db.Keys(t.Context()); err != nil || len(stored) != 3 {
		t.Errorf("%d keys are stored, %v, want 3", len(stored), err)
	}
	rotate(true)
	if got := signing(t, r); got != second {
		t.Error("the new key signs before other instances can have it")
	}
	c.Advance(keyring.AtOnce)
	third := signing(t, r)
	if third == second || r.Verifying(second) == nil {
		t.Error("the key did not change at once, or the tokens of the old one went with it")
	}
	c.Advance(time.Hour)
	if r.Verifying(second) != nil || slices.Contains(published(t, r), second) {
		t.Error("the old key is still there")
	}
	if err := r.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if stored, err := db.Keys(t.Context()); err != nil || len(stored) != 1 || stored[0].KeyID != third {
		t.Errorf("%d keys are stored, %v, want the one that signs", len(stored), err)
	}
}

// TestRotateTogether lets two instances find the same step due.
func TestRotateTogether(t *testing.T) {
	t.Parallel()
	db, c := openStore(t), clock.NewFrozen(noon())
	sealer := keyring.NewSealer(keyring.NewSealingKey())
	rings := [2]*keyring.Ring{keyring.NewRing(db, sealer, c, time.Hour), keyring.NewRing(db, sealer, c, time.Hour)}
	for _, r := range rings {
		r.RotateEvery(48 * time.Hour)
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c.Advance(24 * time.Hour)
	faults := make(chan error)
	for _, r := range rings {
		go func(ctx context.Context) { faults <- r.Rotate(ctx) }(t.Context())
	}
	for range rings {
		if err := <-faults; err != nil {
			t.Error(err)
		}
	}
	if stored, err := db.Keys(t.Context()); err != nil || len(stored) != 2 {
		t.Errorf("%d keys are stored, %v, want 2", len(stored), err)
	}
	c.Advance(24 * time.Hour)
	for _, r := range rings {
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := signing(t, rings[0]), signing(t, rings[1]); a != b {
		t.Errorf("two instances sign with %s and %s", a, b)
	}
}
