package consent

import (
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// checkOwner reports whose the consent is, if it is not the caller's. In the
// corporate context any person of the organisation may look at a consent.
func (c *Consent) checkOwner(by app.Caller) error {
	switch c.Owner.CompareForReading(by) {
	case app.Same:
		return nil
	case app.OtherApp:
		return unknown()
	case app.OtherContext:
		e := problem.New(problem.ContextForeign, "the consent was made with a token of the other PSU context")
		e.NeededScope = string(scope.AccountInformation) + " " + string(c.Owner.Context)
		return e
	}
	return problem.New(problem.ConsentForeign, "the consent is another organisation's or PSU's")
}

// mayUse reports whether account information may be read under the consent by
// the caller: the same organisation and the same PSU.
func (c *Consent) mayUse(by app.Caller) bool { return c.Owner.Compare(by) == app.Same }

func (c *Consent) checkBank(bicfi ident.BICFI) error {
	if c.BICFI == bicfi {
		return nil
	}
	return problem.Blame(problem.New(problem.ParameterInconsistent, "the consent is for another bank"), problem.Header, "X-BicFi")
}

func unknown() *problem.Error { return problem.New(problem.ConsentUnknown, "no such consent") }
