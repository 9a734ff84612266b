// Package sso lets operators in by an OpenID Connect provider (OpenID Connect
// Core 1.0): the code flow with PKCE (RFC 7636), a state and a nonce, which the
// browser carries sealed.
//
// Who may get in is said twice over: the provider must vouch for an address of
// an allowed domain, and, if one is demanded, a claim must have a value.
package sso

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/problem"
)

const (
	// Life is how long a sign-in may take.
	Life = 15 * time.Minute
	// proveWithin is how old a fresh proof at the provider may be.
	proveWithin = 5 * time.Minute
	// callTime bounds what the provider may take to answer, in real time.
	callTime = 15 * time.Second
)

// A Provider is the operators' identity provider. It is safe for concurrent
// use. Its fields must not change once it is used.
type Provider struct {
	Issuer, ClientID string
	Secret           string // never logged
	Redirect         string // URL to which the provider sends browsers back
	// Domains are those that addresses must be of; any if empty.
	Domains []string
	// Claim is a claim and the value that it must have, or must contain, such as
	// "groups=sluss-operators"; none is demanded if empty.
	Claim  string
	Sealer developer.Sealer
	Clock  clock.Clock

	mu    sync.Mutex
	found *oidc.Provider // guarded by mu; nil until the provider has answered
}

// A Visit is what a sign-in is for.
type Visit struct {
	To    string `json:"to"`    // page to go on to
	Prove bool   `json:"prove"` // wants a fresh proof
}

// A state is what is sealed.
type state struct {
	Visit
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Until    time.Time `json:"until"`
}

const sealPurpose = "single sign-on"

// client does not follow the provider anywhere else.
func client(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, &http.Client{Timeout: callTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }})
}

// away says that the provider is, with the cause for the log.
func away(err error) error {
	return problem.New(problem.StatusInvalid, "The identity provider does not answer as it should. Try again in a moment.").Because(err)
}

// provider asks the provider what it is like, until it has answered once.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.NewProvider(client(ctx), p.Issuer)
	if err != nil {
		return nil, away(err)
	}
	p.found = found
	return found, nil
}

func (p *Provider) config(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: found.Endpoint(), RedirectURL: p.Redirect, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// Begin returns the URL at the provider to which the browser is sent, and the
// sealed state that it carries meanwhile.
func (p *Provider) Begin(ctx context.Context, v Visit) (to string, sealed []byte, err error) {
	found, err := p.provider(ctx)
	if err != nil {
		return "", nil, err
	}
	s := state{Visit: v, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Until: p.Clock.Now().Add(Life)}
	text, err := json.Marshal(s)
	if err != nil {
		return "", nil, fmt.Errorf("encode state of single sign-on: %w", err)
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)}
	if v.Prove {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.config(found).AuthCodeURL(s.State, options...), p.Sealer.Seal(sealPurpose, text), nil
}

// An Identity is who came back from the provider.
type Identity struct {
	developer.Identity
	// Allowed says that the person may get in; if not, Why says why.
	Allowed bool
	Why     string
}

func refused(err error) error {
	return problem.New(problem.ClientInvalid, "The sign-in was not accepted. Begin again.").Because(err)
}

// Finish ends a sign-in by the parameters with which the browser came back. It
// reports problem.ClientInvalid, and problem.GrantForbidden if the provider
// refused.
func (p *Provider) Finish(ctx context.Context, sealed []byte, query url.Values) (Identity, Visit, error) {
	s, err := p.open(sealed, query)
	if err != nil {
		return Identity{}, Visit{}, err
	}
	found, err := p.provider(ctx)
	if err != nil {
		return Identity{}, Visit{}, err
	}
	ctx = client(ctx)
	token, err := p.config(found).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(s.Verifier))
	if err != nil {
		if _, said := errors.AsType[*oauth2.RetrieveError](err); said {
			return Identity{}, Visit{}, refused(errors.New("the provider does not take the code")) // the error quotes what it said
		}
		return Identity{}, Visit{}, away(err)
	}
	claims, err := p.claims(ctx, found, token, s)
	if err != nil {
		return Identity{}, Visit{}, err
	}
	return p.judge(claims), s.Visit, nil
}

