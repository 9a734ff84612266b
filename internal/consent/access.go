package consent

import (
	"fmt"
	"slices"
	"strings"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
)

// The forms of availableAccounts and allPsd2.
const (
	AllAccounts             = "allAccounts"
	AllAccountsWithBalances = "allAccountsWithBalances"
	SelectAccounts          = "selectAccounts"
)

// An array is one of the three arrays of an access, by its wire name.
type array struct {
	field string
	refs  []bank.Reference // nil if absent
}

func (a *Access) arrays() [3]array {
	return [3]array{
		{"access.accounts", a.Accounts}, {"access.balances", a.Balances}, {"access.transactions", a.Transactions},
	}
}

// normalise brings the references into the form in which they are compared.
func (a *Access) normalise() {
	for _, refs := range [...]*[]bank.Reference{&a.Accounts, &a.Balances, &a.Transactions} {
		if len(*refs) == 0 {
			continue
		}
		*refs = slices.Clone(*refs)
		for i := range *refs {
			r := &(*refs)[i]
			r.IBAN = strings.ToUpper(strings.ReplaceAll(r.IBAN, " ", ""))
		}
	}
}

// check returns what is wrong with a by itself.
func (a *Access) check() []*problem.Error {
	var faults []*problem.Error
	if a.AvailableAccounts != "" && !slices.Contains([]string{AllAccounts, AllAccountsWithBalances, SelectAccounts}, a.AvailableAccounts) {
		faults = append(faults, fault(problem.FormatInvalid, "access.availableAccounts",
			"must be allAccounts, allAccountsWithBalances or selectAccounts"))
	}
	if a.AllPSD2 != "" && a.AllPSD2 != AllAccounts {
		faults = append(faults, fault(problem.FormatInvalid, "access.allPsd2", "must be allAccounts"))
	}
	for _, arr := range a.arrays() {
		for i := range arr.refs {
			faults = append(faults, bank.CheckReference(fmt.Sprintf("%s[%d]", arr.field, i), &arr.refs[i])...)
		}
	}
	faults = append(faults, a.checkForms()...)
	return append(faults, a.checkArrays()...)
}

// checkForms finds forms beside each other that exclude each other.
func (a *Access) checkForms() []*problem.Error {
	var forms []string
	for _, f := range []struct {
		name string
		used bool
	}{
		{"accounts, balances or transactions", a.Accounts != nil || a.Balances != nil || a.Transactions != nil},
		{"availableAccounts", a.AvailableAccounts != ""},
		{"allPsd2", a.AllPSD2 != ""},
	} {
		if f.used {
			forms = append(forms, f.name)
		}
	}
	if len(forms) < 2 {
		return nil
	}
	return []*problem.Error{fault(problem.ParameterInconsistent, "access", "%s exclude each other", strings.Join(forms, " and "))}
}

// checkArrays finds an empty array beside a filled one, and data asked for of
// an account that is not listed.
func (a *Access) checkArrays() []*problem.Error {
	var faults []*problem.Error
	if filled := len(a.Accounts)+len(a.Balances)+len(a.Transactions) > 0; filled {
		for _, arr := range a.arrays() {
			if arr.refs != nil && len(arr.refs) == 0 {
				faults = append(faults, fault(problem.ParameterInconsistent, arr.field, "an empty array, which means all accounts, cannot stand beside a filled one"))
			}
		}
	}
	if len(a.Accounts) == 0 {
		return faults
	}
	arrays := a.arrays()
	listed := make(map[bank.Reference]bool, len(a.Accounts))
	for _, r := range a.Accounts {
		listed[r] = true
	}
	for _, arr := range arrays[1:] {
		for i, r := range arr.refs {
			bare := r
			bare.Currency = ""
			if !listed[r] && !listed[bare] {
				faults = append(faults, fault(problem.ParameterInconsistent, fmt.Sprintf("%s[%d]", arr.field, i), "must also be in access.accounts"))
			}
		}
	}
	return faults
}

// checkDigits finds IBANs that are well-formed and have the wrong check digits.
func (a *Access) checkDigits() []*problem.Error {
	var faults []*problem.Error
	for _, arr := range a.arrays() {
		for i := range arr.refs {
			if bank.WrongDigits(&arr.refs[i]) {
				faults = append(faults, fault(problem.FormatInvalid, fmt.Sprintf("%s[%d].iban", arr.field, i), "has wrong check digits"))
			}
		}
	}
	return faults
}

// order returns what the bank is asked for.
func (a *Access) order() bank.ConsentOrder {
	var o bank.ConsentOrder
	seen := map[bank.Reference]bool{}
	for _, arr := range a.arrays() {
		for _, r := range arr.refs {
			if !seen[r] {
				seen[r] = true
				o.Accounts = append(o.Accounts, bank.Account{Reference: r})
			}
		}
	}
	o.Select = a.AvailableAccounts == SelectAccounts
	o.All = !o.Select && len(o.Accounts) == 0
	arrays := a.Accounts != nil || a.Balances != nil || a.Transactions != nil
	o.Balances = a.Balances != nil || !arrays && a.AvailableAccounts != AllAccounts
	o.Transactions = a.Transactions != nil || !arrays && (a.AvailableAccounts == "" || o.Select)
	return o
}

func fault(r problem.Reason, field, format string, args ...any) *problem.Error {
	e := problem.New(r, format, args...)
	e.In, e.Field = problem.Body, field
	return e
}
