package forms_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/forms"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/store/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const odd = "9999990051"

// An office has the page with everything behind it, on a database of its own.
type office struct {
	*testing.T
	kyc    *kyc.Service
	clock  *clock.Virtual
	server *httptest.Server
}

// apps knows one app, whose name is hostile.
type apps struct{}

func (apps) App(_ context.Context, id string) (app.App, error) {
	if id != "app" {
		return app.App{}, problem.New(problem.ResourceUnknown, "no such app")
	}
	return app.App{ID: id, Name: "Budget " + hostile}, nil
}

const hostile = `<script>alert("x")</script>'"><img src=x onerror=alert(1)>`

func newOffice(t *testing.T, p kyc.Provider, change ...func(*forms.Options)) *office {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	mux := http.NewServeMux()
	o := &office{T: t, clock: clock.NewFrozen(noon), server: httptest.NewServer(mux)}
	t.Cleanup(o.server.Close)
	o.kyc = &kyc.Service{Store: db, Provider: p, Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: o.clock, Base: o.server.URL}
	options := forms.Options{KYC: o.kyc, Apps: apps{}, Key: [32]byte{1}, Sandbox: true}
	for _, f := range change {
		f(&options)
	}
	h, err := forms.New(options)
	if err != nil {
		t.Fatal(err)
	}
	h.Register(mux)
	return o
}

// open starts a form and returns its link.
func (o *office) open() string {
	o.Helper()
	c, err := o.kyc.Open(o.Context(), "app", "SE", odd)
	if err != nil {
		o.Fatal(err)
	}
	return o.kyc.URL(&c)
}

// A browser is one that follows redirects.
type browser struct {
	*office
	client *http.Client
	status int
	header http.Header
	page   string
	at     *url.URL
}

func (o *office) browser() *browser {
	o.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.Fatal(err)
	}
	return &browser{office: o, client: &http.Client{Transport: o.server.Client().Transport, Jar: jar}}
}

// visit starts a form and looks at it.
func (o *office) visit() *browser {
	b := o.browser()
	b.get(o.open())
	return b
}

func (b *browser) do(r *http.Request) {
	b.Helper()
	res, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	b.status, b.header, b.page, b.at = res.StatusCode, res.Header, string(body), res.Request.URL
	b.checkPage()
}

// checkPage looks at what every page must have: a strict policy, and nothing
// that it forbids.
func (b *browser) checkPage() {
	b.Helper()
	csp := b.header.Get("Content-Security-Policy")
	for _, must := range []string{"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action '"} {
		if !strings.Contains(csp, must) {
			b.Errorf("%s: the policy %q has no %s", b.at, csp, must)
		}
	}
	if strings.Contains(csp, "unsafe") || b.header.Get("Cache-Control") != "no-store" || b.header.Get("Referrer-Policy") != "no-referrer" {
		b.Errorf("%s: header %v", b.at, b.header)
	}
	if m := regexp.MustCompile(`(?i)<script|<style| style=| on[a-z]+=["']|<img|javascript:`).FindString(b.page); m != "" {
		b.Errorf("%s: the page has %q", b.at, m)
	}
}

func (b *browser) get(to string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, to, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.do(r)
}

// step goes to a page of the form.
func (b *browser) step(name string) {
	b.Helper()
	q := b.at.Query()
	b.get(b.server.URL + kyc.FormPath + "?instanceId=" + q.Get("instanceId") + "&step=" + name)
}

var (
	actionOf = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	tokenOf  = regexp.MustCompile(`name="token" value="([^"]+)"`)
)

// post sends the form of the page with its token.
func (b *browser) post(do string, fields url.Values, header ...string) {
	b.Helper()
	action, token := actionOf.FindStringSubmatch(b.page), tokenOf.FindStringSubmatch(b.page)
	if action == nil || token == nil {
		b.Fatalf("no form on the page at %s:\n%s", b.at, b.page)
	}
	sent := url.Values{"token": {html.UnescapeString(token[1])}, "do": {do}}
	for name, values := range fields {
		sent[name] = values
	}
	b.send(html.UnescapeString(action[1]), sent, header...)
}

func (b *browser) send(path string, fields url.Values, header ...string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.server.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	b.do(r)
}

// want checks the status, and that the page shows all of the texts.
func (b *browser) want(status int, texts ...string) {
	b.Helper()
	if b.status != status {
		b.Errorf("%s is %d, want %d:\n%s", b.at, b.status, status, b.page)
	}
	for _, s := range texts {
		if !strings.Contains(b.page, s) {
			b.Errorf("%s does not show %q:\n%s", b.at, s, b.page)
		}
	}
}

// lacks checks that the page shows none of the texts.
func (b *browser) lacks(texts ...string) {
	b.Helper()
	for _, s := range texts {
		if strings.Contains(b.page, s) {
			b.Errorf("%s shows %q", b.at, s)
		}
	}
}

// value returns what a field of the page holds.
func (b *browser) value(name string) string {
	b.Helper()
	m := regexp.MustCompile(`<input type="[a-z]+" id="` + name + `" name="` + name + `" value="([^"]*)"`).FindStringSubmatch(b.page)
	if m == nil {
		m = regexp.MustCompile(`(?s)<textarea id="` + name + `"[^>]*>\n(.*?)</textarea>`).FindStringSubmatch(b.page)
	}
	if m == nil {
		b.Errorf("%s has no field %s", b.at, name)
		return ""
	}
	return html.UnescapeString(m[1])
}

// status returns where the form stands.
func (b *browser) wantStatus(want kyc.Status) {
	b.Helper()
	c, err := b.kyc.Find(b.Context(), b.at.Query().Get("instanceId"))
	if err != nil || c.Status != want {
		b.Errorf("the form is %q, %v, want %q", c.Status, err, want)
	}
}

func company() url.Values {
	return url.Values{
		"name": {"Exempel AB"}, "legalForm": {"Limited company"}, "street": {"Storgatan 1"}, "postalCode": {"111 22"}, "city": {"Stockholm"},
		"country": {"SE"}, "business": {"Sells\r\nexamples."}, "payments": {"Suppliers."},
	}
}

func owners() url.Values {
	return url.Values{
		"owners-0-name": {"Holding AB"}, "owners-0-number": {"556000-0001"}, "owners-0-share": {"60"}, "owners-0-country": {"SE"},
		"owners-1-name": {"Bo Ek"}, "owners-1-number": {"19800531-0000"}, "owners-1-share": {"40"}, "owners-1-country": {"FI"},
	}
}

func beneficial() url.Values {
	return url.Values{
		"beneficial-0-name": {"Anna Ek"}, "beneficial-0-born": {"1980-05-31"}, "beneficial-0-country": {"SE"},
		"beneficial-0-control": {"60 % by Holding AB"}, "beneficial-0-pep": {"yes"},
	}
}

func signatory() url.Values {
	return url.Values{
		"name": {"Anna Ek"}, "born": {"1980-05-31"}, "role": {"Managing director"}, "email": {"anna@exempel.example"}, "confirmed": {"yes"},
	}
}

// fill fills in the whole form, up to the page before it is sent.
func (b *browser) fill() {
	b.Helper()
	for _, fields := range []url.Values{company(), owners(), beneficial(), signatory()} {
		b.post("continue", fields)
		if b.status != http.StatusOK {
			b.Fatalf("%s is %d:\n%s", b.at, b.status, b.page)
		}
	}
}
