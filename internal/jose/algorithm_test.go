package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
)

// keys returns a key of each kind.
func keys(t testing.TB) map[Algorithm]crypto.Signer {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[Algorithm]crypto.Signer{RS256: r, PS256: r, ES256: e, EdDSA: d}
}

// TestAlgorithms signs with each algorithm, has somebody else's library verify
// it, and verifies it by every algorithm and every key.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	all := keys(t)
	for _, a := range Algorithms() {
		t.Run(string(a), func(t *testing.T) {
			t.Parallel()
			raw, err := NewSigner(a, "kid", "x5t", all[a]).Token(TypeJWT, &Claims{Issuer: "https://auth.example"})
			if err != nil {
				t.Fatal(err)
			}
			sig, err := gojose.ParseSignedCompact(raw, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(a)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sig.Verify(all[a].Public()); err != nil {
				t.Errorf("go-jose reports %v", err)
			}
			tok, err := Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			for _, by := range Algorithms() {
				for of, key := range all {
					c, err := tok.Verify(by, key.Public())
					same := by == a && a.Fits(key.Public())
					if (err == nil) != same || same && c.Issuer != "https://auth.example" {
						t.Errorf("Verify by %s with the key for %s reports %v", by, of, err)
					}
				}
			}
			if _, err := tok.Verify(a, "no key"); err == nil {
				t.Error("Verify with what is no key takes the token")
			}
		})
	}
	if _, err := NewSigner("none", "kid", "x5t", all[RS256]).Token(TypeJWT, &Claims{}); err == nil {
		t.Error("a token was signed by no algorithm")
	}
}

// TestConfused has tokens that name another algorithm than that of their key,
// and are signed as they say (RFC 8725 section 3.1).
func TestConfused(t *testing.T) {
	t.Parallel()
	all := keys(t)
	for _, of := range Algorithms() {
		for _, says := range append(Algorithms(), "none", "HS256", "ES384", "rs256", "") {
			if says == of {
				continue
			}
			signer := all[of]
			if by, ok := all[says]; ok && says.Fits(signer.Public()) {
				signer = by
			}
			header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + string(says) + `","kid":"kid","typ":"JWT"}`))
			signed := header + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"x"}`))
			how := says
			if !how.Fits(signer.Public()) {
				how = of
			}
			sig, err := how.sign(signer, []byte(signed))
			if err != nil {
				t.Fatal(err)
			}
			tok, err := Parse(signed + "." + base64.RawURLEncoding.EncodeToString(sig))
			if err == nil {
				_, err = tok.Verify(of, all[of].Public())
			}
			if err == nil {
				t.Errorf("a token that says %q is taken with a key for %s", says, of)
			}
		}
	}
}

// TestMalleable looks that a signature has one form only.
func TestMalleable(t *testing.T) {
	t.Parallel()
	key := keys(t)[ES256]
	sig, err := ES256.sign(key, []byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])})
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"DER": der, "cut": sig[:63], "longer": append(bytes.Clone(sig), 0), "empty": nil, "zero": make([]byte, 64),
		"shifted": append(append([]byte{0}, sig[:32]...), sig[32:]...),
	} {
		if ES256.verify(key.Public(), "message", bad) {
			t.Errorf("%s: the signature is taken", name)
		}
	}
	if !ES256.verify(key.Public(), "message", sig) {
		t.Error("the signature itself is refused")
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	all := keys(t)
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range Algorithms() {
		var fit []string
		for of, key := range all {
			if a.Fits(key.Public()) {
				fit = append(fit, string(of[1:]))
			}
		}
		if got := len(fit); got == 0 || !strings.Contains(strings.Join(fit, " "), string(a[1:])) || a.Fits(other.Public()) || a.Fits(nil) {
			t.Errorf("keys for %v fit %s", fit, a)
		}
	}
	if Algorithm("none").Fits(all[RS256].Public()) {
		t.Error("a key fits none")
	}
}

func FuzzFlatten(f *testing.F) {
	key := keys(f)[ES256]
	der, err := key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1})
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		flat, err := flatten(der)
		if err != nil {
			return
		}
		var got struct{ R, S *big.Int }
		rest, err := asn1.Unmarshal(der, &got)
		if err != nil || len(rest) != 0 {
			return // not minimal: no signer makes that, and no good signature comes of it
		}
		if got.R.Cmp(new(big.Int).SetBytes(flat[:32])) != 0 || got.S.Cmp(new(big.Int).SetBytes(flat[32:])) != 0 {
			t.Errorf("flatten(%x) = %x, want %x and %x", der, flat, got.R, got.S)
		}
	})
}
