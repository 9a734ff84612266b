package payment

import (
	"context"
	"strings"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// BasketBrowser is what the redirect approaches need of a [Service] for
// baskets; see [Browser].
type BasketBrowser struct{ *Service }

// BrowseBaskets returns the part of s that serves browsers that sign baskets.
func (s *Service) BrowseBaskets() BasketBrowser { return BasketBrowser{s} }

func (s BasketBrowser) desk(ctx context.Context, id string) (*basketDesk, error) {
	k, err := s.Store.Basket(ctx, strings.ToLower(id))
	if err != nil {
		return nil, err
	}
	return s.atBasket(ctx, k)
}

// Find returns an authorisation as it is stored, settled by nothing. It reports
// problem.ResourceUnknown.
func (s BasketBrowser) Find(ctx context.Context, id, authorisationID string) (signing.Found, error) {
	k, err := s.Store.Basket(ctx, strings.ToLower(id))
	if err != nil {
		return signing.Found{}, err
	}
	a, err := k.Authorisation(authorisationID)
	if err != nil {
		return signing.Found{}, err
	}
	return signing.Found{ID: k.ID, Owner: k.Owner, BICFI: k.BICFI, Authorisation: *a}, nil
}

// Settle returns an authorisation, settled to now.
func (s BasketBrowser) Settle(ctx context.Context, id, authorisationID string) (sca.Authorisation, error) {
	d, err := s.desk(ctx, id)
	if err != nil {
		return sca.Authorisation{}, err
	}
	if _, err := d.Settle(ctx); err != nil {
		return sca.Authorisation{}, err
	}
	a, err := d.k.Authorisation(authorisationID)
	if err != nil {
		return sca.Authorisation{}, err
	}
	return *a, nil
}

// Enter has the bank open a run for the browser, as [signing.Enter] does.
func (s BasketBrowser) Enter(ctx context.Context, id, authorisationID, returnURL string) (string, error) {
	d, err := s.desk(ctx, id)
	if err != nil {
		return "", err
	}
	return signing.Enter(ctx, d, authorisationID, returnURL)
}

// Fail ends an authorisation that the browser cannot bring to an end, as
// [signing.Fail] does.
func (s BasketBrowser) Fail(ctx context.Context, id, authorisationID string, why sca.Failure) error {
	d, err := s.desk(ctx, id)
	if err != nil {
		return err
	}
	return signing.Fail(ctx, d, authorisationID, why)
}

// Exchange is as [Browser.Exchange], for a basket and all its payments.
func (s BasketBrowser) Exchange(ctx context.Context, tx Tx, id, authorisationID string) (tell func(context.Context), err error) {
	before, err := tx.Basket(ctx, strings.ToLower(id))
	if err != nil {
		return nil, err
	}
	conn, _ := s.Banks.Bank(before.BICFI)
	b, ok := conn.(BasketBank)
	if !ok || !before.Live() {
		return nil, problem.New(problem.GrantInvalid, "the basket is %s", before.Status)
	}
	d := &basketDesk{s: s.Service, b: b, k: before}
	if d.payments, err = tx.Payments(ctx, before.PaymentIDs); err != nil {
		return nil, err
	}
	ch := d.trial()
	if err := ch.Exchange(authorisationID, d.Now()); err != nil {
		return nil, err
	}
	done, err := d.save(ctx, tx, &before, ch)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) {
		d.k, d.payments = done.basket, done.payments
		d.follow(ctx, &done)
	}, nil
}
