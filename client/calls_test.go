package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/client"
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
	"sluss.example/sluss/internal/store/testdb"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// issued takes the tokens of a platform.
type issued struct{ p *platform }

// CheckHolder implements [api.Checker]: none of the tokens is bound.
func (issued) CheckHolder(*token.Access, *token.Holder) error { return nil }

// Nonce implements [api.Checker].
func (issued) Nonce() string { return "" }

// Check implements [api.Checker].
func (i issued) Check(raw string) (token.Access, error) {
	i.p.mu.Lock()
	defer i.p.mu.Unlock()
	for n, words := range i.p.scopes {
		if raw == tokenName(n) && !i.p.refused[raw] {
			set, err := scope.Parse(words)
			return token.Access{App: &app.App{ID: "app"}, Scope: set}, err
		}
	}
	return token.Access{}, problem.New(problem.TokenInvalid, "not good")
}

// apps is an app.Store of which only App is used.
type apps struct{}

// App implements [consent.AppFinder].
func (apps) App(context.Context, string) (app.App, error) {
	return app.App{ID: "app", Name: "App"}, nil
}

// newAPI returns a client of the real API with one bank, the bank, and the
// platform that makes the tokens. Each exchange is held against the
// description.
func newAPI(t *testing.T) (*client.Client, *banktest.Ledger, *platform) {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	ledger := banktest.NewLedger(func(p *bank.Profile) { p.PageSize = 10 })
	banks, err := bank.NewRegistry(ledger)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlatform(t)
	now := clock.NewFrozen(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	consents := &consent.Service{Store: db, Banks: banks, Apps: apps{}, Clock: now}
	h := &api.Handler{
		Tokens: issued{p}, Consents: consents, Banks: banks, Clock: now, AuthBase: p.URL, APIBase: p.URL, Strict: true,
		Accounts: &account.Service{Consents: consents, Banks: banks, Store: db, Clock: now},
	}
	check := apitest.New(t)
	check.Strict = true
	server := httptest.NewServer(check.Handler(web.Observer{}.Observe(h.Routes())))
	t.Cleanup(server.Close)
	c := p.client()
	c.API = server.URL + "/"
	return c, ledger, p
}

// authorised returns a bank and a valid consent at it.
func authorised(t *testing.T, c *client.Client) (*client.Bank, string) {
	t.Helper()
	b := c.Bank("ESSESESS", client.PSU{ID: "199002092386", IPAddress: "192.0.2.1", UserAgent: "test"})
	created, err := b.CreateConsent(t.Context(), psd2.ConsentRequest{RecurringIndicator: true, ValidUntil: "2027-01-31", FrequencyPerDay: 4})
	if err != nil {
		t.Fatal(err)
	}
	a, err := b.Authorise(t.Context(), created.ConsentID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ChooseMethod(t.Context(), created.ConsentID, a.AuthorisationID, "mbid"); err != nil {
		t.Fatal(err)
	}
	poll, err := b.Authorisation(t.Context(), created.ConsentID, a.AuthorisationID)
	if err != nil || poll.SCAStatus != "exempted" {
		t.Fatalf("Authorisation = %+v, %v", poll, err)
	}
	if ids, err := b.Authorisations(t.Context(), created.ConsentID); err != nil || !slices.Equal(ids, []string{a.AuthorisationID}) {
		t.Errorf("Authorisations = %v, %v", ids, err)
	}
	return b, created.ConsentID
}

func TestConsents(t *testing.T) {
	t.Parallel()
	c, _, _ := newAPI(t)
	b, id := authorised(t, c)
	if info, err := b.Consent(t.Context(), id); err != nil || info.ConsentStatus != "valid" || info.ConsentID != id {
		t.Errorf("Consent = %+v, %v", info, err)
	}
	for range 2 {
		if err := b.DeleteConsent(t.Context(), id); err != nil {
			t.Errorf("DeleteConsent reports %v", err)
		}
	}
	if status, err := b.ConsentStatus(t.Context(), id); err != nil || status != "terminatedByTpp" {
		t.Errorf("ConsentStatus = %q, %v", status, err)
	}
	_, err := b.Accounts(id).List(t.Context(), false)
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusUnauthorized || refusal.Code != string(psd2.ConsentInvalid) ||
		refusal.RequestID == "" || refusal.Path != "Consent-ID" {
		t.Errorf("List reports %v", err)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	c, ledger, _ := newAPI(t)
	ledger.Book(35, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	b, id := authorised(t, c)
	accounts := b.Accounts(id)
	list, err := accounts.List(t.Context(), true)
	if err != nil || len(list) != 2 || len(list[0].Balances) != 1 {
		t.Fatalf("List = %+v, %v", list, err)
	}
	account := list[0].ResourceID
	if a, err := accounts.Account(t.Context(), account, true); err != nil || a.IBAN != list[0].IBAN || len(a.Balances) != 1 {
		t.Errorf("Account = %+v, %v", a, err)
	}
	if r, err := accounts.Balances(t.Context(), account); err != nil || len(r.Balances) != 1 {
		t.Errorf("Balances = %+v, %v", r, err)
	}
	if row, err := accounts.Transaction(t.Context(), account, "t-7"); err != nil || row.TransactionID != "t-7" {
		t.Errorf("Transaction = %+v, %v", row, err)
	}
	var ids []string
	for row, err := range accounts.Transactions(t.Context(), account, client.Query{Status: "both", WithBalance: true}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, row.TransactionID)
	}
	if len(ids) != 35 || ids[0] != "t-35" || ids[34] != "t-1" {
		t.Errorf("Transactions = %v", ids)
	}
	reads := ledger.Reads()
	for _, err := range accounts.Transactions(t.Context(), account, client.Query{After: "E1"}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if n := ledger.Reads() - reads; n != 1 {
		t.Errorf("%d pages read for the first row", n)
	}
	n := 0
	for _, err := range accounts.Transactions(t.Context(), account, client.Query{From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}) {
		var refusal *client.Error
		if n++; !errors.As(err, &refusal) || refusal.Code != string(psd2.PeriodInvalid) {
			t.Errorf("a period too long ago: %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d results after an error", n)
	}
}

func TestCards(t *testing.T) {
	t.Parallel()
	c, ledger, p := newAPI(t)
	ledger.Book(12, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	b, id := authorised(t, c)
	cards := b.Accounts(id)
	list, err := cards.Cards(t.Context(), false)
	if err != nil || len(list) != 1 {
		t.Fatalf("Cards = %+v, %v", list, err)
	}
	card := list[0].ResourceID
	if a, err := cards.Card(t.Context(), card, true); err != nil || len(a.Balances) != 1 {
		t.Errorf("Card = %+v, %v", a, err)
	}
	p.mu.Lock()
	p.refused["t1"] = true // revoked: the next call gets another
	p.mu.Unlock()
	if r, err := cards.CardBalances(t.Context(), card); err != nil || len(r.Balances) != 1 {
		t.Errorf("CardBalances = %+v, %v", r, err)
	}
	n := 0
	for _, err := range cards.CardTransactions(t.Context(), card, client.Query{}) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 12 || len(p.asked()) != 2 {
		t.Errorf("%d rows with %d tokens, want 12 with 2", n, len(p.asked()))
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	c, _, p := newAPI(t)
	if _, err := c.Token(t.Context(), "accountinformation corporate"); err != nil {
		t.Fatal(err)
	}
	d := c.Directory(client.Corporate)
	if list, err := d.ASPSPs(t.Context(), "SE", "FI"); err != nil || len(list) != 0 { // the bank has no country
		t.Errorf("ASPSPs = %+v, %v", list, err)
	}
	if list, err := d.ASPSPs(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("ASPSPs = %+v, %v", list, err)
	}
	if a, err := d.ASPSP(t.Context(), "ESSESESS"); err != nil || a.Name != "SEB" {
		t.Errorf("ASPSP = %+v, %v", a, err)
	}
	if _, err := d.Countries(t.Context()); err != nil {
		t.Errorf("Countries reports %v", err)
	}
	if got := p.asked(); !slices.Equal(got, []string{"accountinformation corporate"}) {
		t.Errorf("scopes asked for: %v; the directory is open with what there is", got)
	}
	_, err := d.ASPSP(t.Context(), "HANDSESS")
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusNotFound {
		t.Errorf("ASPSP reports %v", err)
	}
}
