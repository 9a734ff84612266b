package keyring

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"

	"sluss.example/sluss/internal/jose"
)

// A Document is rendered once and served many times.
type Document struct {
	Body []byte
	ETag string // quoted, as the header has it
}

// NewDocument returns a document of v in JSON.
func NewDocument(v any) *Document {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("keyring: render document: %v", err)) // only of values that cannot be JSON
	}
	sum := sha256.Sum256(body)
	return &Document{Body: body, ETag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}

// A jwk is a key as RFC 7517 section 4 has it, with the members of RFC 7518
// section 6 or RFC 8037 section 2.
type jwk struct {
	KeyType   string         `json:"kty"`
	Use       string         `json:"use"`
	Algorithm jose.Algorithm `json:"alg"`
	KeyID     string         `json:"kid"`
	X5T       string         `json:"x5t"`
	Exponent  string         `json:"e,omitempty"`
	Modulus   string         `json:"n,omitempty"`
	Curve     string         `json:"crv,omitempty"`
	X         string         `json:"x,omitempty"`
	Y         string         `json:"y,omitempty"`
	Chain     []string       `json:"x5c"`
}

// newJWK returns the key as it is published.
func newJWK(k *Key) jwk {
	text := base64.RawURLEncoding.EncodeToString
	w := jwk{Use: "sig", Algorithm: k.Algorithm, KeyID: k.ID, X5T: k.X5T, Chain: []string{base64.StdEncoding.EncodeToString(k.stored.Certificate)}}
	switch public := k.Public.(type) {
	case *rsa.PublicKey:
		w.KeyType, w.Exponent, w.Modulus = "RSA", text(big.NewInt(int64(public.E)).Bytes()), text(public.N.Bytes())
	case *ecdsa.PublicKey:
		w.KeyType, w.Curve = "EC", "P-256"
		if point, err := public.Bytes(); err == nil && len(point) == 65 { // always: the key fits its algorithm
			w.X, w.Y = text(point[1:33]), text(point[33:])
		}
	case ed25519.PublicKey:
		w.KeyType, w.Curve, w.X = "OKP", "Ed25519", text(public)
	}
	return w
}

func newJWKS(keys []*Key) *Document {
	jwks := struct {
		Keys []jwk `json:"keys"`
	}{make([]jwk, 0, len(keys))}
	for _, k := range keys {
		jwks.Keys = append(jwks.Keys, newJWK(k))
	}
	return NewDocument(jwks)
}
