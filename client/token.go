package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// Token returns an access token for scope: API scopes and one context,
// separated by spaces, such as "accountinformation private". It may cover more
// API scopes than asked for, since there is one token for each context.
func (c *Client) Token(ctx context.Context, scope string) (*oauth2.Token, error) {
	var pc Context
	var apis []string
	for _, word := range strings.Fields(scope) {
		if w := Context(word); w == Private || w == Corporate {
			if pc != "" && pc != w {
				return nil, errors.New("client: a scope has one context, private or corporate")
			}
			pc = w
		} else {
			apis = append(apis, word)
		}
	}
	if pc == "" {
		return nil, errors.New("client: a scope needs a context, private or corporate")
	}
	return c.source(pc).token(ctx, apis, "")
}

// TokenSource returns the tokens of a context as golang.org/x/oauth2 wants
// them, for c.Scopes and the given ones. Its requests are bound to ctx. A token
// that is bound by c.DPoP is of use with [Client.Transport] only.
func (c *Client) TokenSource(ctx context.Context, pc Context, scopes ...string) oauth2.TokenSource {
	return tokenSource{ctx, c.source(pc), scopes}
}

type tokenSource struct {
	ctx    context.Context //nolint:containedctx // oauth2.TokenSource has no place for one
	source *source
	scopes []string
}

// Token implements [oauth2.TokenSource].
func (s tokenSource) Token() (*oauth2.Token, error) { return s.source.token(s.ctx, s.scopes, "") }

func (c *Client) source(pc Context) *source {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sources[pc]
	if s == nil {
		if c.sources == nil {
			c.sources = map[Context]*source{}
		}
		s = &source{client: c, context: pc, gate: make(chan struct{}, 1)}
		s.scopes = slices.Compact(slices.Sorted(slices.Values(c.Scopes)))
		c.sources[pc] = s
	}
	return s
}

// A source keeps the one token of a context.
type source struct {
	client  *Client
	context Context
	gate    chan struct{} // held by the one request for a token

	mu     sync.Mutex // guards the fields below
	scopes []string   // sorted: what the program has used
	tok    *oauth2.Token
	covers []string  // sorted: the API scopes of tok
	renew  time.Time // when tok is to be replaced, before it expires
}

// token returns a token for apis that is not the refused one.
func (s *source) token(ctx context.Context, apis []string, refused string) (*oauth2.Token, error) {
	tok, due := s.current(apis, refused)
	if tok != nil && !due {
		return tok, nil
	}
	if tok != nil { // still good: let one goroutine renew it and the others go on
		select {
		case s.gate <- struct{}{}:
		default:
			return tok, nil
		}
	} else {
		select {
		case s.gate <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer func() { <-s.gate }()
	// Another goroutine may have got one while this one waited.
	if now, due := s.current(apis, refused); now != nil && !due {
		return now, nil
	}
	fresh, err := s.fetch(ctx, apis, refused)
	if err != nil && tok != nil {
		return tok, nil // it is good for some time yet
	}
	return fresh, err
}

// current returns the token if it covers apis and is neither refused nor
// expired, and whether it is due to be renewed.
func (s *source) current(apis []string, refused string) (tok *oauth2.Token, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.client.now()
	if s.tok == nil || s.tok.AccessToken == refused || !now.Before(s.tok.Expiry) || !containsAll(s.covers, apis) {
		return nil, false
	}
	return s.tok, !now.Before(s.renew)
}

// fetch gets a new token for apis and all that the program has used, from the
// shared store or from the token service. The caller holds the gate.
func (s *source) fetch(ctx context.Context, apis []string, refused string) (*oauth2.Token, error) {
	s.mu.Lock()
	want := union(s.scopes, apis)
	s.mu.Unlock()
	tok, err := s.shared(ctx, want, refused)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = union(s.scopes, apis)
	s.tok, s.covers, s.renew = tok, coveredBy(tok, want), s.renewAt(tok)
	return tok, nil
}

// shared returns a good token of the store, or gets a new one and stores it.
func (s *source) shared(ctx context.Context, want []string, refused string) (*oauth2.Token, error) {
	if s.client.Store == nil {
		return s.client.request(ctx, s.context, want)
	}
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	return s.client.Store.Update(ctx, key, func(old *oauth2.Token) (*oauth2.Token, error) {
		if old != nil && old.AccessToken != refused && s.client.now().Before(s.renewAt(old)) && containsAll(coveredBy(old, nil), want) {
			return old, nil
		}
		// What another process uses stays in the union.
		all := want
		if old != nil {
			all = union(want, coveredBy(old, nil))
		}
		tok, err := s.client.request(ctx, s.context, all)
		var refusal *Error
		if errors.As(err, &refusal) && refusal.Code == "invalid_scope" && len(all) > len(want) {
			return s.client.request(ctx, s.context, want)
		}
		return tok, err
	})
}

// key returns what the token goes by in the store. One that is bound to a key
// is of no use to whoever has another.
func (s *source) key() (string, error) {
	key := s.client.Auth + " " + s.client.ID + " " + string(s.context)
	if s.client.DPoP == nil {
		return key, nil
	}
	jwk, err := jwkOf(s.client.DPoP.Public())
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(jwk)
	return key + " " + encode(sum[:]), nil
}

// renewAt returns when tok is to be replaced: when between a tenth and a fifth
// of an hour's life is left, so that processes do not renew at one moment.
func (s *source) renewAt(tok *oauth2.Token) time.Time {
	life := time.Duration(tok.ExpiresIn) * time.Second
	if life <= 0 {
		life = time.Hour
	}
	return tok.Expiry.Add(-life/10 - rand.N(life/10+1))
}

// coveredBy returns the API scopes of tok, or what was asked for if it does
// not say.
func coveredBy(tok *oauth2.Token, asked []string) []string {
	scope, _ := tok.Extra("scope").(string)
	var apis []string
	for _, word := range strings.Fields(scope) {
		if word != string(Private) && word != string(Corporate) {
			apis = append(apis, word)
		}
	}
	if apis == nil {
		return asked
	}
	slices.Sort(apis)
	return apis
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(have, w) })
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
