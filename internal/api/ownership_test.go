package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Who asks for the consent of appA's person or company, and what each is told:
// common section 8.
func TestOwnership(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const private, corporate = "accountinformation private", "accountinformation corporate"
	who := func(app, scope, psu, organisation string) call {
		c := call{app: app, scope: scope, header: map[string]string{"PSU-ID": psu}}
		if organisation != "" {
			c.header["PSU-Corporate-ID"] = organisation
		}
		return c
	}
	mine, ours := who(appA, private, "199002092386", ""), who(appA, corporate, "199002092386", "5560160680")
	tests := []struct {
		name       string
		owner, by  call
		wantStatus int // of reading the consent
		wantCode   string
		wantUse    string // code with Consent-ID
		wantPut    int    // of starting the owner's authorisation
		wantScope  string
	}{
		{"owner", mine, mine, 200, "", "", 200, ""},
		{"owner with a hyphen", mine, who(appA, private, "19900209-2386", ""), 200, "", "", 200, ""},
		{"owner unnamed", mine, who(appA, private, "", ""), 200, "", "", 200, ""},
		{"other app", mine, who(appB, private, "199002092386", ""), 404, "RESOURCE_UNKNOWN", "CONSENT_UNKNOWN", 404, ""},
		{"other app, all other", mine, who(appB, corporate, "1", "1234567890"), 404, "RESOURCE_UNKNOWN", "CONSENT_UNKNOWN", 404, ""},
		{"other person", mine, who(appA, private, "199001011234", ""), 403, "CONSENT_UNKNOWN", "CONSENT_UNKNOWN", 403, ""},
		{"other context", mine, ours, 403, "SERVICE_BLOCKED", "CONSENT_UNKNOWN", 403, "accountinformation private"},
		{"company", ours, ours, 200, "", "", 200, ""},
		{"company with 16", ours, who(appA, corporate, "199002092386", "165560160680"), 200, "", "", 200, ""},
		{"company, unnamed", ours, who(appA, corporate, "", "5560160680"), 200, "", "", 200, ""},
		{"colleague", ours, who(appA, corporate, "199001011234", "5560160680"), 200, "", "CONSENT_UNKNOWN", 403, ""},
		{"other company", ours, who(appA, corporate, "199002092386", "5566778899"), 403, "CONSENT_UNKNOWN", "CONSENT_UNKNOWN", 403, ""},
		{"person of the company", ours, mine, 403, "SERVICE_BLOCKED", "CONSENT_UNKNOWN", 403, "accountinformation corporate"},
		{"company of other app", ours, who(appB, corporate, "199002092386", "5560160680"), 404, "RESOURCE_UNKNOWN", "CONSENT_UNKNOWN", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			self := r.create(tt.owner)
			auth := r.authorise(self, tt.owner)
			for _, path := range []string{self, self + "/status", self + "/authorisations", auth} {
				c := tt.by
				c.path = path
				a := r.do(c).want(tt.wantStatus, tt.wantCode, "")
				want := ""
				if tt.wantScope != "" {
					want = `Bearer realm="sluss", error="insufficient_scope", scope="` + tt.wantScope + `"`
				}
				wantHeader(t, a, "WWW-Authenticate", want)
			}
			put := tt.by
			put.method, put.path, put.body = http.MethodPut, auth, `{"authenticationMethodId":"mbid"}`
			r.do(put).want(tt.wantPut, "", "")
			if tt.wantStatus != 200 {
				for _, method := range []string{http.MethodPost, http.MethodDelete} {
					c := tt.by
					c.method, c.path = method, self
					if method == http.MethodPost {
						c.path += "/authorisations"
					}
					r.do(c).want(tt.wantStatus, tt.wantCode, "")
				}
			}
			use := tt.by
			valid := r.valid(tt.owner)
			use.path, use.header = accounts+"/accounts", map[string]string{"Consent-ID": valid[len(consents)+1:]}
			for name, value := range tt.by.header {
				use.header[name] = value
			}
			if a := r.do(use); tt.wantUse == "" {
				a.want(200, "", "")
			} else {
				a.want(403, tt.wantUse, "Consent-ID")
			}
		})
	}
}

// Nobody can tell another app's id from one that does not exist.
func TestUnknownAlike(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	self := r.create(call{})
	auth := r.authorise(self, call{})
	unknown := consents + "/" + requestID
	pairs := []struct{ method, known, unknown, body string }{
		{http.MethodGet, self, unknown, ""},
		{http.MethodGet, self, consents + "/no-uuid", ""},
		{http.MethodGet, self, consents + "/%00%ff", ""},
		{http.MethodGet, self + "/status", unknown + "/status", ""},
		{http.MethodDelete, self, unknown, ""},
		{http.MethodPost, self + "/authorisations", unknown + "/authorisations", ""},
		{http.MethodPost, self + "/authorisations", unknown + "/authorisations", "["},
		{http.MethodGet, self + "/authorisations", unknown + "/authorisations", ""},
		{http.MethodGet, auth, unknown + "/authorisations/" + requestID, ""},
		{http.MethodPut, auth, unknown + "/authorisations/" + requestID, `{"authenticationMethodId":"mbid"}`},
		{http.MethodPut, auth, unknown + "/authorisations/" + requestID, `{}`},
	}
	for _, p := range pairs {
		a := r.do(call{app: appB, method: p.method, path: p.known, body: p.body}).want(404, "RESOURCE_UNKNOWN", "")
		b := r.do(call{app: appB, method: p.method, path: p.unknown, body: p.body}).want(404, "RESOURCE_UNKNOWN", "")
		if diff := cmp.Diff(a.body, b.body); diff != "" {
			t.Errorf("%s %s and of nothing differ: %s", p.method, p.known, diff)
		}
		if diff := cmp.Diff(a.header, b.header); diff != "" {
			t.Errorf("%s %s and of nothing differ: %s", p.method, p.known, diff)
		}
	}
}

func TestForeignAuthorisation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first, second := r.create(call{}), r.create(call{})
	auth := r.authorise(first, call{})
	elsewhere := second + auth[len(first):]
	r.do(call{path: elsewhere}).want(404, "RESOURCE_UNKNOWN", "authorisationId")
	r.do(call{method: http.MethodPut, path: elsewhere, body: `{"authenticationMethodId":"mbid"}`}).want(404, "RESOURCE_UNKNOWN", "authorisationId")
	r.do(call{path: first, header: map[string]string{"X-BicFi": "HANDSESS"}}).want(400, "PARAMETER_NOT_CONSISTENT", "X-BicFi")
	r.do(call{path: first, header: map[string]string{"X-BicFi": "ESSESESSXXX"}}).want(200, "", "")
}
