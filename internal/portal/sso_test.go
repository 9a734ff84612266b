package portal_test

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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sso"
)

// A provider is a small OpenID Connect provider that lets everybody in at once.
type provider struct {
	t      *testing.T
	web    *httptest.Server
	key    *ecdsa.PrivateKey
	rig    *rig
	tamper func(claims map[string]any) // before they are signed; may be nil
	answer func(q url.Values)          // before the browser goes back; may be nil
	inInfo bool                        // the address is in userinfo alone

	mu     sync.Mutex
	asked  url.Values // the last request for authorisation
	claims map[string]any
}

func newProvider(t *testing.T, r *rig) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, rig: r, claims: map[string]any{
		"sub": "1234", "email": "Op@Example.com", "email_verified": true, "name": "Opal", "groups": []string{"sluss-operators", "x"},
	}}
	mux := http.NewServeMux()
	p.web = httptest.NewServer(mux)
	t.Cleanup(p.web.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, map[string]any{
			"issuer": p.web.URL, "authorization_endpoint": p.web.URL + "/authorize", "token_endpoint": p.web.URL + "/token", "jwks_uri": p.web.URL + "/jwks",
			"userinfo_endpoint": p.web.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, req *http.Request) {
		p.mu.Lock()
		p.asked = req.URL.Query()
		p.mu.Unlock()
		q := url.Values{"code": {"c-1"}, "state": {p.asked.Get("state")}}
		if p.answer != nil {
			p.answer(q)
		}
		http.Redirect(w, req, p.asked.Get("redirect_uri")+"?"+q.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) { p.write(w, p.claims) })
	r.h.SSO = &sso.Provider{
		Issuer: p.web.URL, ClientID: "sluss", Secret: "s3cret", Redirect: r.web.URL + "/portal/sso/callback", Domains: []string{"example.com"},
		Claim: "groups=sluss-operators", Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: r.clock,
	}
	return p
}

func (p *provider) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

