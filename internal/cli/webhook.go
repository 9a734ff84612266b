package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/webhook"
)

// An appWebhookCmd manages where an app hears of events.
type appWebhookCmd struct {
	Add        webhookAddCmd        `cmd:"" help:"Register a URL and print its signing secret."`
	List       webhookListCmd       `cmd:"" help:"List the endpoints of an app."`
	Remove     webhookRemoveCmd     `cmd:"" help:"Remove an endpoint."`
	Enable     webhookEnableCmd     `cmd:"" help:"Send to an endpoint again that was disabled."`
	Secret     webhookSecretCmd     `cmd:"" help:"Make a new signing secret; the old one goes on for a while."`
	Test       webhookTestCmd       `cmd:"" help:"Send a message of type webhook.test and say what came of it."`
	Deliveries webhookDeliveriesCmd `cmd:"" help:"Show what was sent, and what is to be sent."`
	Resend     webhookResendCmd     `cmd:"" help:"Send again: one delivery, or all since a time."`
}

// A webhooksFlag says where the endpoints are, and of which app.
type webhooksFlag struct {
	appsFlag
	ClientID string `arg:"" name:"client-id" help:"Client ID of the app."`
}

// with calls fn with the endpoints. A secret that is made needs the sealing key
// of an installation: sealed says that fn makes one.
func (f *webhooksFlag) with(ctx context.Context, env *Env, sealed bool, fn func(control.Webhooks) error) error {
	if c := f.sandbox(); c != nil {
		return fn(c)
	}
	return f.installation(ctx, env, func(c *config.Config, db *store.DB) error {
		var key keyring.SealingKey
		allow, err := c.Webhooks.Prefixes()
		if err == nil && sealed {
			key, err = c.SealingKey(env.Getenv)
		}
		if err != nil {
			return err
		}
		return fn(&webhook.Service{
			Store: db, Apps: db, Sealer: keyring.NewSealer(key), Clock: clock.Real{},
			Policy: webhook.Policy{Allow: allow, Plain: c.Environment == "sandbox"},
		})
	})
}

// A webhookAddCmd registers a URL.
type webhookAddCmd struct {
	webhooksFlag
	URL         string   `arg:"" name:"url" help:"Where to send events: https, or in a sandbox http on this machine."`
	Description string   `help:"What it is for."`
	Events      []string `placeholder:"TYPE" help:"Types of events, such as consent.valid or consent.*; all if left out."`
}

// Help returns the examples of the command.
func (webhookAddCmd) Help() string {
	return `The secret is shown this once. docs/webhooks.md has the events and how to check the signature.

Examples:
  sluss app webhook add 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 http://localhost:3000/events
  sluss app webhook add 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 https://shop.example/events --events 'consent.*' --config sluss.toml`
}

// Run implements the command.
func (c *webhookAddCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, true, func(hooks control.Webhooks) error {
		e, secret, err := hooks.AddWebhook(ctx, c.ClientID, webhook.New{URL: c.URL, Description: c.Description, Types: c.Events})
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.Stdout, control.WebhookOnWire(e, secret))
		}
		_, err = fmt.Fprintf(env.Stdout, "endpoint  %s\nsecret    %s\n", e.ID, string(secret))
		_, _ = fmt.Fprintln(env.Stderr, "Keep the secret now; it is not shown again.")
		return err
	})
}

// A webhookListCmd lists endpoints.
type webhookListCmd struct{ webhooksFlag }

// Help returns the examples of the command.
func (webhookListCmd) Help() string {
	return "Example:\n  sluss app webhook list 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11"
}

// Run implements the command.
func (c *webhookListCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, false, func(hooks control.Webhooks) error {
		all, err := hooks.Webhooks(ctx, c.ClientID)
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]control.Webhook, len(all))
			for i, e := range all {
				out[i] = control.WebhookOnWire(e, "")
			}
			return printJSON(env.Stdout, out)
		}
		w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "ENDPOINT\tURL\tEVENTS\tSTATE\tDESCRIPTION")
		for _, e := range all {
			kinds := words(e.Types)
			if kinds == "" {
				kinds = "all"
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.ID, e.URL, kinds, endpointState(&e), e.Description)
		}
		return w.Flush()
	})
}

