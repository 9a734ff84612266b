// Package keyring has the signing keys of the token service and the sealing
// key that keeps them, and other secrets which must be used, from being read
// at rest.
package keyring

import (
	"context"
	"time"
)

// A StoredKey is a signing key as it is stored: sealed.
type StoredKey struct {
	KeyID       string // kid: upper-case hex SHA-1 thumbprint of Certificate
	Algorithm   string // JWS algorithm, such as RS256
	Certificate []byte // DER, self-signed
	Sealed      []byte // PKCS #8 of the private key, sealed
	CreatedAt   time.Time
	PublishedAt time.Time // zero: not yet in the JWKS
	SignsFrom   time.Time // zero: not yet signing
	RetiredAt   time.Time // zero: still signing
}

// A Store keeps signing keys.
type Store interface {
	// Keys returns all keys, oldest first.
	Keys(ctx context.Context) ([]StoredKey, error)
	// InsertFirstKey stores k only if there is no key of its algorithm, and
	// reports whether it did, so that instances that start together agree.
	InsertFirstKey(ctx context.Context, k StoredKey) (bool, error)
}
