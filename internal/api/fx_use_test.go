package api_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/psd2"
)

// confirmed is a call that confirms the payment of a body.
func confirmed(id, body string) call {
	return call{method: http.MethodPut, path: quotes + "/" + id, body: body, scope: forFX, header: bare(nil)}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]func(*api.Handler){"lenient": nil, "strict": {strict}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, change...)
			q := r.quote(asked(goodQuote))
			var got psd2.FundingInstruction
			first := r.do(confirmed(q.FXQuoteID, goodAbroad)).want(http.StatusOK, "", "").decode(&got)
			want := psd2.FundingInstruction{
				CreditorAccount: psd2.AccountReference{IBAN: "SE0650000000055500000018", Currency: "SEK"}, CreditorName: "Client funds",
				DebtorAccount:    psd2.DebtorAccount{AccountReference: psd2.AccountReference{IBAN: "SE4550000000058398257466"}},
				InstructedAmount: psd2.Amount{Currency: "SEK", Amount: q.TotalAmount}, CreditorAddress: psd2.Address{Country: "SE"},
				RemittanceInformationUnstructured: got.RemittanceInformationUnstructured, RequestedExecutionDate: "2026-11-25",
			}
			if got != want || !regexp.MustCompile(`^SLUSS[0-9]{8}$`).MatchString(got.RemittanceInformationUnstructured) {
				t.Errorf("confirmed with\n%+v, want\n%+v and a reference", got, want)
			}
			r.clock.Advance(72 * time.Hour)
			spaced := strings.ReplaceAll(goodAbroad, `":"`, `" : "`)
			if again := r.do(confirmed(q.FXQuoteID, spaced)).want(http.StatusOK, "", ""); again.body != first.body {
				t.Errorf("confirmed again it is %s, want %s", again.body, first.body)
			}
			r.do(confirmed(q.FXQuoteID, strings.Replace(goodAbroad, "Vendor", "Other", 1))).want(403, "RESOURCE_EXPIRED", "fxQuoteId")
			r.do(confirmed(q.FXQuoteID, strings.Replace(goodAbroad, "130.00", "131.00", 1))).want(403, "RESOURCE_EXPIRED", "fxQuoteId")
		})
	}
}

func TestConfirmFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	with := func(old, new string) string { return strings.Replace(goodAbroad, old, new, 1) }
	own := map[string]string{"PSU-Corporate-ID": "5560160680"}
	tests := []struct {
		name, body string
		header     map[string]string
		app        string
		status     int
		code, path string
	}{
		{"no body", "", own, "", 400, "FORMAT_ERROR", ""},
		{"creditor", with(`"creditorName":"Vendor Inc",`, ""), own, "", 400, "FORMAT_ERROR", "creditorName"},
		{"address", with(`"city":"New York",`, ""), own, "", 400, "FORMAT_ERROR", "creditorAddress.city"},
		{"past", with("{", `{"requestedExecutionDate":"2020-01-01",`), own, "", 400, "EXECUTION_DATE_INVALID", "requestedExecutionDate"},
		{"amount", with("130.00", "130.01"), own, "", 400, "PARAMETER_NOT_CONSISTENT", ""},
		{"currency", with("USD", "CAD"), own, "", 400, "PARAMETER_NOT_CONSISTENT", ""},
		{"source currency", with(`66"`, `66","currency":"EUR"`), own, "", 400, "PARAMETER_NOT_CONSISTENT", ""},
		{"country", with(`"US"`, `"CA"`), own, "", 400, "PARAMETER_NOT_CONSISTENT", ""},
		{"another organisation", goodAbroad, map[string]string{"PSU-Corporate-ID": "9999999990"}, "", 403, "RESOURCE_UNKNOWN", "fxQuoteId"},
		{"another application", goodAbroad, own, appB, 404, "RESOURCE_UNKNOWN", "fxQuoteId"},
	}
	ask := asked(goodQuote)
	ask.header = bare(own)
	id := r.quote(ask).FXQuoteID
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := *r
			r.T = t
			c := confirmed(id, tt.body)
			c.header, c.app = bare(tt.header), tt.app
			r.do(c).want(tt.status, tt.code, tt.path)
		})
	}
	r.do(confirmed("Z999999ZZZ", goodAbroad)).want(404, "RESOURCE_UNKNOWN", "fxQuoteId")
	ask.header = bare(nil)
	open := r.quote(ask).FXQuoteID
	odd := confirmed(open, "{")
	odd.header = bare(map[string]string{"PSU-Corporate-ID": "5560160681"})
	r.do(odd).want(403, "TPP_KYC_INVALID", "")
	r.clock.Advance(36 * time.Hour)
	r.do(confirmed(open, goodAbroad)).want(403, "RESOURCE_EXPIRED", "fxQuoteId")
	r.do(confirmed(open, "{")).want(400, "FORMAT_ERROR", "") // the body comes before the state
	newRig(t, func(h *api.Handler) { h.FX.Desk = nil }).notOffered()
}

