package jose

import (
	"crypto"
	"crypto/rsa"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// ProofAlgorithms are the algorithms that a DPoP proof may be signed with. None
// of them is symmetric.
func ProofAlgorithms() []string { return []string{"ES256", "EdDSA", "PS256", "RS256"} }

// TypeProof is the typ of a DPoP proof.
const TypeProof = "dpop+jwt"

// maxRSABits bounds the key of a proof, which anybody may bring: a huge one
// would make us work.
const maxRSABits = 4096

// A Proof is a DPoP proof (RFC 9449 section 4.2) whose signature is by the key
// that it brings. Whether it fits the request is not looked at.
type Proof struct {
	Thumbprint string // of the key, base64url of SHA-256 (RFC 7638): jkt
	Algorithm  string
	ID         string // jti
	Method     string // htm
	URL        string // htu
	TokenHash  string // ath; empty if not there
	Nonce      string // empty if not there
	IssuedAt   int64  // iat, Unix seconds; 0 if not there
}

// ParseProof parses a proof and verifies its signature. It refuses every
// algorithm but [ProofAlgorithms], another typ, a key that is private or weak,
// and critical extensions; of the header it reads nothing else.
func ParseProof(raw string) (Proof, error) {
	if len(raw) > MaxSize {
		return Proof{}, errForm
	}
	algorithms := make([]gojose.SignatureAlgorithm, 0, 4)
	for _, a := range ProofAlgorithms() {
		algorithms = append(algorithms, gojose.SignatureAlgorithm(a))
	}
	parsed, err := jwt.ParseSigned(raw, algorithms)
	if err != nil {
		return Proof{}, errForm
	}
	head := parsed.Headers[0]
	typ, _ := head.ExtraHeaders[gojose.HeaderType].(string)
	_, critical := head.ExtraHeaders["crit"]
	if typ != TypeProof || critical || head.JSONWebKey == nil {
		return Proof{}, errForm
	}
	key := head.JSONWebKey
	if !key.IsPublic() || key.Algorithm != "" && key.Algorithm != head.Algorithm || checkKey(key) != nil {
		return Proof{}, errForm
	}
	if k, ok := key.Key.(*rsa.PublicKey); ok && k.N.BitLen() > maxRSABits {
		return Proof{}, errForm
	}
	var c struct {
		ID        string           `json:"jti"`
		Method    string           `json:"htm"`
		URL       string           `json:"htu"`
		TokenHash string           `json:"ath"`
		Nonce     string           `json:"nonce"`
		IssuedAt  *jwt.NumericDate `json:"iat"`
	}
	if err := parsed.Claims(key.Key, &c); err != nil {
		return Proof{}, errForm
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return Proof{}, errForm
	}
	return Proof{
		Thumbprint: encoding.EncodeToString(sum), Algorithm: head.Algorithm, ID: c.ID, Method: c.Method, URL: c.URL,
		TokenHash: c.TokenHash, Nonce: c.Nonce, IssuedAt: unix(c.IssuedAt),
	}, nil
}
