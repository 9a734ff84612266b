package account_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/account"
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
)

var (
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	today = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	anna  = app.Caller{ClientID: "app-1", Context: scope.Private, PSU: "199002092386"}
)

// A fixture is a service on a real database with one bank.
type fixture struct {
	*account.Service
	t     *testing.T
	clock *clock.Virtual
	bank  *banktest.Ledger
	db    *store.DB
	n     int // consents made
}

func newFixture(t *testing.T, change func(*bank.Profile)) *fixture {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	f := &fixture{t: t, clock: clock.NewFrozen(noon), bank: banktest.NewLedger(change), db: db}
	banks, err := bank.NewRegistry(f.bank)
	if err != nil {
		t.Fatal(err)
	}
	f.Service = &account.Service{
		Consents: &consent.Service{Store: db, Banks: banks, Clock: f.clock},
		Banks:    banks, Store: db, Clock: f.clock,
		Keys: account.Keys{ResourceID: [32]byte{1}, Continuation: [32]byte{2}},
	}
	return f
}

// consent stores a valid consent of anna, changed by change, and returns an
// attended request under it.
func (f *fixture) consent(change func(*consent.Consent)) account.Request {
	f.t.Helper()
	f.n++
	c := consent.Consent{
		ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", f.n), Owner: app.Owner(anna), BICFI: "ESSESESS",
		Status: consent.Valid, ValidUntil: today.AddDate(0, 0, 90), ExpiresAt: noon.AddDate(0, 0, 90), FrequencyPerDay: 2,
		CreatedAt: noon.Add(-3 * time.Hour), AuthorisedAt: noon.Add(-2 * time.Hour), LastAction: today, BankRef: "ref", Set: signing.Set{SignaturesNeeded: 1}, Version: 1,
	}
	if change != nil {
		change(&c)
	}
	err := f.db.ConsentTx(f.t.Context(), func(tx consent.Tx) error { return tx.InsertConsent(f.t.Context(), c) })
	if err != nil {
		f.t.Fatal(err)
	}
	return account.Request{Caller: app.Caller(c.Owner), BICFI: "ESSESESS", ConsentID: c.ID, Attended: true, IPAddress: "192.0.2.1"}
}

// ids returns the ids of the accounts that r may list.
func (f *fixture) ids(r account.Request) []string {
	f.t.Helper()
	r.Attended = true
	list, err := f.Accounts(f.t.Context(), r, false)
	if err != nil {
		f.t.Fatal(err)
	}
	var ids []string
	for _, a := range list.Accounts {
		ids = append(ids, a.ResourceID)
	}
	return ids
}

// calls are the nine calls by name, for the account id or card.
func (f *fixture) calls(id, card string) map[string]func(context.Context, account.Request) error {
	return map[string]func(context.Context, account.Request) error{
		"list":    func(ctx context.Context, r account.Request) error { _, err := f.Accounts(ctx, r, false); return err },
		"account": func(ctx context.Context, r account.Request) error { _, err := f.Account(ctx, r, id, false); return err },
		"balances": func(ctx context.Context, r account.Request) error {
			_, err := f.Balances(ctx, r, id)
			return err
		},
		"transactions": func(ctx context.Context, r account.Request) error {
			_, err := f.Transactions(ctx, r, id, account.Query{})
			return err
		},
		"transaction": func(ctx context.Context, r account.Request) error {
			_, err := f.Transaction(ctx, r, id, "t-1")
			return err
		},
		"cards": func(ctx context.Context, r account.Request) error {
			_, err := f.CardAccounts(ctx, r, false)
			return err
		},
		"card": func(ctx context.Context, r account.Request) error {
			_, err := f.CardAccount(ctx, r, card, false)
			return err
		},
		"card balances": func(ctx context.Context, r account.Request) error {
			_, err := f.CardBalances(ctx, r, card)
			return err
		},
		"card transactions": func(ctx context.Context, r account.Request) error {
			_, err := f.CardTransactions(ctx, r, card, account.Query{})
			return err
		},
	}
}

func (f *fixture) card(r account.Request) string {
	f.t.Helper()
	r.Attended = true
	list, err := f.CardAccounts(f.t.Context(), r, false)
	if err != nil || len(list.Cards) != 1 {
		f.t.Fatalf("CardAccounts = %v, %v", list, err)
	}
	return list.Cards[0].ResourceID
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	one := []bank.Reference{{IBAN: "SE4550000000058398257466"}}
	card := []bank.Reference{{MaskedPAN: "411111******1111"}}
	all := []string{"list", "account", "balances", "transactions", "transaction", "cards", "card", "card balances", "card transactions"}
	tests := []struct {
		name   string
		access consent.Access
		open   []string // the calls that answer, for the first account
		listed int      // accounts in the list
	}{
		{"everything", consent.Access{}, all, 2},
		{"all PSD2", consent.Access{AllPSD2: "allAccounts"}, all, 2},
		{"list", consent.Access{AvailableAccounts: "allAccounts"}, []string{"list", "cards"}, 2},
		{"list with balances", consent.Access{AvailableAccounts: "allAccountsWithBalances"}, []string{"list", "balances", "cards"}, 2},
		{"accounts", consent.Access{Accounts: []bank.Reference{}}, []string{"list", "account", "cards", "card"}, 2},
		{"one account", consent.Access{Accounts: one}, []string{"list", "account", "cards"}, 1},
		{"balances of one", consent.Access{Balances: one}, []string{"list", "account", "balances", "cards"}, 1},
		{"transactions of one", consent.Access{Accounts: one, Transactions: one}, []string{"list", "account", "transactions", "transaction", "cards"}, 1},
		{"a card", consent.Access{Transactions: card}, []string{"list", "cards", "card", "card transactions"}, 0},
	}
	f := newFixture(t, nil)
	f.bank.Book(1, today)
	whole := f.consent(nil)
	calls := f.calls(f.ids(whole)[0], f.card(whole))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := f.consent(func(c *consent.Consent) { c.Access = tt.access })
			if n := len(f.ids(r)); n != tt.listed {
				t.Errorf("%d accounts in the list, want %d", n, tt.listed)
			}
			for name, call := range calls {
				err := call(t.Context(), r)
				if slices.Contains(tt.open, name) && err != nil {
					t.Errorf("%s reports %v", name, err)
				}
				if !slices.Contains(tt.open, name) && !problem.Is(err, problem.ConsentInvalid) {
					t.Errorf("%s reports %v, want %s", name, err, problem.ConsentInvalid)
				}
			}
		})
	}
}

func TestConsentRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	whole := f.consent(nil)
	calls := f.calls(f.ids(whole)[0], f.card(whole))
	as := func(change func(*app.Caller)) account.Request {
		r := whole
		change(&r.Caller)
		return r
	}
	in := func(s consent.Status) account.Request {
		return f.consent(func(c *consent.Consent) { c.Status = s })
	}
	corporate := f.consent(func(c *consent.Consent) {
		c.Owner = app.Owner{ClientID: "app-1", Context: scope.Corporate, Organisation: "5560160680", PSU: anna.PSU}
	})
	otherFirm, otherSigner, unnamed := corporate, corporate, whole
	otherFirm.Caller.Organisation, otherSigner.Caller.PSU, unnamed.Caller.PSU = "9999999990", "99990101000", ""
	tests := []struct {
		name string
		req  account.Request
		want problem.Reason
	}{
		{"no consent", account.Request{Caller: anna, BICFI: "ESSESESS", ConsentID: "x", Attended: true}, problem.ConsentUnknown},
		{"other app", as(func(c *app.Caller) { c.ClientID = "app-2" }), problem.ConsentUnknown},
		{"other PSU", as(func(c *app.Caller) { c.PSU = "99990101000" }), problem.ConsentUnknown},
		{"other context", as(func(c *app.Caller) { c.Context = scope.Corporate }), problem.ConsentUnknown},
		{"other organisation", otherFirm, problem.ConsentUnknown},
		{"other PSU of the organisation", otherSigner, problem.ConsentUnknown},
		{"received", in(consent.Received), problem.ConsentInvalid},
		{"partly authorised", in(consent.PartiallyAuthorised), problem.ConsentInvalid},
		{"rejected", in(consent.Rejected), problem.ConsentInvalid},
		{"revoked", in(consent.RevokedByPSU), problem.ConsentInvalid},
		{"terminated", in(consent.TerminatedByTPP), problem.ConsentInvalid},
		{"expired", in(consent.Expired), problem.ConsentExpired},
		{"over", f.consent(func(c *consent.Consent) { c.ExpiresAt = noon.Add(-time.Second) }), problem.ConsentExpired},
		{"direct debits", f.consent(func(c *consent.Consent) { c.DirectDebit = true }), problem.ConsentInvalid},
		{"no such bank", account.Request{Caller: anna, BICFI: "HANDSESS", ConsentID: whole.ConsentID}, problem.ResourceUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, call := range calls {
				if err := call(t.Context(), tt.req); !problem.Is(err, tt.want) {
					t.Errorf("%s reports %v, want %s", name, err, tt.want)
				}
			}
		})
	}
	if err := calls["list"](t.Context(), unnamed); err != nil {
		t.Errorf("without PSU-ID: %v", err)
	}
}

func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.bank.Book(1, today)
	r := f.consent(nil)
	id, card := f.ids(r)[0], f.card(r)
	other := f.consent(func(c *consent.Consent) { c.Owner.ClientID = "app-2" })
	tests := []struct {
		name     string
		id, card string
	}{
		{"made up", "00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000000"},
		{"of the bank", "acc-1", "card-1"},
		{"of another app", f.ids(other)[0], f.card(other)},
		{"of the other kind", card, id},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, call := range f.calls(tt.id, tt.card) {
				if name == "list" || name == "cards" {
					continue
				}
				if err := call(t.Context(), r); !problem.Is(err, problem.ResourceUnknown) {
					t.Errorf("%s reports %v", name, err)
				}
			}
		})
	}
	if _, err := f.Transaction(t.Context(), r, id, "t-99"); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("unknown transaction: %v", err)
	}
	later := f.consent(nil)
	if !slices.Equal(f.ids(later), f.ids(r)) {
		t.Error("a later consent knows the accounts by other ids")
	}
}

// transactionsOnly asks for the transactions of all accounts and nothing else.
func transactionsOnly(c *consent.Consent) { c.Access.Transactions = []bank.Reference{} }

// authorisedNow opens the extended history.
func authorisedNow(c *consent.Consent) { c.AuthorisedAt = noon }
