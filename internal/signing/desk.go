package signing

import (
	"context"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/trace"
)

// A Bank is what a bank must be able to do to have something signed.
type Bank interface {
	bank.Connector
	bank.Authoriser
}

// A Desk is one resource as a service has it at hand in one call: read, its
// owner checked, with its bank.
type Desk interface {
	Bank() Bank
	Now() time.Time
	// Peek returns a pass over a copy of the resource, to look or to try.
	Peek() *Pass
	// Order is what the bank is asked to have signed, but for what a [Choice]
	// says.
	Order(ctx context.Context) (bank.SCAOrder, error)
	// Settle brings the resource up to now, stores what changed, and returns
	// the bank's answers on its pending authorisations by reference.
	Settle(ctx context.Context) (map[string]bank.SCAState, error)
	// Update runs rules on the resource as it is stored, in one transaction,
	// perhaps twice, and then tells the bank what it has to stop.
	Update(ctx context.Context, rules func(*Pass) error) error
}

// A Choice starts an authorisation: it makes one, or chooses its method.
type Choice struct {
	AuthorisationID   string // in any case; empty while there is none
	Method            string // authenticationMethodId
	RedirectPreferred *bool  // TPP-Redirect-Preferred; nil if not sent
	// Remember says that the preference of the call that makes an authorisation
	// counts where the call that chooses its method has none.
	Remember     bool
	AuthoriserID string // PSU-Authoriser-ID
	IPAddress    string // PSU-IP-Address
}

// An Open is an authorisation as a request finds it.
type Open struct {
	Authorisation sca.Authorisation
	Approach      sca.Approach
	Methods       []sca.Method  // that the bank offers
	Method        sca.Method    // the chosen one; zero until then
	Challenge     sca.Challenge // while pending, in sca.Decoupled
	Message       string        // for the PSU; may be empty
}

// A Found is an authorisation as a browser finds it, and whose it is.
type Found struct {
	ID            string // of the resource
	Owner         app.Owner
	BICFI         ident.BICFI
	Authorisation sca.Authorisation
}

// Start adds an authorisation by the caller's PSU, and fails an older one of
// that PSU that is still pending. It reports problem.StatusInvalid for a
// resource that no longer awaits a signature and for a PSU that has signed it,
// problem.PSUInvalid for a PSU that the bank refuses, and problem.AccessExceeded
// for too many authorisations.
func Start(ctx context.Context, d Desk, by app.Caller, c Choice) (Open, error) {
	if _, err := d.Settle(ctx); err != nil {
		return Open{}, err
	}
	p := d.Peek()
	psu := p.person(by)
	if err := p.checkStart(psu); err != nil {
		return Open{}, err
	}
	if checker, ok := d.Bank().(bank.SignerChecker); ok {
		o, err := d.Order(ctx)
		if err != nil {
			return Open{}, err
		}
		o.Customer.PSU, o.Customer.IPAddress = psu, c.IPAddress
		if err := checker.CheckSigner(ctx, o.Customer); err != nil {
			return Open{}, BlameOwner(err)
		}
	}
	a := sca.Authorisation{ID: ident.NewUUID(), PSU: psu, Status: sca.Received, CreatedAt: d.Now()}
	if c.Remember && c.RedirectPreferred != nil {
		a.Approach = d.Bank().Info().Profile.Approach(c.RedirectPreferred)
	}
	err := d.Update(ctx, func(p *Pass) error {
		p.Subject.Lapse(a.CreatedAt)
		if err := p.checkStart(psu); err != nil {
			return err
		}
		p.CutOthers(&a, a.CreatedAt)
		p.Of.Authorisations = append(p.Of.Authorisations, a)
		p.Touched = true
		return nil
	})
	if err != nil {
		return Open{}, err
	}
	return opened(d, a.ID, c.RedirectPreferred)
}

