package token

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
)

// A ReplayStore remembers what may be used once only. All instances share it.
type ReplayStore interface {
	// UseOnce notes the use of what key stands for, and reports whether it is
	// the first one. It may forget it after until.
	UseOnce(ctx context.Context, key [32]byte, until time.Time) (bool, error)
}

// maxAssertionLife bounds how long an assertion may be good, and so how long
// its id must be remembered.
const maxAssertionLife = time.Hour

// maxID is the most bytes of a jti.
const maxID = 255

// An AssertionRequest is an app's proof by a signed assertion (RFC 7523
// section 2.2).
type AssertionRequest struct {
	Text      string   // client_assertion
	ClientID  string   // client_id beside it; empty if not sent
	Audiences []string // what aud may be: the issuer, and the endpoint's URL
}

// AuthenticateAssertion returns the app that signed the assertion with one of
// its registered keys. It reports problem.ClientInvalid without detail for the
// client, whatever is wrong; the cause is for the log.
func (s *Service) AuthenticateAssertion(ctx context.Context, r AssertionRequest) (*app.App, error) {
	refused := func(why string) error {
		return problem.New(problem.ClientInvalid, "").Because(assertionError(why))
	}
	if s.Replays == nil {
		return nil, refused("assertions are not taken here")
	}
	a, err := jose.ParseAssertion(r.Text)
	if err != nil {
		return nil, refused("not a signed JWT of a kind that is taken")
	}
	owner := s.find(a.Subject)
	if owner == nil || !owner.Allows(app.ByAssertion) || len(owner.Extensions.Keys) == 0 {
		return nil, refused("no app with keys has this sub")
	}
	keys, err := jose.ParseKeySet(owner.Extensions.Keys)
	if err != nil {
		return nil, refused("the app's keys cannot be read")
	}
	if err := a.Verify(keys); err != nil {
		return nil, refused("the signature is not by a key of the app")
	}
	if owner.Security().FAPI2 && (!a.OneAudience || a.Audience[0] != s.Issuer || weak(owner, a.Algorithm)) {
		return nil, refused("FAPI 2.0 wants the issuer alone as aud, and another algorithm than RS256")
	}
	now := s.Clock.Now()
	if why := checkAssertion(&a, &r, now); why != "" {
		return nil, refused(why)
	}
	until := time.Unix(a.Expires, 0).Add(Skew)
	first, err := s.Replays.UseOnce(ctx, sha256.Sum256([]byte("assertion\x00"+owner.ID+"\x00"+a.ID)), until)
	if err != nil {
		return nil, err
	}
	if !first {
		return nil, refused("the jti was used before")
	}
	return owner, nil
}

// checkAssertion returns what is wrong with the claims of an assertion whose
// signature is good, or "" (RFC 7523 section 3).
func checkAssertion(a *jose.Assertion, r *AssertionRequest, now time.Time) string {
	seconds := now.Unix()
	const skew = int64(Skew / time.Second)
	switch {
	case a.Issuer != a.Subject:
		return "iss and sub differ"
	case r.ClientID != "" && r.ClientID != a.Subject:
		return "client_id is not sub"
	case !slices.ContainsFunc(a.Audience, func(aud string) bool { return slices.Contains(r.Audiences, aud) }):
		return "aud is neither the issuer nor the endpoint"
	case a.Expires == 0 || a.Expires+skew <= seconds:
		return "exp is missing or has passed"
	case a.Expires > seconds+skew+int64(maxAssertionLife/time.Second):
		return "exp is more than an hour ahead"
	case a.NotBefore > seconds+skew, a.IssuedAt > seconds+skew:
		return "it is from the future"
	case a.ID == "" || len(a.ID) > maxID:
		return "jti is missing or too long"
	}
	return ""
}

// assertionError is why an assertion was refused, for the log alone.
type assertionError string

// Error returns the reason.
func (e assertionError) Error() string { return "assertion: " + string(e) }
