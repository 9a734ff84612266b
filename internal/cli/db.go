package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/store"
)

// A dbCmd looks after the database.
type dbCmd struct {
	Migrate dbMigrateCmd `cmd:"" help:"Bring the database up to date."`
	Status  dbStatusCmd  `cmd:"" help:"Say which steps of the schema the database has."`
}

// A databaseFlag names a database, by itself or by a configuration file.
type databaseFlag struct {
	configFlag
	Database string `placeholder:"URL" help:"Database, sqlite:FILE or postgres://..., instead of the one of the configuration."`
}

// open opens the database. Of the configuration only that key counts, so that
// the other keys and the sealing key may be missing here.
func (f *databaseFlag) open(ctx context.Context, env *Env) (*store.DB, error) {
	url := f.Database
	if url == "" {
		c, err := f.load(env)
		if err != nil && c.Database == "" {
			return nil, err
		}
		url = c.Database
	}
	return store.Open(ctx, store.Options{URL: url})
}

// load reads the configuration as configFlag does, but does not ask for a
// sealing key, which looking after a database does not need.
func (f *databaseFlag) load(env *Env) (config.Config, error) {
	getenv := func(name string) string {
		if v := env.Getenv(name); v != "" || name != "SLUSS_SEALING_KEY" {
			return v
		}
		return noSealingKey
	}
	return f.configFlag.load(&Env{Stdin: env.Stdin, Stdout: env.Stdout, Stderr: env.Stderr, Getenv: getenv})
}

// noSealingKey passes for a sealing key where none is used.
const noSealingKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// A dbMigrateCmd brings the database up to date.
type dbMigrateCmd struct{ databaseFlag }

// Help returns the examples of the command.
func (dbMigrateCmd) Help() string {
	return `Steps go forward only. Instances may run on while it works; several may call it at once.

Example:
  sluss db migrate --config sluss.toml`
}

// Run implements the command.
func (c *dbMigrateCmd) Run(ctx context.Context, env *Env) error {
	db, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	before, err := pending(ctx, db)
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "up to date; %d steps applied now\n", before)
	return err
}

// A dbStatusCmd says which steps the database has. It fails if one is missing,
// so that a script can ask.
type dbStatusCmd struct{ databaseFlag }

// Help returns the examples of the command.
func (dbStatusCmd) Help() string {
	return `It fails (exit status 1) if a step is missing.

Example:
  sluss db status --config sluss.toml`
}

// Run implements the command.
func (c *dbStatusCmd) Run(ctx context.Context, env *Env) error {
	db, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	steps, err := db.Status(ctx)
	if err != nil {
		return err
	}
	missing := 0
	for _, m := range steps {
		at := "missing"
		if m.AppliedAt.IsZero() {
			missing++
		} else {
			at = m.AppliedAt.Format(time.RFC3339)
		}
		if _, err := fmt.Fprintf(env.Stdout, "%-20s  %s\n", at, m.Name); err != nil {
			return err
		}
	}
	if missing > 0 {
		return errors.New("the database is not up to date; run \"sluss db migrate\"")
	}
	return nil
}

func pending(ctx context.Context, db *store.DB) (n int, err error) {
	steps, err := db.Status(ctx)
	for _, m := range steps {
		if m.AppliedAt.IsZero() {
			n++
		}
	}
	return n, err
}
