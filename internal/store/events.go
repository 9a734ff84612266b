package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/event"
)

// insertEvents stores events, with an audit row for each, in the transaction
// of the change that they tell of.
func insertEvents(ctx context.Context, q querier, events []event.Event) error {
	for _, e := range events {
		if _, err := q.ExecContext(ctx, `
			INSERT INTO events (id, type, subject, client_id, at, detail)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			e.ID, e.Type, e.Subject, e.ClientID, millis(e.At), e.Detail); err != nil {
			return fmt.Errorf("insert event: %w", err)
		}
		if _, err := q.ExecContext(ctx, `
			INSERT INTO audit (id, type, subject, client_id, at, detail)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			e.ID, e.Type, e.Subject, e.ClientID, millis(e.At), e.Detail); err != nil {
			return fmt.Errorf("insert audit row: %w", err)
		}
	}
	return nil
}
