package bank

import (
	"context"
	"time"

	"sluss.example/sluss/internal/money"
)

// An AccountReader lets a PSU's accounts be read. The caller may change the
// transactions that it gets.
type AccountReader interface {
	// Accounts returns the payment accounts of the customer, in a stable order.
	Accounts(ctx context.Context, c Customer) ([]Account, error)
	// Balances returns the balances of an account. The caller has checked that
	// the customer may see it.
	Balances(ctx context.Context, c Customer, accountID string) ([]Balance, error)
	// Transactions returns one page of an account's transactions, newest first.
	// It reports problem.ResourceUnknown for an unknown q.After.
	Transactions(ctx context.Context, q TransactionQuery) (TransactionPage, error)
	// Transaction returns one transaction with all its details. It reports
	// problem.ResourceUnknown.
	Transaction(ctx context.Context, c Customer, accountID, transactionID string) (Transaction, error)
}

// A CardReader lets a PSU's card accounts be read.
type CardReader interface {
	// CardAccounts returns the card accounts of the customer, in a stable order.
	CardAccounts(ctx context.Context, c Customer) ([]CardAccount, error)
	// CardBalances returns the balances of a card account.
	CardBalances(ctx context.Context, c Customer, accountID string) ([]Balance, error)
	// CardTransactions returns one page of card transactions, newest first.
	CardTransactions(ctx context.Context, q TransactionQuery) (CardTransactionPage, error)
}

// A Reference names an account. One of IBAN, BBAN, AccountNumber, PAN,
// MaskedPAN, MSISDN is set; ClearingNumber goes with BBAN or AccountNumber.
type Reference struct {
	IBAN, BBAN, ClearingNumber, AccountNumber string
	PAN, MaskedPAN, MSISDN                    string
	Currency                                  money.Currency // none if empty
}

// An Account is a payment account.
type Account struct {
	ID string // the bank's own, stable; never shown to a TPP
	Reference
	BankgiroNumber, PlusgiroNumber                    string
	Name, Product, OwnerName, Details, LinkedAccounts string
	CashAccountType                                   string // ISO ExternalCashAccountType1Code, such as CACC
	Status                                            string // enabled, deleted or blocked
	Usage                                             string // PRIV or ORGA
	CreditLimit                                       *money.Amount
}

// A Balance is a balance of an account.
type Balance struct {
	Amount              money.Amount
	Type                string // balanceType, such as interimAvailable
	CreditLimitIncluded bool
	LastChange          time.Time // none if zero
	ReferenceDate       time.Time // date; none if zero
	LastTransaction     string    // entry reference of the last committed one
}

// A TransactionQuery asks for a page of transactions.
type TransactionQuery struct {
	Customer  Customer
	AccountID string
	From, To  time.Time // dates, both included; on the booking date
	After     string    // entryReference, of a card the id: rows booked after that one; To is then ignored
	Booked    bool
	Pending   bool   // only on the first page
	Limit     int    // most booked rows; at least 1
	Cursor    string // Next of the page before; empty for the first
	MaxCount  int    // only the newest rows of the history, if not 0
}

// A TransactionPage is a page of transactions.
type TransactionPage struct {
	Booked  []Transaction // newest first
	Pending []Transaction
	Next    string // cursor of the next page, which reads the same snapshot; empty on the last
	// Previous and First are the cursors of the page before and of the first
	// page, in the same snapshot. They are empty on the first page, and where
	// the bank cannot go back.
	Previous, First string
	Truncated       bool // MaxCount cut rows off, or From did that are newer than After
}

// A CardTransactionPage is a page of card transactions.
type CardTransactionPage struct {
	Booked  []CardTransaction // newest first
	Pending []CardTransaction

	Next, Previous, First string // as in TransactionPage
	Truncated             bool
}

// A Party is the other side of a transaction's account.
type Party struct {
	Reference
	Bankgiro, Plusgiro string
}

// A Transaction is a row of an account. Texts that the bank does not know are
// empty, dates zero.
type Transaction struct {
	ID                                         string // transactionId
	EntryReference                             string
	EndToEndID, MandateID, CheckID, CreditorID string
	ListID                                     string // transactionListId, booked rows only
	PaymentID                                  string // the payment that it stems from, with PaymentClientID
	// PaymentClientID is the app that made the payment; only that app sees
	// PaymentID.
	PaymentClientID string

	BookingDate, ValueDate time.Time    // dates
	Amount                 money.Amount // debits are negative
	BalanceAfter           *Balance
	Exchange               []Exchange

	CreditorName     string
	CreditorAccount  *Party
	UltimateCreditor string
	DebtorName       string
	DebtorAccount    *Reference
	UltimateDebtor   string

	Unstructured                                      string // remittance
	UnstructuredArray                                 []string
	Structured                                        string
	AdditionalInformation                             string
	PurposeCode, BankTransactionCode, ProprietaryCode string
	Fees                                              []Fee
}

// An Exchange is a conversion of currency within a transaction. Rate is a
// decimal.
type Exchange struct {
	SourceCurrency, UnitCurrency, TargetCurrency money.Currency
	Rate                                         string
	QuotationDate                                time.Time // date
	Contract                                     string
}

// A Fee is a fee of a transaction.
type Fee struct {
	Amount money.Amount
	Bearer string // such as DEBT
}

// A CardAccount is the account of a card.
type CardAccount struct {
	ID                                             string // the bank's own, stable
	PAN, MaskedPAN                                 string
	Currency                                       money.Currency
	OwnerName, Name, DisplayName, Product, Details string
	DebitAccounting                                bool
	Status, Usage                                  string
	CreditLimit                                    *money.Amount
}

// A CardTransaction is a row of a card account.
type CardTransaction struct {
	ID, TerminalID                                                    string
	TransactionDate, BookingDate                                      time.Time // dates; BookingDate zero while pending
	Amount                                                            money.Amount
	Original, MarkupFee                                               *money.Amount
	MarkupPercentage                                                  string // decimal
	Exchange                                                          []Exchange
	AcceptorID                                                        string
	AcceptorStreet, AcceptorCity, AcceptorPostalCode, AcceptorCountry string
	MerchantCategory                                                  string // four digits
	MaskedPAN, Details                                                string
	Invoiced                                                          bool
	ProprietaryCode                                                   string
}
