// Package account reads accounts, balances and transactions under a consent
// (contract accounts.md sections 1 to 7).
package account

import "context"

// A Store counts unattended calls.
type Store interface {
	// CountAccess adds one to the counter key of the bank-local day (a date,
	// 2006-01-02) unless it has reached limit, and reports whether it did.
	CountAccess(ctx context.Context, key, day string, limit int) (bool, error)
}
