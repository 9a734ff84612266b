package redirect_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const (
	base      = "https://auth.example"
	appID     = "11111111-1111-4111-8111-111111111111"
	otherID   = "22222222-2222-4222-8222-222222222222"
	callback  = "https://tpp.example/cb?x=1"
	nokURI    = "https://tpp.example/nok"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

// A rig is a service on a database of its own, with a bank and a clock that
// the test sets.
type rig struct {
	*testing.T
	*redirect.Service
	bank    *banktest.Payer
	clock   *clock.Virtual
	issued  int
	revoked []string
	apps    map[string]app.App
}

// Revoke implements [redirect.Revoker].
func (r *rig) Revoke(_ context.Context, id string, until time.Time) error {
	if !until.After(noon) {
		r.Errorf("revoke %s until %v", id, until)
	}
	r.revoked = append(r.revoked, id)
	return nil
}

func newRig(t *testing.T, kind sca.Approach) *rig {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	r := &rig{T: t, bank: banktest.NewPayer("ESSESESS"), clock: clock.NewFrozen(noon), apps: map[string]app.App{}}
	r.bank.Profile.RedirectKind = kind
	banks, err := bank.NewRegistry(r.bank)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{appID, otherID} {
		r.apps[id] = app.App{
			ID: id, Name: "App", Environment: "sandbox", Scopes: scope.APIs(), Contexts: scope.Contexts(),
			RedirectURIs: []string{callback, nokURI, "http://localhost/cb"}, CreatedAt: noon,
		}
		if err := db.InsertApp(t.Context(), r.apps[id]); err != nil {
			t.Fatal(err)
		}
	}
	consents := &consent.Service{Store: db, Banks: banks, Apps: db, Clock: r.clock}
	payments := &payment.Service{Store: db, Banks: banks, Apps: db, Clock: r.clock}
	r.Service = &redirect.Service{Store: db, Consents: consents, Payments: payments, Apps: db, Clock: r.clock, Revoker: r, TokenLifetime: time.Hour}
	return r
}

func anna() app.Caller { return app.Caller{ClientID: appID, Context: scope.Private, PSU: "1"} }

// start makes a consent with an authorisation that was started in the redirect.
func (r *rig) start(by app.Caller) consent.Open {
	r.Helper()
	c, err := r.Consents.Create(r.Context(), by, consent.Request{
		BICFI: "ESSESESS", Access: &consent.Access{}, Recurring: new(true), FrequencyPerDay: new(4), Combined: new(false),
		ValidUntil: new(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)),
	})
	if err != nil {
		r.Fatal(err)
	}
	return r.again(by, consent.Ref{BICFI: "ESSESESS", ConsentID: c.ID})
}

// again starts one more authorisation of a consent.
func (r *rig) again(by app.Caller, ref consent.Ref) consent.Open {
	r.Helper()
	o, err := r.Consents.StartAuthorisation(r.Context(), by, consent.Choice{Ref: ref})
	if err != nil {
		r.Fatal(err)
	}
	ref.AuthorisationID = o.Authorisation.ID
	o, err = r.Consents.ChooseMethod(r.Context(), by, consent.Choice{Ref: ref, Method: sca.MBID, RedirectPreferred: new(true)})
	if err != nil {
		r.Fatal(err)
	}
	return o
}

// query returns the query of the link, with the placeholders filled in.
func (r *rig) query(o consent.Open) url.Values {
	r.Helper()
	_, href, err := r.Link(r.Context(), redirect.LinkRequest{Base: base, Kind: redirect.KindConsent, Found: o.Found()})
	if err != nil {
		r.Fatal(err)
	}
	href = strings.NewReplacer("[CLIENT_ID]", appID, "[TPP_REDIRECT_URI]", url.QueryEscape(callback), "[TPP_STATE]", url.QueryEscape("a b&c")).Replace(href)
	u, err := url.Parse(href)
	if err != nil {
		r.Fatal(err)
	}
	return u.Query()
}

func (r *rig) authorize(o consent.Open, q url.Values) (string, error) {
	return r.Authorize(r.Context(), redirect.AuthorizeRequest{Base: base, Kind: o.Approach, Query: q})
}

// visit follows the link and returns the handle that the bank is given.
func (r *rig) visit(o consent.Open, q url.Values) string {
	r.Helper()
	to, err := r.authorize(o, q)
	if err != nil || !strings.HasPrefix(to, "/bank/run-") {
		r.Fatalf("authorize: %q, %v; want the bank's page", to, err)
	}
	orders := r.bank.Orders()
	handle, ok := strings.CutPrefix(orders[len(orders)-1].ReturnURL, base+redirect.ReturnPath)
	if !ok {
		r.Fatalf("the bank returns to %q", orders[len(orders)-1].ReturnURL)
	}
	return handle
}

// back returns the query that the browser brings to the app.
func (r *rig) back(to string, err error) url.Values {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, callback+"&") {
		r.Fatalf("sent to %q, %v; want the redirect URI", to, err)
	}
	return u.Query()
}

func (r *rig) code(o consent.Open) string {
	r.Helper()
	handle := r.visit(o, r.query(o))
	r.bank.Sign(o.Authorisation.PSU, 1)
	q := r.back(r.Return(r.Context(), handle))
	if q.Get("state") != "a b&c" || q.Get("scope") != "accountinformation private" || q.Get("x") != "1" || len(q.Get("code")) != 43 {
		r.Fatalf("the browser brings %v", q)
	}
	return q.Get("code")
}

func (r *rig) exchange(o consent.Open, code string, change ...func(*redirect.ExchangeRequest)) error {
	req := redirect.ExchangeRequest{
		App: r.apps[appID], Code: code, RedirectURI: callback,
		Resource: redirect.Resource{Kind: redirect.KindConsent, ID: o.Consent.ID, AuthorisationID: o.Authorisation.ID},
	}
	for _, f := range change {
		f(&req)
	}
	return r.Exchange(r.Context(), req, func(_ context.Context, s scope.Set) (string, error) {
		if s.String() != "accountinformation private" {
			r.Errorf("issue for %s", s)
		}
		r.issued++
		return "jti-" + string(rune('0'+r.issued)), nil
	})
}

func (r *rig) expect(o consent.Open, s consent.Status, a sca.Status, why sca.Failure) {
	r.Helper()
	got, err := r.Consents.Poll(r.Context(), anna(), consent.Ref{BICFI: "ESSESESS", ConsentID: o.Consent.ID, AuthorisationID: o.Authorisation.ID})
	if err != nil {
		r.Fatal(err)
	}
	if got.Consent.Status != s || got.Authorisation.Status != a || got.Authorisation.Failure != why {
		r.Errorf("poll: %s, %s, %q; want %s, %s, %q", got.Consent.Status, got.Authorisation.Status, got.Authorisation.Failure, s, a, why)
	}
}

func (r *rig) fails(what string, err error, want problem.Reason) {
	r.Helper()
	if !problem.Is(err, want) {
		r.Errorf("%s: %v, want %s", what, err, want)
	}
}
