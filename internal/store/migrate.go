package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrateTries is how often Migrate starts over when another process migrates
// the same SQLite file.
const migrateTries = 5

// A Migration is one step of the schema.
type Migration struct {
	Version   int64
	Name      string    // such as "0001_ground.sql"
	AppliedAt time.Time // zero if not applied
}

// Migrate brings the schema up to date. Instances that start together may all
// call it: one migrates and the others wait. A step that fails leaves nothing.
func (db *DB) Migrate(ctx context.Context) error {
	p, err := db.provider()
	if err != nil {
		return err
	}
	err = db.engine.migrateLocked(ctx, db.write.DB, func() error {
		for try := 0; ; try++ {
			_, err := p.Up(ctx)
			if err == nil || try == migrateTries {
				return err
			}
			// Did another process take the same step?
			if pending, perr := p.HasPending(ctx); perr == nil && !pending {
				return nil
			}
			if !db.engine.away(err) && try > 0 {
				return err
			}
			if err := wait(ctx, pause(6)); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return db.fault(fmt.Errorf("migrate: %w", err))
	}
	return nil
}

// Status returns all steps of the schema that this program knows, in order.
func (db *DB) Status(ctx context.Context) ([]Migration, error) {
	p, err := db.provider()
	if err != nil {
		return nil, err
	}
	var all []*goose.MigrationStatus
	err = db.retry(ctx, func() (err error) {
		all, err = p.Status(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("status of the schema: %w", err)
	}
	out := make([]Migration, len(all))
	for i, m := range all {
		out[i] = Migration{Version: m.Source.Version, Name: path.Base(m.Source.Path)}
		if m.State == goose.StateApplied {
			out[i].AppliedAt = m.AppliedAt.UTC()
		}
	}
	return out, nil
}

func (db *DB) provider() (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	dialect := goose.DialectPostgres
	if _, ok := db.engine.(sqliteEngine); ok {
		dialect = goose.DialectSQLite3
	}
	p, err := goose.NewProvider(dialect, db.write.DB, sub, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}
