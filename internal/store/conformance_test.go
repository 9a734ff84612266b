package store_test

import (
	"testing"

	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// open returns an open and migrated database, which goes with the test.
func open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url, MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, url string) storetest.Store { return open(t, url) })
}
