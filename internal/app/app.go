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
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/jose"
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
	// Keys is a JWKS of public keys with which the app may authenticate by
	// private_key_jwt (RFC 7523). None if empty.
	Keys json.RawMessage `json:"keys,omitempty"`
	// TokenPolicy is "advise", "reuse" or "enforce", and TokenQuota how many
	// tokens an hour the app may have for each PSU context. The platform's if
	// empty and zero.
	TokenPolicy string `json:"tokenPolicy,omitempty"`
	TokenQuota  int64  `json:"tokenQuota,omitempty"`
	// TokenAlgorithm signs the app's tokens. The platform's if empty.
	TokenAlgorithm jose.Algorithm `json:"tokenAlgorithm,omitempty"`
	// TokenForm is jose.TypeJWT, or jose.TypeATJWT for tokens in the form of
	// RFC 9068. The platform's if empty.
	TokenForm string `json:"tokenForm,omitempty"`
	// Organisation is the number or, if its certificates have none, the name of
	// the organisation that owns the app. In production the APIs want a client
	// certificate of it. None if empty.
	Organisation string `json:"organisation,omitempty"`
	// Security is nil for most apps; see [App.Security].
	Security *Security `json:"security,omitempty"`
	// OrganisationID is the organisation of the portal whose members manage the
	// app; empty if operators do.
	OrganisationID string `json:"organisationId,omitempty"`
	Limits
}

// Limits bound how many tokens an app may ask for. Each is the platform's if 0,
// and there is none if it is -1.
type Limits struct {
	// TokensPerSecond is how many requests it may make in a second on average,
	// and TokenBurst how many at once.
	TokensPerSecond int `json:"tokensPerSecond,omitempty"`
	TokenBurst      int `json:"tokenBurst,omitempty"`
	// TokensPerDay is how many tokens it may get in a day (UTC).
	TokensPerDay int64 `json:"tokensPerDay,omitempty"`
}

// check reports problem.FormatInvalid with every fault.
func (l *Limits) check(report func(field string, err *problem.Error)) {
	for field, n := range map[string]int64{
		"tokensPerSecond": int64(l.TokensPerSecond), "tokenBurst": int64(l.TokenBurst), "tokensPerDay": l.TokensPerDay,
	} {
		if n < -1 {
			report(field, invalid("must be a number, 0 for the platform's or -1 for no limit"))
		}
	}
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

// SetKeys replaces the public keys of the app by a JWKS; none takes them away.
// It reports problem.FormatInvalid.
func (a *App) SetKeys(jwks []byte) error {
	if jwks = bytes.TrimSpace(jwks); len(jwks) == 0 || string(jwks) == "null" {
		a.Extensions.Keys = nil
		return nil
	}
	if _, err := jose.ParseKeySet(jwks); err != nil {
		return invalid("%v", err).At("keys")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, jwks); err != nil {
		return invalid("not JSON").At("keys")
	}
	a.Extensions.Keys = compact.Bytes()
	return nil
}

// clone returns a copy of a that shares nothing with it.
func (a *App) clone() App {
	c := *a
	c.Scopes = slices.Clone(a.Scopes)
	c.Contexts = slices.Clone(a.Contexts)
	c.RedirectURIs = slices.Clone(a.RedirectURIs)
	c.Secrets = slices.Clone(a.Secrets)
	c.Extensions.Keys = slices.Clone(a.Extensions.Keys)
	c.Extensions.Security = a.Extensions.Security.clone()
	return c
}
