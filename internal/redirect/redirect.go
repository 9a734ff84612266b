// Package redirect is the way of a browser through SCA: the authorize call
// that leads to a bank's page, the way back from it, and the code whose
// exchange finalises the authorisation (RFC 6749 section 4.1, RFC 7636).
package redirect

import (
	"context"
	"time"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/sca"
)

// A Visit is one browser's way to a bank and back. There is one for each
// authorisation; a second authorize call for the same one replaces it.
type Visit struct {
	// Handle names the visit in the URL that the bank sends the browser back
	// to: 128 random bits, so that nobody can guess it.
	Handle         string
	Resource       Resource
	ClientID       string
	RedirectURI    string // as the client sent it
	NokRedirectURI string // for failures of a plain redirect; RedirectURI if empty
	State          string
	HasState       bool
	Scope          string // scope string of the authorize call
	CodeChallenge  string // S256; none if empty
	Kind           sca.Approach
	StartedAt      time.Time
}

// A Resource names an authorisation and what it belongs to.
type Resource struct {
	Kind            string // one of Kinds
	ID              string
	AuthorisationID string
}

// A Code is an authorisation code, bound to what it was issued for. Only its
// hash is stored.
type Code struct {
	Hash          [32]byte // SHA-256 of the code
	Resource      Resource
	ClientID      string
	RedirectURI   string
	Scope         string
	CodeChallenge string
	ExpiresAt     time.Time
	UsedAt        time.Time // zero until used
	TokenID       string    // jti of the token that was issued from it
}

// A Store keeps visits and codes.
type Store interface {
	// Visit returns the visit with the handle. It reports
	// problem.ResourceUnknown.
	Visit(ctx context.Context, handle string) (Visit, error)
	// RedirectTx runs fn in one transaction, perhaps twice; fn must be pure
	// but for its Tx.
	RedirectTx(ctx context.Context, fn func(Tx) error) error
}

// A Tx is what a rule over several resources needs in one transaction.
type Tx interface {
	consent.Tx
	payment.Tx
	// PutVisit stores v in place of an earlier visit of the same
	// authorisation.
	PutVisit(ctx context.Context, v Visit) error
	// InsertCode stores a new code.
	InsertCode(ctx context.Context, c Code) error
	// Code returns the code with the hash. It reports problem.GrantInvalid.
	Code(ctx context.Context, hash [32]byte) (Code, error)
	// SpendCode stores that a code was used and for which token. A code that
	// was used meanwhile makes the transaction run again.
	SpendCode(ctx context.Context, c Code) error
}
