package api

import (
	"testing"
)

// FuzzQuoteBody looks that the strict mode takes nothing that the lenient one
// refuses, and that every fault says where it is.
func FuzzQuoteBody(f *testing.F) {
	for _, s := range []string{
		`{"sourceCurrency":"SEK","targetCurrency":"USD","countryCode":"US","amount":"130.00","requestedExecutionDate":"2026-12-01"}`,
		`{"amount":130.00,"countryCode":" US ","sourceCurrency":null}`, `{"amount":1e3,"requestedExecutionDate":true}`, `{"amount":[]}`, `[]`, `1`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseJSON(b)
		if err != nil {
			return
		}
		lenient, err := readQuote(v, false)
		strictly, strictErr := readQuote(v, true)
		if (err == nil) != (strictErr == nil) {
			t.Errorf("%q reports %v, in strict mode %v", b, err, strictErr)
		}
		if len(strictly.Faults) < len(lenient.Faults) {
			t.Errorf("%q has %d faults, in strict mode %d", b, len(lenient.Faults), len(strictly.Faults))
		}
		for _, e := range lenient.Faults {
			if e.Field == "" || e.Detail == "" {
				t.Errorf("%q reports a fault without field or detail: %v", b, e)
			}
		}
	})
}
