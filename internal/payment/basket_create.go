package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
)

// A BasketRequest asks for a signing basket.
type BasketRequest struct {
	BICFI             ident.BICFI
	ConsentID         string // Consent-ID, in any case
	IPAddress         string // PSU-IP-Address
	RedirectPreferred *bool  // TPP-Redirect-Preferred; nil if not sent

	PaymentIDs []string // in any case
	// ConsentIDs says that the older member consentIds was there and not empty.
	ConsentIDs bool
	// Unread is why the body could not be read at all, and Faults what is wrong
	// in it.
	Unread error
	Faults []*problem.Error
}

// A CreatedBasket is a new basket, and how the PSU may authorise it.
type CreatedBasket struct {
	Basket
	Approach sca.Approach
	Methods  []sca.Method
}

// BasketBank is what a bank must be able to do to keep signing baskets.
type BasketBank interface {
	Bank
	bank.BasketKeeper
}

// CreateBasket puts payments into a new basket, which holds them until it is
// signed or given up. It reports problem.ServiceUnsupported where the bank has no
// baskets, problem.ResourceUnknown for a payment that is not the caller's,
// problem.ReferenceMixInvalid for payments that cannot be signed together, and
// problem.ReferenceStatus for one that is not free.
func (s *Service) CreateBasket(ctx context.Context, by app.Caller, r BasketRequest) (CreatedBasket, error) {
	conn, _ := s.Banks.Bank(r.BICFI)
	b, ok := conn.(BasketBank)
	if !ok || !conn.Info().Profile.Baskets {
		return CreatedBasket{}, problem.New(problem.ServiceUnsupported, "the bank does not offer signing baskets")
	}
	if err := s.checkConsent(ctx, by, r.ConsentID); err != nil {
		return CreatedBasket{}, err
	}
	if s.KYC != nil && by.Context == scope.Corporate {
		if err := s.KYC.Check(ctx, by); err != nil {
			return CreatedBasket{}, err
		}
	}
	profile := &conn.Info().Profile
	if err := r.check(profile.BasketLimit); err != nil {
		return CreatedBasket{}, err
	}
	payments, err := s.listed(ctx, by, &r)
	if err != nil {
		return CreatedBasket{}, err
	}
	d := &basketDesk{s: s, b: b, k: newBasket(by, &r, payments, s.Clock.Now()), payments: payments}
	if err := d.open(ctx, r.IPAddress); err != nil {
		return CreatedBasket{}, err
	}
	return CreatedBasket{Basket: d.k, Approach: profile.Approach(r.RedirectPreferred), Methods: profile.Methods}, nil
}

// check checks the body by itself.
func (r *BasketRequest) check(limit int) error {
	if r.Unread != nil {
		return r.Unread
	}
	faults := r.Faults
	fault := func(reason problem.Reason, field, format string, args ...any) {
		e := problem.New(reason, format, args...)
		e.In, e.Field = problem.Body, field
		faults = append(faults, e)
	}
	if len(r.PaymentIDs) == 0 && len(faults) == 0 {
		fault(problem.FormatInvalid, "paymentIds", "must have at least one id")
	}
	seen := map[string]bool{}
	for i, id := range r.PaymentIDs {
		r.PaymentIDs[i] = strings.ToLower(id)
		if seen[r.PaymentIDs[i]] {
			fault(problem.FormatInvalid, fmt.Sprintf("paymentIds[%d]", i), "is listed twice")
		}
		seen[r.PaymentIDs[i]] = true
	}
	if r.ConsentIDs {
		fault(problem.ParameterUnsupported, "consentIds", "a basket has payments only")
	}
	if len(faults) == 0 && len(r.PaymentIDs) > limit {
		fault(problem.ReferenceMixInvalid, "paymentIds", "the bank takes at most %d payments in a basket", limit)
	}
	return problem.Join(faults)
}

// listed returns the payments of a request, settled to now, if they can be
// signed together.
func (s *Service) listed(ctx context.Context, by app.Caller, r *BasketRequest) ([]Payment, error) {
	payments := make([]Payment, len(r.PaymentIDs))
	for i, id := range r.PaymentIDs {
		p, err := s.Store.Payment(ctx, id)
		if err != nil && !problem.Is(err, problem.ResourceUnknown) {
			return nil, err
		}
		if err != nil || p.Owner.CompareForReading(by) != app.Same {
			return nil, inList(problem.New(problem.ResourceUnknown, "no such payment"), i)
		}
		payments[i] = p
	}
	for i := range payments {
		if err := checkMix(&payments[0], &payments[i], r.BICFI); err != nil {
			return nil, inList(err, i)
		}
	}
	for i := range payments {
		d, err := s.at(payments[i])
		if err != nil {
			return nil, err
		}
		if err := d.settleAll(ctx); err != nil {
			return nil, err
		}
		payments[i] = d.p
		if err := checkFree(&d.p); err != nil {
			return nil, inList(err, i)
		}
	}
	return payments, nil
}

