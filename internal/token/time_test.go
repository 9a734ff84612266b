package token_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
)

// TestAuthenticateTime: an unknown app takes as long as a wrong secret, so that
// nobody learns from the time which apps there are. The calls take turns, so
// that a busy machine slows all of them, and medians are compared.
func TestAuthenticateTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := string(app.NewSecret())
	disabled := w.app
	disabled.ID, disabled.Disabled = ident.NewUUID(), true
	if err := w.db.InsertApp(t.Context(), disabled); err != nil {
		t.Fatal(err)
	}
	if err := w.dir.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	from := netip.MustParseAddr("192.0.2.1")
	calls := map[string][2]string{
		"wrong secret": {w.app.ID, wrong}, "unknown app": {ident.NewUUID(), wrong}, "disabled app": {disabled.ID, string(w.secret)},
	}
	const batches, batch, tries, most = 151, 200, 8, 1.25
	var medians map[string]time.Duration
	for range tries {
		took := map[string][]time.Duration{}
		for range batches {
			for name, c := range calls {
				start := clock.Real{}.Now()
				for range batch {
					if _, err := w.Authenticate(c[0], c[1], from); err == nil {
						t.Fatalf("%s: authenticated", name)
					}
				}
				took[name] = append(took[name], clock.Real{}.Since(start))
			}
		}
		medians = map[string]time.Duration{}
		var all []time.Duration
		for name, d := range took {
			slices.Sort(d)
			medians[name] = d[len(d)/2]
			all = append(all, d[len(d)/2])
		}
		if float64(slices.Max(all)) <= most*float64(slices.Min(all)) {
			return
		}
	}
	t.Errorf("the times differ by more than a quarter: %v for %d calls", medians, batch)
}
