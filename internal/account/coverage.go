package account

import (
	"slices"
	"strings"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
)

// rightsTo returns what c opens of the payment account that the bank calls id,
// and whether it covers the account at all.
//
// What was asked for is narrowed by what the signature settled: c.Granted. An
// empty array of the access asks for its kind of data of all accounts. The two
// forms availableAccounts open the list, with its balances or without, and
// nothing else.
func rightsTo(c *consent.Consent, id string, ref *bank.Reference) (Rights, bool) {
	if c.Granted != nil && !slices.Contains(c.Granted, id) {
		return Rights{}, false
	}
	switch c.Access.AvailableAccounts {
	case consent.AllAccounts:
		return Rights{}, true
	case consent.AllAccountsWithBalances:
		return Rights{Balances: true}, true
	case consent.SelectAccounts:
		return Rights{Details: true, Balances: true, Transactions: true}, true
	}
	return arrayRights(&c.Access, ref)
}

// cardRightsTo is rightsTo for a card account. The forms that ask for a list
// of payment accounts do not cover cards.
func cardRightsTo(c *consent.Consent, a *bank.CardAccount) (Rights, bool) {
	if form := c.Access.AvailableAccounts; form != "" && form != consent.SelectAccounts {
		return Rights{}, false
	}
	ref := bank.Reference{PAN: a.PAN, MaskedPAN: a.MaskedPAN, Currency: a.Currency}
	return rightsTo(c, a.ID, &ref)
}

func arrayRights(a *consent.Access, ref *bank.Reference) (Rights, bool) {
	if a.AllPSD2 != "" || a.Accounts == nil && a.Balances == nil && a.Transactions == nil {
		return Rights{Details: true, Balances: true, Transactions: true}, true
	}
	if len(a.Accounts)+len(a.Balances)+len(a.Transactions) == 0 {
		return Rights{Details: true, Balances: a.Balances != nil, Transactions: a.Transactions != nil}, true
	}
	r := Rights{Balances: names(a.Balances, ref), Transactions: names(a.Transactions, ref)}
	// A right to data of an account implies the account itself.
	r.Details = r.Balances || r.Transactions || names(a.Accounts, ref)
	return r, r.Details
}

// names reports whether one of refs names the account own.
func names(refs []bank.Reference, own *bank.Reference) bool {
	for i := range refs {
		if sameAccount(&refs[i], own) {
			return true
		}
	}
	return false
}

// sameAccount reports whether a reference of a TPP names the account own. A
// currency narrows it: it names an account in that currency, and not an
// account in several.
func sameAccount(ref, own *bank.Reference) bool {
	if ref.Currency != "" && ref.Currency != own.Currency {
		return false
	}
	switch {
	case ref.IBAN != "":
		return same(ref.IBAN, own.IBAN)
	case ref.BBAN != "":
		return sameNumber(ref.BBAN, ref.ClearingNumber, own)
	case ref.AccountNumber != "":
		return sameNumber(ref.AccountNumber, ref.ClearingNumber, own)
	case ref.PAN != "":
		return same(ref.PAN, own.PAN)
	case ref.MaskedPAN != "":
		return same(ref.MaskedPAN, own.MaskedPAN)
	case ref.MSISDN != "":
		return same(ref.MSISDN, own.MSISDN)
	}
	return false
}

// sameNumber reports whether a national account number, with the clearing
// number beside it, within it or not given, is that of own.
func sameNumber(number, clearing string, own *bank.Reference) bool {
	if clearing != "" && own.ClearingNumber != "" && !same(clearing, own.ClearingNumber) {
		return false
	}
	for _, n := range [...]string{own.BBAN, own.AccountNumber} {
		if n != "" && (same(number, n) || same(number, own.ClearingNumber+n) || clearing != "" && same(clearing+number, n)) {
			return true
		}
	}
	return false
}

// same reports whether two identifiers are equal but for spaces, hyphens and
// case. An empty one equals nothing.
func same(a, b string) bool {
	return a != "" && b != "" && (a == b || strings.EqualFold(plain(a), plain(b)))
}

func plain(s string) string {
	if !strings.ContainsAny(s, " -") {
		return s
	}
	return strings.NewReplacer(" ", "", "-", "").Replace(s)
}
