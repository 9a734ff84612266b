package pages_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/bank/simulator/pages"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const hostile = `<script>alert("x")</script>`

// A counter is a bank's counter with one run of SCA, "run".
type counter struct {
	mu      sync.Mutex
	session simulator.Session
	fault   error
	decided []simulator.Decision
}

func (c *counter) Session(_ context.Context, ref, psu string) (simulator.Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return simulator.Session{}, c.fault
	}
	if ref != "run" {
		return simulator.Session{}, problem.New(problem.ResourceUnknown, "no such run")
	}
	if psu == "9" {
		return simulator.Session{}, problem.New(problem.PSUInvalid, "no")
	}
	s := c.session
	if psu != "" {
		s.Person = simulator.Person{PSU: psu, Name: "Anna " + hostile}
		s.Accounts = []simulator.SessionAccount{{ID: "a1", Name: hostile, Number: "SE45", Balance: "1.00 SEK"}, {ID: "a2", Name: "Second", Number: "SE12", Card: true}}
	}
	return s, nil
}

func (c *counter) Login(ctx context.Context, ref, psu string) error {
	_, err := c.Session(ctx, ref, psu)
	return err
}

func (c *counter) Decide(_ context.Context, _ string, d simulator.Decision) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.decided = append(c.decided, d)
	c.session.Status = sca.Finalised
	return nil
}

// A visitor is a browser at the counter.
type visitor struct {
	*testing.T
	server  *httptest.Server
	client  *http.Client
	counter *counter
}

func newVisitor(t *testing.T, change func(*simulator.Session)) *visitor {
	t.Helper()
	c := &counter{session: simulator.Session{
		Ref: "run", BICFI: "ESSESESS", BankName: "SEB", Logo: []byte("<svg/>"), AppName: "App " + hostile, ReturnURL: "https://auth.example/sca/return/h",
		Approach: sca.OAuthRedirect, Subject: bank.SubjectConsent, Customer: bank.Customer{Context: scope.Private},
		Asked:     bank.ConsentOrder{All: true, Balances: true, Recurring: true, ValidUntil: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)},
		ExpiresAt: noon.Add(15 * time.Minute), Status: sca.Started, Signers: 1,
		People: []simulator.Person{{PSU: "1", Name: "Anna"}, {PSU: "2", Name: "Bo", Note: "No accounts"}},
	}}
	if change != nil {
		change(&c.session)
	}
	h := &pages.Handler{World: c, Clock: clock.NewFrozen(noon), FormTargets: func(_ context.Context, to string) []string {
		if to != "https://auth.example/sca/return/h" && to != "" {
			t.Errorf("form targets of %q", to)
		}
		return []string{"https://tpp.example"}
	}}
	mux := http.NewServeMux()
	h.Register(mux)
	v := &visitor{T: t, server: httptest.NewServer(mux), counter: c}
	t.Cleanup(v.server.Close)
	v.client = v.browser()
	return v
}

// browser returns a browser without cookies that follows no redirect.
func (v *visitor) browser() *http.Client {
	return &http.Client{Transport: v.server.Client().Transport, Jar: &jar{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// A jar keeps the last cookie, for any path.
type jar struct {
	mu     sync.Mutex
	cookie *http.Cookie
}

func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		j.cookie = c
	}
}

func (j *jar) Cookies(*url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.cookie == nil {
		return nil
	}
	return []*http.Cookie{j.cookie}
}

func (v *visitor) do(method, path string, form url.Values) (*http.Response, string) {
	v.Helper()
	req, err := http.NewRequestWithContext(v.Context(), method, v.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := v.client.Do(req)
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	return res, string(body)
}

func (v *visitor) get() (*http.Response, string) { return v.do("GET", "/sca/bank/run", nil) }

// post sends a form with the token of the page.
func (v *visitor) post(action string, form url.Values) (*http.Response, string) {
	v.Helper()
	_, page := v.get()
	if form == nil {
		form = url.Values{}
	}
	if m := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page); m != nil {
		form.Set("token", m[1])
	}
	return v.do("POST", "/sca/bank/run/"+action, form)
}

func (v *visitor) logIn(psu string) {
	v.Helper()
	if res, page := v.post("login", url.Values{"psu": {psu}}); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/sca/bank/run" {
		v.Fatalf("log-in: %s to %s\n%s", res.Status, res.Header.Get("Location"), page)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, nil)
	res, page := v.get()
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; " +
			"form-action 'self' https://tpp.example https://auth.example; frame-ancestors 'none'; base-uri 'none'",
		"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	}
	for name, value := range want {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s: %s, want %s", name, got, value)
		}
	}
	c := res.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/sca/bank/run" {
		t.Errorf("cookie %v", c)
	}
	for _, must := range []string{`lang="en"`, "<main", "<h1>", `name="viewport"`, "Simulated bank", "<label"} {
		if !strings.Contains(page, must) {
			t.Errorf("the page has no %s", must)
		}
	}
	for _, never := range []string{"<script", "style=", "onclick", "http://", "https://"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %s", never)
		}
	}
	for _, path := range []string{"/sca/assets/bank.css", "/sca/assets/bank/ESSESESS.css", "/sca/assets/bank/XXXXXXXX.css"} {
		res, css := v.do("GET", path, nil)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/css; charset=utf-8" || css == "" {
			t.Errorf("%s: %s %s", path, res.Status, res.Header.Get("Content-Type"))
		}
	}
}

