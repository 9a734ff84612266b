package keyring_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/keyring"
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
	k, err := r.Signing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k.ID
}

// TestRotation lets a hundred days pass for two instances. A verifier caches
// the JWKS of one for as long as it may, and a day more, and must never meet a
// token of the other with a key that it does not have, for as long as the
// token is good.
func TestRotation(t *testing.T) {
	t.Parallel()
	const life = time.Hour
	db, c := openStore(t), clock.NewFrozen(noon())
	sealer := keyring.NewSealer(keyring.NewSealingKey())
	rings := [2]*keyring.Ring{keyring.NewRing(db, sealer, c, life+time.Minute), keyring.NewRing(db, sealer, c, life+time.Minute)}
	for _, r := range rings {
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	type issued struct {
		kid string
		at  time.Time
	}
	var tokens []issued
	cached, since := published(t, rings[0]), c.Now()
	used := map[string]bool{}
	most := 0
	for c.Now().Before(noon().AddDate(0, 0, 100)) {
		c.Advance(time.Hour)
		for _, r := range rings {
			if err := r.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := r.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if c.Now().Sub(since) >= 23*time.Hour {
			cached, since = published(t, rings[0]), c.Now()
		}
		kid := signing(t, rings[1])
		used[kid] = true
		tokens = append(tokens, issued{kid, c.Now()})
		if !slices.Contains(cached, kid) {
			t.Fatalf("%s: a token is signed with %s, which a verifier that asked at %s does not know", c.Now(), kid, since)
		}
		tokens = slices.DeleteFunc(tokens, func(i issued) bool { return c.Now().After(i.at.Add(life)) })
		now := published(t, rings[0])
		for _, i := range tokens {
			if !slices.Contains(now, i.kid) || rings[0].Verifying(i.kid) == nil {
				t.Fatalf("%s: the key of a token of %s is gone", c.Now(), i.at)
			}
		}
		most = max(most, len(now))
	}
	if len(used) != 4 || most > 2 {
		t.Errorf("%d keys signed and up to %d were published at once, want 4 and 2", len(used), most)
	}
	if stored, err := db.Keys(t.Context()); err != nil || len(stored) > 2 {
		t.Errorf("%d keys are stored, %v: those that are gone must go", len(stored), err)
	}
}

func TestRotateNow(t *testing.T) {
	t.Parallel()
	db, c := openStore(t), clock.NewFrozen(noon())
	sealer := keyring.NewSealer(keyring.NewSealingKey())
	r := keyring.NewRing(db, sealer, c, time.Hour)
	rotate := func(atOnce bool) {
		t.Helper()
		if err := r.RotateNow(t.Context(), atOnce); err != nil {
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
