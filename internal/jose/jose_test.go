package jose_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/jose"
)

const kid = "8D4FDF9B2F1C0E3A5B6C7D8E9F00112233445566"

// newKey returns a key of the smallest size that Go still signs with, since
// size is not what is tested.
func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signer(key *rsa.PrivateKey) *jose.Signer {
	return jose.NewSigner(jose.RS256, kid, "x5t", key)
}

func claims() jose.Claims {
	return jose.Claims{
		Issuer: "https://auth.example", Audience: []string{"https://auth.example/resources", "accountinformation"},
		ClientID: "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10", Scope: []string{"accountinformation", "private"},
		ID: "c232ab00-9414-41ec-b3c8-9f6bdeced846", IssuedAt: 1000, NotBefore: 1000, Expires: 4600,
	}
}

func mint(t testing.TB, s *jose.Signer, typ string, c jose.Claims) string {
	t.Helper()
	raw, err := s.Token(typ, &c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestLayout(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	bound := claims()
	bound.Confirmation.KeyThumbprint = "thumb"
	odd := claims()
	odd.ClientID = "a\"b\\c\n\u00e5"
	tests := []struct {
		name, typ   string
		claims      jose.Claims
		wantHeader  string
		wantPayload string
	}{
		{
			"JWT", jose.TypeJWT, claims(),
			`{"alg":"RS256","kid":"` + kid + `","x5t":"x5t","typ":"JWT"}`,
			`{"nbf":1000,"exp":4600,"iat":1000,"iss":"https://auth.example","aud":["https://auth.example/resources","accountinformation"],` +
				`"client_id":"0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10","scope":["accountinformation","private"],"jti":"c232ab00-9414-41ec-b3c8-9f6bdeced846"}`,
		},
		{
			"RFC 9068", jose.TypeATJWT, bound,
			`{"alg":"RS256","kid":"` + kid + `","x5t":"x5t","typ":"at+jwt"}`,
			`{"nbf":1000,"exp":4600,"iat":1000,"iss":"https://auth.example","aud":["https://auth.example/resources","accountinformation"],` +
				`"client_id":"0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10","sub":"0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10",` +
				`"scope":"accountinformation private","jti":"c232ab00-9414-41ec-b3c8-9f6bdeced846","cnf":{"jkt":"thumb"}}`,
		},
		{
			"escapes", jose.TypeJWT, odd,
			`{"alg":"RS256","kid":"` + kid + `","x5t":"x5t","typ":"JWT"}`,
			`{"nbf":1000,"exp":4600,"iat":1000,"iss":"https://auth.example","aud":["https://auth.example/resources","accountinformation"],` +
				`"client_id":"a\"b\\c\u000aå","scope":["accountinformation","private"],"jti":"c232ab00-9414-41ec-b3c8-9f6bdeced846"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			raw := mint(t, signer(key), tt.typ, tt.claims)
			parts := strings.Split(raw, ".")
			if got := decode(t, parts[0]); got != tt.wantHeader {
				t.Errorf("header %s, want %s", got, tt.wantHeader)
			}
			if got := decode(t, parts[1]); got != tt.wantPayload || !json.Valid([]byte(got)) {
				t.Errorf("payload %s, want %s", got, tt.wantPayload)
			}
			// Somebody else's library agrees.
			sig, err := gojose.ParseSignedCompact(raw, []gojose.SignatureAlgorithm{gojose.RS256})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sig.Verify(key.Public()); err != nil {
				t.Errorf("go-jose reports %v", err)
			}
			tok, err := jose.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tok.Verify(jose.RS256, &key.PublicKey)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.claims, got); diff != "" || tok.KeyID != kid {
				t.Errorf("Verify differs (-want +got):\n%s", diff)
			}
		})
	}
	c := claims()
	if _, err := signer(key).Token("none", &c); err == nil {
		t.Error("a token of an unknown type was made")
	}
}

func decode(t *testing.T, s string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// forge signs header and payload as they are.
func forge(t *testing.T, key *rsa.PrivateKey, header, payload string) string {
	t.Helper()
	signed := b64(header) + "." + b64(payload)
	h := crypto.SHA256.New()
	h.Write([]byte(signed))
	sig, err := key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	good := mint(t, signer(key), jose.TypeJWT, claims())
	parts := strings.Split(good, ".")
	const payload = `{"iss":"x"}`
	otherLast := func(s string) string {
		return s[:len(s)-1] + map[bool]string{true: "B", false: "A"}[s[len(s)-1] == 'A']
	}
	tests := []struct{ name, in string }{
		{"empty", ""},
		{"two parts", parts[0] + "." + parts[1]},
		{"four parts", good + "."},
		{"dots", ".."},
		{"no signature", parts[0] + "." + parts[1] + "."},
		{"padding", parts[0] + "=." + parts[1] + "." + parts[2]},
		{"standard alphabet", parts[0] + "." + parts[1] + "." + "+/" + parts[2][2:]},
		{"line end", parts[0] + "." + parts[1] + "." + parts[2] + "\n"},
		{"line end within", parts[0] + "." + parts[1] + "." + parts[2][:9] + "\r\n" + parts[2][9:]},
		{"space", " " + good},
		{"trailing bits", parts[0] + "." + parts[1] + "." + otherLast(parts[2])},
		{"other payload", parts[0] + "." + b64(payload) + "." + parts[2]},
		{"too long", good + strings.Repeat("A", jose.MaxSize)},
		{"none", b64(`{"alg":"none","typ":"JWT","kid":"`+kid+`"}`) + "." + parts[1] + "."},
		{"none with signature", forge(t, key, `{"alg":"none","typ":"JWT","kid":"`+kid+`"}`, payload)},
		{"None", forge(t, key, `{"alg":"None","typ":"JWT"}`, payload)},
		{"HS256", forge(t, key, `{"alg":"HS256","typ":"JWT"}`, payload)},
		{"RS512", forge(t, key, `{"alg":"RS512","typ":"JWT"}`, payload)},
		{"PS256", forge(t, key, `{"alg":"PS256","typ":"JWT"}`, payload)},
		{"alg of another type", forge(t, key, `{"alg":["RS256"],"typ":"JWT"}`, payload)},
		{"no alg", forge(t, key, `{"typ":"JWT"}`, payload)},
		{"no typ", forge(t, key, `{"alg":"RS256"}`, payload)},
		{"typ of a proof", forge(t, key, `{"alg":"RS256","typ":"dpop+jwt"}`, payload)},
		{"crit", forge(t, key, `{"alg":"RS256","typ":"JWT","crit":["b64"],"b64":false}`, payload)},
		{"header is a list", forge(t, key, `[]`, payload)},
		{"header is no JSON", forge(t, key, `{"alg":"RS256"`, payload)},
		{"payload is no JSON", forge(t, key, `{"alg":"RS256","typ":"JWT"}`, `iss`)},
		{"payload of other types", forge(t, key, `{"alg":"RS256","typ":"JWT"}`, `{"exp":"tomorrow"}`)},
		{"other key", mint(t, signer(newKey(t)), jose.TypeJWT, claims())},
		{"jwk of the attacker", forge(t, newKey(t), `{"alg":"RS256","typ":"JWT","kid":"`+kid+`","jku":"https://evil.example","x5u":"https://evil.example"}`, payload)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tok, err := jose.Parse(tt.in)
			if err == nil {
				_, err = tok.Verify(jose.RS256, &key.PublicKey)
			}
			if err == nil {
				t.Errorf("Parse and Verify take %q", tt.in)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	key := newKey(f)
	good := mint(f, signer(key), jose.TypeJWT, claims())
	f.Add(good)
	f.Add(b64(`{"alg":"none"}`) + "..")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, raw string) {
		tok, err := jose.Parse(raw)
		if err != nil {
			return
		}
		if _, err := tok.Verify(jose.RS256, &key.PublicKey); err == nil && raw != good {
			t.Fatalf("Verify takes %q", raw)
		}
	})
}

// free is a key that signs with nothing.
type free struct{}

func (free) Public() crypto.PublicKey { return nil }

func (free) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return make([]byte, 256), nil }

func BenchmarkToken(b *testing.B) {
	// Without the signature: what is left is ours.
	s := jose.NewSigner(jose.RS256, kid, "x5t", free{})
	c := claims()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Token(jose.TypeJWT, &c); err != nil {
			b.Fatal(err)
		}
	}
}
