package oauth_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/api/apitest"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/jose/josetest"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
)

const (
	tlsID  = "6f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f16" // tls_client_auth
	selfID = "7f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f17" // self_signed_tls_client_auth
	fapiID = "8f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f18" // held to FAPI 2.0
	dpopID = "bf7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f1b" // must send proofs
	certID = "af7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f1a" // has its tokens bound to its certificate

	tokenURL = "https://auth.example/connect/token"
	banks    = "/psd2/aspspinformation/v1/aspsps"
	banksURL = "https://api.example" + banks
)

// productionKey is in the context of a request to the APIs of production.
type productionKey struct{}

// A boundWorld is a world with client certificates, nonces and APIs.
type boundWorld struct {
	*world
	certs      map[string]*certtest.Client
	production *token.Service
}

func newBoundWorld(t testing.TB) *boundWorld {
	t.Helper()
	w := &boundWorld{world: newWorld(t)}
	authority := w.makeCertificates(t)
	w.makeApps(t)
	w.certificates = &web.Certificates{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	w.tokens.Authority, w.tokens.Nonces = authority, token.NewNonces([32]byte{7})
	w.serve(t, w.tokens)
	w.production = &token.Service{
		Apps: w.tokens.Apps, Keys: w.tokens.Keys, Clock: w.clock, Gate: token.NewGate(), Issuer: w.tokens.Issuer,
		Environment: app.Production, Lifetime: time.Hour, Nonces: w.tokens.Nonces,
	}
	none, err := bank.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	sandbox := &api.Handler{Tokens: w.tokens, Banks: none, Clock: w.clock, AuthBase: w.tokens.Issuer, APIBase: "https://api.example", Certificates: w.certificates}
	production := &api.Handler{Tokens: w.production, Banks: none, Clock: w.clock, AuthBase: w.tokens.Issuer, APIBase: "https://api.example", Certificates: w.certificates, Authority: authority}
	inSandbox := apitest.New(t).Handler(web.Observer{}.Observe(sandbox.Routes()))
	inProduction := apitest.New(t).Handler(web.Observer{}.Observe(production.Routes()))
	tokens := w.handler
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, "/psd2/"):
			tokens.ServeHTTP(rw, r)
		case r.Context().Value(productionKey{}) != nil:
			inProduction.ServeHTTP(rw, r)
		default:
			inSandbox.ServeHTTP(rw, r)
		}
	})
	return w
}

func (w *boundWorld) makeCertificates(t testing.TB) *certificate.Authority {
	t.Helper()
	ca, stranger := certtest.NewIssuer(t, noon()), certtest.NewIssuer(t, noon())
	until := func(d time.Duration) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = noon().Add(d) }
	}
	w.certs = map[string]*certtest.Client{
		"good": ca.Issue(t, nil), "renewed": ca.Issue(t, nil), "revoked": ca.Issue(t, nil), "blocked": ca.Issue(t, nil), "stranger": stranger.Issue(t, nil),
		"expired": ca.Issue(t, until(-time.Minute)),
		"future":  ca.Issue(t, func(c *x509.Certificate) { c.NotBefore = noon().Add(time.Hour) }),
		"server":  ca.Issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		"other": ca.Issue(t, func(c *x509.Certificate) {
			c.Subject = pkix.Name{CommonName: "other", Organization: []string{"Other AB"}, Country: []string{"SE"}}
		}),
		"own": certtest.SelfSigned(t, noon(), nil), "own expired": certtest.SelfSigned(t, noon(), until(-time.Minute)),
	}
	authority, err := certificate.NewAuthority(ca.PEM())
	if err != nil {
		t.Fatal(err)
	}
	blocked, err := certificate.NewBlocklist([]string{w.certs["blocked"].Cert.SerialNumber.Text(16)})
	lists := &certificate.Lists{}
	if err := errors.Join(err, lists.Set(authority, ca.Revoke(t, w.certs["revoked"].Cert))); err != nil {
		t.Fatal(err)
	}
	authority.Registers = []certificate.Register{blocked, lists}
	return authority
}

