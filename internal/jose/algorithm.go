package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
)

// An Algorithm is a JWS algorithm for access tokens.
type Algorithm string

// The algorithms: RSASSA-PKCS1-v1_5, RSASSA-PSS and ECDSA on P-256, each with
// SHA-256 (RFC 7518 sections 3.3 to 3.5), and Ed25519 (RFC 8037 section 3.1).
const (
	RS256 Algorithm = "RS256"
	PS256 Algorithm = "PS256"
	ES256 Algorithm = "ES256"
	EdDSA Algorithm = "EdDSA"
)

// Algorithms returns all algorithms, the usual one first.
func Algorithms() []Algorithm { return []Algorithm{RS256, PS256, ES256, EdDSA} }

// Fits reports whether key is a public key for the algorithm.
func (a Algorithm) Fits(key crypto.PublicKey) bool {
	switch a {
	case RS256, PS256:
		_, ok := key.(*rsa.PublicKey)
		return ok
	case ES256:
		k, ok := key.(*ecdsa.PublicKey)
		return ok && k.Curve == elliptic.P256()
	case EdDSA:
		k, ok := key.(ed25519.PublicKey)
		return ok && len(k) == ed25519.PublicKeySize
	}
	return false
}

// coordinate is the size of one of the two numbers of an ES256 signature.
const coordinate = 32

// sign returns the signature of message as a token has it.
func (a Algorithm) sign(key crypto.Signer, message []byte) ([]byte, error) {
	if a == EdDSA {
		return key.Sign(rand.Reader, message, crypto.Hash(0))
	}
	digest := sha256.Sum256(message)
	switch a {
	case RS256:
		return key.Sign(rand.Reader, digest[:], crypto.SHA256)
	case PS256:
		return key.Sign(rand.Reader, digest[:], &rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256})
	case ES256:
		der, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		return flatten(der)
	}
	return nil, fmt.Errorf("no algorithm is called %q", a)
}

// verify reports whether signature is that of message by key. The caller has
// looked that the key fits; what does not is refused.
func (a Algorithm) verify(key crypto.PublicKey, message string, signature []byte) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		digest := sha256.Sum256([]byte(message))
		if a == PS256 {
			return rsa.VerifyPSS(k, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: sha256.Size}) == nil
		}
		return a == RS256 && rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], signature) == nil
	case *ecdsa.PublicKey:
		if a != ES256 || len(signature) != 2*coordinate || k.Curve != elliptic.P256() {
			return false
		}
		digest := sha256.Sum256([]byte(message))
		r, s := new(big.Int).SetBytes(signature[:coordinate]), new(big.Int).SetBytes(signature[coordinate:])
		return ecdsa.Verify(k, digest[:], r, s)
	case ed25519.PublicKey:
		return a == EdDSA && len(k) == ed25519.PublicKeySize && ed25519.Verify(k, []byte(message), signature)
	}
	return false
}

var errDER = errors.New("not an ECDSA signature in DER")

// flatten turns an ECDSA signature on P-256 from DER (RFC 3279 section 2.2.3)
// into the two numbers side by side that a token has (RFC 7518 section 3.4).
func flatten(der []byte) ([]byte, error) {
	if len(der) < 2 || der[0] != 0x30 || int(der[1]) != len(der)-2 || der[1] >= 0x80 {
		return nil, errDER
	}
	out, rest := make([]byte, 2*coordinate), der[2:]
	for i := range 2 {
		if len(rest) < 2 || rest[0] != 0x02 || int(rest[1]) > len(rest)-2 || rest[1] == 0 || rest[2]&0x80 != 0 {
			return nil, errDER
		}
		number := rest[2 : 2+rest[1]]
		rest = rest[2+rest[1]:]
		if number[0] == 0 {
			number = number[1:]
		}
		if len(number) > coordinate {
			return nil, errDER
		}
		copy(out[(i+1)*coordinate-len(number):], number)
	}
	if len(rest) != 0 {
		return nil, errDER
	}
	return out, nil
}
