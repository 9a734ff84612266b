package store

import (
	"path/filepath"
	"testing"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"sqlite::memory:", "sqlite:" + filepath.Join(t.TempDir(), "a b?ä.db")} {
		db, err := Open(t.Context(), Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Error(err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Error(err)
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		got, err := db.Status(t.Context())
		if err != nil {
			t.Error(err)
		}
		t.Log(got)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
