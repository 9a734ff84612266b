package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"sluss.example/sluss/internal/benchmark"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
)

// A benchCmd measures this program on this machine.
type benchCmd struct {
	All      benchAllCmd      `cmd:"" default:"withargs" help:"Measure everything (about two minutes)."`
	Token    benchTokenCmd    `cmd:"" help:"Tokens, beside a server that does nothing but sign."`
	Accounts benchAccountsCmd `cmd:"" help:"Account list and pages of transactions."`
	Apps     benchAppsCmd     `cmd:"" help:"Memory that 10,000 apps take."`
	Start    benchStartCmd    `cmd:"" help:"Time to the first answer, memory, size of the program."`
	Floor    benchFloorCmd    `cmd:"" hidden:"" help:"Serve a floor."`
}

// Help returns the examples of the command.
func (benchCmd) Help() string {
	return `Servers run as processes of their own on the loopback interface, and are loaded in turn; medians of the rounds
are printed. The exit status is 1 if a target is missed. docs/performance.md has figures and how to read them.

Examples:
  sluss bench
  sluss bench token --rounds 9 --round 4s`
}

// benchFlags say how to measure.
type benchFlags struct {
	Rounds int           `default:"5" help:"How often each server is loaded (${default})."`
	Round  time.Duration `default:"2s" help:"How long a round is (${default})."`
	Quiet  bool          `short:"q" help:"Do not tell what goes on."`
}

type (
	benchAllCmd      struct{ benchFlags }
	benchTokenCmd    struct{ benchFlags }
	benchAccountsCmd struct{ benchFlags }
	benchAppsCmd     struct{ benchFlags }
	benchStartCmd    struct{ benchFlags }
)

// A measurement returns figures beside their targets.
type measurement func(context.Context, *benchmark.Options) ([]benchmark.Row, error)

// Run implements the command.
func (c *benchAllCmd) Run(ctx context.Context, env *Env) error {
	return c.run(ctx, env, benchmark.Startup, benchmark.Token, benchmark.Accounts, benchmark.Apps)
}

// Run implements the command.
func (c *benchTokenCmd) Run(ctx context.Context, env *Env) error {
	return c.run(ctx, env, benchmark.Token)
}

// Run implements the command.
func (c *benchAccountsCmd) Run(ctx context.Context, env *Env) error {
	return c.run(ctx, env, benchmark.Accounts)
}

// Run implements the command.
func (c *benchAppsCmd) Run(ctx context.Context, env *Env) error {
	return c.run(ctx, env, benchmark.Apps)
}

// Run implements the command.
func (c *benchStartCmd) Run(ctx context.Context, env *Env) error {
	return c.run(ctx, env, benchmark.Startup)
}

// run measures and prints the table.
func (c *benchFlags) run(ctx context.Context, env *Env, all ...measurement) error {
	if c.Rounds < 1 || c.Round < 100*time.Millisecond {
		return errors.New("--rounds must be at least 1 and --round at least 100ms")
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program itself: %w", err)
	}
	o := &benchmark.Options{Program: program, Rounds: c.Rounds, Round: c.Round, Log: env.Stderr, Prepare: manyApps}
	if c.Quiet {
		o.Log = io.Discard
	}
	var rows []benchmark.Row
	var failed error
	for _, measure := range all {
		more, err := measure(ctx, o)
		rows, failed = append(rows, more...), errors.Join(failed, err)
	}
	fmt.Fprintf(env.Stdout, "%s, %s, %s\n", benchmark.CPU(runtime.GOMAXPROCS(0)), runtime.Version(), version())
	met, err := benchmark.Print(env.Stdout, rows)
	if !met {
		failed = errors.Join(failed, errors.New("a target was missed"))
	}
	return errors.Join(failed, err)
}

// manyApps puts n apps into the database of a sandbox.
func manyApps(ctx context.Context, file string, n int) (err error) {
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + file})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	apps := server.Apps{Store: db, Environment: "sandbox", Clock: clock.Real{}}
	for i := range n {
		if _, _, err := apps.Create(ctx, control.NewApp{
			Name: fmt.Sprintf("Load test %d", i), RedirectURIs: []string{"https://app.example/callback"},
		}); err != nil {
			return err
		}
	}
	return nil
}

// A benchFloorCmd serves a floor, for the other commands of its group.
type benchFloorCmd struct {
	Kind string `arg:"" enum:"bare,signing" help:"Which one: bare or signing."`
}

// Run implements the command.
func (c *benchFloorCmd) Run(ctx context.Context, env *Env) error {
	return benchmark.ServeFloor(ctx, c.Kind, env.Stdout)
}
