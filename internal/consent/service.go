package consent

import (
	"context"
	"errors"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
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

// A Request asks for a consent. A pointer is nil if the request does not have
// the field.
type Request struct {
	BICFI     ident.BICFI
	Affiliate string // X-AffiliatedASPSP-ID; empty if not sent
	Type      string // X-Consent-Type; empty if not sent

	Access          *Access
	Recurring       *bool
	ValidUntil      *time.Time // date
	FrequencyPerDay *int
	Combined        *bool

	// Faults are what the edge found wrong in the body already, such as values
	// of a wrong type. They are reported together with those of the rules; a
	// field that is named there is not reported as missing.
	Faults []*problem.Error
	// Strict takes an IBAN only as it is printed in no groups, upper case.
	Strict bool
	// RedirectPreferred is TPP-Redirect-Preferred; nil if not sent.
	RedirectPreferred *bool
}

// A Created is a new consent, and how the PSU may authorise it.
type Created struct {
	Consent
	Approach sca.Approach
	Methods  []sca.Method
}

// A Ref names a consent, or an authorisation of it, as a request does.
type Ref struct {
	BICFI           ident.BICFI // X-BicFi
	ConsentID       string      // in any case
	AuthorisationID string      // in any case; empty if the consent itself is meant
}

// A Choice starts an authorisation.
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

var errNotYet = errors.New("not yet")

// Create stores a new consent after the checks of its body, with the values
// that the bank allows, and registers it at the bank.
func (s *Service) Create(ctx context.Context, by app.Caller, r Request) (Created, error) {
	return Created{}, errNotYet
}

// Consent returns a consent, settled to now.
func (s *Service) Consent(ctx context.Context, by app.Caller, r Ref) (Consent, error) {
	return Consent{}, errNotYet
}

// Terminate ends a consent for the TPP. A final status stays as it is.
func (s *Service) Terminate(ctx context.Context, by app.Caller, r Ref) error { return errNotYet }

// ForUse returns the consent that a Consent-ID header names, settled to now,
// if account information may be read under it. It reports
// problem.ConsentUnknown for anything foreign, problem.ConsentExpired, and
// problem.ConsentInvalid in any other status.
func (s *Service) ForUse(ctx context.Context, by app.Caller, r Ref) (Consent, error) {
	return Consent{}, errNotYet
}

// StartAuthorisation adds an authorisation by the caller's PSU.
func (s *Service) StartAuthorisation(ctx context.Context, by app.Caller, c Choice) (Open, error) {
	return Open{}, errNotYet
}

// ChooseMethod starts the SCA of an authorisation.
func (s *Service) ChooseMethod(ctx context.Context, by app.Caller, c Choice) (Open, error) {
	return Open{}, errNotYet
}

// Poll returns an authorisation, settled to now, with the challenge of the
// moment.
func (s *Service) Poll(ctx context.Context, by app.Caller, r Ref) (Open, error) {
	return Open{}, errNotYet
}
