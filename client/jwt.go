package client

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// minRSABits is the size of the smallest RSA key that is any good (RFC 7518
// section 3.3).
const minRSABits = 2048

// signJWT returns a signed JWT in compact form (RFC 7515 section 7.1). The
// header gets the alg that belongs to the key; a kid that is empty is left out.
func signJWT(key crypto.Signer, header, claims map[string]any) (string, error) {
	alg, err := algorithmOf(key.Public())
	if err != nil {
		return "", err
	}
	header["alg"] = alg
	if header["kid"] == "" {
		delete(header, "kid")
	}
	head, err := json.Marshal(header)
	if err != nil {
		return "", fmt.Errorf("client: sign: %w", err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("client: sign: %w", err)
	}
	signed := encode(head) + "." + encode(body)
	signature, err := sign(key, alg, []byte(signed))
	if err != nil {
		return "", fmt.Errorf("client: sign: %w", err)
	}
	return signed + "." + encode(signature), nil
}

// algorithmOf returns the alg by which a key signs here. RSA keys sign by
// PS256, which FAPI 2.0 takes too.
func algorithmOf(key crypto.PublicKey) (string, error) {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return "ES256", nil
		}
	case ed25519.PublicKey:
		return "EdDSA", nil
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSABits {
			return "PS256", nil
		}
	}
	return "", fmt.Errorf("client: a key must be of P-256, Ed25519, or RSA with %d bits or more", minRSABits)
}

// sign signs what is signed in a JWS (RFC 7518 section 3, RFC 8037 section 3.1).
// All that is known of the private key is that it signs, so that one in
// hardware will do.
func sign(key crypto.Signer, alg string, signed []byte) ([]byte, error) {
	digest := sha256.Sum256(signed)
	switch alg {
	case "EdDSA":
		return key.Sign(rand.Reader, signed, crypto.Hash(0))
	case "PS256":
		return key.Sign(rand.Reader, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	}
	der, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 || v.R.BitLen() > 256 || v.S.BitLen() > 256 {
		return nil, errors.New("the key made no ECDSA signature of P-256")
	}
	both := make([]byte, 64)
	v.R.FillBytes(both[:32])
	v.S.FillBytes(both[32:])
	return both, nil
}

// jwkOf returns a public key as a JWK of the members that its thumbprint is
// taken of, in their order and without blanks (RFC 7638 section 3).
func jwkOf(key crypto.PublicKey) (json.RawMessage, error) {
	if _, err := algorithmOf(key); err != nil {
		return nil, err
	}
	var members any
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		point, err := k.Bytes() // 4, x, y (SEC 1 section 2.3.3)
		if err != nil {
			return nil, fmt.Errorf("client: encode key: %w", err)
		}
		members = struct {
			Curve string `json:"crv"`
			Type  string `json:"kty"`
			X     string `json:"x"`
			Y     string `json:"y"`
		}{"P-256", "EC", encode(point[1:33]), encode(point[33:])}
	case ed25519.PublicKey:
		members = struct {
			Curve string `json:"crv"`
			Type  string `json:"kty"`
			X     string `json:"x"`
		}{"Ed25519", "OKP", encode(k)}
	case *rsa.PublicKey:
		members = struct {
			Exponent string `json:"e"`
			Type     string `json:"kty"`
			Modulus  string `json:"n"`
		}{encode(big.NewInt(int64(k.E)).Bytes()), "RSA", encode(k.N.Bytes())}
	}
	return json.Marshal(members)
}
