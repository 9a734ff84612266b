package consent

import (
	"context"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
	"sluss.example/sluss/internal/trace"
)

// A Service joins the rules of consents with the store and the banks. Its
// methods check that the caller owns what it asks for: they report
// problem.ConsentUnknown for no consent and for another app's,
// problem.ContextForeign, problem.ConsentForeign for another organisation's or
// PSU's, and problem.ParameterInconsistent for a BICFI that is not that of the
// consent's bank, in this order.
type Service struct {
	Store Store
	Banks *bank.Registry
	Apps  AppFinder
	Clock clock.Clock
}

// An AppFinder finds the app that a PSU is told of.
type AppFinder interface {
	// App returns one app. It reports problem.ResourceUnknown.
	App(ctx context.Context, id string) (app.App, error)
}

// A Bank is what a bank must be able to do to keep consents.
type Bank interface {
	bank.Connector
	bank.ConsentKeeper
	bank.Authoriser
}

// A Ref names a consent, or an authorisation of it, as a request does.
type Ref struct {
	BICFI           ident.BICFI // X-BicFi
	ConsentID       string      // in any case
	AuthorisationID string      // in any case; empty if the consent itself is meant
}

// A Created is a new consent, and how the PSU may authorise it.
type Created struct {
	Consent
	Approach sca.Approach
	Methods  []sca.Method
}

// Create stores a new consent after the checks of its headers and of its body,
// with the values that the bank allows, and registers it at the bank. All
// faults of the body come in one error.
func (s *Service) Create(ctx context.Context, by app.Caller, r Request) (Created, error) {
	conn, ok := s.Banks.Bank(r.BICFI)
	if !ok {
		return Created{}, problem.Blame(problem.New(problem.ResourceUnknown, "no bank with this BIC"), problem.Header, "X-BicFi")
	}
	b, ok := conn.(Bank)
	if !ok {
		return Created{}, problem.New(problem.ServiceUnsupported, "the bank does not offer consents")
	}
	info := b.Info()
	if err := r.checkHeaders(by, info); err != nil {
		return Created{}, err
	}
	if r.Access != nil && !r.Strict {
		a := *r.Access
		a.normalise()
		r.Access = &a
	}
	now := s.Clock.Now()
	if err := r.checkBody(info, DateIn(now, locationOf(b))); err != nil {
		return Created{}, err
	}
	c := r.consent(by, info, now)
	if err := s.open(ctx, b, &c); err != nil {
		return Created{}, err
	}
	return Created{Consent: c, Approach: info.Profile.Approach(r.RedirectPreferred), Methods: info.Profile.Methods}, nil
}

// open registers c at the bank and stores it.
func (s *Service) open(ctx context.Context, b Bank, c *Consent) error {
	o := c.Access.order()
	o.Customer, o.ValidUntil, o.Recurring, o.DirectDebit = c.customer(c.Owner.PSU, ""), c.ValidUntil, c.Recurring, c.DirectDebit
	called, span := trace.Start(ctx, "bank.OpenConsent")
	ref, err := b.OpenConsent(called, o)
	span.End(err)
	if err != nil {
		return signing.BlameOwner(err)
	}
	c.BankRef = ref
	ch := change(c, b)
	ch.Note("consent."+string(Received), c.CreatedAt)
	err = s.Store.ConsentTx(ctx, func(tx Tx) error { return tx.InsertConsent(ctx, *c, ch.events...) })
	if err != nil {
		_ = b.CloseConsent(ctx, ref) // best effort: nobody knows the consent
	}
	return err
}

// customer returns on whose behalf the bank is asked.
func (c *Consent) customer(psu, ip string) bank.Customer {
	return bank.Customer{
		Context: c.Owner.Context, PSU: psu, Organisation: c.Owner.Organisation, Affiliate: c.Affiliate, IPAddress: ip,
	}
}

// Consent returns a consent, settled to now.
func (s *Service) Consent(ctx context.Context, by app.Caller, r Ref) (Consent, error) {
	c, b, err := s.find(ctx, by, r)
	if err != nil {
		return Consent{}, err
	}
	_, err = s.settle(ctx, b, &c)
	return c, err
}

// Terminate ends a consent for the TPP. A final status stays as it is.
func (s *Service) Terminate(ctx context.Context, by app.Caller, r Ref) error {
	c, b, err := s.find(ctx, by, r)
	if err != nil {
		return err
	}
	// What the bank or time did first stands. A bank that does not answer
	// must not keep a TPP from ending a consent.
	if _, err := s.settle(ctx, b, &c); err != nil && !problem.Is(err, problem.BankUnavailable) {
		return err
	}
	return s.update(ctx, b, &c, func(ch *Change) error {
		now := s.Clock.Now()
		ch.Lapse(now)
		ch.to(TerminatedByTPP, now)
		return nil
	})
}

// ForUse returns the consent that a Consent-ID header names, settled to now,
// if account information may be read under it. It reports
// problem.ConsentUnknown for anything foreign, problem.ConsentExpired, and
// problem.ConsentInvalid in any other status and for a consent to direct
// debits.
func (s *Service) ForUse(ctx context.Context, by app.Caller, bicfi ident.BICFI, id string) (Consent, error) {
	c, err := s.Store.Consent(ctx, strings.ToLower(id))
	if err != nil {
		return Consent{}, err
	}
	if !c.mayUse(by) {
		return Consent{}, unknown()
	}
	if err := c.checkBank(bicfi); err != nil {
		return Consent{}, err
	}
	b, err := s.bankOf(&c)
	if err != nil {
		return Consent{}, err
	}
	if _, err := s.settle(ctx, b, &c); err != nil {
		return Consent{}, err
	}
	return c, c.checkUse(by)
}

