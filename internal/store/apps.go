package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

var _ app.Store = (*DB)(nil)

const secretColumns = "app_id, id, label, hash, created_at, expires_at, last_used_at, last_used_from"

const appColumns = `id, name, environment, scopes, contexts, redirect_uris, disabled, created_at, extensions, version`

// Apps implements [app.Store].
func (db *DB) Apps(ctx context.Context) (apps []app.App, version int64, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		if version, err = queryAppsVersion(ctx, q); err != nil {
			return err
		}
		apps, err = queryApps(ctx, q)
		return err
	})
	return apps, version, err
}

// AppsVersion implements [app.Store].
func (db *DB) AppsVersion(ctx context.Context) (version int64, err error) {
	err = db.view(ctx, func(q querier) error {
		version, err = queryAppsVersion(ctx, q)
		return err
	})
	return version, err
}

// App implements [app.Store].
func (db *DB) App(ctx context.Context, id string) (a app.App, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		a, err = queryApp(ctx, q, id)
		return err
	})
	return a, err
}

// InsertApp implements [app.Store].
func (db *DB) InsertApp(ctx context.Context, a app.App, events ...event.Event) error {
	return db.tx(ctx, func(q querier) error {
		uris, extensions, err := encodeParts(&a)
		if err != nil {
			return err
		}
		if _, err := q.ExecContext(ctx, `
			INSERT INTO apps (`+appColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`,
			a.ID, a.Name, a.Environment, joinWords(a.Scopes), joinWords(a.Contexts), uris, a.Disabled, millis(a.CreatedAt), extensions); err != nil {
			return fmt.Errorf("insert app: %w", err)
		}
		if err := insertSecrets(ctx, q, &a); err != nil {
			return err
		}
		return appsChanged(ctx, q, events)
	})
}

// UpdateApp implements [app.Store].
func (db *DB) UpdateApp(ctx context.Context, id string, fn func(*app.App) ([]event.Event, error)) (a app.App, err error) {
	err = db.tx(ctx, func(q querier) error {
		if a, err = queryApp(ctx, q, id); err != nil {
			return err
		}
		events, err := fn(&a)
		if err != nil {
			return err
		}
		a.ID = id
		if err := saveApp(ctx, q, &a); err != nil {
			return err
		}
		return appsChanged(ctx, q, events)
	})
	return a, err
}

// encodeParts returns the columns of an app that are JSON.
func encodeParts(a *app.App) (uris, extensions string, err error) {
	if uris, err = encode(a.RedirectURIs); err == nil {
		extensions, err = encode(a.Extensions)
	}
	return uris, extensions, err
}

// saveApp stores the changed app with its secrets and raises its version.
func saveApp(ctx context.Context, q querier, a *app.App) error {
	uris, extensions, err := encodeParts(a)
	if err != nil {
		return err
	}
	res, err := q.ExecContext(ctx, `
		UPDATE apps SET name = $1, environment = $2, scopes = $3, contexts = $4, redirect_uris = $5, disabled = $6, extensions = $7, version = version + 1
		WHERE id = $8 AND version = $9`,
		a.Name, a.Environment, joinWords(a.Scopes), joinWords(a.Contexts), uris, a.Disabled, extensions, a.ID, a.Version)
	if err := oneRow(res, err); err != nil {
		return fmt.Errorf("update app: %w", err)
	}
	a.Version++
	if _, err := q.ExecContext(ctx, "DELETE FROM app_secrets WHERE app_id = $1", a.ID); err != nil {
		return fmt.Errorf("replace secrets: %w", err)
	}
	return insertSecrets(ctx, q, a)
}

// DeleteApp implements [app.Store].
func (db *DB) DeleteApp(ctx context.Context, id string, events ...event.Event) error {
	return db.tx(ctx, func(q querier) error {
		if _, err := q.ExecContext(ctx, "DELETE FROM app_secrets WHERE app_id = $1", id); err != nil {
			return fmt.Errorf("delete secrets: %w", err)
		}
		res, err := q.ExecContext(ctx, "DELETE FROM apps WHERE id = $1", id)
		if err := oneRow(res, err); errors.Is(err, errConflict) {
			return appUnknown()
		} else if err != nil {
			return fmt.Errorf("delete app: %w", err)
		}
		return appsChanged(ctx, q, events)
	})
}

// appsChanged ends a change: the set has a new version.
func appsChanged(ctx context.Context, q querier, events []event.Event) error {
	if _, err := q.ExecContext(ctx, "UPDATE set_versions SET version = version + 1 WHERE name = 'apps'"); err != nil {
		return fmt.Errorf("raise the version of the apps: %w", err)
	}
	return insertEvents(ctx, q, events)
}

func queryAppsVersion(ctx context.Context, q querier) (version int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT version FROM set_versions WHERE name = 'apps'").Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("query the version of the apps: %w", err)
	}
	return version, nil
}

func queryApp(ctx context.Context, q querier, id string) (app.App, error) {
	a, err := scanApp(q.QueryRowContext(ctx, "SELECT "+appColumns+" FROM apps WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return a, appUnknown()
	}
	if err != nil {
		return a, fmt.Errorf("query app: %w", err)
	}
	return a, querySecrets(ctx, q, map[string]*app.App{id: &a},
		"SELECT "+secretColumns+" FROM app_secrets WHERE app_id = $1 ORDER BY position", id)
}

func queryApps(ctx context.Context, q querier) ([]app.App, error) {
	// All apps are in memory: a list that grows would leave twice as much behind.
	var n int
	if err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM apps").Scan(&n); err != nil {
		return nil, fmt.Errorf("count apps: %w", err)
	}
	same := grants{scopes: map[string][]scope.API{}, contexts: map[string][]scope.Context{}}
	apps, err := scanOnto(ctx, q, make([]app.App, 0, n), same.scanApp, "SELECT "+appColumns+" FROM apps ORDER BY created_at, id")
	if err != nil {
		return nil, fmt.Errorf("query apps: %w", err)
	}
	byID := make(map[string]*app.App, len(apps))
	for i := range apps {
		byID[apps[i].ID] = &apps[i]
	}
	return apps, querySecrets(ctx, q, byID,
		"SELECT "+secretColumns+" FROM app_secrets ORDER BY app_id, position")
}

// querySecrets gives the apps their secrets, row by row: there may be many
// thousands, and a list of them all would be garbage at once.
func querySecrets(ctx context.Context, q querier, apps map[string]*app.App, query string, args ...any) error {
	give := func(row scanner) (none struct{}, err error) {
		var id string
		var s app.Secret
		err = row.Scan(&id, &s.ID, &s.Label, hash{&s.Hash}, instant{&s.CreatedAt}, instant{&s.ExpiresAt},
			instant{&s.LastUsedAt}, &s.LastUsedFrom)
		if a := apps[id]; a != nil {
			a.Secrets = append(a.Secrets, s)
		}
		return none, err
	}
	if _, err := scanAll(ctx, q, give, query, args...); err != nil {
		return fmt.Errorf("query secrets: %w", err)
	}
	return nil
}

func insertSecrets(ctx context.Context, q querier, a *app.App) error {
	for i, s := range a.Secrets {
		if _, err := q.ExecContext(ctx, `
			INSERT INTO app_secrets (`+secretColumns+`, position)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			a.ID, s.ID, s.Label, s.Hash[:], millis(s.CreatedAt), millis(s.ExpiresAt), millis(s.LastUsedAt), s.LastUsedFrom, i); err != nil {
			return fmt.Errorf("insert secret: %w", err)
		}
	}
	return nil
}

func scanApp(row scanner) (app.App, error) { return grants{}.scanApp(row) }

// grants are the lists of scopes and contexts that many apps have in common.
// All apps are in memory, so those that are read together share them. Nothing
// is shared if the maps are nil.
type grants struct {
	scopes   map[string][]scope.API
	contexts map[string][]scope.Context
}

func (g grants) scanApp(row scanner) (a app.App, err error) {
	var environment, scopes, contexts string
	err = row.Scan(&a.ID, &a.Name, &environment, &scopes, &contexts, document{&a.RedirectURIs},
		&a.Disabled, instant{&a.CreatedAt}, document{&a.Extensions}, &a.Version)
	a.Scopes, a.Contexts = words(g.scopes, scopes), words(g.contexts, contexts)
	switch environment { // the constants take no memory of their own
	case app.Sandbox:
		a.Environment = app.Sandbox
	case app.Production:
		a.Environment = app.Production
	default:
		a.Environment = environment
	}
	return a, err
}

// words splits s, or returns what was split before.
func words[T ~string](known map[string][]T, s string) []T {
	if w, ok := known[s]; ok {
		return w
	}
	w := splitWords[T](s)
	if known != nil {
		known[s] = w
	}
	return w
}

func joinWords[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(w))
	}
	return b.String()
}

func splitWords[T ~string](s string) []T {
	if s == "" {
		return nil
	}
	words := make([]T, 0, strings.Count(s, " ")+1)
	for w := range strings.FieldsSeq(s) {
		words = append(words, T(w))
	}
	return words
}

func appUnknown() error { return problem.New(problem.ResourceUnknown, "no such app") }
