package money

import (
	"strconv"

	"github.com/bojanz/currency"
)

// Digits returns how many decimals the amounts of c have, such as 2 for SEK
// and 0 for JPY. A code that ISO 4217 does not have has 2.
func (c Currency) Digits() int {
	switch c {
	case "SEK", "EUR", "NOK", "DKK", "USD", "GBP": // nearly all; the table is slower
		return 2
	}
	if n, ok := currency.GetDigits(string(c)); ok {
		return int(n)
	}
	return 2
}

// Decimal returns the amount as a decimal without its currency: with a dot,
// all the decimals of the currency, and a minus if it is negative.
func (a Amount) Decimal() string {
	var buf [32]byte
	return string(a.AppendDecimal(buf[:0]))
}

// AppendDecimal appends what Decimal returns.
func (a Amount) AppendDecimal(b []byte) []byte {
	digits := a.Currency.Digits()
	u := uint64(a.Minor)
	if a.Minor < 0 {
		b = append(b, '-')
		u = -u
	}
	var buf [20]byte
	text := strconv.AppendUint(buf[:0], u, 10)
	for n := digits + 1 - len(text); n > 0; n-- { // 0.05 has more digits than 5
		text = append(text[:1], text...)
		text[0] = '0'
	}
	whole := len(text) - digits
	b = append(b, text[:whole]...)
	if digits > 0 {
		b = append(append(b, '.'), text[whole:]...)
	}
	return b
}
