package token

import (
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// Check returns what the access token raw grants. It reports
// problem.TokenUnknown for what we did not sign or issue, problem.TokenExpired
// past its exp, and problem.TokenInvalid for a token of ours that is not good
// for another reason: not yet valid, revoked, for another audience, or of an
// app that is disabled or gone. It looks neither at what the scope must be nor
// at what the token is bound to.
//
// It reports problem.Busy if the store has been away for too long.
func (s *Service) Check(raw string) (Access, error) {
	if err := s.checkStore(); err != nil {
		return Access{}, err
	}
	v, ok := s.seen.get(raw)
	if !ok {
		var err error
		if v, err = s.verify(raw); err != nil {
			return Access{}, err
		}
		s.seen.put(strings.Clone(raw), v)
	}
	return s.judge(&v)
}

// A verified is what a genuine token says: all that cannot change.
type verified struct {
	clientID string
	keyID    string
	id       string
	scope    scope.Set
	notFrom  time.Time // nbf
	expires  time.Time // exp
	audience bool      // we are among those the token is for
	cnf      jose.Confirmation
}

// verify checks that we signed and issued raw.
func (s *Service) verify(raw string) (verified, error) {
	t, err := jose.Parse(raw)
	if err != nil {
		return verified{}, unknown(err)
	}
	key := s.Keys.Verifying(t.KeyID)
	if key == nil {
		s.Keys.Unknown()
		return verified{}, unknown(nil)
	}
	c, err := t.Verify(key.Algorithm, key.Public)
	if err != nil {
		return verified{}, unknown(err)
	}
	if c.Issuer != s.Issuer {
		return verified{}, unknown(nil)
	}
	set, err := scope.Parse(strings.Join(c.Scope, " "))
	if err != nil {
		return verified{}, problem.New(problem.TokenInvalid, "the token cannot be used").Because(err)
	}
	return verified{
		clientID: c.ClientID, keyID: t.KeyID, id: c.ID, scope: set,
		notFrom: time.Unix(c.NotBefore, 0).UTC(), expires: time.Unix(c.Expires, 0).UTC(),
		audience: slices.Contains(c.Audience, s.resources()), cnf: c.Confirmation,
	}, nil
}

// judge decides on a genuine token by what may have changed since it was
// issued.
func (s *Service) judge(v *verified) (Access, error) {
	now := s.Clock.Now()
	if s.Keys.Verifying(v.keyID) == nil {
		return Access{}, unknown(nil)
	}
	if now.After(v.expires.Add(Skew)) {
		return Access{}, problem.New(problem.TokenExpired, "token expired")
	}
	a := s.find(v.clientID)
	if a == nil || !v.audience || now.Before(v.notFrom.Add(-Skew)) || s.Revocations != nil && s.Revocations.Revoked(v.id) {
		return Access{}, problem.New(problem.TokenInvalid, "the token cannot be used")
	}
	return Access{App: a, Scope: v.scope, ID: v.id, ExpiresAt: v.expires, Confirmation: v.cnf, life: v.expires.Sub(v.notFrom)}, nil
}

func unknown(cause error) error {
	e := problem.New(problem.TokenUnknown, "the token is not one of this platform")
	if cause != nil {
		return e.Because(cause)
	}
	return e
}
