package client_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/client"
	"sluss.example/sluss/internal/api/apitest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/psd2"
)

// newSandbox returns a client of a whole sandbox and its clock. Each exchange
// with the API is held against the description.
func newSandbox(t *testing.T) (*client.Client, *clock.Virtual) {
	t.Helper()
	var handler http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	cfg := config.Default()
	cfg.Database, cfg.Migrate, cfg.Strict = "sqlite::memory:", true, true
	cfg.Banks = config.BanksConfig{Simulator: true, Seed: 1, SCA: "auto", Accounts: "open"}
	cfg.Base = config.BaseConfig{Auth: front.URL, API: front.URL}
	now := clock.NewFrozen(time.Date(2026, 11, 23, 22, 30, 0, 0, time.UTC)) // half an hour before the banks' midnight
	sandbox := &server.Sandbox{Clock: now}
	sandbox.WellKnown()
	s, err := server.New(t.Context(), cfg, server.Deps{SealingKey: keyring.NewSealingKey(), Sandbox: sandbox})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	handler = s.Public()
	check := apitest.New(t)
	check.Strict = true
	return &client.Client{
		Auth: front.URL, ID: sandbox.ClientID, Secret: string(sandbox.Secret), Now: now.Now,
		HTTP: &http.Client{Transport: check.RoundTripper(front.Client().Transport)},
	}, now
}

// sign gets a consent signed in the bank's app.
func sign(t *testing.T, b *client.Bank, now *clock.Virtual, access psd2.AccountAccess) *client.Accounts {
	t.Helper()
	created, err := b.CreateConsent(t.Context(), psd2.ConsentRequest{Access: access, RecurringIndicator: true, ValidUntil: "2027-01-31", FrequencyPerDay: 4})
	if err != nil {
		t.Fatal(err)
	}
	a, err := b.Authorise(t.Context(), created.ConsentID)
	if err != nil {
		t.Fatal(err)
	}
	if started, err := b.ChooseMethod(t.Context(), created.ConsentID, a.AuthorisationID, "mbid"); err != nil || started.SCAStatus != "started" {
		t.Fatalf("ChooseMethod = %+v, %v", started, err)
	}
	now.Advance(2 * time.Second)
	if poll, err := b.Authorisation(t.Context(), created.ConsentID, a.AuthorisationID); err != nil || poll.SCAStatus != "finalised" {
		t.Fatalf("Authorisation = %+v, %v", poll, err)
	}
	return b.Accounts(created.ConsentID)
}

// TestSandbox reads everything that two customers of a simulated bank have,
// page by page, past the bank's midnight.
func TestSandbox(t *testing.T) {
	t.Parallel()
	c, now := newSandbox(t)
	for _, psu := range []client.PSU{
		{Context: client.Private, ID: "199002092386", IPAddress: "192.0.2.1", UserAgent: "test"},
		{Context: client.Corporate, ID: "199002092386", CorporateID: "5560160680", IPAddress: "192.0.2.1", UserAgent: "test"},
	} {
		accounts := sign(t, c.Bank("ESSESESS", psu), now, psd2.AccountAccess{})
		list, err := accounts.List(t.Context(), true)
		if err != nil || len(list) == 0 {
			t.Fatalf("List = %v, %v", list, err)
		}
		for _, a := range list {
			want := ids(t, accounts, a.ResourceID, nil)
			again := ids(t, accounts, a.ResourceID, func() { now.Advance(10 * time.Minute) })
			if len(want) == 0 || !slices.Equal(want, again) {
				t.Errorf("%s: %d rows at once, %d while time went on", a.Name, len(want), len(again))
			}
			detail, err := accounts.Transaction(t.Context(), a.ResourceID, want[0])
			if err != nil || detail.TransactionID != want[0] {
				t.Errorf("%s: Transaction = %+v, %v", a.Name, detail, err)
			}
		}
		cards, err := accounts.Cards(t.Context(), true)
		if err != nil || len(cards) == 0 {
			t.Fatalf("Cards = %v, %v", cards, err)
		}
		for _, card := range cards {
			n := 0
			for _, err := range accounts.CardTransactions(t.Context(), card.ResourceID, client.Query{Status: "both"}) {
				if n++; err != nil {
					t.Fatal(err)
				}
			}
			if n == 0 {
				t.Errorf("%s: no rows", card.Name)
			}
		}
	}
}

// ids returns the ids of all booked rows of an account; turn is called between
// two pages.
func ids(t *testing.T, accounts *client.Accounts, id string, turn func()) (out []string) {
	t.Helper()
	for page, err := range accounts.Pages(t.Context(), id, client.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Transactions.Booked {
			out = append(out, row.TransactionID)
		}
		if turn != nil {
			turn()
		}
	}
	return out
}

// TestSandboxAccess reads under the forms of a consent's access.
func TestSandboxAccess(t *testing.T) {
	t.Parallel()
	c, now := newSandbox(t)
	b := c.Bank("ESSESESS", client.PSU{ID: "199002092386", IPAddress: "192.0.2.1", UserAgent: "test"})
	everything := sign(t, b, now, psd2.AccountAccess{})
	list, err := everything.List(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	cards, err := everything.Cards(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	first := []psd2.AccountReference{{IBAN: list[0].IBAN}}
	tests := []struct {
		name                   string
		access                 psd2.AccountAccess
		accounts, cards        int
		balances, transactions bool // of the first account
	}{
		{"everything", psd2.AccountAccess{}, len(list), len(cards), true, true},
		{"one account by IBAN", psd2.AccountAccess{Accounts: first, Balances: first}, 1, 0, true, false},
		{"by BBAN and clearing number", psd2.AccountAccess{Transactions: []psd2.AccountReference{{BBAN: list[0].BBAN, ClearingNumber: list[0].ClearingNumber}}}, 1, 0, false, true},
		{"with its currency", psd2.AccountAccess{Accounts: []psd2.AccountReference{{IBAN: list[0].IBAN, Currency: "SEK"}}}, 1, 0, false, false},
		{"a card", psd2.AccountAccess{Accounts: []psd2.AccountReference{{MaskedPAN: cards[0].MaskedPAN}}}, 0, 1, false, false},
		{"the list", psd2.AccountAccess{AvailableAccounts: "allAccounts"}, len(list), 0, false, false},
		{"the list with balances", psd2.AccountAccess{AvailableAccounts: "allAccountsWithBalances"}, len(list), 0, true, false},
	}
	for _, tt := range tests { // one after the other: each consent ends the one before
		accounts := sign(t, b, now, tt.access)
		got, err := accounts.List(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		gotCards, err := accounts.Cards(t.Context(), false)
		if err != nil || len(got) != tt.accounts || len(gotCards) != tt.cards {
			t.Errorf("%s: %d accounts and %d cards (%v), want %d and %d", tt.name, len(got), len(gotCards), err, tt.accounts, tt.cards)
		}
		_, err = accounts.Balances(t.Context(), list[0].ResourceID)
		if (err == nil) != tt.balances {
			t.Errorf("%s: Balances reports %v", tt.name, err)
		}
		for _, err := range accounts.Transactions(t.Context(), list[0].ResourceID, client.Query{}) {
			if (err == nil) != tt.transactions {
				t.Errorf("%s: Transactions reports %v", tt.name, err)
			}
			break
		}
	}
}