func TestLogIn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		named  string
		form   url.Values
		status int
		says   string
	}{
		{"chosen", "", url.Values{"psu": {"2"}}, http.StatusSeeOther, ""},
		{"typed", "", url.Values{"psu": {"2"}, "other": {"1990-01 01"}}, http.StatusSeeOther, ""},
		{"named", "1", url.Values{"psu": {"1"}}, http.StatusSeeOther, ""},
		{"nobody", "", nil, http.StatusUnprocessableEntity, "Choose a person"},
		{"another than named", "1", url.Values{"psu": {"2"}}, http.StatusUnprocessableEntity, "named another person"},
		{"refused", "", url.Values{"psu": {"9"}}, http.StatusUnprocessableEntity, "does not know this person"},
		{"long", "", url.Values{"other": {strings.Repeat("1", 65)}}, http.StatusUnprocessableEntity, "Choose a person"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVisitor(t, func(s *simulator.Session) { s.Customer.PSU = tt.named })
			res, page := v.post("login", tt.form)
			if res.StatusCode != tt.status || !strings.Contains(page, tt.says) {
				t.Errorf("log-in: %s, want %d %q", res.Status, tt.status, tt.says)
			}
			_, page = v.get()
			if in := strings.Contains(page, "Approve"); in != (tt.status == http.StatusSeeOther) {
				t.Errorf("logged in: %t", in)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	pick := func(s *simulator.Session) { s.Asked.All, s.Asked.Select = false, true }
	tests := []struct {
		name    string
		change  func(*simulator.Session)
		nobody  bool // has logged in
		form    url.Values
		decided []simulator.Decision
		says    string
	}{
		{"approve", nil, false, url.Values{"verdict": {"approve"}}, []simulator.Decision{{Verdict: simulator.Approve, PSU: "1"}}, ""},
		{
			"approve what was picked", pick, false,
			url.Values{"verdict": {"approve"}, "account": {"a2", "foreign"}},
			[]simulator.Decision{{Verdict: simulator.Approve, PSU: "1", Accounts: []string{"a2"}}},
			"",
		},
		{"accounts that nobody asked for", nil, false, url.Values{"verdict": {"approve"}, "account": {"a2"}}, []simulator.Decision{{Verdict: simulator.Approve, PSU: "1"}}, ""},
		{"decline", pick, false, url.Values{"verdict": {"decline"}}, []simulator.Decision{{Verdict: simulator.Decline, PSU: "1"}}, ""},
		{"leave", nil, false, url.Values{"verdict": {"abort"}}, []simulator.Decision{{Verdict: simulator.Abort, PSU: "1"}}, ""},
		{"leave at the door", nil, true, url.Values{"verdict": {"abort"}}, []simulator.Decision{{Verdict: simulator.Abort}}, ""},
		{"expire", nil, true, url.Values{"verdict": {"expire"}}, []simulator.Decision{{Verdict: simulator.Expire}}, ""},

		{"pick nothing", pick, false, url.Values{"verdict": {"approve"}}, nil, "at least one account"},
		{"pick only foreign ones", pick, false, url.Values{"verdict": {"approve"}, "account": {"foreign"}}, nil, "at least one account"},
		{"approve without a log-in", nil, true, url.Values{"verdict": {"approve"}}, nil, "Log in first"},
		{"no answer", nil, false, nil, nil, "not complete"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVisitor(t, tt.change)
			if !tt.nobody {
				v.logIn("1")
			}
			res, page := v.post("answer", tt.form)
			if diff := cmp.Diff(tt.decided, v.counter.decided); diff != "" {
				t.Errorf("decided (-want +got):\n%s", diff)
			}
			if tt.decided == nil && !strings.Contains(page, tt.says) {
				t.Errorf("the page does not say %q", tt.says)
			}
			if back := res.Header.Get("Location"); (back == "https://auth.example/sca/return/h") != (tt.decided != nil) {
				t.Errorf("%s to %q", res.Status, back)
			}
			if tt.decided == nil {
				return
			}
			if res, _ := v.get(); res.StatusCode != http.StatusSeeOther {
				t.Errorf("the page after the answer: %s, want it to lead back", res.Status)
			}
		})
	}
}

func TestForgery(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, nil)
	v.logIn("1")
	for name, form := range map[string]url.Values{
		"no token":    {"verdict": {"approve"}},
		"wrong token": {"verdict": {"approve"}, "token": {"x"}},
	} {
		if res, _ := v.do("POST", "/sca/bank/run/answer", form); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	// The token of one browser is of no use in another.
	_, page := v.get()
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)[1]
	v.client = v.browser()
	if res, _ := v.do("POST", "/sca/bank/run/answer", url.Values{"verdict": {"approve"}, "token": {token}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("token of another browser: %s", res.Status)
	}
	// Nor can a browser say who it is.
	v.client.Jar.SetCookies(nil, []*http.Cookie{{Name: "sluss_bank", Value: "nonce.MQ.mac"}})
	if _, page := v.get(); strings.Contains(page, "Approve") {
		t.Error("a cookie of one's own making logs in")
	}
	if v.counter.decided != nil {
		t.Errorf("decided: %v", v.counter.decided)
	}
}

func TestWhatIsShown(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, func(s *simulator.Session) {
		s.Customer = bank.Customer{Context: scope.Corporate, Organisation: "5560160680"}
		s.OrganisationName, s.Signers = "Testbolaget", 2
	})
	v.logIn("1")
	_, page := v.get()
	for _, must := range []string{
		"All of the company&#39;s accounts", "See the balances", "Until the end of 31 January 2027", "Testbolaget", "5560160680",
		"2 persons must approve", "15 minutes left", "SE45", "&lt;script&gt;",
	} {
		if !strings.Contains(page, must) {
			t.Errorf("the page does not show %q", must)
		}
	}
	for _, never := range []string{"See the transactions", "<script"} {
		if strings.Contains(page, never) {
			t.Errorf("the page shows %q", never)
		}
	}
	if res, _ := v.post("logout", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("log out: %s", res.Status)
	}
	if _, page := v.get(); strings.Contains(page, "Approve") {
		t.Error("still logged in")
	}
}

