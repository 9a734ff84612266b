package server_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/server"
)

// TestHostile sends what no client should.
func TestHostile(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	bearer := "Bearer " + r.token()
	const consents = "/psd2/consent/v1/consents"
	for _, tt := range []struct {
		name, method, path, body string
		header                   []string
		want                     int
		code                     string
	}{
		{"big body", "POST", consents, `{"access": "` + strings.Repeat("x", 1<<20) + `"}`, []string{"Content-Type", "application/json"}, 413, "FORMAT_ERROR"},
		{"form for JSON", "POST", consents, "access=", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "FORMAT_ERROR"},
		{"XML asked for", "GET", consents + "/00000000-0000-4000-8000-000000000000", "", []string{"Accept", "application/xml"}, 406, "REQUESTED_FORMATS_INVALID"},
		{"no JSON", "POST", consents, "{", []string{"Content-Type", "application/json"}, 400, "FORMAT_ERROR"},
		{"unknown id", "GET", consents + "/00000000-0000-4000-8000-000000000000", "", nil, 404, "RESOURCE_UNKNOWN"},
		{"an id that is none", "GET", consents + "/%00%2f..%2f", "", nil, 404, "RESOURCE_UNKNOWN"},
		{"wrong method", "PATCH", consents, "", nil, 405, "SERVICE_INVALID"},
		{"no such path", "GET", "/psd2/nothing", "", nil, 404, "RESOURCE_UNKNOWN"},
		{"outside of all roles", "GET", "/nothing", "", nil, 404, "RESOURCE_UNKNOWN"},
		{"double slash", "GET", "//psd2/consent/v1/consents", "", nil, 404, "RESOURCE_UNKNOWN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := append([]string{"Authorization", bearer, "X-BicFi", "ESSESESS", "PSU-ID", "199002092386"}, tt.header...)
			status, body, _ := (&running{T: t}).do(tt.method, r.auth+tt.path, tt.body, header...)
			if status != tt.want || !strings.Contains(body, `"`+tt.code+`"`) {
				t.Errorf("%s %s = %d %s, want %d %s", tt.method, tt.path, status, body, tt.want, tt.code)
			}
		})
	}
}

// TestSlowClients opens connections that send next to nothing: they are
// closed, and others are served meanwhile.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *config.Config, _ *server.Deps) {
		c.Timeout.Header, c.Timeout.Read = config.Duration(300*time.Millisecond), config.Duration(600*time.Millisecond)
	})
	for name, sent := range map[string]string{
		"header": "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A",
		"body":   "POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
			if status, _, _ := (&running{T: t}).do("GET", r.auth+"/healthz", ""); status != http.StatusOK {
				t.Errorf("meanwhile healthz = %d", status)
			}
			if err := conn.SetReadDeadline(clock.Real{}.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, conn); err != nil {
				t.Errorf("the connection is still open: %v", err)
			}
		})
	}
}

func TestBigHeader(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	if status, _, _ := r.do("GET", r.auth+"/healthz", "", "X-Big", strings.Repeat("x", 200<<10)); status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("healthz with a header of 200 KB = %d", status)
	}
}

// TestStopFinishesRequests stops a server while a request is under way.
func TestStopFinishesRequests(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(clock.Real{}.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	form := "grant_type=client_credentials&client_id=" + r.sb.ClientID + "&client_secret=" + string(r.sb.Secret) + "&scope=accountinformation+private"
	_, _ = fmt.Fprintf(conn, "POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(form))
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100") { // the handler waits for the form
		t.Fatalf("first line = %q, %v", line, err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	until(t, "the listener is closed", func() bool {
		probe, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.addr)
		if err == nil {
			_ = probe.Close()
		}
		return err != nil
	})
	if _, err := answers.ReadString('\n'); err != nil { // the empty line after 100 Continue
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, form)
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("the request was cut off: %v", err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("token = %s", res.Status)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Run = %v", err)
	}
}

// TestRolesByHost gives the roles base URLs of their own.
func TestRolesByHost(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *config.Config, _ *server.Deps) {
		c.Base = config.BaseConfig{Auth: "https://auth.example", API: "https://api.example"}
		c.Proxy.Trusted = []string{"127.0.0.1"}
	})
	at := "http://" + r.addr
	for _, tt := range []struct {
		path, header, host string
		want               int
	}{
		{"/.well-known/openid-configuration", "Host", "auth.example", 200},
		{"/.well-known/openid-configuration", "Host", "AUTH.example:443", 200},
		{"/.well-known/openid-configuration", "Host", "api.example", 404},
		{"/psd2/aspspinformation/v1/aspsps", "Host", "api.example", 401},
		{"/psd2/aspspinformation/v1/aspsps", "Host", "auth.example", 404},
		{"/psd2/aspspinformation/v1/aspsps", "X-Forwarded-Host", "api.example", 401},
		{"/psd2/aspspinformation/v1/aspsps", "Host", "other.example", 421},
		{"/healthz", "Host", "other.example", 200},
	} {
		if got, body, _ := r.do("GET", at+tt.path, "", tt.header, tt.host); got != tt.want {
			t.Errorf("GET %s with %s %s = %d %s, want %d", tt.path, tt.header, tt.host, got, body, tt.want)
		}
	}
	if _, body, _ := r.do("GET", at+"/.well-known/openid-configuration", "", "Host", "auth.example"); !strings.Contains(body, `"token_endpoint":"https://auth.example/connect/token"`) {
		t.Errorf("discovery = %s", body)
	}
}

