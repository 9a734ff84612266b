package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/event"
)

// insertEvents stores events, with an audit row for each, in the transaction
// of the change that they tell of.
func insertEvents(ctx context.Context, q querier, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	var told, kept []any
	for _, e := range events {
		told = append(told, e.ID, e.Type, e.Subject, e.ClientID, millis(e.At), e.Detail, e.BICFI)
		kept = append(kept, e.ID, e.Type, e.Subject, e.ClientID, millis(e.At), e.Detail)
	}
	if err := insertRows(ctx, q, "events (id, type, subject, client_id, at, detail, bicfi)", 7, told); err != nil {
		return err
	}
	if err := insertRows(ctx, q, "audit (id, type, subject, client_id, at, detail)", 6, kept); err != nil {
		return err
	}
	if in, ok := q.(*inTx); ok {
		in.events = true
	}
	return nil
}

// insertRows inserts all rows of a table in one statement. The rows of a change
// are few, so that there are few texts to prepare.
func insertRows(ctx context.Context, q querier, into string, columns int, values []any) error {
	query := []byte("INSERT INTO " + into + " VALUES ")
	for i := 0; i < len(values); i += columns {
		if i > 0 {
			query = append(query, ", "...)
		}
		query = append(query, '(')
		query = append(query, places(i+1, columns)...)
		query = append(query, ')')
	}
	if _, err := q.ExecContext(ctx, string(query), values...); err != nil {
		return fmt.Errorf("insert %s: %w", into, err)
	}
	return nil
}

// insertAuditRow stores an audit row alone.
func insertAuditRow(ctx context.Context, q querier, e event.Event) error {
	if _, err := q.ExecContext(ctx, `
		INSERT INTO audit (id, type, subject, client_id, at, detail)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		e.ID, e.Type, e.Subject, e.ClientID, millis(e.At), e.Detail); err != nil {
		return fmt.Errorf("insert audit row: %w", err)
	}
	return nil
}

// Trail returns what happened to the resource subject, oldest first, from its
// audit rows.
func (db *DB) Trail(ctx context.Context, subject string) (events []event.Event, err error) {
	err = db.view(ctx, func(q querier) error {
		events, err = scanAll(ctx, q, scanEvent, `
			SELECT id, type, subject, client_id, at, detail FROM audit WHERE subject = $1 ORDER BY at, id`, subject)
		if err != nil {
			return fmt.Errorf("query audit rows: %w", err)
		}
		return nil
	})
	return events, err
}

// Note stores an event that goes with no change of a resource.
func (db *DB) Note(ctx context.Context, e event.Event) error {
	return db.tx(ctx, func(q querier) error { return insertEvents(ctx, q, []event.Event{e}) })
}

func scanEvent(row scanner) (e event.Event, err error) {
	err = row.Scan(&e.ID, &e.Type, &e.Subject, &e.ClientID, instant{&e.At}, &e.Detail)
	return e, err
}
