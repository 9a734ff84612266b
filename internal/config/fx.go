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
