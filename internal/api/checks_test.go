package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/psd2"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tests := []struct {
		name, method, path string
		wantStatus         int
		wantCode           string
		wantAllow          string
	}{
		{"unknown", "GET", "/psd2/consent/v1/nothing", 404, "RESOURCE_UNKNOWN", ""},
		{"unknown version", "GET", "/psd2/consent/v2/consents", 404, "RESOURCE_UNKNOWN", ""},
		{"unknown extension", "GET", "/_sluss/v1/nothing", 404, "RESOURCE_UNKNOWN", ""},
		{"below a leaf", "GET", aspsps + "/aspsps/ESSESESS/more", 404, "RESOURCE_UNKNOWN", ""},
		{"not offered", "POST", "/psd2/consent/v1/confirmation-of-funds", 404, "RESOURCE_UNKNOWN", ""},
		{"two slashes", "GET", "/psd2//consent/v1/consents", 404, "RESOURCE_UNKNOWN", ""},
		{"dots", "GET", "/psd2/consent/../consent/v1/consents", 404, "RESOURCE_UNKNOWN", ""},
		{"slash in an id", "GET", consents + "/a%2Fstatus", 401, "TOKEN_UNKNOWN", ""},
		{"no such method", "GET", consents, 405, "SERVICE_INVALID", "POST"},
		{"three methods", "PATCH", consents + "/1/authorisations/2", 405, "SERVICE_INVALID", "GET, PUT"},
		{"directory", "POST", aspsps + "/aspsps", 405, "SERVICE_INVALID", "GET"},
		{"head", "HEAD", aspsps + "/aspsps", 405, "", "GET"},
		{"options", "OPTIONS", consents + "/1", 405, "SERVICE_INVALID", "DELETE, GET"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// No header at all: the route comes first.
			a := r.send(call{method: tt.method, path: tt.path}, http.Header{}).want(tt.wantStatus, tt.wantCode, "")
			if got := a.header.Get("Allow"); got != tt.wantAllow {
				t.Errorf("%s has Allow %q, want %q", a.what, got, tt.wantAllow)
			}
		})
	}
}

// What token and scope do is in common section 4; every answer has these
// headers byte for byte.
func TestTokenFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := r.token(appA, "accountinformation private")
	revoked := r.token(appA, "accountinformation private")
	access, err := r.tokens.Check(revoked)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.denied.Revoke(t.Context(), access.ID, noon().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	const realm = `Bearer realm="sluss"`
	tests := []struct {
		name, header string
		wantStatus   int
		wantCode     string
		wantHeader   string
	}{
		{"none", "", 401, "TOKEN_UNKNOWN", realm},
		{"blank", "  ", 401, "TOKEN_UNKNOWN", realm},
		{"other scheme", "Basic YTpi", 401, "TOKEN_UNKNOWN", realm},
		{"scheme alone", "Bearer", 401, "TOKEN_UNKNOWN", realm},
		{"not a token", "Bearer abc", 401, "TOKEN_UNKNOWN", realm + `, error="invalid_token"`},
		{"changed", "Bearer " + good[:len(good)-4] + "AAAA", 401, "TOKEN_UNKNOWN", realm + `, error="invalid_token"`},
		{"revoked", "Bearer " + revoked, 401, "TOKEN_INVALID", realm + `, error="invalid_token"`},
		{"directory scope", "Bearer " + r.token(appA, "aspspinformation private"), 403, "SERVICE_BLOCKED", realm + `, error="insufficient_scope", scope="accountinformation"`},
		{"payments scope", "Bearer " + r.token(appA, "paymentinitiation corporate"), 403, "SERVICE_BLOCKED", realm + `, error="insufficient_scope", scope="accountinformation"`},
		{"lower case scheme", "bearer " + good, 400, "FORMAT_ERROR", ""}, // on to the headers
		{"two blanks", "Bearer  " + good, 400, "FORMAT_ERROR", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.header != "" {
				header.Set("Authorization", tt.header)
			}
			a := r.send(call{method: http.MethodPost, path: consents}, header).want(tt.wantStatus, tt.wantCode, "")
			if got := a.header.Get("WWW-Authenticate"); got != tt.wantHeader {
				t.Errorf("WWW-Authenticate is %q, want %q", got, tt.wantHeader)
			}
			if got := a.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control is %q, want no-store", got)
			}
		})
	}
	two := http.Header{"Authorization": {"Bearer " + good, "Bearer " + revoked}}
	r.send(call{method: http.MethodPost, path: consents}, two).want(401, "TOKEN_UNKNOWN", "")

	r.clock.Advance(time.Hour + 2*time.Minute)
	a := r.send(call{method: http.MethodPost, path: consents}, http.Header{"Authorization": {"Bearer " + good}}).want(401, "TOKEN_EXPIRED", "")
	if got, want := a.header.Get("WWW-Authenticate"), realm+`, error="invalid_token", error_description="token expired"`; got != want {
		t.Errorf("WWW-Authenticate is %q, want %q", got, want)
	}
}

