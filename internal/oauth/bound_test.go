package oauth_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/jose/josetest"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/token"
)

// cnf returns what introspection tells that a token is bound to, and its type.
func (w *boundWorld) cnf(t *testing.T, c call, raw string) (map[string]any, string) {
	t.Helper()
	c.path, c.body = "/connect/introspect", c.body+"&token="+raw
	got := decode(t, w.do(t, c))
	if got["active"] != true {
		t.Fatalf("introspection tells %v", got)
	}
	bound, _ := got["cnf"].(map[string]any)
	kind, _ := got["token_type"].(string)
	return bound, kind
}

// TestBound has every way to get a token that is bound, or by a certificate,
// and uses it.
func TestBound(t *testing.T) {
	t.Parallel()
	w := newBoundWorld(t)
	key := josetest.Thumbprint(t, keysOf(t)["ec"].Public())
	thumbprint := func(name string) string { return w.certs[name].Thumbprint() }
	tests := []struct {
		name string
		call call
		asks call // how it asks about the token; as it got it if empty
		want map[string]any
	}{
		{"tls_client_auth", call{body: byCertificate(tlsID), headers: w.with("good")}, call{}, nil},
		{"tls_client_auth, renewed", call{body: byCertificate(tlsID), headers: w.with("renewed")}, call{}, nil},
		{"tls_client_auth, upper case", call{body: byCertificate(strings.ToUpper(tlsID)), headers: w.with("good")}, call{}, nil},
		{"self_signed_tls_client_auth", call{body: byCertificate(selfID), headers: w.with("own")}, call{}, nil},
		{"certificate beside a secret", call{body: bySecret(appID), headers: w.with("stranger")}, call{}, nil},
		{"unreadable certificate beside a secret", call{body: bySecret(appID), headers: pairs("Client-Cert", "x")}, call{}, nil},
		{"bound to a certificate", call{body: bySecret(certID), headers: w.with("good")}, call{}, map[string]any{"x5t#S256": thumbprint("good")}},
		{"bound to a stranger's certificate", call{body: bySecret(certID), headers: w.with("stranger")}, call{}, map[string]any{"x5t#S256": thumbprint("stranger")}},
		{"bound to a key", call{body: bySecret(dpopID), headers: pairs("DPoP", w.proof(t, nil))}, call{body: bySecret(dpopID)}, map[string]any{"jkt": key}},
		{"bound to both", call{body: bySecret(certID), headers: w.with("good", "DPoP", w.proof(t, nil))}, call{body: bySecret(certID)}, map[string]any{"jkt": key, "x5t#S256": thumbprint("good")}},
		{
			"FAPI 2.0 with a proof",
			call{body: asserted(asFAPI("rsa", nil).sign(t, "a")), headers: w.with("good", "DPoP", w.proof(t, nil))},
			call{body: asserted(asFAPI("ec", nil).sign(t, "b"))},
			map[string]any{"jkt": key},
		},
		{
			"FAPI 2.0 with a certificate",
			call{body: asserted(asFAPI("ed", nil).sign(t, "c")), headers: w.with("good")},
			call{body: asserted(asFAPI("ed", nil).sign(t, "d"))},
			map[string]any{"x5t#S256": thumbprint("good")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			raw, kind := w.ask(t, tt.call)
			if tt.asks.body == "" {
				tt.asks = tt.call
			}
			want := "Bearer"
			if tt.want["jkt"] != nil {
				want = "DPoP"
			}
			bound, told := w.cnf(t, tt.asks, raw)
			if diff := cmp.Diff(tt.want, bound); diff != "" || kind != want || told != want {
				t.Errorf("a %s token, told of as %s (-want +got):\n%s", kind, told, diff)
			}
			use := callBanks(kind+" "+raw, nil)
			if cert := tt.call.headers["Client-Cert"]; tt.want["x5t#S256"] != nil {
				use.headers["Client-Cert"] = cert
			}
			if want == "DPoP" {
				use.headers["DPoP"] = w.apiProof(t, raw, nil)
			}
			rec := w.do(t, use)
			if rec.Code != http.StatusOK || (rec.Header().Get("DPoP-Nonce") == w.tokens.Nonce()) != (want == "DPoP") {
				t.Errorf("its use is answered %d %v %s", rec.Code, rec.Header(), rec.Body)
			}
		})
	}
}