func endpointState(e *webhook.Endpoint) string {
	switch {
	case e.Disabled != "":
		return "disabled: " + e.Disabled
	case !e.FailingSince.IsZero():
		return "failing since " + e.FailingSince.Format(time.RFC3339)
	}
	return "enabled"
}

// An endpointArg names an endpoint of an app.
type endpointArg struct {
	webhooksFlag
	Endpoint string `arg:"" name:"endpoint" help:"Id of the endpoint, as \"sluss app webhook list\" has it."`
}

// A webhookRemoveCmd removes an endpoint.
type webhookRemoveCmd struct{ endpointArg }

// Help returns the examples of the command.
func (webhookRemoveCmd) Help() string {
	return "Example:\n  sluss app webhook remove 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 we_2f9f4f0f6a11"
}

// Run implements the command.
func (c *webhookRemoveCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, false, func(hooks control.Webhooks) error { return hooks.RemoveWebhook(ctx, c.ClientID, c.Endpoint) })
}

// A webhookEnableCmd enables an endpoint.
type webhookEnableCmd struct{ endpointArg }

// Help returns the examples of the command.
func (webhookEnableCmd) Help() string {
	return `What happened while it was disabled is not sent by itself; see "sluss app webhook resend" for what was tried before.

Example:
  sluss app webhook enable 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 we_2f9f4f0f6a11`
}

// Run implements the command.
func (c *webhookEnableCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, false, func(hooks control.Webhooks) error { return hooks.EnableWebhook(ctx, c.ClientID, c.Endpoint) })
}

// A webhookSecretCmd makes a new secret.
type webhookSecretCmd struct {
	endpointArg
	Overlap time.Duration `default:"24h" help:"For how long messages are signed with the old secret too (${default})."`
}

// Help returns the examples of the command.
func (webhookSecretCmd) Help() string {
	return `The secret is shown this once.

Example:
  sluss app webhook secret 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 we_2f9f4f0f6a11 --overlap 72h`
}

// Run implements the command.
func (c *webhookSecretCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, true, func(hooks control.Webhooks) error {
		secret, err := hooks.RotateSecret(ctx, c.ClientID, c.Endpoint, c.Overlap)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.Stdout, map[string]string{"secret": string(secret)})
		}
		_, err = fmt.Fprintf(env.Stdout, "secret  %s\n", string(secret))
		_, _ = fmt.Fprintln(env.Stderr, "Keep the secret now; it is not shown again.")
		return err
	})
}

// testTime is how long a test waits for its outcome, in real time.
const testTime = 15 * time.Second

// A webhookTestCmd sends a test message.
type webhookTestCmd struct{ endpointArg }

// Help returns the examples of the command.
func (webhookTestCmd) Help() string {
	return `The server that runs on the database sends it; without one it waits.

Example:
  sluss app webhook test 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 we_2f9f4f0f6a11`
}

// Run implements the command. It fails unless the receiver took the message.
func (c *webhookTestCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, false, func(hooks control.Webhooks) error {
		d, err := hooks.TestWebhook(ctx, c.ClientID, c.Endpoint)
		if err != nil {
			return err
		}
		waiting, cancel := context.WithTimeout(ctx, testTime)
		defer cancel()
		clock.Real{}.Poll(waiting, 100*time.Millisecond, nil, func(context.Context) {
			var all []webhook.Delivery
			all, err = hooks.Deliveries(ctx, c.ClientID, webhook.Filter{EndpointID: c.Endpoint, Limit: 20})
			for _, x := range all {
				if x.ID == d.ID {
					d = x
				}
			}
			if err != nil || d.Attempts > 0 {
				cancel()
			}
		})
		if err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(env.Stdout, control.DeliveryOnWire(d))
		} else {
			_, err = fmt.Fprintf(env.Stdout, "delivery  %s\noutcome   %s\n", d.ID, lastAttempt(&d))
		}
		if err == nil && d.Status != webhook.Delivered {
			err = errors.New("the message has not been delivered")
		}
		return err
	})
}

