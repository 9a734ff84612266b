package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/api/apitest"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

const (
	authBase  = "https://auth.example.test"
	apiBase   = "https://api.example.test"
	kycBase   = "https://kyc.example.test"
	requestID = "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10"

	appA = "aaaaaaaa-0000-4000-8000-000000000001"
	appB = "bbbbbbbb-0000-4000-8000-000000000002"

	consents = "/psd2/consent/v1/consents"
	aspsps   = "/psd2/aspspinformation/v1"
	accounts = "/psd2/accountinformation/v1"

	goodConsent = `{"access":{},"recurringIndicator":true,"validUntil":"2027-01-31","frequencyPerDay":4,"combinedServiceIndicator":false}`
)

// One signing key serves all tests, since to make one takes long.
var (
	sealer  = keyring.NewSealer(keyring.SealingKey{1})
	makeKey = sync.OnceValues(func() (keyring.StoredKey, error) { return keyring.NewKey(sealer, jose.RS256, noon()) })
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// A branch is a bank that does what a test says, with an entry in the
// directory and, unless they are nil, accounts.
type branch struct {
	*banktest.Payer
	bank.AccountReader
	bank.CardReader
	entry aspsp.ASPSP
}

// Info implements [bank.Connector].
func (b *branch) Info() *bank.Info {
	info := b.Payer.Info()
	info.ASPSP = b.entry
	return info
}

// A rig is the API on a database of its own, with banks and a clock that the
// test sets. Every exchange is held against the description.
type rig struct {
	*testing.T
	api    *api.Handler
	serve  http.Handler
	clock  *clock.Virtual
	tokens *token.Service
	denied *token.DenyList
	db     *store.DB
	issued map[string]string // tokens, by what they were issued for
	seb    *branch           // every right
	picky  *branch           // HANDSESS: plain redirect, wants all headers
}

func newRig(t *testing.T, change ...func(*api.Handler)) *rig {
	t.Helper()
	r := &rig{T: t, clock: clock.NewFrozen(noon()), issued: map[string]string{}}
	r.openStore()
	banks := r.makeBanks()
	ring := keyring.NewRing(r.db, sealer, r.clock, time.Hour)
	directory := app.NewDirectory(r.db)
	r.denied = token.NewDenyList(r.db, r.clock)
	for _, err := range []error{ring.Load(t.Context()), directory.Refresh(t.Context()), r.denied.Load(t.Context())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r.tokens = &token.Service{
		Apps: directory, Keys: ring, Clock: r.clock, Gate: token.NewGate(), Issuer: authBase, Environment: app.Sandbox,
		Lifetime: time.Hour, Revocations: r.denied,
	}
	service := &consent.Service{Store: r.db, Banks: banks, Apps: directory, Clock: r.clock}
	due := &kyc.Service{Store: r.db, Provider: kyc.Sandbox{}, Sealer: sealer, Clock: r.clock, Base: kycBase}
	payments := &payment.Service{Store: r.db, Banks: banks, Apps: directory, Clock: r.clock, Consents: service, KYC: due}
	r.api = &api.Handler{
		Payments: payments,
		Tokens:   r.tokens, Consents: service, Banks: banks, Clock: r.clock, AuthBase: authBase, APIBase: apiBase,
		KYC:      due,
		Accounts: &account.Service{Consents: service, Banks: banks, Store: r.db, Clock: r.clock},
		FX: &fx.Service{
			Store: r.db, Source: fx.Sandbox{Seed: 1}, Gate: due, Clock: r.clock, Terms: fx.Terms{Fee: money.Amount{Minor: 150, Currency: "XXX"}},
			Desk: &fx.Desk{Account: bank.Reference{IBAN: "SE0650000000055500000018"}, Holder: "Client funds", Country: "SE"},
		},
		Redirect: &redirect.Service{Store: r.db, Consents: service, Payments: payments, Apps: directory, Clock: r.clock, TokenLifetime: time.Hour},
	}
	for _, f := range change {
		f(r.api)
	}
	validator := apitest.New(t)
	validator.Strict = r.api.Strict
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r.serve = validator.Handler(web.Observer{Log: log}.Observe(r.api.Routes()))
	return r
}

func strict(h *api.Handler) { h.Strict = true }

func (r *rig) openStore() {
	r.Helper()
	r.db = testdb.Open(r, testdb.Memory)
	key, err := makeKey()
	if err != nil {
		r.Fatal(err)
	}
	if err := r.db.UpdateKeys(r.Context(), func([]keyring.StoredKey) (keyring.Change, error) {
		return keyring.Change{Put: []keyring.StoredKey{key}}, nil
	}); err != nil {
		r.Fatal(err)
	}
	for _, id := range []string{appA, appB} {
		a, err := app.New(app.App{
			ID: id, Name: "App " + id[:1], Environment: app.Sandbox, Scopes: scope.APIs(),
			RedirectURIs: []string{"https://tpp.example.test/back"},
		}, noon())
		if err != nil {
			r.Fatal(err)
		}
		if err := r.db.InsertApp(r.Context(), a); err != nil {
			r.Fatal(err)
		}
	}
}

func (r *rig) makeBanks() *bank.Registry {
	r.Helper()
	ledger := banktest.NewLedger(nil)
	r.seb = &branch{banktest.NewPayer("ESSESESS"), ledger, ledger, aspsp.ASPSP{
		BICFI: "ESSESESS", Name: "SEB", CountryCode: "SE", City: "Stockholm", PostalCode: "106 40", Street: "Testgatan 1",
		Company: "5020329081", Phone: "+46 8 000", Website: "https://seb.example.test", Logo: []byte("<svg/>"),
		Affiliated: []aspsp.Affiliate{{ID: "08999", Name: "Example Sparbank"}},
	}}
	r.picky = &branch{banktest.NewPayer("HANDSESS"), ledger, ledger, aspsp.ASPSP{
		BICFI: "HANDSESS", Name: "Handelsbanken", CountryCode: "SE", City: "Stockholm",
	}}
	p := &r.picky.Profile
	p.RedirectKind, p.SelectAccounts, p.Sessions = sca.PlainRedirect, false, false
	p.PSUIDRequired, p.PSUHeadersRequired = true, true
	nordea := &branch{Payer: banktest.NewPayer("NDEAFIHH"), entry: aspsp.ASPSP{BICFI: "NDEAFIHH", Name: "Nordea", CountryCode: "FI", City: "Helsinki"}}
	nordea.Profile.Products, nordea.Profile.Decoupled = nil, false
	banks, err := bank.NewRegistry(r.seb, r.picky, nordea)
	if err != nil {
		r.Fatal(err)
	}
	return banks
}

// known returns a token that was issued before in this hour, since signing is
// slow.
func (r *rig) known(id, words string) string {
	r.Helper()
	key := id + words + r.clock.Now().Truncate(time.Hour).String()
	if r.issued[key] == "" {
		r.issued[key] = r.token(id, words)
	}
	return r.issued[key]
}

// token returns a new access token of an app.
func (r *rig) token(id, words string) string {
	r.Helper()
	set, err := scope.Parse(words)
	if err != nil {
		r.Fatal(err)
	}
	a, err := r.db.App(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	issued, err := r.tokens.Issue(r.Context(), &a, set)
	if err != nil {
		r.Fatal(err)
	}
	return issued.Text
}

// A call is a request: what a test does not set is that of a good client.
type call struct {
	method, path, body string
	app, scope         string            // appA and "accountinformation private" if empty
	header             map[string]string // set; an empty value takes a header away
	chunked            bool
}

// headers returns the headers of a good client.
func (r *rig) headers(c *call) http.Header {
	r.Helper()
	if c.app == "" {
		c.app = appA
	}
	if c.scope == "" {
		c.scope = "accountinformation private"
	}
	h := http.Header{}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + r.known(c.app, c.scope), "X-Request-ID": requestID, "X-BicFi": "ESSESESS",
		"PSU-ID": "199002092386", "PSU-IP-Address": "203.0.113.7", "PSU-User-Agent": "test", "TPP-Redirect-Preferred": "false",
	} {
		h.Set(name, value)
	}
	if strings.HasSuffix(c.scope, "corporate") {
		h.Set("PSU-Corporate-ID", "5560160680")
	}
	if c.body != "" {
		h.Set("Content-Type", "application/json")
	}
	for name, value := range c.header {
		if value == "" {
			h.Del(name)
		} else {
			h.Set(name, value)
		}
	}
	return h
}

// An answer is what a call got.
type answer struct {
	*rig
	what   string
	status int
	header http.Header
	body   string
}

// do sends a call.
func (r *rig) do(c call) *answer {
	r.Helper()
	if c.method == "" {
		c.method = http.MethodGet
	}
	header := r.headers(&c)
	return r.send(c, header)
}

// send sends a call with exactly the headers given.
func (r *rig) send(c call, header http.Header) *answer {
	r.Helper()
	var body io.Reader
	if c.body != "" {
		body = strings.NewReader(c.body)
		if c.chunked {
			body = io.MultiReader(body) // hides its length
		}
	}
	req := httptest.NewRequestWithContext(r.Context(), c.method, c.path, body)
	if c.chunked {
		req.ContentLength = -1
	}
	req.Header = header
	w := httptest.NewRecorder()
	r.serve.ServeHTTP(w, req)
	a := &answer{rig: r, what: c.method + " " + c.path, status: w.Code, header: w.Header(), body: w.Body.String()}
	if w.Header().Get("X-Request-ID") == "" {
		r.Errorf("%s is answered without X-Request-ID", a.what)
	}
	return a
}

// want checks the status and, of an error, the first code and its path; an
// empty code or path is not looked at.
func (a *answer) want(status int, code, path string) *answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("%s = %d %s, want %d %s", a.what, a.status, a.body, status, code)
	}
	if code == "" {
		return a
	}
	var e psd2.ErrorInformation
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || len(e.TPPMessages) == 0 {
		a.Fatalf("%s = %q, which has no messages", a.what, a.body)
	}
	m := e.TPPMessages[0]
	if string(m.Code) != code || path != "" && m.Path != path {
		a.Errorf("%s has %s at %q (%s), want %s at %q", a.what, m.Code, m.Path, m.Text, code, path)
	}
	return a
}