// TestProofs has good proofs of every kind.
func TestProofs(t *testing.T) {
	t.Parallel()
	w := newBoundWorld(t)
	w.clock.Advance(3 * time.Minute) // into a period of nonces
	now := w.clock.Now()
	for name, change := range map[string]func(*josetest.Proof){
		"ES256":           nil,
		"EdDSA":           func(p *josetest.Proof) { p.Key = keysOf(t)["ed"] },
		"PS256":           func(p *josetest.Proof) { p.Key = keysOf(t)["rsa"] },
		"RS256":           func(p *josetest.Proof) { p.Key, p.Alg = keysOf(t)["rsa"], "RS256" },
		"host in capital": func(p *josetest.Proof) { p.URL = "HTTPS://Auth.Example/connect/token" },
		"port":            func(p *josetest.Proof) { p.URL = "https://auth.example:443/connect/token" },
		"query":           func(p *josetest.Proof) { p.URL = tokenURL + "?x=y#z" },
		"slash":           func(p *josetest.Proof) { p.URL = tokenURL + "/" },
		"clock behind":    func(p *josetest.Proof) { p.At = now.Add(-119 * time.Second) },
		"clock ahead":     func(p *josetest.Proof) { p.At = now.Add(60 * time.Second) },
		"last nonce":      func(p *josetest.Proof) { p.Nonce = w.tokens.Nonces.At(now.Add(-5 * time.Minute)) },
		"next nonce":      func(p *josetest.Proof) { p.Nonce = w.tokens.Nonces.At(now.Add(5 * time.Minute)) },
		"more claims":     func(p *josetest.Proof) { p.Claims = map[string]any{"exp": 1, "x": []int{1}} },
		"iat in fractions": func(p *josetest.Proof) {
			p.Claims = map[string]any{"iat": float64(now.Unix()) + 0.5}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := w.proof(t, func(p *josetest.Proof) {
				p.At = now
				if change != nil {
					change(p)
				}
			})
			rec := w.do(t, call{body: bySecret(appID), headers: pairs("DPoP", raw)})
			if rec.Code != http.StatusOK || rec.Header().Get("DPoP-Nonce") != w.tokens.Nonce() {
				t.Errorf("answered %d %v %s", rec.Code, rec.Header(), rec.Body)
			}
		})
	}
}

// TestNonceFirst has a client that does not know the nonce yet: it is told, and
// has not spent its assertion.
func TestNonceFirst(t *testing.T) {
	t.Parallel()
	w := newBoundWorld(t)
	c := call{body: asserted(asFAPI("ec", nil).sign(t, "nonce first")), headers: pairs("DPoP", w.proof(t, func(p *josetest.Proof) { p.Nonce = "" }))}
	rec := w.do(t, c)
	checkRefusal(t, rec, 400, "use_dpop_nonce", proofNonce)
	nonce := rec.Header().Get("DPoP-Nonce")
	c.headers = pairs("DPoP", w.proof(t, func(p *josetest.Proof) { p.Nonce = nonce }))
	if _, kind := w.ask(t, c); kind != "DPoP" {
		t.Errorf("the token is a %s", kind)
	}
}

