package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/jose/josetest"
)

func proof(key crypto.Signer, alg string, header map[string]any) josetest.Proof {
	return josetest.Proof{
		Key: key, Alg: alg, Method: "POST", URL: "https://auth.example/connect/token", At: time.Unix(1000, 0), Nonce: "n", Token: "t",
		Header: header,
	}
}

func TestParseProof(t *testing.T) {
	t.Parallel()
	ec, other := josetest.NewKey(t), josetest.NewKey(t)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, v any) map[string]any { return map[string]any{name: v} }
	jwk := func(more map[string]any) map[string]any {
		k := josetest.JWK(t, ec.Public())
		for name, v := range more {
			k[name] = v
		}
		return with("jwk", k)
	}
	private, err := ec.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		in   string
		good bool
	}{
		{"ES256", proof(ec, "", nil).Sign(t), true},
		{"EdDSA", proof(ed, "", nil).Sign(t), true},
		{"PS256", proof(large, "PS256", nil).Sign(t), true},
		{"RS256", proof(large, "RS256", nil).Sign(t), true},
		{"alg and use in the jwk", proof(ec, "", jwk(map[string]any{"alg": "ES256", "use": "sig"})).Sign(t), true},
		{"a kid is ignored", proof(ec, "", with("kid", "../../etc/passwd")).Sign(t), true},
		{"jku and x5u are ignored", proof(ec, "", map[string]any{"jku": "https://evil.example", "x5u": "https://evil.example"}).Sign(t), true},

		{"none", proof(ec, "none", nil).Sign(t), false},
		{"None", proof(ec, "", with("alg", "None")).Sign(t), false},
		{"HS256", proof(ec, "HS256", nil).Sign(t), false},
		{"ES384", proof(p384, "", with("alg", "ES384")).Sign(t), false},
		{"another algorithm than the key's", proof(ec, "", with("alg", "EdDSA")).Sign(t), false},
		{"another curve", proof(p384, "", nil).Sign(t), false},
		{"small RSA key", proof(newKey(t), "", nil).Sign(t), false},
		{"typ JWT", proof(ec, "", with("typ", "JWT")).Sign(t), false},
		{"no typ", proof(ec, "", with("typ", nil)).Sign(t), false},
		{"typ at+jwt", proof(ec, "", with("typ", "at+jwt")).Sign(t), false},
		{"crit", proof(ec, "", map[string]any{"crit": []string{"x"}, "x": 1}).Sign(t), false},
		{"no jwk", proof(ec, "", with("jwk", nil)).Sign(t), false},
		{"another key in jwk", proof(ec, "", with("jwk", josetest.JWK(t, other.Public()))).Sign(t), false},
		{"private jwk", proof(ec, "", jwk(map[string]any{"d": josetest.Encode(private)})).Sign(t), false},
		{"symmetric jwk", proof(ec, "HS256", with("jwk", map[string]any{"kty": "oct", "k": "AAAA"})).Sign(t), false},
		{"jwk for encryption", proof(ec, "", jwk(map[string]any{"use": "enc"})).Sign(t), false},
		{"jwk of another algorithm", proof(ec, "", jwk(map[string]any{"alg": "EdDSA"})).Sign(t), false},
		{"point off the curve", proof(ec, "", jwk(map[string]any{"x": josetest.Encode(make([]byte, 32))})).Sign(t), false},
		{"kid in place of jwk", proof(ec, "", map[string]any{"jwk": nil, "kid": "x"}).Sign(t), false},
		{"changed", strings.Replace(proof(ec, "", nil).Sign(t), ".ey", ".fy", 1), false},
		{"cut", strings.TrimRight(proof(ec, "", nil).Sign(t), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), false},
		{"two", proof(ec, "", nil).Sign(t) + "," + proof(ec, "", nil).Sign(t), false},
		{"empty", "", false},
		{"rubbish", "a.b.c", false},
		{"overlong", proof(ec, "", with("x", strings.Repeat("x", 9000))).Sign(t), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := jose.ParseProof(tt.in)
			if (err == nil) != tt.good {
				t.Fatalf("ParseProof = %+v, %v, want it good: %t", p, err, tt.good)
			}
			if tt.good && (p.Method != "POST" || p.URL != "https://auth.example/connect/token" || p.IssuedAt != 1000 || p.Nonce != "n" ||
				p.TokenHash != josetest.Hash("t") || p.ID == "" || p.Thumbprint == "") {
				t.Errorf("ParseProof = %+v", p)
			}
		})
	}
	if p, err := jose.ParseProof(proof(large, "", nil).Sign(t)); err != nil || p.Thumbprint != josetest.Thumbprint(t, large.Public()) || p.Algorithm != "PS256" {
		t.Errorf("ParseProof = %+v, %v", p, err)
	}
}

// TestProofThumbprint has the key and the thumbprint of RFC 9449 sections 4.1
// and 6.1.
func TestProofThumbprint(t *testing.T) {
	t.Parallel()
	const raw = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19." +
		"eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ." +
		"2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
	p, err := jose.ParseProof(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := jose.Proof{
		Thumbprint: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", Algorithm: "ES256", ID: "-BwC3ESc6acc2lTc", Method: "POST",
		URL: "https://server.example.com/token", IssuedAt: 1562262616,
	}
	if p != want {
		t.Errorf("ParseProof = %+v, want %+v", p, want)
	}
}

func FuzzParseProof(f *testing.F) {
	key := josetest.NewKey(f)
	good := proof(key, "", nil).Sign(f)
	f.Add(good)
	f.Add(proof(key, "none", nil).Sign(f))
	f.Add("a.b.c")
	thumbprint := josetest.Thumbprint(f, key.Public())
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := jose.ParseProof(raw)
		if err == nil && p.Thumbprint == thumbprint && strings.Count(raw, ".") == 2 && raw[:strings.LastIndex(raw, ".")] != good[:strings.LastIndex(good, ".")] {
			t.Fatalf("ParseProof(%q) = %+v, which the key has not signed", raw, p)
		}
	})
}
