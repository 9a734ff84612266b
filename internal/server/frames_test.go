package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// Whatever a browser may be led to can be framed by nobody and is taken for
// nothing else: pages, their faults, redirects, styles and scripts, of the
// portal, the guides, the banks, the KYC form and the way through the browser,
// by every method.
func TestNothingIsFramed(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	paths := []string{
		"/", "/portal", "/portal/", "/portal//apps", "/portal/sign-in", "/portal/nothing", "/portal/../docs", "/portal/%2e%2e/docs", "/portal/apps/x", "/portal/sso/callback?code=x",
		"/portal/assets/sluss.css", "/portal/assets/nothing.css", "/portal/assets/", "/portal/%00",
		"/docs", "/docs/", "/docs/overview", "/docs/overview.md", "/docs/nothing", "/docs//overview", "/docs/search?q=%3Cscript%3E", "/docs/search", "/docs/api", "/docs/api/payments",
		"/docs/api/nothing", "/docs/try", "/docs/try/nothing", "/docs/openapi.yaml", "/docs/postman.json", "/docs/sluss.sha256", "/docs/assets/nothing.css", "/llms.txt",
		"/connect/authorize", "/connect/authorize?client_id=x&redirect_uri=https://evil.example", "/sca/redirect?client_id=x", "/sca/return/nothing", "/sca/bank/nothing",
		"/sca/bank/nothing/answer", "/sca/assets/bank.css", "/kyc/form?instanceId=x", "/kyc/form/", "/kyc/form/nothing", "/kyc/assets/nothing.css",
	}
	for _, path := range paths {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			status, _, h := (&running{T: t}).do(method, r.auth+path, "", "Content-Type", "application/x-www-form-urlencoded")
			if status >= 500 {
				t.Errorf("%s %s: %d", method, path, status)
			}
			kind := h.Get("Content-Type")
			if strings.HasPrefix(kind, "application/json") && h.Get("Location") == "" {
				continue // no page
			}
			if h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: %d %s may be taken for something else", method, path, status, kind)
			}
			if h.Get("X-Frame-Options") != "DENY" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
				t.Errorf("%s %s: %d %s may be framed", method, path, status, kind)
			}
			if h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: may be read by %s", method, path, h.Get("Access-Control-Allow-Origin"))
			}
		}
	}
}
