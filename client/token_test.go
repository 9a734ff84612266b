package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"sluss.example/sluss/client"
)

// A platform is a token service and an API that counts what it is asked.
type platform struct {
	*httptest.Server
	mu      sync.Mutex
	scopes  []string        // of every request for a token
	refused map[string]bool // tokens that the API does not take
	bodies  []string        // of every request to the API that was taken
	down    bool            // the token service answers 503
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{refused: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /connect/token", p.token)
	mux.HandleFunc("/api", p.api)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *platform) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("X-Request-ID", "rid-1")
	switch {
	case p.down:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.FormValue("client_secret") != "s3cret":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"who?"}`)
	default:
		p.scopes = append(p.scopes, r.FormValue("scope"))
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"expires_in":3600,"token_type":"Bearer","scope":%q}`, tokenName(len(p.scopes)-1), r.FormValue("scope"))
	}
}

// tokenName returns the token that answered request n, from 0.
func tokenName(n int) string { return fmt.Sprintf("t%d", n+1) }

func (p *platform) api(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
		w.Header().Set("WWW-Authenticate", `Bearer realm="sluss", error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, _ := io.ReadAll(r.Body)
	p.bodies = append(p.bodies, r.Header.Get("Authorization")+" "+string(body))
}

func (p *platform) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.scopes
}

func (p *platform) client() *client.Client {
	return &client.Client{Auth: p.URL, ID: "app", Secret: "s3cret", HTTP: p.Client()}
}

func TestTokenIsKept(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	c := p.client()
	c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	get := func(scope string) string {
		t.Helper()
		tok, err := c.Token(t.Context(), scope)
		if err != nil {
			t.Fatal(err)
		}
		return tok.AccessToken
	}
	tests := []struct {
		name    string
		advance time.Duration
		scope   string
		want    string
	}{
		{"first", 0, "accountinformation private", "t1"},
		{"again", 0, "private accountinformation", "t1"},
		{"a scope more", 0, "aspspinformation private", "t2"},
		{"both now", 0, "accountinformation private", "t2"},
		{"other context", 0, "accountinformation corporate", "t3"},
		{"early", 40 * time.Minute, "accountinformation private", "t2"},
		{"before its end", 15 * time.Minute, "accountinformation private", "t4"},
		{"renewed", 0, "aspspinformation private", "t4"},
	}
	for _, tt := range tests { // each goes on from the one before
		mu.Lock()
		now = now.Add(tt.advance)
		mu.Unlock()
		if got := get(tt.scope); got != tt.want {
			t.Errorf("%s: Token(%q) = %s, want %s", tt.name, tt.scope, got, tt.want)
		}
	}
	want := "accountinformation private|accountinformation aspspinformation private|accountinformation corporate|accountinformation aspspinformation private"
	if got := strings.Join(p.asked(), "|"); got != want {
		t.Errorf("scopes asked for: %s, want %s", got, want)
	}
}

func TestTokenOfDownService(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	now := time.Now()
	c := p.client()
	c.Now = func() time.Time { return now }
	if _, err := c.Token(t.Context(), "accountinformation private"); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	now = now.Add(58 * time.Minute)
	if tok, err := c.Token(t.Context(), "accountinformation private"); err != nil || tok.AccessToken != "t1" {
		t.Errorf("while the token is good: %v, %v", tok, err)
	}
	now = now.Add(3 * time.Minute)
	var refusal *client.Error
	if _, err := c.Token(t.Context(), "accountinformation private"); !errors.As(err, &refusal) || refusal.Status != http.StatusServiceUnavailable {
		t.Errorf("after its end: %v", err)
	}
}

func TestTokenSingleFlight(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	source := p.client().TokenSource(t.Context(), client.Private, client.ScopeAccounts)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if tok, err := source.Token(); err != nil || tok.AccessToken != "t1" {
				t.Errorf("Token = %v, %v", tok, err)
			}
		})
	}
	wg.Wait()
	if n := len(p.asked()); n != 1 {
		t.Errorf("%d requests for a token, want 1", n)
	}
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client()
	c.Secret = "wrong"
	_, err := c.Token(t.Context(), "accountinformation private")
	var refusal *client.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("Token reports %v", err)
	}
	want := client.Error{Status: 400, Code: "invalid_client", Text: "who?", RequestID: "rid-1"}
	if *refusal != want {
		t.Errorf("Token reports %+v, want %+v", *refusal, want)
	}
	for _, scope := range []string{"", "accountinformation", "accountinformation private corporate"} {
		if _, err := p.client().Token(t.Context(), scope); err == nil {
			t.Errorf("Token(%q) reports nothing", scope)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.client().Token(ctx, "accountinformation private"); !errors.Is(err, context.Canceled) {
		t.Errorf("Token with a cancelled context reports %v", err)
	}
}

func TestTransportRetriesOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		refused []string
		body    io.Reader
		status  int
		tokens  int
	}{
		{"taken at once", nil, strings.NewReader("hello"), 200, 1},
		{"taken with a new token", []string{"t1"}, strings.NewReader("hello"), 200, 2},
		{"refused twice", []string{"t1", "t2"}, strings.NewReader("hello"), 401, 2},
		{"no body", []string{"t1"}, nil, 200, 2},
		{"body that cannot be read again", []string{"t1"}, io.MultiReader(strings.NewReader("hello")), 401, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			for _, tok := range tt.refused {
				p.refused[tok] = true
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/api", tt.body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := (&http.Client{Transport: p.client().Transport(client.Private, client.ScopeAccounts)}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tt.status || len(p.asked()) != tt.tokens {
				t.Errorf("status %d after %d tokens, want %d after %d", resp.StatusCode, len(p.asked()), tt.status, tt.tokens)
			}
			if tt.status == 200 && tt.body != nil && !strings.HasSuffix(strings.Join(p.bodies, ""), "hello") {
				t.Errorf("bodies %q", p.bodies)
			}
			if req.Header.Get("Authorization") != "" {
				t.Error("the caller's request was changed")
			}
		})
	}
}

func TestStores(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		store client.TokenStore
	}{
		{"memory", &client.MemoryStore{}},
		{"file", client.FileStore{Dir: filepath.Join(t.TempDir(), "tokens")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			var wg sync.WaitGroup
			for range 10 { // as many programs
				wg.Go(func() {
					c := p.client()
					c.Store = tt.store
					if tok, err := c.Token(t.Context(), "accountinformation private"); err != nil || tok.AccessToken != "t1" {
						t.Errorf("Token = %v, %v", tok, err)
					}
				})
			}
			wg.Wait()
			one, other := p.client(), p.client()
			one.Store, other.Store = tt.store, tt.store
			if tok, err := one.Token(t.Context(), "aspspinformation private"); err != nil || tok.AccessToken != "t2" {
				t.Errorf("a scope more: %v, %v", tok, err)
			}
			if tok, err := other.Token(t.Context(), "aspspinformation accountinformation private"); err != nil || tok.AccessToken != "t2" {
				t.Errorf("both scopes: %v, %v", tok, err)
			}
			if got := strings.Join(p.asked(), "|"); got != "accountinformation private|accountinformation aspspinformation private" {
				t.Errorf("scopes asked for: %s", got)
			}
		})
	}
}

func TestFileStoreIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tokens")
	_, err := client.FileStore{Dir: dir}.Update(t.Context(), "k", func(*oauth2.Token) (*oauth2.Token, error) {
		return &oauth2.Token{AccessToken: "t"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("the folder has %v, %v; want the token alone", entries, err)
	}
	info, err := entries[0].Info()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
	// A file that is damaged is replaced.
	if err := os.WriteFile(filepath.Join(dir, entries[0].Name()), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = client.FileStore{Dir: dir}.Update(t.Context(), "k", func(old *oauth2.Token) (*oauth2.Token, error) {
		if old != nil {
			t.Errorf("old token %v of a damaged file", old)
		}
		return &oauth2.Token{AccessToken: "t"}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	t.Parallel()
	c := &client.Client{Auth: "http://localhost", ID: "app", Secret: "s3cret"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "client", c)
	for _, text := range []string{log.String(), fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c)} {
		if strings.Contains(text, "s3cret") {
			t.Errorf("the secret is in %q", text)
		}
	}
}

// TestTransportKeepsToken: another host gets no token, not by a redirect
// either.
func TestTransportKeepsToken(t *testing.T) {
	t.Parallel()
	var got []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	api := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer api.Close()
	c := newPlatform(t).client()
	c.API = api.URL
	h := &http.Client{Transport: c.Transport(client.Private, client.ScopeAccounts)}
	for _, to := range []string{elsewhere.URL, api.URL + "/psd2"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := h.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if len(got) != 2 || strings.Join(got, "") != "" {
		t.Errorf("another host got %q", got)
	}
}
