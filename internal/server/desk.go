package server

import (
	"context"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/bank/simulator/pages"
)

// desk lets the web pages of the simulated banks speak with the banks.
type desk struct{ world *simulator.World }

var _ pages.Desk = desk{}

// Session implements [pages.Desk].
func (d desk) Session(ctx context.Context, ref, psu string) (pages.Session, error) {
	s, err := d.world.Session(ctx, ref, psu)
	if err != nil {
		return pages.Session{}, err
	}
	page := pages.Session{
		Ref: s.Ref, Bank: pages.Bank{BICFI: s.BICFI, Name: s.BankName, Logo: s.Logo}, AppName: s.AppName,
		ReturnURL: s.ReturnURL, Ended: s.Ended(), ExpiresAt: s.ExpiresAt,
		Context: s.Customer.Context, Organisation: s.Customer.Organisation, OrganisationName: s.OrganisationName,
		Named: s.Customer.PSU,
		Asked: pages.Consent{
			Select: s.Asked.Select, All: s.Asked.All, Balances: s.Asked.Balances, Transactions: s.Asked.Transactions,
			DirectDebit: s.Asked.DirectDebit, Recurring: s.Asked.Recurring, ValidUntil: s.Asked.ValidUntil, Signers: s.Signers,
		},
	}
	for _, p := range s.People {
		page.People = append(page.People, pages.Person{PSU: p.PSU, Name: p.Name, Note: p.Note})
	}
	if psu != "" {
		page.Person = pages.Person{PSU: s.Person.PSU, Name: s.Person.Name, Note: s.Person.Note}
		for _, a := range s.Accounts {
			page.Accounts = append(page.Accounts, pages.Account{ID: a.ID, Name: a.Name, Number: a.Number, Balance: a.Balance})
		}
	}
	return page, nil
}

// verdictOf returns the bank's word for what the page's form says.
func verdictOf(v pages.Verdict) simulator.Verdict {
	switch v {
	case pages.Approve:
		return simulator.Approve
	case pages.Refuse:
		return simulator.Decline
	case pages.Expire:
		return simulator.Expire
	default:
		return simulator.Abort
	}
}

// Answer implements [pages.Desk].
func (d desk) Answer(ctx context.Context, ref string, a pages.Answer) error {
	return d.world.Decide(ctx, ref, simulator.Decision{Verdict: verdictOf(a.Verdict), PSU: a.PSU, Accounts: a.Accounts})
}
