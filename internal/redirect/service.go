package redirect

import (
	"context"
	"net/url"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// A Service takes browsers to banks and back, and exchanges codes.
type Service struct {
	Store    Store
	Consents *consent.Service
	Payments *payment.Service // nil: none are signed in a browser
	Apps     consent.AppFinder
	Clock    clock.Clock
	Revoker  Revoker // nil: nothing is revoked
	// TokenLifetime is how long a token lives that was issued from a code.
	TokenLifetime time.Duration
}

// A Revoker ends the life of access tokens.
type Revoker interface {
	// Revoke refuses the token with the jti from now on. It may forget it
	// after until, when the token has expired by itself.
	Revoke(ctx context.Context, tokenID string, until time.Time) error
}

// The placeholders of a template, which the client replaces.
const (
	clientIDHole    = "[CLIENT_ID]"
	redirectURIHole = "[TPP_REDIRECT_URI]"
	stateHole       = "[TPP_STATE]"
)

// ReturnPath is where banks send browsers back to, before the handle.
const ReturnPath = "/sca/return/"

// A LinkRequest asks for the link of a started authorisation.
type LinkRequest struct {
	Base string // AUTH base URL without a trailing slash
	Kind string // of the resource
	signing.Found
	// RedirectURI and NokRedirectURI are the TPP-Redirect-URI and
	// TPP-Nok-Redirect-URI headers; empty if not sent.
	RedirectURI, NokRedirectURI string
}

// Link returns the link of an authorisation that was started in a redirect,
// scaOAuth or scaRedirect, and its name. It is a template with literal
// placeholders. In the plain redirect a header with a redirect URI of the app's
// list fills its placeholder; any other is ignored. In the decoupled approach
// there is no link.
func (s *Service) Link(ctx context.Context, r LinkRequest) (name, href string, err error) {
	a := &r.Authorisation
	if !a.Approach.Redirect() || a.Status.Final() {
		return "", "", nil
	}
	acr := ACR{BICFI: r.BICFI, Resource: Resource{Kind: r.Kind, ID: r.ID, AuthorisationID: a.ID}}
	values := "&acr_values=" + strings.ReplaceAll(acr.String(), " ", "%20")
	if a.Approach == sca.OAuthRedirect {
		return "scaOAuth", r.Base + "/connect/authorize?client_id=" + clientIDHole +
			"&scope=" + strings.ReplaceAll(scopeOf(r.Kind, &r.Owner), " ", "%20") +
			"&response_type=code&redirect_uri=" + redirectURIHole + "&state=" + stateHole + values, nil
	}
	back, nok := redirectURIHole, ""
	if r.RedirectURI != "" || r.NokRedirectURI != "" {
		owner, err := s.Apps.App(ctx, r.Owner.ClientID)
		if err != nil {
			return "", "", err
		}
		if Allowed(&owner, r.RedirectURI) {
			back = url.QueryEscape(r.RedirectURI)
		}
		if Allowed(&owner, r.NokRedirectURI) {
			nok = "&nok_redirect_uri=" + url.QueryEscape(r.NokRedirectURI)
		}
	}
	return "scaRedirect", r.Base + "/sca/redirect?client_id=" + clientIDHole + "&redirect_uri=" + back +
		"&state=" + stateHole + values + nok, nil
}

// scopeOf returns the scope string that an authorize call for a resource has.
func scopeOf(kind string, o *app.Owner) string { return string(apiOf(kind)) + " " + string(o.Context) }

// Allowed reports whether uri is on the app's list: the same string, or for
// http on a loopback host the same but for the port (RFC 8252 section 7.3).
func Allowed(a *app.App, uri string) bool {
	if uri == "" {
		return false
	}
	for _, listed := range a.RedirectURIs {
		if listed == uri || isLoopback(listed) && withoutPort(listed) == withoutPort(uri) {
			return true
		}
	}
	return false
}

func isLoopback(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// withoutPort returns uri without its port. What does not parse, or has a user
// or a fragment, is returned as it is, so that it matches nothing.
func withoutPort(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || strings.Contains(uri, "#") {
		return uri
	}
	port := u.Port()
	if port == "" {
		return uri
	}
	return strings.Replace(uri, u.Host, strings.TrimSuffix(u.Host, ":"+port), 1)
}

// Origins returns what a page must allow its form to lead to, so that the
// browser which comes back by returnURL reaches the app: the origin of the
// visit's redirect URIs as CSP sources. It returns none for an unknown visit.
func (s *Service) Origins(ctx context.Context, returnURL string) []string {
	_, handle, ok := strings.Cut(returnURL, ReturnPath)
	if !ok {
		return nil
	}
	v, err := s.Store.Visit(ctx, handle)
	if err != nil {
		return nil
	}
	var origins []string
	for _, uri := range []string{v.RedirectURI, v.NokRedirectURI} {
		if u, err := url.Parse(uri); err == nil && u.Host != "" {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}

func refused(format string, args ...any) error {
	return problem.New(problem.AuthorizeRefused, format, args...)
}
