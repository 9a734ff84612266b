// Package josetest makes DPoP proofs (RFC 9449), good ones and any others. It
// is for tests.
package josetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"testing"
	"time"

	"sluss.example/sluss/internal/ident"
)

// A Proof says what proof to make.
type Proof struct {
	Key    crypto.Signer
	Method string // htm
	URL    string // htu
	At     time.Time
	Nonce  string // none if empty
	Token  string // access token; no ath if empty
	// Alg is what the header says, and the proof is signed by, where the key
	// can: that of the key if empty. HS256 signs with the public key's bytes.
	Alg string
	// Header and Claims are put over those of a good proof; nil takes one out.
	Header, Claims map[string]any
}

// NewKey returns a P-256 key.
func NewKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Encode returns base64url.
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// JWK returns the members of a public key that its thumbprint has (RFC 7638
// section 3.2).
func JWK(t testing.TB, key crypto.PublicKey) map[string]any {
	t.Helper()
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		b, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		half := (len(b) - 1) / 2
		return map[string]any{"kty": "EC", "crv": k.Curve.Params().Name, "x": Encode(b[1 : 1+half]), "y": Encode(b[1+half:])}
	case ed25519.PublicKey:
		return map[string]any{"kty": "OKP", "crv": "Ed25519", "x": Encode(k)}
	case *rsa.PublicKey:
		return map[string]any{"kty": "RSA", "n": Encode(k.N.Bytes()), "e": Encode(big.NewInt(int64(k.E)).Bytes())}
	}
	t.Fatalf("no JWK of a %T", key)
	return nil
}

// Thumbprint returns the jkt of a key.
func Thumbprint(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	sum := sha256.Sum256(marshal(t, JWK(t, key)))
	return Encode(sum[:])
}

// Hash returns the ath of a token.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return Encode(sum[:])
}

// Sign returns the proof.
func (p Proof) Sign(t testing.TB) string {
	t.Helper()
	if p.Alg == "" {
		p.Alg = algorithmOf(p.Key)
	}
	header := map[string]any{"typ": "dpop+jwt", "alg": p.Alg, "jwk": JWK(t, p.Key.Public())}
	claims := map[string]any{"jti": ident.NewUUID(), "htm": p.Method, "htu": p.URL, "iat": p.At.Unix()}
	if p.Nonce != "" {
		claims["nonce"] = p.Nonce
	}
	if p.Token != "" {
		claims["ath"] = Hash(p.Token)
	}
	for of, with := range map[*map[string]any]map[string]any{&header: p.Header, &claims: p.Claims} {
		maps.Copy(*of, with)
		maps.DeleteFunc(*of, func(_ string, v any) bool { return v == nil })
	}
	signed := Encode(marshal(t, header)) + "." + Encode(marshal(t, claims))
	return signed + "." + Encode(p.signature(t, []byte(signed)))
}

func algorithmOf(key crypto.Signer) string {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "PS256"
	case ed25519.PrivateKey:
		return "EdDSA"
	}
	return "ES256"
}

// signature signs what is signed in a JWS (RFC 7518 section 3).
func (p Proof) signature(t testing.TB, signed []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(signed)
	var b []byte
	var err error
	switch k := p.Key.(type) {
	case *rsa.PrivateKey:
		if p.Alg == "RS256" {
			b, err = rsa.SignPKCS1v15(nil, k, crypto.SHA256, digest[:])
		} else {
			b, err = rsa.SignPSS(rand.Reader, k, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
	case ed25519.PrivateKey:
		b = ed25519.Sign(k, signed)
	case *ecdsa.PrivateKey:
		r, s, serr := ecdsa.Sign(rand.Reader, k, digest[:])
		b, err = make([]byte, 64), serr
		if err == nil && k.Curve == elliptic.P256() {
			r.FillBytes(b[:32])
			s.FillBytes(b[32:])
		}
	}
	switch p.Alg {
	case "none":
		return nil
	case "HS256":
		mac := hmac.New(sha256.New, marshal(t, JWK(t, p.Key.Public())))
		mac.Write(signed)
		return mac.Sum(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
