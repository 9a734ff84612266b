package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/payment"
)

// A listed is a table whose rows an app's developers list. Each way to pick
// rows goes down one index from its newest end, so that a page costs the same
// in a table of any size.
type listed struct {
	table, columns, at string
	statuses           []string // all that there are
}

// query returns a listing's query and its arguments. Rows of one bank lie
// together by their status: those with any are merged from as many lists.
func (t *listed) query(f *app.Listing) (string, []any) {
	statuses := []string{f.Status}
	if f.Status == "" && f.BICFI != "" {
		statuses = t.statuses
	}
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	where := "client_id = " + arg(f.ClientID)
	if f.BICFI != "" {
		where += " AND bicfi = " + arg(f.BICFI)
	}
	if !f.Since.IsZero() {
		where += " AND " + t.at + " >= " + arg(millis(f.Since))
	}
	if f.After.ID != "" {
		where += " AND (" + t.at + ", id) < (" + arg(f.After.At.UnixMilli()) + ", " + arg(f.After.ID) + ")"
	}
	end := " ORDER BY " + t.at + " DESC, id DESC LIMIT " + arg(max(1, f.Limit))
	lists := make([]string, len(statuses))
	for i, s := range statuses {
		own := where
		if s != "" {
			own += " AND status = " + arg(s)
		}
		lists[i] = "SELECT * FROM (SELECT " + t.columns + " FROM " + t.table + " WHERE " + own + end + ") AS list"
	}
	if len(lists) == 1 {
		return lists[0] + end, args
	}
	return "SELECT * FROM (" + strings.Join(lists, " UNION ALL ") + ") AS lists" + end, args
}

// list runs a listing.
func list[T any](ctx context.Context, db *DB, t *listed, f *app.Listing, scan func(scanner) (T, error)) (all []T, err error) {
	query, args := t.query(f)
	err = db.view(ctx, func(q querier) error {
		if all, err = scanAll(ctx, q, scan, query, args...); err != nil {
			return fmt.Errorf("list %s: %w", t.table, err)
		}
		return nil
	})
	return all, err
}

// stringsOf returns statuses as text.
func stringsOf[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	return out
}

func listedConsents(columns string) *listed {
	return &listed{"consents", columns, "created_at", stringsOf(consent.Statuses())}
}

func listedPayments(columns string) *listed {
	return &listed{"payments", columns, "created_at", stringsOf(payment.Statuses())}
}

// ListConsents returns consents of an app, newest first.
func (db *DB) ListConsents(ctx context.Context, f app.Listing) ([]consent.Consent, error) {
	return list(ctx, db, listedConsents(consentColumns), &f, scanConsent)
}

// ListPayments returns payments of an app, newest first.
func (db *DB) ListPayments(ctx context.Context, f app.Listing) ([]payment.Payment, error) {
	return list(ctx, db, listedPayments(paymentColumns), &f, scanOrdered)
}

// ListBaskets returns baskets of an app, newest first.
func (db *DB) ListBaskets(ctx context.Context, f app.Listing) ([]payment.Basket, error) {
	return list(ctx, db, &listed{"baskets", basketColumns, "created_at", nil}, &f, scanBasket)
}

// ListQuotes returns quotes of an app, newest first.
func (db *DB) ListQuotes(ctx context.Context, f app.Listing) ([]fx.Quote, error) {
	return list(ctx, db, &listed{"fx_quotes", quoteColumns, "valid_from", nil}, &f, scanQuote)
}

// ListKYCCases returns the KYC cases of an app, newest first.
func (db *DB) ListKYCCases(ctx context.Context, f app.Listing) ([]kyc.Case, error) {
	return list(ctx, db, &listed{"kyc_cases", kycColumns, "created_at", nil}, &f, scanKYC)
}

// CountConsents counts consents of an app that time has not ended at now. It
// looks at no more than f.Limit, the newest ones.
func (db *DB) CountConsents(ctx context.Context, f app.Listing, now time.Time) (int, error) {
	return db.count(ctx, listedConsents("id, created_at, expires_at"), &f, func(n int) (string, any) { return fmt.Sprintf("WHERE expires_at > $%d", n), millis(now) })
}

// CountPayments counts payments of an app, to f.Limit at the most.
func (db *DB) CountPayments(ctx context.Context, f app.Listing) (int, error) {
	return db.count(ctx, listedPayments("id, created_at"), &f, nil)
}

func (db *DB) count(ctx context.Context, t *listed, f *app.Listing, where func(n int) (string, any)) (n int, err error) {
	query, args := t.query(f)
	query = "SELECT count(*) FROM (" + query + ") AS counted"
	if where != nil {
		condition, v := where(len(args) + 1)
		query, args = query+" "+condition, append(args, v)
	}
	err = db.view(ctx, func(q querier) error {
		if err := q.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
			return fmt.Errorf("count %s: %w", t.table, err)
		}
		return nil
	})
	return n, err
}

// CountRequests counts the requests of an app since the instant, and those
// that failed by the class of their status, each to limit at the most. Both
// read indexes alone but for the rows that failed.
func (db *DB) CountRequests(ctx context.Context, clientID string, since time.Time, limit int) (total int, failed map[int]int, err error) {
	failed = map[int]int{}
	err = db.view(ctx, func(q querier) error {
		first := since.UnixMicro() << 10
		if err := q.QueryRowContext(ctx, `
			SELECT count(*) FROM (SELECT id FROM requests WHERE client_id = $1 AND id >= $2 ORDER BY id DESC LIMIT $3) AS newest`,
			clientID, first, limit).Scan(&total); err != nil {
			return err
		}
		type class struct{ class, n int }
		all, err := scanAll(ctx, q, func(row scanner) (c class, err error) { return c, row.Scan(&c.class, &c.n) }, `
			SELECT class, count(*) FROM (
				SELECT status / 100 AS class FROM requests WHERE client_id = $1 AND id >= $2 AND status >= 400 ORDER BY id DESC LIMIT $3
			) AS newest GROUP BY class`, clientID, first, limit)
		for _, c := range all {
			failed[c.class] = c.n
		}
		return err
	})
	return total, failed, err
}

// CountDead counts the deliveries to the endpoints of an app that were given
// up since the instant, to limit at the most.
func (db *DB) CountDead(ctx context.Context, clientID string, since time.Time, limit int) (n int, err error) {
	err = db.view(ctx, func(q querier) error {
		return q.QueryRowContext(ctx, `
			SELECT count(*) FROM (
				SELECT d.id FROM webhook_endpoints e JOIN webhook_deliveries d ON d.endpoint_id = e.id
				WHERE e.client_id = $1 AND d.status = 'dead' AND d.created_at >= $2 LIMIT $3
			) AS dead`, clientID, millis(since), limit).Scan(&n)
	})
	return n, err
}
