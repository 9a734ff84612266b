package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"

	"sluss.example/sluss/internal/jose/josetest"
)

func algorithmOf(key string) gojose.SignatureAlgorithm {
	return map[string]gojose.SignatureAlgorithm{"rsa": gojose.PS256, "ec": gojose.ES256, "ed": gojose.EdDSA, "stranger": gojose.EdDSA}[key]
}

// refusedAssertions are those of client authentication by assertion (RFC 7523
// section 3).
func (w *boundWorld) refusedAssertions(t *testing.T) []refusal {
	t.Helper()
	claim := func(name string, v any) map[string]any { return map[string]any{name: v} }
	at := func(d time.Duration) int64 { return noon().Add(d).Unix() }
	ed := func(change map[string]any) assertion { return assertion{"ed", "", gojose.EdDSA, change} }
	spent := ed(nil).sign(t, "spent")
	w.ask(t, call{body: asserted(spent)})
	good := ed(nil).sign(t, "never used up")
	var all []refusal
	add := func(name, raw string, more ...string) {
		all = append(all, refusal{name: "assertion: " + name, call: call{body: asserted(raw, more...)}, status: 401, error: "invalid_client", challenge: "none"})
	}
	for name, a := range map[string]assertion{
		"stranger's key":         {"stranger", "ed", gojose.EdDSA, nil},
		"stranger's key, no kid": {"stranger", "none", gojose.EdDSA, nil},
		"unknown kid":            {"ed", "x", gojose.EdDSA, nil},
		"kid of a file":          {"ed", "../../../etc/passwd", gojose.EdDSA, nil},
		"kid of a query":         {"ed", "' OR '1'='1", gojose.EdDSA, nil},
		"another key's kid":      {"ed", "rsa", gojose.EdDSA, nil},
		"HS256":                  {"rsa", "", gojose.HS256, nil},
		"RS512":                  {"rsa", "", gojose.RS512, nil},
		"no exp":                 ed(claim("exp", nil)), "expired": ed(claim("exp", at(-time.Minute))), "good too long": ed(claim("exp", at(time.Hour+2*time.Minute))),
		"exp is a word": ed(claim("exp", "soon")), "from the future": ed(claim("nbf", at(2*time.Minute))), "issued in the future": ed(claim("iat", at(2*time.Minute))),
		"no aud": ed(claim("aud", nil)), "other aud": ed(claim("aud", "https://auth.example/")), "empty aud": ed(claim("aud", []string{})),
		"aud of the other environment": ed(claim("aud", "https://auth.sandbox.example")),
		"no jti":                       ed(claim("jti", nil)), "long jti": ed(claim("jti", strings.Repeat("x", 256))),
		"no iss": ed(claim("iss", nil)), "other iss": ed(claim("iss", appID)), "no sub": ed(claim("sub", nil)),
		"app without keys": ed(map[string]any{"iss": appID, "sub": appID}), "unknown app": ed(map[string]any{"iss": "x", "sub": "x"}),
	} {
		add(name, a.sign(t, name))
	}
	add("other client_id", ed(nil).sign(t, "other client_id"), "client_id", appID)
	add("used before", spent)
	add("rubbish", "rubbish")
	add("none", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.")
	add("overlong", good+strings.Repeat("A", 9000))
	add("secret instead", secret())
	add("jwk of its own", josetest.Proof{Key: keysOf(t)["stranger"], At: noon(), Header: map[string]any{"typ": "JWT"}, Claims: map[string]any{
		"iss": signerID, "sub": signerID, "aud": "https://auth.example", "exp": at(time.Minute),
	}}.Sign(t))
	add("jku and x5u of its own", josetest.Proof{Key: keysOf(t)["stranger"], At: noon(), Header: map[string]any{
		"typ": "JWT", "jwk": nil, "kid": "ed", "jku": "https://evil.example/keys", "x5u": "https://evil.example/chain",
	}, Claims: map[string]any{"iss": signerID, "sub": signerID, "aud": "https://auth.example", "exp": at(time.Minute)}}.Sign(t))
	malformed := func(name, description string, c call) {
		all = append(all, refusal{name: "assertion: " + name, call: c, status: 400, error: "invalid_request", description: description})
	}
	malformed("with a secret", "both a client secret and a client assertion", call{body: asserted(good, "client_secret", secret())})
	malformed("with Basic", "both a client secret and a client assertion", call{body: asserted(good), basic: basic(appID, secret())})
	malformed("without type", "missing: client_assertion_type", call{body: fields("grant_type", "client_credentials", "client_assertion", good)})
	malformed("without assertion", "missing: client_assertion", call{body: fields("grant_type", "client_credentials", "client_assertion_type", bearerType)})
	return append(all, refusal{
		name:   "assertion: other type",
		call:   call{body: fields("grant_type", "client_credentials", "client_assertion", good, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")},
		status: 401, error: "invalid_client", challenge: "none",
	})
}

// refusedCertificates are those of client authentication by certificate (RFC
// 8705 section 2).
func (w *boundWorld) refusedCertificates() []refusal {
	var all []refusal
	add := func(name string, c call) {
		all = append(all, refusal{name: "certificate: " + name, call: c, status: 401, error: "invalid_client", challenge: "none"})
	}
	for _, name := range []string{"expired", "future", "revoked", "blocked", "server", "stranger", "other", "own"} {
		add("tls_client_auth, "+name, call{body: byCertificate(tlsID), headers: w.with(name)})
	}
	for _, name := range []string{"own expired", "good"} {
		add("self_signed_tls_client_auth, "+name, call{body: byCertificate(selfID), headers: w.with(name)})
	}
	add("app without one", call{body: byCertificate(appID), headers: w.with("good")})
	add("unknown app", call{body: byCertificate("x"), headers: w.with("good")})
	add("disabled app", call{body: byCertificate(disabledID), headers: w.with("good")})
	add("unreadable", call{body: byCertificate(tlsID), headers: pairs("Client-Cert", ":AAAA:")})
	add("two", call{body: byCertificate(tlsID), headers: w.with("good"), more: [][2]string{{"Client-Cert", w.certs["good"].Field()}}})
	add("chain that cannot be read", call{body: byCertificate(tlsID), headers: w.with("good", "Client-Cert-Chain", "x")})
	invalid := func(name string, c call) {
		all = append(all, refusal{name: "certificate: " + name, call: c, status: 400, error: "invalid_client"})
	}
	invalid("none", call{body: byCertificate(tlsID)})
	invalid("from no proxy", call{body: byCertificate(tlsID), headers: w.with("good"), from: "198.51.100.7:4711"})
	invalid("without client_id", call{body: fields("grant_type", "client_credentials", "scope", scopes), headers: w.with("good")})
	invalid("a secret where only certificates are allowed", call{body: bySecret(tlsID), headers: w.with("good")})
	return append(
		all, refusal{
			name: "certificate: Basic where only certificates are allowed", call: call{body: byCertificate(tlsID), basic: basic(tlsID, secret()), headers: w.with("good")},
			status: 401, error: "invalid_client",
		}, refusal{
			name: "certificate: missing for a bound token", call: call{body: bySecret(certID)}, status: 400, error: "invalid_request",
			description: "the tokens of this application are bound to its client certificate; present it in the TLS handshake",
		},
	)
}

// The descriptions of refused proofs.
const (
	proofForm    = "the DPoP proof is not a JWT of typ dpop+jwt that is signed with ES256, EdDSA, PS256 or RS256 by the public key in its jwk"
	proofNonce   = "the DPoP proof must have the nonce of the DPoP-Nonce header"
	proofMethod  = "the DPoP proof has another htm than the request's method"
	proofURL     = "the DPoP proof has another htu than the request's URL"
	proofOld     = "the DPoP proof has no iat, or is too old"
	proofFuture  = "the DPoP proof is from the future"
	proofID      = "the DPoP proof has no jti, or one of more than 255 bytes"
	proofUsed    = "the DPoP proof was used before; make a new one for each request"
	proofOne     = "the DPoP proof must come in exactly one DPoP header"
	proofMissing = "the tokens of this application are bound to its key; send a DPoP proof"
	proofWeak    = "the DPoP proof is signed with RS256, which FAPI 2.0 does not take"
)

// refusedProofs are those of DPoP at the token endpoint (RFC 9449 section 5).
func (w *boundWorld) refusedProofs(t *testing.T) []refusal {
	t.Helper()
	var all []refusal
	add := func(name, code, description string, change func(*josetest.Proof)) {
		all = append(all, refusal{
			name: "proof: " + name, call: call{body: bySecret(appID), headers: pairs("DPoP", w.proof(t, change))},
			status: 400, error: code, description: description, nonce: true,
		})
	}
	invalid := func(name, description string, change func(*josetest.Proof)) {
		add(name, "invalid_dpop_proof", description, change)
	}
	header := func(name string, v any) func(*josetest.Proof) {
		return func(p *josetest.Proof) { p.Header = map[string]any{name: v} }
	}
	claim := func(name string, v any) func(*josetest.Proof) {
		return func(p *josetest.Proof) { p.Claims = map[string]any{name: v} }
	}
	at := func(d time.Duration) any { return noon().Add(d).Unix() }
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := josetest.JWK(t, keysOf(t)["ec"].Public())
	private["d"] = "AAAA"
	invalid("none", proofForm, func(p *josetest.Proof) { p.Alg = "none" })
	invalid("HS256 with the public key", proofForm, func(p *josetest.Proof) { p.Alg = "HS256" })
	invalid("symmetric jwk", proofForm, func(p *josetest.Proof) {
		p.Alg, p.Header = "HS256", map[string]any{"jwk": map[string]any{"kty": "oct", "k": "AAAA"}}
	})
	invalid("P-384", proofForm, func(p *josetest.Proof) { p.Key = p384 })
	invalid("another algorithm than the key's", proofForm, header("alg", "EdDSA"))
	invalid("private jwk", proofForm, header("jwk", private))
	invalid("another jwk", proofForm, header("jwk", josetest.JWK(t, keysOf(t)["ed"].Public())))
	invalid("no jwk", proofForm, header("jwk", nil))
	invalid("kid in place of jwk", proofForm, func(p *josetest.Proof) { p.Header = map[string]any{"jwk": nil, "kid": "ec"} })
	invalid("typ JWT", proofForm, header("typ", "JWT"))
	invalid("no typ", proofForm, header("typ", nil))
	invalid("crit", proofForm, header("crit", []string{"b64"}))
	invalid("no jti", proofID, claim("jti", nil))
	invalid("long jti", proofID, claim("jti", strings.Repeat("x", 256)))
	invalid("jti is a number", proofForm, claim("jti", 7))
	invalid("no htm", proofMethod, claim("htm", nil))
	invalid("htm GET", proofMethod, claim("htm", "GET"))
	invalid("htm post", proofMethod, claim("htm", "post"))
	invalid("no htu", proofURL, claim("htu", nil))
	invalid("htu of another endpoint", proofURL, claim("htu", "https://auth.example/connect/introspect"))
	invalid("htu of another host", proofURL, claim("htu", "https://evil.example/connect/token"))
	invalid("htu of another port", proofURL, claim("htu", "https://auth.example:8443/connect/token"))
	invalid("htu without TLS", proofURL, claim("htu", "http://auth.example/connect/token"))
	invalid("htu with a user", proofURL, claim("htu", "https://auth.example@evil.example/connect/token"))
	invalid("htu is a path", proofURL, claim("htu", "/connect/token"))
	invalid("no iat", proofOld, claim("iat", nil))
	invalid("iat of the first day", proofOld, claim("iat", 0))
	invalid("old", proofOld, claim("iat", at(-2*time.Minute)))
	invalid("from the future", proofFuture, claim("iat", at(61*time.Second)))
	invalid("in milliseconds", proofFuture, claim("iat", noon().UnixMilli()))
	add("no nonce", "use_dpop_nonce", proofNonce, func(p *josetest.Proof) { p.Nonce = "" })
	add("nonce of one's own", "use_dpop_nonce", proofNonce, claim("nonce", "AAAAAAAAAAAAAAAAAAAAAAAA"))
	add("old nonce", "use_dpop_nonce", proofNonce, claim("nonce", w.tokens.Nonces.At(noon().Add(-11*time.Minute))))
	one := func(name, description string, c call) {
		all = append(all, refusal{name: "proof: " + name, call: c, status: 400, error: "invalid_dpop_proof", description: description, nonce: true})
	}
	spent := w.proof(t, nil)
	w.ask(t, call{body: bySecret(appID), headers: pairs("DPoP", spent)})
	one("used before", proofUsed, call{body: bySecret(appID), headers: pairs("DPoP", spent)})
	one("used before, by another app", proofUsed, call{body: bySecret(plainID), headers: pairs("DPoP", spent)})
	one("two headers", proofOne, call{body: bySecret(appID), headers: pairs("DPoP", w.proof(t, nil)), more: [][2]string{{"DPoP", w.proof(t, nil)}}})
	one("two in one header", proofForm, call{body: bySecret(appID), headers: pairs("DPoP", w.proof(t, nil)+", "+w.proof(t, nil))})
	one("empty header", proofForm, call{body: bySecret(appID), headers: pairs("DPoP", "")})
	one("rubbish", proofForm, call{body: bySecret(appID), headers: pairs("DPoP", "a.b.c")})
	one("overlong", proofForm, call{body: bySecret(appID), headers: pairs("DPoP", w.proof(t, nil)+strings.Repeat("A", 9000))})
	one("missing", proofMissing, call{body: bySecret(dpopID)})
	return append(all, refusal{
		name: "proof: good, of a client that is not", call: call{body: bySecret(disabledID), headers: pairs("DPoP", w.proof(t, nil))},
		status: 400, error: "invalid_client", nonce: true,
	})
}

// refusedProfiles are those of FAPI 2.0.
func (w *boundWorld) refusedProfiles(t *testing.T) []refusal {
	t.Helper()
	good := asFAPI("ec", nil)
	proof := func(change func(*josetest.Proof)) map[string]string { return pairs("DPoP", w.proof(t, change)) }
	all := []refusal{
		{name: "fapi: secret", call: call{body: bySecret(fapiID), headers: proof(nil)}, status: 400, error: "invalid_client", nonce: true},
		{name: "fapi: Basic", call: call{body: byCertificate(fapiID), basic: basic(fapiID, secret()), headers: proof(nil)}, status: 401, error: "invalid_client", nonce: true},
		{name: "fapi: token for anybody", call: call{body: asserted(good.sign(t, "fapi bare"))}, status: 400, error: "invalid_dpop_proof", description: proofMissing, nonce: true},
		{name: "fapi: weak proof", call: call{body: asserted(good.sign(t, "fapi weak")), headers: proof(func(p *josetest.Proof) {
			p.Key, p.Alg = keysOf(t)["rsa"], "RS256"
		})}, status: 400, error: "invalid_dpop_proof", description: proofWeak, nonce: true},
		{
			name: "fapi: code without verifier", status: 400, error: "invalid_request", description: "missing: code_verifier", nonce: true,
			call: call{
				body: fields("grant_type", "authorization_code", "client_assertion_type", bearerType, "client_assertion", good.sign(t, "fapi code"),
					"code", "good", "redirect_uri", back),
				headers: w.with("", "DPoP", w.proof(t, nil), "X-ConsentId", "c", "X-ConsentAuthorisationId", "a"),
			},
		},
	}
	for name, a := range map[string]assertion{
		"aud is the endpoint": asFAPI("ec", map[string]any{"aud": tokenURL}), "aud is a list": asFAPI("ec", map[string]any{"aud": []string{"https://auth.example"}}),
		"RS256": {"rsa", "", gojose.RS256, asFAPI("rsa", nil).change},
	} {
		all = append(all, refusal{
			name: "fapi: " + name, call: call{body: asserted(a.sign(t, "fapi "+name)), headers: proof(nil)},
			status: 401, error: "invalid_client", challenge: "none", nonce: true,
		})
	}
	return all
}

// refusedServices are those of introspection (RFC 7662) and revocation (RFC
// 7009).
func refusedServices() []refusal {
	var all []refusal
	for _, path := range []string{"/connect/introspect", "/connect/revocation"} {
		for _, r := range []refusal{
			{name: "no credentials", call: call{body: fields("token", "x")}, status: 400, error: "invalid_client"},
			{name: "token alone is no credential", call: call{body: fields("token", "x"), headers: pairs("Authorization", "Bearer x")}, status: 400, error: "invalid_client"},
			{name: "wrong secret", call: call{body: fields("client_id", appID, "client_secret", "x", "token", "x")}, status: 400, error: "invalid_client"},
			{name: "Basic, wrong secret", call: call{body: fields("token", "x"), basic: basic(appID, "x")}, status: 401, error: "invalid_client"},
			{name: "no token", call: call{body: fields("client_id", appID, "client_secret", secret())}, status: 400, error: "invalid_request", description: "missing: token"},
			{name: "token in the query", call: call{path: path + "?token=x", body: fields("client_id", appID, "client_secret", secret())}, status: 400, error: "invalid_request", description: "missing: token"},
			{name: "token twice", call: call{body: about(appID, "x") + "&token=y"}, status: 400, error: "invalid_request", description: "field given twice: token"},
			{name: "switched off", call: call{body: about(closedID, "x")}, status: 400, error: "unauthorized_client", description: "introspection and revocation are switched off for this application"},
			{name: "GET", call: call{method: http.MethodGet}, status: 405, error: "invalid_request", description: "use POST"},
			{name: "JSON", call: call{ctype: "application/json"}, status: 400, error: "invalid_request", description: "the body must be application/x-www-form-urlencoded, and Content-Type must say so"},
			{name: "not UTF-8", call: call{body: about(appID, "x") + "&x=%ff"}, status: 400, error: "invalid_request", description: "the body is not UTF-8"},
			{name: "a secret under FAPI 2.0", call: call{body: about(fapiID, "x")}, status: 400, error: "invalid_client"},
			{name: "assertion that is none", call: call{body: asserted("x", "token", "x")}, status: 401, error: "invalid_client", challenge: "none"},
		} {
			r.name = path + " " + r.name
			if r.call.path == "" {
				r.call.path = path
			}
			all = append(all, r)
		}
	}
	return all
}
