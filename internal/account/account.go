// Package account reads accounts, balances and transactions under a consent:
// the account information service of NextGenPSD2 1.3, card accounts included.
//
// [Service] has one method for each call. Every method checks the consent,
// finds the account, checks that the consent covers it and this kind of data,
// counts the call if the PSU is not there, and only then asks the bank for the
// data. It keeps nothing but the counters: the id that a TPP knows an account
// by follows from a key and from whose account it is, and the continuation key
// of a page carries everything that the next page needs.
package account

import (
	"context"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/ident"
)

// A Store counts unattended calls.
type Store interface {
	// CountAccess adds one to the counter key of the bank-local day (a date,
	// 2006-01-02) unless it has reached limit, and reports whether it did.
	CountAccess(ctx context.Context, key, day string, limit int) (bool, error)
}

// Consents finds the consent of a call: package consent's Service.
type Consents interface {
	// ForUse returns the consent that a Consent-ID header names if by may read
	// accounts of the bank under it now. It reports problem.ConsentUnknown for anything
	// foreign, problem.ParameterInconsistent for one of another bank,
	// problem.ConsentExpired, and problem.ConsentInvalid in any other status
	// than valid.
	ForUse(ctx context.Context, by app.Caller, bicfi ident.BICFI, id string) (consent.Consent, error)
}

// Keys are the secrets of the service. Instances that share a database share
// them.
type Keys struct {
	ResourceID   [32]byte // makes the ids of accounts
	Continuation [32]byte // seals continuation keys
}

// A Service reads accounts. It is safe for concurrent use.
type Service struct {
	Consents Consents
	Banks    *bank.Registry
	Store    Store
	Clock    clock.Clock
	Keys     Keys
}

// A Request says on whose behalf, at which bank and under which consent a call
// is made.
type Request struct {
	Caller    app.Caller
	BICFI     ident.BICFI
	ConsentID string
	// Attended says that the PSU is there; other calls count against the
	// consent's frequencyPerDay.
	Attended  bool
	IPAddress string // of the PSU; empty if not attended
}

// Rights are the kinds of data of one account that a consent opens.
type Rights struct{ Details, Balances, Transactions bool }

// A List is the covered payment accounts of a PSU.
type List struct {
	Accounts []Account
	// NoBalances says that balances were asked for of an account that the
	// consent does not open them for.
	NoBalances bool
	EmptyAs204 bool // the bank answers an empty list without a body
}

// An Account is a payment account as a TPP may see it.
type Account struct {
	bank.Account
	ResourceID string
	BICFI      ident.BICFI
	Rights     Rights
	Balances   []bank.Balance // nil unless asked for and open
	// NoBalances says that balances were asked for and are not open.
	NoBalances bool
}

// A CardList is the covered card accounts of a PSU.
type CardList struct {
	Cards      []Card
	NoBalances bool // as in List
	EmptyAs204 bool // as in List
}

// A Card is a card account as a TPP may see it.
type Card struct {
	bank.CardAccount
	ResourceID string
	Rights     Rights
	Balances   []bank.Balance // nil unless asked for and open
	NoBalances bool           // as in Account
}
