package payment

import (
	"context"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/signing"
)

// A BasketRef names a basket, or an authorisation of it, as a request does.
type BasketRef struct {
	BICFI           ident.BICFI // X-BicFi
	BasketID        string      // in any case
	AuthorisationID string      // in any case; empty if the basket itself is meant
}

// A basketDesk is a basket at hand, with its payments as long as it is live. It
// implements [signing.Desk].
type basketDesk struct {
	s        *Service
	b        BasketBank
	k        Basket
	payments []Payment
	byJob    bool // as in desk
	carried  bool // the bank was told in this call to carry the payments out, and has answered
}

// findBasket returns the caller's basket, at hand.
func (s *Service) findBasket(ctx context.Context, by app.Caller, r BasketRef) (*basketDesk, error) {
	k, err := s.Store.Basket(ctx, strings.ToLower(r.BasketID))
	if problem.Is(err, problem.ResourceUnknown) {
		return nil, problem.Blame(problem.New(problem.ResourceUnknown, "no such basket"), problem.Path, "basketId")
	}
	if err != nil {
		return nil, err
	}
	if err := checkOwner(&k.Owner, by, "basket"); err != nil {
		return nil, err
	}
	if k.BICFI != r.BICFI {
		return nil, problem.Blame(problem.New(problem.ParameterInconsistent, "the basket is for another bank"), problem.Header, "X-BicFi")
	}
	return s.atBasket(ctx, k)
}

// atBasket returns a basket, at hand.
func (s *Service) atBasket(ctx context.Context, k Basket) (*basketDesk, error) {
	conn, _ := s.Banks.Bank(k.BICFI)
	b, ok := conn.(BasketBank)
	if !ok {
		return nil, problem.New(problem.BankUnavailable, "the basket's bank is no longer connected")
	}
	d := &basketDesk{s: s, b: b, k: k}
	if !k.Live() {
		return d, nil
	}
	var err error
	d.payments, err = s.Store.Payments(ctx, k.PaymentIDs)
	return d, err
}

// Bank implements [signing.Desk].
func (d *basketDesk) Bank() signing.Bank { return d.b }

// Now implements [signing.Desk].
func (d *basketDesk) Now() time.Time { return d.s.Clock.Now() }

func (d *basketDesk) trial() *basketChange {
	trial := d.k
	trial.Set = d.k.Clone()
	return changeBasket(&trial, d.payments)
}

// Peek implements [signing.Desk].
func (d *basketDesk) Peek() *signing.Pass { return &d.trial().Pass }

// Order implements [signing.Desk].
func (d *basketDesk) Order(ctx context.Context) (bank.SCAOrder, error) {
	asker, err := d.s.Apps.App(ctx, d.k.Owner.ClientID)
	if err != nil {
		return bank.SCAOrder{}, err
	}
	o := bank.SCAOrder{Customer: d.k.customer("", ""), Subject: bank.SubjectBasket, SubjectRef: d.k.BankRef, AppName: asker.Name}
	for i := range d.payments {
		o.Payments = append(o.Payments, d.payments[i].Ordered())
	}
	return o, nil
}

// Settle implements [signing.Desk].
func (d *basketDesk) Settle(ctx context.Context) (map[string]bank.SCAState, error) {
	answers, err := signing.Ask(ctx, d.b, &d.k.Set)
	if err != nil {
		return nil, err
	}
	var st bank.BasketState
	if d.k.Live() { // asked last: a signature that the bank has refused is none
		if st, err = d.b.Basket(ctx, d.k.BankRef); err != nil && !problem.Is(err, problem.ResourceUnknown) {
			return nil, err
		}
	}
	now := d.Now()
	trial := d.trial()
	if trial.settle(answers, st, now); !trial.Touched {
		return answers, nil
	}
	return answers, d.update(ctx, func(ch *basketChange) error { ch.settle(answers, st, now); return nil })
}

// Update implements [signing.Desk].
func (d *basketDesk) Update(ctx context.Context, rules func(*signing.Pass) error) error {
	return d.update(ctx, func(ch *basketChange) error { return rules(&ch.Pass) })
}

// update runs rules in one transaction, and has the payments follow a new
// status in it. It leaves the result at hand, and then has the bank do what
// follows.
func (d *basketDesk) update(ctx context.Context, rules func(*basketChange) error) error {
	var done followed
	again := false
	err := d.s.Store.PaymentTx(ctx, func(tx Tx) (err error) {
		before, payments := d.k, d.payments
		if again {
			if before, err = tx.Basket(ctx, d.k.ID); err == nil && before.Live() {
				payments, err = tx.Payments(ctx, before.PaymentIDs)
			}
			if err != nil {
				return err
			}
		}
		again = true
		k := before
		k.Set = before.Clone()
		ch := changeBasket(&k, payments)
		if err := rules(ch); err != nil {
			return err
		}
		done, err = d.save(ctx, tx, &before, ch)
		return err
	})
	if err != nil {
		return err
	}
	d.k, d.payments = done.basket, done.payments
	d.follow(ctx, &done)
	return nil
}

// followed is what a stored change of a basket leaves to do.
type followed struct {
	basket   Basket
	payments []Payment
	stop     []string // runs of SCA
	moved    bool
}

