package slusstest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/client"
	"sluss.example/sluss/psd2"
	"sluss.example/sluss/slusstest"
)

const (
	psuID  = "199002092386"
	access = `{"access": {}, "recurringIndicator": true, "validUntil": "2026-12-31", "frequencyPerDay": 4, "combinedServiceIndicator": false}`
)

// A tpp is an app that asks for accounts on behalf of one PSU.
type tpp struct {
	*testing.T
	*slusstest.Server
	http     *http.Client
	redirect string // TPP-Redirect-Preferred
}

func newTPP(t *testing.T, s *slusstest.Server, redirect string) *tpp {
	t.Helper()
	token, err := s.Client().Token(t.Context(), "accountinformation private")
	if err != nil {
		t.Fatal(err)
	}
	return &tpp{t, s, &http.Client{Transport: bearer(token.AccessToken)}, redirect}
}

// bearer sends requests with a token.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// call makes a call of the API and returns the members of its answer.
func (a *tpp) call(method, path, body string, header ...string) map[string]any {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), method, a.API+path, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	r.Header.Set("X-Request-ID", "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11")
	r.Header.Set("X-BicFi", "ESSESESS")
	r.Header.Set("PSU-ID", psuID)
	r.Header.Set("PSU-IP-Address", "192.0.2.1")
	r.Header.Set("TPP-Redirect-Preferred", a.redirect)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := a.http.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode >= 300 {
		a.Fatalf("%s %s = %s %v %v", method, path, res.Status, out, err)
	}
	return out
}

// start gets to the point where the PSU is asked to sign. It returns the paths
// of consent and authorisation and the answer.
func (a *tpp) start() (consent, authorisation string, started map[string]any) {
	a.Helper()
	consent = "/psd2/consent/v1/consents/" + a.call("POST", "/psd2/consent/v1/consents", access)["consentId"].(string)
	authorisation = consent + "/authorisations/" + a.call("POST", consent+"/authorisations", "")["authorisationId"].(string)
	return consent, authorisation, a.call("PUT", authorisation, `{"authenticationMethodId": "mbid"}`)
}

func (a *tpp) wantStatus(path, member, want string) {
	a.Helper()
	if got := a.call("GET", path, "")[member]; got != want {
		a.Errorf("GET %s: %s is %v, want %s", path, member, got, want)
	}
}

// readAll reads all that the consent opens.
func (a *tpp) readAll(consent string) {
	a.Helper()
	id := consent[strings.LastIndexByte(consent, '/')+1:]
	const base = "/psd2/accountinformation/v1/accounts"
	accounts := a.call("GET", base, "", "Consent-ID", id)["accounts"].([]any)
	if len(accounts) == 0 {
		a.Fatal("no accounts")
	}
	first := base + "/" + accounts[0].(map[string]any)["resourceId"].(string)
	a.call("GET", first, "", "Consent-ID", id)
	a.call("GET", first+"/balances", "", "Consent-ID", id)
	rows := a.call("GET", first+"/transactions?bookingStatus=both", "", "Consent-ID", id)["transactions"].(map[string]any)["booked"].([]any)
	if len(rows) == 0 {
		a.Error("no transactions")
	}
}

func TestDecoupled(t *testing.T) {
	t.Parallel()
	s := slusstest.Start(t)
	a := newTPP(t, s, "false")
	consent, authorisation, _ := a.start()
	a.wantStatus(authorisation, "scaStatus", "started")
	s.Advance(2 * time.Second)
	a.wantStatus(authorisation, "scaStatus", "finalised")
	a.wantStatus(consent+"/status", "consentStatus", "valid")
	a.readAll(consent)
	s.RevokeAtBank(consent[strings.LastIndexByte(consent, '/')+1:])
	a.wantStatus(consent+"/status", "consentStatus", "revokedByPsu")
}

