package store_test

import (
	"testing"

	"sluss.example/sluss/internal/store"
)

// BenchmarkOpen is the start of a sandbox: a database in memory, migrated.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		db, err := store.Open(b.Context(), store.Options{URL: "sqlite::memory:"})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Migrate(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
