// Package payment has payments, their authorisations and cancellation, and
// signing baskets (NextGenPSD2 1.3, payment initiation).
//
// A [Payment] is an aggregate: it carries the authorisations of itself and of
// its cancellation, and every rule changes it in memory, pure and with the time
// passed in. What is to be paid never changes after its creation, and every
// authorisation is bound to a hash of it. Which status follows which, and by
// what, is one table, [Moves].
//
// Signing and executing are two steps. A signature is stored first, with a job
// in the same transaction; then the bank is told to carry the payment out. If
// the process dies in between the job tells it, and to be told twice does
// nothing. From then on the bank says how the payment stands, and whoever looks
// asks it. Where nobody looks, the jobs do.
package payment

import (
	"context"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/signing"
)

// A Payment is an order to pay.
type Payment struct {
	ID        string // UUID
	Owner     app.Owner
	BICFI     ident.BICFI
	Affiliate string // id of the sub-bank, without leading zeros
	// Order is what was asked for. It never changes. Its Customer, PaymentID and
	// ClientID are left empty, since they follow from the payment: see
	// [Payment.Ordered].
	Order     bank.PaymentOrder
	ConsentID string // Consent-ID; empty if none
	QuoteID   string // FX-Quote-Id; empty if none
	Notices   []Notice

	Status   Status
	Reason   string    // why Status is RJCT; empty if nobody said
	StatusAt time.Time // when it got that status
	// Former is the status that is shown instead of a newer one, as long as the
	// bank's view lags behind.
	Former   Status
	SignedAt time.Time // when the last signature was given; zero until then
	// SignedDigest is the digest of what the signatures stand for.
	SignedDigest string

	CreatedAt     time.Time
	ExpiresAt     time.Time // instant until which it may be signed
	ExecutionDate time.Time // bank-local date on which the bank will carry it out
	BankRef       string
	BasketID      string // of the live basket that it is in; empty if none

	signing.Set
	// Cancellation has the authorisations of its cancellation.
	Cancellation signing.Set
	// CancelledAt is when the cancellation was fully signed; zero if it was not.
	CancelledAt time.Time

	Version int64 // counts the changes, from 1
}

// A Notice is a remark on something that was accepted.
type Notice struct {
	Code string // message code
	Path string // field or header; empty if none
	Text string
}

// Ordered returns the order as the bank is given it.
func (p *Payment) Ordered() bank.PaymentOrder {
	o := p.Order
	o.Customer, o.PaymentID, o.ClientID = p.customer(p.Owner.PSU, ""), p.ID, p.Owner.ClientID
	return o
}

// customer returns on whose behalf the bank is asked.
func (p *Payment) customer(psu, ip string) bank.Customer {
	return bank.Customer{
		Context: p.Owner.Context, PSU: psu, Organisation: p.Owner.Organisation, Affiliate: p.Affiliate, IPAddress: ip,
	}
}

// clone returns a copy of p that shares nothing which rules change.
func (p *Payment) clone() Payment {
	q := *p
	q.Set, q.Cancellation = p.Clone(), p.Cancellation.Clone()
	return q
}

// A Store keeps payments and baskets.
type Store interface {
	// Payment returns a payment, whoever owns it: the caller checks that. It
	// reports problem.ResourceUnknown.
	Payment(ctx context.Context, id string) (Payment, error)
	// Payments returns payments in the order of their ids. It reports
	// problem.ResourceUnknown if one is missing.
	Payments(ctx context.Context, ids []string) ([]Payment, error)
	// Basket returns a basket, whoever owns it. It reports
	// problem.ResourceUnknown.
	Basket(ctx context.Context, id string) (Basket, error)
	// Answer returns the answer that was given under an idempotency key, if it
	// was given after the instant.
	Answer(ctx context.Context, clientID, key string, after time.Time) (Answer, bool, error)
	// Quote returns a quote. It reports problem.ResourceUnknown.
	Quote(ctx context.Context, id string) (fx.Quote, error)
	// PaymentTx runs fn in one transaction. It may run fn twice, so fn must be
	// pure but for its Tx.
	PaymentTx(ctx context.Context, fn func(Tx) error) error
}

// A Tx is the store within one transaction.
type Tx interface {
	job.Tx
	fx.Tx
	// Payment is as in [Store].
	Payment(ctx context.Context, id string) (Payment, error)
	// Payments and Basket are as in [Store].
	Payments(ctx context.Context, ids []string) ([]Payment, error)
	Basket(ctx context.Context, id string) (Basket, error)
	// InsertBasket stores a new basket with Version 1.
	InsertBasket(ctx context.Context, b *Basket, events ...event.Event) error
	// SaveBasket stores what can change of a basket, as SavePayment does.
	SaveBasket(ctx context.Context, b *Basket, events ...event.Event) error
	// InsertPayment stores a new payment with Version 1.
	InsertPayment(ctx context.Context, p *Payment, events ...event.Event) error
	// SavePayment stores what can change of a payment and raises its Version.
	// If the stored version is no longer p.Version the transaction runs again.
	SavePayment(ctx context.Context, p *Payment, events ...event.Event) error
	// InsertAnswer stores an answer under its key, in place of one that was
	// given before the instant. It reports false if there is one that was not.
	InsertAnswer(ctx context.Context, a *Answer, before time.Time) (bool, error)
}

// An Answer is the first answer to a request with an idempotency key.
type Answer struct {
	ClientID, Key string
	Request       [32]byte // SHA-256 of what was asked, and for whom
	Status        int      // of HTTP
	Header        map[string]string
	Body          []byte
	CreatedAt     time.Time
}
