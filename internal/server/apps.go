package server

import (
	"context"
	"errors"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/control"
)

// Apps manages the apps of one environment in a store.
type Apps struct {
	store       app.Store
	environment string
	clock       clock.Clock
}

var _ control.Apps = (*Apps)(nil)

// NewApps returns what manages the apps of an environment.
func NewApps(s app.Store, environment string, c clock.Clock) *Apps { return &Apps{s, environment, c} }

// Apps implements [control.Apps].
func (a *Apps) Apps(ctx context.Context) ([]app.App, error) {
	apps, _, err := a.store.Apps(ctx)
	return apps, err
}

// App implements [control.Apps].
func (a *Apps) App(ctx context.Context, id string) (app.App, error) { return a.store.App(ctx, id) }

// Create implements [control.Apps].
func (a *Apps) Create(ctx context.Context, n control.NewApp) (app.App, string, error) {
	return app.App{}, "", errors.ErrUnsupported
}

// AddSecret implements [control.Apps].
func (a *Apps) AddSecret(ctx context.Context, id string, n control.NewSecret) (app.Secret, string, error) {
	return app.Secret{}, "", errors.ErrUnsupported
}

// RemoveSecret implements [control.Apps].
func (a *Apps) RemoveSecret(ctx context.Context, id, secretID string) error {
	return errors.ErrUnsupported
}

// Delete implements [control.Apps].
func (a *Apps) Delete(ctx context.Context, id string) error { return a.store.DeleteApp(ctx, id) }
