package bank

import (
	"context"
	"time"

	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/money"
)

// A PaymentInitiator takes payments. One that was opened stands unsigned until
// it is submitted, which its signatures allow. So what a bank was told to pay,
// and whether, are two steps, and a signature that never becomes one of ours
// (as when a code is not exchanged) moves no money.
type PaymentInitiator interface {
	// OpenPayment checks a payment by the bank's own rules and gives it a
	// reference. It reports problem.PaymentFailed if the bank refuses at once,
	// problem.FormatInvalid with the field for what this bank demands of it,
	// problem.RightsMissing if the PSU lacks the right, and the faults of
	// customers as [ConsentKeeper] does.
	OpenPayment(ctx context.Context, o PaymentOrder) (OpenedPayment, error)
	// SubmitPayment has the bank carry out the payment ref, which is fully
	// signed; o is what was opened. To submit it again does nothing but return
	// its state, so that a caller who does not know whether it got through may
	// try again.
	SubmitPayment(ctx context.Context, ref string, o PaymentOrder) (PaymentState, error)
	// Payment asks how the bank sees a payment. An opened one that was not
	// submitted is iso20022.RCVD. It reports problem.BankUnavailable, and
	// problem.ResourceUnknown for one that the bank has forgotten.
	Payment(ctx context.Context, ref string) (PaymentState, error)
	// CancelPayment withdraws a payment, whether submitted or not. Cancelling
	// it again does nothing. It reports problem.CancellationInvalid if it is
	// too late or the bank does not offer it.
	CancelPayment(ctx context.Context, ref string) (PaymentState, error)
}

// A BasketKeeper lets several payments be signed at once. They are opened
// before, and each is submitted by itself after.
type BasketKeeper interface {
	// OpenBasket groups opened payments and returns the bank's reference, the
	// subject of its SCA.
	OpenBasket(ctx context.Context, c Customer, payments []string) (ref string, err error)
	// Basket asks how the bank sees a basket that was opened and not given up. It
	// reports problem.BankUnavailable, and problem.ResourceUnknown for one that
	// the bank has forgotten, which decides nothing.
	Basket(ctx context.Context, ref string) (BasketState, error)
	// CloseBasket gives a basket up; its payments stand alone again. Closing it
	// again does nothing.
	CloseBasket(ctx context.Context, ref string) error
}

// A BasketState is a basket as the bank sees it. Who has signed it the runs of
// SCA say.
type BasketState struct {
	Refused bool      // the bank will not carry it out, whoever signs it
	Reason  string    // why, for the TPP's developer and the PSU
	At      time.Time // when it was refused, on the platform's clock; zero if the bank does not say
}

// A PayeeVerifier knows who holds accounts, its own or by asking the bank that
// has them.
type PayeeVerifier interface {
	// Holders returns the names of those who hold an account. It reports
	// problem.ResourceUnknown for an account that nobody knows.
	Holders(ctx context.Context, account Reference) ([]string, error)
}

// A PaymentOrder is what the PSU orders the bank to pay. Texts that were not
// given are empty.
type PaymentOrder struct {
	Customer Customer
	// PaymentID and ClientID are ours: account information shows them beside
	// the transactions that come of the payment, to that app alone.
	PaymentID, ClientID string
	Product             string // such as "domestic"; never an alias

	Amount money.Amount // in the currency that the creditor gets
	// Debtor is the account to debit. Bankgiro and plusgiro numbers name an
	// account too.
	Debtor   Party
	Creditor Party // Bankgiro or Plusgiro for product swedish-giro
	// CreditorName is at most 70 characters.
	CreditorName    string
	CreditorAddress *Address
	CreditorAgent   string // BICFI of the creditor's bank
	CreditorBank    string // creditorAgentName

	// ExecutionDate is the date asked for: zero means as soon as possible.
	ExecutionDate time.Time

	Unstructured   string // remittance information
	OCR            string // OCR or RF creditor reference
	Invoice        string
	EndToEndID     string
	DebtorText     string // debtorAccountMessage
	CreditorText   string // creditorAccountMessage
	PurposeCode    string
	RegulatoryInfo []RegulatoryInfo

	// Source is what the debtor is debited with when a quote fixed that, fee
	// included. Zero: Amount, converted at the bank's rate where the account has
	// another currency.
	Source money.Amount
}

// RegulatoryInfo is a detail of regulatoryReporting.
type RegulatoryInfo struct{ Code, Information string }

// An Address is a postal address. Only Country is always there.
type Address struct{ Street, BuildingNumber, City, PostalCode, State, Country string }

// An OpenedPayment is a payment that the bank took for signing.
type OpenedPayment struct {
	Ref string
	// ExecutionDate is the bank-local date on which the bank will carry it out:
	// the one asked for, or the next bank day after it or after the cut-off.
	ExecutionDate time.Time
	Moved         bool // ExecutionDate is later than asked for
	// Debtor is the debtor's account as the bank knows it, else as ordered.
	Debtor Party
	// Converted says that the debtor's account has another currency and no
	// quote fixed the rate.
	Converted bool
	Notices   []Notice
}

// A Notice is a remark of a bank on something that it accepted.
type Notice struct {
	Code string // message code of the API, such as CREDITOR_ACCOUNT_FLAGGED
	Text string // one sentence
}

// A PaymentState is a payment as the bank sees it.
type PaymentState struct {
	// Status is never iso20022.PATC: signatures are counted by the caller.
	Status iso20022.Status
	Reason string // why Status is iso20022.RJCT, for the TPP's developer and the PSU
	// At is when it got that status on the platform's clock; zero if the bank
	// does not say.
	At time.Time
}
