package pages_test

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
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/bank/simulator/pages"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
)

const appID = "44444444-4444-4444-8444-444444444444"

// A town has the simulated banks with their pages, and everything before them
// that a browser meets, on a database of its own.
type town struct {
	*testing.T
	world     *simulator.World
	consents  *consent.Service
	redirects *redirect.Service
	clock     *clock.Virtual
	server    *httptest.Server
	callback  string // of the app, at the same server
}

func newTown(t *testing.T, plain bool) *town {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	mux := http.NewServeMux()
	w := &town{T: t, clock: clock.NewFrozen(noon), server: httptest.NewServer(mux)}
	t.Cleanup(w.server.Close)
	var err error
	w.world, err = simulator.New(simulator.Options{
		Store: store.Simulator{DB: db}, Clock: w.clock, Seed: 1, HistoryDays: 3, Banks: []ident.BICFI{"ESSESESS"},
		PageURL: func(ref string) string { return w.server.URL + pages.Path + ref },
	})
	if err != nil {
		t.Fatal(err)
	}
	if plain {
		w.world.Connectors()[0].Info().Profile.RedirectKind = sca.PlainRedirect
	}
	banks, err := bank.NewRegistry(w.world.Connectors()...)
	if err != nil {
		t.Fatal(err)
	}
	w.callback = w.server.URL + "/app/cb?kept=1"
	if err := db.InsertApp(t.Context(), app.App{
		ID: appID, Name: "Budget App", Environment: "sandbox", Scopes: scope.APIs(), Contexts: scope.Contexts(),
		RedirectURIs: []string{w.callback}, CreatedAt: noon,
	}); err != nil {
		t.Fatal(err)
	}
	w.consents = &consent.Service{Store: db, Banks: banks, Apps: db, Clock: w.clock}
	w.redirects = &redirect.Service{Store: db, Consents: w.consents, Apps: db, Clock: w.clock, TokenLifetime: time.Hour}
	(&oauth.Browser{Redirects: w.redirects, Base: func(*http.Request) string { return w.server.URL }}).Register(mux)
	(&pages.Handler{World: w.world, Clock: w.clock, FormTargets: w.redirects.Origins}).Register(mux)
	mux.HandleFunc("/app/cb", func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, "at the app: "+r.URL.RawQuery)
	})
	return w
}

// A trip is one authorisation on its way through a browser.
type trip struct {
	*town
	open consent.Open
	link string
	jar  *http.Client
	page string // that the browser shows
	at   *url.URL
}

func (w *town) create(by app.Caller, access consent.Access) consent.Ref {
	w.Helper()
	c, err := w.consents.Create(w.Context(), by, consent.Request{
		BICFI: "ESSESESS", Access: &access, Recurring: new(true), FrequencyPerDay: new(4), Combined: new(false),
		ValidUntil: new(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)),
	})
	if err != nil {
		w.Fatal(err)
	}
	return consent.Ref{BICFI: "ESSESESS", ConsentID: c.ID}
}

