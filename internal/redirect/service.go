package redirect

import (
	"context"
	"errors"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/scope"
)

// A Service takes browsers to banks and back, and exchanges codes.
type Service struct {
	Store    Store
	Consents *consent.Service
	Banks    *bank.Registry
	Apps     consent.AppFinder
	Clock    clock.Clock
	Revoker  Revoker
	// TokenLifetime is how long a token lives that was issued from a code.
	TokenLifetime time.Duration
}

// A Revoker ends the life of access tokens.
type Revoker interface {
	// Revoke refuses the token with the jti from now on. It may forget it
	// after until, when the token has expired by itself.
	Revoke(ctx context.Context, tokenID string, until time.Time) error
}

// An ExchangeRequest is a token request with the grant authorization_code, of
// an app that has proved who it is.
type ExchangeRequest struct {
	App         app.App
	Code        string
	RedirectURI string
	Scope       string // empty if not sent
	Verifier    string // code_verifier; empty if not sent
	// Resource is what the headers name: X-ConsentId and
	// X-ConsentAuthorisationId with Kind "consent", and so on.
	Resource Resource
}

// An Issue makes an access token with the scope and returns its jti.
type Issue func(ctx context.Context, s scope.Set) (tokenID string, err error)

var errNotYet = errors.New("not yet")

// Exchange spends a code, and with it finalises the authorisation and moves
// the consent, in one transaction. It calls issue at most once, after the
// checks and before anything changes, so that a busy signer leaves the code
// good; the caller hands the token out only if Exchange returns nil. It
// reports problem.GrantInvalid for a code that is unknown, used, expired or
// not for this request; a used one revokes the token that was issued from it.
func (s *Service) Exchange(ctx context.Context, r ExchangeRequest, issue Issue) error {
	return errNotYet
}