// inList says that a fault lies in a payment of the list.
func inList(e *problem.Error, i int) error {
	return problem.Blame(e, problem.Body, fmt.Sprintf("paymentIds[%d]", i))
}

// checkMix checks that a payment goes with the first of its basket.
func checkMix(first, p *Payment, bicfi ident.BICFI) *problem.Error {
	from, to := p.Order.Debtor, first.Order.Debtor
	from.Currency, to.Currency = "", ""
	switch {
	case p.BICFI != bicfi:
		return problem.New(problem.ReferenceMixInvalid, "the payment is for another bank")
	case p.Order.Product == CrossBorder:
		return problem.New(problem.ReferenceMixInvalid, "a cross-border payment is signed alone")
	case from != to:
		return problem.New(problem.ReferenceMixInvalid, "the payment debits another account")
	case p.Affiliate != first.Affiliate:
		return problem.New(problem.ReferenceMixInvalid, "the payment is for another affiliate of the bank")
	}
	return nil
}

// checkFree checks that a payment can be put into a basket.
func checkFree(p *Payment) *problem.Error {
	switch {
	case p.BasketID != "":
		return problem.New(problem.ReferenceStatus, "the payment is in another basket")
	case p.Status != RCVD:
		return problem.New(problem.ReferenceStatus, "the payment is %s", p.Status)
	case p.Running():
		return problem.New(problem.ReferenceStatus, "an authorisation of the payment is running")
	}
	return nil
}

// newBasket returns the basket that a checked request asks for.
func newBasket(by app.Caller, r *BasketRequest, payments []Payment, now time.Time) Basket {
	b := Basket{
		ID: ident.NewUUID(), Owner: app.Owner(by), BICFI: r.BICFI, Affiliate: payments[0].Affiliate, ConsentID: r.ConsentID,
		PaymentIDs: r.PaymentIDs, Status: RCVD, CreatedAt: now, ExpiresAt: now.AddDate(0, 0, awaitLife), Version: 1,
	}
	if b.Owner.Context == scope.Private {
		b.Owner.Organisation = ""
	}
	for i := range payments {
		if end := payments[i].ExpiresAt; end.Before(b.ExpiresAt) {
			b.ExpiresAt = end
		}
	}
	return b
}

// open opens the basket at the bank and stores it, with its payments in it.
func (d *basketDesk) open(ctx context.Context, ip string) error {
	refs := make([]string, len(d.payments))
	for i := range d.payments {
		refs[i] = d.payments[i].BankRef
	}
	ref, err := d.b.OpenBasket(ctx, d.k.customer(d.k.Owner.PSU, ip), refs)
	if err != nil {
		return signing.BlameOwner(err)
	}
	d.k.BankRef = ref
	created := event.Event{
		ID: ident.NewUUID(), Type: "basket." + string(RCVD), Subject: d.k.ID, ClientID: d.k.Owner.ClientID, BICFI: string(d.k.BICFI), At: d.k.CreatedAt,
	}
	again := false
	err = d.s.Store.PaymentTx(ctx, func(tx Tx) error {
		for i := range d.payments {
			p, err := d.payments[i], error(nil)
			if again {
				if p, err = tx.Payment(ctx, p.ID); err != nil {
					return err
				}
			}
			p = p.clone()
			if err := checkFree(&p); err != nil {
				return inList(err, i)
			}
			ch := change(&p, d.b.Info())
			p.BasketID = d.k.ID
			ch.FailOpen("the payment is signed with its basket", d.k.CreatedAt)
			if err := tx.SavePayment(ctx, &p, ch.events...); err != nil {
				again = true
				return err
			}
		}
		return tx.InsertBasket(ctx, &d.k, created)
	})
	if err != nil {
		_ = d.b.CloseBasket(context.WithoutCancel(ctx), ref) // best effort: nobody knows it
	}
	return err
}

// customer returns on whose behalf the bank is asked.
func (b *Basket) customer(psu, ip string) bank.Customer {
	return bank.Customer{
		Context: b.Owner.Context, PSU: psu, Organisation: b.Owner.Organisation, Affiliate: b.Affiliate, IPAddress: ip,
	}
}
