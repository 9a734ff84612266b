package portal_test

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate/certtest"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	path := b.newApp("Ledger") + "/access"
	b.get(path).expect(200, path, "Client secret", "Token policy")
	b.post(path).expect(422, path, "Allow at least one way")
	b.post(path, "method", "self_signed_tls_client_auth").expect(422, path, "needs a certificate")
	b.post(path+"/keys", "keys", "{").expect(422, path+"/keys", `class="error"`)
	b.post(path+"/certificates", "certificate", "hello").expect(422, path+"/certificates", "as PEM text")
	client := certtest.SelfSigned(t, noon, func(c *x509.Certificate) { c.NotAfter = noon.Add(time.Hour) })
	b.post(path+"/certificates", "certificate", string(client.PEM())).expect(200, path, "Saved.", "CN=ledger", "soon")
	b.post(path, "method", "self_signed_tls_client_auth", "bind", "yes").expect(200, path, "Saved.")
	b.post(path+"/tokens", "policy", "enforce", "quota", "x").expect(422, path+"/tokens", "Write a number")
	b.post(path+"/tokens", "policy", "enforce", "quota", "4", "algorithm", "ES256", "form", "at+jwt").expect(200, path, "Saved.")
	a, err := r.apps.App(t.Context(), strings.TrimSuffix(strings.TrimPrefix(path, "/portal/apps/"), "/access"))
	if err != nil {
		t.Fatal(err)
	}
	if s := a.Security(); !s.BindCertificate || a.Allows(app.BySecret) || len(s.Certificates) != 1 || a.Extensions.TokenQuota != 4 || a.Extensions.TokenAlgorithm != "ES256" || a.Extensions.TokenForm != "at+jwt" {
		t.Errorf("app %+v", a)
	}
	r.clock.Advance(time.Hour)
	b.get(path).post(path, "method", "secret").expect(200, "/portal/prove?to=%2Fportal", "type your password")
}
