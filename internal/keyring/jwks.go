package keyring

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
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

// A jwk is a key as RFC 7517 section 4 has it.
type jwk struct {
	KeyType   string   `json:"kty"`
	Use       string   `json:"use"`
	Algorithm string   `json:"alg"`
	KeyID     string   `json:"kid"`
	X5T       string   `json:"x5t"`
	Exponent  string   `json:"e"`
	Modulus   string   `json:"n"`
	Chain     []string `json:"x5c"`
}

func newJWKS(keys []*Key) *Document {
	jwks := struct {
		Keys []jwk `json:"keys"`
	}{make([]jwk, 0, len(keys))}
	for _, k := range keys {
		jwks.Keys = append(jwks.Keys, jwk{
			KeyType: "RSA", Use: "sig", Algorithm: k.Algorithm, KeyID: k.ID, X5T: k.X5T,
			Exponent: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.Public.E)).Bytes()),
			Modulus:  base64.RawURLEncoding.EncodeToString(k.Public.N.Bytes()),
			Chain:    []string{base64.StdEncoding.EncodeToString(k.stored.Certificate)},
		})
	}
	return NewDocument(jwks)
}
