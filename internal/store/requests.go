package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/reqlog"
)

var _ reqlog.Store = (*DB)(nil)

const requestColumns = "client_id, id, at, method, route, path, bicfi, status, code, reason, field, detail, request_id, took, headers"

// InsertRequests implements [reqlog.Store]. An id is the time in microseconds,
// below which chance keeps those of several instances apart.
func (db *DB) InsertRequests(ctx context.Context, entries []reqlog.Entry) error {
	return db.tx(ctx, func(q querier) error {
		for rest := entries; len(rest) > 0; {
			n := rowBatch
			if len(rest) < n {
				n = 1
			}
			if err := insertRequests(ctx, q, rest[:n]); err != nil {
				return fmt.Errorf("insert requests: %w", err)
			}
			rest = rest[n:]
		}
		return nil
	})
}

// insertRequests inserts entries by one statement.
func insertRequests(ctx context.Context, q querier, entries []reqlog.Entry) error {
	const columns = 15
	args := make([]any, 0, columns*len(entries))
	query := []byte("INSERT INTO requests (" + requestColumns + ") VALUES ")
	for i := range entries {
		e := &entries[i]
		headers, err := encode(e.Headers)
		if err != nil {
			return err
		}
		if i > 0 {
			query = append(query, ", "...)
		}
		query = append(query, "("+places(len(args)+1, columns)+")"...)
		id := e.At.UnixMicro()<<10 | rand.Int64N(1<<10)
		args = append(args, e.ClientID, id, millis(e.At), e.Method, e.Route, e.Path, e.BICFI, e.Status, e.Code, e.Reason, e.Field, e.Detail,
			e.RequestID, e.Took.Microseconds(), headers)
	}
	_, err := q.ExecContext(ctx, string(query)+" ON CONFLICT DO NOTHING", args...)
	return err
}

func scanRequest(row scanner) (e reqlog.Entry, err error) {
	var took int64
	err = row.Scan(&e.ClientID, &e.ID, instant{&e.At}, &e.Method, &e.Route, &e.Path, &e.BICFI, &e.Status, &e.Code, &e.Reason,
		&e.Field, &e.Detail, &e.RequestID, &took, document{&e.Headers})
	e.Took = time.Duration(took) * time.Microsecond
	return e, err
}

// Requests implements [reqlog.Store].
func (db *DB) Requests(ctx context.Context, f reqlog.Filter) (all []reqlog.Entry, err error) {
	where, args := []string{"client_id = $1"}, []any{f.ClientID}
	add := func(wanted bool, condition string, arg any) {
		if wanted {
			args = append(args, arg)
			where = append(where, fmt.Sprintf(condition, len(args)))
		}
	}
	add(f.Before > 0, "id < $%d", f.Before)
	add(f.After > 0, "id > $%d", f.After)
	switch { // for the indexes
	case f.Class == 5:
		where = append(where, "status >= 500")
	case f.Class == 4 || f.Code != "":
		where = append(where, "status >= 400")
	case f.Class == 3:
		where = append(where, "status BETWEEN 300 AND 399")
	}
	add(f.Class > 0, "status / 100 = $%d", f.Class)
	add(f.Code != "", "code = $%d", f.Code)
	add(f.BICFI != "", "bicfi = $%d", f.BICFI)
	add(f.Method != "", "method = $%d", f.Method)
	args = append(args, max(1, f.Limit))
	query := "SELECT " + requestColumns + " FROM requests WHERE " + strings.Join(where, " AND ") + fmt.Sprintf(" ORDER BY id DESC LIMIT $%d", len(args))
	err = db.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanRequest, query, args...)
		return err
	})
	return all, err
}

// Request implements [reqlog.Store].
func (db *DB) Request(ctx context.Context, clientID string, id int64) (e reqlog.Entry, err error) {
	err = db.view(ctx, func(q querier) error {
		e, err = scanRequest(q.QueryRowContext(ctx, "SELECT "+requestColumns+" FROM requests WHERE client_id = $1 AND id = $2", clientID, id))
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such request")
		}
		return err
	})
	return e, err
}

// DeleteRequests implements [reqlog.Store].
func (db *DB) DeleteRequests(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.exec(ctx, `
		DELETE FROM requests WHERE (client_id, id) IN (SELECT client_id, id FROM requests WHERE at < $1 ORDER BY at LIMIT $2)`,
		millis(before), limit)
}
