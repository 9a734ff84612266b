package cli

import (
	"context"
	"errors"
	"fmt"

	"sluss.example/sluss/internal/audit"
)

// errOldSchema says that the database lacks what this program needs.
var errOldSchema = errors.New("the database is not up to date; run \"sluss db migrate\"")

// An auditCmd reads the audit trail of a database.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check that nobody has changed the audit trail."`
	Export auditExportCmd `cmd:"" help:"Print the audit trail as lines of JSON, and check it."`
}

// An auditVerifyCmd checks the trail. It fails if something was changed.
type auditVerifyCmd struct{ databaseFlag }

// Help returns the examples of the command.
func (auditVerifyCmd) Help() string {
	return `Prints what was checked, and each fault. It fails (exit status 1) if there is one.
Instances may run on while it works.

Example:
  sluss audit verify --config sluss.toml`
}

// Run implements the command.
func (c *auditVerifyCmd) Run(ctx context.Context, env *Env) error {
	r, err := c.read(ctx, env, audit.Verify)
	if err != nil {
		return err
	}
	for _, f := range r.Faults {
		if _, err := fmt.Fprintln(env.Stdout, f); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(env.Stdout, "chains %d, blocks %d, entries %d, rows %d, not yet sealed %d, old blocks deleted %d\n",
		r.Chains, r.Blocks, r.Entries, r.Rows, r.Unsealed, r.Pruned); err != nil {
		return err
	}
	return changed(r)
}

// An auditExportCmd prints the trail.
type auditExportCmd struct{ databaseFlag }

// Help returns the examples of the command.
func (auditExportCmd) Help() string {
	return `A line for each block, audit row and entry. Keep it elsewhere: with the hashes of the
newest blocks in it nobody can cut them off unseen. It fails (exit status 1) if the trail
was changed, after it was printed.

Example:
  sluss audit export --config sluss.toml >audit.jsonl`
}

// Run implements the command.
func (c *auditExportCmd) Run(ctx context.Context, env *Env) error {
	r, err := c.read(ctx, env, func(ctx context.Context, r audit.Reader) (audit.Report, error) {
		return audit.Export(ctx, r, env.Stdout)
	})
	if err != nil {
		return err
	}
	return changed(r)
}

// read opens the database and reads the trail.
func (f *databaseFlag) read(ctx context.Context, env *Env, fn func(context.Context, audit.Reader) (audit.Report, error)) (report audit.Report, err error) {
	db, err := f.open(ctx, env)
	if err != nil {
		return report, err
	}
	defer func() { _ = db.Close() }()
	if n, err := pending(ctx, db); err != nil {
		return report, err
	} else if n > 0 {
		return report, errOldSchema
	}
	err = db.ReadAudit(ctx, func(r audit.Reader) error {
		report, err = fn(ctx, r)
		return err
	})
	return report, err
}

func changed(r audit.Report) error {
	if n := len(r.Faults); n > 0 {
		return fmt.Errorf("the audit trail was changed: %d faults", n)
	}
	return nil
}
