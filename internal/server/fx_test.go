package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/server"
)

const quoteBody = `{"sourceCurrency":"SEK","targetCurrency":"USD","countryCode":"US","amount":"130.00"}`

// quote asks for a quote and returns the status and the body of the answer.
func (r *running) quote(token string) (int, string) {
	r.Helper()
	status, body, _ := r.do(http.MethodPost, r.auth+"/psd2/paymentinitiation/v1/fx", quoteBody,
		"Authorization", "Bearer "+token, "Content-Type", "application/json")
	return status, body
}

// TestRates looks that the rates of a file come into quotes, with the spread and
// the fee, and that they are refused once they are too old.
func TestRates(t *testing.T) {
	t.Parallel()
	stand := clock.NewFrozen(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC))
	r := run(t, func(c *config.Config, d *server.Deps) {
		c.FX.Source, c.FX.File, c.FX.Spread, c.FX.Fee = "ecb", "../fx/ecb/testdata/eurofxref-daily.xml", 50, "2"
		d.Sandbox.Clock = stand
	})
	token := r.tokenFor("paymentinitiation corporate")
	status, body := r.quote(token)
	for status == http.StatusServiceUnavailable && t.Context().Err() == nil { // the file is read in the background
		status, body = r.quote(token)
	}
	if status != http.StatusCreated || !strings.Contains(body, `"fxRate":"10.05000000","fee":"2.00","totalAmount":"1308.50"`) {
		t.Errorf("a quote is %d %s, want 130 x 10.05 + 2", status, body)
	}
	stand.Advance(7 * 24 * time.Hour)
	if status, body := r.quote(r.tokenFor("paymentinitiation corporate")); status != http.StatusServiceUnavailable {
		t.Errorf("a quote a week later is %d %s, want 503", status, body)
	}
	if _, body, _ := r.do(http.MethodGet, "http://"+r.control+"/metrics", ""); !strings.Contains(body, "sluss_fx_rates_age_seconds 583200") {
		t.Errorf("the metrics do not say that the rates are 6 days and 18 hours old")
	}
}

// TestRatesOff looks that no quotes are given without a source.
func TestRatesOff(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *config.Config, _ *server.Deps) { c.FX.Source = "off" })
	if status, body := r.quote(r.tokenFor("paymentinitiation private")); status != http.StatusBadRequest || !strings.Contains(body, "PARAMETER_NOT_SUPPORTED") {
		t.Errorf("a quote is %d %s, want 400 PARAMETER_NOT_SUPPORTED", status, body)
	}
}

// TestFundOrder takes a quote from its confirmation to the payout, with the
// money sent by the control API and the rest done by the jobs.
func TestFundOrder(t *testing.T) {
	t.Parallel()
	stand := clock.NewFrozen(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC))
	r := run(t, func(c *config.Config, d *server.Deps) {
		c.Banks.SCA = "manual"
		d.Sandbox.Clock = stand
	})
	token := r.tokenFor("paymentinitiation corporate")
	call := func(method, path, body string, want int) string {
		t.Helper()
		status, answer, _ := r.do(method, r.auth+path, body, "Authorization", "Bearer "+token, "Content-Type", "application/json")
		if status != want {
			t.Fatalf("%s %s = %d %s, want %d", method, path, status, answer, want)
		}
		return answer
	}
	var q struct{ FXQuoteID, TotalAmount string }
	if err := json.Unmarshal([]byte(call("POST", "/psd2/paymentinitiation/v1/fx", quoteBody, 201)), &q); err != nil {
		t.Fatal(err)
	}
	fund, order := "/_sluss/control/v1/fx-orders/"+q.FXQuoteID+"/fund", "/_sluss/v1/fx-orders/"+q.FXQuoteID
	call("POST", fund, "{}", 404)
	call("PUT", "/psd2/paymentinitiation/v1/fx/"+q.FXQuoteID, `{"instructedAmount":{"currency":"USD","amount":"130.00"},
		"debtorAccount":{"iban":"SE4550000000058398257466"},"creditorAccount":{"bban":"123456789"},"creditorName":"Vendor Inc",
		"creditorAgent":"CHASUS33","creditorAgentName":"Chase",
		"creditorAddress":{"street":"1 Main St","city":"New York","postalCode":"10001","country":"US"}}`, 200)
	stand.Advance(time.Hour)
	if got := call("GET", order, "", 200); !strings.Contains(got, `"ACTC"`) {
		t.Errorf("with customers that act by hand the order is %s, want ACTC", got)
	}
	call("POST", fund, `{"amount":"1.00"}`, 400)
	call("POST", fund, `{"amount":"`+q.TotalAmount+`"}`, 204)
	call("POST", fund, "{}", 409)
	call("POST", "/_sluss/control/v1/clock/advance", `{"by":"5s"}`, 200)
	if got := call("GET", order, "", 200); !strings.Contains(got, `"ACSC"`) {
		t.Errorf("after the payout the order is %s, want ACSC", got)
	}
}
