package server_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/server"
)

const (
	sandboxApp = "5a4db0c5-0000-4000-8000-000000000001"
	anna       = "199002092386/"
)

// A person is somebody with a browser at the portal of a sandbox.
type person struct {
	*running
	client *http.Client
	status int
	body   string
	clock  *clock.Virtual
}

// visit signs in as the demo developer of a sandbox whose clock stands.
func visit(t *testing.T) *person {
	t.Helper()
	at := clock.NewFrozen(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	r := run(t, func(_ *config.Config, d *server.Deps) { d.Sandbox.Clock = at })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{running: r, client: &http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: patience}, clock: at}
	p.post("/portal/demo")
	return p
}

func (p *person) load(method, path string, form url.Values) *person {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), method, p.auth+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := p.client.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	p.status, p.body = res.StatusCode, string(b)
	return p
}

func (p *person) get(path string) *person { return p.load(http.MethodGet, path, nil) }

var (
	csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	pathField = regexp.MustCompile(`(?s)name="path" type="text" value="([^"]*)"`)
	textField = regexp.MustCompile(`(?s)<textarea id="(headers|body)"[^>]*>([^<]*)</textarea>`)
	methodNow = regexp.MustCompile(`<option selected>([A-Z]+)</option>`)
)

func (p *person) post(path string, pairs ...string) *person {
	p.Helper()
	form := url.Values{}
	if m := csrfField.FindStringSubmatch(p.body); m != nil {
		form.Set("csrf", m[1])
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return p.load(http.MethodPost, path, form)
}

// proposed returns the request that the page proposes.
func (p *person) proposed() []string {
	p.Helper()
	m, method := pathField.FindStringSubmatch(p.body), methodNow.FindStringSubmatch(p.body)
	if m == nil || method == nil {
		p.Fatalf("the page proposes nothing:\n%s", p.body)
	}
	pairs := []string{"method", method[1], "path", html.UnescapeString(m[1])}
	for _, f := range textField.FindAllStringSubmatch(p.body, -1) {
		pairs = append(pairs, f[1], html.UnescapeString(f[2]))
	}
	return pairs
}

// send sends the request that the page proposes.
func (p *person) send() *person { p.Helper(); return p.post("/portal/try/send", p.proposed()...) }

func (p *person) expect(status int, parts ...string) *person {
	p.Helper()
	if p.status != status {
		p.Fatalf("status %d, want %d\n%s", p.status, status, p.body)
	}
	for _, s := range parts {
		if !strings.Contains(p.body, s) {
			p.Fatalf("the page lacks %q:\n%s", s, p.body)
		}
	}
	return p
}

// sign passes the three steps of an SCA of the decoupled kind.
func (p *person) sign() *person {
	p.Helper()
	p.send().expect(200, "Choose a method")
	p.send().expect(200, "See how it ends", "The clock of the sandbox stands still")
	p.send().expect(200, "data-poll", "started")
	p.clock.Advance(3 * time.Second)
	return p.send()
}

// TestConsole walks through the API in a browser without script.
func TestConsole(t *testing.T) {
	t.Parallel()
	p := visit(t)
	p.get("/portal/try").expect(200, "Who signs", "data:image/svg", "SEB")
	p.post("/portal/try", "app", sandboxApp, "bank", "ESSESESS", "who", "nobody").expect(422, "Pick who signs.")
	p.post("/portal/try", "app", sandboxApp, "bank", "ESSESESS", "who", anna).expect(200, "Get the token", "YOUR_CLIENT_SECRET")
	p.post("/portal/try/send").expect(200, "expires_in", "What the bank can do")
	if regexp.MustCompile(`eyJ[A-Za-z0-9_-]{20}`).MatchString(p.body) {
		t.Error("the page shows the token")
	}
	p.send().expect(200, "aspspinformation", "A consent asks")
	p.post("/portal/try/send", "method", "POST", "path", "/psd2/consent/v1/consents", "headers", "X-BicFi: ESSESESS", "body", "mine").
		expect(200, "FORMAT_ERROR", ">mine</textarea>") // to be mended
	p.post("/portal/try/stage", "stage", "2").expect(200, "A consent asks")
	p.send().expect(200, "201", "consentId", "Start signing", "--data-raw", `href="/portal/try?show=0#exchange-0"`)
	p.get("/portal/try?show=0").expect(200, "expires_in").get("/portal/try")
	p.sign().expect(200, "finalised", "the accounts can be read")
	p.send().expect(200, "resourceId", "What was booked")
	p.send().expect(200, "transactions", "A payment is ordered")
	p.send().expect(200, "transactionStatus", "RCVD")
	p.sign().expect(200, "How the payment stands")
	p.clock.Advance(time.Minute)
	p.send().expect(200, "ACSC")
	p.post("/portal/try/stage", "stage", "13").expect(200, "That was all of it")
	p.post("/portal/try/stage", "stage", "99").expect(200, "That was all of it")

	awaitPage(t, p, "/portal/apps/"+sandboxApp+"/requests", "/psd2/consent/v1/consents", "POST")
	p.get("/portal/apps/"+sandboxApp+"/consents").expect(200, "valid", "SEB", "finalised")
	p.get("/portal/apps/"+sandboxApp+"/payments").expect(200, "125.50 SEK")
	p.get("/portal/apps/"+sandboxApp).expect(200, "Live consents", "Payments today")
	p.get("/portal/try").post("/portal/try/over").expect(200, "Who signs")
}

// awaitPage loads a page until it has all parts: what is logged comes within
// the second.
func awaitPage(t *testing.T, p *person, path string, parts ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	found := false
	clock.Real{}.Poll(ctx, 50*time.Millisecond, nil, func(context.Context) {
		p.get(path)
		missing := false
		for _, s := range parts {
			missing = missing || !strings.Contains(p.body, s)
		}
		if !missing {
			found = true
			cancel()
		}
	})
	if found {
		return
	}
	t.Fatalf("%s never had %v:\n%s", path, parts, p.body)
}

// TestConsoleBounds: the console reaches the API and nothing else, and sends no
// header that is not for it.
func TestConsoleBounds(t *testing.T) {
	t.Parallel()
	p := visit(t)
	p.get("/portal/try").post("/portal/try/send", "method", "GET", "path", "/psd2/x").expect(200, "Who signs")
	p.post("/portal/try", "app", sandboxApp, "bank", "ESSESESS", "who", anna)
	p.post("/portal/try/stage", "stage", "1").post("/portal/try/send", "method", "GET", "path", "/psd2/consent/v1/consents").expect(422, "Get a token first")
	p.post("/portal/try/stage", "stage", "0").post("/portal/try/send")
	for _, path := range []string{
		"/_sluss/control/v1/clock", "/portal", "/connect/token", "http://evil.example/psd2/", "//evil.example/psd2/x", "/psd2/../portal", "/psd2/%2e%2e/portal",
		"/psd2//x", "psd2/x", "", "/psd2", "/healthz", "/psd2/\\..\\x\n", "@evil.example/psd2/", "/_sluss/v1/../control/v1/clock", "/psd2/./x",
	} {
		if p.post("/portal/try/send", "method", "GET", "path", path); p.status != 422 || !strings.Contains(p.body, "Write a path of the API") {
			t.Errorf("the console takes %q with %d", path, p.status)
		}
	}
	for _, headers := range []string{
		"Authorization: Bearer x", "cookie: a=b", "Host: evil.example", "X-Forwarded-For: 1", "DPoP: x", "no colon", "PSU-ID: " + strings.Repeat("1", 501), "PSU-ID: å",
		"Content-Length: 3", "Transfer-Encoding: chunked",
	} {
		if p.post("/portal/try/send", "method", "GET", "path", "/psd2/consent/v1/consents/x", "headers", headers); p.status != 422 {
			t.Errorf("the console sends %q with %d", headers, p.status)
		}
	}
	p.post("/portal/try/send", "method", "CONNECT", "path", "/psd2/consent/v1/consents").expect(422, "Use GET, POST")
	p.post("/portal/try/send", "method", "POST", "path", "/psd2/consent/v1/consents", "body", strings.Repeat("x", 65<<10)).expect(422, "at most 65536 bytes")
	p.post("/portal/try/send", "method", "POST", "path", "/psd2/consent/v1/consents?<script>", "headers", "X-Request-ID: <script>alert", "body", "<script>alert").
		expect(200, "FORMAT_ERROR", "&lt;script&gt;alert")
	if strings.Contains(p.body, "<script>alert") {
		t.Error("the page has the markup of a request")
	}
	p.load(http.MethodPost, "/portal/try/send", url.Values{"method": {"GET"}, "path": {"/psd2/consent/v1/consents/x"}}).expect(403)
}

// TestConsoleRedirect signs at a bank that has a page of its own.
func TestConsoleRedirect(t *testing.T) {
	t.Parallel()
	p := visit(t)
	p.get("/portal/try").post("/portal/try", "app", sandboxApp, "bank", "NDEAFIHH", "who", anna)
	p.post("/portal/try/send")
	p.send()
	p.send().expect(200, "consentId")
	p.send().expect(200, "bank_app")
	p.send().expect(200, "Open the bank's page", "http://localhost/callback")
	link := html.UnescapeString(regexp.MustCompile(`href="([^"]+/connect/authorize[^"]+)"`).FindStringSubmatch(p.body)[1])
	p.post("/portal/try/code", "address", "http://localhost/callback?error=access_denied").expect(422, "access_denied")
	p.post("/portal/try/code", "address", "http://localhost/callback?code=wrong").expect(422, "The code is not good")
	console := p.body

	var back string
	p.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "localhost" {
			back = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	p.get(strings.TrimPrefix(link, p.auth)).expect(200, "/sca/bank/")
	p.get("/portal/sandbox").expect(200, "NDEAFIHH", "Approve")
	ref := regexp.MustCompile(`name="ref" value="([^"]+)"`).FindStringSubmatch(p.body)[1]
	p.post("/portal/sandbox/sca", "ref", ref, "answer", "maybe").expect(400)
	p.get("/portal/sandbox").post("/portal/sandbox/sca", "ref", ref, "answer", "approve").expect(200, "Answered.", "Nothing waits.")
	p.get("/sca/bank/" + ref)
	if back == "" {
		t.Fatalf("the browser was not sent back: %d\n%s", p.status, p.body)
	}
	p.body = console
	p.post("/portal/try/code", "address", back).expect(200, "See how it ends")
	p.send().expect(200, "finalised", "the accounts can be read")
	p.send().expect(200, "resourceId")
}

func TestSandboxCorner(t *testing.T) {
	t.Parallel()
	p := visit(t)
	p.get("/portal/sandbox").expect(200, "stands still", "Anna Exempel", "Example AB", "SEB", "Nothing waits.")
	for _, by := range []string{"", "-1h", "x", "999999d", "1d-2h", "d", "99999999h"} {
		p.post("/portal/sandbox/clock", "do", "advance", "by", by).expect(422, "Time does not go back")
	}
	p.post("/portal/sandbox/clock", "do", "advance", "by", "1d12h").expect(200, "The clock is set.", "2026-11-25 00:00")
	p.post("/portal/sandbox/clock", "do", "resume").expect(200, "runs")
	p.post("/portal/sandbox/clock", "do", "freeze").expect(200, "stands still")
}
