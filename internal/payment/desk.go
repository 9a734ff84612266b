package payment

import (
	"context"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/signing"
)

// A desk is a payment at hand. It implements [signing.Desk] for the payment's
// own authorisations.
type desk struct {
	s *Service
	b Bank
	p Payment
	// byJob says that a job is at work, which looks after what comes next
	// itself.
	byJob bool
	// carried is what the bank said when it was told to carry the payment out
	// in this call; zero if it was not.
	carried bank.PaymentState
	// forgotten says that the bank no longer knows the payment.
	forgotten bool
}

// Bank implements [signing.Desk].
func (d *desk) Bank() signing.Bank { return d.b }

// Now implements [signing.Desk].
func (d *desk) Now() time.Time { return d.s.Clock.Now() }

// trial returns a pass over a copy of the payment.
func (d *desk) trial() *Change {
	trial := d.p.clone()
	return change(&trial, d.b.Info())
}

// Peek implements [signing.Desk].
func (d *desk) Peek() *signing.Pass { return &d.trial().Pass }

// Order implements [signing.Desk].
func (d *desk) Order(ctx context.Context) (bank.SCAOrder, error) {
	return d.order(ctx, bank.SubjectPayment)
}

func (d *desk) order(ctx context.Context, subject bank.Subject) (bank.SCAOrder, error) {
	asker, err := d.s.Apps.App(ctx, d.p.Owner.ClientID)
	if err != nil {
		return bank.SCAOrder{}, err
	}
	return bank.SCAOrder{
		Customer: d.p.customer("", ""), Subject: subject, SubjectRef: d.p.BankRef,
		Payments: []bank.PaymentOrder{d.p.Ordered()}, AppName: asker.Name,
	}, nil
}

// Settle implements [signing.Desk].
func (d *desk) Settle(ctx context.Context) (map[string]bank.SCAState, error) {
	answers, err := signing.Ask(ctx, d.b, &d.p.Set)
	if err != nil {
		return nil, err
	}
	more, err := signing.Ask(ctx, d.b, &d.p.Cancellation)
	if err != nil {
		return nil, err
	}
	if answers == nil {
		answers = more
	} else {
		for ref, st := range more {
			answers[ref] = st
		}
	}
	now := d.Now()
	// Most of the time nothing has changed, and no transaction is needed.
	trial := d.trial()
	trial.settle(answers, now)
	if trial.changed() {
		err = d.update(ctx, func(ch *Change) error { ch.settle(answers, now); return nil })
	}
	if err == nil {
		err = d.cancelSigned(ctx)
	}
	return answers, err
}

// Update implements [signing.Desk].
func (d *desk) Update(ctx context.Context, rules func(*signing.Pass) error) error {
	return d.update(ctx, func(ch *Change) error { return rules(&ch.Pass) })
}

// update runs rules in one transaction, first on the payment as it was read
// and, if it has changed since, on what is stored. It leaves the result at hand,
// and then has the bank do what follows.
func (d *desk) update(ctx context.Context, rules func(*Change) error) error {
	var result Payment
	var stop []string
	id, again := d.p.ID, false
	err := d.s.Store.PaymentTx(ctx, func(tx Tx) (err error) {
		before := d.p
		if again {
			if before, err = tx.Payment(ctx, id); err != nil {
				return err
			}
		}
		again = true
		result = before.clone()
		ch := change(&result, d.b.Info())
		if err := rules(ch); err != nil {
			return err
		}
		stop = ch.stopped()
		if !ch.changed() {
			return nil
		}
		if err := tx.SavePayment(ctx, &result, ch.events...); err != nil {
			return err
		}
		return d.schedule(ctx, tx, &before, &result)
	})
	if err != nil {
		return err
	}
	signed := d.p.SignedAt.IsZero() && !result.SignedAt.IsZero()
	d.p = result
	d.s.tell(ctx, d.b, stop)
	if signed {
		d.submit(ctx)
	}
	return nil
}

// tell has the bank end the runs that are over. Telling it is a courtesy:
// nothing that we answer depends on it.
func (s *Service) tell(ctx context.Context, b Bank, stop []string) {
	for _, ref := range stop {
		_ = b.StopSCA(ctx, ref)
	}
}

// submit has the bank carry out a payment that is fully signed. If it cannot be
// reached a job tries again; what it answers is stored by whoever looks next.
func (d *desk) submit(ctx context.Context) {
	p := &d.p
	if p.Status != ACTC {
		return
	}
	ctx = context.WithoutCancel(ctx) // it is signed: whoever waits, or not
	if p.SignedDigest != p.Digest() {
		d.guard(ctx)
		return
	}
	if st, err := d.b.SubmitPayment(ctx, p.BankRef, p.Ordered()); err == nil {
		d.carried = st
	}
}

// guard ends a payment that is stored otherwise than it was signed.
func (d *desk) guard(ctx context.Context) {
	err := d.update(ctx, func(ch *Change) error {
		if ch.SignedDigest != ch.Digest() && ch.move(RJCT, ByGuard, d.Now()) {
			ch.Reason = "what is stored is not what was signed; nothing was paid"
		}
		return nil
	})
	if err == nil && d.p.Status == RJCT {
		_, _ = d.b.CancelPayment(ctx, d.p.BankRef)
	}
}

// settleAll settles the payment, and before it the basket that it is in, which
// may move it.
func (d *desk) settleAll(ctx context.Context) error {
	if err := d.settleBasket(ctx); err != nil {
		return err
	}
	_, err := d.Settle(ctx)
	return err
}

// settleBasket settles the live basket of the payment, if it is in one.
func (d *desk) settleBasket(ctx context.Context) error {
	if d.p.BasketID == "" {
		return nil
	}
	k, err := d.s.Store.Basket(ctx, d.p.BasketID)
	if err != nil {
		return err
	}
	basket, err := d.s.atBasket(ctx, k)
	if err != nil {
		return err
	}
	if _, err := basket.Settle(ctx); err != nil {
		return err
	}
	if len(basket.payments) == 0 { // it ended since the payment was read
		d.p, err = d.s.Store.Payment(ctx, d.p.ID)
		return err
	}
	for i := range basket.payments {
		if basket.payments[i].ID == d.p.ID {
			d.p = basket.payments[i]
		}
	}
	return nil
}

// look brings the payment up to now, with what the bank says of it. It reports
// problem.BankUnavailable.
func (d *desk) look(ctx context.Context) error {
	if err := d.settleAll(ctx); err != nil {
		return err
	}
	if final(d.p.Status) {
		return nil
	}
	st := d.carried
	if st.Status == "" {
		var err error
		st, err = d.b.Payment(ctx, d.p.BankRef)
		if problem.Is(err, problem.ResourceUnknown) {
			d.forgotten = true // what was known last stands
			return nil
		}
		if err != nil {
			return err
		}
		if st.Status == RCVD && d.p.Status == ACTC { // it was never told
			if d.submit(ctx); d.carried.Status == "" {
				return nil
			}
			st = d.carried
		}
	}
	now := d.Now()
	trial := d.trial()
	if trial.report(st, now); !trial.changed() {
		return nil
	}
	return d.update(ctx, func(ch *Change) error { ch.report(st, now); return nil })
}
