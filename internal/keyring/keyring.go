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
//
// Each algorithm has a chain of such keys of its own. A chain begins when the
// platform or an app first wants its algorithm. Only chains that begin before
// there is any key at all begin at once: a later one has its first key
// published for as long as any other, and whoever wants the algorithm gets
// tokens by the platform's until then. A chain that nobody wants any more ends
// with its present key.
package keyring

import (
	"context"
	"time"

	"sluss.example/sluss/internal/jose"
)

// A StoredKey is a signing key as it is stored: sealed, or elsewhere.
type StoredKey struct {
	KeyID       string // kid: upper-case hex SHA-1 thumbprint of Certificate
	Algorithm   jose.Algorithm
	Certificate []byte // DER, self-signed
	Sealed      []byte // PKCS #8 of the private key, sealed; none if Reference names it
	Reference   string // names a private key that is kept elsewhere; usually empty
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
	// UpdateKeys reads all keys, oldest first, and stores the change that fn
	// decides on, in one transaction. It may run fn twice.
	UpdateKeys(ctx context.Context, fn func(keys []StoredKey) (Change, error)) error
}
