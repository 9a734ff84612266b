package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
)

// A kycCmd is where an operator decides on KYC cases.
type kycCmd struct {
	List    kycListCmd    `cmd:"" help:"List cases, the newest first."`
	Show    kycShowCmd    `cmd:"" help:"Show a case with what the form was filled in with."`
	Approve kycApproveCmd `cmd:"" help:"Approve a case: its organisation may pay for 365 days."`
	Reject  kycRejectCmd  `cmd:"" help:"Reject a case, or take an approval back."`
}

// A kycFlag says where the cases are: in a database, or in a running sandbox.
type kycFlag struct {
	placeFlag
	JSON bool `name:"json" help:"Print JSON."`
}

// with calls fn with the cases.
func (f *kycFlag) with(ctx context.Context, env *Env, fn func(control.KYC) error) error {
	if c := f.sandbox(); c != nil {
		return fn(control.KYCClient{Client: c})
	}
	return f.installation(ctx, env, func(c *config.Config, db *store.DB) error {
		key, err := c.SealingKey(env.Getenv)
		if err != nil {
			return err
		}
		service := &kyc.Service{Store: db, Provider: kyc.Manual{}, Sealer: keyring.NewSealer(key), Clock: clock.Real{}, Base: c.Base.KYC}
		return fn(server.KYCDesk{Service: service, Store: db})
	})
}

// A kycListCmd lists cases.
type kycListCmd struct {
	kycFlag
	Status string `default:"" enum:",open,submitted,approved,rejected,expired,void" placeholder:"STATUS" help:"Only those: open, submitted, approved, rejected, expired or void."`
}

// Help returns the examples of the command.
func (kycListCmd) Help() string {
	return `Those that wait for an operator are "submitted".

Examples:
  sluss kyc list
  sluss kyc list --status submitted --config sluss.toml`
}

// Run implements the command.
func (c *kycListCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(k control.KYC) error {
		all, err := k.Cases(ctx, c.Status)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.Stdout, all)
		}
		w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "ID\tORGANISATION\tSTATUS\tSENT\tVALID UNTIL\tNOTE")
		for _, v := range all {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", v.ID, v.Organisation, v.Status, minute(v.SubmittedAt), dash(v.ValidUntil), v.Note)
		}
		return w.Flush()
	})
}

// minute writes a time to the minute, a dash for none.
func minute(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// A kycShowCmd shows a case.
type kycShowCmd struct {
	kycFlag
	ID string `arg:"" help:"Id of the case, or the instanceId of its link."`
}

// Help returns the examples of the command.
func (kycShowCmd) Help() string {
	return `What it prints is personal data.

Example:
  sluss kyc show 0d7f6f0e-7b52-4b53-8f62-9d6f5c1b9a10 --config sluss.toml`
}

// Run implements the command.
func (c *kycShowCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(k control.KYC) error {
		v, err := k.Case(ctx, c.ID)
		if err != nil {
			return err
		}
		return printJSON(env.Stdout, v)
	})
}

// A kycApproveCmd approves a case.
type kycApproveCmd struct {
	kycFlag
	ID string `arg:"" help:"Id of the case, or the instanceId of its link."`
}

// Help returns the examples of the command.
func (kycApproveCmd) Help() string {
	return `Other open forms of the organisation become void. A form that was not sent can be approved too.

Examples:
  sluss kyc approve 0d7f6f0e-7b52-4b53-8f62-9d6f5c1b9a10 --config sluss.toml
  sluss kyc approve 8b6f0e1e-0c35-4d1c-bb6a-0a5b1c9a7d10`
}

// Run implements the command.
func (c *kycApproveCmd) Run(ctx context.Context, env *Env) error {
	return c.decide(ctx, env, c.ID, control.KYCApprove)
}

// A kycRejectCmd rejects a case.
type kycRejectCmd struct {
	kycFlag
	ID string `arg:"" help:"Id of the case, or the instanceId of its link."`
}

// Help returns the examples of the command.
func (kycRejectCmd) Help() string {
	return `An approved case is taken back: its organisation may pay no longer.

Example:
  sluss kyc reject 0d7f6f0e-7b52-4b53-8f62-9d6f5c1b9a10 --config sluss.toml`
}

// Run implements the command.
func (c *kycRejectCmd) Run(ctx context.Context, env *Env) error {
	return c.decide(ctx, env, c.ID, control.KYCReject)
}

func (f *kycFlag) decide(ctx context.Context, env *Env, id, word string) error {
	return f.with(ctx, env, func(k control.KYC) error {
		v, err := k.Decide(ctx, id, word)
		if err != nil {
			return err
		}
		return printDecision(env.Stdout, f.JSON, &v)
	})
}

func printDecision(w io.Writer, asJSON bool, v *control.KYCCase) error {
	if asJSON {
		return printJSON(w, v)
	}
	line := v.Organisation + " " + v.Status
	if v.ValidUntil != "" {
		line += ", valid until " + v.ValidUntil
	}
	_, err := fmt.Fprintln(w, line)
	return err
}
