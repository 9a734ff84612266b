package oauth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/token"
)

// about returns the form of a call about a token by an app.
func about(id, raw string) string {
	return fields("client_id", id, "client_secret", secret(), "token", raw, "token_type_hint", "refresh_token")
}

func (w *world) get(t *testing.T) string {
	t.Helper()
	text, _ := decode(t, w.do(t, call{body: post("scope", "accountinformation private")}))["access_token"].(string)
	return text
}

func TestIntrospect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.get(t)
	access, err := w.tokens.Check(raw)
	if err != nil {
		t.Fatal(err)
	}
	introspect := func(id, raw string) map[string]any {
		t.Helper()
		rec := w.do(t, call{path: "/connect/introspect", body: about(id, raw)})
		if rec.Code != http.StatusOK || rec.Header().Get("Cache-Control") != "no-store" || rec.Header().Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("introspect is answered %d %v", rec.Code, rec.Header())
		}
		return decode(t, rec)
	}
	want := map[string]any{
		"active": true, "scope": "accountinformation private", "client_id": appID, "token_type": "Bearer",
		"exp": float64(noon().Add(time.Hour).Unix()), "iat": float64(noon().Unix()), "nbf": float64(noon().Unix()),
		"aud": []any{"https://auth.example/resources", "accountinformation"}, "iss": "https://auth.example", "jti": access.ID,
	}
	if diff := cmp.Diff(want, introspect(appID, raw)); diff != "" {
		t.Errorf("introspect of a good token differs (-want +got):\n%s", diff)
	}
	inactive := map[string]any{"active": false}
	for name, got := range map[string]map[string]any{
		"another app": introspect(plainID, raw),
		"rubbish":     introspect(appID, "rubbish"),
		"cut":         introspect(appID, raw[:len(raw)-1]),
	} {
		if diff := cmp.Diff(inactive, got); diff != "" {
			t.Errorf("%s: introspect differs (-want +got):\n%s", name, diff)
		}
	}
	w.clock.Advance(time.Hour)
	if diff := cmp.Diff(inactive, introspect(appID, raw)); diff != "" {
		t.Errorf("introspect of an expired token differs (-want +got):\n%s", diff)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw, other := w.get(t), w.get(t)
	// A second instance on the same database.
	list := token.NewDenyList(w.db, w.clock)
	revoke := func(raw string) int {
		t.Helper()
		rec := w.do(t, call{path: "/connect/revocation", body: about(appID, raw), basic: ""})
		if rec.Code == http.StatusOK && rec.Body.Len() != 0 {
			t.Errorf("revocation has the body %s", rec.Body)
		}
		return rec.Code
	}
	refused := w.do(t, call{path: "/connect/revocation", body: about(plainID, raw)})
	checkRefusal(t, refused, 400, "unauthorized_client", "the token is not one of this application")
	if _, err := w.tokens.Check(raw); err != nil {
		t.Errorf("another app revoked the token: %v", err)
	}
	for range 2 { // the second time does nothing
		if got := revoke(raw); got != http.StatusOK {
			t.Errorf("revocation is answered %d", got)
		}
	}
	if got := revoke("rubbish"); got != http.StatusOK {
		t.Errorf("revocation of rubbish is answered %d, want 200", got)
	}
	if _, err := w.tokens.Check(raw); err == nil {
		t.Error("the revoked token is good")
	}
	if _, err := w.tokens.Check(other); err != nil {
		t.Errorf("another token is refused: %v", err)
	}
	if err := list.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := list.Len(); n != 1 {
		t.Errorf("another instance knows %d revoked tokens, want 1", n)
	}
}
