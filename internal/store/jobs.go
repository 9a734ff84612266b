package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
)

var (
	_ job.Store = (*DB)(nil)
	_ job.Admin = (*DB)(nil)
	_ job.RunTx = (*runTx)(nil)

	// A job may run in each of these.
	_ consent.Tx  = (*runTx)(nil)
	_ redirect.Tx = (*runTx)(nil)
	_ payment.Tx  = (*runTx)(nil)
)

const jobColumns = "id, kind, subject, due_at, payload, attempts, failure, owner, held_until, dead_at"

// A runTx is the transaction of jobs: all that the domain's transactions can
// do. It implements [job.RunTx].
type runTx struct {
	redirectTx
	jobTx
	engine engine
}

// Parts implements [job.RunTx].
func (t *runTx) Parts() []any {
	return []any{simulatorTx{t.jobTx, t.engine}, webhookTx{t.jobTx}, orderTx{quoteTx{t.q}, t.jobTx}}
}

// FinishJob implements [job.RunTx].
func (t *runTx) FinishJob(ctx context.Context, j job.Job) error {
	res, err := t.q.ExecContext(ctx, "DELETE FROM jobs WHERE id = $1 AND owner = $2", j.ID, j.Owner)
	if err != nil {
		return fmt.Errorf("finish job: %w", err)
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return errOr(err, job.ErrLost)
	}
	return nil
}

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// EarliestInserted implements [job.RunTx].
func (t *runTx) EarliestInserted() time.Time { return t.earliest() }

// jobTx implements [job.Tx]. The Tx of a domain package embeds it.
type jobTx struct{ q querier }

// InsertJob implements [job.Tx].
func (t jobTx) InsertJob(ctx context.Context, j job.Job) error {
	if _, err := t.q.ExecContext(ctx, `
		INSERT INTO jobs (id, kind, subject, due_at, payload, attempts, failure, owner, held_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0)`,
		j.ID, string(j.Kind), j.Subject, j.DueAt.UnixMilli(), string(j.Payload), j.Attempts, j.Failure); err != nil {
		return fmt.Errorf("insert job: %w", err)
	}
	t.inserted(j.Kind, j.DueAt)
	return nil
}

// inserted notes that the transaction has inserted a job.
func (t jobTx) inserted(kind job.Kind, due time.Time) {
	in, ok := t.q.(*inTx)
	if !ok {
		return
	}
	if in.jobs == nil {
		in.jobs = map[job.Kind]time.Time{}
	}
	job.Earliest(in.jobs, map[job.Kind]time.Time{kind: due})
}

// earliest returns the earliest DueAt of the jobs that the transaction inserted.
func (t jobTx) earliest() time.Time {
	first := time.Time{}
	if in, ok := t.q.(*inTx); ok {
		for _, at := range in.jobs {
			if first.IsZero() || at.Before(first) {
				first = at
			}
		}
	}
	return first
}

// CancelJobs implements [job.Tx].
func (t jobTx) CancelJobs(ctx context.Context, kind job.Kind, subject string) error {
	if _, err := t.q.ExecContext(ctx, "DELETE FROM jobs WHERE subject = $1 AND kind = $2", subject, string(kind)); err != nil {
		return fmt.Errorf("cancel jobs: %w", err)
	}
	return nil
}

// JobTx implements [job.Store].
func (db *DB) JobTx(ctx context.Context, fn func(job.RunTx) error) error {
	return db.tx(ctx, func(q querier) error {
		return fn(&runTx{redirectTx{consentTx{q}, newPaymentTx(q)}, jobTx{q}, db.engine})
	})
}

// JobsInserted tells of the jobs that this process inserted.
func (db *DB) JobsInserted() *job.News { return db.write.jobs }

