//go:build browser

package browser

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/sso/ssotest"
)

// maxBinary is how large the program may be, stripped, in bytes.
const maxBinary = 45 << 20

// patience bounds each wait for something that takes no time.
const patience = 20 * time.Second

// A sandbox is the program, running: as a sandbox, or as an installation.
type sandbox struct {
	Auth     string `json:"auth"`
	ClientID string `json:"clientId"`
	Secret   string `json:"clientSecret"`

	out *output
}

// startSandbox starts the program as a sandbox.
func startSandbox(t *testing.T, more ...string) *sandbox {
	t.Helper()
	s := &sandbox{}
	s.run(t, nil, append([]string{"sandbox", "--listen", "127.0.0.1:0", "--sca", "manual", "--json"}, more...)...)
	line := s.out.wait(t, regexp.MustCompile(`(?m)^(\{.*\})$`))
	if err := json.Unmarshal([]byte(line), s); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return s
}

// startInstallation starts the program as an installation whose operators come
// in by another site.
func startInstallation(t *testing.T, issuer string) *sandbox {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	_, port, _ := net.SplitHostPort(free.Addr().String())
	s := &sandbox{Auth: "http://localhost:" + port}
	s.run(t, []string{
		"SLUSS_SEALING_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32)), "SLUSS_DATABASE=sqlite:" + filepath.Join(t.TempDir(), "sluss.db"),
		"SLUSS_LISTEN=localhost:" + port, "SLUSS_CONTROL=127.0.0.1:0", "SLUSS_SPOOL=" + t.TempDir(), "SLUSS_BANKS_SIMULATOR=true",
		"SLUSS_SSO_ISSUER=" + issuer, "SLUSS_SSO_CLIENT_ID=" + ssotest.ClientID, "SLUSS_SSO_DOMAINS=example.com",
	}, "serve", "--migrate")
	s.out.wait(t, regexp.MustCompile(`(listening)`))
	return s
}

// run builds the program as it is shipped, and runs it until the test ends.
func (s *sandbox) run(t *testing.T, env []string, args ...string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sluss")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "../../cmd/sluss")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	switch info, err := os.Stat(program); {
	case err != nil:
		t.Fatal(err)
	case info.Size() > maxBinary:
		t.Errorf("the program has %d bytes, more than %d", info.Size(), maxBinary)
	}
	s.out = &output{more: make(chan struct{}, 1)}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(append(os.Environ(), "SLUSS_SSO_CLIENT_SECRET="+ssotest.Secret), env...)
	cmd.Stdout, cmd.Stderr = s.out, s.out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
}

// mail returns the path and query of the link in the last mail to the address
// with a subject that begins so.
func (s *sandbox) mail(t *testing.T, to, subject string) string {
	t.Helper()
	return s.out.wait(t, regexp.MustCompile(`(?s).*--- mail to `+regexp.QuoteMeta(to+": "+subject)+`.*?https?://[^/\s]+(/portal/\S+)`))
}

// control makes a call of the control API, which must go well.
func (s *sandbox) control(t *testing.T, method, path, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.Auth+"/_sluss/control/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, res.Status)
	}
}

// An output is what the program wrote.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.text.Write(b)
}

// wait waits until the output matches, and returns the first group.
func (o *output) wait(t *testing.T, form *regexp.Regexp) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		o.mu.Lock()
		text := o.text.String()
		o.mu.Unlock()
		if m := form.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		select {
		case <-o.more:
		case <-ctx.Done():
			t.Fatalf("the program did not write %s but\n%s", form, text)
		}
	}
}

// An app is an application, as its program knows it.
type app struct {
	t              *testing.T
	box            *sandbox
	id, secret     string
	redirect       string
	token          string
	psu, corporate string
}

// send sends a request and returns the status and the members of the answer.
func (a *app) send(method, path, kind, body string, header ...string) (int, map[string]any) {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.box.Auth+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil && len(text) > 0 {
		a.t.Fatalf("%s %s: %s is no object", method, path, text)
	}
	return res.StatusCode, out
}

// grant asks for a token, and returns the status.
func (a *app) grant(form url.Values, header ...string) int {
	a.t.Helper()
	form.Set("client_id", a.id)
	form.Set("client_secret", a.secret)
	status, out := a.send(http.MethodPost, "/connect/token", "application/x-www-form-urlencoded", form.Encode(), header...)
	if token, ok := out["access_token"].(string); ok {
		a.token = token
	} else {
		a.t.Logf("no token: %v", out)
	}
	return status
}

// first asks for a token by the client's credentials.
func (a *app) first(words string) int {
	a.t.Helper()
	return a.grant(url.Values{"grant_type": {"client_credentials"}, "scope": {words}})
}

// call makes a call of the API, which must go well.
func (a *app) call(method, path, body string, header ...string) map[string]any {
	a.t.Helper()
	psu := a.psu
	if psu == "" {
		psu = "199002092386"
	}
	all := []string{
		"Authorization", "Bearer " + a.token, "X-Request-ID", "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11", "X-BicFi", "ESSESESS", "PSU-ID", psu,
		"PSU-IP-Address", "192.0.2.1", "TPP-Redirect-Preferred", "true",
	}
	if a.corporate != "" {
		all = append(all, "PSU-Corporate-ID", a.corporate)
	}
	status, out := a.send(method, path, "application/json", body, append(all, header...)...)
	if status >= 300 {
		a.t.Fatalf("%s %s = %d %v", method, path, status, out)
	}
	return out
}

const consents = "/psd2/consent/v1/consents"

// A signature is something that a person is to sign at the bank.
type signature struct{ resource, id, authorisation, link string }

// sign begins a signature of what stands at the path, and returns where the
// browser goes.
func (a *app) sign(resource, id string) signature {
	a.t.Helper()
	path := resource + "/" + id + "/authorisations"
	s := signature{resource: resource, id: id, authorisation: fmt.Sprint(a.call(http.MethodPost, path, "")["authorisationId"])}
	started := a.call(http.MethodPut, path+"/"+s.authorisation, `{"authenticationMethodId": "mbid"}`)
	links, ok := started["_links"].(map[string]any)
	if !ok {
		a.t.Fatalf("no links in %v", started)
	}
	link, ok := links["scaOAuth"].(map[string]any)
	if !ok {
		a.t.Fatalf("no redirect in %v", started)
	}
	s.link = strings.NewReplacer("[CLIENT_ID]", a.id, "[TPP_REDIRECT_URI]", url.QueryEscape(a.redirect), "[TPP_STATE]", "walk").Replace(fmt.Sprint(link["href"]))
	return s
}

// consent asks for all accounts.
func (a *app) consent() signature {
	a.t.Helper()
	made := a.call(http.MethodPost, consents, `{"access": {}, "recurringIndicator": true, "validUntil": "2099-12-31", "frequencyPerDay": 4, "combinedServiceIndicator": false}`)
	return a.sign(consents, fmt.Sprint(made["consentId"]))
}

// exchange spends the code that the browser came back with.
func (a *app) exchange(s signature, code string) int {
	a.t.Helper()
	return a.grant(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.redirect}},
		"X-ConsentId", s.id, "X-ConsentAuthorisationId", s.authorisation)
}
