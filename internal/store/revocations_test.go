package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/token"
)

// TestRevocations revokes a token on one instance and looks at another.
func TestRevocations(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	c := clock.NewFrozen(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	here, there := token.NewDenyList(db, c), token.NewDenyList(db, c)
	for range 2 { // the second time does nothing
		if err := here.Revoke(ctx, "a", c.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if trail, err := db.Trail(ctx, "a"); err != nil || len(trail) != 1 || trail[0].Type != "token.revoked" {
		t.Errorf("the trail has %+v (%v), want one revocation", trail, err)
	}
	if !here.Revoked("a") || here.Revoked("b") || there.Revoked("a") {
		t.Error("only the instance that revoked must know yet, and of that token alone")
	}
	if err := there.Load(ctx); err != nil || !there.Revoked("a") {
		t.Errorf("after Load (%v) the other instance must know", err)
	}
	c.Advance(time.Hour + token.Skew)
	if err := db.DeleteRevocations(ctx, c.Now()); err != nil {
		t.Fatal(err)
	}
	if err := here.Load(ctx); err != nil || here.Revoked("a") {
		t.Errorf("after the token's life (%v) it must be forgotten", err)
	}
}
