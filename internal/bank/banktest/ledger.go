package banktest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// A Ledger is a small bank that keeps its books in memory, so that a test can
// book between two pages and choose any profile. Everybody is its customer and
// has the same accounts.
type Ledger struct {
	info     bank.Info
	accounts []bank.Account
	cards    []bank.CardAccount

	mu       sync.Mutex             // guards the fields below
	rows     []bank.Transaction     // oldest first, of every account
	pending  []bank.Transaction     // of every account
	cardRows []bank.CardTransaction // oldest first, of every card
	err      error                  // of every call to read
	reads    int                    // calls to read, but for the lists of accounts
}

// NewLedger returns a bank, ESSESESS, with two accounts, one of them in several
// currencies, a card, and nothing booked. change may be nil.
func NewLedger(change func(*bank.Profile)) *Ledger {
	l := &Ledger{info: bank.Info{ASPSP: aspsp.ASPSP{BICFI: "ESSESESS", Name: "SEB"}, Profile: bank.DefaultProfile(), Location: time.FixedZone("CET", 3600)}}
	if change != nil {
		change(&l.info.Profile)
	}
	l.accounts = []bank.Account{
		{
			ID: "acc-1", Reference: bank.Reference{IBAN: "SE4550000000058398257466", BBAN: "58398257466", ClearingNumber: "5000", Currency: "SEK"},
			BankgiroNumber: "5050-1055", Name: "Company account", OwnerName: "Example AB", Usage: "ORGA", Status: "enabled", CashAccountType: "CACC",
			CreditLimit: &money.Amount{Minor: 100_00, Currency: "SEK"},
		},
		{ID: "acc-2", Reference: bank.Reference{IBAN: "SE1412000000000012345678", Currency: "XXX"}, Name: "Currencies"},
	}
	l.cards = []bank.CardAccount{{ID: "card-1", PAN: "4111111111111111", MaskedPAN: "411111******1111", Currency: "SEK", Name: "Card"}}
	return l
}

// Book books n rows on the day, numbered on from those there are.
func (l *Ledger) Book(n int, day time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		i := len(l.rows) + 1
		l.rows = append(l.rows, bank.Transaction{
			ID: fmt.Sprintf("t-%d", i), EntryReference: fmt.Sprintf("E%d", i), BookingDate: day, ValueDate: day,
			Amount: money.Amount{Minor: int64(-i), Currency: "SEK"}, Unstructured: "Invoice " + strconv.Itoa(i),
			BalanceAfter: &bank.Balance{Type: "interimBooked", Amount: money.Amount{Minor: 1_000_000 - int64(i), Currency: "SEK"}},
		})
		l.cardRows = append(l.cardRows, bank.CardTransaction{
			ID: fmt.Sprintf("c-%d", i), TransactionDate: day, BookingDate: day, Amount: money.Amount{Minor: int64(-i), Currency: "SEK"},
		})
	}
}

// Change changes the booked rows, the oldest first.
func (l *Ledger) Change(fn func(rows []bank.Transaction)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fn(l.rows)
}

// Announce puts a row among the pending ones.
func (l *Ledger) Announce(t bank.Transaction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, t)
}

// ForgetCards takes all but the first n rows of the cards off the books.
func (l *Ledger) ForgetCards(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cardRows = l.cardRows[:n]
}

// Fail lets every call to read report err from now on.
func (l *Ledger) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// Reads returns how often data was read, lists of accounts not counted.
func (l *Ledger) Reads() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

// Info implements [bank.Connector].
func (l *Ledger) Info() *bank.Info { return &l.info }

// OpenConsent implements [bank.ConsentKeeper].
func (l *Ledger) OpenConsent(context.Context, bank.ConsentOrder) (string, error) { return "ref", nil }

// Consent implements [bank.ConsentKeeper].
func (l *Ledger) Consent(context.Context, string) (bank.ConsentState, error) {
	return bank.ConsentState{}, nil
}

// CloseConsent implements [bank.ConsentKeeper].
func (l *Ledger) CloseConsent(context.Context, string) error { return nil }

// StartSCA implements [bank.Authoriser].
func (l *Ledger) StartSCA(context.Context, bank.SCAOrder) (bank.SCAState, error) {
	return bank.SCAState{Status: sca.Exempted}, nil
}

