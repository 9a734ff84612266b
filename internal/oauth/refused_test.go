package oauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/token"
)

func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const scopes = "accountinformation private"
	grant := fields("grant_type", "client_credentials", "scope", scopes)
	code := func(more ...string) string {
		return fields(append([]string{"grant_type", "authorization_code", "client_id", appID, "client_secret", secret()}, more...)...)
	}
	asOther := func(id, with string) string {
		return fields("grant_type", "client_credentials", "scope", scopes, "client_id", id, "client_secret", with)
	}
	const noContext = "no PSU context: add private or corporate"
	raw := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	headers := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	tests := []struct {
		name        string
		call        call
		status      int
		error       string
		description string
	}{
		{"wrong secret", call{body: asOther(appID, string(app.SecretOf([32]byte{9})))}, 400, "invalid_client", ""},
		{"secret of a stranger's form", call{body: asOther(appID, "hunter2")}, 400, "invalid_client", ""},
		{"unknown id", call{body: asOther("9f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f19", secret())}, 400, "invalid_client", ""},
		{"disabled", call{body: asOther(disabledID, secret())}, 400, "invalid_client", ""},
		{"other environment", call{body: asOther(foreignID, secret())}, 400, "invalid_client", ""},
		{"id that is no UUID", call{body: asOther("x", secret())}, 400, "invalid_client", ""},
		{"overlong id", call{body: asOther(strings.Repeat("x", 9000), secret())}, 400, "invalid_client", ""},
		{"overlong secret", call{body: asOther(appID, strings.Repeat("x", 9000))}, 400, "invalid_client", ""},
		{"no credentials", call{body: grant}, 400, "invalid_client", ""},
		{"no secret", call{body: grant + "&client_id=" + appID}, 400, "invalid_client", ""},
		{"no id", call{body: grant + "&client_secret=" + secret()}, 400, "invalid_client", ""},
		{"empty secret", call{body: asOther(appID, "")}, 400, "invalid_client", ""},
		{"credentials in the query", call{path: "/connect/token?client_id=" + appID + "&client_secret=" + secret(), body: grant}, 400, "invalid_client", ""},
		{"Bearer", call{body: grant, headers: headers("Authorization", "Bearer x")}, 400, "invalid_client", ""},
		{"empty Authorization", call{body: grant, headers: headers("Authorization", "")}, 400, "invalid_client", ""},
		{"Basic, wrong secret", call{body: grant, basic: basic(appID, "x")}, 401, "invalid_client", ""},
		{"Basic, unknown id", call{body: grant, basic: basic("x", secret())}, 401, "invalid_client", ""},
		{"Basic, disabled", call{body: grant, basic: basic(disabledID, secret())}, 401, "invalid_client", ""},
		{"Basic, other environment", call{body: grant, basic: basic(foreignID, secret())}, 401, "invalid_client", ""},
		{"Basic, no base64", call{body: grant, basic: "!!!"}, 401, "invalid_client", ""},
		{"Basic, nothing", call{body: grant, headers: headers("Authorization", "Basic")}, 401, "invalid_client", ""},
		{"Basic, no colon", call{body: grant, basic: raw(appID)}, 401, "invalid_client", ""},
		{"Basic, no id", call{body: grant, basic: raw(":" + secret())}, 401, "invalid_client", ""},
		{"Basic, no secret", call{body: grant, basic: raw(appID + ":")}, 401, "invalid_client", ""},
		{"Basic, bad escape", call{body: grant, basic: raw(appID + ":%zz")}, 401, "invalid_client", ""},
		{"Basic, not UTF-8", call{body: grant, basic: raw("\xff:\xfe")}, 401, "invalid_client", ""},
		{"Basic and body secret", call{body: post("scope", scopes), basic: basic(appID, secret())}, 400, "invalid_request", "credentials both in the Authorization header and in the body"},
		{"Basic and another client_id", call{body: grant + "&client_id=" + plainID, basic: basic(appID, secret())}, 400, "invalid_request", "client_id is not that of the Authorization header"},

		{"no scope", call{body: post()}, 400, "invalid_scope", "scope is empty; ask for one or more API scopes and private or corporate"},
		{"empty scope", call{body: post("scope", "")}, 400, "invalid_scope", "scope is empty; ask for one or more API scopes and private or corporate"},
		{"no context", call{body: post("scope", "accountinformation")}, 400, "invalid_scope", noContext},
		{"context alone", call{body: post("scope", "private")}, 400, "invalid_scope", "no API scope"},
		{"both contexts", call{body: post("scope", "accountinformation private corporate")}, 400, "invalid_scope", "private and corporate exclude each other"},
		{"unknown scope", call{body: post("scope", "accountinformation openid profile private")}, 400, "invalid_scope", "unknown: 'openid' 'profile'"},
		{"upper case", call{body: post("scope", "AccountInformation private")}, 400, "invalid_scope", "unknown: 'AccountInformation'; no API scope"},
		{"not granted", call{body: post("scope", "aspspinformation paymentinitiation private")}, 400, "invalid_scope", "scope not granted to this application: aspspinformation paymentinitiation"},
		{"bankgiro in private", call{body: post("scope", "accountinformation bankgiroinformation private")}, 400, "invalid_scope", "bankgiroinformation needs accountinformation and corporate"},
		{"bankgiro alone", call{body: post("scope", "bankgiroinformation corporate")}, 400, "invalid_scope", "bankgiroinformation needs accountinformation and corporate"},
		{"characters of RFC 6749 section 5.2", call{body: post("scope", "private accountinformation \"å\\\n")}, 400, "invalid_scope", "unknown: ''?/?'"},
		{"overlong scope", call{body: post("scope", strings.Repeat("x", 2000)+" private accountinformation")}, 400, "invalid_scope", "unknown: '" + strings.Repeat("x", 499) + "..."},
		{"tab", call{body: post("scope", "accountinformation\tprivate")}, 400, "invalid_scope", "unknown: 'accountinformation?private'; " + noContext + "; no API scope"},

		{"empty body", call{}, 400, "invalid_request", "missing: grant_type"},
		{"no grant_type", call{body: fields("client_id", appID, "client_secret", secret(), "scope", scopes)}, 400, "invalid_request", "missing: grant_type"},
		{"empty grant_type", call{body: fields("grant_type", "")}, 400, "invalid_request", "missing: grant_type"},
		{"grant_type in the query", call{path: "/connect/token?grant_type=client_credentials", body: fields("scope", scopes)}, 400, "invalid_request", "missing: grant_type"},
		{"grant_type twice", call{body: post("scope", scopes) + "&grant_type=client_credentials"}, 400, "invalid_request", "field given twice: grant_type"},
		{"scope twice", call{body: post("scope", scopes, "scope", scopes)}, 400, "invalid_request", "field given twice: scope"},
		{"unknown field twice", call{body: post("scope", scopes, "x", "1", "x", "2")}, 400, "invalid_request", "field given twice: x"},
		{"empty field twice", call{body: post("scope", scopes) + "&code=&code="}, 400, "invalid_request", "field given twice: code"},
		{"twice in other escapes", call{body: post("scope", scopes) + "&sc%6Fpe=x"}, 400, "invalid_request", "field given twice: scope"},
		{"JSON", call{body: `{"grant_type":"client_credentials"}`, ctype: "application/json"}, 400, "invalid_request", "the body must be application/x-www-form-urlencoded, and Content-Type must say so"},
		{"multipart", call{body: "x", ctype: "multipart/form-data; boundary=x"}, 400, "invalid_request", "the body must be application/x-www-form-urlencoded, and Content-Type must say so"},
		{"no content type", call{body: post("scope", scopes), ctype: "none"}, 400, "invalid_request", "the body must be application/x-www-form-urlencoded, and Content-Type must say so"},
		{"not UTF-8", call{body: post("scope", scopes) + "&x=%ff"}, 400, "invalid_request", "the body is not UTF-8"},
		{"name not UTF-8", call{body: post("scope", scopes) + "&%ff=x"}, 400, "invalid_request", "the body is not UTF-8"},
		{"bad escape", call{body: post("scope", scopes) + "&x=%zz"}, 400, "invalid_request", "the body has a % that is not followed by two hexadecimal digits"},
		{"overlong field", call{body: post("scope", scopes, "x", strings.Repeat("x", 17<<10))}, 400, "invalid_request", "field too long: x"},
		{"overlong body", call{body: post("scope", scopes) + strings.Repeat("&", 65<<10)}, 413, "invalid_request", "the body has more than 65536 bytes"},

		{"GET", call{method: http.MethodGet, path: "/connect/token?" + post("scope", scopes)}, 405, "invalid_request", "use POST"},
		{"PUT", call{method: http.MethodPut, body: post("scope", scopes)}, 405, "invalid_request", "use POST"},
		{"OPTIONS", call{method: http.MethodOptions}, 405, "invalid_request", "use POST"},
		{"password", call{body: fields("grant_type", "password", "username", "x", "password", "y")}, 400, "unsupported_grant_type", "grant_type must be client_credentials or authorization_code"},
		{"refresh_token", call{body: fields("grant_type", "refresh_token", "refresh_token", "x")}, 400, "unsupported_grant_type", "grant_type must be client_credentials or authorization_code"},
		{"Client_Credentials", call{body: fields("grant_type", "Client_Credentials")}, 400, "unsupported_grant_type", "grant_type must be client_credentials or authorization_code"},

		{"code: wrong secret", call{body: fields("grant_type", "authorization_code", "client_id", appID, "client_secret", "x", "code", "good", "redirect_uri", back)}, 400, "invalid_client", ""},
		{"code: no redirect URIs", call{body: fields("grant_type", "authorization_code", "client_id", plainID, "client_secret", secret())}, 400, "unauthorized_client", "the application has no redirect URI, so it cannot use the grant authorization_code"},
		{"code: no code", call{body: code("redirect_uri", back)}, 400, "invalid_request", "missing: code"},
		{"code: no redirect_uri", call{body: code("code", "good")}, 400, "invalid_request", "missing: redirect_uri"},
		{"code: no headers", call{body: code("code", "good", "redirect_uri", back)}, 400, "invalid_request", "missing: X-ConsentId and X-ConsentAuthorisationId"},
		{"code: no consent", call{body: code("code", "good", "redirect_uri", back), headers: headers("X-ConsentAuthorisationId", "a")}, 400, "invalid_request", "missing: X-ConsentId"},
		{"code: no authorisation", call{body: code("code", "good", "redirect_uri", back), headers: headers("X-ConsentId", "c")}, 400, "invalid_request", "missing: X-ConsentAuthorisationId"},
		{"code: no payment authorisation", call{body: code("code", "good", "redirect_uri", back), headers: headers("X-PaymentId", "p")}, 400, "invalid_request", "missing: X-PaymentAuthorisationId"},
		{"code: no basket", call{body: code("code", "good", "redirect_uri", back), headers: headers("X-BasketAuthorisationId", "p")}, 400, "invalid_request", "missing: X-BasketId"},
		{
			"code: two resources",
			call{body: code("code", "good", "redirect_uri", back), headers: headers("X-ConsentId", "c", "X-ConsentAuthorisationId", "a", "X-PaymentId", "p", "X-PaymentAuthorisationId", "a")},
			400, "invalid_request", "the headers name both a consent and a payment",
		},
		{
			"code: unknown",
			call{body: code("code", "bad", "redirect_uri", back), headers: headers("X-ConsentId", "c", "X-ConsentAuthorisationId", "a")},
			400, "invalid_grant", "the code is not known",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkRefusal(t, w.do(t, tt.call), tt.status, tt.error, tt.description)
		})
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
