package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
)

// What is here is for measurements: it makes a database full in little time,
// past all rules.

// Scratch makes a schema of its own in the PostgreSQL database at a URL, and
// returns the URL of that, and what deletes it.
func Scratch(ctx context.Context, server string) (scratch string, drop func(context.Context) error, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, errors.New("the database's URL cannot be read") // it may hold a password
	}
	schema := "bench_" + strings.ReplaceAll(ident.NewUUID(), "-", "")
	run := func(ctx context.Context, statement string) error {
		db, err := Open(ctx, Options{URL: server})
		if err != nil {
			return err
		}
		_, err = db.exec(ctx, statement)
		return errors.Join(err, db.Close())
	}
	if err := run(ctx, "CREATE SCHEMA "+schema); err != nil {
		return "", nil, err
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String(), func(ctx context.Context) error { return run(ctx, "DROP SCHEMA "+schema+" CASCADE") }, nil
}

// copyBatch is how many payments one transaction copies.
const copyBatch = 50_000

// CopyPayments copies the payments with a status, and what the simulated banks
// know of them, until there are n more. The copies have ids of their own, and
// were made one second apart.
func (db *DB) CopyPayments(ctx context.Context, status string, n int) error {
	var from int
	err := db.view(ctx, func(q querier) error {
		return q.QueryRowContext(ctx, "SELECT count(*) FROM payments WHERE status = $1", status).Scan(&from)
	})
	if err != nil || from == 0 {
		return errOr(err, errors.New("there is no payment to copy"))
	}
	if err := db.rewrite(ctx, "CREATE TABLE copied AS SELECT * FROM payments WHERE status = $1", status); err != nil {
		return err
	}
	each := max(copyBatch/from, 1)
	for first := 1; (first-1)*from < n; first += each {
		last := min(first+each-1, (n+from-1)/from)
		if err := db.copyRows(ctx, first, last); err != nil {
			return err
		}
	}
	return db.rewrite(ctx, "DROP TABLE copied")
}

// copyRows makes the copies with the numbers from first to last.
func (db *DB) copyRows(ctx context.Context, first, last int) error {
	const (
		numbers = `WITH RECURSIVE number (n) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT n + 1 FROM number WHERE n < $2) `
		id      = `CAST(10000000 + n AS TEXT) || substr(c.id, 9)`
		ref     = `substr(c.bank_ref, 1, 24) || CAST(100000000000 + n AS TEXT)`
	)
	return db.tx(ctx, func(q querier) error {
		if _, err := q.ExecContext(ctx, numbers+`
			INSERT INTO payments (`+paymentColumns+`)
			SELECT `+id+`, client_id, context, organisation, bicfi, affiliate, product, ordered, notices, consent_id, quote_id,
				execution_date, `+ref+`, created_at - n * 1000, expires_at, psu, status, reason, status_at, former, signed_at, signed_digest,
				basket_id, signatures_needed, authorisations, cancellation, cancelled_at, version
			FROM copied c CROSS JOIN number`, first, last); err != nil {
			return fmt.Errorf("copy payments: %w", err)
		}
		_, err := q.ExecContext(ctx, numbers+`
			INSERT INTO sim_payments (ref, bicfi, debtor, creditor, status, reason, at, submitted_at, step, due_at, held, outages, document, version)
			SELECT `+ref+`, p.bicfi, debtor, creditor, p.status, p.reason, at, submitted_at, step, due_at, held, outages,
				replace(document, c.id, `+id+`), p.version
			FROM copied c JOIN sim_payments p ON p.ref = c.bank_ref CROSS JOIN number`, first, last)
		return wrap("copy payments of banks", err)
	})
}

