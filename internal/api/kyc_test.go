package api_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/psd2"
)

const kycScope = "paymentinitiation corporate"

// kycCall returns the headers of a good client of the KYC service, which are
// few.
func (r *rig) kycCall(c call) *answer {
	r.Helper()
	if c.method == "" {
		c.method = http.MethodGet
	}
	if c.scope == "" {
		c.scope = kycScope
	}
	full := r.headers(&c)
	h := http.Header{"Authorization": full["Authorization"], "X-Request-Id": full["X-Request-Id"]}
	for name, value := range c.header {
		if value == "" {
			h.Del(name)
		} else {
			h.Set(name, value)
		}
	}
	return r.send(c, h)
}

// wantProblem checks an error of the KYC service: its body to the byte.
func (a *answer) wantProblem(status int, code, detail, path string) {
	a.Helper()
	want := psd2.ProblemDetails{
		Type: "urn:sluss:problem:" + code, Title: http.StatusText(status), Status: status, Detail: detail, Instance: path,
	}
	var got psd2.ProblemDetails
	if a.status != status || a.header.Get("Content-Type") != "application/problem+json" {
		a.Fatalf("%s = %d %s %s, want %d", a.what, a.status, a.header.Get("Content-Type"), a.body, status)
	}
	if a.decode(&got); detail == "" {
		got.Detail = ""
	}
	if got != want {
		a.Errorf("%s = %+v, want %+v", a.what, got, want)
	}
}

var kycLink = regexp.MustCompile(`^https://kyc\.example\.test/kyc/form/\?instanceId=([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$`)

// newForm starts a form and returns the id in its link.
func (r *rig) newForm(path, body string) string {
	r.Helper()
	var form psd2.KYCForm
	r.kycCall(call{method: "POST", path: path, body: body}).want(http.StatusCreated, "", "").decode(&form)
	m := kycLink.FindStringSubmatch(form.KYCURL)
	if m == nil {
		r.Fatalf("kycUrl is %q", form.KYCURL)
	}
	return m[1]
}

func TestKYC(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"/kyc/integration/v1", "/integration/v1"} {
		for _, mode := range []func(*api.Handler){func(*api.Handler) {}, strict} {
			t.Run(prefix, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, mode)
				status := func(organisation, status, until string) {
					t.Helper()
					want := psd2.KYCStatus{PSUCorporateID: organisation, KYCStatus: status}
					var got psd2.KYCStatus
					r.kycCall(call{path: prefix + "/status/" + organisation}).want(http.StatusOK, "", "").decode(&got)
					if got.KYCValidUntil != nil && *got.KYCValidUntil == until || got.KYCValidUntil == nil && until == "" {
						want.KYCValidUntil = got.KYCValidUntil
					}
					if got != want {
						t.Errorf("status of %s = %+v, want %s until %q", organisation, got, status, until)
					}
				}
				status("5560160680", "Valid", "2027-11-23")
				status("556016-0680", "Valid", "2027-11-23")
				status("9999990051", "Invalid", "") // never started
				first := r.newForm(prefix+"/new/999999-0051?countryCode=SE", "")
				second := r.newForm(prefix+"/new/9999990051?countryCode=SE", `not even JSON`)
				if first == second {
					t.Error("two forms are the same")
				}
				status("9999990051", "Invalid", "") // open
				service := r.api.KYC.(*kyc.Service)
				if _, err := service.Decide(t.Context(), first, kyc.Reject); err != nil {
					t.Fatal(err)
				}
				status("999999-0051", "Invalid", "") // rejected
				if _, err := service.Decide(t.Context(), second, kyc.Approve); err != nil {
					t.Fatal(err)
				}
				status("9999990051", "Valid", "2027-11-23")
				status("169999990051", "Valid", "2027-11-23")
				r.clock.Advance(366 * 24 * time.Hour)
				status("9999990051", "Invalid", "") // expired
			})
		}
	}
}

