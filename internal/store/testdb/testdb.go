// Package testdb gives tests of other packages a database that is up to date.
//
// The schema of a database in memory is made once in a process and copied from
// then on: SQLite is slow under the race detector, and to migrate took most of
// the time of many tests.
package testdb

import (
	"context"
	"sync"
	"testing"

	"sluss.example/sluss/internal/store"
)

// Memory is the URL of a database in memory.
const Memory = "sqlite::memory:"

// maxConns keeps many tests at once within what a PostgreSQL server allows.
const maxConns = 8

// template has the schema and nothing else. It lives as long as the process.
//
//nolint:gochecknoglobals // one for all tests, which share nothing else
var template = sync.OnceValues(func() (*store.DB, error) { return migrated(context.Background(), Memory) })

// Open returns the database at the URL, such as [Memory] or one of
// storetest.Each, with all migrations done. It is closed after the test.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func open(ctx context.Context, url string) (*store.DB, error) {
	if url != Memory {
		return migrated(ctx, url)
	}
	db, err := template()
	if err != nil {
		return nil, err
	}
	return db.Clone(ctx)
}

func migrated(ctx context.Context, url string) (*store.DB, error) {
	db, err := store.Open(ctx, store.Options{URL: url, MaxConns: maxConns})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}
