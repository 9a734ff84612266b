package kyc

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// A Service joins the rules of cases with the store and the provider. All
// fields are needed.
type Service struct {
	Store    Store
	Provider Provider
	Sealer   *keyring.Sealer
	Clock    clock.Clock
	Base     string // base URL of the page with the form, without a trailing slash
}

// FormPath is where the page with the form is, below [Service.Base].
const FormPath = "/kyc/form/"

// Open makes a new form for an organisation of a country, ISO 3166-1 alpha-2.
// It reports problem.ResourceUnknown if it is not an organisation number of the
// country, and problem.AccessExceeded if too many forms are open.
func (s *Service) Open(ctx context.Context, clientID, country, organisation string) (Case, error) {
	n, err := ident.ParseOrganisation(country, organisation)
	if err != nil {
		return Case{}, errUnknown()
	}
	var c Case
	err = s.Store.KYCTx(ctx, func(tx Tx) error {
		now := s.Clock.Now()
		unsettled, err := tx.KYCUnsettled(ctx, clientID, n)
		if err != nil {
			return err
		}
		if first, n := openForms(unsettled, now); n >= maxOpen {
			e := problem.New(problem.AccessExceeded, "too many open forms of this organisation; use one of them")
			e.RetryAfter = first.Sub(now)
			return e
		}
		c, err = s.insert(ctx, tx, clientID, country, n)
		return err
	})
	return c, err
}

// errUnknown says that something is not an organisation number.
func errUnknown() error {
	return problem.New(problem.ResourceUnknown, "unknown organisation number")
}

// openForms counts the forms that are open at now and returns when the first of
// them expires.
func openForms(cases []Case, now time.Time) (first time.Time, n int) {
	for _, c := range cases {
		if c.Status != Open || !c.linkWorks(now) {
			continue
		}
		if n == 0 || c.ExpiresAt.Before(first) {
			first = c.ExpiresAt
		}
		n++
	}
	return first, n
}

// insert stores a new form. The organisation is normalised.
func (s *Service) insert(ctx context.Context, tx Tx, clientID, country, organisation string) (Case, error) {
	now := s.Clock.Now()
	c := Case{
		ID: ident.NewUUID(), ClientID: clientID, Organisation: organisation, Country: country, Status: Open,
		CreatedAt: now, ExpiresAt: now.Add(FormLife), Version: 1,
	}
	c.Instance = hashOf(s.instance(c.ID))
	return c, tx.InsertKYCCase(ctx, c, c.note(Open, "", now))
}

// instance returns the id in the link to the form of a case.
func (s *Service) instance(id string) string {
	key := s.Sealer.Derive("kyc instance")
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(id))
	return ident.UUIDOf([16]byte(m.Sum(nil)[:16]))
}

func hashOf(instance string) [32]byte { return sha256.Sum256([]byte(strings.ToLower(instance))) }

// URL returns the link to the form of a case. It is a secret of those who are
// to fill it in.
func (s *Service) URL(c *Case) string { return s.Base + FormPath + "?instanceId=" + s.instance(c.ID) }

// A Standing is what is known of an organisation.
type Standing struct {
	ValidUntil time.Time // date, the last one; zero if the organisation may not pay
}

// Valid reports whether the organisation may pay.
func (st Standing) Valid() bool { return !st.ValidUntil.IsZero() }

// Standing returns how an organisation stands with an app. The organisation is
// in any form of writing; one of a form that no country has is
// problem.ResourceUnknown.
func (s *Service) Standing(ctx context.Context, clientID, organisation string) (Standing, error) {
	if len(ident.OrganisationCountries(organisation)) == 0 {
		return Standing{}, errUnknown()
	}
	return s.standing(ctx, clientID, normal(organisation))
}

// normal returns the form in which organisations are kept here.
func normal(organisation string) string {
	return strings.ToUpper(ident.NormalOrganisation(organisation))
}

