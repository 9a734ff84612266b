package consent

import (
	"context"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
)

// maxAuthorisations bounds how often one consent can be tried.
const maxAuthorisations = 50

// A Choice starts an authorisation: it makes one, or chooses its method.
type Choice struct {
	Ref
	Method            string // authenticationMethodId
	RedirectPreferred *bool  // TPP-Redirect-Preferred; nil if not sent
	AuthoriserID      string // PSU-Authoriser-ID
	IPAddress         string // PSU-IP-Address
}

// An Open is an authorisation as a request finds it.
type Open struct {
	Consent       Consent
	Authorisation sca.Authorisation
	Approach      sca.Approach
	Methods       []sca.Method  // that the bank offers
	Method        sca.Method    // the chosen one; zero until then
	Challenge     sca.Challenge // while pending, in sca.Decoupled
	Message       string        // for the PSU; may be empty
}

// StartAuthorisation adds an authorisation by the caller's PSU, and fails an
// older one of that PSU that is still pending. It reports
// problem.StatusInvalid for a consent that no longer awaits a signature and
// for a PSU that has signed it, problem.PSUInvalid for a PSU that the bank
// refuses, and problem.AccessExceeded for too many authorisations.
func (s *Service) StartAuthorisation(ctx context.Context, by app.Caller, choice Choice) (Open, error) {
	c, b, err := s.find(ctx, by, choice.Ref)
	if err != nil {
		return Open{}, err
	}
	if _, err := s.settle(ctx, b, &c); err != nil {
		return Open{}, err
	}
	psu := c.person(by)
	if err := c.checkStart(psu); err != nil {
		return Open{}, err
	}
	if checker, ok := b.(bank.SignerChecker); ok {
		if err := checker.CheckSigner(ctx, c.customer(psu, choice.IPAddress)); err != nil {
			return Open{}, blameOwner(err)
		}
	}
	a := sca.Authorisation{ID: ident.NewUUID(), PSU: psu, Status: sca.Received, CreatedAt: s.Clock.Now()}
	err = s.update(ctx, b, &c, func(ch *Change) error {
		ch.lapse(a.CreatedAt)
		if err := ch.checkStart(psu); err != nil {
			return err
		}
		ch.cutOthers(&a, a.CreatedAt)
		ch.Authorisations = append(ch.Authorisations, a)
		ch.touched = true
		return nil
	})
	if err != nil {
		return Open{}, err
	}
	return s.opened(b, &c, a.ID, choice.RedirectPreferred), nil
}

// person returns the PSU that an authorisation is for: the one that the
// request names, else the one whose consent it is. It is empty if neither is
// known, and where the owner of a company's consent has signed, so that somebody
// else must: the bank finds out who.
func (c *Consent) person(by app.Caller) string {
	switch {
	case by.PSU != "":
		return by.PSU
	case by.Context == scope.Corporate && c.signedBy(c.Owner.PSU):
		return ""
	}
	return c.Owner.PSU
}

// checkStart checks that a new authorisation by the PSU makes sense.
func (c *Consent) checkStart(psu string) error {
	switch {
	case !c.Status.Awaiting():
		return problem.New(problem.StatusInvalid, "the consent is %s and awaits no authorisation", c.Status)
	case psu != "" && c.signedBy(psu):
		return problem.New(problem.StatusInvalid, "this PSU has signed the consent already; another one must")
	case len(c.Authorisations) >= maxAuthorisations:
		return problem.New(problem.AccessExceeded, "the consent has %d authorisations; create a new consent", maxAuthorisations)
	}
	return nil
}

// cutOthers fails the pending authorisations of a's PSU but for a itself.
func (ch *Change) cutOthers(a *sca.Authorisation, at time.Time) {
	for i := range ch.Authorisations {
		if other := &ch.Authorisations[i]; other.ID != a.ID && other.PSU == a.PSU && other.Pending() {
			ch.cut(other, "a newer authorisation was started", at)
		}
	}
}

// authorisation returns the authorisation of c with the id.
func (c *Consent) authorisation(id string) (*sca.Authorisation, error) {
	i := slices.IndexFunc(c.Authorisations, func(a sca.Authorisation) bool { return strings.EqualFold(a.ID, id) })
	if i < 0 {
		return nil, problem.New(problem.ResourceUnknown, "no such authorisation")
	}
	return &c.Authorisations[i], nil
}

// opened returns the authorisation id of c as requests find it.
func (s *Service) opened(b Bank, c *Consent, id string, preferred *bool) Open {
	p := &b.Info().Profile
	a, err := c.authorisation(id)
	if err != nil {
		return Open{Consent: *c}
	}
	o := Open{Consent: *c, Authorisation: *a, Approach: a.Approach, Methods: p.Methods}
	if o.Approach == "" {
		o.Approach = p.Approach(preferred)
	}
	if a.Method != "" {
		o.Method, _ = p.Method(a.Method)
	}
	return o
}