// depart starts an authorisation and follows its link.
func (w *town) depart(by app.Caller, ref consent.Ref) *trip {
	w.Helper()
	choice := consent.Choice{Ref: ref, Method: sca.MBID, RedirectPreferred: new(true)}
	o, err := w.consents.StartAuthorisation(w.Context(), by, choice)
	if err != nil {
		w.Fatal(err)
	}
	choice.AuthorisationID = o.Authorisation.ID
	if o, err = w.consents.ChooseMethod(w.Context(), by, choice); err != nil {
		w.Fatal(err)
	}
	_, href, err := w.redirects.Link(w.Context(), redirect.LinkRequest{Base: w.server.URL, Kind: redirect.KindConsent, Found: o.Found()})
	if err != nil {
		w.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	x := &trip{town: w, open: o, jar: &http.Client{Transport: w.server.Client().Transport, Jar: jar}}
	x.link = strings.NewReplacer("[CLIENT_ID]", appID, "[TPP_REDIRECT_URI]", url.QueryEscape(w.callback), "[TPP_STATE]", "s").Replace(href)
	x.follow("GET", x.link, nil)
	return x
}

func (x *trip) follow(method, target string, form url.Values) {
	x.Helper()
	req, err := http.NewRequestWithContext(x.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		x.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := x.jar.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		x.Fatal(err)
	}
	x.page, x.at = string(body), res.Request.URL
}

// submit sends the form whose action ends so, with its token.
func (x *trip) submit(action string, form url.Values) {
	x.Helper()
	m := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(x.page)
	if m == nil {
		x.Fatalf("no form on the page at %s:\n%s", x.at, x.page)
	}
	form.Set("token", html.UnescapeString(m[1]))
	x.follow("POST", x.server.URL+strings.TrimSuffix(x.at.Path, "/answer")+"/"+action, form)
}

// arrive checks that the browser is back at the app and returns its query.
func (x *trip) arrive() url.Values {
	x.Helper()
	q := x.at.Query()
	if x.at.Path != "/app/cb" || q.Get("kept") != "1" || q.Get("state") != "s" {
		x.Fatalf("the browser is at %s:\n%s", x.at, x.page)
	}
	return q
}

func (x *trip) exchange(code string) error {
	a, err := x.redirects.Apps.App(x.Context(), appID)
	if err != nil {
		return err
	}
	return x.redirects.Exchange(x.Context(), redirect.ExchangeRequest{
		App: a, Code: code, RedirectURI: x.callback,
		Resource: redirect.Resource{Kind: redirect.KindConsent, ID: x.open.Consent.ID, AuthorisationID: x.open.Authorisation.ID},
	}, func(context.Context, scope.Set) (string, error) { return "jti", nil })
}

func (x *trip) expect(by app.Caller, s consent.Status, a sca.Status, why sca.Failure) consent.Open {
	x.Helper()
	o, err := x.consents.Poll(x.Context(), by, consent.Ref{BICFI: "ESSESESS", ConsentID: x.open.Consent.ID, AuthorisationID: x.open.Authorisation.ID})
	if err != nil {
		x.Fatal(err)
	}
	if o.Consent.Status != s || o.Authorisation.Status != a || o.Authorisation.Failure != why {
		x.Errorf("poll: %s, %s, %q; want %s, %s, %q", o.Consent.Status, o.Authorisation.Status, o.Authorisation.Failure, s, a, why)
	}
	return o
}

var person = app.Caller{ClientID: appID, Context: scope.Private, PSU: simulator.OrdinaryPerson}

// TestFlowOfABrowser is the OAuth redirect as one sees it: link, log-in, what
// is asked, approval, code, exchange.
func TestFlowOfABrowser(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	nobody := app.Caller{ClientID: appID, Context: scope.Private}
	x := w.depart(nobody, w.create(nobody, consent.Access{}))
	if !strings.Contains(x.page, "Log in") || !strings.Contains(x.page, "Budget App") || !strings.Contains(x.page, simulator.OrdinaryPerson) {
		t.Fatalf("at %s:\n%s", x.at, x.page)
	}
	x.submit("login", url.Values{"psu": {simulator.OrdinaryPerson}})
	for _, must := range []string{"Approve", "All of your accounts", "See the transactions", "31 January 2027", "SEK"} {
		if !strings.Contains(x.page, must) {
			t.Errorf("the page does not show %q:\n%s", must, x.page)
		}
	}
	x.submit("answer", url.Values{"verdict": {"approve"}})
	q := x.arrive()
	x.expect(nobody, consent.Received, sca.Started, "")
	if err := x.exchange(q.Get("code")); err != nil {
		t.Fatal(err)
	}
	o := x.expect(nobody, consent.Valid, sca.Finalised, "")
	if o.Consent.Owner.PSU != simulator.OrdinaryPerson || o.Consent.Granted != nil {
		t.Errorf("owner %s, granted %v", o.Consent.Owner.PSU, o.Consent.Granted)
	}
	if err := x.exchange(q.Get("code")); !problem.Is(err, problem.GrantInvalid) {
		t.Errorf("the code once more: %v", err)
	}
	x.follow("GET", x.link, nil) // the way back in the browser's history
	if q := x.arrive(); q.Get("error") != "invalid_request" {
		t.Errorf("the link once more: %v", q)
	}
	if err := w.world.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFlowOfPickedAccounts(t *testing.T) {
	t.Parallel()
	w := newTown(t, true)
	x := w.depart(person, w.create(person, consent.Access{AvailableAccounts: consent.SelectAccounts}))
	x.submit("login", url.Values{"psu": {simulator.OrdinaryPerson}})
	m := regexp.MustCompile(`name="account" id="account-0" value="([^"]+)"`).FindStringSubmatch(x.page)
	if m == nil {
		t.Fatalf("no account to pick:\n%s", x.page)
	}
	x.submit("answer", url.Values{"verdict": {"approve"}})
	if !strings.Contains(x.page, "at least one account") {
		t.Errorf("nothing picked:\n%s", x.page)
	}
	x.submit("answer", url.Values{"verdict": {"approve"}, "account": {m[1]}})
	if q := x.arrive(); q.Has("code") || q.Has("error") {
		t.Errorf("the browser brings %v", q)
	}
	if o := x.expect(person, consent.Valid, sca.Finalised, ""); len(o.Consent.Granted) != 1 || o.Consent.Granted[0] != m[1] {
		t.Errorf("granted %v, want %s", o.Consent.Granted, m[1])
	}
}

func TestFlowsWithoutApproval(t *testing.T) {
	t.Parallel()
	tests := []struct {
		verdict string
		error   string
		status  consent.Status
		why     sca.Failure
	}{
		{"decline", "access_denied", consent.Rejected, sca.UserCancel},
		{"abort", "access_denied", consent.Received, sca.UserCancel},
		{"expire", "server_error", consent.Received, sca.SessionExpired},
	}
	for _, tt := range tests {
		for _, plain := range []bool{false, true} {
			t.Run(tt.verdict, func(t *testing.T) {
				t.Parallel()
				w := newTown(t, plain)
				x := w.depart(person, w.create(person, consent.Access{}))
				x.submit("login", url.Values{"psu": {simulator.OrdinaryPerson}})
				x.submit("answer", url.Values{"verdict": {tt.verdict}})
				if q := x.arrive(); q.Get("error") != tt.error {
					t.Errorf("the browser brings %v, want %s", q, tt.error)
				}
				x.expect(person, tt.status, sca.Failed, tt.why)
			})
		}
	}
}

func TestFlowOfTwoSigners(t *testing.T) {
	t.Parallel()
	w := newTown(t, false)
	boss := func(psu string) app.Caller {
		return app.Caller{ClientID: appID, Context: scope.Corporate, Organisation: "9999999990", PSU: psu}
	}
	ref := w.create(boss("99990101002"), consent.Access{})
	sign := func(psu string) *trip {
		x := w.depart(boss(psu), ref)
		x.submit("login", url.Values{"psu": {psu}})
		x.submit("answer", url.Values{"verdict": {"approve"}})
		q := x.arrive()
		a, err := w.redirects.Apps.App(t.Context(), appID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.redirects.Exchange(t.Context(), redirect.ExchangeRequest{
			App: a, Code: q.Get("code"), RedirectURI: x.callback,
			Resource: redirect.Resource{Kind: redirect.KindConsent, ID: x.open.Consent.ID, AuthorisationID: x.open.Authorisation.ID},
		}, func(context.Context, scope.Set) (string, error) { return "jti", nil }); err != nil {
			t.Fatal(err)
		}
		return x
	}
	first := sign("99990101002")
	if o := first.expect(boss("99990101002"), consent.PartiallyAuthorised, sca.Finalised, ""); !o.Authorisation.MoreNeeded {
		t.Error("the first signer is not told that another one is needed")
	}
	second := sign("99990101000")
	second.expect(boss("99990101000"), consent.Valid, sca.Finalised, "")
}

// TestFlowsOfTestIdentities goes through the identities in the decoupled
// approach.
func TestFlowsOfTestIdentities(t *testing.T) {
	t.Parallel()
	tests := []struct {
		psu    string
		first  sca.Status // as the PUT answers
		after  time.Duration
		status consent.Status
		sca    sca.Status
		why    sca.Failure
	}{
		{"99990101000", sca.Started, 2 * time.Second, consent.Valid, sca.Finalised, ""},
		{"99990101002", sca.Started, 2 * time.Second, consent.PartiallyAuthorised, sca.Finalised, ""},
		{"99990101004", sca.Started, 2 * time.Second, consent.Received, sca.Failed, sca.SessionExpired},
		{"99990101005", sca.Started, 2 * time.Second, consent.Received, sca.Failed, sca.NotActivated},
		{"99990101101", sca.Started, 2 * time.Second, consent.Rejected, sca.Failed, sca.UserCancel},
		{"99990101102", sca.Started, 180 * time.Second, consent.Received, sca.Failed, sca.SessionExpired},
		{"99990101103", sca.Started, 2 * time.Second, "", sca.Failed, sca.RightsMissing},
		{"99990101104", sca.Started, 30 * time.Second, consent.Valid, sca.Finalised, ""},
		{"99990101105", sca.AuthenticationStarted, time.Minute, consent.Valid, sca.Finalised, ""},
		{"99990101106", sca.Exempted, 0, consent.Valid, sca.Exempted, ""},
		{"99990101108", sca.Started, 2 * time.Second, consent.PartiallyAuthorised, sca.Finalised, ""},
		{"198001011234", sca.Started, 2 * time.Second, consent.Valid, sca.Finalised, ""},
	}
	w := newTown(t, false)
	for _, tt := range tests {
		by := app.Caller{ClientID: appID, Context: scope.Corporate, Organisation: "9999999990", PSU: tt.psu}
		ref := w.create(by, consent.Access{})
		choice := consent.Choice{Ref: ref, Method: sca.MBIDQRToken, RedirectPreferred: new(false)}
		o, err := w.consents.StartAuthorisation(t.Context(), by, choice)
		if err != nil {
			t.Fatal(err)
		}
		choice.AuthorisationID = o.Authorisation.ID
		if o, err = w.consents.ChooseMethod(t.Context(), by, choice); err != nil || o.Authorisation.Status != tt.first {
			t.Errorf("%s: PUT answers %s, %v; want %s", tt.psu, o.Authorisation.Status, err, tt.first)
		}
		if pending := !tt.first.Final(); pending != (len(o.Challenge.Data) > 0) {
			t.Errorf("%s: challenge %v", tt.psu, o.Challenge)
		}
		w.clock.Advance(tt.after)
		x := &trip{town: w, open: o}
		if tt.status == "" {
			got, err := w.consents.Consent(t.Context(), by, ref)
			if err != nil {
				t.Fatal(err)
			}
			tt.status = got.Status // whether a lack of rights ends the consent is the bank's to say
		}
		x.expect(by, tt.status, tt.sca, tt.why)
	}
	by := app.Caller{ClientID: appID, Context: scope.Corporate, Organisation: "9999999990", PSU: "99990101107"}
	_, err := w.consents.StartAuthorisation(t.Context(), by, consent.Choice{Ref: w.create(by, consent.Access{})})
	if !problem.Is(err, problem.PSUInvalid) {
		t.Errorf("99990101107: %v, want psu_invalid", err)
	}
}
