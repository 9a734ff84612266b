package oauth_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store/testdb"
)

const (
	browserApp = "33333333-3333-4333-8333-333333333333"
	callback   = "https://tpp.example/cb"
)

// A door serves what browsers meet, with a bank that the test sets.
type door struct {
	*testing.T
	mux     *http.ServeMux
	bank    *banktest.Scripted
	service *redirect.Service
}

func newDoor(t *testing.T) *door {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	if err := db.InsertApp(t.Context(), app.App{
		ID: browserApp, Name: "App", Environment: "sandbox", Scopes: scope.APIs(), Contexts: scope.Contexts(),
		RedirectURIs: []string{callback}, CreatedAt: noon,
	}); err != nil {
		t.Fatal(err)
	}
	d := &door{T: t, mux: http.NewServeMux(), bank: banktest.NewScripted("ESSESESS")}
	banks, err := bank.NewRegistry(d.bank)
	if err != nil {
		t.Fatal(err)
	}
	frozen := clock.NewFrozen(noon)
	consents := &consent.Service{Store: db, Banks: banks, Apps: db, Clock: frozen}
	d.service = &redirect.Service{Store: db, Consents: consents, Apps: db, Clock: frozen, TokenLifetime: time.Hour}
	(&oauth.Browser{Redirects: d.service, Base: func(*http.Request) string { return "https://auth.example" }}).Register(d.mux)
	return d
}

// link starts an authorisation and returns its link, filled in.
func (d *door) link(ctx context.Context, state string) string {
	d.Helper()
	by := app.Caller{ClientID: browserApp, Context: scope.Private, PSU: "1"}
	c, err := d.service.Consents.Create(ctx, by, consent.Request{
		BICFI: "ESSESESS", Access: &consent.Access{}, Recurring: new(true), FrequencyPerDay: new(4), Combined: new(false),
		ValidUntil: new(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)),
	})
	if err != nil {
		d.Fatal(err)
	}
	choice := consent.Choice{Ref: consent.Ref{BICFI: "ESSESESS", ConsentID: c.ID}, Method: sca.MBID, RedirectPreferred: new(true)}
	o, err := d.service.Consents.StartAuthorisation(ctx, by, choice)
	if err != nil {
		d.Fatal(err)
	}
	choice.AuthorisationID = o.Authorisation.ID
	if o, err = d.service.Consents.ChooseMethod(ctx, by, choice); err != nil {
		d.Fatal(err)
	}
	_, href, err := d.service.Link(ctx, redirect.LinkRequest{Base: "https://auth.example", Kind: redirect.KindConsent, Found: o.Found()})
	if err != nil {
		d.Fatal(err)
	}
	href = strings.TrimPrefix(href, "https://auth.example")
	return strings.NewReplacer("[CLIENT_ID]", browserApp, "[TPP_REDIRECT_URI]", url.QueryEscape(callback), "[TPP_STATE]", url.QueryEscape(state)).Replace(href)
}

func (d *door) do(method, target string) *http.Response {
	d.Helper()
	rec := httptest.NewRecorder()
	d.mux.ServeHTTP(rec, httptest.NewRequestWithContext(d.Context(), method, target, nil))
	return rec.Result()
}

func TestBrowserThereAndBack(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	link := d.link(t.Context(), "s p/ä?")
	res := d.do("GET", link)
	if res.StatusCode != http.StatusFound || res.Header.Get("Location") != "/bank/run-1" ||
		res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("authorize: %s, %v", res.Status, res.Header)
	}
	back := strings.TrimPrefix(d.bank.Orders()[0].ReturnURL, "https://auth.example")
	if res := d.do("HEAD", back); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("HEAD on the way back: %s", res.Status)
	}
	d.bank.Sign("1", 1)
	res = d.do("GET", back)
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusFound || !strings.HasPrefix(to.String(), callback+"?code=") ||
		to.Query().Get("state") != "s p/ä?" || to.Query().Get("scope") != "accountinformation private" {
		t.Errorf("back: %s to %s, %v", res.Status, to, err)
	}
}

func TestBrowserPages(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	link := d.link(t.Context(), "x")
	tests := []struct {
		name, method, target string
		status               int
		says                 string
	}{
		{"unknown client_id", "GET", strings.Replace(link, browserApp, "x", 1), http.StatusBadRequest, "client_id is wrong"},
		{"unlisted redirect_uri", "GET", strings.Replace(link, "tpp.example", "evil.example", 1), http.StatusBadRequest, "redirect_uri is wrong"},
		{"placeholder", "GET", strings.Replace(link, browserApp, "[CLIENT_ID]", 1), http.StatusBadRequest, "placeholder [CLIENT_ID]"},
		{"nothing", "GET", "/connect/authorize", http.StatusBadRequest, "client_id is wrong"},
		{"nothing, plain", "GET", "/sca/redirect/", http.StatusBadRequest, "client_id is wrong"},
		{"POST", "POST", link, http.StatusMethodNotAllowed, "use GET"},
		{"no such way back", "GET", "/sca/return/x", http.StatusNotFound, "start again"},
	}
	for _, tt := range tests {
		res := d.do(tt.method, tt.target)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != tt.status || !strings.Contains(string(body), tt.says) {
			t.Errorf("%s: %s, %v, want %d %q\n%s", tt.name, res.Status, err, tt.status, tt.says, body)
		}
		h := res.Header
		if h.Get("Location") != "" || h.Get("X-Frame-Options") != "DENY" || h.Get("Cache-Control") != "no-store" ||
			!strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none';") || h.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: headers %v", tt.name, h)
		}
		if tt.status == http.StatusMethodNotAllowed && h.Get("Allow") != "GET" {
			t.Errorf("%s: Allow %q", tt.name, h.Get("Allow"))
		}
	}
	if res := d.do("GET", "/sca/page.css"); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("style: %s", res.Status)
	}
	if n := len(d.bank.Orders()); n != 0 {
		t.Errorf("the bank was asked %d times", n)
	}
}

func TestBrowserErrorGoesToTheApp(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	link := strings.Replace(d.link(t.Context(), "x"), "response_type=code", "response_type=token", 1)
	res := d.do("GET", link)
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusFound || !strings.HasPrefix(to, callback+"?error=unsupported_response_type&error_description=") || !strings.HasSuffix(to, "&state=x") {
		t.Errorf("%s to %s", res.Status, to)
	}
}