func (w *boundWorld) makeApps(t testing.TB) {
	t.Helper()
	var own app.Security
	own.Methods = []app.Method{app.BySelfSigned}
	own.Register([]*x509.Certificate{w.certs["own"].Cert, w.certs["own expired"].Cert})
	for id, s := range map[string]app.Security{
		tlsID:  {Methods: []app.Method{app.ByCertificate}, Subject: certificate.Subject{DN: "CN=ledger,O=Example AB,C=SE"}},
		selfID: own,
		fapiID: {FAPI2: true},
		dpopID: {RequireDPoP: true},
		certID: {BindCertificate: true},
	} {
		a, err := app.New(app.App{ID: id, Name: "x", Environment: app.Sandbox, Scopes: []scope.API{scope.AccountInformation}, RedirectURIs: []string{back}}, noon())
		err = errors.Join(err, a.PutSecret(app.SecretText(secret()), "", noon(), time.Time{}), a.SetSecurity(s))
		if id == fapiID {
			err = errors.Join(err, a.SetKeys(publicKeys(t)))
		}
		if err = errors.Join(err, w.db.InsertApp(t.Context(), a)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.db.UpdateApp(t.Context(), foreignID, func(a *app.App) ([]event.Event, error) {
		a.Extensions.Organisation = "Example AB"
		return nil, nil
	})
	if err := errors.Join(err, w.tokens.Apps.(*app.Directory).Refresh(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// with returns the header of a proxy that tells of a certificate.
func (w *boundWorld) with(name string, more ...string) map[string]string {
	h := map[string]string{}
	if name != "" {
		h["Client-Cert"] = w.certs[name].Field()
	}
	for i := 0; i < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return h
}

// proof returns a good proof for the token endpoint.
func (w *boundWorld) proof(t testing.TB, change func(*josetest.Proof)) string {
	t.Helper()
	p := josetest.Proof{Key: keysOf(t)["ec"], Method: http.MethodPost, URL: tokenURL, At: noon(), Nonce: w.tokens.Nonce()}
	if change != nil {
		change(&p)
	}
	return p.Sign(t)
}

// apiProof returns a good proof for the APIs.
func (w *boundWorld) apiProof(t testing.TB, raw string, change func(*josetest.Proof)) string {
	t.Helper()
	return w.proof(t, func(p *josetest.Proof) {
		p.Method, p.URL, p.Token = http.MethodGet, banksURL, raw
		if change != nil {
			change(p)
		}
	})
}

// ask asks for a token and returns it with its type.
func (w *boundWorld) ask(t testing.TB, c call) (raw, kind string) {
	t.Helper()
	rec := w.do(t, c)
	if rec.Code != http.StatusOK {
		t.Fatalf("asked for a token, answered %d %s", rec.Code, rec.Body)
	}
	var got struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return got.AccessToken, got.TokenType
}

// bySecret returns the form of an app that asks for a token by its secret.
func bySecret(id string) string {
	return fields("grant_type", "client_credentials", "scope", "accountinformation private", "client_id", id, "client_secret", secret())
}

// byCertificate returns the form of an app that asks for a token by its
// certificate.
func byCertificate(id string, more ...string) string {
	return fields(append([]string{"grant_type", "client_credentials", "scope", "accountinformation private", "client_id", id}, more...)...)
}

// asFAPI returns an assertion of the app that is held to FAPI 2.0.
func asFAPI(key string, change map[string]any) assertion {
	claims := map[string]any{"iss": fapiID, "sub": fapiID}
	for name, v := range change {
		claims[name] = v
	}
	return assertion{key, "", algorithmOf(key), claims}
}

// callBanks returns a call of the APIs.
func callBanks(authorization string, headers map[string]string) call {
	h := map[string]string{"X-Request-ID": "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11"}
	if authorization != "" {
		h["Authorization"] = authorization
	}
	for name, value := range headers {
		h[name] = value
	}
	return call{method: http.MethodGet, path: banks, ctype: "none", headers: h}
}