// notOffered looks that an installation takes no orders.
func (r *rig) notOffered() {
	r.Helper()
	id := r.quote(asked(goodQuote)).FXQuoteID
	r.do(confirmed(id, goodAbroad)).want(405, "SERVICE_INVALID", "")
}

func TestFXOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.quote(asked(goodQuote)).FXQuoteID
	read := call{path: "/_sluss/v1/fx-orders/" + id, scope: forFX, header: bare(nil)}
	r.do(read).want(404, "RESOURCE_UNKNOWN", "fxQuoteId")
	r.do(confirmed(id, goodAbroad)).want(200, "", "")
	status := func() psd2.FXOrder {
		t.Helper()
		var o psd2.FXOrder
		r.do(read).want(200, "", "").decode(&o)
		return o
	}
	if o := status(); o.TransactionStatus != "ACTC" || o.FXQuoteID != id || o.FundBy != "2026-11-25" || o.TPPMessages == nil || len(o.TPPMessages) != 0 {
		t.Errorf("the order is %+v, want ACTC, to be funded by 2026-11-25, without messages", o)
	}
	if _, err := r.api.FX.Fund(t.Context(), id, ""); err != nil {
		t.Fatal(err)
	}
	if o := status(); o.TransactionStatus != "ACSP" {
		t.Errorf("the funded order is %+v, want ACSP", o)
	}
	r.clock.Advance(5 * time.Second)
	if o := status(); o.TransactionStatus != "ACSC" {
		t.Errorf("the order is %+v, want ACSC", o)
	}
	late := r.quote(asked(goodQuote)).FXQuoteID
	r.do(confirmed(late, goodAbroad)).want(200, "", "")
	r.clock.Advance(72 * time.Hour)
	read.path = "/_sluss/v1/fx-orders/" + late
	if o := status(); o.TransactionStatus != "RJCT" || len(o.TPPMessages) != 1 || o.TPPMessages[0].Category != psd2.Error {
		t.Errorf("the order that was not funded is %+v, want RJCT and why", o)
	}
	read.app = appB
	r.do(read).want(404, "RESOURCE_UNKNOWN", "fxQuoteId")
	read.app, read.scope = appA, "paymentinitiation private"
	r.do(read).want(403, "SERVICE_BLOCKED", "fxQuoteId")
}

