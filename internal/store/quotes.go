package store

import (
	"context"
	"fmt"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/fx"
)

var _ fx.Store = (*DB)(nil)

const (
	quoteColumns = `id, client_id, context, organisation, psu, target, amount, country, execution_date, rate, source, fee, total,
	valid_from, valid_to, used_for, used_at`
	selectQuote = "SELECT " + quoteColumns + " FROM fx_quotes WHERE id = $1"
	insertQuote = "INSERT INTO fx_quotes (" + quoteColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (id) DO NOTHING`
	useQuote = "UPDATE fx_quotes SET used_for = $2, used_at = $3 WHERE id = $1 AND used_for = ''"
)

// Quote implements [fx.Store].
func (db *DB) Quote(ctx context.Context, id string) (q fx.Quote, err error) {
	err = db.view(ctx, func(in querier) error {
		q, err = queryQuote(ctx, in, id)
		return err
	})
	return q, err
}

// InsertQuote implements [fx.Store].
func (db *DB) InsertQuote(ctx context.Context, q *fx.Quote, events ...event.Event) (inserted bool, err error) {
	err = db.tx(ctx, func(in querier) error {
		o := q.Owner
		res, err := in.ExecContext(ctx, insertQuote,
			q.ID, o.ClientID, string(o.Context), o.Organisation, o.PSU, string(q.Target()), q.Amount.Minor, q.Country,
			date(q.ExecutionDate), int64(q.Rate), string(q.Source()), q.Fee.Minor, q.Total.Minor,
			millis(q.ValidFrom), millis(q.ValidTo), q.UsedFor, millis(q.UsedAt))
		if err != nil {
			return fmt.Errorf("insert quote: %w", err)
		}
		n, err := res.RowsAffected()
		if inserted = n == 1; err != nil || !inserted {
			return err
		}
		return insertEvents(ctx, in, events)
	})
	return inserted, err
}

// QuoteTx implements [fx.Store].
func (db *DB) QuoteTx(ctx context.Context, fn func(fx.Tx) error) error {
	return db.tx(ctx, func(q querier) error { return fn(quoteTx{q}) })
}

// quoteTx implements [fx.Tx], within any transaction.
type quoteTx struct{ q querier }

// Quote implements [fx.Tx].
func (t quoteTx) Quote(ctx context.Context, id string) (fx.Quote, error) {
	return queryQuote(ctx, t.q, id)
}

// UseQuote implements [fx.Tx].
func (t quoteTx) UseQuote(ctx context.Context, q *fx.Quote, events ...event.Event) error {
	res, err := t.q.ExecContext(ctx, useQuote, q.ID, q.UsedFor, millis(q.UsedAt))
	if err := oneRow(res, err); err != nil {
		return fmt.Errorf("use quote: %w", err)
	}
	return insertEvents(ctx, t.q, events)
}

// DeleteQuotes deletes the quotes that nobody used and that ended before the
// instant.
func (db *DB) DeleteQuotes(ctx context.Context, before time.Time) error {
	if _, err := db.exec(ctx, "DELETE FROM fx_quotes WHERE used_for = '' AND valid_to < $1", millis(before)); err != nil {
		return fmt.Errorf("delete quotes: %w", err)
	}
	return nil
}

func queryQuote(ctx context.Context, in querier, id string) (fx.Quote, error) {
	return kind[fx.Quote]{noun: "quote", scan: scanQuote}.one(ctx, in, selectQuote, id)
}

// scanQuote scans the columns of quoteColumns.
func scanQuote(row scanner) (q fx.Quote, err error) {
	o := &q.Owner
	err = row.Scan(&q.ID, &o.ClientID, &o.Context, &o.Organisation, &o.PSU, &q.Amount.Currency, &q.Amount.Minor, &q.Country,
		day{&q.ExecutionDate}, &q.Rate, &q.Total.Currency, &q.Fee.Minor, &q.Total.Minor,
		instant{&q.ValidFrom}, instant{&q.ValidTo}, &q.UsedFor, instant{&q.UsedAt})
	q.Fee.Currency = q.Total.Currency
	return q, err
}
