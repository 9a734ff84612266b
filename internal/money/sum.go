package money

import (
	"cmp"
	"errors"
	"fmt"
	"math"
)

// ErrOverflow is reported for a result that an int64 of minor units cannot
// hold.
var ErrOverflow = errors.New("amount out of range")

// A MixError is an operation on two currencies that takes one.
type MixError struct{ A, B Currency }

// Error implements error.
func (e *MixError) Error() string { return fmt.Sprintf("mixed currencies %s and %s", e.A, e.B) }

// Add returns a + b. It reports a [MixError] if their currencies differ, and
// [ErrOverflow].
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, &MixError{a.Currency, b.Currency}
	}
	sum := a.Minor + b.Minor
	if b.Minor != 0 && (sum > a.Minor) != (b.Minor > 0) { // it wrapped round
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// Sub returns a - b. It reports what [Amount.Add] does.
func (a Amount) Sub(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, &MixError{a.Currency, b.Currency}
	}
	difference := a.Minor - b.Minor
	if b.Minor != 0 && (difference < a.Minor) != (b.Minor > 0) {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: difference, Currency: a.Currency}, nil
}

// Neg returns -a. It reports [ErrOverflow].
func (a Amount) Neg() (Amount, error) {
	if a.Minor == math.MinInt64 {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: -a.Minor, Currency: a.Currency}, nil
}

// Cmp returns -1, 0 or 1 as a is less than, equal to or more than b. It
// reports a [MixError] if their currencies differ.
func (a Amount) Cmp(b Amount) (int, error) {
	if a.Currency != b.Currency {
		return 0, &MixError{a.Currency, b.Currency}
	}
	return cmp.Compare(a.Minor, b.Minor), nil
}

// IsZero reports whether a is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// String returns the amount with its currency, such as "-125.50 SEK". It is
// for people: a log of a production system should not have amounts.
func (a Amount) String() string { return a.Decimal() + " " + string(a.Currency) }
