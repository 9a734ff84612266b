package cli

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"time"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/benchmark"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/store"
)

// A benchPaymentsCmd measures payments.
type benchPaymentsCmd struct {
	benchFlags
	benchBooksFlags
}

// benchBooksFlags say on which databases to measure.
type benchBooksFlags struct {
	Database string `env:"SLUSS_TEST_POSTGRES" placeholder:"URL" help:"A PostgreSQL database to measure on too. Schemas are made in it, and deleted."`
	Only     string `enum:"both,sqlite,postgres" default:"both" help:"Which engines: both, sqlite or postgres (${default})."`
	Short    bool   `help:"Store a hundredth of the rows, and measure in one short round: a look whether all still runs, not figures."`
}

// Help returns the examples of the command.
func (benchPaymentsCmd) Help() string {
	return `Whole payments of five calls, beside a floor of as many bare calls and commits; each call with a million payments
stored; a hundred thousand payments that are due at one minute. All on SQLite in a file, and on PostgreSQL.
It needs some 4 GB on the disk for each, and ten minutes.

Examples:
  sluss bench payments --database postgres://sluss@localhost/sluss
  sluss bench payments --only sqlite --short`
}

// Run implements the command.
func (c *benchPaymentsCmd) Run(ctx context.Context, env *Env) error {
	return c.measure(ctx, env, &c.benchFlags, benchmark.Payments)
}

// measure measures on the databases, in shorter rounds if asked to.
func (c *benchBooksFlags) measure(ctx context.Context, env *Env, f *benchFlags, fn measurement) error {
	all, err := c.books()
	if err != nil {
		return err
	}
	if c.Short {
		f.Rounds, f.Round = 1, min(f.Round, 500*time.Millisecond)
	}
	return f.run(ctx, env, func(ctx context.Context, o *benchmark.Options) ([]benchmark.Row, error) {
		o.Books, o.Short = all, c.Short
		return fn(ctx, o)
	})
}

// books returns the databases.
func (c *benchBooksFlags) books() (all []benchmark.Books, err error) {
	if c.Only != "postgres" {
		all = append(all, &benchBooks{})
	}
	if c.Only != "sqlite" && c.Database != "" {
		all = append(all, &benchBooks{server: c.Database})
	}
	if len(all) == 0 {
		return nil, errors.New("--only postgres needs --database")
	}
	return all, nil
}

// benchBooks implements [benchmark.Books].
type benchBooks struct {
	server string // PostgreSQL's; empty for SQLite
	drops  []func(context.Context) error
}

// Engine implements [benchmark.Books].
func (b *benchBooks) Engine() string {
	if b.server == "" {
		return "SQLite"
	}
	return "PostgreSQL"
}

// New implements [benchmark.Books].
func (b *benchBooks) New(ctx context.Context, dir string) (string, error) {
	if b.server == "" {
		return "sqlite:" + filepath.Join(dir, ident.NewUUID()+".db"), nil
	}
	url, drop, err := store.Scratch(ctx, b.server)
	if err == nil {
		b.drops = append(b.drops, drop)
	}
	return url, err
}

// Close implements [benchmark.Books].
func (b *benchBooks) Close(ctx context.Context) error {
	var failed error
	for _, drop := range b.drops {
		failed = errors.Join(failed, drop(ctx))
	}
	b.drops = nil
	return failed
}

// with calls f with the database.
func with(ctx context.Context, url string, f func(db *store.DB) error) error {
	db, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}

// Multiply implements [benchmark.Books].
func (b *benchBooks) Multiply(ctx context.Context, url string, n int) error {
	return with(ctx, url, func(db *store.DB) error {
		return cmp.Or(db.CopyPayments(ctx, string(payment.ACSC), n), db.Settled(ctx))
	})
}

// Schedule implements [benchmark.Books].
func (b *benchBooks) Schedule(ctx context.Context, url string, n int) error {
	return with(ctx, url, func(db *store.DB) error {
		return cmp.Or(db.CopyPayments(ctx, string(payment.ACTC), n), db.Settled(ctx))
	})
}

// lookLater is when the apps' payments are looked at after they are due, as
// package payment has it.
const lookLater = 5 * time.Second

// Due implements [benchmark.Books].
func (b *benchBooks) Due(ctx context.Context, url string, at time.Time) error {
	return with(ctx, url, func(db *store.DB) error {
		return db.MakeDue(ctx, at, simulator.Job, payment.LookJob, lookLater)
	})
}

// Open implements [benchmark.Books].
func (b *benchBooks) Open(ctx context.Context, url string) (atBanks bool, unknown int, err error) {
	err = with(ctx, url, func(db *store.DB) error {
		if atBanks, err = db.AnyDue(ctx); err != nil {
			return err
		}
		unknown, err = db.CountJobs(ctx, payment.LookJob)
		return err
	})
	return atBanks, unknown, err
}

// Verify implements [benchmark.Books].
func (b *benchBooks) Verify(ctx context.Context, url string) error {
	return with(ctx, url, func(db *store.DB) error {
		faults, err := store.Simulator{DB: db}.Audit(ctx)
		if err == nil && len(faults) > 0 {
			err = errors.New("the books are wrong: " + faults[0])
		}
		return err
	})
}