// save stores what a pass changed: the basket, the payments that follow it, and
// their jobs.
func (d *basketDesk) save(ctx context.Context, tx Tx, before *Basket, ch *basketChange) (followed, error) {
	out := followed{basket: *ch.Basket, payments: ch.payments, stop: ch.Stop, moved: !ch.movedAt.IsZero()}
	if !ch.Touched {
		return out, nil
	}
	if err := tx.SaveBasket(ctx, &out.basket, ch.events...); err != nil {
		return out, err
	}
	if err := d.schedule(ctx, tx, before, &out.basket); err != nil || !out.moved {
		return out, err
	}
	out.payments = make([]Payment, len(ch.payments))
	for i := range ch.payments {
		p := ch.payments[i].clone()
		follows := change(&p, d.b.Info())
		ch.carry(follows)
		if follows.changed() {
			if err := tx.SavePayment(ctx, &p, follows.events...); err != nil {
				return out, err
			}
			if p.owed() {
				if err := tx.InsertJob(ctx, job.New(LookJob, p.ID, d.Now().Add(carryAfter))); err != nil {
					return out, err
				}
			}
		}
		out.payments[i] = p
	}
	return out, nil
}

// follow tells the bank what a stored change means: what is over, and, once
// everybody has signed, what to carry out.
func (d *basketDesk) follow(ctx context.Context, done *followed) {
	d.s.tell(ctx, d.b, done.stop)
	if !done.moved {
		return
	}
	switch d.k.Status {
	case ACTC:
		d.carried = true
		for i := range done.payments {
			p := desk{s: d.s, b: d.b, p: done.payments[i]}
			p.submit(ctx)
			d.carried = d.carried && p.carried.Status != ""
		}
	case RJCT, CANC:
		_ = d.b.CloseBasket(context.WithoutCancel(ctx), d.k.BankRef) // a courtesy: nobody can sign it any more
	}
}

// assure sees to it that the bank knows of a basket that is fully signed, as
// [Service.Poll] does for a payment. If the bank cannot be reached jobs go on
// trying.
func (d *basketDesk) assure(ctx context.Context) {
	if d.k.Status != ACTC || d.carried {
		return
	}
	payments, err := d.s.Store.Payments(ctx, d.k.PaymentIDs)
	for i := 0; err == nil && i < len(payments); i++ {
		if payments[i].Status == ACTC {
			err = (&desk{s: d.s, b: d.b, p: payments[i]}).look(ctx)
		}
	}
}

// Basket returns a basket, settled to now.
func (s *Service) Basket(ctx context.Context, by app.Caller, r BasketRef) (Basket, error) {
	d, err := s.findBasket(ctx, by, r)
	if err != nil {
		return Basket{}, err
	}
	if _, err = d.Settle(ctx); err == nil {
		d.assure(ctx)
	}
	return d.k, err
}

// DeleteBasket gives a basket up, and its payments are free again. To delete it
// again does nothing. It reports problem.StatusInvalid once an authorisation was
// started.
func (s *Service) DeleteBasket(ctx context.Context, by app.Caller, r BasketRef) error {
	d, err := s.findBasket(ctx, by, r)
	if err != nil {
		return err
	}
	// A bank that does not answer must not keep a TPP from taking its payments
	// back.
	if _, err := d.Settle(ctx); err != nil && !problem.Is(err, problem.BankUnavailable) {
		return err
	}
	return d.update(ctx, func(ch *basketChange) error {
		ch.Lapse(d.Now())
		switch {
		case ch.Status == CANC:
			return nil
		case ch.Status != RCVD:
			return problem.New(problem.StatusInvalid, "the basket is %s", ch.Status)
		case ch.Started():
			return problem.New(problem.StatusInvalid, "an authorisation of the basket was started")
		}
		ch.move(CANC, d.Now())
		return nil
	})
}

// An OpenBasket is an authorisation as a request finds it, and its basket.
type OpenBasket struct {
	Basket Basket
	signing.Open
}

// Found returns the authorisation as a browser finds it.
func (o *OpenBasket) Found() signing.Found {
	return signing.Found{ID: o.Basket.ID, Owner: o.Basket.Owner, BICFI: o.Basket.BICFI, Authorisation: o.Authorisation}
}

// StartBasket adds an authorisation of a basket by the caller's PSU, as
// [signing.Start] does.
func (s *Service) StartBasket(ctx context.Context, by app.Caller, r BasketRef, c signing.Choice) (OpenBasket, error) {
	d, err := s.findBasket(ctx, by, r)
	if err != nil {
		return OpenBasket{}, err
	}
	c.Remember = true // the call that chooses the method does not list the preference
	o, err := signing.Start(ctx, d, by, c)
	return OpenBasket{d.k, o}, err
}

// ChooseForBasket starts the SCA of an authorisation, as [signing.Choose] does.
func (s *Service) ChooseForBasket(ctx context.Context, by app.Caller, r BasketRef, c signing.Choice) (OpenBasket, error) {
	d, err := s.findBasket(ctx, by, r)
	if err != nil {
		return OpenBasket{}, err
	}
	c.AuthorisationID = r.AuthorisationID
	o, err := signing.Choose(ctx, d, by, c)
	return OpenBasket{d.k, o}, err
}

// PollBasket returns an authorisation, settled to now, as [signing.Poll] does.
func (s *Service) PollBasket(ctx context.Context, by app.Caller, r BasketRef) (OpenBasket, error) {
	d, err := s.findBasket(ctx, by, r)
	if err != nil {
		return OpenBasket{}, err
	}
	o, err := signing.Poll(ctx, d, r.AuthorisationID)
	if err == nil {
		d.assure(ctx)
	}
	return OpenBasket{d.k, o}, err
}
