package simulator

import (
	"context"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/money"
)

// A Store keeps what the simulated banks know.
type Store interface {
	// Tx runs fn in one transaction. It may run fn again, so fn must be pure
	// but for its Tx.
	Tx(ctx context.Context, fn func(Tx) error) error

	// CustomerVersion returns a number that grows with the accounts of a
	// customer, 0 for one that the bank does not know.
	CustomerVersion(ctx context.Context, bicfi ident.BICFI, customer string) (int64, error)
	// Accounts returns the accounts that a customer holds, in order.
	Accounts(ctx context.Context, bicfi ident.BICFI, customer string) ([]Account, error)
	// Ledger reports problem.ResourceUnknown.
	Ledger(ctx context.Context, account int64) (Ledger, error)
	// Entries returns entries of an account. Their journals are left out.
	Entries(ctx context.Context, q EntryQuery) ([]Entry, error)
	// Entry finds an entry by its Ref. It reports problem.ResourceUnknown.
	Entry(ctx context.Context, account, ref int64) (Entry, error)

	// Account finds an account by its key. It reports problem.ResourceUnknown.
	Account(ctx context.Context, key int64) (Account, error)
	// AccountByNumber is that of Tx, outside of one.
	AccountByNumber(ctx context.Context, bicfi ident.BICFI, number string) (Account, bool, error)
	// AccountByBankgiro finds an account of any bank by the digits of its
	// bankgiro number.
	AccountByBankgiro(ctx context.Context, number string) (Account, bool, error)

	// Locking is Tx for a transaction that works on rows that it has locked:
	// with Tx.Payments and then Tx.Ledgers, each once. Those who want the same
	// rows wait for each other, where those of Tx would run again.
	Locking(ctx context.Context, fn func(Tx) error) error
	// Payment reports problem.ResourceUnknown.
	Payment(ctx context.Context, ref string) (Payment, error)
	// DuePayments returns the payments of which something is due at the
	// instant, as it comes due, at most limit.
	DuePayments(ctx context.Context, now time.Time, limit int) ([]Payment, error)
	// DuePaymentsOf is DuePayments for those from or to an account.
	DuePaymentsOf(ctx context.Context, account int64, now time.Time, limit int) ([]Payment, error)
	// HeldPayments returns the payments from an account for which money is
	// reserved and that come due before the instant, as they do.
	HeldPayments(ctx context.Context, account int64, before time.Time) ([]Payment, error)
	// Payments returns the payments of a bank, newest first, at most limit; of
	// all banks if bicfi is empty.
	Payments(ctx context.Context, bicfi ident.BICFI, limit int) ([]Payment, error)
	// PaymentByID finds a payment by the PaymentID of its order, and is slow. It
	// reports problem.ResourceUnknown.
	PaymentByID(ctx context.Context, id string) (Payment, error)
	// HasPaid reports whether AddPayee was called for the two.
	HasPaid(ctx context.Context, debtor int64, payee string) (bool, error)

	// Consent reports problem.ResourceUnknown.
	Consent(ctx context.Context, ref string) (StoredConsent, error)
	// ConsentOpen reports whether there is such a consent and it is neither
	// closed nor revoked.
	ConsentOpen(ctx context.Context, ref string) (bool, error)
	// Run reports problem.ResourceUnknown.
	Run(ctx context.Context, ref string) (Run, error)
	// InsertRun stores a run, in a transaction of its own.
	InsertRun(ctx context.Context, r *Run) error
	// Runs returns the runs without a decision that started at or after since,
	// oldest first.
	Runs(ctx context.Context, since time.Time) ([]Run, error)

	// Forget deletes consents whose ForgetAt has passed, runs of SCA that
	// started before an instant, and payments whose refs sort before a text and
	// of which nothing is due.
	Forget(ctx context.Context, now, runsBefore time.Time, paymentsBefore string) error
	// Reset deletes everything.
	Reset(ctx context.Context) error
	// Audit returns a line for each journal, ledger and entry that breaks a
	// rule of bookkeeping.
	Audit(ctx context.Context) ([]string, error)
}

