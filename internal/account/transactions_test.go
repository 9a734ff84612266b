package account_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// TestPages reads whole histories page by page, while new rows are booked, and
// expects every row of the first moment once, newest first.
func TestPages(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		size, rows := 1+random.IntN(60), random.IntN(400)
		t.Run(fmt.Sprintf("%d by %d", rows, size), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(p *bank.Profile) { p.PageSize = size })
			f.bank.Book(rows, today)
			r := f.consent(nil)
			id, card := f.ids(r)[0], f.card(r)
			var want []string
			for i := rows; i > 0; i-- {
				want = append(want, fmt.Sprint(i))
			}
			var got, gotCards []string
			q, cq := account.Query{}, account.Query{}
			for more := true; more; {
				p, err := f.Transactions(t.Context(), r, id, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range p.Booked {
					got = append(got, row.ID[2:])
				}
				f.bank.Book(7, today)
				q, more = account.Query{Continuation: p.Next}, p.Next != ""
			}
			f.bank.ForgetCards(rows)
			for more := true; more; {
				p, err := f.CardTransactions(t.Context(), r, card, cq)
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range p.Booked {
					gotCards = append(gotCards, row.ID[2:])
				}
				f.bank.Book(3, today)
				cq, more = account.Query{Continuation: p.Next}, p.Next != ""
			}
			if !slices.Equal(got, want) {
				t.Errorf("rows of all pages: %v", got)
			}
			if !slices.Equal(gotCards, want) {
				t.Errorf("card rows of all pages: %v", gotCards)
			}
		})
	}
}

func TestPagesBackAndForth(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(p *bank.Profile) { p.PageSize = 10 })
	f.bank.Book(35, today)
	f.bank.Announce(bank.Transaction{ID: "p-1", Amount: money.Amount{Minor: -1, Currency: "SEK"}})
	r := f.consent(nil)
	id := f.ids(r)[0]
	get := func(key string) account.Report {
		t.Helper()
		q := account.Query{Status: account.Both, WithBalance: true, Continuation: key}
		p, err := f.Transactions(t.Context(), r, id, q)
		if err != nil {
			t.Fatal(err)
		}
		f.bank.Book(1, today)
		return p
	}
	check := func(name string, p account.Report, number int, first string) {
		t.Helper()
		onFirst := number == 1
		if p.Number != number || p.Booked[0].ID != first || (len(p.Pending) == 1) != onFirst || (p.Balances != nil) != onFirst ||
			(p.First == "") != onFirst || (p.Previous == "") != onFirst || p.Query.Status != account.Both {
			t.Errorf("%s: page %d from %s, %d pending, %d balances, first %q, previous %q",
				name, p.Number, p.Booked[0].ID, len(p.Pending), len(p.Balances), p.First, p.Previous)
		}
	}
	one := get("")
	two := get(one.Next)
	three := get(two.Next)
	four := get(three.Next)
	check("first", one, 1, "t-35")
	check("second", two, 2, "t-25")
	check("third", three, 3, "t-15")
	check("last", four, 4, "t-5")
	check("back to the third", get(four.Previous), 3, "t-15")
	check("back to the second", get(get(four.Previous).Previous), 2, "t-25")
	check("back to the first", get(two.Previous), 1, "t-35")
	check("first of the fourth", get(four.First), 1, "t-35")
	check("on from the first", get(get(four.First).Next), 2, "t-25")
	if four.Next != "" || one.Next == "" {
		t.Errorf("next of the last page %q, of the first %q", four.Next, one.Next)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.bank.Book(2, today.AddDate(0, 0, -200)) // t-1, t-2
	f.bank.Book(2, today.AddDate(0, 0, -2))   // t-3, t-4
	f.bank.Book(1, today)                     // t-5
	f.bank.Announce(bank.Transaction{ID: "p-1"})
	r := f.consent(nil)
	id := f.ids(r)[0]
	tests := []struct {
		name            string
		q               account.Query
		booked, pending []string // nil if not in the report
	}{
		{"default", account.Query{}, []string{"t-5", "t-4", "t-3"}, nil},
		{"pending", account.Query{Status: account.Pending}, nil, []string{"p-1"}},
		{"both", account.Query{Status: account.Both}, []string{"t-5", "t-4", "t-3"}, []string{"p-1"}},
		{"dates", account.Query{From: today.AddDate(0, 0, -2), To: today.AddDate(0, 0, -1)}, []string{"t-4", "t-3"}, nil},
		{"nothing on that day", account.Query{From: today.AddDate(0, 0, -1), To: today.AddDate(0, 0, -1)}, []string{}, nil},
		{"after an entry", account.Query{After: "E3"}, []string{"t-5", "t-4"}, nil},
		{"after an entry beyond the history", account.Query{After: "E1"}, []string{"t-5", "t-4", "t-3"}, nil},
		{"after an entry, dates ignored", account.Query{After: "E4", To: today.AddDate(0, 0, -80)}, []string{"t-5"}, nil},
		{"after the last entry", account.Query{After: "E5"}, []string{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := f.Transactions(t.Context(), r, id, tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if b, n := names(p.Booked), names(p.Pending); !slices.Equal(b, tt.booked) || !slices.Equal(n, tt.pending) ||
				(b == nil) != (tt.booked == nil) || (n == nil) != (tt.pending == nil) {
				t.Errorf("booked %v, pending %v, want %v, %v", b, n, tt.booked, tt.pending)
			}
		})
	}
	_, err := f.Transactions(t.Context(), r, id, account.Query{After: "E99"})
	if !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("unknown entry: %v", err)
	}
}

