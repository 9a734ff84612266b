package money

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/problem"
)

// A Rate is an exchange rate: how many units of one currency one unit of
// another costs. It is a whole number of hundred-millionths, so it has 8
// decimals and is exact. A rate that can be used is more than zero.
type Rate int64

// One is the rate of a currency against itself.
const One Rate = 100_000_000

// rateDecimals is how many decimals a rate has.
const rateDecimals = 8

var rateForm = regexp.MustCompile(`^[0-9]{1,10}(\.[0-9]{1,8})?$`)

// ParseRate parses a decimal such as "11.0525": more than zero, at most 10
// digits before a dot and 8 after it. It reports problem.FormatInvalid.
func ParseRate(s string) (Rate, error) {
	if !rateForm.MatchString(s) {
		return 0, problem.New(problem.FormatInvalid, "must be a rate such as 11.0525")
	}
	whole, decimals, _ := strings.Cut(s, ".")
	// 18 digits fit into an int64.
	n, err := strconv.ParseInt(whole+decimals+strings.Repeat("0", rateDecimals-len(decimals)), 10, 64)
	if err != nil || n == 0 {
		return 0, problem.New(problem.FormatInvalid, "must be more than zero").Because(err)
	}
	return Rate(n), nil
}

// RateOf returns the rate that is nearest to r, a half up. It reports
// [ErrOverflow] for what is nearest to no rate above zero, or to one that is
// too large.
func RateOf(r *big.Rat) (Rate, error) {
	n := divideHalfUp(new(big.Int).Mul(r.Num(), big.NewInt(int64(One))), r.Denom())
	if !n.IsInt64() || n.Sign() <= 0 {
		return 0, ErrOverflow
	}
	return Rate(n.Int64()), nil
}

// Rat returns the rate as a fraction.
func (r Rate) Rat() *big.Rat { return big.NewRat(int64(r), int64(One)) }

// String returns the rate with its 8 decimals, such as "11.05254986".
func (r Rate) String() string {
	sign, n := "", uint64(r)
	if r < 0 {
		sign, n = "-", -n
	}
	text := strconv.FormatUint(n, 10)
	if missing := rateDecimals + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	whole := len(text) - rateDecimals
	return sign + text[:whole] + "." + text[whole:]
}

// Convert returns what a costs in the currency to, at r units of to for a unit
// of a's currency: the exact product, rounded once to 2 decimals, a half away
// from zero. Where to has fewer decimals it is rounded to those. It reports
// [ErrOverflow].
func (r Rate) Convert(a Amount, to Currency) (Amount, error) {
	kept := min(to.Digits(), 2)
	product := new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(int64(r)))
	product.Mul(product, power(kept))
	n := divideHalfUp(product, power(a.Currency.Digits()+rateDecimals))
	n.Mul(n, power(to.Digits()-kept))
	if !n.IsInt64() {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: n.Int64(), Currency: to}, nil
}

// divideHalfUp returns n / d for a d above zero, rounded to a whole number, a
// half away from zero.
func divideHalfUp(n, d *big.Int) *big.Int {
	twice := new(big.Int).Mul(new(big.Int).Abs(n), big.NewInt(2))
	twice.Add(twice, d)
	q := twice.Quo(twice, new(big.Int).Mul(d, big.NewInt(2)))
	if n.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

// power returns 10 to the n.
func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