// A Tx is a transaction.
type Tx interface {
	job.Tx

	// AddAccount stores an account that is not in the books yet, and reports
	// whether it did: its key and its number must be free.
	AddAccount(ctx context.Context, a *Account) (bool, error)
	// AddHolder gives a customer an account, last in order, and raises the
	// customer's version. To give it again does nothing.
	AddHolder(ctx context.Context, bicfi ident.BICFI, customer string, account int64) error
	// AddCustomer makes a customer known who may have no account.
	AddCustomer(ctx context.Context, bicfi ident.BICFI, customer string) error
	// AccountByNumber finds an account by IBAN, BBAN or PAN as normalised.
	AccountByNumber(ctx context.Context, bicfi ident.BICFI, number string) (Account, bool, error)
	// Ledger returns the ledger of an account, with the currency alone if
	// nothing was ever posted to it.
	Ledger(ctx context.Context, account int64, c money.Currency) (Ledger, error)
	// Ledgers locks the ledgers of the accounts, which are in order, and
	// returns those that there are.
	Ledgers(ctx context.Context, accounts []int64) ([]Ledger, error)
	// Post stores journals with their entries, and the ledgers as they are
	// after them. It runs the transaction again if one of them has changed
	// since it was read.
	Post(ctx context.Context, p *Posting) error

	// InsertPayment stores a payment, and reports whether its ref was free.
	InsertPayment(ctx context.Context, p *Payment) (bool, error)
	// Payments locks the payments with the refs and returns those that there
	// are, in the order of their refs.
	Payments(ctx context.Context, refs []string) ([]Payment, error)
	DeletePayment(ctx context.Context, ref string) error
	// SavePayments stores payments as they are now, but for what they order.
	// It runs the transaction again if one has changed since it was read.
	SavePayments(ctx context.Context, list []*Payment) error
	// AddPayee stores that an account has paid a payee. To add it again does
	// nothing.
	AddPayee(ctx context.Context, debtor int64, payee string) error

	InsertConsent(ctx context.Context, c StoredConsent) error
	Consent(ctx context.Context, ref string) (StoredConsent, error)
	SaveConsent(ctx context.Context, c StoredConsent) error
	InsertRun(ctx context.Context, r *Run) error
	Run(ctx context.Context, ref string) (Run, error)
	SaveRun(ctx context.Context, r *Run) error
	// RunsOf returns the runs for a consent, a payment or a basket, oldest
	// first.
	RunsOf(ctx context.Context, subject string) ([]Run, error)
}

// An Account is an account or a card account in the books of a bank. It does
// not change.
type Account struct {
	Key    int64 // its name in the ledger
	BICFI  ident.BICFI
	Number string // IBAN, or BBAN or PAN where there is none; normalised
	BBAN   string // normalised; empty if none
	// Bankgiro is the account's bankgiro number, digits alone; empty if none.
	Bankgiro string

	Payment *bank.Account     // one of the two is set
	Card    *bank.CardAccount // a card account
	Plan    Plan
}

// A Plan says what happens on an account.
type Plan struct {
	Life    string // the kind of history, such as "household"
	Opening int64  // balance before the history, minor units
	Days    int    // of history before the first day that is read
	Level   int64  // what a month is about, such as the salary, minor units
	Rows    int64  // of 760 days; for the lives that only count
	Shared  bool   // belongs to every customer who names it
}

// A Ledger is the balance of an account.
type Ledger struct {
	Account  int64
	Currency money.Currency
	Balance  int64 // minor units; the sum of all entries
	Entries  int64 // how many there are, which is the Seq of the last
	Grown    int64 // day until which there is history; 0 if none yet
	Held     int64 // minor units that are reserved and not booked
}

// A Posting is journals with their entries.
type Posting struct {
	Journals []Journal
	Entries  []Entry
	Before   []Ledger // as they were read; those of all entries
	After    []Ledger // in the same order
}

