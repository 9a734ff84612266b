package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/webhook"
)

// A listenCmd prints events as they come, and forwards them.
type listenCmd struct {
	ForwardTo string   `placeholder:"URL" help:"Send each event to this URL, signed, as a webhook would be."`
	Events    []string `placeholder:"TYPE" help:"Types of events, such as consent.valid or consent.*; all if left out."`
	App       string   `placeholder:"CLIENT-ID" help:"Events of this app alone."`
	Control   string   `default:"http://localhost:8480" placeholder:"URL" help:"Running sandbox (${default})."`
	JSON      bool     `name:"json" help:"Print each event as one line of JSON."`
	All       bool     `help:"Begin with the first event that the sandbox still knows."`
	Count     int      `placeholder:"N" help:"End after so many events."`
}

// Help returns the examples of the command.
func (listenCmd) Help() string {
	return `Events of a running sandbox from now on, without registering a webhook. What it forwards is signed with the secret in
SLUSS_WEBHOOK_SECRET, or with a new one that it prints on standard error at the start. It sends each event once.

Examples:
  sluss listen
  sluss listen --forward-to http://localhost:3000/events --events 'consent.*'`
}

// listenWait is how long one call waits for an event.
const listenWait = 20 * time.Second

// Run implements the command.
func (c *listenCmd) Run(ctx context.Context, env *Env) error {
	forward, err := c.forwarder(env)
	if err != nil {
		return err
	}
	sandbox := &control.Client{Base: c.Control}
	f := webhook.EventFilter{ClientID: c.App}
	if !c.All {
		if f.After, err = sandbox.LastPosition(ctx); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintln(env.Stderr, "Listening. Press Ctrl-C to end.")
	for n := 0; ; {
		events, next, err := sandbox.Events(ctx, f, listenWait)
		switch {
		case errors.Is(ctx.Err(), context.Canceled): // somebody has pressed Ctrl-C
			return nil
		case err != nil:
			return err
		}
		f.After = next
		for _, e := range events {
			if !c.wants(e.Type) {
				continue
			}
			if err := c.show(ctx, env, e, forward); err != nil {
				return err
			}
			if n++; n == c.Count {
				return nil
			}
		}
	}
}

func (c *listenCmd) wants(kind string) bool {
	return len(c.Events) == 0 || slices.ContainsFunc(c.Events, func(p string) bool { return webhook.Matches(p, kind) })
}

// show prints an event, and what the forwarding came to.
func (c *listenCmd) show(ctx context.Context, env *Env, e webhook.Positioned, forward func(context.Context, string, string) string) error {
	m := webhook.MessageOf(e.Event)
	body, err := m.Encode()
	if err != nil {
		return err
	}
	outcome := ""
	if forward != nil {
		outcome = forward(ctx, e.ID, body)
	}
	if c.JSON {
		return json.NewEncoder(env.Stdout).Encode(struct {
			ID      string          `json:"id"`
			Message webhook.Message `json:"message"`
			Forward string          `json:"forward,omitempty"`
		}{e.ID, m, outcome})
	}
	if outcome != "" {
		outcome = "  -> " + outcome
	}
	_, err = fmt.Fprintf(env.Stdout, "%s  %s  %s%s\n", m.Timestamp.Format(time.RFC3339), m.Type, m.Data.ID, outcome)
	return err
}

// forwarder returns what sends a message and says what came of it; nil if
// nothing is forwarded. The URL is the person's own, at the person's machine,
// so any address will do.
func (c *listenCmd) forwarder(env *Env) (func(ctx context.Context, id, body string) string, error) {
	if c.ForwardTo == "" {
		return nil, nil
	}
	if u, err := url.Parse(c.ForwardTo); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("--forward-to must be a URL such as http://localhost:3000/events")
	}
	secret := webhook.NewSecret()
	if text := env.Getenv("SLUSS_WEBHOOK_SECRET"); text != "" {
		var err error
		if secret, err = webhook.ParseSecret(text); err != nil {
			return nil, fmt.Errorf("SLUSS_WEBHOOK_SECRET: %w", err)
		}
	} else {
		_, _ = fmt.Fprintf(env.Stderr, "Signing secret: %s\n", string(secret))
	}
	all := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	sender := webhook.NewSender(webhook.Policy{Allow: all, Plain: true})
	return func(ctx context.Context, id, body string) string {
		a := sender.Send(ctx, c.ForwardTo, id, []byte(body), secret)
		if a.StatusCode == 0 {
			return a.Error
		}
		return strconv.Itoa(a.StatusCode) + " " + http.StatusText(a.StatusCode) + " in " + a.Duration.Round(time.Millisecond).String()
	}, nil
}
