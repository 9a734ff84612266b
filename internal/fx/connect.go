package fx

import (
	"context"
	"errors"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// An OrderTx is the store of orders within one transaction.
type OrderTx interface {
	job.Tx
	Tx
	// Order is as in [Store].
	Order(ctx context.Context, quoteID string) (Order, error)
	// InsertOrder stores a new order with Version 1. It reports false, and
	// stores nothing, if another one has the same Reference.
	InsertOrder(ctx context.Context, o *Order, events ...event.Event) (bool, error)
	// SaveOrder stores what can change of an order and raises its Version. If
	// the stored version is no longer o.Version the transaction runs again.
	SaveOrder(ctx context.Context, o *Order, events ...event.Event) error
}

// A Desk is where orders are funded. In a sandbox the money that comes in and
// goes out is made up. Elsewhere it is the operator's account, and the operator
// who says what came in and what was paid out: see [Service.Fund],
// [Service.PayOut] and [Service.Return].
type Desk struct {
	Account bank.Reference // of the client funds; each order adds its currency
	Holder  string
	Country string // of the holder, ISO 3166-1 alpha-2
	// Auto is how long after the confirmation the money comes in by itself; it
	// does not if zero.
	Auto time.Duration
	// ByHand says that nothing is made up: no amount has an effect of its own,
	// and what was funded is paid out when somebody says so.
	ByHand bool
}

// Amounts in the target currency, of whichever, that make an order fail. They
// are those of the simulated banks' payments.
const (
	neverFunded = "9990.91"
	isReturned  = "9990.92"
)

// hasValue reports whether an amount is the decimal.
func hasValue(a money.Amount, decimal string) bool {
	b, err := money.Parse(decimal, a.Currency)
	return err == nil && a == b
}

// A Reading returns the payment of a request's body, checked as of a date.
type Reading func(today time.Time) (bank.PaymentOrder, error)

// Confirm has the payment made at the rate of the quote once it is funded. To
// confirm an equal payment again returns the same order. After the owner of the
// quote, due diligence and then the body are looked at. It reports
// problem.ResourceExpired for a quote that has expired or was used for
// something else, and problem.ParameterInconsistent for a payment of another
// amount, in another currency or to another country.
func (s *Service) Confirm(ctx context.Context, by app.Caller, id string, read Reading) (Order, error) {
	q, err := s.Quote(ctx, by, id)
	if err != nil {
		return Order{}, err
	}
	if s.Desk == nil {
		return Order{}, problem.New(problem.ServiceUnsupported, "payments that are funded by transfer are not offered here")
	}
	if err := s.Admit(ctx, by); err != nil {
		return Order{}, err
	}
	now := s.Clock.Now().Truncate(time.Millisecond)
	p, err := read(dateOf(now))
	if err != nil {
		return Order{}, err
	}
	want := s.order(by, &q, &p, now)
	for range maxIDs {
		want.Reference = newReference()
		var o Order
		err := s.Store.OrderTx(ctx, func(tx OrderTx) (err error) {
			o, err = confirm(ctx, tx, by, want, now)
			return err
		})
		if !errors.Is(err, errTaken) {
			return o, err
		}
	}
	return Order{}, errors.New("insert order: no reference is free")
}

// errTaken says that another order has the reference.
var errTaken = errors.New("the reference is taken")

// order returns the order that a confirmation makes, without its reference.
func (s *Service) order(by app.Caller, q *Quote, p *bank.PaymentOrder, now time.Time) Order {
	o := Order{
		QuoteID: q.ID, Owner: q.Owner, Payout: payoutOf(p), Digest: digest(p), Funding: q.Total,
		Account: s.Desk.Account, Holder: s.Desk.Holder, Country: s.Desk.Country,
		ExecutionDate: bankDaysAfter(dateOf(now), spotDays), Status: iso20022.ACTC, StatusAt: now, ConfirmedAt: now, Version: 1,
	}
	if o.Owner.Organisation == "" && by.Context == scope.Corporate {
		o.Owner.Organisation = by.Organisation
	}
	if o.Owner.PSU == "" {
		o.Owner.PSU = by.PSU
	}
	if !q.ExecutionDate.IsZero() {
		o.ExecutionDate = bankDaysAfter(q.ExecutionDate.AddDate(0, 0, -1), 1) // that day, or the next bank day
	}
	o.FundBy, o.Account.Currency = o.ExecutionDate, q.Source()
	if s.Desk.ByHand {
		return o
	}
	if s.Desk.Auto > 0 && !hasValue(p.Amount, neverFunded) {
		o.FundAt = now.Add(s.Desk.Auto)
	}
	o.Returned = hasValue(p.Amount, isReturned)
	return o
}

// confirm uses up the quote and stores the order, or returns the one that an
// equal confirmation made before.
func confirm(ctx context.Context, tx OrderTx, by app.Caller, want Order, now time.Time) (Order, error) {
	q, err := tx.Quote(ctx, want.QuoteID)
	if err != nil {
		return Order{}, err
	}
	if q.UsedFor == orderFor(q.ID) {
		return again(ctx, tx, by, &want)
	}
	u := &Use{
		By: by, Amount: want.Payout.Amount, Source: want.Payout.Debtor.Currency, Country: want.Payout.Address.Country,
		For: orderFor(q.ID), At: now,
	}
	if _, err := Spend(ctx, tx, q.ID, u); err != nil {
		return Order{}, err
	}
	if ok, err := tx.InsertOrder(ctx, &want, want.move(want.Status, now)); err != nil {
		return Order{}, err
	} else if !ok {
		return Order{}, errTaken
	}
	j, _ := want.job()
	return want, tx.InsertJob(ctx, j)
}

// again returns the order that was made before, if it is the one that is wanted
// now.
func again(ctx context.Context, tx OrderTx, by app.Caller, want *Order) (Order, error) {
	o, err := tx.Order(ctx, want.QuoteID)
	if err == nil {
		err = o.checkOwner(by)
	}
	if err == nil && o.Digest != want.Digest {
		err = problem.New(problem.ResourceExpired, "the quote has been used: it was confirmed for another payment")
	}
	if err != nil {
		return Order{}, err
	}
	return o, nil
}

// Order returns an order of the caller's, settled to now. It reports
// problem.ResourceUnknown, problem.ContextForeign and problem.ResourceForeign.
func (s *Service) Order(ctx context.Context, by app.Caller, quoteID string) (Order, error) {
	id, ok := ParseID(quoteID)
	if !ok {
		return Order{}, noOrder()
	}
	o, err := s.Store.Order(ctx, id)
	if err == nil {
		err = o.checkOwner(by)
	}
	if err != nil {
		return Order{}, err
	}
	if due := o.next(); due.IsZero() || s.Clock.Now().Before(due) {
		return o, nil
	}
	return s.change(ctx, id, func(*Order) ([]event.Event, error) { return nil, nil })
}

// Fund notes that the money for an order has come in; an empty amount stands
// for all of it. It reports problem.StatusInvalid for an order that is no longer
// to be funded, and problem.ParameterInconsistent for another amount.
func (s *Service) Fund(ctx context.Context, quoteID, amount string) (Order, error) {
	now := s.Clock.Now().Truncate(time.Millisecond)
	return s.change(ctx, quoteID, func(o *Order) ([]event.Event, error) {
		if err := o.checkFunds(amount); err != nil {
			return nil, err
		}
		if o.Status != iso20022.ACTC {
			return nil, problem.New(problem.StatusInvalid, "the order is %s", o.Status)
		}
		funded := o.fund(now)
		if s.Desk != nil && s.Desk.ByHand {
			o.PayoutAt = time.Time{}
		}
		return []event.Event{funded}, nil
	})
}

// PayOut notes that an order was paid out. It reports problem.StatusInvalid for
// one that is not funded or has ended.
func (s *Service) PayOut(ctx context.Context, quoteID string) (Order, error) {
	return s.end(ctx, quoteID, iso20022.ACSC, "")
}

// Return notes that the payout of an order did not get through, or came back, and
// why. It reports the same as PayOut.
func (s *Service) Return(ctx context.Context, quoteID, reason string) (Order, error) {
	if reason == "" {
		reason = payoutReturned
	}
	return s.end(ctx, quoteID, iso20022.RJCT, reason)
}

func (s *Service) end(ctx context.Context, quoteID string, to iso20022.Status, reason string) (Order, error) {
	now := s.Clock.Now().Truncate(time.Millisecond)
	return s.change(ctx, quoteID, func(o *Order) ([]event.Event, error) {
		if o.Status != iso20022.ACSP {
			return nil, problem.New(problem.StatusInvalid, "the order is %s", o.Status)
		}
		o.Reason = reason
		return []event.Event{o.move(to, now)}, nil
	})
}

// change settles an order and then runs rule, which may change it.
func (s *Service) change(ctx context.Context, quoteID string, rule func(*Order) ([]event.Event, error)) (o Order, err error) {
	id, ok := ParseID(quoteID)
	if !ok {
		return Order{}, noOrder()
	}
	now := s.Clock.Now()
	err = s.Store.OrderTx(ctx, func(tx OrderTx) (err error) {
		o, err = settled(ctx, tx, id, now, rule)
		return err
	})
	if err != nil {
		return Order{}, err
	}
	return o, nil
}

func noOrder() error { return problem.New(problem.ResourceUnknown, "no such order") }

// settled settles an order in tx, runs rule, and stores what changed with the
// job that settles it next.
func settled(ctx context.Context, tx OrderTx, id string, now time.Time, rule func(*Order) ([]event.Event, error)) (Order, error) {
	o, err := tx.Order(ctx, id)
	if err != nil {
		return Order{}, err
	}
	events := o.settle(now)
	more, err := rule(&o)
	if err != nil {
		return Order{}, err
	}
	if events = append(events, more...); len(events) == 0 {
		return o, nil
	}
	if err := tx.SaveOrder(ctx, &o, events...); err != nil {
		return Order{}, err
	}
	// A job that was inserted before finds nothing to do.
	if j, ok := o.job(); ok {
		return o, tx.InsertJob(ctx, j)
	}
	return o, nil
}

// Job is the work of a job of [JobKind]: it settles an order to the time at
// which the job is due. An order that is gone is no fault.
func Job(ctx context.Context, tx OrderTx, j job.Job) error {
	_, err := settled(ctx, tx, j.Subject, j.DueAt, func(*Order) ([]event.Event, error) { return nil, nil })
	if problem.Is(err, problem.ResourceUnknown) {
		return nil
	}
	return err
}
