package app

import (
	"context"

	"sluss.example/sluss/internal/event"
)

// A Store keeps applications.
type Store interface {
	// Apps returns all apps with their secrets, and the version of the whole
	// set, which every change raises.
	Apps(ctx context.Context) (apps []App, version int64, err error)
	// AppsVersion returns the version alone.
	AppsVersion(ctx context.Context) (int64, error)
	// App returns one app. It reports problem.ResourceUnknown.
	App(ctx context.Context, id string) (App, error)
	// InsertApp stores a new app with its secrets.
	InsertApp(ctx context.Context, a App, events ...event.Event) error
	// UpdateApp reads the app, lets fn change it and stores it. It may run fn
	// twice. It reports problem.ResourceUnknown.
	UpdateApp(ctx context.Context, id string, fn func(*App) ([]event.Event, error)) (App, error)
	// DeleteApp deletes an app and its secrets. It reports
	// problem.ResourceUnknown.
	DeleteApp(ctx context.Context, id string, events ...event.Event) error
}
