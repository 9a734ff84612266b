package cli

import (
	"context"
	"errors"

	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/store"
)

// A placeFlag says where a command works: on the database of an installation,
// or on a running sandbox.
type placeFlag struct {
	Config  string `short:"c" placeholder:"FILE" help:"Configuration of an installation: work on its database."`
	Control string `default:"http://localhost:8480" placeholder:"URL" help:"Running sandbox (${default}); without --config."`
}

// sandbox returns a client of the running sandbox, or nil if the command is to
// work on a database.
func (f *placeFlag) sandbox() *control.Client {
	if f.Config != "" {
		return nil
	}
	return &control.Client{Base: f.Control}
}

// installation calls fn with the configuration and the database of an
// installation, which must be up to date. The sealing key may be missing.
func (f *placeFlag) installation(ctx context.Context, env *Env, fn func(*config.Config, *store.DB) error) error {
	database := databaseFlag{configFlag: configFlag{Config: f.Config}}
	c, err := database.load(env)
	if err != nil {
		return err
	}
	db, err := database.open(ctx, env)
	if err != nil {
		return err
	}
	n, err := pending(ctx, db)
	switch {
	case err == nil && n > 0:
		err = errOldSchema
	case err == nil:
		err = fn(&c, db)
	}
	return errors.Join(err, db.Close())
}
