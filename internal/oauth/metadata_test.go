package oauth_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/token"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	openID = "/.well-known/openid-configuration"
	rfc    = "/.well-known/oauth-authorization-server"
	jwks   = "/.well-known/openid-configuration/jwks"
)

func TestDiscoveryGolden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.do(t, call{method: http.MethodGet, path: openID})
	var got bytes.Buffer
	if err := json.Indent(&got, rec.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	const file = "testdata/discovery.json"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("discovery is\n%s, want\n%s", got.Bytes(), want)
	}
	if other := w.do(t, call{method: http.MethodGet, path: rfc}); !bytes.Equal(other.Body.Bytes(), rec.Body.Bytes()) {
		t.Errorf("the two documents differ:\n%s\n%s", rec.Body, other.Body)
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{openID, rfc, jwks, jwks + "/", openID + "/"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			rec := w.do(t, call{method: http.MethodGet, path: path})
			etag := rec.Header().Get("ETag")
			if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/json; charset=utf-8" ||
				rec.Header().Get("Cache-Control") != "public, max-age=3600" || len(etag) < 10 || rec.Body.Len() == 0 {
				t.Errorf("answered %d %v", rec.Code, rec.Header())
			}
			tests := []struct {
				name, header string
				want         int
			}{
				{"same", etag, 304},
				{"weak", "W/" + etag, 304},
				{"list", `"x", ` + etag, 304},
				{"any", "*", 304},
				{"other", `"x"`, 200},
				{"none", "", 200},
			}
			for _, tt := range tests {
				got := w.do(t, call{method: http.MethodGet, path: path, headers: map[string]string{"If-None-Match": tt.header}})
				if got.Code != tt.want || got.Header().Get("ETag") != etag || (got.Code == 304) != (got.Body.Len() == 0) {
					t.Errorf("%s: If-None-Match %q is answered %d with %d bytes, want %d", tt.name, tt.header, got.Code, got.Body.Len(), tt.want)
				}
			}
			wrong := w.do(t, call{method: http.MethodPost, path: path})
			if wrong.Code != http.StatusMethodNotAllowed || wrong.Header().Get("Allow") != "GET, HEAD" || decode(t, wrong)["error"] != "invalid_request" ||
				wrong.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("POST is answered %d %v %s", wrong.Code, wrong.Header(), wrong.Body)
			}
		})
	}
}

// TestDiscoveryAlgorithms looks that the documents tell of a further algorithm
// as soon as its key is published.
func TestDiscoveryAlgorithms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(t, call{method: http.MethodGet, path: openID}) // rendered once
	w.tokens.Keys.Want(jose.EdDSA, nil)
	if err := w.tokens.Keys.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	rec := w.do(t, call{method: http.MethodGet, path: openID})
	if !strings.Contains(compact(t, rec), `"id_token_signing_alg_values_supported":["RS256","EdDSA"]`) {
		t.Errorf("discovery is %s, want both algorithms in it", rec.Body)
	}
	rec = w.do(t, call{method: http.MethodGet, path: jwks})
	if !strings.Contains(compact(t, rec), `"kty":"OKP","use":"sig","alg":"EdDSA"`) {
		t.Errorf("the JWKS is %s, want the new key in it", rec.Body)
	}
}

// compact returns the body of an answer without white space.
func compact(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, rec.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBase has a client that called another name of the same service: the
// addresses are under that name, the issuer stays.
func TestBase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mux := http.NewServeMux()
	h := &oauth.Handler{Tokens: w.tokens, Keys: w.tokens.Keys, Exchanger: w.codes, Base: func(r *http.Request) string { return "https://" + r.Host }}
	h.Mount(mux)
	for host, want := range map[string]string{"auth.example": "https://auth.example", "other.example": "https://other.example"} {
		r := httptest.NewRequest(http.MethodGet, openID, http.NoBody)
		r.Host = host
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, r)
		m := decode(t, rec)
		if m["issuer"] != "https://auth.example" || m["token_endpoint"] != want+"/connect/token" || m["jwks_uri"] != want+jwks {
			t.Errorf("under %s: %v", host, m)
		}
	}
}

// TestLibraries lets libraries of others discover us, get a token and verify
// it by our keys.
func TestLibraries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h := &oauth.Handler{Tokens: &token.Service{
		Apps: w.tokens.Apps, Keys: w.tokens.Keys, Clock: w.clock, Gate: token.NewGate(),
		Issuer: server.URL, Environment: "sandbox", Lifetime: time.Hour,
	}, Keys: w.tokens.Keys, Exchanger: w.codes}
	h.Mount(mux)
	provider, err := oidc.NewProvider(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, style := range map[string]oauth2.AuthStyle{"post": oauth2.AuthStyleInParams, "Basic": oauth2.AuthStyleInHeader} {
		c := clientcredentials.Config{
			ClientID: appID, ClientSecret: secret(), TokenURL: provider.Endpoint().TokenURL,
			Scopes: []string{"accountinformation", "corporate"}, AuthStyle: style,
		}
		tok, err := c.Token(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if tok.Type() != "Bearer" || tok.Extra("scope") != "accountinformation corporate" {
			t.Errorf("%s: the token is a %s for %v", name, tok.Type(), tok.Extra("scope"))
		}
		verifier := provider.Verifier(&oidc.Config{ClientID: server.URL + "/resources", Now: w.clock.Now})
		verified, err := verifier.Verify(t.Context(), tok.AccessToken)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var claims struct {
			Scope []string `json:"scope"`
			Sub   *string  `json:"sub"`
		}
		if err := verified.Claims(&claims); err != nil || len(claims.Scope) != 2 || claims.Sub != nil || !verified.Expiry.Equal(noon().Add(time.Hour)) {
			t.Errorf("%s: the claims are %+v, %v", name, claims, err)
		}
	}
	wrong := clientcredentials.Config{ClientID: appID, ClientSecret: "x", TokenURL: provider.Endpoint().TokenURL}
	if _, err := wrong.Token(t.Context()); err == nil {
		t.Error("a wrong secret gets a token")
	}
}
