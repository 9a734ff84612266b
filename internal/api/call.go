package api

import (
	"context"
	"net/http"
	"net/textproto"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
)

// A call is what the checks before a handler have found out.
type call struct {
	route   *route
	strict  bool
	access  token.Access
	headers headers
}

type callKey struct{}

// callOf returns the call of a request. Before the checks have passed, and
// where there are none, it is empty.
func callOf(r *http.Request) *call {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// caller returns on whose behalf the request is made.
func caller(r *http.Request) app.Caller {
	c := callOf(r)
	by := app.Caller{Context: c.access.Scope.Context(), Organisation: c.headers.Organisation, PSU: c.headers.PSU}
	if c.access.App != nil {
		by.ClientID = c.access.App.ID
	}
	return by
}

// pathValue returns a value of the path. Unless strict, white space around it is
// taken off.
func pathValue(r *http.Request, name string) string {
	if callOf(r).strict {
		return r.PathValue(name)
	}
	return strings.TrimSpace(r.PathValue(name))
}

// headersOf returns the headers of the request.
func headersOf(r *http.Request) *headers { return &callOf(r).headers }

// bicfi returns the bank that the request is for: one of the registry.
func bicfi(r *http.Request) ident.BICFI { return callOf(r).headers.BICFI }

// call runs the checks of a route and then its handler.
func (h *Handler) call(rt *route, w http.ResponseWriter, r *http.Request) error {
	c := &call{route: rt, strict: h.Strict}
	// The writer of errors sees the same r, so it must not be a copy.
	*r = *r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	if len(rt.scopes) == 0 {
		return rt.serve(h, w, r)
	}
	if err := h.authorise(w, c, r); err != nil {
		return err
	}
	if err := h.readHeaders(c, r); err != nil {
		return err
	}
	if err := h.strictly(c, r); err != nil {
		return err
	}
	if err := h.negotiate(c, r); err != nil {
		return err
	}
	if h.Limiter != nil {
		if wait := h.Limiter.Take(c.access.App.ID, h.Clock.Now()); wait > 0 {
			e := problem.New(problem.AccessExceeded, "too many calls by this application")
			e.RetryAfter = wait
			return e
		}
	}
	return rt.serve(h, w, r)
}

// authorise checks the token, who holds it, and its scope.
func (h *Handler) authorise(w http.ResponseWriter, c *call, r *http.Request) error {
	sent, err := readCredential(r.Header)
	if err != nil {
		return err
	}
	if c.access, err = h.Tokens.Check(sent.token); err != nil {
		return err
	}
	web.LineOf(r.Context()).ClientID = c.access.App.ID
	if err := h.checkHolder(w, r, c, sent); err != nil {
		return err
	}
	if !c.access.Scope.HasAny(c.route.scopes...) {
		e := problem.New(problem.ScopeInsufficient, "the token's scope does not cover this call")
		e.NeededScope = c.route.needed()
		return e
	}
	if c.route.corporate && c.access.Scope.Context() != scope.Corporate {
		e := problem.New(problem.ScopeInsufficient, "this call needs a token for the PSU context corporate")
		e.NeededScope = c.route.needed()
		return e
	}
	return nil
}

// needed returns the scope string that a token needs for the route at least.
func (rt *route) needed() string {
	if rt.corporate {
		return string(rt.scopes[0]) + " " + string(scope.Corporate)
	}
	return string(rt.scopes[0])
}

func trim(s string) string { return textproto.TrimString(s) }
