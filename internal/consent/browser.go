package consent

import (
	"context"
	"strings"

	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// Browser is what the redirect approaches need of a [Service]. A browser
// carries no token, so none of its methods checks an owner: package redirect
// compares the app and everything else that the browser brings.
type Browser struct{ *Service }

// Browse returns the part of s that serves browsers.
func (s *Service) Browse() Browser { return Browser{s} }

// Find returns an authorisation as it is stored, settled by nothing. It reports
// problem.ConsentUnknown and problem.ResourceUnknown.
func (s Browser) Find(ctx context.Context, consentID, authorisationID string) (signing.Found, error) {
	c, err := s.Store.Consent(ctx, strings.ToLower(consentID))
	if err != nil {
		return signing.Found{}, err
	}
	a, err := c.Authorisation(authorisationID)
	if err != nil {
		return signing.Found{}, err
	}
	return signing.Found{ID: c.ID, Owner: c.Owner, BICFI: c.BICFI, Authorisation: *a}, nil
}

// desk returns a consent, at hand.
func (s Browser) desk(ctx context.Context, consentID string) (*desk, error) {
	c, err := s.Store.Consent(ctx, strings.ToLower(consentID))
	if err != nil {
		return nil, err
	}
	b, err := s.bankOf(&c)
	if err != nil {
		return nil, err
	}
	return &desk{s.Service, b, c}, nil
}

// Settle returns an authorisation, settled to now.
func (s Browser) Settle(ctx context.Context, consentID, authorisationID string) (sca.Authorisation, error) {
	d, err := s.desk(ctx, consentID)
	if err != nil {
		return sca.Authorisation{}, err
	}
	if _, err := d.Settle(ctx); err != nil {
		return sca.Authorisation{}, err
	}
	a, err := d.c.Authorisation(authorisationID)
	if err != nil {
		return sca.Authorisation{}, err
	}
	return *a, nil
}

// Enter has the bank open a run for the browser, as [signing.Enter] does.
func (s Browser) Enter(ctx context.Context, consentID, authorisationID, returnURL string) (string, error) {
	d, err := s.desk(ctx, consentID)
	if err != nil {
		return "", err
	}
	return signing.Enter(ctx, d, authorisationID, returnURL)
}

// Fail ends an authorisation that the browser cannot bring to an end, as
// [signing.Fail] does.
func (s Browser) Fail(ctx context.Context, consentID, authorisationID string, why sca.Failure) error {
	d, err := s.desk(ctx, consentID)
	if err != nil {
		return err
	}
	return signing.Fail(ctx, d, authorisationID, why)
}

// Exchange finalises an authorisation of the OAuth redirect within the
// transaction that spends its code, and moves the consent. After the
// transaction the caller runs tell. It reports problem.GrantInvalid unless the
// bank has the PSU's signature and the authorisation still waits for its code.
func (s Browser) Exchange(ctx context.Context, tx Tx, consentID, authorisationID string) (tell func(context.Context), err error) {
	c, err := tx.Consent(ctx, strings.ToLower(consentID))
	if err != nil {
		return nil, err
	}
	b, err := s.bankOf(&c)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	done, err := apply(ctx, tx, change(&c, b), func(ch *Change) error { return ch.Exchange(authorisationID, now) })
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) { done.tell(ctx, b) }, nil
}
