package payment

import (
	"time"

	"sluss.example/sluss/internal/bank"
)

// Abroad returns what a request for a cross-border payment orders that no bank
// of the PSU's will carry out: one at a quoted rate, which is funded by a
// transfer. It is checked as of a date by the rules of the body alone. All
// faults come in one error.
func (r *Request) Abroad(today time.Time) (bank.PaymentOrder, error) {
	return r.check(CrossBorder, &bank.Info{Profile: bank.DefaultProfile()}, today)
}