func TestWithoutAWayBack(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, func(s *simulator.Session) { s.ReturnURL, s.Approach = "", sca.Decoupled })
	v.logIn("1")
	if res, page := v.post("answer", url.Values{"verdict": {"approve"}}); res.StatusCode != http.StatusOK || !strings.Contains(page, "Approved") {
		t.Errorf("after the answer: %s", res.Status)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	v := newVisitor(t, nil)
	if res, page := v.do("GET", "/sca/bank/none", nil); res.StatusCode != http.StatusNotFound || !strings.Contains(page, "nothing to sign here") {
		t.Errorf("no such run: %s", res.Status)
	}
	for err, status := range map[error]int{
		problem.New(problem.BankUnavailable, "down"): http.StatusServiceUnavailable,
		io.ErrUnexpectedEOF:                          http.StatusInternalServerError,
	} {
		v.counter.fault = err
		if res, page := v.get(); res.StatusCode != status || strings.Contains(page, "unexpected EOF") {
			t.Errorf("%v: %s", err, res.Status)
		}
	}
	v.counter.fault = nil
	if res, _ := v.do("POST", "/sca/bank/run/login", url.Values{"psu": {strings.Repeat("x", 70000)}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a large form: %s", res.Status)
	}
}

func TestPaymentPages(t *testing.T) {
	t.Parallel()
	one := simulator.SessionPayment{
		Amount: "150.00 SEK", Payee: "Payee " + hostile, To: "Bankgiro 5050-1055", From: "SE4550000000058398257466", Text: "1234567897", Date: "2 December 2026",
	}
	two := one
	two.Amount, two.From, two.Bank, two.Cost = "9.00 EUR", "SE1412000000000012345678", "Bank BIC", "100.80 SEK"
	tests := []struct {
		subject  bank.Subject
		payments []simulator.SessionPayment
		want     []string
	}{
		{bank.SubjectPayment, []simulator.SessionPayment{two}, []string{
			"Approve this payment?", "9.00 EUR", "Bankgiro 5050-1055", "SE1412000000000012345678", "Bank BIC", "100.80 SEK", "2 December 2026", "1234567897",
		}},
		{bank.SubjectPayment, []simulator.SessionPayment{one}, []string{"150.00 SEK", "SE45 5000 0000 0583 9825 7466"}},
		{bank.SubjectCancellation, []simulator.SessionPayment{one}, []string{"Cancel this payment?", "150.00 SEK", "Keep the payment"}},
		{bank.SubjectBasket, []simulator.SessionPayment{one, two}, []string{
			"Approve these 2 payments?", "159.00 XXX", "150.00 SEK", "9.00 EUR", "SE1412000000000012345678", "Approve all",
		}},
	}
	for _, tt := range tests {
		t.Run(string(tt.subject), func(t *testing.T) {
			t.Parallel()
			v := newVisitor(t, func(s *simulator.Session) {
				s.Subject, s.Payments, s.Totals = tt.subject, tt.payments, []string{"159.00 XXX"}
			})
			_, page := v.get()
			if !strings.Contains(page, "approve ") || strings.Contains(page, "access") {
				t.Errorf("the log-in page does not tell of payments: %s", page)
			}
			v.logIn("1")
			_, page = v.get()
			for _, want := range append(tt.want, "Payee &lt;script&gt;") {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q: %s", want, page)
				}
			}
			if strings.Contains(page, hostile) {
				t.Error("the page has what the application sent unescaped")
			}
		})
	}
}
