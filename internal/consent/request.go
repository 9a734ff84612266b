package consent

import (
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// directDebit is the one X-Consent-Type beside none at all.
const directDebit = "sepaDirectDebit"

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
	// Strict takes an IBAN only in capitals, without spaces and with the right
	// check digits.
	Strict bool
	// RedirectPreferred is TPP-Redirect-Preferred; nil if not sent.
	RedirectPreferred *bool
}

// checkHeaders checks what comes before the body: the kind of consent and the
// sub-bank.
func (r *Request) checkHeaders(by app.Caller, info *bank.Info) error {
	if r.Type != "" && !strings.EqualFold(r.Type, directDebit) {
		return problem.Blame(problem.New(problem.ParameterUnsupported, "the only type is sepaDirectDebit"), problem.Header, "X-Consent-Type")
	}
	if r.Type != "" && by.Context == scope.Private {
		e := problem.New(problem.ServiceBlocked, "consents for direct debits are for companies: use a token with the context corporate")
		e.NeededScope = string(scope.AccountInformation) + " " + string(scope.Corporate)
		return problem.Blame(e, problem.Header, "X-Consent-Type")
	}
	if _, known := info.Affiliate(r.Affiliate); r.Affiliate != "" && !known {
		return problem.Blame(problem.New(problem.ResourceUnknown, "the bank has no such affiliate; the directory lists them"),
			problem.Header, "X-AffiliatedASPSP-ID")
	}
	return nil
}

// checkBody returns every fault of the body at once. The reasons that are
// about the form of a field come first, since the first one is the answer's.
func (r *Request) checkBody(info *bank.Info, today time.Time) error {
	faults := slices.Clone(r.Faults)
	missing := func(field string, absent bool) bool {
		known := slices.ContainsFunc(r.Faults, func(e *problem.Error) bool {
			return e.Field == field || strings.HasPrefix(e.Field, field+".")
		})
		if absent && !known {
			faults = append(faults, fault(problem.FormatInvalid, field, "is missing"))
		}
		return absent
	}
	if !missing("access", r.Access == nil) {
		faults = append(faults, r.Access.check()...)
		if r.Strict || info.Profile.CheckDigits {
			faults = append(faults, r.Access.checkDigits()...)
		}
	}
	missing("recurringIndicator", r.Recurring == nil)
	if !missing("validUntil", r.ValidUntil == nil) && r.ValidUntil.Before(today) {
		faults = append(faults, fault(problem.FormatInvalid, "validUntil", "must be today or later"))
	}
	if !missing("frequencyPerDay", r.FrequencyPerDay == nil) && *r.FrequencyPerDay < 0 {
		faults = append(faults, fault(problem.FormatInvalid, "frequencyPerDay", "must not be negative"))
	}
	missing("combinedServiceIndicator", r.Combined == nil)
	if r.Access != nil && r.Access.AvailableAccounts == SelectAccounts && !info.Profile.SelectAccounts {
		faults = append(faults, fault(problem.ParameterUnsupported, "access.availableAccounts", "the bank does not offer selectAccounts"))
	}
	if r.Combined != nil && *r.Combined && !info.Profile.Sessions {
		faults = append(faults, fault(problem.SessionsUnsupported, "combinedServiceIndicator", "the bank does not combine services"))
	}
	slices.SortStableFunc(faults, func(a, b *problem.Error) int { return rank(a.Reason) - rank(b.Reason) })
	return problem.Join(faults)
}

// rank orders the reasons of a body's faults: malformed, contradictory, not
// offered.
func rank(r problem.Reason) int {
	return slices.Index([]problem.Reason{
		problem.FormatInvalid, problem.ParameterInconsistent, problem.ParameterUnsupported, problem.SessionsUnsupported,
	}, r)
}

// consent returns the consent that a checked request asks for, with the values
// that the bank allows.
func (r *Request) consent(by app.Caller, info *bank.Info, now time.Time) Consent {
	in := info.Location
	if in == nil {
		in = time.UTC
	}
	affiliate, _ := info.Affiliate(r.Affiliate)
	c := Consent{
		ID: ident.NewUUID(), Owner: app.Owner(by), BICFI: r.BICFI, Affiliate: affiliate, DirectDebit: r.Type != "",
		Access: *r.Access, Recurring: *r.Recurring, ValidUntil: *r.ValidUntil, Combined: *r.Combined,
		Status: Received, CreatedAt: now, LastAction: DateIn(now, in), Version: 1,
	}
	if c.Owner.Context == scope.Private {
		c.Owner.Organisation = ""
	}
	if most := info.Profile.MaxConsentDays; most > 0 && !c.DirectDebit {
		if last := DateIn(now, in).AddDate(0, 0, most); c.ValidUntil.After(last) {
			c.ValidUntil = last
		}
	}
	c.FrequencyPerDay = max(*r.FrequencyPerDay, 1)
	if most := info.Profile.MaxFrequencyPerDay; most > 0 {
		c.FrequencyPerDay = min(c.FrequencyPerDay, most)
	}
	if !c.Recurring {
		c.FrequencyPerDay = 1
	}
	c.ExpiresAt = now.Add(awaitLife)
	if end := endOfDay(c.ValidUntil, in); end.Before(c.ExpiresAt) {
		c.ExpiresAt = end
	}
	return c
}