// ClaimJobs implements [job.Store]. It is one statement of its own: on
// PostgreSQL claims then skip what others lock, and no transaction that reads
// or writes jobs ever has to run again because of a claim.
func (db *DB) ClaimJobs(ctx context.Context, c job.Claim) ([]job.Job, error) {
	not := ""
	if len(c.Not) > 0 {
		not = " AND subject NOT IN (" + places(6+len(c.Kinds), len(c.Not)) + ")"
	}
	query := `
		WITH due AS MATERIALIZED (
			SELECT id FROM jobs
			WHERE dead_at IS NULL AND due_at <= $1 AND held_until <= $2 AND kind IN (` + places(6, len(c.Kinds)) + `)` + not + `
			ORDER BY due_at, id LIMIT $3` + db.engine.skipLocked() + `
		)
		UPDATE jobs SET owner = $4, held_until = $5 WHERE id IN (SELECT id FROM due)
		RETURNING ` + jobColumns
	args := []any{c.Now.UnixMilli(), c.Real.UnixMilli(), c.Limit, c.Owner, c.Until.UnixMilli()}
	for _, k := range c.Kinds {
		args = append(args, string(k))
	}
	for _, s := range c.Not {
		args = append(args, s)
	}
	var jobs []job.Job
	err := db.retry(ctx, func() (err error) {
		done, err := db.writing(ctx)
		if err != nil {
			return err
		}
		defer done()
		jobs, err = scanAll(ctx, db.write, scanJob, query, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	slices.SortFunc(jobs, job.Job.Before)
	return jobs, nil
}

// places returns n parameters from the first on: "$6, $7".
func places(first, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(all, ", ")
}

func scanJob(row scanner) (j job.Job, err error) {
	var payload string
	var held int64
	err = row.Scan(&j.ID, &j.Kind, &j.Subject, instant{&j.DueAt}, &payload, &j.Attempts, &j.Failure, &j.Owner, &held, instant{&j.DeadAt})
	if payload != "" {
		j.Payload = []byte(payload)
	}
	if held != 0 {
		j.HeldUntil = time.UnixMilli(held).UTC()
	}
	return j, err
}

// FailJob implements [job.Store].
func (db *DB) FailJob(ctx context.Context, j job.Job, f job.Failure) error {
	counted := 1
	if f.Uncounted {
		counted = 0
	}
	held := int64(0)
	if !f.HeldUntil.IsZero() {
		held = f.HeldUntil.UnixMilli()
	}
	if _, err := db.exec(ctx, `
		UPDATE jobs SET owner = '', held_until = $1, dead_at = $2, attempts = attempts + $3,
			failure = CASE WHEN $3 = 0 THEN failure ELSE $4 END
		WHERE id = $5 AND owner = $6`, held, millis(f.DeadAt), counted, f.Text, j.ID, j.Owner); err != nil {
		return fmt.Errorf("fail job: %w", err)
	}
	return nil
}

// ReleaseJobs implements [job.Store].
func (db *DB) ReleaseJobs(ctx context.Context, jobs []job.Job) error {
	if len(jobs) == 0 {
		return nil
	}
	args := []any{jobs[0].Owner}
	for _, j := range jobs {
		args = append(args, j.ID)
	}
	if _, err := db.exec(ctx, "UPDATE jobs SET owner = '', held_until = 0 WHERE owner = $1 AND id IN ("+
		places(2, len(jobs))+")", args...); err != nil {
		return fmt.Errorf("release jobs: %w", err)
	}
	return nil
}

// NextJob implements [job.Store].
func (db *DB) NextJob(ctx context.Context, kinds []job.Kind, after time.Time) (next time.Time, err error) {
	args := []any{after.UnixMilli()}
	for _, k := range kinds {
		args = append(args, string(k))
	}
	err = db.view(ctx, func(q querier) error {
		return q.QueryRowContext(ctx, "SELECT min(due_at) FROM jobs WHERE dead_at IS NULL AND due_at > $1 AND kind IN ("+
			places(2, len(kinds))+")", args...).Scan(instant{&next})
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("query next job: %w", err)
	}
	return next, nil
}

// JobCounts implements [job.Store].
func (db *DB) JobCounts(ctx context.Context, now time.Time) (counts []job.Count, err error) {
	err = db.view(ctx, func(q querier) (err error) {
		counts, err = scanAll(ctx, q, scanJobCount, `
			SELECT kind,
				sum(CASE WHEN dead_at IS NULL THEN 1 ELSE 0 END),
				sum(CASE WHEN dead_at IS NULL AND due_at <= $1 THEN 1 ELSE 0 END),
				sum(CASE WHEN dead_at IS NULL THEN 0 ELSE 1 END),
				min(CASE WHEN dead_at IS NULL AND due_at <= $1 THEN due_at END)
			FROM jobs GROUP BY kind ORDER BY kind`, now.UnixMilli())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return counts, nil
}

func scanJobCount(row scanner) (c job.Count, err error) {
	err = row.Scan(&c.Kind, &c.Waiting, &c.Due, &c.Dead, instant{&c.Oldest})
	return c, err
}

// Jobs implements [job.Admin].
func (db *DB) Jobs(ctx context.Context, f job.Filter) (jobs []job.Job, err error) {
	err = db.view(ctx, func(q querier) (err error) {
		jobs, err = scanAll(ctx, q, scanJob, "SELECT "+jobColumns+` FROM jobs
			WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR subject = $2) AND ($3 = 0 OR dead_at IS NOT NULL)
			ORDER BY due_at, id LIMIT $4`, string(f.Kind), f.Subject, flag(f.Dead), f.Limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("query jobs: %w", err)
	}
	return jobs, nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// RetryJob implements [job.Admin].
func (db *DB) RetryJob(ctx context.Context, id string) error {
	return db.tx(ctx, func(q querier) error {
		var kind job.Kind
		err := q.QueryRowContext(ctx, "UPDATE jobs SET owner = '', held_until = 0, dead_at = NULL, attempts = 0 WHERE id = $1 RETURNING kind", id).Scan(&kind)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such job")
		}
		if err != nil {
			return fmt.Errorf("change job: %w", err)
		}
		jobTx{q}.inserted(kind, time.UnixMilli(0))
		return nil
	})
}

// DeleteJob implements [job.Admin].
func (db *DB) DeleteJob(ctx context.Context, id string) error {
	return db.tx(ctx, func(q querier) error {
		return oneJob(q.ExecContext(ctx, "DELETE FROM jobs WHERE id = $1", id))
	})
}

func oneJob(res sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("change job: %w", err)
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return errOr(err, problem.New(problem.ResourceUnknown, "no such job"))
	}
	return nil
}
