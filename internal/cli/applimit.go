package cli

import (
	"context"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/control"
)

// An appLimitCmd sets the limits of an app.
type appLimitCmd struct {
	appsFlag
	ID              string `arg:"" name:"client-id" help:"Client ID."`
	TokensPerSecond int    `placeholder:"N" help:"Token requests in a second on average, on each instance."`
	TokenBurst      int    `placeholder:"N" help:"Token requests at once; as many as in a second if left out."`
	TokensPerDay    int64  `placeholder:"N" help:"Tokens in a day (UTC), from all instances together."`
}

// Help returns the examples of the command.
func (appLimitCmd) Help() string {
	return `It replaces all limits of the app. One that is left out, or 0, is the platform's; -1 is no limit.

Examples:
  sluss app limit 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --tokens-per-second 5 --token-burst 20 --tokens-per-day 500
  sluss app limit 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11`
}

// Run implements the command.
func (c *appLimitCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(apps control.Apps) error {
		return apps.SetLimits(ctx, c.ID, app.Limits{TokensPerSecond: c.TokensPerSecond, TokenBurst: c.TokenBurst, TokensPerDay: c.TokensPerDay})
	})
}