// decode decodes the body, which must have no member that v lacks.
func (a *answer) decode(v any) *answer {
	a.Helper()
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		a.Fatalf("%s = %q: %v", a.what, a.body, err)
	}
	return a
}

// create creates a consent and returns its path.
func (r *rig) create(c call) string {
	r.Helper()
	c.method, c.path = http.MethodPost, consents
	if c.body == "" {
		c.body = goodConsent
	}
	var created psd2.ConsentCreated
	r.do(c).want(http.StatusCreated, "", "").decode(&created)
	return created.Links.Self.Href
}

// authorise creates an authorisation of the consent and returns its path.
func (r *rig) authorise(consent string, c call) string {
	r.Helper()
	c.method, c.path = http.MethodPost, consent+"/authorisations"
	var created psd2.AuthorisationCreated
	r.do(c).want(http.StatusCreated, "", "").decode(&created)
	return created.Links.SCAStatus.Href
}

// valid returns the path of a consent that somebody has signed.
func (r *rig) valid(c call) string {
	r.Helper()
	self := r.create(c)
	auth := r.authorise(self, c)
	put := c
	put.method, put.path, put.body = http.MethodPut, auth, `{"authenticationMethodId":"mbid"}`
	r.do(put).want(http.StatusOK, "", "")
	r.seb.Answer(bank.SCAState{Status: sca.Finalised, SignaturesNeeded: 1, Signer: "199002092386"})
	poll := c
	poll.method, poll.path, poll.body = http.MethodGet, auth, ""
	r.do(poll).want(http.StatusOK, "", "")
	return self
}
