package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/usage"
)

// trail keeps the kinds of what is recorded, until it is full.
type trail struct {
	kinds []string
	full  bool
}

// Record implements [oauth.Auditor].
func (l *trail) Record(_ context.Context, e audit.Entry) error {
	if l.full {
		return errors.New("full")
	}
	kind := e.Kind
	if e.Detail != "" {
		kind += " " + e.Detail
	}
	if e.ClientID != "" {
		kind += " app"
	}
	if e.TokenID != "" && e.Scope != "" {
		kind += " token"
	}
	l.kinds = append(l.kinds, kind)
	return nil
}

// Begin implements [oauth.Auditor].
func (l *trail) Begin(ctx context.Context, e audit.Entry) func() error {
	err := l.Record(ctx, e)
	return func() error { return err }
}

// TestTokensRecorded: each token and each refusal is recorded, and no token is
// handed out that could not be.
func TestTokensRecorded(t *testing.T) {
	t.Parallel()
	w, l := newWorld(t), &trail{}
	mux := http.NewServeMux()
	(&oauth.Handler{Tokens: w.tokens, Keys: w.tokens.Keys, Exchanger: w.codes, Audit: l}).Mount(mux)
	status := func(secret, scope string) int {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {appID}, "client_secret": {secret}, "scope": {scope}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/connect/token", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, r)
		return rec.Code
	}
	got := []int{
		status(secret(), "accountinformation private"), status("wrong", "accountinformation private"),
		status(secret(), "paymentinitiation private"), status("", "accountinformation private"),
	}
	l.full = true
	got = append(got, status(secret(), "accountinformation private"))
	// A token that could not be recorded is not handed out again either; one
	// that was is recorded once.
	w.tokens.Rule = token.Rule{Policy: usage.Reuse}
	got = append(got, status(secret(), "accountinformation private"), status(secret(), "accountinformation private"))
	l.full = false
	got = append(got, status(secret(), "accountinformation private"), status(secret(), "accountinformation private"))
	if diff := cmp.Diff([]int{200, 400, 400, 400, 500, 500, 500, 200, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got)\n%s", diff)
	}
	want := []string{"token.issued app token", "token.refused client_invalid", "token.refused scope_invalid app", "token.refused client_invalid", "token.issued app token"}
	if diff := cmp.Diff(want, l.kinds); diff != "" {
		t.Errorf("records (-want +got)\n%s", diff)
	}
}
