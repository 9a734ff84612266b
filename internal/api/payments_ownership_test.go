package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every route that names a payment or a basket of appA, and what each caller is
// told there: common section 8.
func TestPaymentOwnership(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	who := func(app, scope, psu, organisation string) call {
		c := call{app: app, scope: scope, header: map[string]string{"PSU-ID": psu}}
		if organisation != "" {
			c.header["PSU-Corporate-ID"] = organisation
		}
		return c
	}
	mine, ours := who(appA, paysPrivate, anna, ""), who(appA, paysCompany, anna, "5560160680")
	tests := []struct {
		name      string
		owner, by call
		want      int
		wantCode  string
		wantPut   int
		wantScope string
	}{
		{"owner", mine, mine, 200, "", 200, ""},
		{"owner with a hyphen", mine, who(appA, paysPrivate, "19900209-2386", ""), 200, "", 200, ""},
		{"owner unnamed", mine, who(appA, paysPrivate, "", ""), 200, "", 200, ""},
		{"other app", mine, who(appB, paysPrivate, anna, ""), 404, "RESOURCE_UNKNOWN", 404, ""},
		{"other app, all other", mine, who(appB, paysCompany, "1", "1234567890"), 404, "RESOURCE_UNKNOWN", 404, ""},
		{"other person", mine, who(appA, paysPrivate, bo, ""), 403, "RESOURCE_UNKNOWN", 403, ""},
		{"other context", mine, ours, 403, "SERVICE_BLOCKED", 403, paysPrivate},
		{"company", ours, ours, 200, "", 200, ""},
		{"colleague", ours, who(appA, paysCompany, bo, "5560160680"), 200, "", 403, ""},
		{"other company", ours, who(appA, paysCompany, anna, "5566778898"), 403, "RESOURCE_UNKNOWN", 403, ""},
		{"person of the company", ours, mine, 403, "SERVICE_BLOCKED", 403, paysCompany},
		{"company of other app", ours, who(appB, paysCompany, anna, "5560160680"), 404, "RESOURCE_UNKNOWN", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			self := r.pay(tt.owner)
			basket := r.basket(tt.owner, r.pay(tt.owner))
			for _, of := range []string{self, basket} {
				post := tt.owner
				post.method, post.path = http.MethodPost, of+"/authorisations"
				auth := apiPath(r.paying(post).want(201, "", "").header.Get("Location"))
				gets := []string{of, of + "/status", auth}
				if of == self {
					gets = append(gets, of+"/authorisations", of+"/cancellation-authorisations")
				}
				for _, path := range gets {
					c := tt.by
					c.path = path
					a := r.paying(c).want(tt.want, tt.wantCode, "")
					want := ""
					if tt.wantScope != "" {
						want = `Bearer realm="sluss", error="insufficient_scope", scope="` + tt.wantScope + `"`
					}
					wantHeader(t, a, "WWW-Authenticate", want)
				}
				put := tt.by
				put.method, put.path, put.body = http.MethodPut, auth, `{"authenticationMethodId":"mbid"}`
				r.paying(put).want(tt.wantPut, "", "")
				if tt.want == 200 {
					continue
				}
				for path, method := range map[string]string{of: http.MethodDelete, of + "/authorisations": http.MethodPost} {
					c := tt.by
					c.method, c.path = method, path
					r.paying(c).want(tt.want, tt.wantCode, "")
				}
				if of == self {
					c := tt.by
					c.method, c.path = http.MethodPost, of+"/cancellation-authorisations"
					r.paying(c).want(tt.want, tt.wantCode, "")
				}
			}
			if tt.want != 200 { // in a payload
				c := tt.by
				c.method, c.path, c.body = http.MethodPost, baskets, basketBody(self)
				r.paying(c).want(400, "RESOURCE_UNKNOWN", "paymentIds[0]")
			}
		})
	}
}

func apiPath(url string) string { return strings.TrimPrefix(url, apiBase) }

// Nobody can tell another app's payment, or one of another product, from one
// that does not exist.
func TestPaymentUnknownAlike(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	self := r.pay(call{})
	auth := r.authorise2(self)
	id := self[strings.LastIndex(self, "/")+1:]
	unknown := payments + "/domestic/" + requestID
	put := `{"authenticationMethodId":"mbid"}`
	pairs := []struct{ app, method, known, unknown, body string }{
		{appB, http.MethodGet, self, unknown, ""},
		{appB, http.MethodGet, self + "/status", unknown + "/status", ""},
		{appB, http.MethodDelete, self, unknown, ""},
		{appB, http.MethodPost, self + "/authorisations", unknown + "/authorisations", ""},
		{appB, http.MethodPost, self + "/authorisations", unknown + "/authorisations", "["},
		{appB, http.MethodGet, self + "/authorisations", unknown + "/authorisations", ""},
		{appB, http.MethodGet, auth, unknown + "/authorisations/" + requestID, ""},
		{appB, http.MethodPut, auth, unknown + "/authorisations/" + requestID, put},
		{appB, http.MethodPut, auth, unknown + "/authorisations/" + requestID, "{}"},
		{appB, http.MethodPost, self + "/cancellation-authorisations", unknown + "/cancellation-authorisations", ""},
		{appB, http.MethodGet, self + "/cancellation-authorisations", unknown + "/cancellation-authorisations", ""},
		{appB, http.MethodGet, self + "/cancellation-authorisations/" + requestID, unknown + "/cancellation-authorisations/" + requestID, ""},
		{appB, http.MethodPut, self + "/cancellation-authorisations/" + requestID, unknown + "/cancellation-authorisations/" + requestID, put},
		{appA, http.MethodGet, payments + "/swedish-giro/" + id, payments + "/swedish-giro/" + requestID, ""},
		{appA, http.MethodGet, payments + "/swedish-giro/" + id, payments + "/swedish-giro/%00", ""},
	}
	for _, p := range pairs {
		a := r.paying(call{app: p.app, method: p.method, path: p.known, body: p.body}).want(404, "RESOURCE_UNKNOWN", "")
		b := r.paying(call{app: p.app, method: p.method, path: p.unknown, body: p.body}).want(404, "RESOURCE_UNKNOWN", "")
		if diff := cmp.Diff(a.body, b.body); diff != "" {
			t.Errorf("%s %s and of nothing differ: %s", p.method, p.known, diff)
		}
		if diff := cmp.Diff(a.header, b.header); diff != "" {
			t.Errorf("%s %s and of nothing differ: %s", p.method, p.known, diff)
		}
	}
	r.paying(call{path: payments + "/domestic/" + strings.ToUpper(id) + "/"}).want(200, "", "")
	r.paying(call{path: payments + "/instant/" + id}).want(404, "PRODUCT_UNKNOWN", "product")
	r.paying(call{path: self, header: map[string]string{"X-BicFi": "HANDSESS"}}).want(400, "PARAMETER_NOT_CONSISTENT", "X-BicFi")
	abroad := r.pay(call{path: payments + "/cross-border"})
	r.paying(call{path: strings.Replace(abroad, "cross-border", "international-tp", 1)}).want(200, "", "")
	r.paying(call{scope: "accountinformation private", path: self}).want(403, "SERVICE_BLOCKED", "")
}