// TestManual plays the PSU in the decoupled approach.
func TestManual(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		answer        func(*slusstest.Server, slusstest.Pending)
		sca, consents string
	}{
		{"approve", (*slusstest.Server).Approve, "finalised", "valid"},
		{"refuse", (*slusstest.Server).Refuse, "failed", "rejected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := slusstest.StartWith(t, slusstest.Options{Manual: true})
			a := newTPP(t, s, "false")
			consent, authorisation, _ := a.start()
			s.Advance(3 * time.Second)
			a.wantStatus(authorisation, "scaStatus", "started")
			waiting := s.Pending()
			if len(waiting) != 1 || waiting[0].PSU != psuID || waiting[0].BICFI != "ESSESESS" {
				t.Fatalf("Pending = %+v", waiting)
			}
			tt.answer(s, waiting[0])
			a.wantStatus(authorisation, "scaStatus", tt.sca)
			a.wantStatus(consent+"/status", "consentStatus", tt.consents)
			if waiting := s.Pending(); len(waiting) != 0 {
				t.Errorf("Pending after the answer = %+v", waiting)
			}
		})
	}
}

// A browser goes where it is led, but for the app's own address.
type browser struct {
	*testing.T
	http http.Client
	at   *url.URL
	page string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{T: t, http: http.Client{Jar: jar}}
	b.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return b
}

func (b *browser) do(method, to, form string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, to, strings.NewReader(form))
	if err != nil {
		b.Fatal(err)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.http.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 400 {
		b.Fatalf("%s %s = %s\n%s", method, to, res.Status, page)
	}
	b.at, b.page = res.Request.URL, string(page)
	if l, err := res.Location(); err == nil {
		b.at = l
	}
}

var (
	hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)"`)
	action = regexp.MustCompile(`action="([^"]*/(\w+))"`)
)

// submit posts the form of the page whose address ends in name.
func (b *browser) submit(name string, fields ...string) {
	b.Helper()
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(b.page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	for _, m := range action.FindAllStringSubmatch(b.page, -1) {
		if m[2] == name {
			to, err := b.at.Parse(html.UnescapeString(m[1]))
			if err != nil {
				b.Fatal(err)
			}
			b.do("POST", to.String(), form.Encode())
			return
		}
	}
	b.Fatalf("no form %s at %s:\n%s", name, b.at, b.page)
}

// fill replaces the placeholders of a link.
func (a *tpp) fill(started map[string]any, name string) string {
	a.Helper()
	link := started["_links"].(map[string]any)[name].(map[string]any)["href"].(string)
	return strings.NewReplacer("[CLIENT_ID]", a.ClientID, "[TPP_REDIRECT_URI]", url.QueryEscape(a.RedirectURI),
		"[TPP_STATE]", "abc%20def").Replace(link)
}

// exchange spends a code.
func (a *tpp) exchange(consent, authorisation, code string) int {
	a.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.RedirectURI},
		"client_id": {a.ClientID}, "client_secret": {a.ClientSecret},
	}
	r, err := http.NewRequestWithContext(a.Context(), "POST", a.Auth+"/connect/token", strings.NewReader(form.Encode()))
	if err != nil {
		a.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-ConsentId", consent[strings.LastIndexByte(consent, '/')+1:])
	r.Header.Set("X-ConsentAuthorisationId", authorisation[strings.LastIndexByte(authorisation, '/')+1:])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// TestRedirect takes a browser through the bank's pages, which a person
// answers or the control API.
func TestRedirect(t *testing.T) {
	t.Parallel()
	for _, headless := range []bool{false, true} {
		name := map[bool]string{false: "page", true: "headless"}[headless]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := slusstest.Start(t)
			a := newTPP(t, s, "true")
			consent, authorisation, started := a.start()
			b := newBrowser(t)
			b.do("GET", a.fill(started, "scaOAuth"), "")
			if headless {
				waiting := s.Pending()
				if len(waiting) != 1 {
					t.Fatalf("Pending = %+v", waiting)
				}
				s.Approve(waiting[0])
				b.do("GET", b.at.String(), "") // the page, looked at again, leads on
			} else {
				b.submit("login")
				b.submit("answer", "verdict", "approve")
			}
			q := b.at.Query()
			if b.at.Path != "/callback" || q.Get("state") != "abc def" || q.Get("code") == "" {
				t.Fatalf("the browser is at %s", b.at)
			}
			a.wantStatus(authorisation, "scaStatus", "started")
			if status := a.exchange(consent, authorisation, q.Get("code")); status != http.StatusOK {
				t.Fatalf("exchange = %d", status)
			}
			a.wantStatus(authorisation, "scaStatus", "finalised")
			a.readAll(consent)
			if status := a.exchange(consent, authorisation, q.Get("code")); status != http.StatusBadRequest {
				t.Errorf("second exchange = %d", status)
			}
		})
	}
}

