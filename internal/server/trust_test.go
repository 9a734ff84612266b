package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/problem"
)

// write writes a file of a test and returns its name.
func write(t *testing.T, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTrust(t *testing.T) {
	t.Parallel()
	now := clock.Real{}.Now()
	ca := certtest.NewIssuer(t, now)
	client, blocked := ca.Issue(t, nil), ca.Issue(t, nil)
	list := write(t, "list", ca.Revoke(t))
	c := config.Default()
	c.Certificates = config.CertificatesConfig{
		IssuerFile: write(t, "issuers", ca.PEM()), RevocationFiles: []string{list}, Blocked: []string{blocked.Cert.SerialNumber.Text(16)},
	}
	trust, err := newTrust(&c, nil, certificate.Blocklist{})
	if err != nil {
		t.Fatal(err)
	}
	if err := trust.authority.Check(client.Presented(), now); err != nil {
		t.Errorf("a good certificate: %v", err)
	}
	if err := trust.authority.Check(blocked.Presented(), now); !problem.Is(err, problem.CertificateBlocked) {
		t.Errorf("a blocked certificate: %v", err)
	}
	// A list that cannot be read changes nothing; one that can is taken.
	for _, step := range []struct {
		text []byte
		good bool
		want problem.Reason
	}{
		{[]byte("x"), false, ""}, {ca.Revoke(t, client.Cert), true, problem.CertificateRevoked}, {[]byte("y"), false, problem.CertificateRevoked},
	} {
		if err := os.WriteFile(list, step.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := trust.reload(); (err == nil) != step.good {
			t.Errorf("reload of %.10q reports %v", step.text, err)
		}
		err := trust.authority.Check(client.Presented(), now)
		if step.want == "" && err != nil || step.want != "" && !problem.Is(err, step.want) {
			t.Errorf("after %.10q the certificate is judged %v, want %q", step.text, err, step.want)
		}
	}
}

func TestTrustFaults(t *testing.T) {
	t.Parallel()
	ca := certtest.NewIssuer(t, clock.Real{}.Now())
	issuers, rubbish := write(t, "issuers", ca.PEM()), write(t, "rubbish", []byte("x"))
	for want, change := range map[string]func(*config.Config){
		"certificates.issuerFile: no certif": func(c *config.Config) { c.Certificates.IssuerFile = rubbish },
		"certificates.issuerFile: open":      func(c *config.Config) { c.Certificates.IssuerFile = rubbish + "x" },
		"certificates.revocationFiles: it":   func(c *config.Config) { c.Certificates.RevocationFiles = []string{rubbish} },
		"certificates.revocationFiles: stat": func(c *config.Config) { c.Certificates.RevocationFiles = []string{rubbish + "x"} },
		"certificates.blocked: \"x\"":        func(c *config.Config) { c.Certificates.Blocked = []string{"x"} },
		"proxy.certFrom: \"x\"":              func(c *config.Config) { c.Proxy.CertFrom = []string{"x"} },
	} {
		c := config.Default()
		c.Certificates.IssuerFile = issuers
		change(&c)
		if _, err := newTrust(&c, nil, certificate.Blocklist{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("newTrust reports %v, want %s...", err, want)
		}
	}
}
