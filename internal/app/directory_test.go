package app_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
)

// openStore returns an empty store in memory.
func openStore(t testing.TB) *store.DB {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	return db
}

func newApp(t testing.TB) app.App {
	t.Helper()
	a, err := app.New(app.App{Name: "x", Environment: app.Sandbox, Scopes: []scope.API{scope.AccountInformation}}, noon())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.AddSecret("first", noon(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	db, ctx := openStore(t), t.Context()
	d := app.NewDirectory(db)
	a := newApp(t)
	if d.Find(a.ID) != nil || d.Version() != 0 {
		t.Error("a directory that was not refreshed knows an app")
	}
	if err := db.InsertApp(ctx, a); err != nil {
		t.Fatal(err)
	}
	refresh := func() {
		t.Helper()
		if err := d.Refresh(ctx); err != nil || d.Err() != nil {
			t.Fatal(err, d.Err())
		}
	}
	refresh()
	before := d.Find(a.ID)
	if before == nil || d.Find(strings.ToUpper(a.ID)) != before || len(before.Secrets) != 1 {
		t.Fatalf("Find = %+v, want the app, in upper case too", before)
	}
	refresh()
	if d.Find(a.ID) != before {
		t.Error("a refresh without a change made a new snapshot")
	}
	own, err := d.App(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	own.Scopes[0], own.Secrets[0].Label = "changed", "changed"
	if before.Scopes[0] == "changed" || before.Secrets[0].Label == "changed" {
		t.Error("App returned a part of the snapshot")
	}
	if _, err := db.UpdateApp(ctx, a.ID, func(a *app.App) ([]event.Event, error) {
		a.Disabled = true
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	refresh()
	if before.Disabled || !d.Find(a.ID).Disabled {
		t.Error("the change is not in the new snapshot alone")
	}
	if err := db.DeleteApp(ctx, a.ID); err != nil {
		t.Fatal(err)
	}
	refresh()
	if _, err := d.App(ctx, a.ID); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("App of a deleted app reports %v, want resource_unknown", err)
	}
	_ = db.Close()
	if err := d.Refresh(ctx); err == nil || d.Err() == nil {
		t.Error("a refresh without a database reports nothing")
	}
}

// TestRun also proves that a change is seen without a kick.
func TestRun(t *testing.T) {
	t.Parallel()
	db := openStore(t)
	ctx, stop := context.WithCancel(t.Context())
	d := app.NewDirectory(db)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	for _, kick := range []func(){d.Kick, func() {}} {
		a := newApp(t)
		if err := db.InsertApp(ctx, a); err != nil {
			t.Fatal(err)
		}
		kick()
		look, found := context.WithCancel(t.Context())
		clock.Real{}.Poll(look, time.Millisecond, nil, func(context.Context) {
			if d.Find(a.ID) != nil {
				found()
			}
		})
	}
	stop()
	<-done
}

// TestResident holds the promise that 10,000 apps take at most 20 MB.
func TestResident(t *testing.T) {
	db, ctx := openStore(t), t.Context()
	apps := make([]app.App, 10_000)
	for i := range apps {
		apps[i] = newApp(t)
		apps[i].RedirectURIs = []string{fmt.Sprintf("https://tpp%d.example/back", i), "http://localhost/back"}
	}
	d := app.NewDirectory(fixedStore{db, apps})
	if err := d.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	with := heap()
	if d.Len() != len(apps) {
		t.Fatalf("Len() = %d, want %d", d.Len(), len(apps))
	}
	runtime.KeepAlive(d)
	clear(apps)
	d = nil
	if took := with - min(with, heap()); took > 20<<20 {
		t.Errorf("10,000 apps take %d bytes, want at most 20 MB", took)
	} else {
		t.Logf("10,000 apps take %d kB", took>>10)
	}
	runtime.KeepAlive(d)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one finds in pools goes with the second
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A fixedStore has apps that nobody stored one by one.
type fixedStore struct {
	app.Store
	apps []app.App
}

func (s fixedStore) Apps(context.Context) ([]app.App, int64, error) {
	own := make([]app.App, len(s.apps))
	copy(own, s.apps)
	return own, 2, nil
}

func (fixedStore) AppsVersion(context.Context) (int64, error) { return 2, nil }

func BenchmarkFind(b *testing.B) {
	apps := make([]app.App, 10_000)
	for i := range apps {
		apps[i].ID = ident.NewUUID()
	}
	d := app.NewDirectory(fixedStore{nil, apps})
	if err := d.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if d.Find(apps[77].ID) == nil {
			b.Fatal("not found")
		}
	}
}

func TestAway(t *testing.T) {
	t.Parallel()
	db := openStore(t)
	d := app.NewDirectory(db)
	if err := d.Refresh(t.Context()); err != nil || d.Away() != 0 {
		t.Fatalf("Refresh reports %v, away for %v, want 0", err, d.Away())
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Refresh(t.Context()); err == nil || d.Away() <= 0 {
		t.Fatalf("Refresh of a closed store reports %v, away for %v, want more than 0", err, d.Away())
	}
	first := d.Away()
	if err := d.Refresh(t.Context()); err == nil || d.Away() <= first {
		t.Errorf("away for %v after %v, want it to grow", d.Away(), first)
	}
}
