// Package token is the token service without HTTP: it authenticates apps,
// issues access tokens and checks them. It does no I/O on either path: apps
// and keys are immutable snapshots.
//
// A token is a JWT (RFC 7519) in the layout that clients of the API know. Its
// signature is by far the dearest part of a request, so a [Gate] lets as many
// sign at once as there are cores, keeps a bounded queue in order, and turns
// the rest away at once.
package token

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/netip"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/trace"
	"sluss.example/sluss/internal/usage"
)

// Skew is how far apart the clocks of two instances may be: a token is good
// that much before its nbf and after its exp.
const Skew = 60 * time.Second

// An Access is what a checked access token grants. Loggers print its app only.
type Access struct {
	App       *app.App // snapshot; read only
	Scope     scope.Set
	ID        string // jti
	ExpiresAt time.Time
	// Confirmation names the key of the holder that the token is bound to;
	// anybody who has it may use it if that is empty.
	Confirmation jose.Confirmation
	life         time.Duration // from nbf to exp
}

// LogValue implements [slog.LogValuer].
func (a Access) LogValue() slog.Value {
	if a.App == nil {
		return slog.StringValue("none")
	}
	return slog.StringValue(a.App.ID)
}

// An Issued is an access token as it goes to the app. It prints masked.
type Issued struct {
	Text      string // the token itself
	ID        string // jti
	Scope     scope.Set
	ExpiresIn time.Duration
	ExpiresAt time.Time
	// Confirmation is what the token is bound to; nothing if empty.
	Confirmation jose.Confirmation
}

// String returns a mask, never the token.
func (*Issued) String() string { return "***" }

// LogValue implements [slog.LogValuer].
func (i *Issued) LogValue() slog.Value { return slog.StringValue("token " + i.ID) }

// Apps finds apps in memory: package app's Directory.
type Apps interface {
	// Find returns the app with the id, nil if there is none.
	Find(id string) *app.App
	// Away returns for how long what Find returns may be out of date, because
	// the store does not answer.
	Away() time.Duration
}

// Revocations knows the tokens that were revoked before their time: a
// [DenyList].
type Revocations interface {
	// Revoked reports whether the token with the jti was revoked. It is asked
	// with every check and must be quick.
	Revoked(tokenID string) bool
	// Revoke refuses the token with the jti from now on. It may be forgotten
	// after until.
	Revoke(ctx context.Context, tokenID string, until time.Time) error
}

// A Service issues and checks access tokens. It is safe for concurrent use,
// and must not be changed once in use.
type Service struct {
	Apps  Apps
	Keys  *keyring.Ring
	Clock clock.Clock
	Gate  *Gate
	// Issuer is the AUTH base URL without a trailing slash.
	Issuer string
	// Environment is that of the installation: apps of the other one do not
	// exist here.
	Environment string
	// Lifetime is how long a token is good, in whole seconds.
	Lifetime time.Duration
	// Grace is how long, in real time, tokens are issued and checked while the
	// store is away and nobody can tell whether an app or a token was meanwhile
	// revoked. Forever if zero.
	Grace time.Duration
	// Form is that of the tokens of apps that want none of their own:
	// jose.TypeJWT if empty.
	Form string
	// Revocations may be nil: nothing is revoked.
	Revocations Revocations
	// Uses may be nil: the use of secrets is not recorded.
	Uses *app.Uses
	// Replays may be nil: apps cannot authenticate by assertion.
	Replays ReplayStore
	// Authority may be nil: apps cannot authenticate by tls_client_auth.
	Authority *certificate.Authority
	// Nonces may be nil: DPoP proofs need none.
	Nonces *Nonces
	// Rule and Meter hold apps to one active token for each PSU context.
	Rule  Rule
	Meter usage.Meter
	// Limits and Guard are against apps that ask too much and strangers who
	// guess.
	Limits Limits
	Guard  Guard

	seen   cache
	active reusables
	rates  buckets
	proofs replayMemory
}

// checkStore reports problem.Busy if the store has been away for longer than
// the grace.
func (s *Service) checkStore() error {
	if s.Grace == 0 || s.Apps.Away() <= s.Grace {
		return nil
	}
	e := problem.New(problem.Busy, "the database is away; try again later")
	e.RetryAfter = retryAway
	return e
}

// retryAway is when a caller should try again while the store is away.
const retryAway = 10 * time.Second

// find returns the app with the id if it may do anything here.
func (s *Service) find(id string) *app.App {
	a := s.Apps.Find(id)
	if a == nil || a.Disabled || a.Environment != s.Environment {
		return nil
	}
	return a
}

