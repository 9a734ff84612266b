package simulator

import (
	"context"
	"slices"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
)

// like returns the behaviour of a person, as scripted or as the id says.
func (w *World) like(psu string) string {
	if w.o.Mode == Scripted {
		w.mu.Lock()
		defer w.mu.Unlock()
		if other, ok := w.script[psu]; ok {
			return likeOf(other)
		}
	}
	return likeOf(psu)
}

// CheckSigner implements [bank.SignerChecker].
func (b *connector) CheckSigner(_ context.Context, c bank.Customer) error {
	if b.w.like(c.PSU) == likeRefused {
		return problem.New(problem.PSUInvalid, "the bank does not know this PSU-ID")
	}
	return nil
}

// StartSCA implements [bank.Authoriser].
func (b *connector) StartSCA(ctx context.Context, o bank.SCAOrder) (bank.SCAState, error) {
	if err := b.CheckSigner(ctx, o.Customer); err != nil {
		return bank.SCAState{}, err
	}
	r := Run{
		Ref: newRef(), BICFI: b.info.ASPSP.BICFI, Order: o, Mode: b.w.o.Mode, PSU: o.Customer.PSU, Needed: b.signers(o.Customer),
		StartedAt: b.w.o.Clock.Now(), Instant: b.w.o.NoWaits,
	}
	var err error
	if r.Known, err = b.knows(ctx, &o); err != nil {
		return bank.SCAState{}, err
	}
	if r.PSU != "" || o.Approach.Redirect() {
		r.Like = b.w.like(r.PSU)
		err = b.w.o.Store.InsertRun(ctx, &r)
	} else {
		err = b.w.o.Store.Tx(ctx, func(tx Tx) (err error) {
			if r.PSU, err = b.next(ctx, tx, &o); err != nil {
				return err
			}
			r.Like = b.w.like(r.PSU)
			return tx.InsertRun(ctx, &r)
		})
	}
	if err != nil {
		return bank.SCAState{}, err
	}
	r.Version = 1
	return b.state(ctx, &r)
}

// knows reports whether a bank that asks about new payees knows those of the
// order.
func (b *connector) knows(ctx context.Context, o *bank.SCAOrder) (bool, error) {
	if b.info.Profile.Rounds < 3 || o.Subject == bank.SubjectConsent {
		return false, nil
	}
	if o.Subject == bank.SubjectCancellation {
		return true, nil
	}
	for i := range o.Payments {
		p := &o.Payments[i]
		_, a, err := b.own(ctx, owner(p.Customer), &p.Debtor)
		if a == nil || err != nil {
			return false, err
		}
		if known, err := b.w.o.Store.HasPaid(ctx, a.Key, payee(&p.Creditor)); !known || err != nil {
			return false, err
		}
	}
	return true, nil
}

// signers returns how many must sign for the customer.
func (b *connector) signers(c bank.Customer) int {
	if c.Context != scope.Corporate {
		return 1
	}
	p := b.story(owner(c))
	return max(p.signers, 1)
}

// next returns who signs where nobody was named: the default person, or
// another one if that one has signed.
func (b *connector) next(ctx context.Context, tx Tx, o *bank.SCAOrder) (string, error) {
	runs, err := tx.RunsOf(ctx, o.SubjectRef)
	if err != nil {
		return "", err
	}
	now, signed := b.w.o.Clock.Now(), []string{}
	for i := range runs {
		if r := &runs[i]; r.Order.Subject == o.Subject && b.outcome(r, now).status.Signed() {
			signed = append(signed, r.PSU)
		}
	}
	for _, psu := range signatories() {
		if !slices.Contains(signed, psu) {
			return psu, nil
		}
	}
	return OrdinaryPerson, nil
}

// outcome returns how a run stands at the instant.
func (b *connector) outcome(r *Run, now time.Time) outcome {
	rounds := b.info.Profile.Rounds
	if r.Known {
		rounds = min(rounds, 2)
	}
	o := r.outcome(now, rounds)
	o.declined = o.declined && r.Order.Subject == bank.SubjectConsent
	return o
}

