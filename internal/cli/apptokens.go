package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/jose"
)

// An appTokensCmd shows and changes what the tokens of an app are like, and how
// many it may ask for.
type appTokensCmd struct {
	appsFlag
	ID        string          `arg:"" name:"client-id" help:"Client ID."`
	Algorithm *jose.Algorithm `placeholder:"ALG" help:"What signs them: RS256, PS256, ES256 or EdDSA; the platform's if empty."`
	Form      *string         `placeholder:"TYP" help:"What they look like: JWT, or at+jwt for RFC 9068; the platform's if empty."`
	Policy    *string         `placeholder:"POLICY" help:"What asking for too many leads to: advise, reuse or enforce; the platform's if empty."`
	Quota     *int64          `placeholder:"N" help:"Tokens an hour for each PSU context under enforce; 0 is the platform's."`
}

// Help returns the examples of the command.
func (appTokensCmd) Help() string {
	return `Without flags it shows what there is. What is not named stays as it is.

If no key of the algorithm signs yet, one is made and published, and signs in 24 hours, when every verifier has it;
until then the tokens are signed by the platform's algorithm. "sluss key list" shows when.

Examples:
  sluss app tokens 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11
  sluss app tokens 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --algorithm ES256 --form at+jwt
  sluss app tokens 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --policy enforce --quota 4
  sluss app tokens 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --algorithm= --form=`
}

// Run implements the command.
func (c *appTokensCmd) Run(ctx context.Context, env *Env) error {
	n := control.TokensChange{Algorithm: c.Algorithm, Form: c.Form, Policy: c.Policy, Quota: c.Quota}
	return c.with(ctx, env, func(apps control.Apps) error {
		var a app.App
		var err error
		if n == (control.TokensChange{}) {
			a, err = apps.App(ctx, c.ID)
		} else {
			a, err = apps.SetTokens(ctx, c.ID, n)
		}
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.Stdout, control.AppOnWire(a))
		}
		return printTokens(env.Stdout, &a.Extensions)
	})
}

func printTokens(out io.Writer, x *app.Extensions) error {
	own := func(s string) string {
		if s == "" || s == "0" {
			return "the platform's"
		}
		return s
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "algorithm\t%s\nform\t%s\npolicy\t%s\nquota\t%s\n",
		own(string(x.TokenAlgorithm)), own(x.TokenForm), own(x.TokenPolicy), own(strconv.FormatInt(x.TokenQuota, 10)))
	return w.Flush()
}