// person returns the PSU that an authorisation is for: the one that the
// request names, else the one whose resource it is. It is empty if neither is
// known, and where the owner of a company's resource has signed, so that
// somebody else must: the bank finds out who.
func (p *Pass) person(by app.Caller) string {
	o := p.Subject.Holder()
	switch {
	case by.PSU != "":
		return by.PSU
	case by.Context == scope.Corporate && p.Of.SignedBy(o.PSU):
		return ""
	}
	return o.PSU
}

// checkStart checks that a new authorisation by the PSU makes sense.
func (p *Pass) checkStart(psu string) error {
	noun := p.Subject.Noun()
	if awaits, why := p.Subject.Awaits(); !awaits {
		return problem.New(problem.StatusInvalid, "%s and awaits no authorisation", why)
	}
	switch {
	case psu != "" && p.Of.SignedBy(psu):
		return problem.New(problem.StatusInvalid, "this PSU has signed the %s already; another one must", noun)
	case len(p.Of.Authorisations) >= maxAuthorisations:
		return problem.New(problem.AccessExceeded, "the %s has %d authorisations; create a new one", noun, maxAuthorisations)
	}
	return nil
}

// opened returns the authorisation id as requests find it.
func opened(d Desk, id string, preferred *bool) (Open, error) {
	p := &d.Bank().Info().Profile
	a, err := d.Peek().Of.Authorisation(id)
	if err != nil {
		return Open{}, err
	}
	o := Open{Authorisation: *a, Approach: a.Approach, Methods: p.Methods}
	if o.Approach == "" {
		o.Approach = p.Approach(preferred)
	}
	if a.Method != "" {
		o.Method, _ = p.Method(a.Method)
	}
	return o, nil
}

// Poll returns an authorisation, settled to now, with the challenge of the
// moment. Any person of the organisation may look. It reports
// problem.ResourceUnknown for an authorisation that is not of this resource.
func Poll(ctx context.Context, d Desk, id string) (Open, error) {
	if _, err := d.Peek().Of.Authorisation(id); err != nil {
		return Open{}, blameAuthorisation(err)
	}
	answers, err := d.Settle(ctx)
	if err != nil {
		return Open{}, err
	}
	o, err := opened(d, id, nil)
	if err != nil {
		return Open{}, err
	}
	if st, ok := answers[o.Authorisation.BankRef]; ok && o.Approach == sca.Decoupled && o.Authorisation.Pending() {
		o.Challenge, o.Message = st.Challenge, st.Message
	}
	return o, nil
}

// BlameOwner says which header a bank's refusal of a customer is about.
func BlameOwner(err error) error {
	switch {
	case problem.Is(err, problem.CorporateIDInvalid):
		return problem.Blame(err, problem.Header, "PSU-Corporate-ID")
	case problem.Is(err, problem.PSUInvalid):
		return problem.Blame(err, problem.Header, "PSU-ID")
	}
	return err
}

func blameAuthorisation(err error) error { return problem.Blame(err, problem.Path, "authorisationId") }

// Ask asks the bank how the pending authorisations of s stand. What the bank
// has forgotten is over. It is never called within a transaction.
func Ask(ctx context.Context, b bank.Authoriser, s *Set) (map[string]bank.SCAState, error) {
	var answers map[string]bank.SCAState
	for i := range s.Authorisations {
		a := &s.Authorisations[i]
		if !asks(a) {
			continue
		}
		called, span := trace.Start(ctx, "bank.SCA")
		st, err := b.SCA(called, a.BankRef)
		span.End(err)
		if problem.Is(err, problem.ResourceUnknown) {
			st, err = bank.SCAState{Status: sca.Failed, Failure: sca.RefusedByBank, Message: "the bank no longer knows the run"}, nil
		}
		if err != nil {
			return nil, err
		}
		if answers == nil {
			answers = map[string]bank.SCAState{}
		}
		answers[a.BankRef] = st
	}
	return answers, nil
}
