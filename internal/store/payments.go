package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/payment"
)

var (
	_ payment.Store = (*DB)(nil)
	_ payment.Tx    = paymentTx{}
)

// What is called ordered here is a payment as TPPs ordered it; the payments of
// the simulated banks are in simulator_payments.go.

const (
	paymentColumns = `id, client_id, context, organisation, bicfi, affiliate, product, ordered, notices, consent_id, quote_id,
	execution_date, bank_ref, created_at, expires_at, psu, status, reason, status_at, former, signed_at, signed_digest,
	basket_id, signatures_needed, authorisations, cancellation, cancelled_at, version`
	selectOrdered = "SELECT " + paymentColumns + " FROM payments WHERE id = $1"
	insertOrdered = "INSERT INTO payments (" + paymentColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
			$23, $24, $25, $26, $27, 1)`
	updateOrdered = `
		UPDATE payments SET psu = $2, status = $3, reason = $4, status_at = $5, former = $6, signed_at = $7, signed_digest = $8,
			basket_id = $9, signatures_needed = $10, authorisations = $11, cancellation = $12, cancelled_at = $13, version = version + 1
		WHERE id = $1 AND version = $14`
)

// Payment implements [payment.Store].
func (db *DB) Payment(ctx context.Context, id string) (p payment.Payment, err error) {
	err = db.view(ctx, func(q querier) error {
		p, err = queryOrdered(ctx, q, id)
		return err
	})
	return p, err
}

// PaymentTx implements [payment.Store].
func (db *DB) PaymentTx(ctx context.Context, fn func(payment.Tx) error) error {
	return db.tx(ctx, func(q querier) error { return fn(newPaymentTx(q)) })
}

// paymentTx implements [payment.Tx].
type paymentTx struct {
	jobTx
	quoteTx
	in querier
}

func newPaymentTx(q querier) paymentTx { return paymentTx{jobTx{q}, quoteTx{q}, q} }

// Payment implements [payment.Tx].
func (t paymentTx) Payment(ctx context.Context, id string) (payment.Payment, error) {
	return queryOrdered(ctx, t.in, id)
}

// InsertPayment implements [payment.Tx].
func (t paymentTx) InsertPayment(ctx context.Context, p *payment.Payment, events ...event.Event) error {
	ordered, err := encode(storeOrder(&p.Order))
	if err != nil {
		return err
	}
	var notices any
	if len(p.Notices) > 0 {
		if notices, err = encode(storeNotices(p.Notices)); err != nil {
			return err
		}
	}
	moving, err := movingArgs(p)
	if err != nil {
		return err
	}
	args := append([]any{
		p.ID, p.Owner.ClientID, string(p.Owner.Context), p.Owner.Organisation, string(p.BICFI), p.Affiliate, p.Order.Product, ordered,
		notices, p.ConsentID, p.QuoteID, date(p.ExecutionDate), p.BankRef, millis(p.CreatedAt), millis(p.ExpiresAt),
	}, moving...)
	if _, err := t.in.ExecContext(ctx, insertOrdered, args...); err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	return insertEvents(ctx, t.in, events)
}

// SavePayment implements [payment.Tx].
func (t paymentTx) SavePayment(ctx context.Context, p *payment.Payment, events ...event.Event) error {
	moving, err := movingArgs(p)
	if err != nil {
		return err
	}
	return orderedKind().save(ctx, t.in, updateOrdered, append([]any{p.ID}, moving...), &p.Version, events)
}

// movingArgs returns the values of the columns that change, from psu on, but
// for the version.
func movingArgs(p *payment.Payment) ([]any, error) {
	var auths, cancellation any
	var err error
	if len(p.Authorisations) > 0 {
		if auths, err = encode(storeAuthorisations(p.Authorisations)); err != nil {
			return nil, err
		}
	}
	if len(p.Cancellation.Authorisations) > 0 {
		if cancellation, err = encode(storeSet(&p.Cancellation)); err != nil {
			return nil, err
		}
	}
	return []any{
		p.Owner.PSU, string(p.Status), p.Reason, millis(p.StatusAt), string(p.Former), millis(p.SignedAt), p.SignedDigest,
		p.BasketID, p.SignaturesNeeded, auths, cancellation, millis(p.CancelledAt),
	}, nil
}

// orderedKind is that of payments.
func orderedKind() kind[payment.Payment] {
	return kind[payment.Payment]{noun: "payment", scan: scanOrdered}
}

func queryOrdered(ctx context.Context, q querier, id string) (payment.Payment, error) {
	return orderedKind().one(ctx, q, selectOrdered, id)
}

// scanOrdered scans the columns of paymentColumns.
func scanOrdered(row scanner) (payment.Payment, error) {
	var p payment.Payment
	var ordered storedOrder
	var notices []storedNotice
	var auths []storedAuthorisation
	var cancellation storedSet
	o := &p.Owner
	err := row.Scan(&p.ID, &o.ClientID, &o.Context, &o.Organisation, &p.BICFI, &p.Affiliate, &p.Order.Product, document{&ordered},
		document{&notices}, &p.ConsentID, &p.QuoteID, day{&p.ExecutionDate}, &p.BankRef, instant{&p.CreatedAt}, instant{&p.ExpiresAt},
		&o.PSU, &p.Status, &p.Reason, instant{&p.StatusAt}, &p.Former, instant{&p.SignedAt}, &p.SignedDigest,
		&p.BasketID, &p.SignaturesNeeded, document{&auths}, document{&cancellation}, instant{&p.CancelledAt}, &p.Version)
	if err != nil {
		return payment.Payment{}, err
	}
	product := p.Order.Product
	p.Order = ordered.order()
	p.Order.Product = product
	p.Authorisations = authorisations(auths)
	p.Cancellation = cancellation.set()
	for _, n := range notices {
		p.Notices = append(p.Notices, payment.Notice(n))
	}
	return p, nil
}