// lastAttempt tells of the last attempt of a delivery.
func lastAttempt(d *webhook.Delivery) string {
	if len(d.Log) == 0 {
		return "not tried yet"
	}
	a := d.Log[len(d.Log)-1]
	if a.StatusCode == 0 {
		return a.Error
	}
	return strconv.Itoa(a.StatusCode) + " in " + a.Duration.Round(time.Millisecond).String()
}

// A webhookDeliveriesCmd shows deliveries.
type webhookDeliveriesCmd struct {
	endpointArg
	Status string `enum:"pending,delivered,dead," default:"" placeholder:"STATUS" help:"pending, delivered or dead; all if left out."`
	Limit  int    `default:"20" help:"How many at most, the newest first (${default})."`
}

// Help returns the examples of the command.
func (webhookDeliveriesCmd) Help() string {
	return "Example:\n  sluss app webhook deliveries 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 we_2f9f4f0f6a11 --status dead"
}

// Run implements the command.
func (c *webhookDeliveriesCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, false, func(hooks control.Webhooks) error {
		all, err := hooks.Deliveries(ctx, c.ClientID, webhook.Filter{EndpointID: c.Endpoint, Status: webhook.Status(c.Status), Limit: c.Limit})
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]control.Delivery, len(all))
			for i, d := range all {
				out[i] = control.DeliveryOnWire(d)
			}
			return printJSON(env.Stdout, out)
		}
		w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "DELIVERY\tTYPE\tSTATUS\tATTEMPTS\tLAST\tNEXT")
		for _, d := range all {
			next := "-"
			if !d.NextAt.IsZero() {
				next = d.NextAt.Format(time.RFC3339)
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", d.ID, d.Type, d.Status, d.Attempts, lastAttempt(&d), next)
		}
		return w.Flush()
	})
}

// A webhookResendCmd sends again.
type webhookResendCmd struct {
	endpointArg
	Delivery string `arg:"" optional:"" name:"delivery" help:"Id of a delivery."`
	Since    string `placeholder:"TIME" help:"All deliveries made at or after this time, such as 2026-11-02T09:00:00Z, or a duration ago, such as 24h."`
}

// Help returns the examples of the command.
func (webhookResendCmd) Help() string {
	return `A message is sent again with the webhook-id that it had.

Examples:
  sluss app webhook resend 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 we_2f9f4f0f6a11 0c0ffee0-93c1-4c0e-9d6f-1f7a3a7cf0aa
  sluss app webhook resend 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 we_2f9f4f0f6a11 --since 24h`
}

// Run implements the command.
func (c *webhookResendCmd) Run(ctx context.Context, env *Env) error {
	since, err := c.since()
	if err != nil {
		return err
	}
	return c.with(ctx, env, false, func(hooks control.Webhooks) error {
		n, err := hooks.Resend(ctx, c.ClientID, c.Endpoint, c.Delivery, since)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "%d to send again\n", n)
		return err
	})
}

// since returns the time that the flag names; zero for a single delivery.
func (c *webhookResendCmd) since() (time.Time, error) {
	if (c.Delivery == "") == (c.Since == "") {
		return time.Time{}, errors.New("give the id of a delivery, or --since")
	}
	if c.Since == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(c.Since); err == nil {
		return clock.Real{}.Now().Add(-d), nil
	}
	t, err := time.Parse(time.RFC3339, c.Since)
	if err != nil {
		return t, problem.New(problem.FormatInvalid, "must be a time such as 2026-11-02T09:00:00Z, or a duration such as 24h").At("--since")
	}
	return t, nil
}
