package testdb_test

import (
	"path/filepath"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

// Each database is empty, up to date, and apart from the others.
func TestOpen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		t.Helper()
		other := testdb.Open(t, testdb.Memory)
		db := testdb.Open(t, url)
		a, err := app.New(app.App{Name: "x", Environment: app.Sandbox, Scopes: []scope.API{scope.ASPSPInformation}}, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		if err := db.InsertApp(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		steps, err := db.Status(t.Context())
		if err != nil || len(steps) == 0 {
			t.Fatalf("Status = %v, %v", steps, err)
		}
		for _, m := range steps {
			if m.AppliedAt.IsZero() {
				t.Errorf("migration %s is missing", m.Name)
			}
		}
		for want, db := range map[int]*store.DB{0: other, 1: db} {
			apps, _, err := db.Apps(t.Context())
			if err != nil || len(apps) != want {
				t.Errorf("%d apps, %v, want %d", len(apps), err, want)
			}
		}
	})
}

func TestCloneRefused(t *testing.T) {
	t.Parallel()
	db := testdb.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "sluss.db"))
	if _, err := db.Clone(t.Context()); err == nil {
		t.Error("a database in a file is cloned")
	}
}