// names returns the ids of rows, nil for nil.
func names(rows []bank.Transaction) []string {
	if rows == nil {
		return nil
	}
	ids := []string{}
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*bank.Profile)
		q      account.Query
		check  func(account.Report) bool
	}{
		{"ideal", nil, account.Query{}, func(p account.Report) bool {
			return p.Details && p.Booked[0].Amount.Minor == -2 && p.Booked[0].ID == "t-2" && !p.Truncated && !p.EmptyAs204 && p.Balances == nil
		}},
		{"unsigned debits", func(p *bank.Profile) { p.UnsignedDebits = true }, account.Query{}, func(p account.Report) bool {
			return p.Booked[0].Amount.Minor == 2
		}},
		{"blank ids", func(p *bank.Profile) { p.TransactionIDs = "blank" }, account.Query{}, func(p account.Report) bool {
			return p.Booked[0].ID == "" && !p.Details
		}},
		{"no details", func(p *bank.Profile) { p.TransactionDetails = false }, account.Query{}, func(p account.Report) bool {
			return p.Booked[0].ID == "t-2" && !p.Details
		}},
		{"204", func(p *bank.Profile) { p.EmptyAs204 = true }, account.Query{}, func(p account.Report) bool { return p.EmptyAs204 }},
		{"few rows", func(p *bank.Profile) { p.History.MaxCount = 1 }, account.Query{}, func(p account.Report) bool {
			return p.Truncated && len(p.Booked) == 1 && p.Booked[0].ID == "t-2"
		}},
		{
			"dates ignored", func(p *bank.Profile) { p.DateFilterIgnored = true },
			account.Query{From: today.AddDate(0, 0, -5), To: today.AddDate(0, 0, -4)},
			func(p account.Report) bool { return len(p.Booked) == 2 },
		},
		{"with balance", nil, account.Query{WithBalance: true}, func(p account.Report) bool { return len(p.Balances) == 1 && !p.NoBalances }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, tt.change)
			f.bank.Book(2, today)
			r := f.consent(nil)
			p, err := f.Transactions(t.Context(), r, f.ids(r)[0], tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(p) {
				t.Errorf("report %+v", p)
			}
		})
	}
}

func TestDetailsNotOffered(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*bank.Profile){
		func(p *bank.Profile) { p.TransactionDetails = false },
		func(p *bank.Profile) { p.TransactionIDs = "blank" },
	} {
		f := newFixture(t, change)
		f.bank.Book(1, today)
		r := f.consent(nil)
		if _, err := f.Transaction(t.Context(), r, f.ids(r)[0], "t-1"); !problem.Is(err, problem.ServiceUnsupported) {
			t.Errorf("Transaction reports %v", err)
		}
	}
}

func TestPaymentID(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.bank.Book(2, today)
	f.bank.Change(func(rows []bank.Transaction) {
		rows[0].PaymentID, rows[0].PaymentClientID = "pay-1", anna.ClientID
		rows[1].PaymentID, rows[1].PaymentClientID = "pay-2", "app-2"
	})
	r := f.consent(nil)
	id := f.ids(r)[0]
	p, err := f.Transactions(t.Context(), r, id, account.Query{})
	if err != nil || p.Booked[0].PaymentID != "" || p.Booked[1].PaymentID != "pay-1" {
		t.Errorf("payment ids of the page: %+v, %v", p.Booked, err)
	}
	for want, row := range map[string]string{"pay-1": "t-1", "": "t-2"} {
		if got, err := f.Transaction(t.Context(), r, id, row); err != nil || got.PaymentID != want {
			t.Errorf("payment id of %s = %q, %v, want %q", row, got.PaymentID, err, want)
		}
	}
}

