package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/app"
)

var _ app.UseStore = (*DB)(nil)

// RecordUses implements [app.UseStore].
func (db *DB) RecordUses(ctx context.Context, uses []app.Use) error {
	return db.tx(ctx, func(q querier) error {
		for _, u := range uses {
			if _, err := q.ExecContext(ctx, `
				UPDATE app_secrets SET last_used_at = $1, last_used_from = $2
				WHERE app_id = $3 AND id = $4 AND (last_used_at IS NULL OR last_used_at < $5)`,
				millis(u.At), u.Network, u.AppID, u.SecretID, millis(u.At)); err != nil {
				return fmt.Errorf("record use of secret: %w", err)
			}
		}
		return nil
	})
}
