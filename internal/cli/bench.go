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
	All      benchAllCmd      `cmd:"" default:"withargs" help:"Measure everything (about five minutes)."`
	Token    benchTokenCmd    `cmd:"" help:"Tokens, beside a server that does nothing but sign."`
	Accounts benchAccountsCmd `cmd:"" help:"Account list and pages of transactions."`
	Apps     benchAppsCmd     `cmd:"" help:"Memory that 10,000 apps take."`
	Payments benchPaymentsCmd `cmd:"" help:"Whole payments, a million that are stored, a hundred thousand that are due (about ten minutes)."`
	Portal   benchPortalCmd   `cmd:"" help:"Pages of the portal and the guides, with a million logged requests (about five minutes)."`
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
	benchAccountsCmd struct{ benchFlags }
	benchAppsCmd     struct{ benchFlags }
	benchStartCmd    struct{ benchFlags }
)

// A benchTokenCmd measures the token endpoint.
type benchTokenCmd struct {
	benchFlags
	Peer      string `placeholder:"URL" help:"Token endpoint of another program, which runs already, to measure beside ours."`
	PeerPID   int    `name:"peer-pid" placeholder:"N" help:"Its process, for the processor time that it takes."`
	PeerApp   string `placeholder:"ID:SECRET" help:"A client of the peer's."`
	PeerScope string `placeholder:"SCOPE" help:"What to ask the peer for."`
}

// Help returns the examples of the command.
func (benchTokenCmd) Help() string {
	return `One table: each figure beside its floor or peer, which are measured in turn, the ratio and its bar.

Examples:
  sluss bench token
  sluss bench token --peer http://127.0.0.1:9090/token --peer-pid 4711 --peer-app id:secret --peer-scope read`
}

// A measurement returns figures beside their targets.
type measurement func(context.Context, *benchmark.Options) ([]benchmark.Row, error)

// Run implements the command.
func (c *benchAllCmd) Run(ctx context.Context, env *Env) error {
	return c.run(ctx, env, benchmark.Startup, benchmark.Token, benchmark.Accounts, benchmark.Apps)
}

// Run implements the command.
func (c *benchTokenCmd) Run(ctx context.Context, env *Env) error {
	token := benchmark.Token
	if c.Peer != "" {
		peer, err := benchmark.NewPeer(c.Peer, c.PeerApp, c.PeerScope, c.PeerPID)
		if err != nil {
			return err
		}
		token = func(ctx context.Context, o *benchmark.Options) ([]benchmark.Row, error) {
			o.Peer = peer
			return benchmark.Token(ctx, o)
		}
	}
	return c.run(ctx, env, token)
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
	o := &benchmark.Options{Program: program, Rounds: c.Rounds, Round: c.Round, Log: env.Stderr, Prepare: manyApps, Stored: tableBytes}
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

// tableBytes returns the bytes of each table of a SQLite database.
func tableBytes(ctx context.Context, file string) (_ map[string]int64, err error) {
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + file})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.TableBytes(ctx)
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
	Kind string `arg:"" enum:"bare,signing,es256,libcrypto,commit" help:"Which one: bare, signing, es256, libcrypto or commit."`
	Cert string `help:"Certificate, to speak TLS."`
	Key  string `help:"Its private key."`

	Database string `placeholder:"URL" help:"An empty database for commit."`
}

// Run implements the command.
func (c *benchFloorCmd) Run(ctx context.Context, env *Env) error {
	o := benchmark.FloorOptions{Kind: c.Kind, CertFile: c.Cert, KeyFile: c.Key}
	if c.Kind != "commit" {
		return benchmark.ServeFloor(ctx, o, env.Stdout)
	}
	return with(ctx, c.Database, func(db *store.DB) error {
		if err := db.MakeFloor(ctx); err != nil {
			return err
		}
		o.Commit = db.CommitFloor
		return benchmark.ServeFloor(ctx, o, env.Stdout)
	})
}
