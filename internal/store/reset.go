package store

import (
	"context"
	"fmt"
)

// Reset forgets every consent and payment with its authorisations, what browsers
// and codes there are, the counters of calls, quotes with their orders, KYC cases, all
// jobs and what was sent to webhooks. Apps, keys and the audit trail stay. Only
// a sandbox does this.
func (db *DB) Reset(ctx context.Context) error {
	return db.tx(ctx, func(q querier) error {
		for _, table := range []string{"redirect_codes", "redirect_visits", "access_counts", "consents", "payments", "baskets", "idempotency_keys", "fx_orders", "fx_quotes", "jobs", "webhook_deliveries", "kyc_cases"} {
			if _, err := q.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return fmt.Errorf("empty %s: %w", table, err)
			}
		}
		return nil
	})
}
