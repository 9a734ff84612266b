package portal_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sso"
	"sluss.example/sluss/internal/sso/ssotest"
)

// A provider is an OpenID Connect provider that lets everybody in at once.
type provider struct {
	*ssotest.Provider
	rig *rig
}

func newProvider(t *testing.T, r *rig) *provider {
	t.Helper()
	p := &provider{Provider: ssotest.Start(t, r.clock.Now), rig: r}
	r.h.SSO = &sso.Provider{
		Issuer: p.URL, ClientID: ssotest.ClientID, Secret: ssotest.Secret, Redirect: r.web.URL + callback, Domains: []string{"example.com"},
		Claim: "groups=sluss-operators", Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: r.clock,
	}
	return p
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
	if !u.Operator || u.Password != "" || u.VerifiedAt.IsZero() || u.External != p.URL+" 1234" || u.Name != "Opal" {
		t.Errorf("the account is %+v", u)
	}
	b.get("/portal/sso").at(200, "/portal/organisations/new")
	r.clock.Advance(time.Hour)
	b.get("/portal/operator/keys").post("/portal/operator/keys").expect(200, "/portal/prove?to=%2Fportal", "Single sign-on again")
	b.get("/portal/sso?prove=yes&to=%2Fportal%2Foperator%2Fkeys").expect(200, "/portal/operator/keys").post("/portal/operator/keys").expect(200, "/portal/operator/keys", "successor is made")
	r.browser().get("/portal/sso?to=https%3A%2F%2Fevil.example").at(200, "/portal/organisations/new")

	p.Claims["groups"] = []string{"x"} // no operator any more: out at once
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
		{"address in userinfo", func(p *provider) { p.InInfo = true }, 200, ""},
		{"claim in a path", func(p *provider) {
			p.rig.h.SSO.Claim = "realm_access.roles=op"
			p.Claims["realm_access"] = map[string]any{"roles": []string{"op"}}
		}, 200, ""},

		{"provider refuses", func(p *provider) {
			p.Answer = func(q url.Values) {
				q.Del("code")
				q.Set("error", "access_denied")
				q.Set("error_description", "<b>no")
			}
		}, 403, "did not let you in"},
		{"another state", func(p *provider) { p.Answer = func(q url.Values) { q.Set("state", "x") } }, 400, "Begin again"},
		{"another issuer's answer", func(p *provider) { p.Answer = func(q url.Values) { q.Set("iss", "https://evil.example") } }, 400, "Begin again"},
		{"another code", func(p *provider) { p.Answer = func(q url.Values) { q.Set("code", "stolen") } }, 400, "Begin again"},
		{"another nonce", func(p *provider) { p.Tamper = func(c map[string]any) { c["nonce"] = "x" } }, 400, "Begin again"},
		{"another audience", func(p *provider) { p.Tamper = func(c map[string]any) { c["aud"] = "x" } }, 400, "Begin again"},
		{"another issuer", func(p *provider) { p.Tamper = func(c map[string]any) { c["iss"] = "https://evil.example" } }, 400, "Begin again"},
		{"expired", func(p *provider) { p.Tamper = func(c map[string]any) { c["exp"] = noon.Add(-time.Hour).Unix() } }, 400, "Begin again"},
		{"another key", func(p *provider) { p.NewKey() }, 400, "Begin again"},
		{"another domain", func(p *provider) { p.Claims["email"] = "op@evil.example" }, 403, "not of a domain"},
		{"domain as a part", func(p *provider) { p.Claims["email"] = "op@example.com.evil.example" }, 403, "not of a domain"},
		{"address not verified", func(p *provider) { p.Claims["email_verified"] = false }, 403, "does not vouch"},
		{"address nobody speaks of", func(p *provider) { delete(p.Claims, "email_verified") }, 403, "does not vouch"},
		{"no claim", func(p *provider) { delete(p.Claims, "groups") }, 403, "not among the operators"},
		{"provider away", func(p *provider) { p.Close() }, 409, "does not answer"},
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
	p.Answer = func(q url.Values) { back = callback + "?" + q.Encode() }
	b := r.browser().get("/portal/sso")
	b.get(back).at(400, callback, "not begun in this browser") // used twice
	r.clock.Advance(sso.Life)
	b = r.browser()
	p.Answer = func(url.Values) { r.clock.Advance(sso.Life) }
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