// Each case has the fault of its row and those of all rows below it: the
// answer must be that of the row.
func TestOrder(t *testing.T) {
	t.Parallel()
	wait := limiter(0)
	r := newRig(t, func(h *api.Handler) { h.Limiter = &wait })
	consent := r.create(call{})
	wait = limiter(1500 * time.Millisecond)
	auth := "Bearer " + r.token(appA, "accountinformation private")
	all := map[string]string{
		"Authorization": "", "X-Request-ID": "", "X-BicFi": "bad", "Accept": "text/xml", "Content-Type": "text/plain",
	}
	with := func(change map[string]string) map[string]string {
		for name, value := range change {
			all[name] = value
		}
		out := map[string]string{}
		for name, value := range all {
			out[name] = value
		}
		return out
	}
	unlimited := func() { wait = 0 }
	steps := []struct {
		name       string
		header     map[string]string
		path       string
		before     func()
		wantStatus int
		wantCode   string
	}{
		{"route", with(nil), consent + "/authorisations/1/2", nil, 404, "RESOURCE_UNKNOWN"},
		{"token", with(nil), consent + "x/authorisations/1", nil, 401, "TOKEN_UNKNOWN"},
		{"scope", with(map[string]string{"Authorization": "Bearer " + r.token(appA, "aspspinformation private")}), consent + "x/authorisations/1", nil, 403, "SERVICE_BLOCKED"},
		{"request id", with(map[string]string{"Authorization": auth}), consent + "x/authorisations/1", nil, 400, "FORMAT_ERROR"},
		{"headers", with(map[string]string{"X-Request-ID": requestID}), consent + "x/authorisations/1", nil, 400, "FORMAT_ERROR"},
		{"bank", with(map[string]string{"X-BicFi": "DNBANOKK"}), consent + "x/authorisations/1", nil, 400, "RESOURCE_UNKNOWN"},
		{"accept", with(map[string]string{"X-BicFi": "HANDSESS"}), consent + "x/authorisations/1", nil, 406, "REQUESTED_FORMATS_INVALID"},
		{"content type", with(map[string]string{"Accept": "*/*"}), consent + "x/authorisations/1", nil, 415, "FORMAT_ERROR"},
		{"rate", with(map[string]string{"Content-Type": "application/json"}), consent + "x/authorisations/1", nil, 429, "ACCESS_EXCEEDED"},
		{"resource", with(nil), consent + "x/authorisations/1", unlimited, 404, "RESOURCE_UNKNOWN"},
		{"its bank", with(nil), consent + "/authorisations/1", nil, 400, "PARAMETER_NOT_CONSISTENT"},
		{"authorisation", with(map[string]string{"X-BicFi": "ESSESESS"}), consent + "/authorisations/1", nil, 404, "RESOURCE_UNKNOWN"},
	}
	for _, s := range steps {
		if s.before != nil {
			s.before()
		}
		a := r.do(call{method: http.MethodPut, path: s.path, body: "{", header: s.header}).want(s.wantStatus, s.wantCode, "")
		if s.wantStatus == 429 && a.header.Get("Retry-After") != "2" {
			t.Errorf("%s: Retry-After is %q, want 2", s.name, a.header.Get("Retry-After"))
		}
	}
	path := r.authorise(consent, call{})
	r.do(call{method: http.MethodPut, path: path, body: "{"}).want(400, "FORMAT_ERROR", "")
	r.do(call{method: http.MethodPut, path: path, body: `{"authenticationMethodId":"x"}`}).want(400, "SCA_METHOD_UNKNOWN", "authenticationMethodId")
}

// A limiter refuses every call but for 0.
type limiter time.Duration

// Take implements [api.Limiter].
func (l *limiter) Take(string, time.Time) time.Duration { return time.Duration(*l) }

func TestHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tests := []struct {
		name, header, value string
		scope               string
		wantStatus          int
		wantCode            string // empty if good
	}{
		{"request id of any version, any case", "X-Request-ID", "C232AB00-9414-11EC-B3C8-9F6BDECED846", "", 201, ""},
		{"bank in lower case", "X-BicFi", "essesess", "", 400, "FORMAT_ERROR"},
		{"head office", "X-BicFi", "ESSESESSXXX", "", 201, ""},
		{"white space", "X-BicFi", " ESSESESS ", "", 201, ""},
		{"no person", "PSU-ID", "", "", 201, ""},
		{"person with a hyphen", "PSU-ID", "19900209-2386", "", 201, ""},
		{"no address", "PSU-IP-Address", "", "", 201, ""},
		{"IPv6", "PSU-IP-Address", "2001:db8::1", "", 201, ""},
		{"no browser", "PSU-User-Agent", "", "", 201, ""},
		{"no preference", "TPP-Redirect-Preferred", "", "", 201, ""},
		{"preference of another language", "TPP-Redirect-Preferred", "True", "", 201, ""},
		{"blank is absent", "TPP-Redirect-Preferred", " ", "", 201, ""},
		{"organisation with 16", "PSU-Corporate-ID", "16556016-0680", "accountinformation corporate", 201, ""},
		{"organisation is ignored", "PSU-Corporate-ID", "?", "", 201, ""},
		{"ignored headers", "TPP-Notification-URI", "nonsense", "", 201, ""},
		{"affiliate", "X-AffiliatedASPSP-ID", "8999", "", 201, ""},

		{"no request id", "X-Request-ID", "", "", 400, "FORMAT_ERROR"},
		{"request id", "X-Request-ID", "1", "", 400, "FORMAT_ERROR"},
		{"no bank", "X-BicFi", "", "", 400, "FORMAT_ERROR"},
		{"bank in lower case", "X-BicFi", "essesess", "", 400, "FORMAT_ERROR"},
		{"malformed bank", "X-BicFi", "ESSE", "", 400, "FORMAT_ERROR"},
		{"unknown bank", "X-BicFi", "DNBANOKK", "", 400, "RESOURCE_UNKNOWN"},
		{"address", "PSU-IP-Address", "localhost", "", 400, "FORMAT_ERROR"},
		{"address with zone", "PSU-IP-Address", "fe80::1%eth0", "", 400, "FORMAT_ERROR"},
		{"preference", "TPP-Redirect-Preferred", "yes", "", 400, "FORMAT_ERROR"},
		{"long person", "PSU-ID", strings.Repeat("1", 600), "", 400, "FORMAT_ERROR"},
		{"person of hyphens", "PSU-ID", "--", "", 400, "FORMAT_ERROR"},
		{"no organisation", "PSU-Corporate-ID", "", "accountinformation corporate", 400, "FORMAT_ERROR"},
		{"no organisation number", "PSU-Corporate-ID", "Example AB", "accountinformation corporate", 401, "CORPORATE_ID_INVALID"},
		{"unknown affiliate", "X-AffiliatedASPSP-ID", "08000", "", 400, "RESOURCE_UNKNOWN"},
		{"consent type", "X-Consent-Type", "other", "", 400, "PARAMETER_NOT_SUPPORTED"},
		{"direct debits of a person", "X-Consent-Type", "sepaDirectDebit", "", 403, "SERVICE_BLOCKED"},
		{"direct debits", "X-Consent-Type", "SEPADIRECTDEBIT", "accountinformation corporate", 201, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := r.do(call{
				method: http.MethodPost, path: consents, body: goodConsent, scope: tt.scope, header: map[string]string{tt.header: tt.value},
			})
			if tt.wantCode == "" {
				a.want(tt.wantStatus, "", "")
				return
			}
			a.want(tt.wantStatus, tt.wantCode, tt.header)
		})
	}
}

func TestHeaderFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	t.Run("echo", func(t *testing.T) {
		for given, kept := range map[string]bool{requestID: true, strings.ToUpper(requestID): true, "1": false, "": false} {
			got := r.do(call{path: aspsps + "/aspsps", header: map[string]string{"X-Request-ID": given}}).header.Get("X-Request-ID")
			if (got == given) != kept || got == "" {
				t.Errorf("X-Request-ID %q is answered %q", given, got)
			}
		}
	})
	t.Run("all at once", func(t *testing.T) {
		a := r.do(call{method: http.MethodPost, path: consents, body: goodConsent, header: map[string]string{
			"X-Request-ID": "1", "X-BicFi": "1", "PSU-IP-Address": "1", "TPP-Redirect-Preferred": "1",
		}}).want(400, "FORMAT_ERROR", "X-Request-ID")
		var e psd2.ErrorInformation
		if a.decode(&e); len(e.TPPMessages) != 4 {
			t.Errorf("the answer has %d messages, want 4: %s", len(e.TPPMessages), a.body)
		}
	})
	t.Run("twice", func(t *testing.T) {
		c := call{method: http.MethodPost, path: consents, body: goodConsent}
		header := r.headers(&c)
		header.Add("PSU-ID", "other")
		r.send(c, header).want(400, "FORMAT_ERROR", "PSU-ID")
		header["Psu-Id"] = []string{"199002092386", "", "199002092386"}
		r.send(c, header).want(201, "", "")
	})
	t.Run("bank that wants them", func(t *testing.T) {
		for _, name := range []string{"PSU-ID", "PSU-IP-Address", "PSU-User-Agent"} {
			r.do(call{method: http.MethodPost, path: consents, body: goodConsent, header: map[string]string{"X-BicFi": "HANDSESS", name: ""}}).
				want(400, "FORMAT_ERROR", name)
		}
	})
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const problemJSON = "application/problem+json"
	tests := []struct {
		name, accept string
		wantStatus   int
		wantType     string
	}{
		{"none", "", 404, "json"},
		{"any", "*/*", 404, "json"},
		{"json", "application/json", 404, "json"},
		{"json by group", "application/*;q=0.1", 404, "json"},
		{"old Java", "text/html, image/gif, *; q=.2, */*; q=.2", 404, "json"},
		{"unreadable", ";;;", 404, "json"},
		{"problem alone", problemJSON, 404, problemJSON},
		{"problem first", problemJSON + ", application/json", 404, problemJSON},
		{"problem second", "application/json, " + problemJSON, 404, "json"},
		{"problem higher", "application/json;q=0.5, " + problemJSON, 404, problemJSON},
		{"problem lower", problemJSON + ";q=0.5, application/json", 404, "json"},
		{"problem beside any", "*/*, " + problemJSON, 404, problemJSON},
		{"problem refused", problemJSON + ";q=0, */*", 404, "json"},

		{"xml", "application/xml", 406, "json"},
		{"text", "text/plain, text/xml;q=0.9", 406, "json"},
		{"json refused", "application/json;q=0, */*;q=0", 406, "json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := r.do(call{path: consents + "/" + requestID, header: map[string]string{"Accept": tt.accept}}).want(tt.wantStatus, "", "")
			want := "application/json; charset=utf-8"
			if tt.wantType == problemJSON {
				want = problemJSON
				var p psd2.Problem
				a.decode(&p)
				if p.Code != psd2.ResourceUnknown || p.Type != "urn:sluss:problem:RESOURCE_UNKNOWN" || p.Title != "Resource unknown" {
					t.Errorf("the problem is %s", a.body)
				}
			}
			if got := a.header.Get("Content-Type"); got != want {
				t.Errorf("Accept %q is answered as %q, want %q", tt.accept, got, want)
			}
		})
	}
}

// Our own faults tell nothing of what went wrong.
func TestInternalFault(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.seb.Refuse(errors.New("secret of the bank"))
	a := r.do(call{method: http.MethodPost, path: consents, body: goodConsent}).want(500, "INTERNAL_SERVER_ERROR", "")
	if strings.Contains(a.body, "secret") {
		t.Errorf("the answer is %s", a.body)
	}
	r.seb.Refuse(problem.New(problem.BankUnavailable, "down"))
	a = r.do(call{method: http.MethodPost, path: consents, body: goodConsent}).want(503, "SERVICE_UNAVAILABLE", "")
	if a.header.Get("Retry-After") == "" {
		t.Error("503 has no Retry-After")
	}
	refusal := problem.New(problem.BankRefused, "the bank says no")
	refusal.Status = 403
	r.seb.Refuse(refusal)
	a = r.do(call{method: http.MethodPost, path: consents, body: goodConsent}).want(403, "RAW", "")
	var e psd2.ErrorInformation
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || e.TPPMessages[0].Category != psd2.Unmapped {
		t.Errorf("a bank's own message is %s, want it UNMAPPED", a.body)
	}
}
