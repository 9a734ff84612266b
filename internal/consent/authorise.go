package consent

import (
	"context"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/signing"
)

// A Choice starts an authorisation: it makes one, or chooses its method.
type Choice struct {
	Ref
	Method            string // authenticationMethodId
	RedirectPreferred *bool  // TPP-Redirect-Preferred; nil if not sent
	AuthoriserID      string // PSU-Authoriser-ID
	IPAddress         string // PSU-IP-Address
}

func (c *Choice) signing() signing.Choice {
	return signing.Choice{
		AuthorisationID: c.AuthorisationID, Method: c.Method, RedirectPreferred: c.RedirectPreferred,
		AuthoriserID: c.AuthoriserID, IPAddress: c.IPAddress,
	}
}

// An Open is an authorisation as a request finds it, and its consent.
type Open struct {
	Consent Consent
	signing.Open
}

// Found returns the authorisation as a browser finds it.
func (o *Open) Found() signing.Found {
	return signing.Found{ID: o.Consent.ID, Owner: o.Consent.Owner, BICFI: o.Consent.BICFI, Authorisation: o.Authorisation}
}

// StartAuthorisation adds an authorisation by the caller's PSU, as
// [signing.Start] does.
func (s *Service) StartAuthorisation(ctx context.Context, by app.Caller, choice Choice) (Open, error) {
	d, err := s.desk(ctx, by, choice.Ref)
	if err != nil {
		return Open{}, err
	}
	o, err := signing.Start(ctx, d, by, choice.signing())
	return Open{d.c, o}, err
}

// ChooseMethod starts the SCA of an authorisation with a method, as
// [signing.Choose] does.
func (s *Service) ChooseMethod(ctx context.Context, by app.Caller, choice Choice) (Open, error) {
	d, err := s.desk(ctx, by, choice.Ref)
	if err != nil {
		return Open{}, err
	}
	o, err := signing.Choose(ctx, d, by, choice.signing())
	return Open{d.c, o}, err
}

// Poll returns an authorisation, settled to now, as [signing.Poll] does.
func (s *Service) Poll(ctx context.Context, by app.Caller, r Ref) (Open, error) {
	d, err := s.desk(ctx, by, r)
	if err != nil {
		return Open{}, err
	}
	o, err := signing.Poll(ctx, d, r.AuthorisationID)
	return Open{d.c, o}, err
}

// A desk is a consent at hand. It implements [signing.Desk].
type desk struct {
	s *Service
	b Bank
	c Consent
}

// desk returns the caller's consent, at hand.
func (s *Service) desk(ctx context.Context, by app.Caller, r Ref) (*desk, error) {
	c, b, err := s.find(ctx, by, r)
	if err != nil {
		return nil, err
	}
	return &desk{s, b, c}, nil
}

// Bank implements [signing.Desk].
func (d *desk) Bank() signing.Bank { return d.b }

// Now implements [signing.Desk].
func (d *desk) Now() time.Time { return d.s.Clock.Now() }

// Peek implements [signing.Desk].
func (d *desk) Peek() *signing.Pass {
	trial := d.c.clone()
	return &change(&trial, d.b).Pass
}

// Order implements [signing.Desk].
func (d *desk) Order(ctx context.Context) (bank.SCAOrder, error) {
	asker, err := d.s.Apps.App(ctx, d.c.Owner.ClientID)
	if err != nil {
		return bank.SCAOrder{}, err
	}
	return bank.SCAOrder{
		Customer: d.c.customer("", ""), Subject: bank.SubjectConsent, SubjectRef: d.c.BankRef, AppName: asker.Name,
	}, nil
}

// Settle implements [signing.Desk].
func (d *desk) Settle(ctx context.Context) (map[string]bank.SCAState, error) {
	return d.s.settle(ctx, d.b, &d.c)
}

// Update implements [signing.Desk].
func (d *desk) Update(ctx context.Context, rules func(*signing.Pass) error) error {
	return d.s.update(ctx, d.b, &d.c, func(ch *Change) error { return rules(&ch.Pass) })
}