func TestRedirectRefused(t *testing.T) {
	t.Parallel()
	s := slusstest.Start(t)
	a := newTPP(t, s, "true")
	consent, authorisation, started := a.start()
	b := newBrowser(t)
	b.do("GET", a.fill(started, "scaOAuth"), "")
	b.submit("login")
	b.submit("answer", "verdict", "decline")
	if q := b.at.Query(); b.at.Path != "/callback" || q.Get("error") != "access_denied" || q.Get("state") != "abc def" {
		t.Errorf("the browser is at %s", b.at)
	}
	a.wantStatus(authorisation, "scaStatus", "failed")
	a.wantStatus(consent+"/status", "consentStatus", "rejected")
}

// TestLogHasNoSecrets runs everything and looks for what must not be logged.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	s := slusstest.StartWith(t, slusstest.Options{Log: &log})
	a := newTPP(t, s, "false")
	consent, _, _ := a.start()
	s.Advance(2 * time.Second)
	a.readAll(consent)
	list := a.call("GET", "/psd2/accountinformation/v1/accounts", "", "Consent-ID", consent[strings.LastIndexByte(consent, '/')+1:])
	token := string(a.http.Transport.(bearer))
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.API+"/psd2/accountinformation/v1/accounts?iban=SE4550000000058398257466", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("PSU-ID", psuID) // and no token
	if res, err := http.DefaultClient.Do(r); err == nil {
		_ = res.Body.Close()
	}
	if _, err := (&client.Client{Auth: s.Auth, ID: s.ClientID, Secret: "sluss_wrong-secret"}).Token(t.Context(), "accountinformation private"); err == nil {
		t.Error("a wrong secret got a token")
	}
	text := log.String()
	if n := strings.Count(text, `"msg":"request"`); n < 10 {
		t.Errorf("%d request lines:\n%s", n, text)
	}
	secrets := map[string]string{
		"PSU-ID": psuID, "client secret": s.ClientSecret, "wrong secret": "sluss_wrong", "token": token[:40], "signature": token[len(token)-20:],
		"IBAN": list["accounts"].([]any)[0].(map[string]any)["iban"].(string), "IBAN in a query": "SE4550000000058398257466",
		"name": list["accounts"].([]any)[0].(map[string]any)["ownerName"].(string),
	}
	for what, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the log has the %s", what)
		}
	}
}

func TestClientErrors(t *testing.T) {
	t.Parallel()
	s := slusstest.Start(t)
	b := s.Client().Bank("ESSESESS", client.PSU{Context: client.Private, ID: psuID})
	_, err := b.Consent(t.Context(), "00000000-0000-4000-8000-000000000000")
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != http.StatusNotFound {
		t.Errorf("Consent = %v", err)
	}
	if _, err := b.CreateConsent(t.Context(), psd2.ConsentRequest{ValidUntil: "yesterday"}); err == nil {
		t.Error("a consent until yesterday")
	}
}

// A syncBuffer is a buffer for several writers.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
