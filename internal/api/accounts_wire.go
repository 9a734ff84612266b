package api

import (
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/psd2"
)

// noBalances tells that balances were asked for without the right to them.
func noBalances(missing bool) []psd2.TPPMessage {
	if !missing {
		return nil
	}
	return []psd2.TPPMessage{{Category: psd2.Warning, Code: psd2.GenericWarning, Text: "the consent does not cover balances of every account"}}
}

// accountDetails returns a as it is on the wire.
func accountDetails(a *account.Account) psd2.AccountDetails {
	return psd2.AccountDetails{
		ResourceID: a.ResourceID, IBAN: a.IBAN, BBAN: a.BBAN, ClearingNumber: a.ClearingNumber,
		AccountNumber: a.AccountNumber, MSISDN: a.MSISDN, BankgiroNumber: a.BankgiroNumber, PlusgiroNumber: a.PlusgiroNumber,
		Currency: currencyOrSeveral(a.Currency), Name: a.Name, Product: a.Product, OwnerName: a.OwnerName,
		Details: a.Details, LinkedAccounts: a.LinkedAccounts, CashAccountType: a.CashAccountType,
		Status: a.Status, Usage: a.Usage, BIC: string(a.BICFI), CreditLimit: amountOrNone(a.CreditLimit),
		Balances: balances(a.Balances), Links: accountLinks(accountsPath+a.ResourceID, a.Rights),
	}
}

// cardDetails returns c as it is on the wire.
func cardDetails(c *account.Card) psd2.CardAccountDetails {
	return psd2.CardAccountDetails{
		ResourceID: c.ResourceID, MaskedPAN: c.MaskedPAN, Currency: currencyOrSeveral(c.Currency), OwnerName: c.OwnerName,
		Name: c.Name, DisplayName: c.DisplayName, Product: c.Product, DebitAccounting: &c.DebitAccounting,
		Status: c.Status, Usage: c.Usage, Details: c.Details, CreditLimit: amountOrNone(c.CreditLimit),
		Balances: balances(c.Balances), Links: accountLinks(cardsPath+c.ResourceID, c.Rights),
	}
}

// accountLinks returns the links to the data of the account at path that the
// consent opens, or nil if it opens none.
func accountLinks(path string, r account.Rights) *psd2.AccountLinks {
	if !r.Balances && !r.Transactions {
		return nil
	}
	var l psd2.AccountLinks
	if r.Balances {
		l.Balances = &psd2.Link{Href: path + "/balances"}
	}
	if r.Transactions {
		l.Transactions = &psd2.Link{Href: path + "/transactions"}
	}
	return &l
}

// balances returns nil for nil: balances that were not asked for.
func balances(in []bank.Balance) []psd2.Balance {
	if in == nil {
		return nil
	}
	out := make([]psd2.Balance, len(in))
	for i := range in {
		out[i] = balance(&in[i])
	}
	return out
}

func balance(b *bank.Balance) psd2.Balance {
	out := psd2.Balance{
		BalanceAmount: amount(b.Amount), BalanceType: b.Type,
		ReferenceDate: date(b.ReferenceDate), LastCommittedTransaction: b.LastTransaction,
	}
	if b.CreditLimitIncluded {
		out.CreditLimitIncluded = &b.CreditLimitIncluded
	}
	if !b.LastChange.IsZero() {
		out.LastChangeDateTime = b.LastChange.UTC().Format(time.RFC3339)
	}
	return out
}

// accountReference returns nil for an account without any identifier.
func accountReference(r *bank.Reference) *psd2.AccountReference {
	if r == nil || *r == (bank.Reference{}) {
		return nil
	}
	return &psd2.AccountReference{
		IBAN: r.IBAN, BBAN: r.BBAN, ClearingNumber: r.ClearingNumber, AccountNumber: r.AccountNumber,
		PAN: r.PAN, MaskedPAN: r.MaskedPAN, MSISDN: r.MSISDN, Currency: string(r.Currency),
	}
}

// ownReference names the account that a report is of.
func ownReference(a *account.Account) *psd2.AccountReference {
	r := a.Reference
	r.Currency = money.Currency(currencyOrSeveral(r.Currency))
	return accountReference(&r)
}

func amount(m money.Amount) psd2.Amount {
	return psd2.Amount{Currency: string(m.Currency), Amount: m.Decimal()}
}

func amountOrNone(m *money.Amount) *psd2.Amount {
	if m == nil {
		return nil
	}
	a := amount(*m)
	return &a
}

// currencyOrSeveral returns XXX for an account that is in no one currency.
func currencyOrSeveral(c money.Currency) string {
	if c == "" {
		return "XXX"
	}
	return string(c)
}

// date returns the wire form of a date, empty for none.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
