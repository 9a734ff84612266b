package token

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/usage"
)

// A Rule is the platform's rule for asking for tokens: keep one active token
// for each PSU context. An app may have a policy and a quota of its own.
type Rule struct {
	// Policy is usage.Advise if empty.
	Policy usage.Policy
	// Quota is how many tokens an hour an app may have for each PSU context
	// under usage.Enforce. It is 2 if zero.
	Quota int64
	// ReuseShare is the share of a token's life that must be left for
	// usage.Reuse to hand it out again. It is a half if zero, which makes two
	// tokens an hour.
	ReuseShare float64
}

// DefaultQuota is the quota of a [Rule] that has none.
const DefaultQuota = 2

// For returns the rule for an app.
func (r Rule) For(a *app.App) Rule {
	if p := usage.Policy(a.Extensions.TokenPolicy); p != "" {
		r.Policy = p
	}
	if q := a.Extensions.TokenQuota; q != 0 {
		r.Quota = q
	}
	if r.Policy == "" {
		r.Policy = usage.Advise
	}
	if r.Quota == 0 {
		r.Quota = DefaultQuota
	}
	if r.ReuseShare == 0 {
		r.ReuseShare = 0.5
	}
	return r
}

// A Quota is how an app stands to the rule, once a token was asked for.
type Quota struct {
	Rule
	Used int64         // tokens within the last hour, for this PSU context
	Wait time.Duration // until the next one is within the quota; 0 if it is now
}

// Left returns how many tokens are left of the quota.
func (q *Quota) Left() int64 { return max(0, q.Quota-q.Used) }

// Grant is [Service.Issue] under the rule, for the grant client_credentials.
// Under usage.Enforce it reports problem.AccessExceeded past the quota, with
// when to come again. It returns how the app stands also then. Under
// usage.Reuse each method of proof and each binding has a token of its own.
func (s *Service) Grant(ctx context.Context, by Asked) (*Issued, Quota, error) {
	a, set := by.App, by.Scope
	q := Quota{Rule: s.Rule.For(a)}
	if err := s.checkStore(); err != nil {
		return nil, q, err
	}
	if err := a.CheckScope(set); err != nil {
		return nil, q, err
	}
	key := usage.Key{ClientID: a.ID, Context: set.Context()}
	if q.Policy == usage.Reuse {
		t, err := s.reuse(ctx, &by, q.ReuseShare)
		s.stand(&q, key)
		return t, q, err
	}
	now := s.Clock.Now()
	if q.Policy == usage.Enforce {
		ok, wait := s.Meter.Take(key, now, q.Quota)
		if !ok {
			s.stand(&q, key)
			return nil, q, q.exceeded(set.Context(), wait)
		}
	} else {
		s.Meter.Add(key, now)
	}
	t, err := s.issue(ctx, &by)
	if err != nil {
		s.Meter.Undo(key, now)
	}
	s.stand(&q, key)
	return t, q, err
}

// stand fills in how much of the quota is used.
func (s *Service) stand(q *Quota, key usage.Key) {
	q.Used, q.Wait = s.Meter.State(key, s.Clock.Now(), q.Quota)
}

// exceeded says what to do.
func (q *Quota) exceeded(c scope.Context, wait time.Duration) error {
	e := problem.New(problem.AccessExceeded,
		"more than %d tokens within an hour for context %s: keep one token for each PSU context, ask for all API scopes at once, and use it until it expires", q.Quota, c)
	e.RetryAfter = wait
	return e
}

// A reuseKey is what two requests must have in common to share a token.
type reuseKey struct {
	clientID string
	method   app.Method
	bound    jose.Confirmation
	scopes   string // sorted
	keyID    string // of the signing key
	form     string
}

// A reusable is the active token of a key. Its mu is held while a new one is
// made, so that many requests at once make one.
type reusable struct {
	mu    sync.Mutex
	token *Issued // nil until the first
}

// maxReusable bounds the tokens that are kept to be handed out again.
const maxReusable = 20_000

// reusables are the active tokens of an instance. The zero value is ready.
type reusables struct {
	mu   sync.Mutex
	byID map[reuseKey]*reusable
}

// entry returns the entry of k.
func (r *reusables) entry(k reuseKey) *reusable {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil || len(r.byID) >= maxReusable {
		r.byID = map[reuseKey]*reusable{} // they are soon made again
	}
	if r.byID[k] == nil {
		r.byID[k] = &reusable{}
	}
	return r.byID[k]
}

// An Asked is what a token is asked for with.
type Asked struct {
	App    *app.App
	Scope  scope.Set
	Method app.Method        // by which the app has proved who it is
	Bound  jose.Confirmation // what the token is to be bound to
	// Record begins to put a token with the jti on record, and returns what
	// waits until it is; the token is handed out after that only. Nil if nobody
	// keeps records. One that is handed out again is on record already; one that
	// is on record may yet not be handed out, as when the app goes away.
	Record func(tokenID string) (wait func() error)
}

// reuse returns the active token for what is asked if share of its life is
// left, else a new one, which counts.
func (s *Service) reuse(ctx context.Context, by *Asked, share float64) (*Issued, error) {
	signing, err := s.Keys.Signing(ctx, by.App.Extensions.TokenAlgorithm)
	if err != nil {
		return nil, err
	}
	e := s.active.entry(reuseKey{
		clientID: by.App.ID, method: by.Method, bound: by.Bound, scopes: sorted(by.Scope), keyID: signing.ID, form: s.form(by.App),
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	now := s.Clock.Now()
	if t := e.token; t != nil && !s.revoked(t.ID) {
		if left := t.ExpiresAt.Sub(now); left >= time.Duration(share*float64(s.Lifetime)) && left > 0 {
			again := *t
			again.ExpiresIn = left.Truncate(time.Second)
			return &again, nil
		}
	}
	t, err := s.issue(ctx, by)
	if err != nil {
		return nil, err
	}
	s.Meter.Add(usage.Key{ClientID: by.App.ID, Context: by.Scope.Context()}, now)
	e.token = t
	return t, nil
}

func (s *Service) revoked(tokenID string) bool {
	return s.Revocations != nil && s.Revocations.Revoked(tokenID)
}

// sorted returns the words of set in one order.
func sorted(set scope.Set) string {
	words := slices.Clone(set.Words())
	slices.Sort(words)
	return strings.Join(words, " ")
}
