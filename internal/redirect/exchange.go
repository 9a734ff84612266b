package redirect

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// An ExchangeRequest is a token request with the grant authorization_code, of
// an app that has proved who it is.
type ExchangeRequest struct {
	App         app.App
	Code        string
	RedirectURI string
	Scope       string // empty if not sent
	Verifier    string // code_verifier; empty if not sent
	// Resource is what the headers name: X-ConsentId and
	// X-ConsentAuthorisationId with KindConsent, and so on.
	Resource Resource
}

// An Issue makes an access token with the scope and returns its jti.
type Issue func(ctx context.Context, s scope.Set) (tokenID string, err error)

// Exchange spends a code, and with it finalises the authorisation and moves
// its resource, in one transaction. It calls issue at most once, after the
// checks and before anything changes, so that a busy signer leaves the code
// good; the caller hands the token out only if Exchange returns nil. It
// reports problem.GrantInvalid for a code that is unknown, used, expired or
// not for this request; a used one revokes the token that was issued from it.
func (s *Service) Exchange(ctx context.Context, r ExchangeRequest, issue Issue) error {
	hash := sha256.Sum256([]byte(r.Code))
	var c Code
	err := s.Store.RedirectTx(ctx, func(tx Tx) (err error) {
		c, err = tx.Code(ctx, hash)
		return err
	})
	if err != nil {
		return err
	}
	if !c.UsedAt.IsZero() {
		return s.replayed(ctx, &c)
	}
	if err := s.check(&c, &r); err != nil {
		return err
	}
	set, err := scope.Parse(c.Scope)
	if err != nil {
		return err
	}
	if err := checkGrant(&r.App, set); err != nil {
		return err
	}
	id, err := issue(ctx, set)
	if err != nil {
		return err
	}
	return s.spend(ctx, hash, id)
}

// check checks that the code is for this request.
func (s *Service) check(c *Code, r *ExchangeRequest) error {
	switch {
	case c.ClientID != r.App.ID:
		return invalid("the code is not known")
	case !s.Clock.Now().Before(c.ExpiresAt):
		return invalid("the code has expired")
	case c.RedirectURI != r.RedirectURI:
		return invalid("redirect_uri is not that of the authorize call")
	case !c.Resource.same(r.Resource):
		return invalid("the code was issued for another authorisation than the headers name")
	case !verified(c.CodeChallenge, r.Verifier):
		return invalid("code_verifier does not fit the code_challenge of the authorize call")
	}
	if r.Scope == "" {
		return nil
	}
	asked, err := scope.Parse(r.Scope)
	if err != nil {
		return err
	}
	if granted, err := scope.Parse(c.Scope); err != nil || !asked.Equal(granted) {
		return problem.New(problem.ScopeInvalid, "scope must be that of the authorize call, or left out")
	}
	return nil
}

func (r Resource) same(o Resource) bool {
	return r.Kind == o.Kind && strings.EqualFold(r.ID, o.ID) && strings.EqualFold(r.AuthorisationID, o.AuthorisationID)
}

// verified reports whether the verifier is that of an S256 challenge, RFC 7636
// section 4.6. Where there was no challenge there must be no verifier, so that
// nobody can strip the challenge from the way unseen (RFC 9700 section 4.8).
func verified(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == verifier
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// spend marks the code as used for the token and finalises what it is for. Of
// two at once one wins; the other is a second use.
func (s *Service) spend(ctx context.Context, hash [32]byte, tokenID string) error {
	var c Code
	var tell func(context.Context)
	err := s.Store.RedirectTx(ctx, func(tx Tx) (err error) {
		tell = nil
		if c, err = tx.Code(ctx, hash); err != nil || !c.UsedAt.IsZero() {
			return err
		}
		kind, err := s.of(c.Resource)
		if err == nil {
			tell, err = kind.Exchange(ctx, tx, c.Resource.ID, c.Resource.AuthorisationID)
		}
		if err != nil {
			return asGrant(err)
		}
		spent := c
		spent.UsedAt, spent.TokenID = s.Clock.Now(), tokenID
		return tx.SpendCode(ctx, spent)
	})
	if err != nil {
		return err
	}
	if tell == nil {
		return s.replayed(ctx, &c)
	}
	tell(ctx)
	return nil
}

// asGrant turns what may be wrong with the resource into a fault of the code.
func asGrant(err error) error {
	for _, r := range []problem.Reason{problem.ConsentUnknown, problem.ResourceUnknown, problem.StatusInvalid} {
		if problem.Is(err, r) {
			return invalid("what the code was issued for is gone").Because(err)
		}
	}
	return err
}

// replayed answers the second use of a code: somebody else may have it, so the
// token that came of it ends (RFC 6749 section 4.1.2). The result of the
// authorisation stays.
func (s *Service) replayed(ctx context.Context, c *Code) error {
	if s.Revoker != nil && c.TokenID != "" {
		if err := s.Revoker.Revoke(ctx, c.TokenID, c.UsedAt.Add(s.TokenLifetime)); err != nil {
			return err
		}
	}
	return invalid("the code was used already")
}

func invalid(detail string) *problem.Error { return problem.New(problem.GrantInvalid, "%s", detail) }
