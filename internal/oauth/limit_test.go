package oauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sluss.example/sluss/internal/api/apitest"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
)

// counts is an Observer that keeps what it is told.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) add(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[s]++
}

func (c *counts) Token(scopes, outcome string) { c.add("token " + scopes + ": " + outcome) }
func (c *counts) Refused(method string)        { c.add("refused " + method) }
func (c *counts) Denied(limit string)          { c.add("denied " + limit) }

// observed gives the world a handler with an observer and a trail.
func (w *world) observed(t *testing.T) (*oauth.Handler, *counts, *trail) {
	t.Helper()
	seen, kept := &counts{}, &trail{}
	h := &oauth.Handler{Tokens: w.tokens, Keys: w.tokens.Keys, Exchanger: w.codes, Observer: seen, Audit: kept}
	mux := http.NewServeMux()
	h.Mount(mux)
	w.handler = apitest.New(t).Handler(web.Observer{}.Observe(mux))
	return h, seen, kept
}

// ask sends a form from an address.
func (w *world) ask(address, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/connect/token", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = address + ":5000"
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// limited checks the answer past a limit.
func limited(t *testing.T, rec *httptest.ResponseRecorder, most int) {
	t.Helper()
	wait, err := strconv.Atoi(rec.Header().Get("Retry-After"))
	if rec.Code != http.StatusTooManyRequests || decode(t, rec)["error"] != "temporarily_unavailable" || err != nil || wait < 1 || wait > most {
		t.Errorf("past a limit: %d %s, Retry-After %q", rec.Code, rec.Body, rec.Header().Get("Retry-After"))
	}
}

// TestGuessing: who guesses is not listened to, and does not lock the app out
// elsewhere.
func TestGuessing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens.Guard = token.Guard{PerNetwork: 5, Total: 1000}
	h, seen, kept := w.observed(t)
	wrong := fields("grant_type", "client_credentials", "client_id", appID, "client_secret", "wrong", "scope", "accountinformation private")
	right := post("scope", "accountinformation private")
	for range 5 {
		if rec := w.ask("198.51.100.1", wrong); rec.Code != http.StatusBadRequest {
			t.Fatalf("a wrong secret: %d %s", rec.Code, rec.Body)
		}
	}
	for _, body := range []string{wrong, right} {
		limited(t, w.ask("198.51.100.77", body), 120)
	}
	if rec := w.ask("192.0.2.1", right); rec.Code != http.StatusOK {
		t.Errorf("the right secret from another network: %d %s", rec.Code, rec.Body)
	}
	if got := seen.n; got["refused secret"] != 5 || got["denied guessing"] != 2 || got["token accountinformation private: issued"] != 1 ||
		got["token accountinformation private: client_invalid"] != 5 {
		t.Errorf("counted %v", got)
	}
	if err := h.RecordIgnored(t.Context()); err != nil {
		t.Error(err)
	}
	if err := h.RecordIgnored(t.Context()); err != nil {
		t.Error(err)
	}
	if last := kept.kinds[len(kept.kinds)-1]; len(kept.kinds) != 7 || !strings.HasPrefix(last, "token.ignored 2 requests") {
		t.Errorf("recorded %q, want 5 refused, 1 issued and one about 2 ignored", kept.kinds)
	}
}

// TestLimits: an app past its rate or its tokens of the day.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens.Limits = token.Limits{PerSecond: 1, Burst: 2, PerDay: 100}
	_, seen, _ := w.observed(t)
	right := post("scope", "accountinformation private")
	other := strings.Replace(right, appID, plainID, 1)
	for range 2 {
		if rec := w.ask("192.0.2.1", right); rec.Code != http.StatusOK {
			t.Errorf("within the rate: %d %s", rec.Code, rec.Body)
		}
	}
	limited(t, w.ask("192.0.2.1", right), 1)
	if rec := w.ask("192.0.2.1", other); rec.Code != http.StatusOK {
		t.Errorf("another app: %d %s", rec.Code, rec.Body)
	}
	change := func(l app.Limits) {
		t.Helper()
		if _, err := w.db.UpdateApp(t.Context(), appID, func(a *app.App) ([]event.Event, error) {
			a.Extensions.Limits = l
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := w.tokens.Apps.(interface {
			Refresh(ctx context.Context) error
		}).Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	change(app.Limits{TokensPerSecond: -1, TokensPerDay: 4})
	for range 2 {
		if rec := w.ask("192.0.2.1", right); rec.Code != http.StatusOK {
			t.Errorf("without a rate: %d %s", rec.Code, rec.Body)
		}
	}
	limited(t, w.ask("192.0.2.1", right), 24*3600)
	if got := seen.n; got["denied rate"] != 1 || got["denied day"] != 1 {
		t.Errorf("counted %v", got)
	}
}