// SCA implements [bank.Authoriser].
func (l *Ledger) SCA(context.Context, string) (bank.SCAState, error) {
	return bank.SCAState{Status: sca.Exempted}, nil
}

// StopSCA implements [bank.Authoriser].
func (l *Ledger) StopSCA(context.Context, string) error { return nil }

// Accounts implements [bank.AccountReader].
func (l *Ledger) Accounts(context.Context, bank.Customer) ([]bank.Account, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.accounts), l.err
}

// CardAccounts implements [bank.CardReader].
func (l *Ledger) CardAccounts(context.Context, bank.Customer) ([]bank.CardAccount, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.cards), l.err
}

// Balances implements [bank.AccountReader].
func (l *Ledger) Balances(context.Context, bank.Customer, string) ([]bank.Balance, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	return []bank.Balance{{Amount: money.Amount{Minor: 5, Currency: "SEK"}, Type: "closingBooked"}}, l.err
}

// CardBalances implements [bank.CardReader].
func (l *Ledger) CardBalances(ctx context.Context, c bank.Customer, id string) ([]bank.Balance, error) {
	return l.Balances(ctx, c, id)
}

// Transaction implements [bank.AccountReader].
func (l *Ledger) Transaction(_ context.Context, _ bank.Customer, _, id string) (bank.Transaction, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	for _, t := range l.rows {
		if t.ID == id {
			return t, l.err
		}
	}
	return bank.Transaction{}, problem.New(problem.ResourceUnknown, "no such transaction")
}

// Transactions implements [bank.AccountReader].
func (l *Ledger) Transactions(_ context.Context, q bank.TransactionQuery) (bank.TransactionPage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := pageOf(l, q, l.rows, func(t bank.Transaction) (string, time.Time) { return t.EntryReference, t.BookingDate })
	out := bank.TransactionPage{Next: p.next, Previous: p.previous, First: p.first, Truncated: p.truncated}
	if q.Booked {
		out.Booked = p.rows
	}
	if q.Pending {
		out.Pending = slices.Clone(l.pending)
	}
	return out, err
}

// CardTransactions implements [bank.CardReader].
func (l *Ledger) CardTransactions(_ context.Context, q bank.TransactionQuery) (bank.CardTransactionPage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := pageOf(l, q, l.cardRows, func(t bank.CardTransaction) (string, time.Time) { return t.ID, t.BookingDate })
	out := bank.CardTransactionPage{Next: p.next, Previous: p.previous, First: p.first, Truncated: p.truncated}
	if q.Booked {
		out.Booked = p.rows
	}
	return out, err
}

type ledgerPage[T any] struct {
	rows                  []T
	next, previous, first string
	truncated             bool
}

// pageOf returns the page of q. A cursor is the number of rows in the snapshot
// and how many of those that match are on the pages before.
func pageOf[T any](l *Ledger, q bank.TransactionQuery, rows []T, of func(T) (string, time.Time)) (p ledgerPage[T], err error) {
	l.reads++
	if l.err != nil {
		return p, l.err
	}
	snapshot, skip := len(rows), 0
	if q.Cursor != "" {
		if n, err := fmt.Sscanf(q.Cursor, "%d:%d", &snapshot, &skip); n != 2 {
			return p, fmt.Errorf("cursor %q: %w", q.Cursor, err)
		}
	}
	var match []T // newest first
	found := q.After == ""
	for _, row := range slices.Backward(rows[:snapshot]) {
		ref, day := of(row)
		if q.After != "" && ref == q.After {
			found = true
			break
		}
		if q.After != "" && day.Before(q.From) {
			p.truncated = true
			continue
		}
		if q.After == "" && (day.Before(q.From) || day.After(q.To)) {
			continue
		}
		match = append(match, row)
	}
	if !found {
		return p, problem.New(problem.ResourceUnknown, "no such entry")
	}
	if q.MaxCount > 0 && len(match) > q.MaxCount {
		match, p.truncated = match[:q.MaxCount], true
	}
	end := min(skip+q.Limit, len(match))
	p.rows = match[skip:end]
	if end < len(match) {
		p.next = fmt.Sprintf("%d:%d", snapshot, end)
	}
	if skip > 0 {
		p.first = fmt.Sprintf("%d:0", snapshot)
		p.previous = fmt.Sprintf("%d:%d", snapshot, max(skip-q.Limit, 0))
	}
	return p, nil
}
