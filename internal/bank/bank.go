// Package bank is how sluss talks to banks: the connector that each bank
// implements, what a bank is like (its [Profile]), and the [Registry] of them.
//
// A [Connector] must only say what it is. What else a bank can do are optional
// interfaces, found by type assertion: [ConsentKeeper], [Authoriser],
// [AccountReader], [CardReader],
// [PaymentInitiator], [BasketKeeper], [PayeeVerifier]. What it can do is thus one fact in one
// place, its method set. There is no base that answers "not implemented".
//
// Methods return problem.BankUnavailable when the bank is down or does not
// answer in time, and problem.BankRefused for a message to pass through.
package bank

import (
	"context"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
)

// A Connector is a bank.
type Connector interface {
	// Info describes the bank. It is called often and does no I/O.
	Info() *Info
}

// Info is what is known of a bank without asking it.
type Info struct {
	ASPSP    aspsp.ASPSP // directory entry, without its capabilities
	Profile  Profile
	Location *time.Location // of bank-local days
}

// Affiliate returns the id of a sub-bank as it is stored, without leading
// zeros, and whether the bank has such a one.
func (i *Info) Affiliate(id string) (string, bool) {
	bare := strings.TrimLeft(id, "0")
	return bare, slices.ContainsFunc(i.ASPSP.Affiliated, func(a aspsp.Affiliate) bool { return strings.TrimLeft(a.ID, "0") == bare })
}

// Date returns the bank-local date at the instant.
func (i *Info) Date(at time.Time) time.Time {
	y, m, d := at.In(i.place()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Begin returns the instant at which the bank-local date begins.
func (i *Info) Begin(date time.Time) time.Time {
	y, m, d := date.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, i.place()).UTC()
}

func (i *Info) place() *time.Location {
	if i.Location == nil {
		return time.UTC
	}
	return i.Location
}

// A Customer is on whose behalf a bank is asked.
type Customer struct {
	Context      scope.Context
	PSU          string // normalised; empty if not known
	Organisation string // normalised; empty in scope.Private
	Affiliate    string // of the sub-bank, without leading zeros; empty if none
	IPAddress    string // of the PSU; empty in an unattended call
}

// A ConsentKeeper holds consents.
type ConsentKeeper interface {
	// OpenConsent registers a consent at the bank and returns the bank's
	// reference. It reports problem.CorporateIDInvalid for an organisation
	// that the bank does not know and problem.PSUInvalid for a PSU.
	OpenConsent(ctx context.Context, o ConsentOrder) (ref string, err error)
	// Consent asks how the bank sees the consent ref.
	Consent(ctx context.Context, ref string) (ConsentState, error)
	// CloseConsent ends a consent. Closing it again does nothing.
	CloseConsent(ctx context.Context, ref string) error
}

// A ConsentOrder asks for a consent.
type ConsentOrder struct {
	Customer               Customer
	All                    bool      // every account of the PSU
	Select                 bool      // the PSU picks the accounts
	Accounts               []Account // references only, if neither All nor Select
	Balances, Transactions bool      // rights beside the account list
	ValidUntil             time.Time // date
	Recurring              bool
	DirectDebit            bool // X-Consent-Type sepaDirectDebit
}

// A ConsentState is a consent as the bank sees it.
type ConsentState struct{ Revoked bool }

// An Authoriser runs SCA.
type Authoriser interface {
	// StartSCA starts a run. It reports problem.PSUInvalid for a PSU that the
	// bank does not know.
	StartSCA(ctx context.Context, o SCAOrder) (SCAState, error)
	// SCA asks for the state of a run, and for the challenge of the moment.
	SCA(ctx context.Context, ref string) (SCAState, error)
	// StopSCA ends a run that is no longer wanted. Stopping a finished one
	// does nothing.
	StopSCA(ctx context.Context, ref string) error
}

// A Subject is what a PSU signs.
type Subject string

// The subjects.
const (
	SubjectConsent      Subject = "consent"
	SubjectPayment      Subject = "payment"
	SubjectCancellation Subject = "cancellation" // of a payment
	SubjectBasket       Subject = "basket"
)

// An SCAOrder starts a run of SCA.
type SCAOrder struct {
	Customer   Customer
	Subject    Subject
	SubjectRef string // the bank's reference of the consent, the payment or the basket
	// Payments are what is signed, but for a consent: the one, or all of a
	// basket. The PSU is shown exactly these (Commission Delegated Regulation
	// (EU) 2018/389 article 5).
	Payments     []PaymentOrder
	Approach     sca.Approach
	Method       string // authenticationMethodId
	AuthoriserID string // PSU-Authoriser-ID, if sent
	AppName      string // who asks, shown to the PSU
	ReturnURL    string // where the bank's page sends the browser back; redirect only
}

// An SCAState is the state of a run of SCA at the bank.
type SCAState struct {
	Ref       string
	Status    sca.Status // sca.Finalised or sca.Exempted: the person has signed
	Challenge sca.Challenge
	Message   string      // for the PSU; may be empty
	Failure   sca.Failure // why Status is sca.Failed
	// Declined says that the failure ends the resource too: the PSU refused.
	Declined bool
	Signer   string // PSU-ID of the person who signed
	// SignaturesNeeded is how many persons must sign in all, at least 1.
	SignaturesNeeded int
	// Accounts are the bank's ids of the accounts that the consent covers, as
	// the signature settled it: what the PSU picked, or owns of those listed.
	// Nil means every account of the PSU; an empty slice means none.
	Accounts    []string
	RedirectURL string // page of the bank for the browser; redirect only
	// FinishedAt is when Status became final at the bank; zero if the bank
	// does not say, which is then taken as now.
	FinishedAt time.Time
}
