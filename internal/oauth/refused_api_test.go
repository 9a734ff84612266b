package oauth_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/jose/josetest"
	"sluss.example/sluss/internal/scope"
)

// The challenges of the APIs.
const (
	realm         = `Bearer realm="sluss"`
	bearerInvalid = realm + `, error="invalid_token"`
	dpopInvalid   = `DPoP error="invalid_token"`
	dpopNonce     = `DPoP error="use_dpop_nonce"`
)

// refusedHolders are those of the check of tokens at the APIs: what is no token
// (RFC 6750), what is bound to a certificate (RFC 8705 section 3) or to a key
// (RFC 9449 section 7).
func (w *boundWorld) refusedHolders(t *testing.T) []refusal {
	t.Helper()
	plain, _ := w.ask(t, call{body: bySecret(appID)})
	bound, _ := w.ask(t, call{body: bySecret(certID), headers: w.with("good")})
	dpop, _ := w.ask(t, call{body: bySecret(appID), headers: pairs("DPoP", w.proof(t, nil))})
	other, _ := w.ask(t, call{body: bySecret(appID), headers: pairs("DPoP", w.proof(t, nil))})
	both, _ := w.ask(t, call{body: bySecret(certID), headers: w.with("good", "DPoP", w.proof(t, nil))})
	var all []refusal
	add := func(name, code, challenge string, c call) {
		all = append(all, refusal{name: "api: " + name, call: c, status: 401, error: code, challenge: challenge, nonce: len(c.headers["Authorization"]) > 4 && c.headers["Authorization"][:4] == "DPoP" && code == "TOKEN_INVALID"})
	}
	add("no token", "TOKEN_UNKNOWN", realm, callBanks("", nil))
	add("other scheme", "TOKEN_UNKNOWN", realm, callBanks("Basic "+basic(appID, secret()), nil))
	add("DPoP alone", "TOKEN_UNKNOWN", realm, callBanks("DPoP", nil))
	add("no token of ours", "TOKEN_UNKNOWN", bearerInvalid, callBanks("Bearer x", nil))
	add("no token of ours by DPoP", "TOKEN_UNKNOWN", bearerInvalid, callBanks("DPoP x", nil))
	add("none as the algorithm", "TOKEN_UNKNOWN", bearerInvalid, callBanks("Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.", nil))

	const invalid = "TOKEN_INVALID"
	add("bound, no certificate", invalid, bearerInvalid, callBanks("Bearer "+bound, nil))
	add("bound, other certificate of the app", invalid, bearerInvalid, callBanks("Bearer "+bound, w.with("renewed")))
	add("bound, certificate of another app", invalid, bearerInvalid, callBanks("Bearer "+bound, w.with("other")))
	add("bound, unreadable certificate", invalid, bearerInvalid, callBanks("Bearer "+bound, pairs("Client-Cert", "x")))
	fromElsewhere := callBanks("Bearer "+bound, w.with("good"))
	fromElsewhere.from = "198.51.100.7:4711"
	add("bound, certificate from no proxy", invalid, bearerInvalid, fromElsewhere)

	add("DPoP token by Bearer", invalid, dpopInvalid, callBanks("Bearer "+dpop, nil))
	add("DPoP token by Bearer with a proof", invalid, dpopInvalid, callBanks("Bearer "+dpop, pairs("DPoP", w.apiProof(t, dpop, nil))))
	add("no proof", invalid, dpopInvalid, callBanks("DPoP "+dpop, nil))
	add("other token by DPoP", invalid, dpopInvalid, callBanks("DPoP "+plain, pairs("DPoP", w.apiProof(t, plain, nil))))
	add("both, by Bearer", invalid, dpopInvalid, callBanks("Bearer "+both, w.with("good")))
	add("both, no certificate", invalid, bearerInvalid, callBanks("DPoP "+both, pairs("DPoP", w.apiProof(t, both, nil))))
	for name, change := range map[string]func(*josetest.Proof){
		"no ath":               func(p *josetest.Proof) { p.Token = "" },
		"ath of another token": func(p *josetest.Proof) { p.Token = other },
		"another key":          func(p *josetest.Proof) { p.Key = keysOf(t)["ed"] },
		"htm of another":       func(p *josetest.Proof) { p.Method = "POST" },
		"htu of another path":  func(p *josetest.Proof) { p.URL = banksURL + "/ESSESESS" },
		"htu of the token":     func(p *josetest.Proof) { p.URL = tokenURL },
		"too old":              func(p *josetest.Proof) { p.At = noon().Add(-2 * time.Minute) },
		"from the future":      func(p *josetest.Proof) { p.At = noon().Add(2 * time.Minute) },
		"none":                 func(p *josetest.Proof) { p.Alg = "none" },
		"HS256":                func(p *josetest.Proof) { p.Alg = "HS256" },
	} {
		add("proof: "+name, invalid, dpopInvalid, callBanks("DPoP "+dpop, pairs("DPoP", w.apiProof(t, dpop, change))))
	}
	add("proof: two", invalid, dpopInvalid, func() call {
		c := callBanks("DPoP "+dpop, pairs("DPoP", w.apiProof(t, dpop, nil)))
		c.more = [][2]string{{"DPoP", w.apiProof(t, dpop, nil)}}
		return c
	}())
	spent := w.apiProof(t, dpop, nil)
	if rec := w.do(t, callBanks("DPoP "+dpop, pairs("DPoP", spent))); rec.Code != 200 {
		t.Fatalf("a good proof is answered %d %s", rec.Code, rec.Body)
	}
	add("proof: used before", invalid, dpopInvalid, callBanks("DPoP "+dpop, pairs("DPoP", spent)))
	add("proof: no nonce", invalid, dpopNonce, callBanks("DPoP "+dpop, pairs("DPoP", w.apiProof(t, dpop, func(p *josetest.Proof) { p.Nonce = "" }))))
	add("proof: old nonce", invalid, dpopNonce, callBanks("DPoP "+dpop, pairs("DPoP", w.apiProof(t, dpop, func(p *josetest.Proof) {
		p.Nonce = w.tokens.Nonces.At(noon().Add(-11 * time.Minute))
	}))))
	return all
}

