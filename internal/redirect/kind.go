package redirect

import (
	"context"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
)

// The kinds of resources that are signed in a browser. The cancellation of a
// payment is an authorisation of the payment: its id says which it is.
const (
	KindConsent = "consent"
	KindPayment = "payment"
	KindBasket  = "basket"
)

// Kinds returns all kinds.
func Kinds() []string { return []string{KindConsent, KindPayment, KindBasket} }

// apiOf returns the API scope of a kind.
func apiOf(kind string) scope.API {
	if kind == KindConsent {
		return scope.AccountInformation
	}
	return scope.PaymentInitiation
}

// A signable is what a kind of resource does for a browser. None of its methods
// checks an owner, which a browser cannot prove.
type signable interface {
	// Find returns an authorisation as it is stored.
	Find(ctx context.Context, id, authorisationID string) (signing.Found, error)
	// Settle returns an authorisation, settled to now.
	Settle(ctx context.Context, id, authorisationID string) (sca.Authorisation, error)
	// Enter opens a run at the bank and returns its page.
	Enter(ctx context.Context, id, authorisationID, returnURL string) (page string, err error)
	// Fail ends an authorisation that nobody will bring to an end.
	Fail(ctx context.Context, id, authorisationID string, why sca.Failure) error
	// Exchange finalises an authorisation within tx. The caller runs tell once
	// that is committed.
	Exchange(ctx context.Context, tx Tx, id, authorisationID string) (tell func(context.Context), err error)
}

// of returns what serves the resource's kind. It reports
// problem.ResourceUnknown for a kind that this installation has not.
func (s *Service) of(r Resource) (signable, error) {
	switch {
	case r.Kind == KindConsent && s.Consents != nil:
		return consents{s.Consents.Browse()}, nil
	case r.Kind == KindPayment && s.Payments != nil:
		return payments{s.Payments.Browse()}, nil
	case r.Kind == KindBasket && s.Payments != nil:
		return baskets{s.Payments.BrowseBaskets()}, nil
	}
	return nil, problem.New(problem.ResourceUnknown, "there are no resources of this kind")
}

type consents struct{ consent.Browser }

// Exchange implements signable.
func (c consents) Exchange(ctx context.Context, tx Tx, id, authorisationID string) (func(context.Context), error) {
	return c.Browser.Exchange(ctx, tx, id, authorisationID)
}

type payments struct{ payment.Browser }

// Exchange implements signable.
func (p payments) Exchange(ctx context.Context, tx Tx, id, authorisationID string) (func(context.Context), error) {
	return p.Browser.Exchange(ctx, tx, id, authorisationID)
}

type baskets struct{ payment.BasketBrowser }

// Exchange implements signable.
func (b baskets) Exchange(ctx context.Context, tx Tx, id, authorisationID string) (func(context.Context), error) {
	return b.BasketBrowser.Exchange(ctx, tx, id, authorisationID)
}
