package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
)

// A caller calls a server by TLS.
type caller struct {
	*testing.T
	client *http.Client
}

func (r *running) caller(t *testing.T, serverCert string, with *certtest.Client) caller {
	t.Helper()
	text, err := os.ReadFile(serverCert)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	c := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if with != nil {
		c.Certificates = []tls.Certificate{with.TLS()}
	}
	transport := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return caller{t, &http.Client{Transport: transport, Timeout: patience}}
}

func (c caller) do(method, to string, form url.Values, header ...string) (int, string) {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), method, to, strings.NewReader(form.Encode()))
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("X-Request-ID", requestID)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := c.client.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (c caller) token(to string, form url.Values) string {
	c.Helper()
	form.Set("grant_type", "client_credentials")
	form.Set("scope", "aspspinformation private")
	status, body := c.do(http.MethodPost, to+"/connect/token", form)
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK {
		c.Fatalf("asked for a token, answered %d %s", status, body)
	}
	return got.Token
}

// TestProduction has an installation of production behind TLS of its own: an
// app with a secret, one that logs in by its certificate and has its tokens
// bound to it, and clients with all kinds of certificates.
func TestProduction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := certtest.NewIssuer(t, clock.Real{}.Now())
	good, renewed, other := ca.Issue(t, nil), ca.Issue(t, nil), ca.Issue(t, func(c *x509.Certificate) { c.Subject.Organization = []string{"Other AB"} })
	issuers := filepath.Join(dir, "issuers.pem")
	if err := os.WriteFile(issuers, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	database := "sqlite:" + filepath.Join(dir, "sluss.db")
	ids, secret := makeProductionApps(t, database)
	cert, key := selfSigned(t)
	r := run(t, func(c *config.Config, d *server.Deps) {
		d.Sandbox = nil
		c.Environment, c.Database = "production", database
		c.Base = config.BaseConfig{Auth: "https://127.0.0.1:0", API: "https://127.0.0.1:0"}
		c.TLS = config.TLSConfig{CertFile: cert, KeyFile: key}
		c.Certificates.IssuerFile = issuers
		c.KYC.Provider = "manual"
	})
	banks := r.auth + "/psd2/aspspinformation/v1/aspsps"
	bare, with := r.caller(t, cert, nil), r.caller(t, cert, good)
	bySecret := bare.token(r.auth, url.Values{"client_id": {ids[0]}, "client_secret": {secret}})
	bound := with.token(r.auth, url.Values{"client_id": {ids[1]}})
	if again := with.token(r.auth, url.Values{"client_id": {ids[0]}, "client_secret": {secret}}); again == "" {
		t.Error("no token by a secret beside a certificate")
	}
	for _, tt := range []struct {
		name   string
		by     caller
		token  string
		status int
		code   string
	}{
		{"no certificate", bare, bySecret, 401, "CERTIFICATE_MISSING"},
		{"its own", with, bySecret, 200, ""},
		{"another of the organisation", r.caller(t, cert, renewed), bySecret, 200, ""},
		{"another organisation's", r.caller(t, cert, other), bySecret, 401, "CERTIFICATE_INVALID"},
		{"a stranger's", r.caller(t, cert, certtest.SelfSigned(t, clock.Real{}.Now(), nil)), bySecret, 401, "CERTIFICATE_INVALID"},
		{"bound, its own", with, bound, 200, ""},
		{"bound, another", r.caller(t, cert, renewed), bound, 401, "TOKEN_INVALID"},
	} {
		status, body := tt.by.do(http.MethodGet, banks, nil, "Authorization", "Bearer "+tt.token)
		if status != tt.status || !strings.Contains(body, tt.code) {
			t.Errorf("%s: answered %d %.200s, want %d %s", tt.name, status, body, tt.status, tt.code)
		}
	}
	// A header that no proxy of ours has sent tells nothing.
	if status, body := bare.do(http.MethodGet, banks, nil, "Authorization", "Bearer "+bySecret, "Client-Cert", good.Field()); status != 401 || !strings.Contains(body, "CERTIFICATE_MISSING") {
		t.Errorf("a forged header is answered %d %s", status, body)
	}
	// A browser shows the logos, and has none.
	if status, body := bare.do(http.MethodGet, r.auth+"/_sluss/v1/logos/ESSESESS.svg", nil); status != 200 || !strings.Contains(body, "<svg") {
		t.Errorf("a logo is answered %d %.200s", status, body)
	}
	if status, body := bare.do(http.MethodGet, r.auth+"/_sluss/v1/logos/../../psd2/aspspinformation/v1/aspsps", nil); status == 200 {
		t.Errorf("behind the logos is answered %d %.200s", status, body)
	}
	if status, body := bare.do(http.MethodGet, r.auth+"/.well-known/openid-configuration", nil); status != 200 || !strings.Contains(body, `"tls_client_auth"`) {
		t.Errorf("discovery is answered %d %s", status, body)
	}
}

// makeProductionApps makes an app with a secret and one with a certificate.
func makeProductionApps(t *testing.T, database string) (ids [2]string, secret string) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	apps := server.Apps{Store: db, Environment: app.Production, Clock: clock.Real{}}
	organisation, yes := "Example AB", true
	for i, change := range []control.SecurityChange{
		{Organisation: &organisation},
		{
			Organisation: &organisation, Methods: &[]app.Method{app.ByCertificate}, BindCertificate: &yes,
			Subject: &certificate.Subject{DN: "CN=ledger,O=Example AB,C=SE"},
		},
	} {
		a, s, err := apps.Create(t.Context(), control.NewApp{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			secret = s
		}
		if _, err := apps.SetSecurity(t.Context(), a.ID, change); err != nil {
			t.Fatal(err)
		}
		ids[i] = a.ID
	}
	return ids, secret
}
