package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/psd2"
)

const (
	quotes    = "/psd2/paymentinitiation/v1/fx"
	goodQuote = `{"sourceCurrency":"SEK","targetCurrency":"USD","countryCode":"US","amount":"130.00"}`
	forFX     = "paymentinitiation corporate"
)

// asked is a call for a quote with the least of headers.
func asked(body string) call {
	return call{method: http.MethodPost, path: quotes, body: body, scope: forFX, header: bare(nil)}
}

// bare takes away the headers that currency exchange does not need.
func bare(more map[string]string) map[string]string {
	h := map[string]string{
		"X-BicFi": "", "PSU-ID": "", "PSU-Corporate-ID": "", "PSU-IP-Address": "", "PSU-User-Agent": "", "TPP-Redirect-Preferred": "",
	}
	for name, value := range more {
		h[name] = value
	}
	return h
}

func (r *rig) quote(c call) psd2.QuoteCreated {
	r.Helper()
	var q psd2.QuoteCreated
	r.do(c).want(http.StatusCreated, "", "").decode(&q)
	return q
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]func(*api.Handler){"lenient": nil, "strict": {strict}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, change...)
			a := r.do(asked(goodQuote)).want(http.StatusCreated, "", "")
			var q psd2.QuoteCreated
			a.decode(&q)
			if got := a.header.Get("Location"); got != apiBase+quotes+"/"+q.FXQuoteID {
				t.Errorf("Location is %q, want the absolute URL of %s", got, q.FXQuoteID)
			}
			if q.Fee != "1.50" || q.ValidFrom != "2026-11-23T12:00:00.0000000Z" || q.ValidTo != "2026-11-24T23:59:59.0000000Z" {
				t.Errorf("the quote is %+v, want a fee of 1.50, from now to the end of tomorrow", q)
			}
			read := call{path: quotes + "/" + q.FXQuoteID, scope: forFX, header: bare(nil)}
			var got psd2.Quote
			r.do(read).want(http.StatusOK, "", "").decode(&got)
			want := psd2.Quote{FXQuoteID: q.FXQuoteID, FXRate: q.FXRate, Fee: q.Fee, ValidFrom: q.ValidFrom, ValidTo: q.ValidTo}
			if got != want {
				t.Errorf("read back as %+v, want %+v", got, want)
			}
			r.clock.Advance(72 * time.Hour)
			r.do(read).want(http.StatusOK, "", "").decode(&got)
			if got != want {
				t.Errorf("expired it reads as %+v, want %+v", got, want)
			}
		})
	}
}

// TestQuoteRounding looks at the wire's two decimals in currencies that have
// other ones.
func TestQuoteRounding(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for source, want := range map[string][2]string{"JPY": {"2.00", "102.00"}, "KWD": {"1.50", "101.50"}, "SEK": {"1.50", "101.50"}} {
		q := r.quote(asked(`{"sourceCurrency":"` + source + `","targetCurrency":"` + source + `","countryCode":"US","amount":"100"}`))
		if q.FXRate != "1.00000000" || q.Fee != want[0] || q.TotalAmount != want[1] {
			t.Errorf("100 %s in %s is %+v, want rate 1.00000000, fee %s, total %s", source, source, q, want[0], want[1])
		}
	}
}

