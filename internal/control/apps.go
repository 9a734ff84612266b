package control

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
)

// Apps manages applications.
type Apps interface {
	// Apps returns all apps, oldest first.
	Apps(ctx context.Context) ([]app.App, error)
	// App returns one app. It and the methods below report
	// problem.ResourceUnknown.
	App(ctx context.Context, id string) (app.App, error)
	// Create makes an app with a first secret, which it returns in clear. It
	// reports problem.FormatInvalid and problem.ScopeInvalid.
	Create(ctx context.Context, n NewApp) (app.App, string, error)
	// AddSecret makes one more secret and returns it in clear. It never
	// expires if expires is zero.
	AddSecret(ctx context.Context, id string, n NewSecret) (app.Secret, string, error)
	// RemoveSecret ends the life of a secret.
	RemoveSecret(ctx context.Context, id, secretID string) error
	// SetKeys replaces the public keys of an app, for private_key_jwt, by a
	// JWKS; null takes them away. It reports problem.FormatInvalid.
	SetKeys(ctx context.Context, id string, jwks json.RawMessage) error
	// SetTokens changes what the app's tokens are like, and how many it may ask
	// for. It reports problem.FormatInvalid.
	SetTokens(ctx context.Context, id string, n TokensChange) (app.App, error)
	// SetLimits replaces the limits of an app. It reports
	// problem.FormatInvalid.
	SetLimits(ctx context.Context, id string, l app.Limits) error
	// SetSecurity changes how an app must prove who it is, and what its tokens
	// are bound to. It reports problem.FormatInvalid.
	SetSecurity(ctx context.Context, id string, n SecurityChange) (app.App, error)
	// Delete deletes an app.
	Delete(ctx context.Context, id string) error
}

// A NewApp says what app to make. Empty Scopes and Contexts mean all.
type NewApp struct {
	Name         string   `json:"name"`
	Scopes       []string `json:"scopes,omitempty"`
	Contexts     []string `json:"contexts,omitempty"`
	RedirectURIs []string `json:"redirectUris,omitempty"`
	// TokenPolicy is advise, reuse or enforce, and TokenQuota how many tokens
	// an hour for each PSU context; the platform's if left out.
	TokenPolicy string `json:"tokenPolicy,omitempty"`
	TokenQuota  int64  `json:"tokenQuota,omitempty"`
	// TokenAlgorithm is RS256, PS256, ES256 or EdDSA; the platform's if left
	// out.
	TokenAlgorithm jose.Algorithm `json:"tokenAlgorithm,omitempty"`
	// TokenForm is JWT, or at+jwt for RFC 9068; the platform's if left out.
	TokenForm string `json:"tokenForm,omitempty"`
}

// A NewSecret says what secret to make.
type NewSecret struct {
	Label     string    `json:"label,omitempty"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// An App is an app on the wire.
type App struct {
	ClientID       string          `json:"clientId"`
	Name           string          `json:"name"`
	Environment    string          `json:"environment"`
	Scopes         []scope.API     `json:"scopes"`
	Contexts       []scope.Context `json:"contexts"`
	RedirectURIs   []string        `json:"redirectUris"`
	Disabled       bool            `json:"disabled,omitempty"`
	Secrets        []Secret        `json:"secrets"`
	Keys           json.RawMessage `json:"keys,omitempty"` // JWKS; none if left out
	TokenPolicy    string          `json:"tokenPolicy,omitempty"`
	TokenQuota     int64           `json:"tokenQuota,omitempty"`
	TokenAlgorithm jose.Algorithm  `json:"tokenAlgorithm,omitempty"`
	TokenForm      string          `json:"tokenForm,omitempty"`
	Limits         app.Limits      `json:"limits,omitzero"`
	Organisation   string          `json:"organisation,omitempty"`
	Security       *app.Security   `json:"security,omitempty"` // as most apps have it if left out
	CreatedAt      time.Time       `json:"createdAt"`
	// ClientSecret is there once: in the answer to the call that made it.
	ClientSecret string `json:"clientSecret,omitempty"`
}

// A Secret is what is known of a client secret, which is not the secret.
type Secret struct {
	ID        string    `json:"id"`
	Label     string    `json:"label,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// LastUsedAt and LastUsedFrom are the last use, a few seconds late; from
	// is a network.
	LastUsedAt   time.Time `json:"lastUsedAt,omitzero"`
	LastUsedFrom string    `json:"lastUsedFrom,omitempty"`
	// ClientSecret is there once: in the answer to the call that made it.
	ClientSecret string `json:"clientSecret,omitempty"`
}

