package server

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/scope"
)

// Apps manages the apps of one environment in a store.
type Apps struct {
	Store       app.Store
	Environment string
	Clock       clock.Clock
	// Changed is called after each change, so that it holds at once in this
	// process. Nil in a process that serves nothing.
	Changed func(context.Context) error
}

var _ control.Apps = (*Apps)(nil)

// Apps implements [control.Apps].
func (a *Apps) Apps(ctx context.Context) ([]app.App, error) {
	all, _, err := a.Store.Apps(ctx)
	slices.SortStableFunc(all, func(x, y app.App) int {
		if c := x.CreatedAt.Compare(y.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return all, err
}

// App implements [control.Apps].
func (a *Apps) App(ctx context.Context, id string) (app.App, error) {
	return a.Store.App(ctx, strings.ToLower(id))
}

// Create implements [control.Apps].
func (a *Apps) Create(ctx context.Context, n control.NewApp) (app.App, string, error) {
	draft := app.App{
		Name: n.Name, RedirectURIs: n.RedirectURIs,
		Extensions: app.Extensions{TokenPolicy: n.TokenPolicy, TokenQuota: n.TokenQuota, TokenAlgorithm: n.TokenAlgorithm, TokenForm: n.TokenForm},
	}
	for _, s := range n.Scopes {
		draft.Scopes = append(draft.Scopes, scope.API(s))
	}
	for _, c := range n.Contexts {
		draft.Contexts = append(draft.Contexts, scope.Context(c))
	}
	secret := app.NewSecret()
	made, err := a.insert(ctx, draft, secret)
	return made, string(secret), err
}

// insert stores a new app with the secret. Scopes that it does not name are
// all those that its contexts allow.
func (a *Apps) insert(ctx context.Context, draft app.App, secret app.SecretText) (app.App, error) {
	now := a.Clock.Now()
	draft.Environment = a.Environment
	if len(draft.Scopes) == 0 {
		draft.Scopes = scope.APIs()
		if len(draft.Contexts) > 0 && !slices.Contains(draft.Contexts, scope.Corporate) {
			draft.Scopes = slices.DeleteFunc(draft.Scopes, func(s scope.API) bool { return s == scope.BankgiroInformation })
		}
	}
	made, err := app.New(draft, now)
	if err != nil {
		return app.App{}, err
	}
	if err := made.PutSecret(secret, "", now, time.Time{}); err != nil {
		return app.App{}, err
	}
	if err := a.Store.InsertApp(ctx, made, a.event("app.created", made.ID)); err != nil {
		return app.App{}, err
	}
	return made, a.changed(ctx)
}

// AddSecret implements [control.Apps].
func (a *Apps) AddSecret(ctx context.Context, id string, n control.NewSecret) (app.Secret, string, error) {
	now, text := a.Clock.Now(), app.NewSecret()
	changed, err := a.change(ctx, id, "app.secret_added", func(x *app.App) error {
		return x.PutSecret(text, n.Label, now, n.ExpiresAt)
	})
	if err != nil {
		return app.Secret{}, "", err
	}
	i := slices.IndexFunc(changed.Secrets, func(s app.Secret) bool { return s.Hash == text.Hash() })
	return changed.Secrets[i], string(text), nil
}

// RemoveSecret implements [control.Apps].
func (a *Apps) RemoveSecret(ctx context.Context, id, secretID string) error {
	_, err := a.change(ctx, id, "app.secret_removed", func(x *app.App) error { return x.RemoveSecret(secretID) })
	return err
}

// SetKeys implements [control.Apps].
func (a *Apps) SetKeys(ctx context.Context, id string, jwks json.RawMessage) error {
	_, err := a.change(ctx, id, "app.keys_changed", func(x *app.App) error { return x.SetKeys(jwks) })
	return err
}

// SetTokens implements [control.Apps].
func (a *Apps) SetTokens(ctx context.Context, id string, n control.TokensChange) (app.App, error) {
	return a.change(ctx, id, "app.policy_changed", n.Apply)
}

// change changes an app by fn, which may run twice.
func (a *Apps) change(ctx context.Context, id, kind string, fn func(*app.App) error) (app.App, error) {
	id = strings.ToLower(id)
	changed, err := a.Store.UpdateApp(ctx, id, func(x *app.App) ([]event.Event, error) {
		return []event.Event{a.event(kind, id)}, fn(x)
	})
	if err != nil {
		return app.App{}, err
	}
	return changed, a.changed(ctx)
}

// SetSecurity implements [control.Apps].
func (a *Apps) SetSecurity(ctx context.Context, id string, n control.SecurityChange) (app.App, error) {
	return a.change(ctx, id, "app.security_changed", n.Apply)
}

// Delete implements [control.Apps].
func (a *Apps) Delete(ctx context.Context, id string) error {
	id = strings.ToLower(id)
	if err := a.Store.DeleteApp(ctx, id, a.event("app.deleted", id)); err != nil {
		return err
	}
	return a.changed(ctx)
}

func (a *Apps) changed(ctx context.Context) error {
	if a.Changed == nil {
		return nil
	}
	return a.Changed(ctx)
}

func (a *Apps) event(kind, id string) event.Event {
	return event.Event{ID: ident.NewUUID(), Type: kind, Subject: id, ClientID: id, At: a.Clock.Now()}
}
