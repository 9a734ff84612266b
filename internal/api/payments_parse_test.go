package api

import (
	"encoding/json"
	"errors"
	"testing"

	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
)

// FuzzPaymentBody looks that no body breaks the reader, that strict mode finds
// no less wrong, and that a fault names where it is.
func FuzzPaymentBody(f *testing.F) {
	for _, s := range []string{
		`{"instructedAmount":{"currency":"SEK","amount":"150.00"},"debtorAccount":{"iban":"SE45"},"creditorGiro":{"giroNumber":"5050-1055"}}`,
		`{"instructedAmount":{"amount":1e400},"creditorAddress":[],"regulatoryReporting":[1,{"detailsCode":"x"}]}`,
		`{"requestedExecutionDate":" 2026-12-01 ","creditorName":null,"purposeCode":""}`, `[]`, `{`, "\ufeff{}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseJSON(b)
		if err != nil {
			return
		}
		lenient, strictly := payment.Request{}, payment.Request{Strict: true}
		err, strictErr := readPayment(v, &lenient), readPayment(v, &strictly)
		if (err == nil) != (strictErr == nil) || len(strictly.Faults) < len(lenient.Faults) {
			t.Errorf("%q: %v and %v, in strict mode %v and %v", b, err, lenient.Faults, strictErr, strictly.Faults)
		}
		for _, e := range lenient.Faults {
			if e.In != problem.Body || e.Field == "" {
				t.Errorf("%q: a fault without a place: %v", b, e)
			}
		}
	})
}

// FuzzBasketBody looks that no body breaks the reader.
func FuzzBasketBody(f *testing.F) {
	for _, s := range []string{`{"paymentIds":["a"," b "]}`, `{"paymentIds":[1],"consentIds":["x"]}`, `{"paymentIds":null}`, `[]`, `{`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseJSON(b)
		if err != nil {
			return
		}
		var req payment.BasketRequest
		err = readBasket(v, false, &req)
		if _, ok := errors.AsType[*problem.Error](err); err != nil && !ok {
			t.Errorf("%q reports %v", b, err)
		}
		if err == nil && len(req.Faults) == 0 && !json.Valid(b) {
			t.Errorf("%q is taken", b)
		}
	})
}