// TestReuseBound has an app whose active token is handed out again: only to
// who could use it.
func TestReuseBound(t *testing.T) {
	t.Parallel()
	w := newBoundWorld(t)
	_, err := w.db.UpdateApp(t.Context(), certID, func(a *app.App) ([]event.Event, error) {
		a.Extensions.TokenPolicy = "reuse"
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.tokens.Apps.(*app.Directory).Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask := func(cert, key string) string {
		t.Helper()
		h := w.with(cert)
		if key != "" {
			h["DPoP"] = w.proof(t, func(p *josetest.Proof) { p.Key = keysOf(t)[key] })
		}
		raw, _ := w.ask(t, call{body: bySecret(certID), headers: h})
		return raw
	}
	seen := map[string]string{}
	for _, by := range [][2]string{{"good", ""}, {"renewed", ""}, {"good", "ec"}, {"good", "ed"}, {"renewed", "ec"}} {
		raw := ask(by[0], by[1])
		if again := ask(by[0], by[1]); again != raw {
			t.Errorf("%v: another token the second time", by)
		}
		if who := seen[raw]; who != "" {
			t.Errorf("%v has the token of %s", by, who)
		}
		seen[raw] = strings.Join(by[:], " ")
	}
}

// TestKindsOfRefusal looks that a refused certificate is told of in the audit
// trail as what it is, though not to the client.
func TestKindsOfRefusal(t *testing.T) {
	t.Parallel()
	w, l := newBoundWorld(t), &trail{}
	mux := http.NewServeMux()
	(&oauth.Handler{Tokens: w.tokens, Keys: w.tokens.Keys, Exchanger: w.codes, Certificates: w.certificates, Audit: l}).Mount(mux)
	w.handler = mux
	for cert, want := range map[string]string{
		"expired": "certificate_expired", "revoked": "certificate_revoked", "blocked": "certificate_blocked", "other": "certificate_invalid",
	} {
		l.kinds = nil
		w.do(t, call{body: byCertificate(tlsID), headers: w.with(cert)})
		if want = "token.refused " + want; len(l.kinds) != 1 || l.kinds[0] != want {
			t.Errorf("%s: the trail has %q, want %q", cert, l.kinds, want)
		}
	}
}

// TestPromises has discovery documents that tell what there is.
func TestPromises(t *testing.T) {
	t.Parallel()
	w := newBoundWorld(t)
	discover := func(change func(*oauth.Handler)) map[string]any {
		t.Helper()
		h := &oauth.Handler{Tokens: w.tokens, Keys: w.tokens.Keys, Exchanger: w.codes}
		change(h)
		mux := http.NewServeMux()
		h.Mount(mux)
		w.handler = mux
		var m map[string]any
		if err := json.Unmarshal(w.do(t, call{method: http.MethodGet, path: openID}).Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	const alias = "https://mtls.example"
	m := discover(func(h *oauth.Handler) { h.Accepts, h.MTLSBase = true, alias })
	aliases := map[string]any{
		"token_endpoint": alias + "/connect/token", "introspection_endpoint": alias + "/connect/introspect", "revocation_endpoint": alias + "/connect/revocation",
	}
	methods := []any{"client_secret_post", "client_secret_basic", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}
	if diff := cmp.Diff(methods, m["token_endpoint_auth_methods_supported"]); diff != "" || m["tls_client_certificate_bound_access_tokens"] != true ||
		!cmp.Equal(m["mtls_endpoint_aliases"], any(aliases)) {
		t.Errorf("with certificates: %v %s", m, diff)
	}
	m = discover(func(h *oauth.Handler) { h.MTLSBase = alias })
	if diff := cmp.Diff(methods[:3], m["token_endpoint_auth_methods_supported"]); diff != "" || m["tls_client_certificate_bound_access_tokens"] != false || m["mtls_endpoint_aliases"] != nil {
		t.Errorf("without certificates: %v %s", m, diff)
	}
	if diff := cmp.Diff([]any{"ES256", "EdDSA", "PS256", "RS256"}, m["dpop_signing_alg_values_supported"]); diff != "" {
		t.Errorf("algorithms of proofs (-want +got):\n%s", diff)
	}
	w.tokens.Authority = nil
	m = discover(func(h *oauth.Handler) { h.Accepts = true })
	want := []any{methods[0], methods[1], methods[2], methods[4]}
	if diff := cmp.Diff(want, m["token_endpoint_auth_methods_supported"]); diff != "" {
		t.Errorf("without issuers (-want +got):\n%s", diff)
	}
}

func FuzzProof(f *testing.F) {
	w := newBoundWorld(f)
	for _, s := range []string{w.proof(f, nil), "a.b.c", "eyJhbGciOiJub25lIn0..", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := w.tokens.CheckProof(&token.ProofRequest{Headers: []string{raw}, Method: http.MethodPost, URLs: []string{tokenURL}})
		if (p == nil) == (err == nil) {
			t.Fatalf("CheckProof of %q = %v, %v", raw, p, err)
		}
		if p == nil {
			return
		}
		said, err := jose.ParseProof(raw)
		if err != nil || said.Method != http.MethodPost || said.Thumbprint != p.Thumbprint || !w.tokens.Nonces.Good(said.Nonce, noon()) {
			t.Fatalf("CheckProof of %q = %v, though it says %+v, %v", raw, p, said, err)
		}
	})
}
