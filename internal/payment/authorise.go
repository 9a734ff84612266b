package payment

import (
	"context"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// Set names one of the two sets of authorisations of a payment.
type Set int

// The sets.
const (
	OfPayment Set = iota
	OfCancellation
)

// An Open is an authorisation as a request finds it, and its payment.
type Open struct {
	Payment Payment
	signing.Open
}

// Found returns the authorisation as a browser finds it.
func (o *Open) Found() signing.Found {
	return signing.Found{ID: o.Payment.ID, Owner: o.Payment.Owner, BICFI: o.Payment.BICFI, Authorisation: o.Authorisation}
}

// of returns the desk of one of the sets.
func (d *desk) of(set Set) signing.Desk {
	if set == OfCancellation {
		return cancelDesk{d}
	}
	return d
}

// StartAuthorisation adds an authorisation by the caller's PSU, as
// [signing.Start] does. That of a cancellation counts as the request to cancel.
func (s *Service) StartAuthorisation(ctx context.Context, by app.Caller, r Ref, set Set, c signing.Choice) (Open, error) {
	d, err := s.find(ctx, by, r)
	if err != nil {
		return Open{}, err
	}
	if err := d.settleBasket(ctx); err != nil {
		return Open{}, err
	}
	o, err := signing.Start(ctx, d.of(set), by, c)
	return Open{d.p, o}, err
}

// ChooseMethod starts the SCA of an authorisation with a method, as
// [signing.Choose] does.
func (s *Service) ChooseMethod(ctx context.Context, by app.Caller, r Ref, set Set, c signing.Choice) (Open, error) {
	d, err := s.find(ctx, by, r)
	if err != nil {
		return Open{}, err
	}
	c.AuthorisationID = r.AuthorisationID
	o, err := signing.Choose(ctx, d.of(set), by, c)
	return Open{d.p, o}, err
}

// Poll returns an authorisation, settled to now, as [signing.Poll] does.
func (s *Service) Poll(ctx context.Context, by app.Caller, r Ref, set Set) (Open, error) {
	d, err := s.find(ctx, by, r)
	if err != nil {
		return Open{}, err
	}
	o, err := signing.Poll(ctx, d.of(set), r.AuthorisationID)
	if err == nil && d.p.Status == ACTC && d.carried.Status == "" {
		// Whoever recorded the last signature may be about to tell the bank, or
		// have failed to. A caller who is told that all is signed counts on it. If
		// the bank cannot be reached a job goes on trying.
		_ = d.look(ctx)
	}
	return Open{d.p, o}, err
}

// Authorisations returns the ids of the authorisations of a set, oldest first.
func (s *Service) Authorisations(ctx context.Context, by app.Caller, r Ref, set Set) ([]string, error) {
	d, err := s.find(ctx, by, r)
	if err != nil {
		return nil, err
	}
	all := d.p.Authorisations
	if set == OfCancellation {
		all = d.p.Cancellation.Authorisations
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids, nil
}

// Browser is what the redirect approaches need of a [Service]. A browser
// carries no token, so none of its methods checks an owner: package redirect
// compares the app and everything else that the browser brings. The id of an
// authorisation says whether it is of the payment or of its cancellation.
type Browser struct{ *Service }

// Browse returns the part of s that serves browsers.
func (s *Service) Browse() Browser { return Browser{s} }

// set returns the set that has the authorisation. It reports
// problem.ResourceUnknown.
func (p *Payment) set(authorisationID string) (Set, *sca.Authorisation, error) {
	if a, err := p.Cancellation.Authorisation(authorisationID); err == nil {
		return OfCancellation, a, nil
	}
	a, err := p.Authorisation(authorisationID)
	return OfPayment, a, err
}

// Find returns an authorisation as it is stored, settled by nothing. It reports
// problem.ResourceUnknown.
func (s Browser) Find(ctx context.Context, paymentID, authorisationID string) (signing.Found, error) {
	p, err := s.Store.Payment(ctx, strings.ToLower(paymentID))
	if err != nil {
		return signing.Found{}, err
	}
	_, a, err := p.set(authorisationID)
	if err != nil {
		return signing.Found{}, err
	}
	return signing.Found{ID: p.ID, Owner: p.Owner, BICFI: p.BICFI, Authorisation: *a}, nil
}

// desk returns the payment of an authorisation, and the desk of its set.
func (s Browser) desk(ctx context.Context, paymentID, authorisationID string) (*desk, signing.Desk, error) {
	p, err := s.Store.Payment(ctx, strings.ToLower(paymentID))
	if err != nil {
		return nil, nil, err
	}
	set, _, err := p.set(authorisationID)
	if err != nil {
		return nil, nil, err
	}
	d, err := s.at(p)
	if err != nil {
		return nil, nil, err
	}
	return d, d.of(set), nil
}

// Settle returns an authorisation, settled to now.
func (s Browser) Settle(ctx context.Context, paymentID, authorisationID string) (sca.Authorisation, error) {
	d, of, err := s.desk(ctx, paymentID, authorisationID)
	if err != nil {
		return sca.Authorisation{}, err
	}
	if _, err := of.Settle(ctx); err != nil {
		return sca.Authorisation{}, err
	}
	_, a, err := d.p.set(authorisationID)
	if err != nil {
		return sca.Authorisation{}, err
	}
	return *a, nil
}

// Enter has the bank open a run for the browser, as [signing.Enter] does.
func (s Browser) Enter(ctx context.Context, paymentID, authorisationID, returnURL string) (string, error) {
	_, of, err := s.desk(ctx, paymentID, authorisationID)
	if err != nil {
		return "", err
	}
	return signing.Enter(ctx, of, authorisationID, returnURL)
}

// Fail ends an authorisation that the browser cannot bring to an end, as
// [signing.Fail] does.
func (s Browser) Fail(ctx context.Context, paymentID, authorisationID string, why sca.Failure) error {
	_, of, err := s.desk(ctx, paymentID, authorisationID)
	if err != nil {
		return err
	}
	return signing.Fail(ctx, of, authorisationID, why)
}

// Exchange finalises an authorisation of the OAuth redirect within the
// transaction that spends its code, and moves the payment. After the
// transaction the caller runs tell, which has the bank carry out what was
// signed. It reports problem.GrantInvalid unless the bank has the PSU's
// signature and the authorisation still waits for its code.
func (s Browser) Exchange(ctx context.Context, tx Tx, paymentID, authorisationID string) (tell func(context.Context), err error) {
	before, err := tx.Payment(ctx, strings.ToLower(paymentID))
	if err != nil {
		return nil, err
	}
	d, err := s.at(before.clone())
	if err != nil {
		return nil, err
	}
	ch := change(&d.p, d.b.Info())
	pass := &ch.Pass
	if set, _, _ := d.p.set(authorisationID); set == OfCancellation {
		pass = &ch.cancel
	}
	if awaits, why := pass.Subject.Awaits(); !awaits {
		return nil, problem.New(problem.GrantInvalid, "%s", why)
	}
	if err := pass.Exchange(authorisationID, d.Now()); err != nil {
		return nil, err
	}
	if err := tx.SavePayment(ctx, &d.p, ch.events...); err != nil {
		return nil, err
	}
	if err := d.schedule(ctx, tx, &before, &d.p); err != nil {
		return nil, err
	}
	return func(ctx context.Context) {
		s.tell(ctx, d.b, ch.stopped())
		d.submit(ctx)
		_ = d.cancelSigned(context.WithoutCancel(ctx)) // else a job tries again
	}, nil
}
