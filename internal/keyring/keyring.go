// Package keyring has the signing keys of the token service and the sealing
// key that keeps them, and other secrets which must be used, from being read
// at rest.
//
// A signing key goes through states, which follow from the times in its row
// alone, so that all instances agree without talking to each other:
//
//	made  ->  published  ->  signing  ->  retired  ->  gone
//
// A published key is in the JWKS so that verifiers learn it before they meet
// its signature; a retired one stays there until the last token that it signed
// has expired. The first key signs at once, since nobody can have cached a
// JWKS without it.
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

// A State is where a key is in its life.
type State string

// The states, in the order of a life.
const (
	Made      State = "made"
	Published State = "published"
	Signing   State = "signing"
	Retired   State = "retired"
	Gone      State = "gone"
)

// State returns the state of the key at now; keep is how long a retired key
// stays in the JWKS.
func (k *StoredKey) State(now time.Time, keep time.Duration) State {
	has := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	switch {
	case has(k.RetiredAt) && !now.Before(k.RetiredAt.Add(keep)):
		return Gone
	case has(k.RetiredAt):
		return Retired
	case has(k.SignsFrom):
		return Signing
	case has(k.PublishedAt):
		return Published
	}
	return Made
}

// A Store keeps signing keys.
type Store interface {
	// Keys returns all keys, oldest first.
	Keys(ctx context.Context) ([]StoredKey, error)
	// InsertFirstKey stores k only if there is no key of its algorithm, and
	// reports whether it did, so that instances that start together agree.
	InsertFirstKey(ctx context.Context, k StoredKey) (bool, error)
	// UpdateKeys reads all keys, oldest first, and stores the change that fn
	// decides on, in one transaction. It may run fn twice.
	UpdateKeys(ctx context.Context, fn func(keys []StoredKey) (Change, error)) error
}
