package money

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/bojanz/currency"

	"sluss.example/sluss/internal/problem"
)

var (
	decimalForm  = regexp.MustCompile(`^-?[0-9]{1,14}(\.[0-9]{1,3})?$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// ParseCurrency parses an ISO 4217 code in capitals. XXX, which stands for
// several currencies, is one. It reports problem.FormatInvalid.
func ParseCurrency(s string) (Currency, error) {
	if !currencyForm.MatchString(s) || s != "XXX" && !currency.IsValid(s) {
		return "", problem.New(problem.FormatInvalid, "must be an ISO 4217 currency code")
	}
	return Currency(s), nil
}

// Parse parses a decimal such as "-125.5": at most 14 digits before a dot and
// three after it, and no more decimals than c has, not even zeros. It reports
// problem.FormatInvalid. It takes c as it is: see [ParseCurrency].
func Parse(s string, c Currency) (Amount, error) {
	if !decimalForm.MatchString(s) {
		return Amount{}, problem.New(problem.FormatInvalid, "must be an amount such as 125.50")
	}
	whole, decimals, _ := strings.Cut(s, ".")
	digits := c.Digits()
	if len(decimals) > digits {
		return Amount{}, problem.New(problem.FormatInvalid, "has more decimals than %s, which has %d", c, digits)
	}
	// 14 digits and the at most 4 decimals of a currency fit into an int64.
	minor, err := strconv.ParseInt(whole+decimals+strings.Repeat("0", digits-len(decimals)), 10, 64)
	if err != nil {
		return Amount{}, problem.New(problem.FormatInvalid, "is out of range").Because(err)
	}
	return Amount{Minor: minor, Currency: c}, nil
}