// ChooseMethod starts the SCA of an authorisation with a method. In a redirect
// it only makes the authorisation ready: the bank is asked when the browser
// comes (package redirect). It reports problem.ResourceUnknown for an
// authorisation that is not of this consent, problem.ResourceForeign for one
// that another PSU created, problem.MethodUnknown, and problem.StatusInvalid
// for one that was started before.
func (s *Service) ChooseMethod(ctx context.Context, by app.Caller, choice Choice) (Open, error) {
	c, b, err := s.find(ctx, by, choice.Ref)
	if err != nil {
		return Open{}, err
	}
	a, err := c.authorisation(choice.AuthorisationID)
	if err != nil {
		return Open{}, problem.Blame(err, problem.Path, "authorisationId")
	}
	if !samePSU(a.PSU, by.PSU) {
		return Open{}, problem.Blame(problem.New(problem.ResourceForeign, "another PSU created the authorisation"), problem.Path, "authorisationId")
	}
	if err := checkMethod(b, choice.Method); err != nil {
		return Open{}, err
	}
	if _, err := s.settle(ctx, b, &c); err != nil {
		return Open{}, err
	}
	st := start{choice: choice, approach: b.Info().Profile.Approach(choice.RedirectPreferred), psu: a.PSU, now: s.Clock.Now()}
	if st.psu == "" {
		st.psu = c.person(by)
	}
	if err := st.check(&c); err != nil {
		return Open{}, err
	}
	if st.approach == sca.Decoupled {
		if st.state, err = s.startSCA(ctx, b, &c, st.order()); err != nil {
			return Open{}, err
		}
	}
	if err := s.update(ctx, b, &c, st.apply); err != nil {
		s.abandon(ctx, b, st.state.Ref)
		return Open{}, err
	}
	o := s.opened(b, &c, choice.AuthorisationID, nil)
	o.Challenge, o.Message = st.state.Challenge, st.state.Message
	return o, nil
}

func checkMethod(b Bank, id string) error {
	if id == "" {
		return fault(problem.FormatInvalid, "authenticationMethodId", "is missing")
	}
	if _, ok := b.Info().Profile.Method(id); !ok {
		return fault(problem.MethodUnknown, "authenticationMethodId", "the bank does not offer this method; scaMethods lists them")
	}
	return nil
}

// A start is the start of an authorisation.
type start struct {
	choice   Choice
	approach sca.Approach
	psu      string
	now      time.Time
	state    bank.SCAState // in sca.Decoupled, as the bank started it
}

// check checks that the authorisation still waits to be started, by somebody
// who has not signed.
func (st *start) check(c *Consent) error {
	a, err := c.authorisation(st.choice.AuthorisationID)
	if err != nil {
		return err
	}
	if a.Status != sca.Received {
		return problem.New(problem.StatusInvalid, "the authorisation is %s; create a new one", a.Status)
	}
	if st.psu != "" && c.signedBy(st.psu) {
		return problem.New(problem.StatusInvalid, "this PSU has signed the consent already; another one must")
	}
	return nil
}

func (st *start) order() bank.SCAOrder {
	return bank.SCAOrder{
		Customer: bank.Customer{PSU: st.psu, IPAddress: st.choice.IPAddress}, Approach: st.approach,
		Method: st.choice.Method, AuthoriserID: st.choice.AuthoriserID,
	}
}

// apply is the rule that stores the start.
func (st *start) apply(ch *Change) error {
	ch.lapse(st.now)
	if err := st.check(ch.Consent); err != nil {
		return err
	}
	a, err := ch.authorisation(st.choice.AuthorisationID)
	if err != nil {
		return err
	}
	a.PSU, a.Approach, a.Method, a.StartedAt, a.BankRef = st.psu, st.approach, st.choice.Method, st.now, st.state.Ref
	ch.touched = true
	ch.cutOthers(a, st.now)
	if st.approach.Redirect() {
		a.Status = sca.Started
		return nil
	}
	ch.answer(a, &st.state, finishedAt(&st.state, st.now))
	return nil
}

// startSCA has the bank start a run on c. The order's customer has the person
// and the address only.
func (s *Service) startSCA(ctx context.Context, b Bank, c *Consent, o bank.SCAOrder) (bank.SCAState, error) {
	asker, err := s.Apps.App(ctx, c.Owner.ClientID)
	if err != nil {
		return bank.SCAState{}, err
	}
	o.Customer = c.customer(o.Customer.PSU, o.Customer.IPAddress)
	o.Subject, o.SubjectRef, o.AppName = bank.SubjectConsent, c.BankRef, asker.Name
	st, err := b.StartSCA(ctx, o)
	return st, blameOwner(err)
}

// abandon has the bank forget a run that we could not store.
func (s *Service) abandon(ctx context.Context, b Bank, ref string) {
	if ref != "" {
		_ = b.StopSCA(context.WithoutCancel(ctx), ref) // best effort: it times out there
	}
}

// Poll returns an authorisation, settled to now, with the challenge of the
// moment. Any person of the organisation may look. It reports
// problem.ResourceUnknown for an authorisation that is not of this consent.
func (s *Service) Poll(ctx context.Context, by app.Caller, r Ref) (Open, error) {
	c, b, err := s.find(ctx, by, r)
	if err != nil {
		return Open{}, err
	}
	if _, err := c.authorisation(r.AuthorisationID); err != nil {
		return Open{}, problem.Blame(err, problem.Path, "authorisationId")
	}
	answers, err := s.settle(ctx, b, &c)
	if err != nil {
		return Open{}, err
	}
	o := s.opened(b, &c, r.AuthorisationID, nil)
	if st, ok := answers[o.Authorisation.BankRef]; ok && o.Approach == sca.Decoupled && o.Authorisation.Pending() {
		o.Challenge, o.Message = st.Challenge, st.Message
	}
	return o, nil
}
