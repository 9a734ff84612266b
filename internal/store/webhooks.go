package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/webhook"
)

var (
	_ webhook.Store = (*DB)(nil)
	_ webhook.Tx    = webhookTx{}
)

const (
	endpointColumns = "id, client_id, url, description, types, secrets, disabled, failing_since, created_at, version"
	deliveryColumns = "id, endpoint_id, event_id, type, body, status, attempts, attempt_log, created_at, next_at, ended_at, version"
)

// storedSecret is how a secret of an endpoint is kept; see storedReference.
type storedSecret struct {
	Sealed    []byte    `json:"sealed"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// EventsInserted gets a value soon after events were inserted by this process.
func (db *DB) EventsInserted() <-chan struct{} { return db.write.events }

// Endpoints implements [webhook.Store].
func (db *DB) Endpoints(ctx context.Context, clientID string) (all []webhook.Endpoint, err error) {
	err = db.view(ctx, func(q querier) error {
		all, err = webhookTx{jobTx{q}}.EndpointsOf(ctx, clientID)
		return err
	})
	return all, err
}

// Endpoint implements [webhook.Store].
func (db *DB) Endpoint(ctx context.Context, id string) (e webhook.Endpoint, err error) {
	err = db.view(ctx, func(q querier) error {
		e, err = webhookTx{jobTx{q}}.EndpointByID(ctx, id)
		return err
	})
	return e, err
}

// Delivery implements [webhook.Store].
func (db *DB) Delivery(ctx context.Context, id string) (d webhook.Delivery, err error) {
	err = db.view(ctx, func(q querier) error {
		d, err = webhookTx{jobTx{q}}.DeliveryByID(ctx, id)
		return err
	})
	return d, err
}

// Deliveries implements [webhook.Store].
func (db *DB) Deliveries(ctx context.Context, f webhook.Filter) (all []webhook.Delivery, err error) {
	since := int64(0)
	if !f.Since.IsZero() {
		since = f.Since.UnixMilli()
	}
	query, args := "", []any{f.EndpointID, since, f.Limit}
	switch f.Status {
	case "":
	case webhook.Dead: // in full, for the index
		query = " AND status = 'dead'"
	case webhook.Pending:
		query = " AND status = 'pending'"
	default:
		query, args = " AND status = $4", append(args, string(f.Status))
	}
	err = db.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanDelivery, "SELECT "+deliveryColumns+` FROM webhook_deliveries
			WHERE endpoint_id = $1 AND created_at >= $2`+query+" ORDER BY created_at DESC, id LIMIT $3", args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("query deliveries: %w", err)
	}
	return all, nil
}

// WaitingEvents implements [webhook.Store]. It reads outside of the
// transaction that takes them, which would else stand in the way of everybody
// who inserts events.
func (db *DB) WaitingEvents(ctx context.Context, limit int) (events []event.Event, err error) {
	err = db.view(ctx, func(q querier) error {
		events, err = scanAll(ctx, q, scanEventOfBank, `
			SELECT id, type, subject, client_id, at, detail, bicfi FROM events
			WHERE delivered_at IS NULL ORDER BY at, id LIMIT $1`, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("query events: %w", err)
	}
	return events, nil
}

func scanEventOfBank(row scanner) (e event.Event, err error) {
	err = row.Scan(&e.ID, &e.Type, &e.Subject, &e.ClientID, instant{&e.At}, &e.Detail, &e.BICFI)
	return e, err
}

// HandedEvents implements [webhook.Store].
func (db *DB) HandedEvents(ctx context.Context, f webhook.EventFilter) (events []webhook.Positioned, err error) {
	scan := func(row scanner) (p webhook.Positioned, err error) {
		err = row.Scan(&p.ID, &p.Type, &p.Subject, &p.ClientID, instant{&p.At}, &p.Detail, &p.BICFI, &p.Position)
		return p, err
	}
	err = db.view(ctx, func(q querier) error {
		events, err = scanAll(ctx, q, scan, `
			SELECT id, type, subject, client_id, at, detail, bicfi, position FROM events
			WHERE position > $1 AND ($2 = '' OR client_id = $2) ORDER BY position LIMIT $3`, f.After, f.ClientID, f.Limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("query events: %w", err)
	}
	return events, nil
}

// LastPosition implements [webhook.Store].
func (db *DB) LastPosition(ctx context.Context) (n int64, err error) {
	err = db.view(ctx, func(q querier) error {
		return q.QueryRowContext(ctx, "SELECT coalesce(max(position), 0) FROM events WHERE position IS NOT NULL").Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("query position: %w", err)
	}
	return n, nil
}

// ForgetDeliveries implements [webhook.Store]. The last event stays, since the
// next position follows its own.
func (db *DB) ForgetDeliveries(ctx context.Context, before time.Time) error {
	for _, query := range []string{
		"DELETE FROM webhook_deliveries WHERE ended_at < $1",
		"DELETE FROM events WHERE delivered_at < $1 AND position < (SELECT max(position) FROM events WHERE position IS NOT NULL)",
	} {
		if _, err := db.exec(ctx, query, millis(before)); err != nil {
			return fmt.Errorf("delete deliveries: %w", err)
		}
	}
	return nil
}

// WebhookTx implements [webhook.Store].
func (db *DB) WebhookTx(ctx context.Context, fn func(webhook.Tx) error) error {
	return db.tx(ctx, func(q querier) error { return fn(webhookTx{jobTx{q}}) })
}

// webhookTx implements [webhook.Tx].
type webhookTx struct{ jobTx }

// TakeEvents implements [webhook.Tx].
func (t webhookTx) TakeEvents(ctx context.Context, ids []string, at time.Time) ([]string, error) {
	var fresh []string
	for rest := ids; len(rest) > 0; rest = rest[min(len(rest), lockBatch):] {
		in, args := inList(rest[:min(len(rest), lockBatch)])
		waiting, err := scanAll(ctx, t.q, scanText, "SELECT id FROM events WHERE delivered_at IS NULL AND id IN "+in, args...)
		if err != nil {
			return nil, fmt.Errorf("query waiting events: %w", err)
		}
		fresh = append(fresh, waiting...)
	}
	fresh = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(fresh, id) })
	var last int64
	if err := t.q.QueryRowContext(ctx, "SELECT coalesce(max(position), 0) FROM events WHERE position IS NOT NULL").Scan(&last); err != nil {
		return nil, fmt.Errorf("query last position: %w", err)
	}
	for done := 0; done < len(fresh); done += rowBatch {
		if err := t.takeEvents(ctx, fresh[done:min(len(fresh), done+rowBatch)], last+int64(done), at); err != nil {
			return nil, fmt.Errorf("take events: %w", err)
		}
	}
	return fresh, nil
}

// takeEvents gives events the positions after one.
func (t webhookTx) takeEvents(ctx context.Context, ids []string, after int64, at time.Time) error {
	args := []any{}
	for i, id := range ids {
		args = append(args, id, after+int64(i)+1)
	}
	query := fmt.Sprintf("UPDATE events SET delivered_at = $%d, position = v.column2 FROM (%s) AS v WHERE events.id = v.column1 AND delivered_at IS NULL",
		len(args)+1, values(len(ids), "TEXT", "BIGINT"))
	res, err := t.q.ExecContext(ctx, query, append(args, millis(at))...)
	if sqlState(err) == "23505" { // another instance gave a position away
		err = errConflict
	}
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != int64(len(ids)) {
		return errOr(err, errConflict)
	}
	return nil
}

func scanText(row scanner) (s string, err error) {
	err = row.Scan(&s)
	return s, err
}

// EndpointsOf implements [webhook.Tx].
func (t webhookTx) EndpointsOf(ctx context.Context, clientID string) ([]webhook.Endpoint, error) {
	all, err := scanAll(ctx, t.q, scanEndpoint, "SELECT "+endpointColumns+
		" FROM webhook_endpoints WHERE client_id = $1 ORDER BY created_at, id", clientID)
	if err != nil {
		return nil, fmt.Errorf("query endpoints: %w", err)
	}
	return all, nil
}

// EndpointByID implements [webhook.Tx].
func (t webhookTx) EndpointByID(ctx context.Context, id string) (webhook.Endpoint, error) {
	e, err := scanEndpoint(t.q.QueryRowContext(ctx, "SELECT "+endpointColumns+" FROM webhook_endpoints WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return e, problem.New(problem.ResourceUnknown, "no such endpoint")
	}
	if err != nil {
		return e, fmt.Errorf("query endpoint: %w", err)
	}
	return e, nil
}

func scanEndpoint(row scanner) (e webhook.Endpoint, err error) {
	var secrets []storedSecret
	err = row.Scan(&e.ID, &e.ClientID, &e.URL, &e.Description, document{&e.Types}, document{&secrets}, &e.Disabled,
		instant{&e.FailingSince}, instant{&e.CreatedAt}, &e.Version)
	for _, s := range secrets {
		e.Secrets = append(e.Secrets, webhook.Secret(s))
	}
	return e, err
}

// endpointArgs returns the values of endpointColumns, but for the version.
func endpointArgs(e *webhook.Endpoint) ([]any, error) {
	var secrets []storedSecret
	for _, s := range e.Secrets {
		secrets = append(secrets, storedSecret(s))
	}
	kept, err := encode(secrets)
	if err != nil {
		return nil, err
	}
	types, err := encode(e.Types)
	return []any{e.ID, e.ClientID, e.URL, e.Description, types, kept, e.Disabled, millis(e.FailingSince), millis(e.CreatedAt)}, err
}

// InsertEndpoint implements [webhook.Tx].
func (t webhookTx) InsertEndpoint(ctx context.Context, e webhook.Endpoint, events ...event.Event) error {
	args, err := endpointArgs(&e)
	if err != nil {
		return err
	}
	if _, err := t.q.ExecContext(ctx, "INSERT INTO webhook_endpoints ("+endpointColumns+
		") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)", args...); err != nil {
		return fmt.Errorf("insert endpoint: %w", err)
	}
	return insertEvents(ctx, t.q, events)
}

// SaveEndpoint implements [webhook.Tx].
func (t webhookTx) SaveEndpoint(ctx context.Context, e *webhook.Endpoint, events ...event.Event) error {
	args, err := endpointArgs(e)
	if err != nil {
		return err
	}
	res, err := t.q.ExecContext(ctx, `
		UPDATE webhook_endpoints SET client_id = $2, url = $3, description = $4, types = $5, secrets = $6, disabled = $7,
			failing_since = $8, created_at = $9, version = version + 1
		WHERE id = $1 AND version = $10`, append(args, e.Version)...)
	if err := oneRow(res, err); err != nil {
		return fmt.Errorf("update endpoint: %w", err)
	}
	e.Version++
	return insertEvents(ctx, t.q, events)
}

// DeleteEndpoint implements [webhook.Tx].
func (t webhookTx) DeleteEndpoint(ctx context.Context, id string, events ...event.Event) error {
	if _, err := t.q.ExecContext(ctx, "DELETE FROM webhook_endpoints WHERE id = $1", id); err != nil {
		return fmt.Errorf("delete endpoint: %w", err)
	}
	return insertEvents(ctx, t.q, events)
}

// DeliveryByID implements [webhook.Tx].
func (t webhookTx) DeliveryByID(ctx context.Context, id string) (webhook.Delivery, error) {
	d, err := scanDelivery(t.q.QueryRowContext(ctx, "SELECT "+deliveryColumns+" FROM webhook_deliveries WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return d, problem.New(problem.ResourceUnknown, "no such delivery")
	}
	if err != nil {
		return d, fmt.Errorf("query delivery: %w", err)
	}
	return d, nil
}

func scanDelivery(row scanner) (d webhook.Delivery, err error) {
	err = row.Scan(&d.ID, &d.EndpointID, &d.EventID, &d.Type, &d.Body, &d.Status, &d.Attempts, document{&d.Log},
		instant{&d.CreatedAt}, instant{&d.NextAt}, instant{&d.EndedAt}, &d.Version)
	return d, err
}

// InsertDelivery implements [webhook.Tx].
func (t webhookTx) InsertDelivery(ctx context.Context, d webhook.Delivery) error {
	log, err := encode(d.Log)
	if err != nil {
		return err
	}
	if _, err := t.q.ExecContext(ctx, "INSERT INTO webhook_deliveries ("+deliveryColumns+
		") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)",
		d.ID, d.EndpointID, d.EventID, d.Type, d.Body, string(d.Status), d.Attempts, log,
		millis(d.CreatedAt), millis(d.NextAt), millis(d.EndedAt)); err != nil {
		return fmt.Errorf("insert delivery: %w", err)
	}
	return nil
}

// SaveDelivery implements [webhook.Tx].
func (t webhookTx) SaveDelivery(ctx context.Context, d *webhook.Delivery) error {
	log, err := encode(d.Log)
	if err != nil {
		return err
	}
	res, err := t.q.ExecContext(ctx, `
		UPDATE webhook_deliveries SET status = $1, attempts = $2, attempt_log = $3, next_at = $4, ended_at = $5, version = version + 1
		WHERE id = $6 AND version = $7`,
		string(d.Status), d.Attempts, log, millis(d.NextAt), millis(d.EndedAt), d.ID, d.Version)
	if err := oneRow(res, err); err != nil {
		return fmt.Errorf("update delivery: %w", err)
	}
	d.Version++
	return nil
}
