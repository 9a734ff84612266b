package simulator

import (
	"math/big"
	"strings"

	"sluss.example/sluss/internal/money"
)

// midRates are the prices of one euro, in hundred-millionths. They do not move:
// a test must know what a payment costs.
func midRates() map[money.Currency]int64 {
	return map[money.Currency]int64{
		"EUR": 1_00000000, "SEK": 11_20000000, "NOK": 11_70000000, "DKK": 7_46000000, "USD": 1_08000000, "GBP": 84000000,
		"CHF": 94000000, "PLN": 4_27000000, "CZK": 25_10000000, "HUF": 395_00000000, "ISK": 148_00000000, "JPY": 163_00000000,
		"AUD": 1_66000000, "CAD": 1_49000000, "CNY": 7_80000000, "HKD": 8_40000000, "SGD": 1_44000000, "THB": 38_50000000,
		"TRY": 35_00000000, "INR": 91_00000000, "ZAR": 20_10000000, "AED": 3_97000000, "NZD": 1_80000000, "RON": 4_97000000,
	}
}

// rateUnit is one, in the unit of rates.
const rateUnit = 1_00000000

// A margin is what the bank takes in an exchange, in basis points of the mid
// rate.
type margin int64

const (
	selling margin = 50
	buying  margin = -50
)

// price returns what one unit of the currency costs in another one, in
// hundred-millionths, and whether the banks deal in both.
func price(of, in money.Currency, m margin) (int64, bool) {
	rates := midRates()
	from, ok := rates[of]
	to, known := rates[in]
	if !ok || !known {
		return 0, false
	}
	// to/from units of in are worth one unit of it
	n := new(big.Int).Mul(big.NewInt(to), big.NewInt(rateUnit))
	n.Mul(n, big.NewInt(10_000+int64(m)))
	return roundedQuotient(n, new(big.Int).Mul(big.NewInt(from), big.NewInt(10_000))), true
}

// exchanged returns the amount in another currency at a price in
// hundred-millionths, rounded half up, and at least one minor unit.
func exchanged(a money.Amount, in money.Currency, price int64) money.Amount {
	n := new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(price))
	d := big.NewInt(rateUnit)
	ten := big.NewInt(10)
	for i := a.Currency.Digits(); i < in.Digits(); i++ {
		n.Mul(n, ten)
	}
	for i := in.Digits(); i < a.Currency.Digits(); i++ {
		d.Mul(d, ten)
	}
	return money.Amount{Minor: max(roundedQuotient(n, d), 1), Currency: in}
}

// roundedQuotient returns n/d rounded half up. Both are positive.
func roundedQuotient(n, d *big.Int) int64 {
	n = new(big.Int).Add(new(big.Int).Lsh(n, 1), d)
	return n.Quo(n, new(big.Int).Lsh(d, 1)).Int64()
}

// rateText writes a price as a decimal.
func rateText(price int64) string {
	s := big.NewRat(price, rateUnit).FloatString(8)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
