package cli

import (
	"path/filepath"
	"regexp"
	"testing"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/benchmark"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
)

// TestFillPortal fills a small database, and knows what stands for each name
// in the patterns of the portal's pages.
func TestFillPortal(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "sluss.db")
	id := ""
	err := with(ctx, url, func(db *store.DB) error {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
		apps := server.Apps{Store: db, Environment: app.Sandbox, Clock: clock.Real{}}
		made, _, err := apps.Create(ctx, control.NewApp{Name: "Benchmark"})
		id = made.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names, err := fillPortal(ctx, url, benchmark.Crowd{
		Cast:       benchmark.Cast{Developer: "d@x.example", Operator: "o@x.example", Half: "h@x.example", Password: "a good password"},
		SealingKey: keyring.NewSealingKey().Text(), ClientID: id, Apps: 25, Requests: 2500, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"app", "id", "serial", "hook", "consent", "payment"} { // the measurement finds them itself
		names[name] = name
	}
	for _, pattern := range portal.Pages() {
		for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(pattern, -1) {
			if names[m[1]] == "" {
				t.Errorf("nothing stands for {%s} of %s", m[1], pattern)
			}
		}
	}
	err = with(ctx, url, func(db *store.DB) error {
		apps, _, err := db.Apps(ctx)
		if err != nil || len(apps) != 26 {
			t.Errorf("%d apps, %v, want 26", len(apps), err)
		}
		own, err := db.Requests(ctx, reqlog.Filter{ClientID: id, Limit: 5000})
		if err != nil || len(own) != 1500 {
			t.Errorf("%d requests of the app, %v, want half of 3000", len(own), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
