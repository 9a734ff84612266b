package config

import (
	"fmt"
	"net/url"
	"regexp"
	"time"
)

// ecbURL is where the European Central Bank publishes the rates of the day.
const ecbURL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"

// RatesSource returns FX.Source, or its default: made-up rates are for
// sandboxes alone.
func (c *Config) RatesSource() string {
	switch {
	case c.FX.Source != "":
		return c.FX.Source
	case c.Environment == "production":
		return "off"
	}
	return "sandbox"
}

var feeForm = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,2})?$`)

// check reports the faults of the values.
func (f *FXConfig) check(environment string, report func(key, text string)) {
	if f.Source != "" {
		report("fx.source", oneOf(f.Source, "sandbox", "ecb", "off"))
	}
	if f.Source == "sandbox" && environment == "production" {
		report("fx.source", "\"sandbox\" makes rates up and is not for production; use \"ecb\" or \"off\"")
	}
	report("fx.url", checkRatesURL(f.URL))
	report("fx.refresh", checkDuration(f.Refresh, time.Minute, 24*time.Hour))
	report("fx.maxAge", checkDuration(f.MaxAge, time.Hour, 30*24*time.Hour))
	if !feeForm.MatchString(f.Fee) {
		report("fx.fee", fmt.Sprintf("%q must be an amount with at most two decimals, such as \"1.50\"", f.Fee))
	}
	report("fx.spread", checkRange(f.Spread, 0, 1000))
	f.checkAccount(report)
}

var (
	ibanForm    = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}$`)
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
)

// checkAccount reports the faults of where orders are funded. Clients send money
// there, so the whole of it has to be there.
func (f *FXConfig) checkAccount(report func(key, text string)) {
	if f.Account == "" && f.Holder == "" && f.Country == "" {
		return
	}
	if !ibanForm.MatchString(f.Account) || !mod97(f.Account) {
		report("fx.account", fmt.Sprintf("%q is no IBAN, in capitals and without spaces, with the right check digits", f.Account))
	}
	if n := len([]rune(f.Holder)); n == 0 || n > 70 {
		report("fx.holder", "must be the name of the holder of fx.account, at most 70 characters")
	}
	if !countryForm.MatchString(f.Country) {
		report("fx.country", fmt.Sprintf("%q must be the holder's country, such as \"SE\"", f.Country))
	}
}

// mod97 reports whether an IBAN's check digits are right, ISO 13616.
func mod97(iban string) bool {
	rest := 0
	for _, c := range iban[4:] + iban[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}

func checkRatesURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil:
		return fmt.Sprintf("%q is no address of rates; write such as %q", s, ecbURL)
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return fmt.Sprintf("%q must begin with https://; who changes the rates on the way takes the money", s)
	}
	return ""
}