func TestQuoteFaults(t *testing.T) {
	t.Parallel()
	with := func(old, new string) string { return strings.Replace(goodQuote, old, new, 1) }
	tests := []struct {
		name, body string
		status     int
		code, path string
	}{
		{"no body", "", 400, "FORMAT_ERROR", ""},
		{"no object", "[]", 400, "FORMAT_ERROR", ""},
		{"empty", "{}", 400, "FORMAT_ERROR", ""},
		{"no source", with(`"SEK"`, "null"), 400, "FORMAT_ERROR", "sourceCurrency"},
		{"source", with(`"SEK"`, `"sek"`), 400, "FORMAT_ERROR", "sourceCurrency"},
		{"source of a wrong type", with(`"SEK"`, "752"), 400, "FORMAT_ERROR", "sourceCurrency"},
		{"target", with(`"USD"`, `"DOLLAR"`), 400, "FORMAT_ERROR", "targetCurrency"},
		{"country", with(`"US"`, `"USA"`), 400, "FORMAT_ERROR", "countryCode"},
		{"amount", with(`"130.00"`, `"130,00"`), 400, "FORMAT_ERROR", "amount"},
		{"no amount", with(`"130.00"`, "[]"), 400, "FORMAT_ERROR", "amount"},
		{"nothing", with(`"130.00"`, `"0"`), 400, "FORMAT_ERROR", "amount"},
		{"date", with("}", `,"requestedExecutionDate":"tomorrow"}`), 400, "FORMAT_ERROR", "requestedExecutionDate"},
		{"currency not served", with(`"USD"`, `"XAU"`), 400, "PARAMETER_NOT_SUPPORTED", "targetCurrency"},
		{"country not served", with(`"US"`, `"KP"`), 400, "PARAMETER_NOT_SUPPORTED", "countryCode"},
		{"past", with("}", `,"requestedExecutionDate":"2026-11-22"}`), 400, "EXECUTION_DATE_INVALID", "requestedExecutionDate"},
		{"too far", with("}", `,"requestedExecutionDate":"2026-12-24"}`), 400, "EXECUTION_DATE_INVALID", "requestedExecutionDate"},
	}
	for name, change := range map[string][]func(*api.Handler){"lenient": nil, "strict": {strict}} {
		r := newRig(t, change...)
		for _, tt := range tests {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				r := *r
				r.T = t
				r.do(asked(tt.body)).want(tt.status, tt.code, tt.path)
			})
		}
	}
	r := newRig(t)
	r.quote(asked(with(`"130.00"`, "130.00")))
	r.quote(asked(with(`"US"`, `" US "`)))
	r.quote(asked(with("}", `,"requestedExecutionDate":"2026-12-23","note":1}`)))
	newRig(t, strict).do(asked(with(`"130.00"`, "130.00"))).want(400, "FORMAT_ERROR", "amount")
}

func TestQuoteHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tests := []struct {
		name   string
		header map[string]string
		status int
		code   string
		path   string
	}{
		{"all", map[string]string{
			"X-BicFi": "HANDSESS", "PSU-ID": "199002092386", "PSU-Corporate-ID": "556016-0680", "PSU-IP-Address": "192.0.2.1", "PSU-User-Agent": "x",
		}, 201, "", ""},
		{"no request id", map[string]string{"X-Request-ID": ""}, 400, "FORMAT_ERROR", "X-Request-ID"},
		{"bank", map[string]string{"X-BicFi": "x"}, 400, "FORMAT_ERROR", "X-BicFi"},
		{"no such bank", map[string]string{"X-BicFi": "NOBANKSE"}, 400, "RESOURCE_UNKNOWN", "X-BicFi"},
		{"person", map[string]string{"PSU-ID": "--"}, 400, "FORMAT_ERROR", "PSU-ID"},
		{"address", map[string]string{"PSU-IP-Address": "here"}, 400, "FORMAT_ERROR", "PSU-IP-Address"},
		{"organisation", map[string]string{"PSU-Corporate-ID": "ABC"}, 401, "CORPORATE_ID_INVALID", "PSU-Corporate-ID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := *r
			r.T = t
			c := asked(goodQuote)
			c.header = bare(tt.header)
			r.do(c).want(tt.status, tt.code, tt.path)
		})
	}
}

