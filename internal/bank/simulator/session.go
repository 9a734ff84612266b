package simulator

import (
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/sca"
)

// A Verdict is what a person answers when asked to sign.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Decline Verdict = "decline" // refuses what is asked
	Abort   Verdict = "abort"   // leaves without an answer
	Expire  Verdict = "expire"  // lets the time run out, at once
)

// A Decision is the answer to a run of SCA.
type Decision struct {
	Verdict  Verdict
	PSU      string   // who answers; empty for the person named before, or the default person
	Accounts []string // bank's ids, where the person picks; nil for all
}

// A Session is a run of SCA as the person at the bank sees it.
type Session struct {
	Ref       string
	BICFI     ident.BICFI
	BankName  string
	Logo      []byte // SVG
	AppName   string
	ReturnURL string // redirect only
	Approach  sca.Approach
	Method    string // authenticationMethodId
	Subject   bank.Subject
	Customer  bank.Customer     // PSU empty if the application named nobody
	Asked     bank.ConsentOrder // what the consent asks for
	Payments  []SessionPayment  // what is paid, cancelled or signed as a basket
	Totals    []string          // of Payments, one for each currency, for the eye
	StartedAt time.Time
	ExpiresAt time.Time // when time alone ends the run
	Status    sca.Status
	Failure   sca.Failure // if Status is sca.Failed
	Signers   int         // how many must sign in all

	OrganisationName string // empty in a private context
	People           []Person
	// Person and Accounts are there once it is known who signs.
	Person   Person
	Accounts []SessionAccount
}

// Ended reports whether the run has an outcome.
func (s *Session) Ended() bool { return s.Status.Final() }

// A SessionAccount is an account that is asked for, or that can be picked.
type SessionAccount struct {
	ID, Name, Number string
	Card             bool
	Balance          string // for the eye, such as "1 234.50 SEK"
}

// A SessionPayment is a payment as the person sees it who signs it.
type SessionPayment struct {
	Amount          string // for the eye, such as "1 234.50 SEK"
	Payee, To, From string // name; numbers
	Bank            string // of the payee; empty if not given
	Date            string // such as "2 January 2006"; empty: as soon as possible
	Text            string // reference or message to the payee
	Cost            string // what the debtor loses, where that is in another currency
}

// A Person is a test person or company for log-in pages and guides.
type Person struct {
	PSU          string
	Organisation string // empty for a private customer
	Name         string
	Note         string // what is special
}
