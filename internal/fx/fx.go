// Package fx has quotes of exchange rates, and the orders that are made of them.
//
// A [Quote] says what an amount of a target currency costs in a source
// currency. It is for one use, by the application, PSU context and organisation
// that it was given to, until the end of the next calendar day:
//
//	total = round half up (amount x rate, 2 decimals) + fee
//
// The rate is in units of the source currency for one unit of the target
// currency. It comes from a [Source] of mid rates by way of the euro, with the
// forward points of the execution date and the spread of [Terms]. A payment
// uses a quote up by [Spend], in its own transaction; the other use is an
// [Order], a payment abroad that the client funds by a transfer of its own.
package fx

import (
	"context"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/money"
)

// A Quote is an offer to change money at a rate.
type Quote struct {
	ID     string // letter, six digits, three letters
	Owner  app.Owner
	Amount money.Amount // in the target currency, above zero
	// Country is where the money goes, ISO 3166-1 alpha-2.
	Country string
	// ExecutionDate is the date asked for; zero is spot.
	ExecutionDate time.Time
	Rate          money.Rate   // source units for a target unit
	Fee, Total    money.Amount // in the source currency; Total has the fee
	ValidFrom     time.Time    // as long as milliseconds go
	ValidTo       time.Time    // the last instant
	// UsedFor is what used the quote up, such as "payment/" and an id; empty
	// until then.
	UsedFor string
	UsedAt  time.Time
}

// Source returns the currency that is paid with.
func (q *Quote) Source() money.Currency { return q.Total.Currency }

// Target returns the currency that is bought.
func (q *Quote) Target() money.Currency { return q.Amount.Currency }

// A Store keeps quotes.
type Store interface {
	// Quote returns a quote, whoever owns it: the caller checks that. It
	// reports problem.ResourceUnknown.
	Quote(ctx context.Context, id string) (Quote, error)
	// InsertQuote stores a new quote. It reports false, and stores nothing, if
	// there is one with the same id.
	InsertQuote(ctx context.Context, q *Quote, events ...event.Event) (bool, error)
	// QuoteTx runs fn in one transaction. It may run fn twice, so fn must be
	// pure but for its Tx.
	QuoteTx(ctx context.Context, fn func(Tx) error) error
	// Order returns an order, whoever owns it. It reports
	// problem.ResourceUnknown.
	Order(ctx context.Context, quoteID string) (Order, error)
	// OrderTx is as QuoteTx, for orders.
	OrderTx(ctx context.Context, fn func(OrderTx) error) error
}

// A Tx is the store of quotes within one transaction, which may be that of a
// payment.
type Tx interface {
	// Quote is as in [Store].
	Quote(ctx context.Context, id string) (Quote, error)
	// UseQuote stores q's UsedFor and UsedAt. If somebody else has used the
	// quote meanwhile the transaction runs again.
	UseQuote(ctx context.Context, q *Quote, events ...event.Event) error
}

// A Source has mid rates.
type Source interface {
	// Rates returns the rates to use at now. It reports
	// problem.RatesUnavailable if there are none, or none that are recent
	// enough.
	Rates(ctx context.Context, now time.Time) (Rates, error)
}

// A Gate holds back organisations whose due diligence is missing.
type Gate interface {
	// Check reports problem.KYCInvalid for a caller that may not pass.
	Check(ctx context.Context, by app.Caller) error
}