// SCA implements [bank.Authoriser]. A run that the bank does not know, as
// after a reset, has expired.
func (b *connector) SCA(ctx context.Context, ref string) (bank.SCAState, error) {
	r, err := b.w.o.Store.Run(ctx, ref)
	if problem.Is(err, problem.ResourceUnknown) || err == nil && r.BICFI != b.info.ASPSP.BICFI {
		return bank.SCAState{Ref: ref, Status: sca.Failed, Failure: sca.SessionExpired, Message: "the bank has forgotten the run"}, nil
	}
	if err != nil {
		return bank.SCAState{}, err
	}
	return b.state(ctx, &r)
}

// state returns the run as the caller sees it now, and settles what the
// signature covers when it is first seen.
func (b *connector) state(ctx context.Context, r *Run) (bank.SCAState, error) {
	now := b.w.o.Clock.Now()
	o := b.outcome(r, now)
	if o.status.Signed() && !r.Settled && r.Order.Subject == bank.SubjectConsent {
		if err := b.settle(ctx, r); err != nil {
			return bank.SCAState{}, err
		}
		o = b.outcome(r, now)
	}
	st := bank.SCAState{
		Ref: r.Ref, Status: o.status, Failure: o.failure, Message: o.message, Declined: o.declined, FinishedAt: o.at,
		SignaturesNeeded: max(r.Needed, signersFor(r.Like)),
	}
	switch {
	case o.status.Signed():
		st.Signer, st.Accounts = r.PSU, r.Accounts
	case o.status.Final():
	case r.Order.Approach.Redirect():
		if b.w.o.PageURL != nil {
			st.RedirectURL = b.w.o.PageURL(r.Ref)
		}
	default:
		st.Message = "Start your BankID app"
		var err error
		if st.Challenge, err = r.challenge(now, o.round, b.w.polls.Add(1)); err != nil {
			return st, err
		}
	}
	return st, nil
}

// settle stores what the signature of a run covers.
func (b *connector) settle(ctx context.Context, r *Run) error {
	c, err := b.w.o.Store.Consent(ctx, r.Order.SubjectRef)
	if err != nil && !problem.Is(err, problem.ResourceUnknown) {
		return err
	}
	forgotten := err != nil
	who := signing{id: r.customer(), picked: r.Picked}
	if err := b.prepare(ctx, &c.Order); err != nil {
		return err
	}
	if who.client, err = b.client(ctx, who.id); err != nil {
		return err
	}
	ref := r.Ref
	return b.w.o.Store.Tx(ctx, func(tx Tx) error {
		fresh, err := tx.Run(ctx, ref)
		if err != nil {
			return err
		}
		*r = fresh
		if r.Settled {
			return nil
		}
		r.Settled, r.Accounts = true, []string{}
		if !forgotten {
			if r.Accounts, err = b.covered(ctx, tx, who, &c.Order); err != nil {
				return err
			}
		}
		return tx.SaveRun(ctx, r)
	})
}

// customer returns the id of the customer for whom the person of the run acts.
func (r *Run) customer() string {
	c := r.Order.Customer
	if c.PSU == "" {
		c.PSU = r.PSU
	}
	return owner(c)
}

// StopSCA implements [bank.Authoriser].
func (b *connector) StopSCA(ctx context.Context, ref string) error {
	err := b.w.o.Store.Tx(ctx, func(tx Tx) error {
		r, err := tx.Run(ctx, ref)
		if err != nil || !r.StoppedAt.IsZero() || r.Settled {
			return err
		}
		r.StoppedAt = b.w.o.Clock.Now()
		return tx.SaveRun(ctx, &r)
	})
	if problem.Is(err, problem.ResourceUnknown) {
		return nil
	}
	return err
}