func (p *Provider) open(sealed []byte, query url.Values) (*state, error) {
	text, err := p.Sealer.Open(sealPurpose, sealed)
	if err != nil {
		return nil, refused(err)
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, refused(err)
	}
	switch {
	case !p.Clock.Now().Before(s.Until):
		return nil, problem.New(problem.ClientInvalid, "That took too long. Begin again.")
	case subtle.ConstantTimeCompare([]byte(s.State), []byte(query.Get("state"))) != 1:
		return nil, refused(errors.New("state differs"))
	case query.Get("iss") != "" && query.Get("iss") != p.Issuer: // RFC 9207
		return nil, refused(errors.New("another issuer answered"))
	case query.Get("error") != "":
		return nil, problem.New(problem.GrantForbidden, "The identity provider did not let you in.").Because(errors.New("error " + word(query.Get("error"))))
	}
	return &s, nil
}

// word returns what of an error code may stand in a log.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '_' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 40)]
}

// claims returns the claims of the ID token, and those of userinfo if it has no
// address.
func (p *Provider) claims(ctx context.Context, found *oidc.Provider, token *oauth2.Token, s *state) (map[string]any, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, refused(errors.New("no ID token"))
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.Clock.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, refused(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(s.Nonce)) != 1 {
		return nil, refused(errors.New("nonce differs"))
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, refused(err)
	}
	if s.Prove {
		at, _ := claims["auth_time"].(float64)
		if age := p.Clock.Now().Sub(time.Unix(int64(at), 0)); age > proveWithin || age < -proveWithin {
			return nil, refused(errors.New("no fresh proof"))
		}
	}
	if _, there := claims["email"]; !there {
		if err := p.userInfo(ctx, found, token, id.Subject, claims); err != nil {
			return nil, err
		}
	}
	claims["sub"], claims["iss"] = id.Subject, id.Issuer
	return claims, nil
}

// userInfo adds what userinfo says to claims.
func (p *Provider) userInfo(ctx context.Context, found *oidc.Provider, token *oauth2.Token, subject string, claims map[string]any) error {
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return away(err)
	}
	if info.Subject != subject { // OpenID Connect Core section 5.3.2
		return refused(errors.New("userinfo is about somebody else"))
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return refused(err)
	}
	signed := maps.Clone(claims)
	maps.Copy(claims, more)
	maps.Copy(claims, signed) // what is signed counts more
	return nil
}

// judge says whether the person may get in.
func (p *Provider) judge(claims map[string]any) Identity {
	text := func(name string) string {
		s, _ := claims[name].(string)
		return s
	}
	id := Identity{Identity: developer.Identity{External: text("iss") + " " + text("sub"), Email: text("email"), Name: text("name")}}
	email, err := developer.NormalEmail(id.Email)
	_, domain, _ := strings.Cut(email, "@")
	ofDomain := func(d string) bool { return strings.EqualFold(d, domain) }
	switch verified := claims["email_verified"]; {
	case err != nil || verified != true && verified != "true":
		id.Why = "The identity provider does not vouch for your e-mail address."
	case len(p.Domains) > 0 && !slices.ContainsFunc(p.Domains, ofDomain):
		id.Why = "Your e-mail address is not of a domain that is let in here."
	case p.Claim != "" && !has(claims, p.Claim):
		id.Why = "At the identity provider you are not among the operators."
	default:
		id.Email, id.Allowed = email, true
	}
	return id
}

// has reports whether a claim has a value, or contains it, given as
// "name=value". A name with dots may also be a path.
func has(claims map[string]any, want string) bool {
	name, value, _ := strings.Cut(want, "=")
	at, ok := claims[name]
	if !ok {
		at = claims
		for part := range strings.SplitSeq(name, ".") {
			m, _ := at.(map[string]any)
			at = m[part]
		}
	}
	switch v := at.(type) {
	case string:
		return v == value
	case bool:
		return fmt.Sprint(v) == value
	case []any:
		return slices.Contains(v, any(value))
	}
	return false
}
