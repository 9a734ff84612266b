package store

import (
	"context"
	"fmt"
	"time"

	"sluss.example/sluss/internal/token"
)

var _ token.ReplayStore = (*DB)(nil)

// UseOnce implements [token.ReplayStore].
func (db *DB) UseOnce(ctx context.Context, key [32]byte, until time.Time) (bool, error) {
	n, err := db.exec(ctx, "INSERT INTO replays (key, until) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", key[:], millis(until))
	if err != nil {
		return false, fmt.Errorf("insert replay: %w", err)
	}
	return n == 1, nil
}

// DeleteReplays deletes those that may be forgotten at now.
func (db *DB) DeleteReplays(ctx context.Context, now time.Time) error {
	if _, err := db.exec(ctx, "DELETE FROM replays WHERE until <= $1", millis(now)); err != nil {
		return fmt.Errorf("delete replays: %w", err)
	}
	return nil
}
