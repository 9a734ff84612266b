package fx

import (
	"math/big"
	"time"

	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// EUR is the currency that all rates go by.
const EUR money.Currency = "EUR"

// Rates are the mid rates of one day. Rates between any two currencies follow
// from them, so that no way round through a third one makes a gain.
type Rates struct {
	Date time.Time // date that they are of
	// PerEUR is how much of a currency one euro is. The euro itself need not
	// be in it. If it is nil there are no rates, not even of the euro.
	PerEUR map[money.Currency]money.Rate
}

// perEUR returns how much of c one euro is.
func (r Rates) perEUR(c money.Currency) (money.Rate, bool) {
	if c == EUR && r.PerEUR != nil {
		return money.One, true
	}
	rate, ok := r.PerEUR[c]
	return rate, ok
}

// Has reports whether there is a rate for c.
func (r Rates) Has(c money.Currency) bool {
	_, ok := r.perEUR(c)
	return ok
}

// A deal is what the rate of a quote depends on.
type deal struct {
	source, target money.Currency
	days           int // that the execution is later than spot
	spread         int // basis points, for the house
}

// quoted returns what one unit of the target currency costs, all steps exact
// and rounded once. It reports problem.ParameterUnsupported for a pair that has
// no rate.
func (r Rates) quoted(d deal) (money.Rate, error) {
	if d.source == d.target {
		return money.One, nil
	}
	from, okFrom := r.perEUR(d.source)
	to, okTo := r.perEUR(d.target)
	if !okFrom || !okTo {
		return 0, notServed("the pair of currencies is not served")
	}
	price := new(big.Rat).Quo(from.Rat(), to.Rat())
	price.Mul(price, big.NewRat(int64(wholeBP+d.spread), wholeBP))
	price.Mul(price, growth(d.source, d.days)).Quo(price, growth(d.target, d.days))
	rate, err := money.RateOf(price)
	if err != nil {
		return 0, notServed("the pair of currencies is not served").Because(err)
	}
	return rate, nil
}

func notServed(text string) *problem.Error {
	return problem.New(problem.ParameterUnsupported, "%s", text)
}

const (
	wholeBP     = 10_000 // basis points of a whole
	yearOfMoney = 360    // days, as money markets count
)

// growth returns what one unit of c becomes in so many days by the interest of
// the table below. Forward points are the difference of two growths, as covered
// interest parity has it.
func growth(c money.Currency, days int) *big.Rat {
	const year = wholeBP * yearOfMoney
	return big.NewRat(int64(year+interest(c)*days), year)
}

// interest returns the interest on c, in basis points a year. The figures are
// fixed: the sources publish spot rates alone, and forward rates have to come
// from something that does not move between two calls.
func interest(c money.Currency) int {
	switch c {
	case "CHF":
		return 0
	case "JPY":
		return 50
	case "SEK", "DKK":
		return 175
	case "EUR", "BGN":
		return 200
	case "USD", "HKD", "AED", "SAR", "CZK", "AUD":
		return 375
	case "NOK", "GBP", "PLN":
		return 400
	case "HUF", "RON", "ZAR", "MXN":
		return 650
	case "ISK":
		return 750
	case "BRL":
		return 1500
	case "TRY":
		return 3800
	}
	return 300
}