// refusedInProduction are those of the client certificate that the APIs want
// in production, in the order of the checks: before the route and the token
// whether it can be trusted, after the token whose it is.
func (w *boundWorld) refusedInProduction(t *testing.T) []refusal {
	t.Helper()
	set, err := scope.Parse(scopes)
	if err != nil {
		t.Fatal(err)
	}
	issued, err := w.production.Issue(t.Context(), w.tokens.Apps.Find(foreignID), set)
	if err != nil {
		t.Fatal(err)
	}
	auth := "Bearer " + issued.Text
	var all []refusal
	add := func(name string, status int, code, challenge string, c call) {
		c.production = true
		all = append(all, refusal{name: "production: " + name, call: c, status: status, error: code, challenge: challenge})
	}
	if rec := w.do(t, call{method: "GET", path: banks, production: true, headers: w.with("good", "Authorization", auth, "X-Request-ID", "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11")}); rec.Code != 200 {
		t.Fatalf("a good call in production is answered %d %s", rec.Code, rec.Body)
	}
	add("no certificate", 401, "CERTIFICATE_MISSING", "", callBanks(auth, nil))
	for name, code := range map[string]string{
		"stranger": "CERTIFICATE_INVALID", "own": "CERTIFICATE_INVALID", "server": "CERTIFICATE_INVALID", "future": "CERTIFICATE_INVALID",
		"expired": "CERTIFICATE_EXPIRED", "revoked": "CERTIFICATE_REVOKE", "blocked": "CERTIFICATE_BLOCKED",
	} {
		add(name, 401, code, "", callBanks(auth, w.with(name)))
	}
	add("unreadable", 401, "CERTIFICATE_INVALID", "", callBanks(auth, pairs("Client-Cert", ":AAAA:")))
	add("another organisation's", 401, "CERTIFICATE_INVALID", "", callBanks(auth, w.with("other")))
	elsewhere := callBanks(auth, w.with("good"))
	elsewhere.from = "198.51.100.7:4711"
	add("from no proxy", 401, "CERTIFICATE_MISSING", "", elsewhere)

	unknown := callBanks(auth, nil)
	unknown.path = "/psd2/nothing"
	add("before the route", 401, "CERTIFICATE_MISSING", "", unknown)
	method := callBanks(auth, w.with("expired"))
	method.method = "POST"
	add("before the method", 401, "CERTIFICATE_EXPIRED", "", method)
	add("before the token", 401, "CERTIFICATE_REVOKE", "", callBanks("Bearer x", w.with("revoked")))
	unknown.headers = w.with("other")
	add("trusted, then the route", 404, "RESOURCE_UNKNOWN", "", unknown)
	add("token, then whose certificate", 401, "TOKEN_UNKNOWN", bearerInvalid, callBanks("Bearer x", w.with("other")))
	noID := callBanks(auth, w.with("other"))
	delete(noID.headers, "X-Request-ID")
	add("whose certificate, then the headers", 401, "CERTIFICATE_INVALID", "", noID)
	return all
}
