package cli

import (
	"context"
	"errors"
	"fmt"

	"sluss.example/sluss/client"
)

// A tokenCmd gets an access token and prints it on standard output, and nothing
// else, so that it can stand in "$(sluss token ...)".
type tokenCmd struct {
	Issuer string `default:"http://localhost:8480" help:"Base URL of the token service."`
	App    string `required:"" env:"SLUSS_CLIENT_ID" help:"Client ID of the app."`
	Scope  string `required:"" help:"Scope to ask for, such as \"accountinformation private\"."`
}

// Help returns the examples of the command.
func (tokenCmd) Help() string {
	return `The client secret is read from SLUSS_CLIENT_SECRET.

Example:
  TOKEN=$(sluss token --scope "accountinformation private")`
}

// Run implements the command. The secret comes from the environment only, since
// other users of the machine can read a command line.
func (c *tokenCmd) Run(ctx context.Context, env *Env) error {
	secret := env.Getenv("SLUSS_CLIENT_SECRET")
	if secret == "" {
		return errors.New("SLUSS_CLIENT_SECRET is not set; export the app's secret in it")
	}
	sdk := &client.Client{Auth: c.Issuer, ID: c.App, Secret: secret}
	token, err := sdk.Token(ctx, c.Scope)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Stdout, token.AccessToken)
	return err
}
