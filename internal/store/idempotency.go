package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sluss.example/sluss/internal/payment"
)

// Answer implements [payment.Store].
func (db *DB) Answer(ctx context.Context, clientID, key string, after time.Time) (a payment.Answer, ok bool, err error) {
	a = payment.Answer{ClientID: clientID, Key: key}
	err = db.view(ctx, func(q querier) error {
		var body string
		err := q.QueryRowContext(ctx, `
			SELECT request, status, header, body, created_at FROM idempotency_keys
			WHERE client_id = $1 AND key = $2 AND created_at > $3`, clientID, key, millis(after)).Scan(
			hash{&a.Request}, &a.Status, document{&a.Header}, &body, instant{&a.CreatedAt})
		ok = err == nil
		a.Body = []byte(body)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("query answer: %w", err)
		}
		return nil
	})
	return a, ok, err
}

// InsertAnswer implements [payment.Tx].
func (t paymentTx) InsertAnswer(ctx context.Context, a *payment.Answer, before time.Time) (bool, error) {
	header, err := encode(a.Header)
	if err != nil {
		return false, err
	}
	res, err := t.in.ExecContext(ctx, `
		INSERT INTO idempotency_keys (client_id, key, request, status, header, body, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (client_id, key) DO UPDATE SET request = excluded.request, status = excluded.status,
			header = excluded.header, body = excluded.body, created_at = excluded.created_at
		WHERE idempotency_keys.created_at <= $8`,
		a.ClientID, a.Key, a.Request[:], a.Status, header, string(a.Body), millis(a.CreatedAt), millis(before))
	if err != nil {
		return false, fmt.Errorf("insert answer: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// DeleteAnswers deletes the answers that were given before the instant.
func (db *DB) DeleteAnswers(ctx context.Context, before time.Time) error {
	if _, err := db.exec(ctx, "DELETE FROM idempotency_keys WHERE created_at <= $1", millis(before)); err != nil {
		return fmt.Errorf("delete answers: %w", err)
	}
	return nil
}