// AppOnWire returns a as it is on the wire.
func AppOnWire(a app.App) App {
	w := App{
		ClientID: a.ID, Name: a.Name, Environment: a.Environment, Scopes: a.Scopes, Contexts: a.Contexts,
		RedirectURIs: a.RedirectURIs, Disabled: a.Disabled, CreatedAt: a.CreatedAt, Secrets: []Secret{}, Keys: a.Extensions.Keys,
		TokenPolicy: a.Extensions.TokenPolicy, TokenQuota: a.Extensions.TokenQuota, TokenAlgorithm: a.Extensions.TokenAlgorithm,
		TokenForm: a.Extensions.TokenForm, Limits: a.Extensions.Limits,
		Organisation: a.Extensions.Organisation, Security: a.Extensions.Security,
	}
	if w.RedirectURIs == nil {
		w.RedirectURIs = []string{}
	}
	for _, s := range a.Secrets {
		w.Secrets = append(w.Secrets, SecretOnWire(s))
	}
	return w
}

// SecretOnWire returns s as it is on the wire.
func SecretOnWire(s app.Secret) Secret {
	return Secret{ID: s.ID, Label: s.Label, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt, LastUsedAt: s.LastUsedAt, LastUsedFrom: s.LastUsedFrom}
}

// getApps serves GET /apps.
func (h *Handler) getApps(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Apps.Apps(r.Context())
	if err != nil {
		return err
	}
	apps := make([]App, len(all))
	for i, a := range all {
		apps[i] = AppOnWire(a)
	}
	return web.WriteJSON(w, http.StatusOK, map[string][]App{"apps": apps})
}

// getApp serves GET /apps/{id}.
func (h *Handler) getApp(w http.ResponseWriter, r *http.Request) error {
	a, err := h.Apps.App(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, AppOnWire(a))
}

// createApp serves POST /apps with a NewApp.
func (h *Handler) createApp(w http.ResponseWriter, r *http.Request) error {
	var n NewApp
	if err := read(r, &n); err != nil {
		return err
	}
	a, secret, err := h.Apps.Create(r.Context(), n)
	if err != nil {
		return err
	}
	out := AppOnWire(a)
	out.ClientSecret = secret
	return web.WriteJSON(w, http.StatusCreated, out)
}

// deleteApp serves DELETE /apps/{id}.
func (h *Handler) deleteApp(w http.ResponseWriter, r *http.Request) error {
	if err := h.Apps.Delete(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// setKeys serves PUT /apps/{id}/keys with a JWKS, or null.
func (h *Handler) setKeys(w http.ResponseWriter, r *http.Request) error {
	var jwks json.RawMessage
	if err := read(r, &jwks); err != nil {
		return err
	}
	if err := h.Apps.SetKeys(r.Context(), r.PathValue("id"), jwks); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// addSecret serves POST /apps/{id}/secrets with a NewSecret.
func (h *Handler) addSecret(w http.ResponseWriter, r *http.Request) error {
	var n NewSecret
	if err := read(r, &n); err != nil {
		return err
	}
	s, clear, err := h.Apps.AddSecret(r.Context(), r.PathValue("id"), n)
	if err != nil {
		return err
	}
	out := SecretOnWire(s)
	out.ClientSecret = clear
	return web.WriteJSON(w, http.StatusCreated, out)
}

// removeSecret serves DELETE /apps/{id}/secrets/{secret}.
func (h *Handler) removeSecret(w http.ResponseWriter, r *http.Request) error {
	if err := h.Apps.RemoveSecret(r.Context(), r.PathValue("id"), r.PathValue("secret")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
