package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// AssertionAlgorithms are the algorithms that an assertion may be signed with.
func AssertionAlgorithms() []string { return []string{"RS256", "PS256", "ES256", "EdDSA"} }

// maxKeys bounds a key set, since each key may have to be tried.
const maxKeys = 10

// A KeySet is the public keys that an app signs its assertions with.
type KeySet struct{ keys []gojose.JSONWebKey }

// ParseKeySet parses a JWKS (RFC 7517 section 5) of public keys: RSA of at
// least 2048 bits, P-256 and Ed25519. The error says what to do.
func ParseKeySet(text []byte) (KeySet, error) {
	var set gojose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return KeySet{}, errors.New("not a JWKS: a JSON object with the member keys")
	}
	if len(set.Keys) == 0 || len(set.Keys) > maxKeys {
		return KeySet{}, fmt.Errorf("a JWKS here has 1 to %d keys", maxKeys)
	}
	seen := map[string]bool{}
	for _, k := range set.Keys {
		if err := checkKey(&k); err != nil {
			return KeySet{}, err
		}
		if seen[k.KeyID] {
			return KeySet{}, errors.New("two keys have the same kid, or none has one")
		}
		seen[k.KeyID] = true
	}
	return KeySet{set.Keys}, nil
}

func checkKey(k *gojose.JSONWebKey) error {
	switch {
	case !k.Valid():
		return errors.New("a key is not valid")
	case k.Use != "" && k.Use != "sig":
		return errors.New("a key has a use other than sig")
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			return errors.New("an RSA key has less than 2048 bits")
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return errors.New("an EC key is on another curve than P-256")
		}
	case ed25519.PublicKey:
	default:
		return errors.New("a key is private, symmetric, or of a kind that is not supported; register public RSA, P-256 or Ed25519 keys")
	}
	return nil
}

// An Assertion is what an app says of itself (RFC 7523 section 3). Times are
// Unix seconds, 0 if not there.
type Assertion struct {
	Issuer, Subject string
	Audience        []string
	ID              string // jti
	Expires         int64
	NotBefore       int64
	IssuedAt        int64
	Algorithm       string
	// OneAudience says that aud is one string and not a list.
	OneAudience bool
	parsed      *jwt.JSONWebToken
}

// ParseAssertion takes an assertion apart. Nothing in it is proved yet.
func ParseAssertion(raw string) (Assertion, error) {
	if len(raw) > MaxSize {
		return Assertion{}, errForm
	}
	algorithms := make([]gojose.SignatureAlgorithm, 0, 4)
	for _, a := range AssertionAlgorithms() {
		algorithms = append(algorithms, gojose.SignatureAlgorithm(a))
	}
	parsed, err := jwt.ParseSigned(raw, algorithms)
	if err != nil {
		return Assertion{}, errForm
	}
	a := Assertion{parsed: parsed}
	return a, a.read(func(c ...any) error { return parsed.UnsafeClaimsWithoutVerification(c...) })
}

// Verify verifies that one of the keys signed the assertion: the one with its
// kid, or any if it names none.
func (a *Assertion) Verify(set KeySet) error {
	kid := a.parsed.Headers[0].KeyID
	for _, k := range set.keys {
		if kid != "" && kid != k.KeyID {
			continue
		}
		if k.Algorithm != "" && k.Algorithm != a.parsed.Headers[0].Algorithm {
			continue
		}
		if err := a.read(func(c ...any) error { return a.parsed.Claims(k.Key, c...) }); err == nil {
			return nil
		}
	}
	return errors.New("no key of the app has signed the assertion")
}

// read fills a from the claims.
func (a *Assertion) read(claims func(...any) error) error {
	var c jwt.Claims
	var form struct {
		Audience any `json:"aud"`
	}
	if err := claims(&c, &form); err != nil {
		return errForm
	}
	_, a.OneAudience = form.Audience.(string)
	a.Algorithm = a.parsed.Headers[0].Algorithm
	a.Issuer, a.Subject, a.Audience, a.ID = c.Issuer, c.Subject, c.Audience, c.ID
	a.Expires, a.NotBefore, a.IssuedAt = unix(c.Expiry), unix(c.NotBefore), unix(c.IssuedAt)
	return nil
}

func unix(d *jwt.NumericDate) int64 {
	if d == nil {
		return 0
	}
	return int64(*d)
}