// Known reports problem.ConsentUnknown unless the consent is the caller's, in
// whatever status it is.
func (s *Service) Known(ctx context.Context, by app.Caller, id string) error {
	c, err := s.Store.Consent(ctx, strings.ToLower(id))
	if err != nil {
		return err
	}
	if !c.mayUse(by) {
		return unknown()
	}
	return nil
}

// checkUse checks what a signature may have settled: whose the consent is and
// that it is valid.
func (c *Consent) checkUse(by app.Caller) error {
	switch {
	case !c.mayUse(by):
		return unknown()
	case c.DirectDebit:
		return problem.New(problem.ConsentInvalid, "a consent to direct debits does not open account information")
	case c.Status == Expired:
		return problem.New(problem.ConsentExpired, "the consent has expired; create a new one")
	case c.Status != Valid:
		return problem.New(problem.ConsentInvalid, "the consent is %s, not valid", c.Status)
	}
	return nil
}

// find returns the caller's consent and its bank.
func (s *Service) find(ctx context.Context, by app.Caller, r Ref) (Consent, Bank, error) {
	c, err := s.Store.Consent(ctx, strings.ToLower(r.ConsentID))
	if problem.Is(err, problem.ConsentUnknown) {
		return Consent{}, nil, unknown()
	}
	if err != nil {
		return Consent{}, nil, err
	}
	if err := c.checkOwner(by); err != nil {
		return Consent{}, nil, err
	}
	if err := c.checkBank(r.BICFI); err != nil {
		return Consent{}, nil, err
	}
	b, err := s.bankOf(&c)
	return c, b, err
}

func (s *Service) bankOf(c *Consent) (Bank, error) {
	conn, _ := s.Banks.Bank(c.BICFI)
	b, ok := conn.(Bank)
	if !ok {
		return nil, problem.New(problem.BankUnavailable, "the consent's bank is no longer connected")
	}
	return b, nil
}

// settle brings c up to now, stores what changed, and returns the bank's
// answers on its pending authorisations by reference.
func (s *Service) settle(ctx context.Context, b Bank, c *Consent) (map[string]bank.SCAState, error) {
	answers, revoked, err := s.ask(ctx, b, c)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	rules := func(ch *Change) error {
		ch.Settle(answers, now)
		if revoked {
			ch.to(RevokedByPSU, now)
		}
		return nil
	}
	// Most of the time nothing has changed, and no transaction is needed.
	trial := c.clone()
	ch := change(&trial, b)
	if _ = rules(ch); !ch.Touched {
		return answers, nil
	}
	return answers, s.update(ctx, b, c, rules)
}

// ask asks the bank how the consent and its pending authorisations stand. What
// the bank has forgotten is over. It is never called within a transaction.
func (s *Service) ask(ctx context.Context, b Bank, c *Consent) (map[string]bank.SCAState, bool, error) {
	if c.Status == Valid {
		called, span := trace.Start(ctx, "bank.Consent")
		st, err := b.Consent(called, c.BankRef)
		span.End(err)
		if problem.Is(err, problem.ResourceUnknown) { // it ended there, and was forgotten
			return nil, true, nil
		}
		return nil, st.Revoked, err
	}
	answers, err := signing.Ask(ctx, b, &c.Set)
	return answers, false, err
}

// update runs rules on the stored consent in one transaction, and leaves the
// result in c. What the bank shall do after it is not part of it: a bank that
// is away forgets a run or a consent by its own time-outs.
func (s *Service) update(ctx context.Context, b Bank, c *Consent, rules func(*Change) error) error {
	var done effects
	err := s.Store.ConsentTx(ctx, func(tx Tx) error {
		var err error
		*c, err = tx.Consent(ctx, c.ID)
		if err != nil {
			return err
		}
		done, err = apply(ctx, tx, change(c, b), rules)
		return err
	})
	if err == nil {
		done.tell(ctx, b)
	}
	return err
}

// effects are what a bank is to be told once a change is stored.
type effects struct {
	stop  []string // runs of SCA
	close []string // consents
}

// tell has the bank end what is over. Telling it is a courtesy: nothing that
// we answer depends on it.
func (e effects) tell(ctx context.Context, b Bank) {
	for _, ref := range e.stop {
		_ = b.StopSCA(ctx, ref)
	}
	for _, ref := range e.close {
		_ = b.CloseConsent(ctx, ref)
	}
}

// apply runs rules within a transaction and stores what they changed: the
// consent, and the recurring ones that it takes the place of.
func apply(ctx context.Context, tx Tx, ch *Change, rules func(*Change) error) (effects, error) {
	var done effects
	if err := rules(ch); err != nil || !ch.Touched {
		return done, err
	}
	if ch.valid && ch.Recurring {
		others, err := tx.RecurringConsents(ctx, ch.Consent)
		if err != nil {
			return done, err
		}
		for i := range others {
			old := ch.replace(&others[i])
			if !old.Touched {
				continue
			}
			if err := tx.SaveConsent(ctx, old.Consent, old.events...); err != nil {
				return done, err
			}
			done.add(old)
		}
	}
	done.add(ch)
	return done, tx.SaveConsent(ctx, ch.Consent, ch.events...)
}

// replace ends the older of two recurring consents. That may be ch, which was
// authorised before the other one if it is only now that anybody asks.
func (ch *Change) replace(c *Consent) *Change {
	other := newChange(c, ch.in)
	if c.AuthorisedAt.After(ch.AuthorisedAt) {
		ch.to(Expired, c.AuthorisedAt)
	} else {
		other.to(Expired, ch.AuthorisedAt)
	}
	return other
}

func (e *effects) add(ch *Change) {
	e.stop = append(e.stop, ch.Stop...)
	if ch.Status.Final() && ch.BankRef != "" {
		e.close = append(e.close, ch.BankRef)
	}
}
