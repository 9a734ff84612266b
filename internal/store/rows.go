package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

// A kind is what a table has a row of.
type kind[T any] struct {
	noun    string                   // such as "payment"
	unknown problem.Reason           // of one that there is not; problem.ResourceUnknown if empty
	scan    func(scanner) (T, error) // of a row
}

// one returns the row of a query, and problem.ResourceUnknown or what the kind has
// instead if there is none.
func (k kind[T]) one(ctx context.Context, q querier, query string, args ...any) (T, error) {
	v, err := k.scan(q.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		reason := k.unknown
		if reason == "" {
			reason = problem.ResourceUnknown
		}
		return v, problem.New(reason, "no such %s", k.noun)
	}
	if err != nil {
		return v, fmt.Errorf("query %s: %w", k.noun, err)
	}
	return v, nil
}

// save runs the update of a row whose last argument is the version that it must
// still have, and stores the events with it. It raises the version. It reports
// errConflict for a row that has changed.
func (k kind[T]) save(ctx context.Context, q querier, update string, args []any, version *int64, events []event.Event) error {
	res, err := q.ExecContext(ctx, update, append(args, *version)...)
	if err := oneRow(res, err); err != nil {
		return fmt.Errorf("update %s: %w", k.noun, err)
	}
	*version++
	return insertEvents(ctx, q, events)
}