// Authenticate returns the app with the id and the secret. Whether there is no
// such app, it is disabled, of the other environment or may not use secrets, or
// the secret is wrong or expired: it reports problem.ClientInvalid, without detail, after the same
// work. The call came from the address from, which may be zero.
func (s *Service) Authenticate(id, secret string, from netip.Addr) (*app.App, error) {
	hash := sha256.Sum256([]byte(secret))
	now := s.Clock.Now()
	a := s.find(id)
	var none app.App
	known := a
	if known == nil {
		known = &none
	}
	match := -1
	for i := range app.MaxSecrets {
		var stored app.Secret
		if i < len(known.Secrets) {
			stored = known.Secrets[i]
		}
		equal := subtle.ConstantTimeCompare(hash[:], stored.Hash[:])
		if equal == 1 && i < len(known.Secrets) && stored.Live(now) {
			match = i
		}
	}
	if a == nil || match < 0 || !a.Allows(app.BySecret) {
		return nil, problem.New(problem.ClientInvalid, "")
	}
	s.Uses.Note(app.Use{AppID: a.ID, SecretID: a.Secrets[match].ID, At: now, Network: app.NetworkOf(from)})
	return a, nil
}

// Issue is [Service.IssueBound] for whoever holds the token.
func (s *Service) Issue(ctx context.Context, a *app.App, set scope.Set) (*Issued, error) {
	return s.IssueBound(ctx, a, set, jose.Confirmation{})
}

// IssueBound makes an access token for the app, which has proved who it is and
// is bound to what [Service.Bind] has returned. It reports problem.ScopeInvalid
// for a scope that the app was not granted, and problem.Busy if too many wait
// for a signature, or if the store has been away for too long.
func (s *Service) IssueBound(ctx context.Context, a *app.App, set scope.Set, bound jose.Confirmation) (*Issued, error) {
	return s.issue(ctx, &Asked{App: a, Scope: set, Bound: bound})
}

// issue makes the token that is asked for. It is put on record while it waits
// for its signature, so that the one does not wait for the other.
func (s *Service) issue(ctx context.Context, by *Asked) (*Issued, error) {
	if err := s.checkStore(); err != nil {
		return nil, err
	}
	if err := by.App.CheckScope(by.Scope); err != nil {
		return nil, err
	}
	key, err := s.Keys.Signing(ctx, by.App.Extensions.TokenAlgorithm)
	if err != nil {
		return nil, err
	}
	place, err := s.Gate.Join()
	if err != nil {
		return nil, err
	}
	t := &Issued{ID: ident.NewUUID(), Scope: by.Scope, Confirmation: by.Bound}
	recorded := func() error { return nil }
	if by.Record != nil {
		recorded = by.Record(t.ID)
	}
	waiting, wait := trace.Start(ctx, "token.wait")
	err = place.Wait(waiting)
	if wait.End(err); err != nil {
		return nil, err
	}
	_, signing := trace.Start(ctx, "token.sign")
	err = s.sign(key, by, t)
	s.Gate.Leave()
	signing.End(err)
	if err == nil {
		err = recorded()
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// sign fills in the text of the token, and how long it is good.
func (s *Service) sign(key *keyring.Key, by *Asked, t *Issued) (err error) {
	now, life := s.Clock.Now().Unix(), int64(s.Lifetime/time.Second)
	t.ExpiresIn, t.ExpiresAt = time.Duration(life)*time.Second, time.Unix(now+life, 0).UTC()
	t.Text, err = key.Tokens.Token(s.form(by.App), &jose.Claims{
		Issuer: s.Issuer, Audience: s.audience(by.Scope), ClientID: by.App.ID, Scope: by.Scope.Words(), ID: t.ID,
		IssuedAt: now, NotBefore: now, Expires: now + life, Confirmation: by.Bound,
	})
	return err
}

// form returns the typ of the app's tokens, which decides what they look like.
func (s *Service) form(a *app.App) string {
	return cmp.Or(a.Extensions.TokenForm, s.Form, jose.TypeJWT)
}

// audience returns the aud of a token: the APIs as a whole, then each API
// scope.
func (s *Service) audience(set scope.Set) []string {
	aud := make([]string, 1, 1+len(set.APIs()))
	aud[0] = s.resources()
	for _, api := range set.APIs() {
		aud = append(aud, string(api))
	}
	return aud
}

// resources is the member of aud that the APIs look for.
func (s *Service) resources() string { return s.Issuer + "/resources" }
