package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/usage"
)

var (
	_ account.Store = (*DB)(nil)
	_ usage.Store   = (*DB)(nil)
)

// CountAccess implements [account.Store]. One statement, so that the limit
// holds however many instances count.
func (db *DB) CountAccess(ctx context.Context, key, day string, limit int) (bool, error) {
	if limit < 1 {
		return false, nil
	}
	n, err := db.exec(ctx, `
		INSERT INTO access_counts (counter, day, n) VALUES ($1, $2, 1)
		ON CONFLICT (counter, day) DO UPDATE SET n = access_counts.n + 1 WHERE access_counts.n < $3`, key, day, limit)
	if err != nil {
		return false, fmt.Errorf("count access: %w", err)
	}
	return n > 0, nil
}

// DeleteAccessCounts deletes the counters of the days before day, which no
// call asks for again.
func (db *DB) DeleteAccessCounts(ctx context.Context, day string) error {
	if _, err := db.exec(ctx, "DELETE FROM access_counts WHERE day < $1", day); err != nil {
		return fmt.Errorf("delete access counts: %w", err)
	}
	return nil
}

// AddUsage implements [usage.Store].
func (db *DB) AddUsage(ctx context.Context, counts []usage.Count, since int64) (merged []usage.Count, err error) {
	run := db.tx
	if len(counts) == 0 {
		run = db.view // most of the time; no need of the writer's lock
	}
	err = run(ctx, func(q querier) error {
		for _, c := range counts {
			if _, err := q.ExecContext(ctx, `
				INSERT INTO usage_counts (minute, client_id, context, n) VALUES ($1, $2, $3, $4)
				ON CONFLICT (minute, client_id, context) DO UPDATE SET n = usage_counts.n + excluded.n`,
				c.Minute, c.ClientID, string(c.Context), c.N); err != nil {
				return fmt.Errorf("add usage: %w", err)
			}
		}
		merged, err = scanAll(ctx, q, scanUsage, `
			SELECT minute, client_id, context, n FROM usage_counts WHERE minute >= $1
			ORDER BY minute, client_id, context`, since)
		if err != nil {
			return fmt.Errorf("query usage: %w", err)
		}
		return nil
	})
	return merged, err
}

func scanUsage(row scanner) (c usage.Count, err error) {
	err = row.Scan(&c.Minute, &c.ClientID, &c.Context, &c.N)
	return c, err
}

// SumUsage implements [usage.Store].
func (db *DB) SumUsage(ctx context.Context, since int64) (map[string]int64, error) {
	sums := map[string]int64{}
	err := db.view(ctx, func(q querier) error {
		add := func(row scanner) (none struct{}, err error) {
			var id string
			var n int64
			err = row.Scan(&id, &n)
			sums[id] = n
			return none, err
		}
		// CAST: the sum of BIGINTs is a NUMERIC on PostgreSQL.
		_, err := scanAll(ctx, q, add, "SELECT client_id, CAST(sum(n) AS BIGINT) FROM usage_counts WHERE minute >= $1 GROUP BY client_id", since)
		if err != nil {
			return fmt.Errorf("sum usage: %w", err)
		}
		return nil
	})
	return sums, err
}

// DeleteUsage implements [usage.Store].
func (db *DB) DeleteUsage(ctx context.Context, before int64) error {
	if _, err := db.exec(ctx, "DELETE FROM usage_counts WHERE minute < $1", before); err != nil {
		return fmt.Errorf("delete usage: %w", err)
	}
	return nil
}

// AppUsage returns the counts of an app in the minutes from since on, the
// oldest first.
func (db *DB) AppUsage(ctx context.Context, clientID string, since int64) (all []usage.Count, err error) {
	err = db.view(ctx, func(q querier) error {
		scan := func(row scanner) (c usage.Count, err error) {
			err = row.Scan(&c.Minute, &c.ClientID, &c.Context, &c.N)
			return c, err
		}
		all, err = scanAll(ctx, q, scan, `
			SELECT minute, client_id, context, n FROM usage_counts WHERE client_id = $1 AND minute >= $2 ORDER BY minute, context`, clientID, since)
		return err
	})
	return all, err
}
