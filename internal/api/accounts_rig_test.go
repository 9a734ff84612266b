package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/api/apitest"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

const (
	ais      = "/psd2/accountinformation/v1"
	annaPSU  = "199002092386"
	theApp   = "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10"
	otherApp = "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f11"
)

var (
	aisNoon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	aisToday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
)

// fixedTokens are tokens by what they grant; their scopes are checked for
// real.
type fixedTokens map[string]token.Access

// Check implements [api.Checker].
func (f fixedTokens) Check(raw string) (token.Access, error) {
	if a, ok := f[raw]; ok {
		return a, nil
	}
	return token.Access{}, problem.New(problem.TokenUnknown, "no such token")
}

// CheckHolder implements [api.Checker]: none of the tokens is bound.
func (fixedTokens) CheckHolder(*token.Access, *token.Holder) error { return nil }

// Nonce implements [api.Checker].
func (fixedTokens) Nonce() string { return "" }

// aisFixture is the API on a real database, with one bank. Each exchange is
// held against the description.
type aisFixture struct {
	t       testing.TB
	handler http.Handler
	bank    *banktest.Ledger
	db      *store.DB
	clock   *clock.Virtual
	made    int
}

func newAIS(t testing.TB, change func(*bank.Profile), strict bool) *aisFixture {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	f := &aisFixture{t: t, bank: banktest.NewLedger(change), db: db, clock: clock.NewFrozen(aisNoon)}
	banks, err := bank.NewRegistry(f.bank)
	if err != nil {
		t.Fatal(err)
	}
	tokens := fixedTokens{}
	for name, words := range map[string]string{
		"private": "accountinformation private", "corporate": "accountinformation corporate", "payments": "paymentinitiation private",
		"bankgiro": "bankgiroinformation accountinformation corporate",
	} {
		set, err := scope.Parse(words)
		if err != nil {
			t.Fatal(err)
		}
		tokens[name] = token.Access{App: &app.App{ID: theApp}, Scope: set, ID: name}
	}
	other := tokens["private"]
	other.App = &app.App{ID: otherApp}
	tokens["other app"] = other
	consents := &consent.Service{Store: db, Banks: banks, Clock: f.clock}
	h := &api.Handler{
		Tokens: tokens, Consents: consents, Banks: banks, Clock: f.clock, Strict: strict,
		Accounts: &account.Service{Consents: consents, Banks: banks, Store: db, Clock: f.clock, Keys: account.Keys{ResourceID: [32]byte{1}, Continuation: [32]byte{2}}},
		AuthBase: "http://localhost:8480", APIBase: "http://localhost:8480",
	}
	f.handler = web.Observer{}.Observe(h.Routes())
	if v, ok := t.(*testing.T); ok {
		check := apitest.New(v)
		check.Strict = strict
		f.handler = check.Handler(f.handler)
	}
	return f
}

// consent stores a valid consent and returns its id.
func (f *aisFixture) consent(change func(*consent.Consent)) string {
	f.t.Helper()
	f.made++
	c := consent.Consent{
		ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", f.made), BICFI: "ESSESESS", Status: consent.Valid,
		Owner: app.Owner{ClientID: theApp, Context: scope.Private, PSU: annaPSU}, ValidUntil: aisToday.AddDate(0, 0, 90),
		ExpiresAt: aisNoon.AddDate(0, 0, 90), FrequencyPerDay: 4, CreatedAt: aisNoon, AuthorisedAt: aisNoon.Add(-2 * time.Hour),
		LastAction: aisToday, BankRef: "ref", Set: signing.Set{SignaturesNeeded: 1}, Version: 1,
	}
	if change != nil {
		change(&c)
	}
	err := f.db.ConsentTx(f.t.Context(), func(tx consent.Tx) error { return tx.InsertConsent(f.t.Context(), c) })
	if err != nil {
		f.t.Fatal(err)
	}
	return c.ID
}

// get sends a request under a consent, with the headers of a PSU who is there
// but for those in change: pairs of names and values, empty to leave one out.
func (f *aisFixture) get(path, consentID string, change ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequestWithContext(f.t.Context(), http.MethodGet, path, nil)
	for name, value := range map[string]string{
		"Authorization": "Bearer private", "X-Request-ID": "99391c7e-ad88-49ec-a2ad-99ddcb1f7721", "X-BicFi": "ESSESESS", "PSU-ID": annaPSU,
		"PSU-IP-Address": "192.0.2.1", "PSU-User-Agent": "test", "TPP-Redirect-Preferred": "false", "Consent-ID": consentID,
	} {
		r.Header.Set(name, value)
	}
	for pair := range slices.Chunk(change, 2) {
		r.Header.Del(pair[0])
		if pair[1] != "" {
			r.Header.Set(pair[0], pair[1])
		}
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

// read is get for an answer of 200, decoded into out.
func (f *aisFixture) read(path, consentID string, out any) {
	f.t.Helper()
	w := f.get(path, consentID)
	if w.Code != http.StatusOK {
		f.t.Fatalf("GET %s = %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
		f.t.Fatal(err)
	}
}

func (f *aisFixture) account(consentID string) string {
	f.t.Helper()
	var list psd2.AccountList
	f.read(ais+"/accounts", consentID, &list)
	return list.Accounts[0].ResourceID
}

func (f *aisFixture) card(consentID string) string {
	f.t.Helper()
	var list psd2.CardAccountList
	f.read(ais+"/card-accounts", consentID, &list)
	return list.CardAccounts[0].ResourceID
}
