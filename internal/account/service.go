package account

import (
	"context"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/trace"
)

// Accounts returns the payment accounts that the consent covers, in the bank's
// order. Balances come with those accounts that the consent opens them for.
func (s *Service) Accounts(ctx context.Context, r Request, withBalance bool) (List, error) {
	v, err := s.open(ctx, r)
	if err != nil {
		return List{}, err
	}
	list := List{Accounts: []Account{}, EmptyAs204: v.profile().EmptyAs204}
	if v.accounts == nil {
		return list, v.unsupported()
	}
	if err := v.count(ctx, listKind, ""); err != nil {
		return list, err
	}
	called, span := trace.Start(ctx, "bank.Accounts")
	all, err := v.accounts.Accounts(called, v.customer)
	span.End(err)
	if err != nil {
		return list, err
	}
	ids := v.ids()
	for i := range all {
		rights, covered := rightsTo(&v.consent, all[i].ID, &all[i].Reference)
		if !covered {
			continue
		}
		a := Account{Account: all[i], ResourceID: ids.id(all[i].ID), BICFI: v.info.ASPSP.BICFI, Rights: rights}
		if withBalance {
			if err := v.addBalances(ctx, &a); err != nil {
				return list, err
			}
			list.NoBalances = list.NoBalances || a.NoBalances
		}
		list.Accounts = append(list.Accounts, a)
	}
	return list, nil
}

// Account returns one account. It reports problem.ResourceUnknown for an id
// that is none of the PSU's, and problem.ConsentInvalid for an account that
// the consent does not cover.
func (s *Service) Account(ctx context.Context, r Request, id string, withBalance bool) (Account, error) {
	v, a, err := s.account(ctx, r, id)
	if err != nil {
		return a, err
	}
	if !a.Rights.Details {
		return a, notCovered("account details")
	}
	if err := v.count(ctx, detailsKind, a.ResourceID); err != nil {
		return a, err
	}
	if withBalance {
		err = v.addBalances(ctx, &a)
	}
	return a, err
}

// Balances returns one account with its balances. It reports the same as
// Account.
func (s *Service) Balances(ctx context.Context, r Request, id string) (Account, error) {
	v, a, err := s.account(ctx, r, id)
	if err != nil {
		return a, err
	}
	if !a.Rights.Balances {
		return a, notCovered("balances")
	}
	if err := v.count(ctx, balancesKind, a.ResourceID); err != nil {
		return a, err
	}
	return a, v.addBalances(ctx, &a)
}

// Transaction returns one transaction with all that the bank knows of it. It
// reports problem.ServiceUnsupported where the bank has no such call, and the
// same as Account.
func (s *Service) Transaction(ctx context.Context, r Request, id, transactionID string) (bank.Transaction, error) {
	v, a, err := s.account(ctx, r, id)
	if err != nil {
		return bank.Transaction{}, err
	}
	if !a.Rights.Transactions {
		return bank.Transaction{}, notCovered("transactions")
	}
	if !v.hasDetails() {
		return bank.Transaction{}, v.unsupported()
	}
	// A counter for each row: a program that reads the details of some rows
	// asks for other data each time.
	if err := v.count(ctx, rowKind, a.ResourceID+"/"+transactionID); err != nil {
		return bank.Transaction{}, err
	}
	called, span := trace.Start(ctx, "bank.Transaction")
	t, err := v.accounts.Transaction(called, v.customer, a.ID, transactionID)
	span.End(err)
	if err != nil {
		return bank.Transaction{}, problem.Blame(err, problem.Path, "transactionId")
	}
	v.finish(&a, &t)
	return t, nil
}

// account opens the consent and finds the account id under it. It does not
// look at the rights to it, which the calls differ in, but refuses an account
// that the consent does not cover at all.
func (s *Service) account(ctx context.Context, r Request, id string) (*view, Account, error) {
	v, err := s.open(ctx, r)
	if err != nil {
		return nil, Account{}, err
	}
	if v.accounts == nil {
		return nil, Account{}, v.unsupported()
	}
	called, span := trace.Start(ctx, "bank.Accounts")
	all, err := v.accounts.Accounts(called, v.customer)
	span.End(err)
	if err != nil {
		return nil, Account{}, err
	}
	ids := v.ids()
	for i := range all {
		if own := ids.id(all[i].ID); sameID(own, id) {
			rights, covered := rightsTo(&v.consent, all[i].ID, &all[i].Reference)
			if !covered {
				return nil, Account{}, notCovered("this account")
			}
			return v, Account{Account: all[i], ResourceID: own, BICFI: v.info.ASPSP.BICFI, Rights: rights}, nil
		}
	}
	return nil, Account{}, unknownAccount()
}

// addBalances puts the balances on a, or says that they are not open.
func (v *view) addBalances(ctx context.Context, a *Account) (err error) {
	if a.NoBalances = !a.Rights.Balances; a.NoBalances {
		return nil
	}
	called, span := trace.Start(ctx, "bank.Balances")
	a.Balances, err = v.accounts.Balances(called, v.customer, a.ID)
	span.End(err)
	if a.Balances == nil {
		a.Balances = []bank.Balance{}
	}
	return err
}

func unknownAccount() error {
	return problem.Blame(problem.New(problem.ResourceUnknown, "no such account"), problem.Path, "account-id")
}

func notCovered(what string) error {
	return problem.New(problem.ConsentInvalid, "the consent does not cover %s", what)
}
