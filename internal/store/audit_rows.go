package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/event"
)

// AuditRows returns a page of audit rows, the newest first. What it reads grows
// with the page and the number of types, and not with the trail.
func (db *DB) AuditRows(ctx context.Context, f audit.Filter) (events []event.Event, err error) {
	err = db.view(ctx, func(q querier) error {
		types := []string{""} // any
		if f.Type != "" && f.Subject == "" {
			if types, err = auditTypes(ctx, q, f.Type); err != nil || len(types) == 0 {
				return err
			}
		}
		query, args := pageOfRows(&f, types)
		if events, err = scanAll(ctx, q, scanEvent, query, args...); err != nil {
			return fmt.Errorf("query audit rows: %w", err)
		}
		return nil
	})
	return events, err
}

// auditTypes returns the types that there are rows of, of those that begin with
// the prefix. It goes from one to the next in the index: nothing else is read,
// and a collation may have them in any order.
func auditTypes(ctx context.Context, q querier, prefix string) ([]string, error) {
	types, err := scanAll(ctx, q, func(row scanner) (s string, err error) {
		err = row.Scan(&s)
		return s, err
	}, typesQuery, len([]rune(prefix)), prefix)
	if err != nil {
		return nil, fmt.Errorf("query types of audit rows: %w", err)
	}
	return types, nil
}

const typesQuery = `
	WITH RECURSIVE types (type) AS (
		SELECT min(type) FROM audit
		UNION ALL
		SELECT (SELECT min(audit.type) FROM audit WHERE audit.type > types.type) FROM types WHERE types.type IS NOT NULL
	)
	SELECT type FROM types WHERE substr(type, 1, $1) = $2`

// pageOfRows returns the query of a page: the newest of the newest of each
// type.
func pageOfRows(f *audit.Filter, types []string) (query string, args []any) {
	place := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	end := " ORDER BY at DESC, id DESC LIMIT " + place(f.Limit)
	where := "1 = 1"
	if f.BeforeID != "" {
		where = "(at, id) < (" + place(millis(f.Before)) + ", " + place(f.BeforeID) + ")"
	}
	if f.Subject != "" {
		where += " AND subject = " + place(f.Subject)
		if f.Type != "" {
			where += " AND substr(type, 1, " + place(len([]rune(f.Type))) + ") = " + place(f.Type)
		}
	}
	parts := make([]string, len(types))
	for i, kind := range types {
		one := where
		if kind != "" {
			one += " AND type = " + place(kind)
		}
		parts[i] = "SELECT * FROM (SELECT id, type, subject, client_id, at, detail FROM audit WHERE " + one + end + ") AS part"
	}
	return strings.Join(parts, " UNION ALL ") + end, args
}
