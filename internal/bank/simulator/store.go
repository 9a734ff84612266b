package simulator

import (
	"context"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
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

	// Consent reports problem.ResourceUnknown.
	Consent(ctx context.Context, ref string) (StoredConsent, error)
	// ConsentOpen reports whether there is such a consent and it is neither
	// closed nor revoked.
	ConsentOpen(ctx context.Context, ref string) (bool, error)
	// Run reports problem.ResourceUnknown.
	Run(ctx context.Context, ref string) (Run, error)
	// Runs returns the runs without a decision that started at or after since,
	// oldest first.
	Runs(ctx context.Context, since time.Time) ([]Run, error)

	// Reset deletes everything.
	Reset(ctx context.Context) error
	// Audit returns a line for each journal, ledger and entry that breaks a
	// rule of bookkeeping.
	Audit(ctx context.Context) ([]string, error)
}

// A Tx is a transaction.
type Tx interface {
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
	// Post stores a journal with its entries, and its ledgers as they are
	// after it. It runs the transaction again if one of them has changed since
	// it was read.
	Post(ctx context.Context, p *Posting) error

	InsertConsent(ctx context.Context, c StoredConsent) error
	Consent(ctx context.Context, ref string) (StoredConsent, error)
	SaveConsent(ctx context.Context, c StoredConsent) error
	InsertRun(ctx context.Context, r *Run) error
	Run(ctx context.Context, ref string) (Run, error)
	SaveRun(ctx context.Context, r *Run) error
	// Signers returns who has signed for a consent so far.
	Signers(ctx context.Context, consent string) ([]string, error)
}

// An Account is an account or a card account in the books of a bank. It does
// not change.
type Account struct {
	Key    int64 // its name in the ledger
	BICFI  ident.BICFI
	Number string // IBAN, or BBAN or PAN where there is none; normalised
	BBAN   string // normalised; empty if none

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
}

// A Posting is a journal with its entries. The entries of a currency sum to
// zero.
type Posting struct {
	Journal int64
	Kind    string
	At      time.Time
	Entries []Entry
	Before  []Ledger // as they were read; those of all entries
	After   []Ledger // in the same order
}

// An Entry is one line on one account.
type Entry struct {
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
	// Accounts is what the signature settled, once Settled.
	Settled  bool
	Picked   []string
	Accounts []string // nil: every one
	Version  int64
}