// token checks what a client must bring, PKCE too, and hands the ID token out.
func (p *provider) token(w http.ResponseWriter, req *http.Request) {
	id, secret, _ := req.BasicAuth()
	p.mu.Lock()
	asked := p.asked
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(req.PostFormValue("code_verifier")))
	if id != "sluss" || secret != "s3cret" || req.PostFormValue("code") != "c-1" || asked.Get("code_challenge_method") != "S256" ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || req.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		p.write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	now := p.rig.clock.Now()
	claims := maps.Clone(p.claims)
	if p.inInfo {
		delete(claims, "email")
		delete(claims, "email_verified")
	}
	maps.Copy(claims, map[string]any{"iss": p.web.URL, "aud": "sluss", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": asked.Get("nonce")})
	if asked.Get("max_age") == "0" {
		claims["auth_time"] = now.Unix()
	}
	if p.tamper != nil {
		p.tamper(claims)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k"}}, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	jws, err := signer.Sign(text)
	if err != nil {
		p.t.Error(err)
		return
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	p.write(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": compact})
}

const callback = "/portal/sso/callback"

// at cuts the query off the browser's path.
func (b *browser) at(status int, path string, parts ...string) *browser {
	b.r.t.Helper()
	b.path, _, _ = strings.Cut(b.path, "?")
	return b.expect(status, path, parts...)
}

func TestSSO(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.browser().get("/portal/sso").expect(404, "/portal/sso")
	r.browser().get(callback).expect(404, callback)
	p := newProvider(t, r)
	b := r.browser().get("/portal/sign-in").expect(200, "/portal/sign-in", "Single sign-on for operators")
	b.get("/portal/sso?to=%2Fportal%2Foperator").expect(200, "/portal/operator", "Nobody waits")
	u := r.user("op@example.com")
	if !u.Operator || u.Password != "" || u.VerifiedAt.IsZero() || u.External != p.web.URL+" 1234" || u.Name != "Opal" {
		t.Errorf("the account is %+v", u)
	}
	b.get("/portal/sso").at(200, "/portal/organisations/new")
	r.clock.Advance(time.Hour)
	b.get("/portal/operator/keys").post("/portal/operator/keys").expect(200, "/portal/prove?to=%2Fportal", "Single sign-on again")
	b.get("/portal/sso?prove=yes&to=%2Fportal%2Foperator%2Fkeys").expect(200, "/portal/operator/keys").post("/portal/operator/keys").expect(200, "/portal/operator/keys", "successor is made")
	r.browser().get("/portal/sso?to=https%3A%2F%2Fevil.example").at(200, "/portal/organisations/new")

	p.claims["groups"] = []string{"x"} // no operator any more: out at once
	r.browser().get("/portal/sso").at(403, callback, "not among the operators")
	b.get("/portal/operator").expect(200, "/portal/sign-in?to=%2Fportal%2Foperator")
	if u := r.user("op@example.com"); u.Operator {
		t.Error("the account is still an operator's")
	}
}

func TestSSORefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(p *provider)
		status int
		want   string
	}{
		{"address in userinfo", func(p *provider) { p.inInfo = true }, 200, ""},
		{"claim in a path", func(p *provider) {
			p.rig.h.SSO.Claim = "realm_access.roles=op"
			p.claims["realm_access"] = map[string]any{"roles": []string{"op"}}
		}, 200, ""},

		{"provider refuses", func(p *provider) {
			p.answer = func(q url.Values) {
				q.Del("code")
				q.Set("error", "access_denied")
				q.Set("error_description", "<b>no")
			}
		}, 403, "did not let you in"},
		{"another state", func(p *provider) { p.answer = func(q url.Values) { q.Set("state", "x") } }, 400, "Begin again"},
		{"another issuer's answer", func(p *provider) { p.answer = func(q url.Values) { q.Set("iss", "https://evil.example") } }, 400, "Begin again"},
		{"another code", func(p *provider) { p.answer = func(q url.Values) { q.Set("code", "stolen") } }, 400, "Begin again"},
		{"another nonce", func(p *provider) { p.tamper = func(c map[string]any) { c["nonce"] = "x" } }, 400, "Begin again"},
		{"another audience", func(p *provider) { p.tamper = func(c map[string]any) { c["aud"] = "x" } }, 400, "Begin again"},
		{"another issuer", func(p *provider) { p.tamper = func(c map[string]any) { c["iss"] = "https://evil.example" } }, 400, "Begin again"},
		{"expired", func(p *provider) { p.tamper = func(c map[string]any) { c["exp"] = noon.Add(-time.Hour).Unix() } }, 400, "Begin again"},
		{"another key", func(p *provider) { p.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }, 400, "Begin again"},
		{"another domain", func(p *provider) { p.claims["email"] = "op@evil.example" }, 403, "not of a domain"},
		{"domain as a part", func(p *provider) { p.claims["email"] = "op@example.com.evil.example" }, 403, "not of a domain"},
		{"address not verified", func(p *provider) { p.claims["email_verified"] = false }, 403, "does not vouch"},
		{"address nobody speaks of", func(p *provider) { delete(p.claims, "email_verified") }, 403, "does not vouch"},
		{"no claim", func(p *provider) { delete(p.claims, "groups") }, 403, "not among the operators"},
		{"provider away", func(p *provider) { p.web.Close() }, 409, "does not answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			p := newProvider(t, r)
			tt.change(p)
			b := r.browser().get("/portal/sso")
			if b.status != tt.status || !strings.Contains(b.body, tt.want) || strings.Contains(b.body, "<b>no") {
				t.Errorf("at %s with %d, want %d and %q:\n%s", b.path, b.status, tt.status, tt.want, b.body)
			}
			in := b.get("/portal/profile").path == "/portal/profile"
			if in != (tt.status == 200) {
				t.Errorf("signed in: %v", in)
			}
		})
	}
}

// What a browser did not begin it does not end.
func TestSSOForgery(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := newProvider(t, r)
	r.browser().get(callback+"?code=c-1&state=x").at(400, callback, "not begun in this browser")
	var back string
	p.answer = func(q url.Values) { back = callback + "?" + q.Encode() }
	b := r.browser().get("/portal/sso")
	b.get(back).at(400, callback, "not begun in this browser") // used twice
	r.clock.Advance(sso.Life)
	b = r.browser()
	p.answer = func(url.Values) { r.clock.Advance(sso.Life) }
	b.get("/portal/sso").at(400, callback, "too long")
}

// An account with a proved address is joined and loses its password; others
// are not.
func TestSSOJoins(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person("op@example.com")
	newProvider(t, r)
	r.browser().get("/portal/sso").at(200, "/portal/organisations/new")
	if u := r.user("op@example.com"); u.External == "" || u.Password != "" || !u.Operator {
		t.Errorf("the account is %+v", u)
	}
	r.browser().post("/portal/sign-in", "email", "op@example.com", "password", goodPassword).expect(422, "/portal/sign-in")

	r = newRig(t)
	newProvider(t, r)
	if err := r.people.SignUp(t.Context(), developer.NewAccount{Email: "op@example.com", Name: "Eve", Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	r.browser().get("/portal/sso").at(403, callback, "cannot be joined")

	r = newRig(t)
	newProvider(t, r)
	r.browser().get("/portal/sso")
	u := r.user("op@example.com")
	if _, err := r.people.SetDisabled(t.Context(), u.ID, true, "console"); err != nil {
		t.Fatal(err)
	}
	r.browser().get("/portal/sso").at(403, callback, "disabled")
	eve := newRig(t)
	newProvider(t, eve)
	eve.founder("eve@example.com", "E").get("/portal/sso").at(403, callback, "another account")
	if _, err := eve.people.Store.UserByEmail(t.Context(), "op@example.com"); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("an account was made: %v", err)
	}
}