// TestKYCHost gives the page with the KYC form a host name of its own, where it
// is at the root too; on one origin it has its own path.
func TestKYCHost(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *config.Config, _ *server.Deps) {
		c.Base = config.BaseConfig{Auth: "https://sluss.example", API: "https://sluss.example", KYC: "https://kyc.example"}
	})
	one := run(t, func(*config.Config, *server.Deps) {})
	for _, tt := range []struct {
		rig        *running
		path, host string
		status     int
		body       string
	}{
		{r, "/?instanceId=x", "kyc.example", 404, "There is no form here"},
		{r, "/form/?instanceId=x", "kyc.example", 404, "There is no form here"},
		{r, "/kyc/form/?instanceId=x", "kyc.example", 404, "There is no form here"},
		{r, "/psd2/aspspinformation/v1/aspsps", "kyc.example", 404, "There is no form here"},
		{r, "/healthz", "kyc.example", 200, ""},
		{r, "/kyc/form/?instanceId=x", "sluss.example", 404, "RESOURCE_UNKNOWN"},
		{r, "/kyc/integration/v1/status/5560160680", "sluss.example", 401, "TOKEN_UNKNOWN"},
		{r, "/integration/v1/status/5560160680", "sluss.example", 401, "TOKEN_UNKNOWN"},
		{one, "/kyc/form/?instanceId=x", "", 404, "There is no form here"},
		{one, "/kyc/form?instanceId=x", "", 404, "There is no form here"},
		{one, "/form/?instanceId=x", "", 404, "There is no form here"}, // led to the page,
		{one, "/form?instanceId=x", "", 404, "There is no form here"},  // led to the page,
		{one, "/?instanceId=x", "", 404, "There is no form here"},      // led to the page,
		{one, "/form/", "", 404, "RESOURCE_UNKNOWN"},
		{r, "/?instanceId=x", "sluss.example", 404, "RESOURCE_UNKNOWN"},
		{one, "/kyc/integration/v1/status/5560160680", "", 401, "TOKEN_UNKNOWN"},
	} {
		var header []string
		if tt.host != "" {
			header = []string{"Host", tt.host}
		}
		if got, body, _ := tt.rig.do("GET", "http://"+tt.rig.addr+tt.path, "", header...); got != tt.status || !strings.Contains(body, tt.body) {
			t.Errorf("GET %s at %q = %d %s, want %d %s", tt.path, tt.host, got, body, tt.status, tt.body)
		}
	}
}

// TestForwardedHostUntrusted believes no X-Forwarded-Host but a proxy's.
func TestForwardedHostUntrusted(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *config.Config, _ *server.Deps) {
		c.Base = config.BaseConfig{Auth: "https://auth.example", API: "https://api.example"}
	})
	if got, _, _ := r.do("GET", "http://"+r.addr+"/psd2/x", "", "X-Forwarded-Host", "api.example"); got != http.StatusMisdirectedRequest {
		t.Errorf("forwarded by nobody = %d", got)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *config.Config, d *server.Deps) {
		c.Limit = config.LimitConfig{PerSecond: 1, Burst: 3}
		d.Sandbox.Clock = clock.NewFrozen(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	})
	bearer := "Bearer " + r.token()
	get := func() int {
		status, _, header := r.do("GET", r.auth+"/psd2/aspspinformation/v1/countries", "", "Authorization", bearer)
		if status == http.StatusTooManyRequests && header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After = %q", header.Get("Retry-After"))
		}
		return status
	}
	for i, want := range []int{200, 200, 200, 429, 429} {
		if got := get(); got != want {
			t.Errorf("call %d = %d, want %d", i, got, want)
		}
	}
	r.sb.Clock.Advance(time.Second)
	if got := get(); got != http.StatusOK {
		t.Errorf("a second later = %d", got)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	r := run(t, func(c *config.Config, _ *server.Deps) { c.TLS = config.TLSConfig{CertFile: cert, KeyFile: key} })
	pool := x509.NewCertPool()
	text, err := os.ReadFile(cert)
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	for version, want := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		d := tls.Dialer{Config: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10, MaxVersion: version}} //nolint:gosec // that it is refused
		conn, err := d.DialContext(t.Context(), "tcp", r.addr)
		if (err == nil) != want {
			t.Errorf("TLS %x: %v", version, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
}

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Real{}.Now()
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestListenTaken(t *testing.T) {
	t.Parallel()
	busy := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(busy.Close)
	c := config.Default()
	c.Listen = busy.Listener.Addr().String()
	if ls, err := server.Listen(t.Context(), &c); err == nil || !strings.Contains(err.Error(), "is taken") {
		t.Errorf("Listen = %v, %v", ls, err)
	}
}
