package store_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// TestMigrationNumbers: numbered from 0001 without gaps, and named.
func TestMigrationNumbers(t *testing.T) {
	t.Parallel()
	files, err := fs.ReadDir(os.DirFS("migrations"), ".")
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		number, name, ok := strings.Cut(f.Name(), "_")
		if want := fmt.Sprintf("%04d", i+1); number != want || !ok || !strings.HasSuffix(name, ".sql") {
			t.Errorf("migration %d is called %s, want %s_name.sql", i+1, f.Name(), want)
		}
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db, err := store.Open(t.Context(), store.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		before, err := db.Status(t.Context())
		if err != nil || len(before) == 0 || !before[0].AppliedAt.IsZero() || before[0].Name != "0001_ground.sql" || before[0].Version != 1 {
			t.Errorf("Status of an empty database = %+v, %v", before, err)
		}
		for range 2 { // the second time does nothing
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		after, err := db.Status(t.Context())
		for _, m := range after {
			if m.AppliedAt.IsZero() {
				t.Errorf("Status says that %s is not applied", m.Name)
			}
		}
		if err != nil || len(after) != len(before) {
			t.Errorf("Status = %+v, %v", after, err)
		}
	})
}

// TestMigrateTogether: instances that start at once on one database.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		if strings.HasSuffix(url, ":memory:") {
			return // private to one instance
		}
		const n = 5
		errs := make(chan error)
		for range n {
			go func() {
				db, err := store.Open(t.Context(), store.Options{URL: url})
				if err != nil {
					errs <- err
					return
				}
				defer func() { _ = db.Close() }()
				errs <- db.Migrate(t.Context())
			}()
		}
		for range n {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if err := open(t, url).Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestOpenRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct{ name, url, want string }{
		{"nothing", "", "sqlite:"},
		{"other engine", "mysql://u:secret@h/d", "postgres://"},
		{"no file", "sqlite:", "no file"},
		{"folder", "sqlite:" + dir, "is a folder"},
		{"no folder", "sqlite:" + dir + "/no/x.db", "no folder"},
		{"bad port", "postgres://u:secret@h:port/d", "not a PostgreSQL URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(t.Context(), store.Options{URL: tt.url})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("Open(%q) reports %v, want something about %q and no password", tt.url, err, tt.want)
			}
		})
	}
}

// TestFileNames: a path is a path, whatever is in it, and nobody else may read
// the file.
func TestFileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "å?x=1&y#z.db", "%41.db", "a;b'c.db"} {
		file := t.TempDir() + "/" + name
		open(t, "sqlite:"+file)
		for _, f := range []string{file, file + "-wal"} {
			info, err := os.Stat(f)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode() != 0o600 {
				t.Errorf("%s has mode %v, want 0600", f, info.Mode())
			}
		}
	}
}
