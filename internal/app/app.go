// Package app has the applications (OAuth clients) that TPPs register: their
// grants, hashed secrets and redirect URIs, and the caller that a request is
// made for.
//
// Applications change rarely and are read with every request, so [Directory]
// keeps all of them in memory, as an immutable snapshot that is replaced when
// the set in the [Store] has another version. Nothing on the path of a request
// asks the store for an application.
package app

import (
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// An App is an application, an OAuth client.
type App struct {
	ID           string // client_id, a UUID in lower case
	Name         string
	Environment  string // "sandbox" or "production"
	Scopes       []scope.API
	Contexts     []scope.Context
	RedirectURIs []string
	Disabled     bool
	Secrets      []Secret
	CreatedAt    time.Time
	Version      int64 // counts the changes, from 1
	Extensions   Extensions
}

// Extensions are what an app may use, or must not, beyond the published API.
type Extensions struct {
	// NoTokenServices switches introspection and revocation off.
	NoTokenServices bool `json:"noTokenServices,omitempty"`
}

// The environments. An installation is one of them, and so is an app.
const (
	Sandbox    = "sandbox"
	Production = "production"
)

// CheckScope checks that the app was granted all of set. It reports
// problem.ScopeInvalid, with every word that was not.
func (a *App) CheckScope(set scope.Set) error {
	var refused []string
	for _, w := range set.Words() {
		if !slices.Contains(a.Scopes, scope.API(w)) && !slices.Contains(a.Contexts, scope.Context(w)) {
			refused = append(refused, w)
		}
	}
	if len(refused) > 0 {
		return problem.New(problem.ScopeInvalid, "scope not granted to this application: %s", strings.Join(refused, " "))
	}
	return nil
}

// MayRedirect reports whether the app can use what leads a browser back to it,
// and thus the grant authorization_code: it has a redirect URI.
func (a *App) MayRedirect() bool { return len(a.RedirectURIs) > 0 }

// clone returns a copy of a that shares nothing with it.
func (a *App) clone() App {
	c := *a
	c.Scopes = slices.Clone(a.Scopes)
	c.Contexts = slices.Clone(a.Contexts)
	c.RedirectURIs = slices.Clone(a.RedirectURIs)
	c.Secrets = slices.Clone(a.Secrets)
	return c
}
