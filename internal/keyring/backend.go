package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"

	"sluss.example/sluss/internal/jose"
)

// RSABits is the size of the RSA keys that are made.
const RSABits = 2048

// A Private is a private key as a [Backend] keeps it: itself, or the name of
// one that cannot be had.
type Private struct {
	PKCS8     []byte // in the clear; whoever has it clears it
	Reference string // such as a PKCS #11 URI; empty if PKCS8 is the key
}

// A Backend makes private keys and signs with them. It is safe for concurrent
// use.
type Backend interface {
	// Generate makes a private key for the algorithm.
	Generate(a jose.Algorithm) (Private, error)
	// Open returns what signs with a key that Generate, or another backend,
	// made for the algorithm. It signs as [crypto.Signer] says, EdDSA messages
	// and not digests.
	Open(a jose.Algorithm, p Private) (crypto.Signer, error)
	// Discard destroys the key with the reference. To do it again does nothing.
	Discard(reference string) error
	// Close gives back what the backend holds. No signer of its may be used
	// after.
	Close() error
}

// Builtin is the backend of the program itself: Go's own cryptography.
type Builtin struct{}

var _ Backend = Builtin{}

// Generate implements [Backend].
func (Builtin) Generate(a jose.Algorithm) (Private, error) {
	var key crypto.Signer
	var err error
	switch a {
	case jose.RS256, jose.PS256:
		key, err = rsa.GenerateKey(rand.Reader, RSABits)
	case jose.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no algorithm is called %q", a)
	}
	if err != nil {
		return Private{}, err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	return Private{PKCS8: plain}, err
}

// Open implements [Backend].
func (Builtin) Open(_ jose.Algorithm, p Private) (crypto.Signer, error) {
	if p.Reference != "" {
		return nil, errors.New("the private key is in a hardware security module: set keys.signer to \"pkcs11\"")
	}
	key, err := x509.ParsePKCS8PrivateKey(p.PKCS8)
	if err != nil {
		return nil, errors.New("not a private key in PKCS #8") // the cause may quote what it could not parse
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the private key does not sign")
	}
	return signer, nil
}

// Discard implements [Backend]. There is nothing outside of the database.
func (Builtin) Discard(string) error { return nil }

// Close implements [Backend].
func (Builtin) Close() error { return nil }
