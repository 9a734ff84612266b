package oauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/token"
)

// appKeys are the private keys of the app that authenticates by assertion, and
// one of a stranger.
var appKeys = sync.OnceValues(func() (map[string]crypto.Signer, error) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	_, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	return map[string]crypto.Signer{"rsa": r, "ec": e, "ed": d, "stranger": stranger}, err
})

func keysOf(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	keys, err := appKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// publicKeys returns the JWKS that the app registers.
func publicKeys(t testing.TB) []byte {
	t.Helper()
	var set gojose.JSONWebKeySet
	for _, kid := range []string{"rsa", "ec", "ed"} {
		set.Keys = append(set.Keys, gojose.JSONWebKey{Key: keysOf(t)[kid].Public(), KeyID: kid, Use: "sig"})
	}
	b, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// An assertion is what a test signs.
type assertion struct {
	key    string
	kid    string // of the key if empty; none if "none"
	alg    gojose.SignatureAlgorithm
	change map[string]any // of the claims; nil takes one out
}

func (a assertion) sign(t testing.TB, jti string) string {
	t.Helper()
	var key any = keysOf(t)[a.key]
	if a.alg == gojose.HS256 {
		key = []byte(strings.Repeat("k", 32))
	}
	kid := a.kid
	if kid == "" {
		kid = a.key
	}
	options := new(gojose.SignerOptions).WithType("JWT")
	if kid != "none" {
		options = options.WithHeader("kid", kid)
	}
	signer, err := gojose.NewSigner(gojose.SigningKey{Algorithm: a.alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{
		"iss": signerID, "sub": signerID, "aud": "https://auth.example", "jti": jti,
		"exp": noon().Add(time.Minute).Unix(), "iat": noon().Unix(),
	}
	maps.Copy(claims, a.change)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

const bearerType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// asserted returns the form of an app that authenticates by the assertion.
func asserted(raw string, more ...string) string {
	return fields(append([]string{
		"grant_type", "client_credentials", "scope", "accountinformation private",
		"client_assertion_type", bearerType, "client_assertion", raw,
	}, more...)...)
}

func TestAssertion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	claim := func(name string, v any) map[string]any { return map[string]any{name: v} }
	at := func(d time.Duration) int64 { return noon().Add(d).Unix() }
	ed := func(change map[string]any) assertion { return assertion{"ed", "", gojose.EdDSA, change} }
	tests := []struct {
		name string
		in   assertion
		more []string
	}{
		{"RS256", assertion{"rsa", "", gojose.RS256, nil}, nil},
		{"PS256", assertion{"rsa", "", gojose.PS256, nil}, nil},
		{"ES256", assertion{"ec", "", gojose.ES256, nil}, nil},
		{"EdDSA", assertion{"ed", "", gojose.EdDSA, nil}, nil},
		{"no kid", assertion{"ec", "none", gojose.ES256, nil}, nil},
		{"aud is the endpoint", ed(claim("aud", "https://auth.example/connect/token")), nil},
		{"aud is a list", ed(claim("aud", []string{"x", "https://auth.example"})), nil},
		{"client_id", ed(nil), []string{"client_id", signerID}},
		{"clocks apart", ed(map[string]any{"exp": at(-59 * time.Second), "iat": at(-2 * time.Minute), "nbf": at(59 * time.Second)}), nil},
		{"an hour", ed(claim("exp", at(time.Hour))), nil},
		{"no iat", ed(claim("iat", nil)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			raw := tt.in.sign(t, tt.name)
			rec := w.do(t, call{body: asserted(raw, tt.more...)})
			if rec.Code != http.StatusOK {
				t.Fatalf("answered %d %s", rec.Code, rec.Body)
			}
			again := w.do(t, call{body: asserted(raw, tt.more...)})
			checkUnchallenged(t, again.Code, again.Header(), again.Body.String())
		})
	}
}

// checkUnchallenged checks the answer to an assertion that was refused: 401,
// but no challenge to send a password.
func checkUnchallenged(t *testing.T, code int, h http.Header, body string) {
	t.Helper()
	if code != http.StatusUnauthorized || body != "{\"error\":\"invalid_client\"}\n" || h.Get("WWW-Authenticate") != "" {
		t.Errorf("answered %d %v %s, want 401 invalid_client without detail", code, h, body)
	}
}

func TestAssertionElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := assertion{"ed", "", gojose.EdDSA, nil}.sign(t, "form")
	introspected := w.do(t, call{path: "/connect/introspect", body: fields("client_assertion_type", bearerType, "client_assertion", raw, "token", "x")})
	if introspected.Code != http.StatusOK {
		t.Errorf("introspection by assertion is answered %d %s", introspected.Code, introspected.Body)
	}
	w.serve(t, &token.Service{
		Apps: w.tokens.Apps, Keys: w.tokens.Keys, Clock: w.clock, Gate: token.NewGate(),
		Issuer: w.tokens.Issuer, Environment: app.Sandbox, Lifetime: time.Hour,
	})
	off := w.do(t, call{body: asserted(assertion{"ed", "", gojose.EdDSA, nil}.sign(t, "off"))})
	checkUnchallenged(t, off.Code, off.Header(), off.Body.String())
	if doc := w.do(t, call{method: http.MethodGet, path: openID}).Body.String(); strings.Contains(doc, "private_key_jwt") {
		t.Errorf("discovery promises private_key_jwt where it is off: %s", doc)
	}
}

func TestSetKeys(t *testing.T) {
	t.Parallel()
	private, err := json.Marshal(gojose.JSONWebKeySet{Keys: []gojose.JSONWebKey{{Key: keysOf(t)["ed"], KeyID: "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	short, err := json.Marshal(gojose.JSONWebKeySet{Keys: []gojose.JSONWebKey{{Key: small.Public(), KeyID: "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	good := string(publicKeys(t))
	var a app.App
	if err := a.SetKeys([]byte(" " + good + "\n")); err != nil || string(a.Extensions.Keys) != good {
		t.Errorf("SetKeys reports %v and keeps %s", err, a.Extensions.Keys)
	}
	for name, bad := range map[string]string{
		"no JSON":       "x",
		"no keys":       `{"keys":[]}`,
		"other JSON":    `{}`,
		"private":       string(private),
		"symmetric":     `{"keys":[{"kty":"oct","k":"AAAA"}]}`,
		"encryption":    strings.Replace(good, `"sig"`, `"enc"`, 1),
		"same kid":      strings.Replace(good, `"kid":"ec"`, `"kid":"rsa"`, 1),
		"small RSA key": string(short),
	} {
		if err := a.SetKeys([]byte(bad)); !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("%s: SetKeys reports %v, want format_invalid", name, err)
		}
	}
	if err := a.SetKeys(nil); err != nil || a.Extensions.Keys != nil {
		t.Errorf("SetKeys of nothing reports %v and keeps %s", err, a.Extensions.Keys)
	}
}

func FuzzAssertion(f *testing.F) {
	w := newWorld(f)
	good := assertion{"ed", "", gojose.EdDSA, nil}.sign(f, "fuzz")
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0..")
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := w.tokens.AuthenticateAssertion(t.Context(), token.AssertionRequest{Text: raw, Audiences: []string{"https://auth.example"}})
		if err == nil && raw != good || (a == nil) == (err == nil) {
			t.Fatalf("AuthenticateAssertion(%q) = %v, %v", raw, a, err)
		}
	})
}
