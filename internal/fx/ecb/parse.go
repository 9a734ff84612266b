package ecb

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/money"
)

// maxSize bounds a document, in bytes. That of a day has 2 kB.
const maxSize = 1 << 20

// An envelope is the document: the days, each with its rates. Other elements
// and the name spaces are not looked at.
type envelope struct {
	XMLName xml.Name `xml:"Envelope"`
	Days    []struct {
		Time  string `xml:"time,attr"`
		Rates []struct {
			Currency string `xml:"currency,attr"`
			Rate     string `xml:"rate,attr"`
		} `xml:"Cube"`
	} `xml:"Cube>Cube"`
}

var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// Parse reads a document of at most 1 MiB and returns the rates of its latest
// day. A currency that is not of ISO 4217 is left out; anything else that is
// wrong refuses the whole document.
func Parse(r io.Reader) (fx.Rates, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return fx.Rates{}, fmt.Errorf("read rates: %w", err)
	}
	if len(text) > maxSize {
		return fx.Rates{}, fmt.Errorf("read rates: more than %d bytes", maxSize)
	}
	var doc envelope
	if err := xml.Unmarshal(text, &doc); err != nil {
		return fx.Rates{}, fmt.Errorf("read rates: %w", err)
	}
	latest := fx.Rates{}
	for _, day := range doc.Days {
		rates := fx.Rates{PerEUR: map[money.Currency]money.Rate{}}
		if rates.Date, err = time.Parse(time.DateOnly, day.Time); err != nil {
			return fx.Rates{}, fmt.Errorf("read rates: %q is no date", day.Time)
		}
		for _, e := range day.Rates {
			if err := add(rates.PerEUR, e.Currency, e.Rate); err != nil {
				return fx.Rates{}, fmt.Errorf("read rates of %s: %w", day.Time, err)
			}
		}
		if len(rates.PerEUR) > 0 && rates.Date.After(latest.Date) {
			latest = rates
		}
	}
	if latest.PerEUR == nil {
		return fx.Rates{}, errors.New("read rates: the document has none")
	}
	return latest, nil
}

// add adds a rate.
func add(to map[money.Currency]money.Rate, code, text string) error {
	if !currencyForm.MatchString(code) {
		return fmt.Errorf("%q is no currency", code)
	}
	rate, err := money.ParseRate(text)
	if err != nil {
		return fmt.Errorf("%q is no rate of %s", text, code)
	}
	c, err := money.ParseCurrency(code)
	if err != nil || c == "XXX" {
		return nil //nolint:nilerr // a currency that we do not know is no fault of the document
	}
	if _, twice := to[c]; twice || c == fx.EUR {
		return fmt.Errorf("%s is given twice", code)
	}
	to[c] = rate
	return nil
}
