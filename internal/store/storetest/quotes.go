package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// newQuote returns a quote with something in every field but those of its use.
func newQuote(id string) fx.Quote {
	return fx.Quote{
		ID: id, Owner: app.Owner{ClientID: "client", Context: scope.Corporate, Organisation: "5560000000", PSU: "199001011234"},
		Amount: money.Amount{Minor: 13000, Currency: "USD"}, Country: "US", ExecutionDate: dateOf(2026, 12, 1), Rate: 1105254986,
		Fee: money.Amount{Minor: 150, Currency: "SEK"}, Total: money.Amount{Minor: 143833, Currency: "SEK"},
		ValidFrom: at(0), ValidTo: at(2000),
	}
}

func insertQuotes(t *testing.T, s Store, quotes ...fx.Quote) {
	t.Helper()
	for i := range quotes {
		if ok, err := s.InsertQuote(t.Context(), &quotes[i], happened("fxquote.created", quotes[i].ID, 0)); !ok || err != nil {
			t.Fatalf("InsertQuote of %s = %t, %v, want true", quotes[i].ID, ok, err)
		}
	}
}

// use uses the quote up in a transaction of its own, unless it is used.
func use(t *testing.T, s Store, id, user string, events ...event.Event) error {
	t.Helper()
	return s.QuoteTx(t.Context(), func(tx fx.Tx) error {
		q, err := tx.Quote(t.Context(), id)
		if err != nil {
			return err
		}
		if q.UsedFor != "" {
			return problem.New(problem.ResourceExpired, "is used")
		}
		q.UsedFor, q.UsedAt = user, at(5)
		return tx.UseQuote(t.Context(), &q, events...)
	})
}

func testQuotes(t *testing.T, s Store) {
	full, bare := newQuote("Q100000ABC"), fx.Quote{
		ID: "A999999ZZZ", Owner: app.Owner{ClientID: "client", Context: scope.Private}, Amount: money.Amount{Minor: 1, Currency: "JPY"},
		Country: "JP", Rate: 1, Fee: money.Amount{Currency: "KWD"}, Total: money.Amount{Minor: 1, Currency: "KWD"}, ValidFrom: at(0), ValidTo: at(1),
	}
	insertQuotes(t, s, full, bare)
	for _, want := range []fx.Quote{full, bare} {
		got, err := s.Quote(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Quote reports %v (-want +got)\n%s", err, diff)
		}
	}
	if ok, err := s.InsertQuote(t.Context(), &full, happened("fxquote.created", full.ID, 9)); ok || err != nil {
		t.Errorf("InsertQuote with an id that is taken = %t, %v, want false", ok, err)
	}
	if err := use(t, s, full.ID, "payment/1", happened("fxquote.used", full.ID, 5)); err != nil {
		t.Fatal(err)
	}
	full.UsedFor, full.UsedAt = "payment/1", at(5)
	got, err := s.Quote(t.Context(), full.ID)
	if diff := cmp.Diff(full, got); diff != "" || err != nil {
		t.Errorf("Quote reports %v (-want +got)\n%s", err, diff)
	}
	trail, err := s.Trail(t.Context(), full.ID)
	if err != nil || len(trail) != 2 || trail[1].Type != "fxquote.used" {
		t.Errorf("Trail = %v, %v, want that it was made and used", trail, err)
	}
	if q, err := s.Quote(t.Context(), "Q100000ABD"); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("Quote of no quote = %v, %v, want %s", q, err, problem.ResourceUnknown)
	}
}

// testQuoteConcurrent looks that one of many gets the quote.
func testQuoteConcurrent(t *testing.T, s Store) {
	insertQuotes(t, s, newQuote("Q100000ABC"))
	won := make(chan string, 8)
	together(t, 8, func(i int) error {
		user := "payment/" + string(rune('a'+i))
		err := use(t, s, "Q100000ABC", user)
		if problem.Is(err, problem.ResourceExpired) {
			return nil
		}
		won <- user
		return err
	})
	close(won)
	winner := <-won
	if q, err := s.Quote(t.Context(), "Q100000ABC"); err != nil || winner == "" || q.UsedFor != winner || len(won) > 0 {
		t.Errorf("the quote is used for %q, %v, and %q got it, with %d more", q.UsedFor, err, winner, len(won))
	}
}

func testQuoteRollback(t *testing.T, s Store) {
	insertQuotes(t, s, newQuote("Q100000ABC"))
	stop := errors.New("stop")
	err := s.QuoteTx(t.Context(), func(tx fx.Tx) error {
		q, err := tx.Quote(t.Context(), "Q100000ABC")
		if err != nil {
			return err
		}
		q.UsedFor, q.UsedAt = "payment/1", at(5)
		return errors.Join(tx.UseQuote(t.Context(), &q), stop)
	})
	q, got := s.Quote(t.Context(), "Q100000ABC")
	if !errors.Is(err, stop) || got != nil || q.UsedFor != "" {
		t.Errorf("after a transaction that failed with %v the quote is used for %q, %v", err, q.UsedFor, got)
	}
}

func testQuotesDeleted(t *testing.T, s Store) {
	old, used, young := newQuote("Q100000ABC"), newQuote("Q100001ABC"), newQuote("Q100002ABC")
	young.ValidTo = at(2001)
	insertQuotes(t, s, old, used, young)
	if err := use(t, s, used.ID, "payment/1"); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteQuotes(t.Context(), at(2001)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{old.ID: false, used.ID: true, young.ID: true} {
		if _, err := s.Quote(t.Context(), id); (err == nil) != want {
			t.Errorf("after DeleteQuotes Quote(%s) reports %v, want that it is there to be %t", id, err, want)
		}
	}
}