// TestKYCFaults has every way in which KYC refuses, for both calls.
func TestKYCFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const create, status = "/kyc/integration/v1/new/5560160681", "/kyc/integration/v1/status/5560160681"
	const query = "?countryCode=SE"
	tests := []struct {
		name   string
		in     call
		status int
		code   string
		detail string
	}{
		{"no token", call{path: status, header: map[string]string{"Authorization": ""}}, 401, "TOKEN_UNKNOWN", ""},
		{"bad token", call{path: status, header: map[string]string{"Authorization": "Bearer x"}}, 401, "TOKEN_UNKNOWN", ""},
		{"wrong scope", call{path: status, scope: "accountinformation corporate"}, 403, "SERVICE_BLOCKED", ""},
		{"wrong context", call{path: status, scope: "paymentinitiation private"}, 403, "SERVICE_BLOCKED", ""},
		{"no request id", call{path: status, header: map[string]string{"X-Request-ID": ""}}, 400, "FORMAT_ERROR", "X-Request-ID must be a UUID, a new one for each call"},
		{"no number", call{path: "/kyc/integration/v1/status/12"}, 404, "RESOURCE_UNKNOWN", "unknown organisation number"},
		{"no number of that length", call{path: "/kyc/integration/v1/status/55601606801"}, 404, "RESOURCE_UNKNOWN", "unknown organisation number"},
		{"not acceptable", call{path: status, header: map[string]string{"Accept": "text/html"}}, 406, "REQUESTED_FORMATS_INVALID", ""},
		{"method", call{method: "PUT", path: status}, 405, "SERVICE_INVALID", ""},
		{"no such path", call{path: "/kyc/integration/v1/nothing"}, 404, "RESOURCE_UNKNOWN", ""},
		{"no such older path", call{path: "/integration/v2/status/5560160681"}, 404, "RESOURCE_UNKNOWN", ""},

		{"new, no token", call{method: "POST", path: create + query, header: map[string]string{"Authorization": ""}}, 401, "TOKEN_UNKNOWN", ""},
		{"new, wrong scope", call{method: "POST", path: create + query, scope: "accountinformation corporate"}, 403, "SERVICE_BLOCKED", ""},
		{"new, wrong context", call{method: "POST", path: create + query, scope: "paymentinitiation private"}, 403, "SERVICE_BLOCKED", ""},
		{"no country", call{method: "POST", path: create}, 400, "FORMAT_ERROR", "countryCode must be a country, ISO 3166-1 alpha-2, such as SE"},
		{"empty country", call{method: "POST", path: create + "?countryCode="}, 400, "FORMAT_ERROR", ""},
		{"country in lower case", call{method: "POST", path: create + "?countryCode=se"}, 400, "FORMAT_ERROR", ""},
		{"country of three letters", call{method: "POST", path: create + "?countryCode=SWE"}, 400, "FORMAT_ERROR", ""},
		{"two countries", call{method: "POST", path: create + "?countryCode=SE&countryCode=FI"}, 400, "FORMAT_ERROR", ""},
		{"new, no number", call{method: "POST", path: "/kyc/integration/v1/new/12" + query}, 404, "RESOURCE_UNKNOWN", "unknown organisation number"},
		{"new, no number and no country", call{method: "POST", path: "/kyc/integration/v1/new/12"}, 404, "RESOURCE_UNKNOWN", "unknown organisation number"},
		{"number of another country", call{method: "POST", path: create + "?countryCode=FI"}, 404, "RESOURCE_UNKNOWN", "unknown organisation number"},
		{"country without known numbers", call{method: "POST", path: create + "?countryCode=ZZ"}, 404, "RESOURCE_UNKNOWN", "unknown organisation number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path, _, _ := strings.Cut(tt.in.path, "?")
			r.kycCall(tt.in).wantProblem(tt.status, tt.code, tt.detail, path)
		})
	}
	token := r.known(appA, kycScope)
	r.clock.Advance(2 * time.Hour)
	a := r.kycCall(call{path: status, header: map[string]string{"Authorization": "Bearer " + token}})
	a.wantProblem(401, "TOKEN_EXPIRED", "", status)
	if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, "token expired") {
		t.Errorf("WWW-Authenticate is %q", got)
	}
	a = r.kycCall(call{path: status, scope: "paymentinitiation private"})
	if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, `scope="paymentinitiation corporate"`) {
		t.Errorf("WWW-Authenticate is %q", got)
	}
}

// A brokenKYC fails.
type brokenKYC struct{ err error }

func (b brokenKYC) Open(context.Context, string, string, string) (kyc.Case, error) {
	return kyc.Case{}, b.err
}
func (brokenKYC) URL(*kyc.Case) string { return "" }
func (b brokenKYC) Standing(context.Context, string, string) (kyc.Standing, error) {
	return kyc.Standing{}, b.err
}

// TestKYCInternal: of what is ours to mend the answer has no body.
func TestKYCInternal(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(h *api.Handler) { h.KYC = brokenKYC{errors.New("disk on fire")} })
	for _, c := range []call{
		{path: "/kyc/integration/v1/status/5560160680"},
		{method: "POST", path: "/integration/v1/new/5560160680?countryCode=SE"},
	} {
		if a := r.kycCall(c); a.status != http.StatusInternalServerError || a.body != "" || a.header.Get("Content-Type") != "" {
			t.Errorf("%s = %d %q %q, want 500 and no body", a.what, a.status, a.header.Get("Content-Type"), a.body)
		}
	}
	r.api.KYC = brokenKYC{problem.New(problem.Busy, "away")}
	a := r.kycCall(call{path: "/kyc/integration/v1/status/5560160680"})
	a.wantProblem(503, "SERVICE_UNAVAILABLE", "away", "/kyc/integration/v1/status/5560160680")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// TestKYCOwners: a KYC is that of one app.
func TestKYCOwners(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	service := r.api.KYC.(*kyc.Service)
	if _, err := service.Decide(t.Context(), r.newForm("/kyc/integration/v1/new/9999990051?countryCode=SE", ""), kyc.Approve); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{appA: "Valid", appB: "Invalid"} {
		var got psd2.KYCStatus
		r.kycCall(call{path: "/kyc/integration/v1/status/9999990051", app: id}).want(http.StatusOK, "", "").decode(&got)
		if got.KYCStatus != want {
			t.Errorf("for app %s: %+v, want %s", id, got, want)
		}
		err := service.Check(t.Context(), app.Caller{ClientID: id, Context: scope.Corporate, Organisation: "9999990051"})
		if problem.Is(err, problem.KYCInvalid) != (want == "Invalid") {
			t.Errorf("the gate for app %s reports %v", id, err)
		}
	}
}

func TestKYCTooMany(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const path = "/kyc/integration/v1/new/9999990051"
	for range 50 {
		r.newForm(path+"?countryCode=SE", "")
	}
	a := r.kycCall(call{method: "POST", path: path + "?countryCode=SE"})
	a.wantProblem(429, "ACCESS_EXCEEDED", "", path)
	if got := a.header.Get("Retry-After"); got != "86400" {
		t.Errorf("Retry-After is %q", got)
	}
}