// A Journal is one event. Its entries sum to zero in each currency.
type Journal struct {
	ID   int64
	Kind string
	At   time.Time
}

// An Entry is one line on one account.
type Entry struct {
	Journal int64 // not read
	Account int64
	Day     int64 // booking date, days since 1970-01-01
	Seq     int64 // 1, 2, 3 ... on the account; 0 of the opening balance
	Ref     int64 // unique on the account; the transaction is known by it before it is booked
	At      int64 // when it was booked, Unix milliseconds
	Value   int64 // value date, days since 1970-01-01
	Kind    int64
	Amount  int64 // minor units; what the account loses is negative
	Balance int64 // after it
	Text    string
}

// An EntryQuery asks for the entries of an account with FromDay <= Day <=
// ToDay and MinSeq <= Seq <= MaxSeq that lie beyond a position, at most Limit.
type EntryQuery struct {
	Account        int64
	FromDay, ToDay int64
	MinSeq, MaxSeq int64
	BookedBefore   int64 // Unix milliseconds, included
	Day, Seq       int64 // the position
	Forward        bool  // from old to new, else from new to old
	Skip, Limit    int
}

// A StoredConsent is a consent as the bank keeps it.
type StoredConsent struct {
	Ref                 string
	BICFI               ident.BICFI
	Order               bank.ConsentOrder
	ClosedAt, RevokedAt time.Time // zero if not
	ForgetAt            time.Time // when it may be deleted; zero if never
}

// A Run is a run of SCA as the bank keeps it.
type Run struct {
	Ref       string
	BICFI     ident.BICFI
	Order     bank.SCAOrder
	Mode      Mode
	PSU       string // who signs; empty until somebody has logged in
	Like      string // the test identity that PSU behaves as; empty if none
	Needed    int    // signatures
	StartedAt time.Time
	OpenedAt  time.Time // the app or the page was opened; zero if not
	DecidedAt time.Time // zero if nobody has
	Verdict   Verdict
	StoppedAt time.Time // zero if not
	// Instant says that the person signs at the start.
	Instant bool
	// Known says that the payee is known to the debtor.
	Known bool
	// Accounts is what the signature settled, once Settled.
	Settled  bool
	Picked   []string
	Accounts []string // nil: every one
	Version  int64
}

// A Payment is a payment as the bank keeps it: one that was submitted, or that
// was cancelled before.
type Payment struct {
	Ref   string
	BICFI ident.BICFI
	PaymentTerms
	Debtor   int64 // key of the account; 0 if it was never submitted
	Creditor int64 // key of the account, if it is in the books; else 0

	Status      iso20022.Status
	Reason      string    // why Status is iso20022.RJCT, or that the money came back
	At          time.Time // since when it has Status
	SubmittedAt time.Time // zero if never
	Step        Step
	DueAt       time.Time // of Step; zero if there is none
	Held        int64     // reserved on the debtor's account, minor units
	Outages     int       // how often the bank is still to be down for it
	Version     int64
}

// PaymentTerms are what a payment is about. They do not change once it is
// submitted.
type PaymentTerms struct {
	Order      bank.PaymentOrder
	DebtorName string
	// Debit is what the debtor loses.
	Debit money.Amount
	// Rate is the price of one unit of the order's currency in that of Debit;
	// empty if they are the same.
	Rate string
	// Credit is what the creditor's account gets, and CreditRate the price of
	// one unit of the order's currency in that of Credit. Both are zero if the
	// creditor is not in the books.
	Credit     money.Amount
	CreditRate string
	Executes   int64 // day, bank-local
}

// A Step is what is due of a payment.
type Step string

// The steps.
const (
	StepNone   Step = ""
	StepCheck  Step = "check"  // the checks end
	StepStart  Step = "start"  // the money is reserved
	StepSettle Step = "settle" // the money goes
	StepReport Step = "report" // the creditor's bank says that it has it
	StepReturn Step = "return" // the money comes back
)
