package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/server"
)

// A configFlag names a configuration file.
type configFlag struct {
	Config string `short:"c" placeholder:"FILE" help:"Configuration file, TOML. Without one the environment and the defaults count."`
}

// load reads the configuration. All of its faults come in one error.
func (f *configFlag) load(env *Env) (config.Config, error) {
	var text []byte
	if f.Config != "" {
		var err error
		if text, err = os.ReadFile(f.Config); err != nil {
			return config.Config{}, fmt.Errorf("read the configuration: %w", err)
		}
	}
	c, err := config.Parse(string(text), env.Getenv)
	if err != nil {
		name := f.Config
		if name == "" {
			name = "environment"
		}
		return config.Config{}, prefixed(name+": ", err)
	}
	return c, nil
}

// prefixed puts prefix before each line of err.
func prefixed(prefix string, err error) error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%s%w", prefix, err)
	}
	var all []error
	for _, e := range many.Unwrap() {
		all = append(all, fmt.Errorf("%s%w", prefix, e))
	}
	return errors.Join(all...)
}

// A serveCmd runs an installation.
type serveCmd struct {
	configFlag
	Migrate bool `help:"Bring the database up to date first."`
}

// Help returns the examples of the command.
func (serveCmd) Help() string {
	return `Every key of the file can be given in the environment too: token.lifetime is SLUSS_TOKEN_LIFETIME.
The log goes to standard error. SIGTERM and SIGINT stop the server once its requests have finished.

Examples:
  sluss serve --config sluss.toml --migrate
  SLUSS_SEALING_KEY=$(cat sealing.key) SLUSS_DATABASE=postgres://sluss@localhost/sluss sluss serve`
}

// Run implements the command.
func (c *serveCmd) Run(ctx context.Context, env *Env) error {
	saveMemory(env)
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	cfg.Migrate = cfg.Migrate || c.Migrate
	key, err := cfg.SealingKey(env.Getenv)
	if err != nil {
		return err
	}
	keys, err := openKeys(&cfg, env)
	if err != nil {
		return err
	}
	ls, err := server.Listen(ctx, &cfg)
	if err != nil {
		return errors.Join(err, keys.Close())
	}
	log := newLog(cfg.Log, env.Stderr)
	deps := server.Deps{Log: log, SealingKey: key, Keys: keys, Version: version()}
	if deps.MailPassword, err = cfg.MailPassword(env.Getenv); err != nil {
		ls.Close()
		return errors.Join(err, keys.Close())
	}
	if deps.SSOSecret, err = cfg.SSOSecret(env.Getenv); err != nil {
		ls.Close()
		return errors.Join(err, keys.Close())
	}
	s, err := server.New(ctx, cfg, deps)
	if err != nil {
		ls.Close()
		return errors.Join(err, keys.Close())
	}
	settle(env, cfg.Database)
	log.Info("listening", "auth", cfg.Base.Auth, "api", cfg.Base.API, "address", ls.Public.Addr().String(),
		"control", ls.ControlAddr(), "environment", cfg.Environment, "version", version())
	err = s.Run(ctx, ls)
	log.Info("stopped")
	return errors.Join(err, s.Close(), keys.Close())
}

// newLog returns the log of a server.
func newLog(c config.LogConfig, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.SlogLevel()}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
