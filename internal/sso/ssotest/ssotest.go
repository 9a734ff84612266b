// Package ssotest is an OpenID Connect provider for tests: it has one person,
// checks what a client must bring, PKCE too, and can be told to answer wrongly.
package ssotest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// ClientID and Secret are those of the one client.
const (
	ClientID = "sluss"
	Secret   = "s3cret"
)

// code is what the browser brings back.
const code = "c-1"

// A Provider is an OpenID Connect provider. Its fields may be changed while
// nobody signs in.
type Provider struct {
	// URL is the issuer.
	URL string
	// Claims are what it knows of its person.
	Claims map[string]any
	// Tamper changes the claims of an ID token before it is signed; may be nil.
	Tamper func(claims map[string]any)
	// Answer changes what the browser brings back; may be nil.
	Answer func(q url.Values)
	// InInfo has the address stand in userinfo alone.
	InInfo bool
	// Page has it show a page, whose button lets the person in, and not send the
	// browser back at once.
	Page bool
	// Away has it not say what it is like.
	Away bool

	t   testing.TB
	web *httptest.Server
	now func() time.Time

	mu    sync.Mutex
	key   *ecdsa.PrivateKey // guarded by mu, like the rest
	asked url.Values        // the last request for authorisation
}

// Start starts a provider, whose clock is now, until the test ends. Its person
// is Opal, op@example.com, of the group sluss-operators.
func Start(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{t: t, now: now, Claims: map[string]any{
		"sub": "1234", "email": "Op@Example.com", "email_verified": true, "name": "Opal", "groups": []string{"sluss-operators", "x"},
	}}
	p.NewKey()
	published := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	mux := http.NewServeMux()
	p.web = httptest.NewServer(mux)
	p.URL = p.web.URL
	t.Cleanup(p.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if p.Away {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		p.write(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
			"userinfo_endpoint": p.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"},
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) { p.write(w, published) })
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("GET /yes", p.back)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) { p.write(w, p.Claims) })
	return p
}

// Close has the provider be away.
func (p *Provider) Close() { p.web.Close() }

// NewKey has it sign with another key than the one that it publishes.
func (p *Provider) NewKey() {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = key
}

func (p *Provider) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

// authorize notes what is asked for, and asks the person.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = r.URL.Query()
	p.mu.Unlock()
	if !p.Page {
		p.back(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!doctype html><html lang=en><link rel=icon href=data:,><title>Provider</title><style>:focus-visible { outline: 3px solid }</style><main><h1>Another site</h1><form action=/yes><button>Let me in</button></form></main>"))
}

// back sends the browser back.
func (p *Provider) back(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	asked := p.asked
	p.mu.Unlock()
	q := url.Values{"code": {code}, "state": {asked.Get("state")}}
	if p.Answer != nil {
		p.Answer(q)
	}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+q.Encode(), http.StatusFound)
}

// token hands the ID token out for the code.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	p.mu.Lock()
	asked, key := p.asked, p.key
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != ClientID || secret != Secret || r.PostFormValue("code") != code || asked.Get("code_challenge_method") != "S256" ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		p.write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	p.write(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.sign(p.idToken(asked), key)})
}

// idToken returns the claims of an ID token.
func (p *Provider) idToken(asked url.Values) map[string]any {
	now := p.now()
	claims := maps.Clone(p.Claims)
	if p.InInfo {
		delete(claims, "email")
		delete(claims, "email_verified")
	}
	maps.Copy(claims, map[string]any{"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": asked.Get("nonce")})
	if asked.Get("max_age") == "0" {
		claims["auth_time"] = now.Unix()
	}
	if p.Tamper != nil {
		p.Tamper(claims)
	}
	return claims
}

func (p *Provider) sign(claims map[string]any, key *ecdsa.PrivateKey) string {
	text, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	jws, err := signer.Sign(text)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return compact
}