// TestPayWithQuote has every row of what can be wrong with an FX-Quote-Id.
func TestPayWithQuote(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	quote := func(header map[string]string, app string) string {
		t.Helper()
		c := asked(goodQuote)
		c.header, c.app = bare(header), app
		return r.quote(c).FXQuoteID
	}
	with := func(id, body string) call {
		return call{
			method: http.MethodPost, path: payments + "/cross-border", scope: paysCompany, body: body, header: map[string]string{"FX-Quote-Id": id},
		}
	}
	used, open := quote(nil, ""), quote(nil, "")
	for name, body := range map[string]string{
		"amount": strings.Replace(goodAbroad, "130.00", "131.00", 1), "currency": strings.Replace(goodAbroad, "USD", "CAD", 1),
		"country": strings.Replace(goodAbroad, `"US"`, `"CA"`, 1), "source": strings.Replace(goodAbroad, `66"`, `66","currency":"EUR"`, 1),
	} {
		r.do(with(open, body)).want(400, "PARAMETER_NOT_CONSISTENT", "FX-Quote-Id")
		if q, err := r.api.FX.Quote(t.Context(), company(), open); err != nil || q.UsedFor != "" {
			t.Errorf("a payment that was refused for its %s has used the quote: %q, %v", name, q.UsedFor, err)
		}
	}
	r.do(with(used, goodAbroad)).want(201, "", "")
	r.do(with(used, goodAbroad)).want(400, "RESOURCE_EXPIRED", "FX-Quote-Id")
	r.do(confirmed(used, goodAbroad)).want(403, "RESOURCE_EXPIRED", "fxQuoteId")
	r.do(with("Z999999ZZZ", goodAbroad)).want(400, "RESOURCE_UNKNOWN", "FX-Quote-Id")
	r.do(with("nonsense", goodAbroad)).want(400, "RESOURCE_UNKNOWN", "FX-Quote-Id")
	r.do(with(quote(nil, appB), goodAbroad)).want(400, "RESOURCE_UNKNOWN", "FX-Quote-Id")
	r.do(with(quote(map[string]string{"PSU-Corporate-ID": "9999999990"}, ""), goodAbroad)).want(400, "RESOURCE_UNKNOWN", "FX-Quote-Id")
	r.do(with(quote(map[string]string{"PSU-Corporate-ID": "5560160680"}, ""), goodAbroad)).want(201, "", "")
	domestic := with("nonsense", goodDomestic)
	domestic.path = payments + "/domestic"
	r.do(domestic).want(201, "", "") // ignored on another product
	ordered := quote(nil, "")
	r.do(confirmed(ordered, goodAbroad)).want(200, "", "")
	r.do(with(ordered, goodAbroad)).want(400, "RESOURCE_EXPIRED", "FX-Quote-Id")
	r.clock.Advance(36 * time.Hour)
	r.do(with(open, goodAbroad)).want(400, "RESOURCE_EXPIRED", "FX-Quote-Id")
}

// company is the caller of the tests' corporate calls.
func company() app.Caller {
	return app.Caller{ClientID: appA, Context: scope.Corporate, Organisation: "5560160680"}
}

// TestPayWithoutQuote looks at a payment from an account in another currency
// for which no rate was fixed: the bank converts, or strict mode refuses.
func TestPayWithoutQuote(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]func(*api.Handler){"lenient": nil, "strict": {strict}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, change...)
			simulated(r)
			r.api.Payments.Banks = r.api.Banks
			c := call{method: http.MethodPost, path: payments + "/cross-border", scope: paysCompany, body: goodAbroad}
			if name == "strict" {
				r.do(c).want(400, "FORMAT_ERROR", "FX-Quote-Id")
			} else {
				var p psd2.PaymentCreated
				r.do(c).want(201, "", "").decode(&p)
				if len(p.TPPMessages) != 1 || p.TPPMessages[0].Path != "FX-Quote-Id" || p.TPPMessages[0].Category != "WARNING" {
					t.Errorf("the messages are %+v, want a warning about FX-Quote-Id", p.TPPMessages)
				}
			}
			euro := call{method: http.MethodPost, path: payments + "/sepa-credit-transfers", scope: paysCompany, body: goodSEPA}
			var p psd2.PaymentCreated
			r.do(euro).want(201, "", "").decode(&p) // a quote would be ignored, so none is asked for
			if len(p.TPPMessages) != 1 || p.TPPMessages[0].Path != "debtorAccount" || p.TPPMessages[0].Category != "WARNING" {
				t.Errorf("the messages of a SEPA payment are %+v, want a warning of the account's currency", p.TPPMessages)
			}
			c.header = map[string]string{"FX-Quote-Id": r.quote(asked(goodQuote)).FXQuoteID}
			p = psd2.PaymentCreated{}
			if r.do(c).want(201, "", "").decode(&p); len(p.TPPMessages) != 0 {
				t.Errorf("with a quote the messages are %+v, want none", p.TPPMessages)
			}
		})
	}
}
