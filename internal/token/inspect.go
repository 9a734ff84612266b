package token

import (
	"context"
	"errors"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// An Inspection is what an app may know of a token of its own that is good
// now.
type Inspection struct {
	ID        string // jti
	Scope     scope.Set
	Audience  []string
	NotBefore time.Time // and when it was issued
	ExpiresAt time.Time
	// Confirmation is what the token is bound to.
	Confirmation jose.Confirmation
}

// Inspect returns what is known of the token raw of the app a, and whether the
// token is good now. Of a token that is not, or is another app's, nothing is
// known (RFC 7662 section 2.2).
func (s *Service) Inspect(a *app.App, raw string) (Inspection, bool) {
	access, err := s.Check(raw)
	if err != nil || access.App.ID != a.ID || !s.Clock.Now().Before(access.ExpiresAt) {
		return Inspection{}, false
	}
	return Inspection{
		ID: access.ID, Scope: access.Scope, Audience: s.audience(access.Scope),
		NotBefore: access.ExpiresAt.Add(-access.life), ExpiresAt: access.ExpiresAt,
		Confirmation: access.Confirmation,
	}, true
}

// Revoke ends the life of the token raw of the app a. A token that is not good
// anyway is no fault (RFC 7009 section 2.2). It reports
// problem.GrantForbidden for another app's token.
func (s *Service) Revoke(ctx context.Context, a *app.App, raw string) error {
	access, err := s.Check(raw)
	if err != nil {
		return nil //nolint:nilerr // what is not good has nothing to end
	}
	if access.App.ID != a.ID {
		return problem.New(problem.GrantForbidden, "the token is not one of this application")
	}
	if s.Revocations == nil {
		return errors.New("revoke token: this service has no list of revoked tokens")
	}
	return s.Revocations.Revoke(ctx, access.ID, access.ExpiresAt)
}
