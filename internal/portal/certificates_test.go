package portal_test

import (
	"crypto/tls"
	"regexp"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/event"
)

func TestCertificates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O").get("/portal/certificates").expect(200, "/portal/certificates", "No certificate yet")
	b.post("/portal/certificates", "format", "pem").expect(422, "/portal/certificates", "number and country first")
	b.post("/portal/organisation", "name", "O", "number", "5560160680", "country", "SE").get("/portal/certificates")
	b.post("/portal/certificates", "format", "pfx", "passphrase", "short").expect(422, "/portal/certificates", "at least 8")
	b.post("/portal/certificates", "format", "request", "request", "x").expect(422, "/portal/certificates", "as PEM text")
	b.get("/portal/certificates").post("/portal/certificates", "format", "pem")
	if _, err := tls.X509KeyPair([]byte(b.body), []byte(b.body)); err != nil || !strings.Contains(b.header.Get("Content-Disposition"), ".pem") {
		t.Errorf("the PEM: %v, %v", err, b.header)
	}
	b.get("/portal/certificates").post("/portal/certificates", "format", "pfx", "passphrase", "long enough")
	if _, _, _, err := pkcs12.DecodeChain([]byte(b.body), "long enough"); err != nil {
		t.Errorf("the PFX: %v", err)
	}
	b.get("/portal/certificates").expect(200, "/portal/certificates", "good", "Revoke")
	serial := regexp.MustCompile(`name="serial" value="([0-9a-f]+)"`).FindStringSubmatch(b.body)[1]
	if b.get("/portal/certificates/" + serial); !strings.HasPrefix(b.body, "-----BEGIN CERTIFICATE") || strings.Contains(b.body, "PRIVATE") {
		t.Errorf("the certificate again: %s", b.body)
	}
	eve := r.founder("eve@example.com", "E")
	eve.get("/portal/certificates/"+serial).expect(404, "/portal/certificates/"+serial)
	eve.get("/portal/certificates").post("/portal/certificates/revoke", "serial", serial).expect(404, "/portal/certificates/revoke")
	b.get("/portal/certificates").post("/portal/certificates/revoke", "serial", serial).expect(200, "/portal/certificates", "is revoked", "revoked")
	if b.get("/portal/certificates/ca.pem"); !strings.HasPrefix(b.body, "-----BEGIN CERTIFICATE") {
		t.Errorf("the CA: %s", b.body)
	}
}

// In production a certificate is for those whom an operator let in.
func TestProductionCertificates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.h.Environment = app.Production
	b := r.founder("ada@example.com", "O").get("/portal/organisation").post("/portal/organisation", "name", "O", "number", "5560160680", "country", "SE")
	b.get("/portal/certificates").expect(200, "/portal/certificates", "Ask for access")
	b.post("/portal/certificates", "format", "pem").expect(422, "/portal/certificates", "no access to production")
	all, err := r.people.Store.Organisations(t.Context(), developer.Page{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.people.Store.UpdateOrganisation(t.Context(), all[0].ID, func(o *developer.Organisation) ([]event.Event, error) {
		o.Access.Status = developer.Granted
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.get("/portal/certificates").post("/portal/certificates", "format", "pem")
	if b.status != 200 || !strings.HasPrefix(b.body, "-----BEGIN PRIVATE KEY") {
		t.Errorf("once it is let in: %d %s", b.status, b.body)
	}
}
