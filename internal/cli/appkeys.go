package cli

import (
	"context"
	"errors"
	"fmt"

	"sluss.example/sluss/internal/control"
)

// An appKeysCmd sets the public keys of an app.
type appKeysCmd struct {
	appsFlag
	ID     string `arg:"" name:"client-id" help:"Client ID."`
	File   string `arg:"" optional:"" name:"file" help:"JWKS with the public keys; - is standard input."`
	Remove bool   `help:"Take all keys away."`
}

// Help returns the examples of the command.
func (appKeysCmd) Help() string {
	return `An app with keys may send a signed assertion (private_key_jwt, RFC 7523) where others send a secret. Its keys are
RSA of at least 2048 bits, P-256 or Ed25519. To change a key without a break, register the old and the new one together.

Example:
  sluss app keys 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 public-keys.json`
}

// Run implements the command.
func (c *appKeysCmd) Run(ctx context.Context, env *Env) error {
	if c.Remove == (c.File != "") {
		return errors.New("give a file with the keys, or --remove")
	}
	var jwks []byte
	var err error
	if c.File != "" {
		jwks, err = readInput(env, c.File)
	}
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	return c.with(ctx, env, func(apps control.Apps) error { return apps.SetKeys(ctx, c.ID, jwks) })
}
