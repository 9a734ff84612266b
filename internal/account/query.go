package account

import (
	"time"

	"sluss.example/sluss/internal/bank"
)

// A BookingStatus chooses between booked and pending rows.
type BookingStatus string

// The booking statuses. Empty is Booked.
const (
	Booked  BookingStatus = "booked"
	Pending BookingStatus = "pending"
	Both    BookingStatus = "both"
)

// A Query asks for transactions of an account.
type Query struct {
	Status       BookingStatus
	From, To     time.Time // dates, both included; the defaults if zero
	After        string    // entryReferenceFrom: rows booked after that entry; From and To are not the caller's then
	Delta        bool      // deltaList
	WithBalance  bool
	Continuation string // continuationKey; all else is then ignored
}

// A Page is one page of a report, without its rows.
type Page struct {
	Number     int // from 1
	Query      Query
	Balances   []bank.Balance // nil unless asked for and open; first page only
	NoBalances bool           // balances were asked for and are not open
	Truncated  bool           // older rows are beyond what the bank gives
	// Next, Previous and First are continuation keys. Next is empty on the
	// last page; the others are empty on the first, and where the bank cannot
	// go back.
	Next, Previous, First string
	// EmptyAs204 says that the bank answers an empty report without a body.
	EmptyAs204 bool
}

// A Report is a page of the transactions of an account.
type Report struct {
	Page
	Account         Account
	Booked, Pending []bank.Transaction // nil if not asked for
	Details         bool               // the bank has details of each row
}

// A CardReport is a page of the transactions of a card account.
type CardReport struct {
	Page
	Card            Card
	Booked, Pending []bank.CardTransaction // nil if not asked for
}
