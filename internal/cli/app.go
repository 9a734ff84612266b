package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
)

// An appCmd manages applications.
type appCmd struct {
	Create   appCreateCmd   `cmd:"" help:"Make an app and print its client id and secret."`
	List     appListCmd     `cmd:"" help:"List all apps."`
	Show     appShowCmd     `cmd:"" help:"Show an app."`
	Secret   appSecretCmd   `cmd:"" help:"Add and remove client secrets, to change them without a break."`
	Tokens   appTokensCmd   `cmd:"" help:"Show and change what an app's tokens are like, and how many it may ask for."`
	Keys     appKeysCmd     `cmd:"" help:"Set the public keys by which an app may authenticate instead of a secret."`
	Security appSecurityCmd `cmd:"" help:"Show and change how an app must authenticate, and what its tokens are bound to."`
	Limit    appLimitCmd    `cmd:"" help:"Set how many tokens an app may ask for."`
	Webhook  appWebhookCmd  `cmd:"" help:"Manage where an app hears of events."`
	Delete   appDeleteCmd   `cmd:"" help:"Delete an app. Its tokens stop working."`
}

// An appSecretCmd manages the secrets of an app.
type appSecretCmd struct {
	Add    secretAddCmd    `cmd:"" help:"Make one more secret and print it."`
	Remove secretRemoveCmd `cmd:"" help:"End the life of a secret."`
	Check  secretCheckCmd  `cmd:"" help:"Find client secrets in a text and check their form, without a server."`
}

// An appsFlag says where the apps are: in a database, or in a running sandbox.
type appsFlag struct {
	placeFlag
	JSON bool `name:"json" help:"Print JSON."`
}

// with calls fn with the apps.
func (f *appsFlag) with(ctx context.Context, env *Env, fn func(control.Apps) error) error {
	if c := f.sandbox(); c != nil {
		return fn(c)
	}
	return f.installation(ctx, env, func(c *config.Config, db *store.DB) error {
		return fn(&server.Apps{Store: db, Environment: c.Environment, Clock: clock.Real{}})
	})
}

// printJSON prints v as indented JSON.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// An appCreateCmd makes an app.
type appCreateCmd struct {
	appsFlag
	Name           string         `arg:"" help:"Name of the app; PSUs see it at their bank."`
	Scope          []string       `placeholder:"SCOPE" help:"API scopes that it may ask for; all if left out."`
	Context        []string       `placeholder:"CONTEXT" help:"private, corporate or both; both if left out."`
	RedirectURI    []string       `name:"redirect-uri" placeholder:"URI" help:"Where browsers may come back to; may be repeated."`
	TokenPolicy    string         `placeholder:"POLICY" help:"What asking for too many tokens leads to: advise, reuse or enforce; the platform's if left out."`
	TokenAlgorithm jose.Algorithm `placeholder:"ALG" help:"Signs the app's tokens: RS256, PS256, ES256 or EdDSA; the platform's if left out."`
	TokenForm      string         `placeholder:"TYP" help:"What they look like: JWT, or at+jwt for RFC 9068; the platform's if left out."`
	TokenQuota     int64          `placeholder:"N" help:"Tokens an hour for each PSU context under enforce; the platform's if left out."`
}

// Help returns the examples of the command.
func (appCreateCmd) Help() string {
	return `The secret is shown this once.

Examples:
  sluss app create "My shop"
  sluss app create Ledger --scope accountinformation,aspspinformation --context corporate --config sluss.toml
  sluss app create Batch --token-policy enforce --token-quota 4
  sluss app create Fast --token-algorithm ES256 --token-form at+jwt
  sluss app create Web --redirect-uri https://app.example/callback`
}

// Run implements the command.
func (c *appCreateCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(apps control.Apps) error {
		a, secret, err := apps.Create(ctx, control.NewApp{
			Name: c.Name, Scopes: c.Scope, Contexts: c.Context, RedirectURIs: c.RedirectURI,
			TokenPolicy: c.TokenPolicy, TokenQuota: c.TokenQuota, TokenAlgorithm: c.TokenAlgorithm, TokenForm: c.TokenForm,
		})
		if err != nil {
			return err
		}
		out := control.AppOnWire(a)
		out.ClientSecret = secret
		if c.JSON {
			return printJSON(env.Stdout, out)
		}
		_, err = fmt.Fprintf(env.Stdout, "client_id      %s\nclient_secret  %s\n", a.ID, secret)
		_, _ = fmt.Fprintln(env.Stderr, "Keep the secret now; it is not shown again.")
		return err
	})
}

// An appListCmd lists all apps.
type appListCmd struct{ appsFlag }

// Help returns the examples of the command.
func (appListCmd) Help() string {
	return "Examples:\n  sluss app list\n  sluss app list --config sluss.toml --json"
}

