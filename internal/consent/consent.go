// Package consent has consents, their authorisations and their life cycle
// (NextGenPSD2 1.3, consents of the account information service).
//
// A [Consent] is an aggregate: it carries its authorisations, and every rule
// is a method that changes it in memory, pure and with the time passed in.
// [Service] joins the rules with the store and the bank. What time alone
// changes (expiry, an unanswered SCA) is applied by whichever call looks
// first, so that no two calls disagree.
package consent

import (
	"context"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/signing"
)

// A Status is a consentStatus (NextGenPSD2 1.3, data type consentStatus).
type Status string

// The statuses. The last four are final.
const (
	Received            Status = "received"
	PartiallyAuthorised Status = "partiallyAuthorised"
	Valid               Status = "valid"
	Rejected            Status = "rejected"
	Expired             Status = "expired"
	RevokedByPSU        Status = "revokedByPsu"
	TerminatedByTPP     Status = "terminatedByTpp"
)

// A Consent is a PSU's permission to read accounts.
type Consent struct {
	ID        string // UUID
	Owner     app.Owner
	BICFI     ident.BICFI
	Affiliate string // id of the sub-bank, without leading zeros
	// DirectDebit is X-Consent-Type sepaDirectDebit: a group of its own, which
	// does not open account information.
	DirectDebit bool

	Access          Access
	Recurring       bool
	ValidUntil      time.Time // date, bank-local; the consent lives to its end
	FrequencyPerDay int
	Combined        bool

	Status       Status
	CreatedAt    time.Time
	AuthorisedAt time.Time // zero until valid
	ExpiresAt    time.Time // instant after which time alone ends it, in any status that is not final
	LastAction   time.Time // date, bank-local
	BankRef      string
	// Granted are the bank's ids of the accounts that the signature settled;
	// nil means every account of the PSU.
	Granted []string
	signing.Set
	Version int64 // counts the changes, from 1
}

// Access is what a consent asks for, as it was asked. At most one of the four
// forms is used: nothing at all, arrays, AvailableAccounts, AllPSD2.
type Access struct {
	Accounts, Balances, Transactions []bank.Reference // nil if absent
	AvailableAccounts                string           // allAccounts, allAccountsWithBalances or selectAccounts
	AllPSD2                          string           // allAccounts
}

// A Store keeps consents.
type Store interface {
	// Consent returns a consent, whoever owns it: the caller checks that. It
	// reports problem.ConsentUnknown.
	Consent(ctx context.Context, id string) (Consent, error)
	// ConsentTx runs fn in one transaction. It may run fn twice, so fn must be
	// pure but for its Tx.
	ConsentTx(ctx context.Context, fn func(Tx) error) error
}

// A Tx is the store within one transaction.
type Tx interface {
	// Consent is as in [Store].
	Consent(ctx context.Context, id string) (Consent, error)
	// InsertConsent stores a new consent with Version 1.
	InsertConsent(ctx context.Context, c Consent, events ...event.Event) error
	// SaveConsent stores a changed consent and raises its Version. If the
	// stored version is no longer c.Version the transaction runs again.
	SaveConsent(ctx context.Context, c *Consent, events ...event.Event) error
	// RecurringConsents returns the valid recurring consents with the same
	// owner, BICFI and DirectDebit as c, without c itself.
	RecurringConsents(ctx context.Context, c *Consent) ([]Consent, error)
}