// CopyRequests copies the logged requests until there are n more: each copy of
// all of them is as old as the span more than the one before. It tells how many
// there are as it goes on.
func (db *DB) CopyRequests(ctx context.Context, n int, span time.Duration, tell func(int)) error {
	var from int
	err := db.view(ctx, func(q querier) error {
		return q.QueryRowContext(ctx, "SELECT count(*) FROM requests").Scan(&from)
	})
	if err != nil || from == 0 {
		return errOr(err, errors.New("there is no request to copy"))
	}
	if err := db.rewrite(ctx, "CREATE TABLE copied AS SELECT * FROM requests"); err != nil {
		return err
	}
	each := max(copyBatch/from, 1)
	for first := 1; (first-1)*from < n; first += each {
		last := min(first+each-1, (n+from-1)/from)
		if _, err := db.exec(ctx, `
			WITH RECURSIVE number (n) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT n + 1 FROM number WHERE n < $2)
			INSERT INTO requests (`+requestColumns+`)
			SELECT client_id, id - n * CAST($3 AS BIGINT), at - n * CAST($4 AS BIGINT), method, route, path, bicfi, status, code, reason, field, detail,
				request_id, took, headers
			FROM copied CROSS JOIN number`, first, last, span.Microseconds()<<10, span.Milliseconds()); err != nil {
			return fmt.Errorf("copy requests: %w", err)
		}
		tell((last + 1) * from)
	}
	return db.rewrite(ctx, "DROP TABLE copied")
}

// Settled has the engine look at how much there is, as it does by itself some
// time after many rows were written.
func (db *DB) Settled(ctx context.Context) error {
	_, err := db.exec(ctx, "ANALYZE")
	return wrap("analyse", err)
}

// MakeDue makes everything that the simulated banks have still to do due at the
// instant, with one job for it, and has jobs of a kind look at each payment that
// it is about some time later, if they would not look before.
func (db *DB) MakeDue(ctx context.Context, at time.Time, banks, look job.Kind, later time.Duration) error {
	return db.tx(ctx, func(q querier) error {
		for _, s := range []struct {
			text string
			args []any
		}{
			{`UPDATE sim_payments SET due_at = $1 WHERE due_at IS NOT NULL`, []any{millis(at)}},
			{`UPDATE jobs SET due_at = $1 WHERE kind = $2 AND due_at > $1`, []any{millis(at), string(banks)}},
			{`UPDATE jobs SET due_at = $1 WHERE kind = $2 AND due_at > $1`, []any{millis(at.Add(later)), string(look)}},
			{`INSERT INTO jobs (id, kind, subject, due_at, payload, attempts, failure, owner, held_until)
				SELECT id, CAST($1 AS TEXT), id, CAST($2 AS BIGINT), '', 0, '', '', 0 FROM payments WHERE status = 'ACTC'
					AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.subject = payments.id AND jobs.kind = $1)`, []any{string(look), millis(at.Add(later))}},
		} {
			if _, err := q.ExecContext(ctx, s.text, s.args...); err != nil {
				return wrap("make payments due", err)
			}
		}
		return jobTx{q}.InsertJob(ctx, job.New(banks, "", at))
	})
}

// AnyDue reports whether the simulated banks have anything still to do.
func (db *DB) AnyDue(ctx context.Context) (any bool, err error) {
	err = db.view(ctx, func(q querier) error {
		return q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sim_payments WHERE due_at IS NOT NULL)").Scan(&any)
	})
	return any, wrap("query what is due", err)
}

// CountJobs returns how many jobs of a kind there are.
func (db *DB) CountJobs(ctx context.Context, kind job.Kind) (n int, err error) {
	err = db.view(ctx, func(q querier) error {
		return q.QueryRowContext(ctx, "SELECT count(*) FROM jobs WHERE kind = $1", string(kind)).Scan(&n)
	})
	return n, wrap("count jobs", err)
}

// MakeFloor makes the table that CommitFloor writes to.
func (db *DB) MakeFloor(ctx context.Context) error {
	return db.rewrite(ctx, "CREATE TABLE floor (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
}

// CommitFloor commits a small transaction: one row of some hundred bytes.
func (db *DB) CommitFloor(ctx context.Context) error {
	return db.tx(ctx, func(q querier) error {
		_, err := q.ExecContext(ctx, "INSERT INTO floor (id, body) VALUES ($1, $2)", ident.NewUUID(), strings.Repeat("floor ", 80))
		return wrap("insert a row of the floor", err)
	})
}

// rewrite runs a statement that changes the schema.
func (db *DB) rewrite(ctx context.Context, statement string, args ...any) error {
	return db.locked(ctx, func(q querier) error {
		_, err := q.ExecContext(ctx, statement, args...)
		return wrap("change the schema", err)
	})
}
