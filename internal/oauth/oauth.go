// Package oauth is the edge of the token service: the token endpoint of RFC
// 6749, the discovery documents of RFC 8414 and OpenID Connect Discovery 1.0,
// the JWKS of RFC 7517, and what a PSU's browser meets on its way through SCA.
//
// A request of an app is parsed, one function of the domain is called, and the
// answer is written; every fault becomes the JSON of RFC 6749 section 5.2 by
// one table. What a browser is shown are pages.
package oauth

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
)

// An Exchanger spends authorisation codes: package redirect's Service.
type Exchanger interface {
	// Exchange spends a code. It calls issue at most once. It reports
	// problem.GrantInvalid.
	Exchange(ctx context.Context, r redirect.ExchangeRequest, issue redirect.Issue) error
}

// A Handler serves the endpoints for apps and their libraries.
type Handler struct {
	Tokens    *token.Service
	Keys      *keyring.Ring
	Exchanger Exchanger
	Audit     Auditor  // may be nil: tokens are not recorded
	Observer  Observer // may be nil: nobody counts
	// Base returns the AUTH base URL that a request was made under, without a
	// trailing slash, for the addresses in the discovery documents. They start
	// with the issuer if it is nil.
	Base func(r *http.Request) string
	// From returns the address of the client that sent a request, for the last
	// use of its secret: that of the connection if it is nil.
	From func(r *http.Request) netip.Addr

	// Certificates tell which client certificate a request came with. It is
	// that of the connection if nil.
	Certificates *web.Certificates
	// Accepts says that client certificates can come in, so that the discovery
	// documents promise what needs one.
	Accepts bool
	// MTLSBase is a base URL for clients with certificates beside the issuer
	// (RFC 8705 section 5), without a trailing slash. None if empty.
	MTLSBase string

	metadata atomic.Pointer[rendered]
}

// Mount adds the routes to mux. A trailing slash makes no difference.
func (h *Handler) Mount(mux *http.ServeMux) {
	if h.Observer == nil {
		h.Observer = nobody{}
	}
	if h.Certificates == nil {
		h.Certificates = &web.Certificates{}
	}
	for path, fn := range map[string]web.HandlerFunc{
		"/connect/introspect":                     h.introspect,
		"/connect/revocation":                     h.revoke,
		"/connect/token":                          h.token,
		"/.well-known/openid-configuration":       h.discovery,
		"/.well-known/oauth-authorization-server": h.discovery,
		"/.well-known/openid-configuration/jwks":  h.jwks,
	} {
		handler := web.Adapt(fn, fail)
		mux.Handle(path, handler)
		mux.Handle(path+"/{$}", handler)
	}
	nothing := web.Adapt(func(http.ResponseWriter, *http.Request) error {
		return problem.New(problem.PathUnknown, "no such path")
	}, fail)
	mux.Handle("/connect/", nothing)
	mux.Handle("/.well-known/", nothing)
}

// checkMethod refuses a request of a method that is not among the allowed.
func checkMethod(r *http.Request, allowed ...string) error {
	if slices.Contains(allowed, r.Method) {
		return nil
	}
	e := problem.New(problem.MethodNotAllowed, "use %s", allowed[0])
	e.Allow = strings.Join(allowed, ", ")
	return e
}
