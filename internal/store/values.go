package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// millis returns t as it is stored: Unix milliseconds, nil if t is zero.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// instant is where a column of milliseconds is scanned into a time, in UTC.
type instant struct{ to *time.Time }

// Scan implements [sql.Scanner].
func (i instant) Scan(v any) error {
	var n sql.NullInt64
	if err := n.Scan(v); err != nil {
		return err
	}
	*i.to = time.Time{}
	if n.Valid {
		*i.to = time.UnixMilli(n.Int64).UTC()
	}
	return nil
}

// date returns t as a date is stored, empty if t is zero.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// day is where a column with a date is scanned into a time.
type day struct{ to *time.Time }

// Scan implements [sql.Scanner].
func (d day) Scan(v any) error {
	var s sql.NullString
	err := s.Scan(v)
	*d.to = time.Time{}
	if err == nil && s.String != "" {
		*d.to, err = time.Parse(time.DateOnly, s.String)
	}
	return err
}

// document is where a column of JSON is scanned into a value. A null leaves
// the value as it is.
type document struct{ to any }

// Scan implements [sql.Scanner].
func (d document) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), d.to)
	case []byte:
		return json.Unmarshal(v, d.to)
	}
	return fmt.Errorf("a document cannot be a %T", v)
}

// encode returns v as JSON text.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	return string(b), nil
}

// hash is where a column with a SHA-256 is scanned into.
type hash struct{ to *[32]byte }

// Scan implements [sql.Scanner].
func (h hash) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != len(h.to) {
		return fmt.Errorf("not a hash of %d bytes", len(h.to))
	}
	copy(h.to[:], b)
	return nil
}

// scanner is a row or the present one of several.
type scanner interface{ Scan(dest ...any) error }

// scanAll runs a query and scans each of its rows.
func scanAll[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	return scanOnto(ctx, q, nil, scan, query, args...)
}

// scanOnto is scanAll for a list that has room already.
func scanOnto[T any](ctx context.Context, q querier, all []T, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// oneRow returns errConflict unless a statement changed a row.
func oneRow(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = errConflict
	}
	return err
}