func TestQuoteOwnership(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	of := func(organisation string) call {
		c := asked(goodQuote)
		c.header = bare(map[string]string{"PSU-Corporate-ID": organisation})
		return c
	}
	owned, open := r.quote(of("5560160680")).FXQuoteID, r.quote(of("")).FXQuoteID
	private := asked(goodQuote)
	private.scope, private.header = "paymentinitiation private", bare(map[string]string{"PSU-ID": "199002092386"})
	person := r.quote(private).FXQuoteID
	tests := []struct {
		name, id   string
		app, scope string
		header     map[string]string
		status     int
		code       string
	}{
		{"own", owned, appA, forFX, map[string]string{"PSU-Corporate-ID": "556016-0680"}, 200, ""},
		{"in small letters", strings.ToLower(owned), appA, forFX, map[string]string{"PSU-Corporate-ID": "5560160680"}, 200, ""},
		{"any organisation", open, appA, forFX, map[string]string{"PSU-Corporate-ID": "5560160680"}, 200, ""},
		{"another organisation", owned, appA, forFX, map[string]string{"PSU-Corporate-ID": "9999999990"}, 403, "RESOURCE_UNKNOWN"},
		{"no organisation", owned, appA, forFX, nil, 403, "RESOURCE_UNKNOWN"},
		{"another context", owned, appA, "paymentinitiation private", nil, 403, "SERVICE_BLOCKED"},
		{"another context of a person", person, appA, forFX, nil, 403, "SERVICE_BLOCKED"},
		{"another person", person, appA, "paymentinitiation private", map[string]string{"PSU-ID": "199001011234"}, 403, "RESOURCE_UNKNOWN"},
		{"another application", owned, appB, forFX, map[string]string{"PSU-Corporate-ID": "5560160680"}, 404, "RESOURCE_UNKNOWN"},
		{"unknown", "Z999999ZZZ", appA, forFX, nil, 404, "RESOURCE_UNKNOWN"},
		{"no id", "%00", appA, forFX, nil, 404, "RESOURCE_UNKNOWN"},
		{"scope", owned, appA, "accountinformation corporate", nil, 403, "SERVICE_BLOCKED"},
	}
	bodies := map[string]string{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := *r
			r.T = t
			a := r.do(call{path: quotes + "/" + tt.id, app: tt.app, scope: tt.scope, header: bare(tt.header)}).want(tt.status, tt.code, "")
			bodies[tt.name] = a.body
		})
	}
	if bodies["another application"] != bodies["unknown"] || bodies["unknown"] != bodies["no id"] {
		t.Errorf("what is another's and what is not there differ:\n%s\n%s\n%s", bodies["another application"], bodies["unknown"], bodies["no id"])
	}
}

// TestQuoteGate looks that due diligence is asked for before the body is
// looked at, and only of organisations.
func TestQuoteGate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := asked(`{"sourceCurrency":1}`)
	c.header = bare(map[string]string{"PSU-Corporate-ID": "5560160681"})
	a := r.do(c).want(403, "TPP_KYC_INVALID", "")
	var e psd2.ErrorInformation
	if a.decode(&e); e.PSUMessage == "" || !strings.HasPrefix(e.Links["kycRedirect"].Href, kycBase) {
		t.Errorf("the refusal is %s, want a message to the PSU and a link to the form", a.body)
	}
	id := r.quote(asked(goodQuote)).FXQuoteID
	r.do(call{path: quotes + "/" + id, scope: forFX, header: c.header}).want(200, "", "")
}

// A dry source has no rates.
type dry struct{}

// Rates implements [fx.Source].
func (dry) Rates(context.Context, time.Time) (fx.Rates, error) {
	e := problem.New(problem.RatesUnavailable, "no rates at the moment")
	e.RetryAfter = time.Minute
	return fx.Rates{}, e
}

func TestQuoteWithoutRates(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(h *api.Handler) { h.FX.Source = dry{} })
	a := r.do(asked(goodQuote)).want(503, "SERVICE_UNAVAILABLE", "")
	if got := a.header.Get("Retry-After"); got != "60" {
		t.Errorf("Retry-After is %q, want 60", got)
	}
}

// TestQuoteProblem looks at the other form of an error's body, of a path that
// exists and of one that does not.
func TestQuoteProblem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{quotes + "/Z999999ZZZ", "/psd2/paymentinitiation/v1/nothing"} {
		h := bare(map[string]string{"Accept": psd2.ProblemContentType})
		a := r.do(call{path: path, scope: forFX, header: h}).want(404, "", "")
		var p psd2.Problem
		if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Code != psd2.ResourceUnknown {
			t.Errorf("%s = %s, want a problem with RESOURCE_UNKNOWN", path, a.body)
		}
	}
}
