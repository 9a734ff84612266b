package cli

import (
	"context"

	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/jose"
)

// An appAlgorithmCmd changes what the tokens of an app are signed by.
type appAlgorithmCmd struct {
	appsFlag
	ID        string         `arg:"" name:"client-id" help:"Client ID."`
	Algorithm jose.Algorithm `arg:"" optional:"" name:"algorithm" help:"RS256, PS256, ES256 or EdDSA; the platform's if left out."`
}

// Help returns the examples of the command.
func (appAlgorithmCmd) Help() string {
	return `If no key of the algorithm signs yet, one is made and published, and signs in 24 hours, when every verifier has it;
until then the tokens are signed by the platform's algorithm. "sluss key list" shows when.

Example:
  sluss app algorithm 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 ES256`
}

// Run implements the command.
func (c *appAlgorithmCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(apps control.Apps) error { return apps.SetAlgorithm(ctx, c.ID, c.Algorithm) })
}
