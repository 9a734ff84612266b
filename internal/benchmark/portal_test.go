package benchmark

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// portalServer answers as the portal does, as far as the measurement looks.
func portalServer(t *testing.T) *Process {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /portal/sign-in", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<input type="hidden" name="csrf" value="token">`)
	})
	mux.HandleFunc("POST /portal/sign-in", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("csrf") != "token" || r.FormValue("password") != "right" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "sluss", Value: r.FormValue("email")})
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("GET /portal/apps/{app}", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("sluss"); err != nil || c.Value != "developer" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		_, _ = fmt.Fprint(w, "app ", r.PathValue("app"))
	})
	mux.HandleFunc("GET /docs/{page...}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<a href="/docs/payments">x</a> <a href="/docs/file.json">y</a> <a href="/docs/payments#more">z</a>`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return &Process{Addr: server.Listener.Addr().String()}
}

// crowdless is a measurement without a database.
func crowdless() *portalBench {
	return &portalBench{
		paymentBench: &paymentBench{Options: &Options{Rounds: 1, Round: 80 * time.Millisecond, Log: io.Discard}, Books: noBooks{}},
		cast:         Cast{"developer", "operator", "half", "right"}, names: map[string]string{"app": "4711", "id": "4711"},
	}
}

// noBooks are those of no engine.
type noBooks struct{ Books }

// Engine implements [Books].
func (noBooks) Engine() string { return "none" }

// TestPages signs in, and measures a page that only who signed in sees.
func TestPages(t *testing.T) {
	t.Parallel()
	p, b := portalServer(t), crowdless()
	v := newVisitor(p)
	if err := v.signIn(t.Context(), "developer", "wrong"); err == nil {
		t.Error("a wrong password signs in")
	}
	if err := v.signIn(t.Context(), "developer", "right"); err != nil {
		t.Fatal(err)
	}
	cookies := map[string]string{"developer": v.cookies()}
	one := b.pageOf("/portal/apps/{app}")
	got, err := b.time(t.Context(), p, one, cookies)
	if err != nil || one.path != "/portal/apps/4711" || got.p50 <= 0 || got.p99 < got.p50 {
		t.Fatalf("%+v took %+v, %v", one, got, err)
	}
	if _, err := b.time(t.Context(), p, one, nil); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("without the cookie: %v, want an error", err)
	}
	got.p50, got.p99 = 1, 2 // whatever a busy machine made of it
	b.slow = []pageTime{got, {page: page{path: "/slow"}, p50: 30, p99: 40}}
	b.tell()
	if len(b.rows) != 3 || b.rows[0].Met || !b.rows[1].Met || b.rows[2].Met || !strings.Contains(b.rows[1].What, "/portal/apps/{app}") {
		t.Errorf("the rows are %+v", b.rows)
	}
}

// TestPageOf has who sees a page.
func TestPageOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]page{
		"/portal/sso":             {"/portal/sso", "developer", 0},
		"/portal/operator/{case}": {"/portal/operator/{case}", "operator", http.StatusOK},
		"/portal/sign-in":         {"/portal/sign-in", "", http.StatusOK},
		"/portal/factor":          {"/portal/factor", "half", http.StatusOK},
		"/portal/apps/{app}/more": {"/portal/apps/4711/more", "developer", http.StatusOK},
	} {
		if got := crowdless().pageOf(path); got != want {
			t.Errorf("pageOf(%s) = %+v, want %+v", path, got, want)
		}
	}
}

// TestGuides follows the links of guides, but not those to files.
func TestGuides(t *testing.T) {
	t.Parallel()
	all, err := crowdless().guides(t.Context(), portalServer(t))
	var paths []string
	for _, one := range all {
		paths = append(paths, one.path)
	}
	want := "/docs/api /docs/openapi.yaml /docs/overview /docs/payments /docs/search?q=payment+status /llms.txt"
	if got := strings.Join(paths, " "); err != nil || got != want {
		t.Errorf("guides = %s, %v, want %s", got, err, want)
	}
}

// TestHashes has sign-ins come at once.
func TestHashes(t *testing.T) {
	t.Parallel()
	b, p := crowdless(), portalServer(t)
	b.cast.Developer = "developer"
	if err := b.hashes(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if len(b.rows) != 1 || !b.rows[0].Met {
		t.Errorf("the rows are %+v", b.rows)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.hashes(ctx, p); err == nil {
		t.Error("a measurement that was cancelled reports no fault")
	}
}