func TestListID(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.bank.Book(3, today)
	f.bank.Change(func(rows []bank.Transaction) {
		rows[1] = rows[0] // the same in all but its ids
		rows[1].ID, rows[1].EntryReference = "t-2", "E2"
	})
	f.bank.Announce(bank.Transaction{ID: "p-1", Amount: money.Amount{Minor: -1, Currency: "SEK"}})
	r := f.consent(nil)
	ids := f.ids(r)
	p, err := f.Transactions(t.Context(), r, ids[0], account.Query{Status: account.Both})
	if err != nil {
		t.Fatal(err)
	}
	other, err := f.Transactions(t.Context(), r, ids[1], account.Query{})
	if err != nil {
		t.Fatal(err)
	}
	one, same, third := p.Booked[2].ListID, p.Booked[1].ListID, p.Booked[0].ListID
	if len(one) != 64 || one != same || one == third || other.Booked[2].ListID == one || p.Pending[0].ListID != "" {
		t.Errorf("list ids %q, %q, %q; other account %q; pending %q", one, same, third, other.Booked[2].ListID, p.Pending[0].ListID)
	}
}

func TestNoBalances(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	r := f.consent(nil)
	id, card := f.ids(r)[0], f.card(r)
	list, err := f.Accounts(t.Context(), r, true)
	if err != nil || list.NoBalances || len(list.Accounts[0].Balances) != 1 {
		t.Errorf("Accounts = %+v, %v", list, err)
	}
	r.ConsentID = f.consent(transactionsOnly).ConsentID
	list, err = f.Accounts(t.Context(), r, true)
	if err != nil || !list.NoBalances || list.Accounts[0].Balances != nil {
		t.Errorf("Accounts without the right = %+v, %v", list, err)
	}
	if a, err := f.Account(t.Context(), r, id, true); err != nil || !a.NoBalances || a.Balances != nil {
		t.Errorf("Account = %+v, %v", a, err)
	}
	if p, err := f.Transactions(t.Context(), r, id, account.Query{WithBalance: true}); err != nil || !p.NoBalances || p.Balances != nil {
		t.Errorf("Transactions = %+v, %v", p, err)
	}
	if c, err := f.CardAccount(t.Context(), r, card, true); err != nil || !c.NoBalances {
		t.Errorf("CardAccount = %+v, %v", c, err)
	}
	if p, err := f.CardTransactions(t.Context(), r, card, account.Query{WithBalance: true}); err != nil || !p.NoBalances {
		t.Errorf("CardTransactions = %+v, %v", p, err)
	}
	if l, err := f.CardAccounts(t.Context(), r, true); err != nil || !l.NoBalances {
		t.Errorf("CardAccounts = %+v, %v", l, err)
	}
}

func TestKeyOutlivesWindow(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(p *bank.Profile) { p.PageSize = 1 })
	f.bank.Book(3, today.AddDate(0, 0, -300))
	r := f.consent(authorisedNow)
	id := f.ids(r)[0]
	p, err := f.Transactions(t.Context(), r, id, account.Query{From: today.AddDate(0, 0, -400)})
	if err != nil || p.Booked[0].ID != "t-3" {
		t.Fatalf("within the window: %+v, %v", p, err)
	}
	f.clock.Advance(59 * time.Minute)
	if p, err = f.Transactions(t.Context(), r, id, account.Query{Continuation: p.Next}); err != nil || p.Booked[0].ID != "t-2" {
		t.Fatalf("second page: %+v, %v", p, err)
	}
	f.clock.Advance(59 * time.Minute) // the window is over, the page's key is not
	last, err := f.Transactions(t.Context(), r, id, account.Query{Continuation: p.Next})
	if err != nil || last.Booked[0].ID != "t-1" {
		t.Errorf("third page: %+v, %v", last, err)
	}
	f.clock.Advance(2 * time.Minute)
	if _, err = f.Transactions(t.Context(), r, id, account.Query{Continuation: p.Next}); !problem.Is(err, problem.ResourceExpired) {
		t.Errorf("old key: %v", err)
	}
	if _, err = f.Transactions(t.Context(), r, id, account.Query{From: today.AddDate(0, 0, -400)}); !problem.Is(err, problem.PeriodInvalid) {
		t.Errorf("anew: %v", err)
	}
}
