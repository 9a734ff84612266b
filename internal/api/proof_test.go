package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/psd2"
)

// TestProofOfPayment follows the link of a settled payment.
func TestProofOfPayment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	simulated(r)
	who := call{scope: paysCompany, header: map[string]string{"PSU-ID": "99990101000", "PSU-Corporate-ID": "9999999990"}}
	pay := who
	pay.path = payments + "/cross-border"
	pay.body = edit(t, goodAbroad, map[string]any{"creditorName": `<script>alert(1)</script>`})
	self := r.pay(pay)
	id := self[strings.LastIndex(self, "/")+1:]
	proof := who
	proof.path = "/_sluss/v1/payments/" + id + "/proof"
	r.paying(proof).want(409, "STATUS_INVALID", "")

	auth := r.begin(self+"/authorisations", who)
	r.clock.Advance(2 * time.Second)
	r.wantSCA(auth, who, "finalised")
	r.clock.Advance(20 * time.Second)
	for _, scope := range []string{paysCompany, "accountinformation corporate"} {
		for _, accept := range []string{"", "*/*", "text/html,application/xhtml+xml;q=0.9"} {
			c := proof
			c.scope, c.header = scope, map[string]string{"PSU-ID": "99990101000", "PSU-Corporate-ID": "9999999990", "Accept": accept}
			a := r.do(c).want(200, "", "")
			for _, text := range []string{id, "ACSC", "130.00 USD", "&lt;script&gt;alert(1)&lt;/script&gt;", "1 Main St 10001 New York NY US", "Chase CHASUS33"} {
				if !strings.Contains(a.body, text) {
					t.Errorf("the proof lacks %q:\n%s", text, a.body)
				}
			}
			if got := a.header.Get("Content-Type"); got != "text/html; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
		}
	}

	for _, tt := range []struct {
		name   string
		change func(*call)
		status int
		code   psd2.Code
		path   string
	}{
		{"unknown", func(c *call) { c.path = "/_sluss/v1/payments/" + requestID + "/proof" }, 404, "RESOURCE_UNKNOWN", "paymentId"},
		{"another app's", func(c *call) { c.app = appB }, 404, "RESOURCE_UNKNOWN", "paymentId"},
		{"another company's", func(c *call) { c.header["PSU-Corporate-ID"] = "5560160680" }, 403, "RESOURCE_UNKNOWN", "paymentId"},
		{"other context", func(c *call) { c.scope = paysPrivate }, 403, "SERVICE_BLOCKED", "paymentId"},
		{"directory alone", func(c *call) { c.scope = "aspspinformation corporate" }, 403, "SERVICE_BLOCKED", ""},
		{"another bank", func(c *call) { c.header["X-BicFi"] = "HANDSESS" }, 400, "PARAMETER_NOT_CONSISTENT", "X-BicFi"},
		{"JSON wanted", func(c *call) { c.header["Accept"] = "application/json" }, 406, "REQUESTED_FORMATS_INVALID", "Accept"},
		{"posted", func(c *call) { c.method = http.MethodPost }, 405, "SERVICE_INVALID", ""},
	} {
		c := proof
		c.header = map[string]string{"PSU-ID": "99990101000", "PSU-Corporate-ID": "9999999990"}
		tt.change(&c)
		if c.scope == "" {
			c.scope = paysCompany
		}
		r.do(c).want(tt.status, string(tt.code), tt.path)
	}
}
