package fx

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// maxAhead is how many days ahead a forward can be.
const maxAhead = 30

// A Request asks for a quote. A member that was not sent is empty or nil.
type Request struct {
	SourceCurrency, TargetCurrency string
	Country                        string
	Amount                         string     // decimal, in the target currency
	ExecutionDate                  *time.Time // date; nil is spot

	// Faults are what the edge found wrong in the body already, such as values
	// of a wrong type. They are reported together with those of the rules; a
	// field that is named there is not reported as missing.
	Faults []*problem.Error
}

var (
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
)

// check returns every fault of the body at once, those of form first, and the
// amount.
func (r *Request) check(rates Rates, today time.Time) (money.Amount, error) {
	c := &checker{faults: slices.Clone(r.Faults)}
	c.currency("sourceCurrency", r.SourceCurrency, rates)
	target := c.currency("targetCurrency", r.TargetCurrency, rates)
	if c.form("countryCode", r.Country, countryForm, "must be a country code of two capitals, such as US") && !served(r.Country) {
		c.fail(problem.ParameterUnsupported, "countryCode", "payments to this country are not offered")
	}
	amount := c.amount("amount", r.Amount, target)
	if d := r.ExecutionDate; d != nil && (d.Before(today) || d.After(today.AddDate(0, 0, maxAhead))) {
		c.fail(problem.ExecutionDateInvalid, "requestedExecutionDate", "must be today or at most 30 days ahead")
	}
	return amount, c.err()
}

// A checker collects the faults of a body.
type checker struct{ faults []*problem.Error }

func (c *checker) fail(r problem.Reason, field, text string) {
	e := problem.New(r, "%s", text).At(field)
	e.In = problem.Body
	c.faults = append(c.faults, e)
}

// form checks that a field is there and has its form.
func (c *checker) form(field, value string, form *regexp.Regexp, text string) bool {
	switch {
	case value == "" && slices.ContainsFunc(c.faults, func(e *problem.Error) bool { return e.Field == field }):
		return false
	case value == "":
		c.fail(problem.FormatInvalid, field, "is missing")
		return false
	case !form.MatchString(value):
		c.fail(problem.FormatInvalid, field, text)
		return false
	}
	return true
}

// currency checks a currency. It returns it if it has the form of one.
func (c *checker) currency(field, value string, rates Rates) money.Currency {
	if !c.form(field, value, currencyForm, "must be a currency code of three capitals, such as SEK") {
		return ""
	}
	if !rates.Has(money.Currency(value)) {
		c.fail(problem.ParameterUnsupported, field, "there are no quotes for this currency")
	}
	return money.Currency(value)
}

var anyText = regexp.MustCompile(``)

// amount checks an amount that must be more than nothing. That of a currency
// that is wrong itself is only looked at for its form.
func (c *checker) amount(field, value string, in money.Currency) money.Amount {
	if !c.form(field, value, anyText, "") {
		return money.Amount{}
	}
	if in == "" {
		in = "KWD" // has as many decimals as any
	}
	a, err := money.Parse(value, in)
	switch {
	case err != nil:
		c.fail(problem.FormatInvalid, field, detailOf(err))
	case a.Minor <= 0:
		c.fail(problem.FormatInvalid, field, "must be more than zero")
	}
	return a
}

func detailOf(err error) string {
	_, text, _ := strings.Cut(err.Error(), ": ")
	return text
}

// err returns the faults as one, malformed before not offered before dates.
func (c *checker) err() error {
	slices.SortStableFunc(c.faults, func(a, b *problem.Error) int { return rank(a.Reason) - rank(b.Reason) })
	return problem.Join(c.faults)
}

func rank(r problem.Reason) int {
	return slices.Index([]problem.Reason{problem.FormatInvalid, problem.ParameterUnsupported, problem.ExecutionDateInvalid}, r)
}

// served reports whether payments go to a country: every one of ISO 3166-1 but
// those that banks here send no money to.
func served(country string) bool {
	_, ok := aspsp.CountryName(country)
	return ok && !slices.Contains([]string{"BY", "CU", "IR", "KP", "RU", "SY"}, country)
}
