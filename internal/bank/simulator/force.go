package simulator

import (
	"context"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/problem"
)

// A Force is what is made to happen to a payment, whatever would have come of
// it.
type Force string

// The forces.
const (
	ForceSettle Force = "settle" // its checks end, its day comes, and the money goes
	ForceReject Force = "reject" // the bank rejects it
	ForceReturn Force = "return" // the money comes back, once it has gone
)

// Payments returns the payments that a bank was told to carry out, newest
// first, at most 1000; those of all banks if bicfi is empty.
func (w *World) Payments(ctx context.Context, bicfi ident.BICFI) ([]Payment, error) {
	return w.o.Store.Payments(ctx, bicfi, 1000)
}

// Force makes something happen to the payment with the bank's reference or the
// PaymentID. Reason is why it is rejected; empty for one of the bank's own. It
// reports problem.ResourceUnknown, also for a payment that was not submitted,
// and problem.StatusInvalid if it cannot happen any more or not yet.
func (w *World) Force(ctx context.Context, id string, f Force, reason string) error {
	p, err := w.o.Store.Payment(ctx, id)
	if problem.Is(err, problem.ResourceUnknown) && ident.IsUUID(id) {
		p, err = w.o.Store.PaymentByID(ctx, id)
	}
	if err != nil {
		return err
	}
	x := execution{w: w, now: w.o.Clock.Now()}
	return x.run(ctx, work{
		all: true,
		load: func(ctx context.Context, tx Tx) ([]*Payment, error) {
			list, err := tx.Payments(ctx, []string{p.Ref})
			if err != nil || len(list) == 0 {
				return nil, err
			}
			return []*Payment{&list[0]}, nil
		},
		change: func(ctx context.Context, x *execution, p *Payment) error { return x.force(ctx, p, f, reason) },
		save:   func(ctx context.Context, tx Tx, list []*Payment) error { return tx.SavePayments(ctx, list) },
	})
}

func (x *execution) force(ctx context.Context, p *Payment, f Force, reason string) error {
	open := p.Status == iso20022.PDNG || p.Status == iso20022.ACTC || p.Status == iso20022.ACSP
	gone := (p.Status == iso20022.ACSC || p.Status == iso20022.ACCC) && p.Reason != cameBack
	switch {
	case f == ForceSettle && open:
		return x.hurry(ctx, p)
	case f == ForceReject && open:
		x.release(p)
		p.become(iso20022.RJCT, x.now)
		p.Reason = firstOf(reason, rejectedByHand)
		return nil
	case f == ForceReturn && gone:
		p.Step, p.DueAt = StepReturn, x.now
		return x.advance(ctx, p)
	case f != ForceSettle && f != ForceReject && f != ForceReturn:
		return problem.New(problem.FormatInvalid, "there are settle, reject and return")
	}
	return problem.New(problem.StatusInvalid, "the payment is %s", p.Status)
}

// hurry takes the payment through its steps until the money has gone.
func (x *execution) hurry(ctx context.Context, p *Payment) error {
	b, err := x.w.bank(p.BICFI)
	if err != nil {
		return err
	}
	p.Executes = min(p.Executes, int64(dayIn(x.now, b.info.Location)))
	for p.Step == StepCheck || p.Step == StepStart || p.Step == StepSettle {
		p.DueAt = x.now
		if err := x.advance(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
