package bank

import (
	"regexp"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// An identifier is one way to name an account.
type identifier struct {
	field, value string
	form         *regexp.Regexp
	says         string
}

var (
	ibanForm     = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$`)
	accountForm  = regexp.MustCompile(`^[a-zA-Z0-9]{1,30}$`)
	clearingForm = regexp.MustCompile(`^[0-9]{1,5}$`)
	shortForm    = regexp.MustCompile(`^[[:print:]]{1,35}$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	giroForm     = regexp.MustCompile(`^[0-9-]{2,35}$`)
)

func identifiers(r *Reference) []identifier {
	return []identifier{
		{"iban", r.IBAN, ibanForm, "must be an IBAN"},
		{"bban", r.BBAN, accountForm, "must be 1 to 30 letters or digits"},
		{"accountNumber", r.AccountNumber, accountForm, "must be 1 to 30 letters or digits"},
		{"pan", r.PAN, shortForm, "must be at most 35 characters"},
		{"maskedPan", r.MaskedPAN, shortForm, "must be at most 35 characters"},
		{"msisdn", r.MSISDN, shortForm, "must be at most 35 characters"},
	}
}

// CheckReference returns what is wrong with the form of the account reference
// at field: it must name an account in exactly one way. Check digits are
// another question, see [WrongDigits].
func CheckReference(field string, r *Reference) []*problem.Error {
	return checkIdentifiers(field, r, identifiers(r), "must have exactly one of iban, bban, accountNumber, pan, maskedPan and msisdn")
}

// CheckParty is [CheckReference] for an account that may be named by a giro
// number too.
func CheckParty(field string, p *Party) []*problem.Error {
	ids := append(identifiers(&p.Reference),
		identifier{"bankgiroNumber", p.Bankgiro, giroForm, "must be 2 to 35 digits or hyphens"},
		identifier{"plusgiroNumber", p.Plusgiro, giroForm, "must be 2 to 35 digits or hyphens"})
	return checkIdentifiers(field, &p.Reference, ids,
		"must have exactly one of iban, bban, accountNumber, bankgiroNumber, plusgiroNumber, pan, maskedPan and msisdn")
}

func checkIdentifiers(field string, r *Reference, ids []identifier, oneOf string) []*problem.Error {
	var faults []*problem.Error
	fault := func(field, says string) {
		e := problem.New(problem.FormatInvalid, "%s", says)
		e.In, e.Field = problem.Body, field
		faults = append(faults, e)
	}
	n := 0
	for _, id := range ids {
		if id.value == "" {
			continue
		}
		n++
		if !id.form.MatchString(id.value) {
			fault(field+"."+id.field, id.says)
		}
	}
	if n != 1 {
		fault(field, oneOf)
	}
	if r.ClearingNumber != "" {
		if !clearingForm.MatchString(r.ClearingNumber) {
			fault(field+".clearingNumber", "must be 1 to 5 digits")
		}
		if n == 1 && r.BBAN == "" && r.AccountNumber == "" {
			fault(field+".clearingNumber", "goes with bban or accountNumber only")
		}
	}
	if r.Currency != "" && !currencyForm.MatchString(string(r.Currency)) {
		fault(field+".currency", "must be three capital letters")
	}
	return faults
}

// WrongDigits reports whether r has a well-formed IBAN with wrong check digits.
func WrongDigits(r *Reference) bool {
	return ibanForm.MatchString(r.IBAN) && !ident.IBAN(r.IBAN).Valid()
}