func (s *Service) standing(ctx context.Context, clientID, organisation string) (Standing, error) {
	now := s.Clock.Now()
	if v, ok := s.Provider.(Voucher); ok {
		if until, ok := v.Vouch(organisation, now); ok {
			return Standing{until}, nil
		}
	}
	c, err := s.Store.KYCLatest(ctx, clientID, organisation, Approved)
	switch {
	case problem.Is(err, problem.ResourceUnknown):
		return Standing{}, nil
	case err != nil:
		return Standing{}, err
	case c.validAt(now):
		return Standing{c.ValidUntil}, nil
	}
	_, err = s.change(ctx, c.ID, func(*Case) ([]event.Event, error) { return nil, nil }) // it has lapsed
	return Standing{}, err
}

// Check is the gate before payments: it reports problem.KYCInvalid, with the
// link to a form, unless the caller's organisation may pay. A private person
// may, and a call without an organisation passes; whether it needs one is the
// edge's question.
func (s *Service) Check(ctx context.Context, by app.Caller) error {
	if by.Context != scope.Corporate || by.Organisation == "" {
		return nil
	}
	n := normal(by.Organisation)
	st, err := s.standing(ctx, by.ClientID, n)
	if err != nil || st.Valid() {
		return err
	}
	c, err := s.current(ctx, by.ClientID, n)
	if err != nil {
		return err
	}
	e := problem.New(problem.KYCInvalid, "KYC of the organisation is missing or expired")
	e.PSUMessage = "Your company must complete a KYC form before payments can be made."
	e.Links = map[string]string{"kycRedirect": s.URL(&c)}
	return e
}

// current returns the form that an organisation is to fill in: the newest that
// is open, else one that was sent and waits, else a new one.
func (s *Service) current(ctx context.Context, clientID, organisation string) (Case, error) {
	now := s.Clock.Now()
	for _, status := range []Status{Open, Submitted} {
		c, err := s.Store.KYCLatest(ctx, clientID, organisation, status)
		if err == nil && c.linkWorks(now) || err != nil && !problem.Is(err, problem.ResourceUnknown) {
			return c, err
		}
	}
	var c Case
	err := s.Store.KYCTx(ctx, func(tx Tx) error {
		unsettled, err := tx.KYCUnsettled(ctx, clientID, organisation)
		if err != nil {
			return err
		}
		for _, c = range unsettled { // somebody else was faster
			if c.linkWorks(now) {
				return nil
			}
		}
		country := ""
		if all := ident.OrganisationCountries(organisation); len(all) > 0 {
			country = all[0]
		}
		c, err = s.insert(ctx, tx, clientID, country, organisation)
		return err
	})
	return c, err
}

// change reads a case, ends it if time has, else lets fn change it, and stores
// it. Fn may run twice. If the case has lapsed, fn does not run, and what is
// returned says so.
func (s *Service) change(ctx context.Context, id string, fn func(*Case) ([]event.Event, error)) (Case, error) {
	var c Case
	err := s.Store.KYCTx(ctx, func(tx Tx) (err error) {
		if c, err = tx.KYCCase(ctx, id); err != nil {
			return err
		}
		now := s.Clock.Now()
		if c.lapsed(now) {
			return tx.SaveKYCCase(ctx, &c, c.lapse(now)...)
		}
		was := c.Status
		events, err := fn(&c)
		if err != nil || events == nil {
			return err
		}
		if err := tx.SaveKYCCase(ctx, &c, events...); err != nil {
			return err
		}
		if was == Approved || c.Status != Approved {
			return nil
		}
		return voidOthers(ctx, tx, &c, now)
	})
	return c, err
}

// voidOthers ends all unsettled cases of the organisation but c, which was
// approved.
func voidOthers(ctx context.Context, tx Tx, c *Case, now time.Time) error {
	others, err := tx.KYCUnsettled(ctx, c.ClientID, c.Organisation)
	if err != nil {
		return err
	}
	for i := range others {
		o := &others[i]
		if o.ID == c.ID {
			continue
		}
		events := o.lapse
		if !o.lapsed(now) {
			events = o.void
		}
		if err := tx.SaveKYCCase(ctx, o, events(now)...); err != nil {
			return err
		}
	}
	return nil
}
