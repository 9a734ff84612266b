package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
)

const (
	basketColumns = `id, client_id, context, organisation, bicfi, affiliate, consent_id, payment_ids, bank_ref, created_at, expires_at,
	psu, status, reason, signatures_needed, authorisations, version`
	selectBasket = "SELECT " + basketColumns + " FROM baskets WHERE id = $1"
	insertBasket = "INSERT INTO baskets (" + basketColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1)`
	updateBasket = `
		UPDATE baskets SET psu = $2, status = $3, reason = $4, signatures_needed = $5, authorisations = $6, version = version + 1
		WHERE id = $1 AND version = $7`
)

// Basket implements [payment.Store].
func (db *DB) Basket(ctx context.Context, id string) (b payment.Basket, err error) {
	err = db.view(ctx, func(q querier) error {
		b, err = queryBasket(ctx, q, id)
		return err
	})
	return b, err
}

// Payments implements [payment.Store].
func (db *DB) Payments(ctx context.Context, ids []string) (all []payment.Payment, err error) {
	err = db.view(ctx, func(q querier) error {
		all, err = queryOrderedAll(ctx, q, ids)
		return err
	})
	return all, err
}

// Basket implements [payment.Tx].
func (t paymentTx) Basket(ctx context.Context, id string) (payment.Basket, error) {
	return queryBasket(ctx, t.in, id)
}

// Payments implements [payment.Tx].
func (t paymentTx) Payments(ctx context.Context, ids []string) ([]payment.Payment, error) {
	return queryOrderedAll(ctx, t.in, ids)
}

// queryOrderedAll returns payments in the order of their ids.
func queryOrderedAll(ctx context.Context, q querier, ids []string) ([]payment.Payment, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	found, err := scanAll(ctx, q, scanOrdered, "SELECT "+paymentColumns+" FROM payments WHERE id IN ("+places(1, len(ids))+")", args...)
	if err != nil {
		return nil, fmt.Errorf("query payments: %w", err)
	}
	byID := make(map[string]payment.Payment, len(found))
	for _, p := range found {
		byID[p.ID] = p
	}
	all := make([]payment.Payment, len(ids))
	for i, id := range ids {
		p, ok := byID[id]
		if !ok {
			return nil, problem.New(problem.ResourceUnknown, "no such payment")
		}
		all[i] = p
	}
	return all, nil
}

// InsertBasket implements [payment.Tx].
func (t paymentTx) InsertBasket(ctx context.Context, b *payment.Basket, events ...event.Event) error {
	ids, err := encode(b.PaymentIDs)
	if err != nil {
		return err
	}
	moving, err := movingBasketArgs(b)
	if err != nil {
		return err
	}
	args := append([]any{
		b.ID, b.Owner.ClientID, string(b.Owner.Context), b.Owner.Organisation, string(b.BICFI), b.Affiliate, b.ConsentID, ids, b.BankRef,
		millis(b.CreatedAt), millis(b.ExpiresAt),
	}, moving...)
	if _, err := t.in.ExecContext(ctx, insertBasket, args...); err != nil {
		return fmt.Errorf("insert basket: %w", err)
	}
	return insertEvents(ctx, t.in, events)
}

// SaveBasket implements [payment.Tx].
func (t paymentTx) SaveBasket(ctx context.Context, b *payment.Basket, events ...event.Event) error {
	moving, err := movingBasketArgs(b)
	if err != nil {
		return err
	}
	return basketKind().save(ctx, t.in, updateBasket, append([]any{b.ID}, moving...), &b.Version, events)
}

// movingBasketArgs returns the values of the columns that change, from psu on,
// but for the version.
func movingBasketArgs(b *payment.Basket) ([]any, error) {
	var auths any
	if len(b.Authorisations) > 0 {
		var err error
		if auths, err = encode(storeAuthorisations(b.Authorisations)); err != nil {
			return nil, err
		}
	}
	return []any{b.Owner.PSU, string(b.Status), b.Reason, b.SignaturesNeeded, auths}, nil
}

// basketKind is that of signing baskets.
func basketKind() kind[payment.Basket] { return kind[payment.Basket]{noun: "basket", scan: scanBasket} }

func queryBasket(ctx context.Context, q querier, id string) (payment.Basket, error) {
	return basketKind().one(ctx, q, selectBasket, id)
}

// scanBasket scans the columns of basketColumns.
func scanBasket(row scanner) (b payment.Basket, err error) {
	var auths []storedAuthorisation
	o := &b.Owner
	err = row.Scan(
		&b.ID, &o.ClientID, &o.Context, &o.Organisation, &b.BICFI, &b.Affiliate, &b.ConsentID, document{&b.PaymentIDs}, &b.BankRef,
		instant{&b.CreatedAt}, instant{&b.ExpiresAt}, &o.PSU, &b.Status, &b.Reason, &b.SignaturesNeeded, document{&auths}, &b.Version)
	b.Authorisations = authorisations(auths)
	return b, err
}
