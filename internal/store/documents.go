package store

import (
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/sca"
)

// The types below are what is stored as JSON. They have the fields of the
// domain's types and names of their own, so that a field that is renamed does
// not lose what is stored: the conversions compile only while the fields are
// the same.

type storedReference struct {
	IBAN           string         `json:"iban,omitempty"`
	BBAN           string         `json:"bban,omitempty"`
	ClearingNumber string         `json:"clearingNumber,omitempty"`
	AccountNumber  string         `json:"accountNumber,omitempty"`
	PAN            string         `json:"pan,omitempty"`
	MaskedPAN      string         `json:"maskedPan,omitempty"`
	MSISDN         string         `json:"msisdn,omitempty"`
	Currency       money.Currency `json:"currency,omitempty"`
}

// An empty array and none are two things: omitzero keeps the empty one.
type storedAccess struct {
	Accounts          []storedReference `json:"accounts,omitzero"`
	Balances          []storedReference `json:"balances,omitzero"`
	Transactions      []storedReference `json:"transactions,omitzero"`
	AvailableAccounts string            `json:"availableAccounts,omitempty"`
	AllPSD2           string            `json:"allPsd2,omitempty"`
}

func storeAccess(a *consent.Access) storedAccess {
	return storedAccess{
		Accounts: storeReferences(a.Accounts), Balances: storeReferences(a.Balances),
		Transactions: storeReferences(a.Transactions), AvailableAccounts: a.AvailableAccounts, AllPSD2: a.AllPSD2,
	}
}

func (a *storedAccess) access() consent.Access {
	return consent.Access{
		Accounts: references(a.Accounts), Balances: references(a.Balances),
		Transactions: references(a.Transactions), AvailableAccounts: a.AvailableAccounts, AllPSD2: a.AllPSD2,
	}
}

func storeReferences(refs []bank.Reference) []storedReference {
	if refs == nil {
		return nil
	}
	out := make([]storedReference, len(refs))
	for i, r := range refs {
		out[i] = storedReference(r)
	}
	return out
}

func references(refs []storedReference) []bank.Reference {
	if refs == nil {
		return nil
	}
	out := make([]bank.Reference, len(refs))
	for i, r := range refs {
		out[i] = bank.Reference(r)
	}
	return out
}

type storedAuthorisation struct {
	ID         string       `json:"id"`
	PSU        string       `json:"psu,omitempty"`
	Status     sca.Status   `json:"status"`
	Approach   sca.Approach `json:"approach"`
	Method     string       `json:"method,omitempty"`
	BankRef    string       `json:"bankRef,omitempty"`
	Digest     string       `json:"digest,omitempty"`
	Signer     string       `json:"signer,omitempty"`
	MoreNeeded bool         `json:"moreNeeded,omitempty"`
	Failure    sca.Failure  `json:"failure,omitempty"`
	Message    string       `json:"message,omitempty"`
	CreatedAt  time.Time    `json:"createdAt,omitzero"`
	StartedAt  time.Time    `json:"startedAt,omitzero"`
	SignedAt   time.Time    `json:"signedAt,omitzero"`
	FinishedAt time.Time    `json:"finishedAt,omitzero"`
}

// storeAuthorisations cuts the times to what columns keep, so that times of
// one instant stay the same.
func storeAuthorisations(auths []sca.Authorisation) []storedAuthorisation {
	out := make([]storedAuthorisation, len(auths))
	for i, a := range auths {
		s := storedAuthorisation(a)
		for _, t := range []*time.Time{&s.CreatedAt, &s.StartedAt, &s.SignedAt, &s.FinishedAt} {
			*t = t.UTC().Truncate(time.Millisecond)
		}
		out[i] = s
	}
	return out
}
