package store

import (
	"context"
	"fmt"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/token"
)

var _ token.DenyStore = (*DB)(nil)

// InsertRevocation implements [token.DenyStore].
func (db *DB) InsertRevocation(ctx context.Context, tokenID string, until time.Time, events ...event.Event) error {
	return db.tx(ctx, func(q querier) error {
		res, err := q.ExecContext(ctx, "INSERT INTO revoked_tokens (token_id, until) VALUES ($1, $2) ON CONFLICT (token_id) DO NOTHING",
			tokenID, millis(until))
		if err != nil {
			return fmt.Errorf("insert revocation: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // it was revoked before
		}
		return insertEvents(ctx, q, events)
	})
}

// Revocations implements [token.DenyStore].
func (db *DB) Revocations(ctx context.Context, now time.Time) (map[string]time.Time, error) {
	type row struct {
		id    string
		until time.Time
	}
	all := map[string]time.Time{}
	err := db.view(ctx, func(q querier) error {
		rows, err := scanAll(ctx, q, func(s scanner) (r row, err error) {
			err = s.Scan(&r.id, instant{&r.until})
			return r, err
		}, "SELECT token_id, until FROM revoked_tokens WHERE until > $1", millis(now))
		if err != nil {
			return fmt.Errorf("query revocations: %w", err)
		}
		clear(all)
		for _, r := range rows {
			all[r.id] = r.until
		}
		return nil
	})
	return all, err
}

// DeleteRevocations deletes those that may be forgotten at now.
func (db *DB) DeleteRevocations(ctx context.Context, now time.Time) error {
	if _, err := db.exec(ctx, "DELETE FROM revoked_tokens WHERE until <= $1", millis(now)); err != nil {
		return fmt.Errorf("delete revocations: %w", err)
	}
	return nil
}
