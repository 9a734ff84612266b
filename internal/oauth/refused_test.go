package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/token"
)

// A refusal is a request that must fail, and all of how it must.
type refusal struct {
	name        string
	call        call
	status      int
	error       string // of OAuth; the code of the APIs
	description string // of OAuth; empty if there must be none
	// challenge is the WWW-Authenticate; in the answers of OAuth it is that of
	// Basic with status 401 if empty, and "none" means none.
	challenge string
	nonce     bool // DPoP-Nonce is told
}

// TestRefused has every way in which the token service, the services about
// tokens and the check of tokens at the APIs refuse.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := newBoundWorld(t)
	var all []refusal
	for _, rows := range [][]refusal{
		refusedClients(), refusedScopes(), refusedForms(), refusedCodes(), w.refusedAssertions(t), w.refusedCertificates(),
		w.refusedProofs(t), w.refusedProfiles(t), refusedServices(), w.refusedHolders(t), w.refusedInProduction(t),
	} {
		all = append(all, rows...)
	}
	if len(all) < 120 {
		t.Errorf("the table has %d refusals, want 120 or more", len(all))
	}
	seen := map[string]bool{}
	for _, tt := range all {
		if seen[tt.name] {
			t.Errorf("two refusals have the name %q", tt.name)
		}
		seen[tt.name] = true
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := w.do(t, tt.call)
			if strings.HasPrefix(tt.call.path, "/psd2/") {
				tt.checkAPI(t, rec)
			} else {
				tt.checkOAuth(t, rec)
			}
			nonce := ""
			if tt.nonce {
				nonce = w.tokens.Nonce()
			}
			if got := rec.Header().Get("DPoP-Nonce"); got != nonce {
				t.Errorf("DPoP-Nonce is %q, want %q", got, nonce)
			}
		})
	}
}

// checkOAuth checks an answer of the token service.
func (r *refusal) checkOAuth(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	if r.challenge == "none" {
		if got := rec.Header().Get("WWW-Authenticate"); got != "" {
			t.Errorf("WWW-Authenticate is %q, want none", got)
		}
		rec.Header().Set("WWW-Authenticate", `Basic realm="sluss"`) // what checkRefusal looks for
	}
	checkRefusal(t, rec, r.status, r.error, r.description)
}

// checkAPI checks an answer of the APIs.
func (r *refusal) checkAPI(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	if rec.Code != r.status || !strings.Contains(rec.Body.String(), `"code":"`+r.error+`"`) {
		t.Errorf("answered %d %s, want %d %s", rec.Code, rec.Body, r.status, r.error)
	}
	for name, want := range map[string]string{
		"WWW-Authenticate": r.challenge, "Cache-Control": "no-store", "Content-Type": "application/json; charset=utf-8",
	} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// checkRefusal checks all of an answer with an error.
func checkRefusal(t *testing.T, rec *httptest.ResponseRecorder, status int, code, description string) {
	t.Helper()
	want := `{"error":"` + code + `"`
	if description != "" {
		want += `,"error_description":"` + description + `"`
	}
	if want += "}\n"; rec.Code != status || rec.Body.String() != want {
		t.Errorf("answered %d %s, want %d %s", rec.Code, rec.Body, status, want)
	}
	wantHeaders := map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "Pragma": "no-cache",
		"WWW-Authenticate": "", "Allow": "", "Retry-After": "",
	}
	switch status {
	case 401:
		wantHeaders["WWW-Authenticate"] = `Basic realm="sluss"`
	case 405:
		wantHeaders["Allow"] = "POST"
	case 503:
		wantHeaders["Retry-After"] = "1"
	}
	for name, want := range wantHeaders {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestTwoAuthorizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodPost, "/connect/token", strings.NewReader(fields("grant_type", "client_credentials", "scope", "accountinformation private")))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Add("Authorization", "Basic "+basic(appID, secret()))
	r.Header.Add("Authorization", "Basic "+basic(appID, secret()))
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	checkRefusal(t, rec, 400, "invalid_request", "more than one Authorization header")
}

func TestBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	full := token.Service{
		Apps: w.tokens.Apps, Keys: w.tokens.Keys, Clock: w.clock, Gate: token.NewGateOf(0, 0),
		Issuer: w.tokens.Issuer, Environment: app.Sandbox, Lifetime: time.Hour,
	}
	w.serve(t, &full)
	rec := w.do(t, call{body: post("scope", "accountinformation private")})
	checkRefusal(t, rec, 503, "temporarily_unavailable", "too many requests for tokens at once; try again later")
}

// brokenApps fails as a program does.
type brokenApps struct{}

func (brokenApps) Away() time.Duration { return 0 }

func (brokenApps) Find(string) *app.App { panic(errors.New("connection string postgres://u:p@h")) }

func TestInternal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve(t, &token.Service{
		Apps: brokenApps{}, Keys: w.tokens.Keys, Clock: w.clock, Gate: token.NewGate(),
		Issuer: w.tokens.Issuer, Environment: app.Sandbox, Lifetime: time.Hour,
	})
	rec := w.do(t, call{body: post("scope", "accountinformation private")})
	checkRefusal(t, rec, 500, "server_error", "")
}

// TestLeft has a client that goes away while it waits.
func TestLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve(t, &token.Service{
		Apps: w.tokens.Apps, Keys: w.tokens.Keys, Clock: w.clock, Gate: token.NewGateOf(0, 1),
		Issuer: w.tokens.Issuer, Environment: app.Sandbox, Lifetime: time.Hour,
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/connect/token", strings.NewReader(post("scope", "accountinformation private")))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	checkRefusal(t, rec, 500, "server_error", "")
}
