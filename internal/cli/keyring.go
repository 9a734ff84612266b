package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/token"
)

// withKeys calls fn with the signing keys of the installation.
func (f *configFlag) withKeys(ctx context.Context, env *Env, fn func(c config.Config, db *store.DB, sealer *keyring.Sealer) error) error {
	c, err := f.load(env)
	if err != nil {
		return err
	}
	key, err := c.SealingKey(env.Getenv)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: c.Database})
	if err != nil {
		return err
	}
	if n, err := pending(ctx, db); err != nil {
		return errors.Join(err, db.Close())
	} else if n > 0 {
		return errors.Join(errOldSchema, db.Close())
	}
	return errors.Join(fn(c, db, keyring.NewSealer(key)), db.Close())
}

// keepKeys is how long a retired key stays in the JWKS.
func keepKeys(c config.Config) time.Duration { return time.Duration(c.Token.Lifetime) + token.Skew }

// A keyRotateCmd makes a successor of the signing key.
type keyRotateCmd struct {
	configFlag
	Algorithm jose.Algorithm `placeholder:"ALG" help:"RS256, PS256, ES256 or EdDSA; the platform's, token.algorithm, if left out."`
	Now       bool           `help:"Let it sign at once, because the old key is known to others."`
}

// Help returns the examples of the command.
func (keyRotateCmd) Help() string {
	return `Each algorithm has keys of its own, and they rotate by themselves, see token.rotateEvery. This makes a successor out of turn: it is published now and signs in
24 hours, when every verifier has it. With --now it signs at once, and verifiers that cache the JWKS refuse tokens until
they ask for it again. Servers that run notice within a second; tokens of the old key stay good until they expire.

Examples:
  sluss key rotate --config sluss.toml
  sluss key rotate --config sluss.toml --algorithm ES256 --now`
}

// Run implements the command.
func (c *keyRotateCmd) Run(ctx context.Context, env *Env) error {
	return c.withKeys(ctx, env, func(conf config.Config, db *store.DB, sealer *keyring.Sealer) error {
		ring := keyring.NewRing(db, sealer, clock.Real{}, keepKeys(conf))
		ring.Want(jose.Algorithm(conf.Token.Algorithm), nil)
		if c.Algorithm != "" && !slices.Contains(jose.Algorithms(), c.Algorithm) {
			return fmt.Errorf("no algorithm is called %q: it is RS256, PS256, ES256 or EdDSA", c.Algorithm)
		}
		keys, err := openKeys(&conf, env)
		if err != nil {
			return err
		}
		ring.Use(keys)
		if err := errors.Join(ring.RotateNow(ctx, c.Algorithm, c.Now), keys.Close()); err != nil {
			return err
		}
		return listKeys(ctx, env, conf, db)
	})
}

// A keyListCmd lists the signing keys.
type keyListCmd struct{ configFlag }

// Help returns the examples of the command.
func (keyListCmd) Help() string { return "Example:\n  sluss key list --config sluss.toml" }

// Run implements the command.
func (c *keyListCmd) Run(ctx context.Context, env *Env) error {
	return c.withKeys(ctx, env, func(conf config.Config, db *store.DB, _ *keyring.Sealer) error {
		return listKeys(ctx, env, conf, db)
	})
}

func listKeys(ctx context.Context, env *Env, c config.Config, db *store.DB) error {
	keys, err := db.Keys(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KID\tALGORITHM\tSTATE\tSIGNS FROM\tRETIRES")
	now := clock.Real{}.Now()
	for _, k := range keys {
		retires := "-"
		if !k.RetiredAt.IsZero() {
			retires = k.RetiredAt.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.KeyID, k.Algorithm, k.State(now, keepKeys(c)), k.SignsFrom.Format(time.RFC3339), retires)
	}
	return w.Flush()
}
