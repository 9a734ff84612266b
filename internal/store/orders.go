package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/money"
)

const (
	orderColumns = `quote_id, client_id, context, organisation, psu, payout, digest, currency, funding, reference, account, holder,
	country, execution_date, fund_by, fund_at, payout_at, returned, status, status_at, reason, confirmed_at, version`
	selectOrder = "SELECT " + orderColumns + " FROM fx_orders WHERE quote_id = $1"
	insertOrder = "INSERT INTO fx_orders (" + orderColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, 1)
		ON CONFLICT (reference) DO NOTHING`
	updateOrder = `
		UPDATE fx_orders SET fund_at = $2, payout_at = $3, status = $4, status_at = $5, reason = $6, version = version + 1
		WHERE quote_id = $1 AND version = $7`
)

// Order implements [fx.Store].
func (db *DB) Order(ctx context.Context, quoteID string) (o fx.Order, err error) {
	err = db.view(ctx, func(q querier) error {
		o, err = queryOrder(ctx, q, quoteID)
		return err
	})
	return o, err
}

// OrderTx implements [fx.Store].
func (db *DB) OrderTx(ctx context.Context, fn func(fx.OrderTx) error) error {
	return db.tx(ctx, func(q querier) error { return fn(orderTx{quoteTx{q}, jobTx{q}}) })
}

// orderTx implements [fx.OrderTx].
type orderTx struct {
	quoteTx
	jobTx
}

// Order implements [fx.OrderTx].
func (t orderTx) Order(ctx context.Context, quoteID string) (fx.Order, error) {
	return queryOrder(ctx, t.quoteTx.q, quoteID)
}

// InsertOrder implements [fx.OrderTx].
func (t orderTx) InsertOrder(ctx context.Context, o *fx.Order, events ...event.Event) (bool, error) {
	payout, err := encode(storePayout(&o.Payout))
	if err != nil {
		return false, err
	}
	account, err := encode(storedReference(o.Account))
	if err != nil {
		return false, err
	}
	q := t.quoteTx.q
	res, err := q.ExecContext(ctx, insertOrder,
		o.QuoteID, o.Owner.ClientID, string(o.Owner.Context), o.Owner.Organisation, o.Owner.PSU, payout, o.Digest,
		string(o.Funding.Currency), o.Funding.Minor, o.Reference, account, o.Holder, o.Country, date(o.ExecutionDate), date(o.FundBy),
		millis(o.FundAt), millis(o.PayoutAt), o.Returned, string(o.Status), millis(o.StatusAt), o.Reason, millis(o.ConfirmedAt))
	if err != nil {
		return false, fmt.Errorf("insert order: %w", err)
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return false, err
	}
	return true, insertEvents(ctx, q, events)
}

// SaveOrder implements [fx.OrderTx].
func (t orderTx) SaveOrder(ctx context.Context, o *fx.Order, events ...event.Event) error {
	return orderKind().save(ctx, t.quoteTx.q, updateOrder, []any{
		o.QuoteID, millis(o.FundAt), millis(o.PayoutAt), string(o.Status), millis(o.StatusAt), o.Reason,
	}, &o.Version, events)
}

// Orders returns orders, the newest first, at most limit; of any status if that
// is empty.
func (db *DB) Orders(ctx context.Context, status iso20022.Status, limit int) (all []fx.Order, err error) {
	err = db.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanOrder, "SELECT "+orderColumns+` FROM fx_orders WHERE $1 = '' OR status = $1
			ORDER BY confirmed_at DESC, quote_id LIMIT $2`, string(status), limit)
		return wrap("query orders", err)
	})
	return all, err
}

// orderKind is that of orders of FX Connect.
func orderKind() kind[fx.Order] { return kind[fx.Order]{noun: "order", scan: scanOrder} }

func queryOrder(ctx context.Context, q querier, quoteID string) (fx.Order, error) {
	return orderKind().one(ctx, q, selectOrder, quoteID)
}

// scanOrder scans the columns of orderColumns.
func scanOrder(row scanner) (o fx.Order, err error) {
	var payout storedPayout
	var account storedReference
	w := &o.Owner
	err = row.Scan(&o.QuoteID, &w.ClientID, &w.Context, &w.Organisation, &w.PSU, document{&payout}, &o.Digest,
		&o.Funding.Currency, &o.Funding.Minor, &o.Reference, document{&account}, &o.Holder, &o.Country, day{&o.ExecutionDate}, day{&o.FundBy},
		instant{&o.FundAt}, instant{&o.PayoutAt}, &o.Returned, &o.Status, instant{&o.StatusAt}, &o.Reason, instant{&o.ConfirmedAt}, &o.Version)
	o.Payout, o.Account = payout.payout(), bank.Reference(account)
	return o, err
}

// storedPayout is a payout as it is stored, see documents.go.
type storedPayout struct {
	Minor         int64               `json:"minor"`
	Currency      money.Currency      `json:"currency"`
	Debtor        storedPayee         `json:"debtor"`
	Creditor      storedPayee         `json:"creditor"`
	CreditorName  string              `json:"creditorName"`
	CreditorAgent string              `json:"creditorAgent,omitempty"`
	CreditorBank  string              `json:"creditorBank,omitempty"`
	Address       storedPayoutAddress `json:"address"`
	Unstructured  string              `json:"unstructured,omitempty"`
	EndToEndID    string              `json:"endToEndId,omitempty"`
	PurposeCode   string              `json:"purposeCode,omitempty"`
}

type storedPayee struct {
	storedReference
	Bankgiro string `json:"bankgiro,omitempty"`
	Plusgiro string `json:"plusgiro,omitempty"`
}

type storedPayoutAddress struct {
	Street         string `json:"street,omitempty"`
	BuildingNumber string `json:"buildingNumber,omitempty"`
	City           string `json:"city,omitempty"`
	PostalCode     string `json:"postalCode,omitempty"`
	State          string `json:"state,omitempty"`
	Country        string `json:"country"`
}

func storePayout(p *fx.Payout) storedPayout {
	return storedPayout{
		Minor: p.Amount.Minor, Currency: p.Amount.Currency, Debtor: storePayee(p.Debtor), Creditor: storePayee(p.Creditor),
		CreditorName: p.CreditorName, CreditorAgent: p.CreditorAgent, CreditorBank: p.CreditorBank,
		Address: storedPayoutAddress(p.Address), Unstructured: p.Unstructured, EndToEndID: p.EndToEndID, PurposeCode: p.PurposeCode,
	}
}

func (p *storedPayout) payout() fx.Payout {
	return fx.Payout{
		Amount: money.Amount{Minor: p.Minor, Currency: p.Currency}, Debtor: p.Debtor.party(), Creditor: p.Creditor.party(),
		CreditorName: p.CreditorName, CreditorAgent: p.CreditorAgent, CreditorBank: p.CreditorBank,
		Address: bank.Address(p.Address), Unstructured: p.Unstructured, EndToEndID: p.EndToEndID, PurposeCode: p.PurposeCode,
	}
}

func storePayee(p bank.Party) storedPayee {
	return storedPayee{storedReference(p.Reference), p.Bankgiro, p.Plusgiro}
}

func (p *storedPayee) party() bank.Party {
	return bank.Party{Reference: bank.Reference(p.storedReference), Bankgiro: p.Bankgiro, Plusgiro: p.Plusgiro}
}
