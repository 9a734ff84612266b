package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/store"
)

// A jobCmd looks after due work.
type jobCmd struct {
	List   jobListCmd   `cmd:"" help:"List jobs: what is to be done, and when."`
	Retry  jobRetryCmd  `cmd:"" help:"Run a job again that was given up."`
	Delete jobDeleteCmd `cmd:"" help:"Delete a job. What it was to do is not done."`
}

// A jobsFlag says where the jobs are: in a database, or in a running sandbox.
type jobsFlag struct{ placeFlag }

// with calls fn with the jobs.
func (f *jobsFlag) with(ctx context.Context, env *Env, fn func(job.Admin) error) error {
	if c := f.sandbox(); c != nil {
		return fn(c)
	}
	return f.installation(ctx, env, func(_ *config.Config, db *store.DB) error { return fn(db) })
}

// A jobListCmd lists jobs.
type jobListCmd struct {
	jobsFlag
	Kind  string `placeholder:"KIND" help:"Jobs of this kind alone, such as webhook.deliver."`
	Dead  bool   `help:"Jobs that were given up alone."`
	Limit int    `default:"50" help:"How many at most, the first due first (${default})."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Help returns the examples of the command.
func (jobListCmd) Help() string {
	return "Examples:\n  sluss job list\n  sluss job list --dead --config sluss.toml"
}

// Run implements the command.
func (c *jobListCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(jobs job.Admin) error {
		all, err := jobs.Jobs(ctx, job.Filter{Kind: job.Kind(c.Kind), Dead: c.Dead, Limit: c.Limit})
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]control.Job, len(all))
			for i, j := range all {
				out[i] = control.JobOnWire(j)
			}
			return printJSON(env.Stdout, out)
		}
		w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "JOB\tKIND\tSUBJECT\tDUE\tSTATE")
		for _, j := range all {
			state := "waiting"
			switch {
			case j.Dead():
				state = fmt.Sprintf("given up after %d attempts: %s", j.Attempts, j.Failure)
			case j.Attempts > 0:
				state = fmt.Sprintf("failed %d times: %s", j.Attempts, j.Failure)
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", j.ID, j.Kind, j.Subject, j.DueAt.Format(time.RFC3339), state)
		}
		return w.Flush()
	})
}

// A jobRetryCmd runs a job again.
type jobRetryCmd struct {
	jobsFlag
	ID string `arg:"" name:"job" help:"Id of the job."`
}

// Help returns the examples of the command.
func (jobRetryCmd) Help() string {
	return "Example:\n  sluss job retry 18eafe2335b016d9ebf4fcca8633f272"
}

// Run implements the command.
func (c *jobRetryCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(jobs job.Admin) error { return jobs.RetryJob(ctx, c.ID) })
}

// A jobDeleteCmd deletes a job.
type jobDeleteCmd struct {
	jobsFlag
	ID string `arg:"" name:"job" help:"Id of the job."`
}

// Help returns the examples of the command.
func (jobDeleteCmd) Help() string {
	return "Example:\n  sluss job delete 18eafe2335b016d9ebf4fcca8633f272"
}

// Run implements the command.
func (c *jobDeleteCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(jobs job.Admin) error { return jobs.DeleteJob(ctx, c.ID) })
}
