package payment

import (
	"context"
	"errors"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
)

// A Service joins the rules of payments and baskets with the store and the
// banks. Its methods check that the caller owns what it asks for: they report
// problem.ResourceUnknown for no payment, another app's and one of another
// product, problem.ContextForeign, problem.ResourceForeign for another
// organisation's or PSU's, and problem.ParameterInconsistent for a BICFI that is
// not that of the payment's bank, in this order.
type Service struct {
	Store    Store
	Banks    *bank.Registry
	Apps     AppFinder
	Clock    clock.Clock
	Consents ConsentChecker // nil: no consent is known
	KYC      Gate           // nil lets everybody pay
}

// An AppFinder finds the app that a PSU is told of.
type AppFinder interface {
	// App returns one app. It reports problem.ResourceUnknown.
	App(ctx context.Context, id string) (app.App, error)
}

// A ConsentChecker says whose a consent is.
type ConsentChecker interface {
	// Known reports problem.ConsentUnknown unless the consent is the caller's.
	Known(ctx context.Context, by app.Caller, id string) error
}

// A Gate holds back organisations whose due diligence is missing.
type Gate interface {
	// Check reports problem.KYCInvalid for a caller that may not pay.
	Check(ctx context.Context, by app.Caller) error
}

// A Bank is what a bank must be able to do to take payments.
type Bank interface {
	signing.Bank
	bank.PaymentInitiator
}

// A Ref names a payment, or an authorisation of it, as a request does.
type Ref struct {
	BICFI           ident.BICFI // X-BicFi
	Product         string      // as in the path
	PaymentID       string      // in any case
	AuthorisationID string      // in any case; empty if the payment itself is meant
}

// find returns the caller's payment, at hand.
func (s *Service) find(ctx context.Context, by app.Caller, r Ref) (*desk, error) {
	product, err := ParseProduct(r.Product)
	if err != nil {
		return nil, err
	}
	p, err := s.Store.Payment(ctx, strings.ToLower(r.PaymentID))
	switch {
	case problem.Is(err, problem.ResourceUnknown):
		return nil, unknown()
	case err != nil:
		return nil, err
	case p.Order.Product != product:
		return nil, unknown()
	}
	if err := checkOwner(&p.Owner, by, "payment"); err != nil {
		return nil, err
	}
	if p.BICFI != r.BICFI {
		return nil, problem.Blame(problem.New(problem.ParameterInconsistent, "the payment is for another bank"), problem.Header, "X-BicFi")
	}
	return s.at(p)
}

func unknown() error {
	return problem.Blame(problem.New(problem.ResourceUnknown, "no such payment"), problem.Path, "paymentId")
}

// checkOwner reports whose a resource is, if it is not the caller's. In the
// corporate context any person of the organisation may look.
func checkOwner(o *app.Owner, by app.Caller, noun string) error {
	switch o.CompareForReading(by) {
	case app.Same:
		return nil
	case app.OtherApp:
		return problem.Blame(problem.New(problem.ResourceUnknown, "no such %s", noun), problem.Path, noun+"Id")
	case app.OtherContext:
		e := problem.New(problem.ContextForeign, "the %s was made with a token of the other PSU context", noun)
		e.NeededScope = string(scope.PaymentInitiation) + " " + string(o.Context)
		return problem.Blame(e, problem.Path, noun+"Id")
	}
	return problem.Blame(problem.New(problem.ResourceForeign, "the %s is another organisation's or PSU's", noun), problem.Path, noun+"Id")
}

// at returns a payment, at hand.
func (s *Service) at(p Payment) (*desk, error) {
	b, err := s.bankOf(p.BICFI)
	if err != nil {
		return nil, err
	}
	return &desk{s: s, b: b, p: p}, nil
}

func (s *Service) bankOf(id ident.BICFI) (Bank, error) {
	conn, _ := s.Banks.Bank(id)
	b, ok := conn.(Bank)
	if !ok {
		return nil, problem.New(problem.BankUnavailable, "the bank is no longer connected")
	}
	return b, nil
}

// detailOf returns the detail of a problem.
func detailOf(err error) string {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return p.Detail
	}
	return "is wrong"
}