// Run implements the command.
func (c *appListCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(apps control.Apps) error {
		all, err := apps.Apps(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]control.App, len(all))
			for i, a := range all {
				out[i] = control.AppOnWire(a)
			}
			return printJSON(env.Stdout, out)
		}
		w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "CLIENT ID\tNAME\tSCOPES\tSECRETS\tMADE")
		for _, a := range all {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.ID, a.Name, words(a.Scopes)+" "+words(a.Contexts), countSecrets(a.Secrets),
				a.CreatedAt.Format(time.DateOnly))
		}
		return w.Flush()
	})
}

// words joins strings of any kind with spaces.
func words[T ~string](list []T) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = string(s)
	}
	return strings.Join(all, " ")
}

// An appShowCmd shows an app.
type appShowCmd struct {
	appsFlag
	ID string `arg:"" name:"client-id" help:"Client ID."`
}

// Help returns the examples of the command.
func (appShowCmd) Help() string {
	return "Example:\n  sluss app show 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11"
}

// Run implements the command.
func (c *appShowCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(apps control.Apps) error {
		a, err := apps.App(ctx, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.Stdout, control.AppOnWire(a))
		}
		w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintf(w, "client_id\t%s\nname\t%s\nenvironment\t%s\nscopes\t%s\ncontexts\t%s\nredirect URIs\t%s\nmade\t%s\n",
			a.ID, a.Name, a.Environment, words(a.Scopes), words(a.Contexts), words(a.RedirectURIs), a.CreatedAt.Format(time.RFC3339))
		if l := a.Extensions.Limits; l != (app.Limits{}) {
			_, _ = fmt.Fprintf(w, "limits\t%d tokens a second, %d at once, %d a day\n", l.TokensPerSecond, l.TokenBurst, l.TokensPerDay)
		}
		for _, s := range a.Secrets {
			expires := "never expires"
			if !s.ExpiresAt.IsZero() {
				expires = "expires " + s.ExpiresAt.Format(time.RFC3339)
			}
			_, _ = fmt.Fprintf(w, "secret %s\tmade %s, %s, %s %s\n", s.ID, s.CreatedAt.Format(time.RFC3339), expires, lastUse(s), s.Label)
		}
		return w.Flush()
	})
}

// An appDeleteCmd deletes an app.
type appDeleteCmd struct {
	appsFlag
	ID string `arg:"" name:"client-id" help:"Client ID."`
}

// Help returns the examples of the command.
func (appDeleteCmd) Help() string {
	return "Example:\n  sluss app delete 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11"
}

// Run implements the command.
func (c *appDeleteCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(apps control.Apps) error { return apps.Delete(ctx, c.ID) })
}

// A secretAddCmd makes one more secret.
type secretAddCmd struct {
	appsFlag
	ID        string        `arg:"" name:"client-id" help:"Client ID."`
	Label     string        `help:"Name for the secret, such as \"2027\"."`
	ExpiresIn time.Duration `placeholder:"DURATION" help:"When it stops working, such as 2160h; never if left out."`
}

// Help returns the examples of the command.
func (secretAddCmd) Help() string {
	return `To change a secret without a break: add one, roll it out, remove the old one.

Example:
  sluss app secret add 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --label 2027 --expires-in 8760h`
}

// Run implements the command.
func (c *secretAddCmd) Run(ctx context.Context, env *Env) error {
	n := control.NewSecret{Label: c.Label}
	if c.ExpiresIn < 0 {
		return errors.New("--expires-in must not be negative")
	}
	if c.ExpiresIn > 0 {
		n.ExpiresAt = clock.Real{}.Now().Add(c.ExpiresIn)
	}
	return c.with(ctx, env, func(apps control.Apps) error {
		s, secret, err := apps.AddSecret(ctx, c.ID, n)
		if err != nil {
			return err
		}
		if c.JSON {
			out := control.SecretOnWire(s)
			out.ClientSecret = secret
			return printJSON(env.Stdout, out)
		}
		_, err = fmt.Fprintf(env.Stdout, "secret id      %s\nclient_secret  %s\n", s.ID, secret)
		_, _ = fmt.Fprintln(env.Stderr, "Keep the secret now; it is not shown again.")
		return err
	})
}

// A secretRemoveCmd ends the life of a secret.
type secretRemoveCmd struct {
	appsFlag
	ID       string `arg:"" name:"client-id" help:"Client ID."`
	SecretID string `arg:"" name:"secret-id" help:"Id of the secret, as \"sluss app show\" has it."`
}

// Help returns the examples of the command.
func (secretRemoveCmd) Help() string {
	return "Example:\n  sluss app secret remove 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 s_7k2m"
}

// Run implements the command.
func (c *secretRemoveCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(apps control.Apps) error { return apps.RemoveSecret(ctx, c.ID, c.SecretID) })
}
