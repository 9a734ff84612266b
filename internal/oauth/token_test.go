package oauth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/redirect"
)

func TestToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const scopes = "accountinformation private"
	grant := fields("grant_type", "client_credentials", "scope", scopes)
	tests := []struct {
		name string
		call call
		want string // scope of the answer
	}{
		{"in the body", call{body: post("scope", scopes)}, scopes},
		{"order kept, repeated dropped", call{body: post("scope", "private accountinformation private")}, "private accountinformation"},
		{"several", call{body: post("scope", "bankgiroinformation accountinformation corporate")}, "bankgiroinformation accountinformation corporate"},
		{"Basic", call{body: grant, basic: basic(appID, secret())}, scopes},
		{"Basic without padding", call{body: grant, basic: strings.TrimRight(basic(appID, secret()), "=")}, scopes},
		{"Basic, percent-encoded", call{body: grant, basic: basic(strings.ReplaceAll(appID, "-", "%2D"), strings.ReplaceAll(secret(), "_", "%5F"))}, scopes},
		{"Basic in lower case", call{body: grant, headers: map[string]string{"Authorization": "basic " + basic(appID, secret())}}, scopes},
		{"Basic with its client_id in the body", call{body: grant + "&client_id=" + appID, basic: basic(appID, secret())}, scopes},
		{"Basic with an empty secret in the body", call{body: grant + "&client_secret=", basic: basic(appID, secret())}, scopes},
		{"another scheme beside the body", call{body: post("scope", scopes), headers: map[string]string{"Authorization": "Bearer x"}}, scopes},
		{"client_id in upper case", call{body: strings.ReplaceAll(post("scope", scopes), appID, strings.ToUpper(appID))}, scopes},
		{"charset", call{body: post("scope", scopes), ctype: "application/x-www-form-urlencoded; charset=ISO-8859-1"}, scopes},
		{"content type in upper case, odd parameters", call{body: post("scope", scopes), ctype: "Application/X-WWW-Form-URLencoded;;="}, scopes},
		{"unknown fields", call{body: post("scope", scopes, "resource", "x", "audience", "y")}, scopes},
		{"empty fields", call{body: post("scope", scopes, "code", "") + "&="}, scopes},
		{"fields in the query", call{path: "/connect/token?grant_type=password&scope=x&client_secret=y", body: post("scope", scopes)}, scopes},
		{"trailing slash", call{path: "/connect/token/", body: post("scope", scopes)}, scopes},
		{"ampersands", call{body: "&&" + post("scope", scopes) + "&"}, scopes},
		{"Accept", call{body: post("scope", scopes), headers: map[string]string{"Accept": "application/xml"}}, scopes},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := w.do(t, tt.call)
			if rec.Code != http.StatusOK {
				t.Fatalf("answered %d %s", rec.Code, rec.Body)
			}
			for name, want := range map[string]string{
				"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "Pragma": "no-cache",
			} {
				if got := rec.Header().Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			m := decode(t, rec)
			text, _ := m["access_token"].(string)
			delete(m, "access_token")
			if diff := cmp.Diff(map[string]any{"expires_in": 3600.0, "token_type": "Bearer", "scope": tt.want}, m); diff != "" {
				t.Errorf("the answer differs (-want +got):\n%s", diff)
			}
			access, err := w.tokens.Check(text)
			if err != nil || access.App.ID != appID || access.Scope.String() != tt.want {
				t.Errorf("Check = %+v, %v", access, err)
			}
		})
	}
}

func TestCodeGrant(t *testing.T) {
	t.Parallel()
	form := func(more ...string) string {
		return fields(append([]string{"grant_type", "authorization_code", "client_id", appID, "client_secret", secret(), "redirect_uri", back, "code", "good"}, more...)...)
	}
	tests := []struct {
		name    string
		headers map[string]string
		want    redirect.Resource
	}{
		{"consent", map[string]string{"X-ConsentId": "c", "X-ConsentAuthorisationId": "a"}, redirect.Resource{Kind: "consent", ID: "c", AuthorisationID: "a"}},
		{"payment", map[string]string{"X-PaymentId": "p", "X-PaymentAuthorisationId": "a"}, redirect.Resource{Kind: "payment", ID: "p", AuthorisationID: "a"}},
		{"basket", map[string]string{"X-BasketId": "b", "X-BasketAuthorisationId": "a", "X-ConsentId": ""}, redirect.Resource{Kind: "basket", ID: "b", AuthorisationID: "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			rec := w.do(t, call{body: form("scope", "x", "code_verifier", "v"), headers: tt.headers})
			if rec.Code != http.StatusOK || decode(t, rec)["scope"] != "accountinformation private" {
				t.Fatalf("answered %d %s", rec.Code, rec.Body)
			}
			got := *w.codes.seen
			if got.App.ID != appID || got.Code != "good" || got.RedirectURI != back || got.Scope != "x" || got.Verifier != "v" {
				t.Errorf("the exchange is %+v", got)
			}
			if diff := cmp.Diff(tt.want, got.Resource); diff != "" {
				t.Errorf("the resource differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct{ name, in, want string }{ // any if want is empty
		{"UUID", "C232AB00-9414-11EC-B3C8-9F6BDECED846", "C232AB00-9414-11EC-B3C8-9F6BDECED846"},
		{"other", "call 7", "call 7"},
		{"not ASCII", "Malmö", ""},
		{"long", strings.Repeat("x", 129), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, body := range []string{post("scope", "accountinformation private"), ""} {
				got := w.do(t, call{body: body, headers: map[string]string{"X-Request-ID": tt.in}}).Header().Get("X-Request-ID")
				if tt.want != "" && got != tt.want || got == tt.in && tt.want == "" {
					t.Errorf("X-Request-ID %q is answered %q, want %q", tt.in, got, tt.want)
				}
			}
		})
	}
}

func BenchmarkToken(b *testing.B) {
	w := newWorld(b)
	body := post("scope", "accountinformation private")
	b.ReportAllocs()
	for b.Loop() {
		if rec := w.do(b, call{body: body}); rec.Code != http.StatusOK {
			b.Fatal(rec.Body)
		}
	}
}
