package consent

import (
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// checkOwner reports whose the consent is, if it is not the caller's, in the
// order of the contract: app, PSU context, organisation, PSU. In the corporate
// context any person of the organisation may look at a consent. A PSU-ID that
// was not sent, or that is not known yet, matches any.
func (c *Consent) checkOwner(by app.Caller) error {
	switch {
	case c.Owner.ClientID != by.ClientID:
		return unknown()
	case c.Owner.Context != by.Context:
		e := problem.New(problem.ContextForeign, "the consent was made with a token of the other PSU context")
		e.NeededScope = string(scope.AccountInformation) + " " + string(c.Owner.Context)
		return e
	case by.Context == scope.Corporate && c.Owner.Organisation != by.Organisation,
		by.Context == scope.Private && !samePSU(c.Owner.PSU, by.PSU):
		return problem.New(problem.ConsentForeign, "the consent is another organisation's or PSU's")
	}
	return nil
}

// mayUse reports whether account information may be read under the consent by
// the caller: the same organisation and the same PSU.
func (c *Consent) mayUse(by app.Caller) bool {
	return c.checkOwner(by) == nil && samePSU(c.Owner.PSU, by.PSU)
}

func (c *Consent) checkBank(bicfi ident.BICFI) error {
	if c.BICFI == bicfi {
		return nil
	}
	return problem.Blame(problem.New(problem.ParameterInconsistent, "the consent is for another bank"), problem.Header, "X-BicFi")
}

func samePSU(a, b string) bool { return a == "" || b == "" || a == b }

func unknown() *problem.Error { return problem.New(problem.ConsentUnknown, "no such consent") }
