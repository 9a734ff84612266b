package simulator_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/store/storetest"
)

// TestPages reads in pages of any size, forward and back, while others book
// and the clock goes on: every row of the snapshot comes once, in order.
func TestPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		r := newRigOn(t, url, nil)
		b, c := r.bank("ESSESESS"), corporate("", simulator.DemoCompany)
		id := r.accounts(b, c)[0].ID
		whole := r.page(b, all(c, id)).Booked
		if len(whole) < 200 {
			t.Fatalf("%d rows", len(whole))
		}
		for seed := range uint64(6) {
			dice := rand.New(rand.NewPCG(seed, 1))
			q := all(c, id)
			q.Limit = 1 + dice.IntN(60)
			q.From = start.Truncate(24*time.Hour).AddDate(0, 0, -dice.IntN(70))
			want := slices.DeleteFunc(slices.Clone(r.page(b, all(c, id)).Booked), func(t bank.Transaction) bool { return t.BookingDate.Before(q.From) })
			var got, back []string
			var cursors []string
			for {
				p := r.page(b, q)
				got = append(got, ids(p.Booked)...)
				r.clock.Advance(time.Duration(dice.IntN(10)) * time.Hour) // new days book new rows
				r.page(b, all(c, id))
				if p.Previous != "" {
					back, cursors = ids(p.Booked), append(cursors, p.Previous)
				}
				if p.Next == "" {
					break
				}
				q.Cursor = p.Next
			}
			if diff := cmp.Diff(ids(want), got); diff != "" {
				t.Errorf("seed %d, pages of %d (-want +got):\n%s", seed, q.Limit, diff)
			}
			for len(cursors) > 0 {
				q.Cursor = cursors[len(cursors)-1]
				p := r.page(b, q)
				back = append(ids(p.Booked), back...)
				if cursors = cursors[:len(cursors)-1]; len(cursors) == 0 && p.Previous != "" {
					t.Error("there is a page before the first")
				}
			}
			if len(back) > 0 && !slices.Equal(back, got) {
				t.Errorf("seed %d: back is not the way there", seed)
			}
		}
	})
}

func ids(rows []bank.Transaction) []string {
	out := make([]string, len(rows))
	for i := range rows {
		out[i] = rows[i].ID
	}
	return out
}

// TestTogether has many readers make the same histories at once.
func TestTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		r := newRigOn(t, url, func(o *simulator.Options) { o.HistoryDays = 20 })
		b := r.bank("HANDSESS")
		var all8 sync.WaitGroup
		got := make([]string, 8)
		for i := range got {
			all8.Go(func() {
				c := private(fmt.Sprint("1970010", i%2))
				list, err := b.Accounts(t.Context(), c)
				if err != nil || len(list) == 0 {
					t.Error(list, err)
					return
				}
				p, err := b.Transactions(t.Context(), all(c, list[0].ID))
				if err != nil {
					t.Error(err)
				}
				got[i] = strings.Join(ids(p.Booked), " ")
			})
		}
		all8.Wait()
		for i := range got {
			if got[i] != got[i%2] || got[i] == "" {
				t.Errorf("reader %d saw something else", i)
			}
		}
	})
}

func TestAfter(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b, c := r.bank("ESSESESS"), corporate("", simulator.DemoCompany)
	q := all(c, r.accounts(b, c)[0].ID)
	rows := r.page(b, q).Booked
	for _, n := range []int{0, 1, 50, len(rows) - 1} {
		q.After = rows[n].EntryReference
		if got := r.page(b, q).Booked; !slices.Equal(ids(got), ids(rows[:n])) {
			t.Errorf("after row %d: %d rows", n, len(got))
		}
	}
	old := rows[len(rows)-1]
	q.After, q.From = old.EntryReference, old.BookingDate.AddDate(0, 0, 2)
	want := slices.DeleteFunc(slices.Clone(rows), func(t bank.Transaction) bool { return t.BookingDate.Before(q.From) })
	if got := r.page(b, q); !slices.Equal(ids(got.Booked), ids(want)) || !got.Truncated {
		t.Errorf("after an old row: %d rows, truncated %t; want %d", len(got.Booked), got.Truncated, len(want))
	}
	q.After, q.From = rows[2].EntryReference, rows[2].BookingDate.AddDate(0, 0, -1)
	if got := r.page(b, q); len(got.Booked) != 2 || got.Truncated {
		t.Errorf("after a new row: %d rows, truncated %t", len(got.Booked), got.Truncated)
	}
	for _, unknown := range []string{"x", "T1-1", "T20780-99999", "T-", "T20780-0"} {
		q.After, q.Booked = unknown, true
		if _, err := b.Transactions(t.Context(), q); !problem.Is(err, problem.ResourceUnknown) {
			t.Errorf("after %q: %v", unknown, err)
		}
		q.Booked = false
		if _, err := b.Transactions(t.Context(), q); !problem.Is(err, problem.ResourceUnknown) {
			t.Errorf("pending ones after %q: %v", unknown, err)
		}
	}
	q.Booked = true
	q.After, q.Cursor = "", "nonsense"
	if _, err := b.Transactions(t.Context(), q); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("cursor: %v", err)
	}
}

// TestAfterOnCard: the rows of a card have no reference but their id.
func TestAfterOnCard(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b, c := r.bank("ESSESESS"), private(simulator.OrdinaryPerson)
	cards, err := b.CardAccounts(t.Context(), c)
	if err != nil || len(cards) == 0 {
		t.Fatalf("%d cards, %v", len(cards), err)
	}
	q := all(c, cards[0].ID)
	page, err := b.CardTransactions(t.Context(), q)
	if err != nil || len(page.Booked) < 10 || len(page.Pending) == 0 {
		t.Fatalf("%d rows and %d pending, %v", len(page.Booked), len(page.Pending), err)
	}
	for _, n := range []int{0, 1, len(page.Booked) - 1} {
		q.After = page.Booked[n].ID
		got, err := b.CardTransactions(t.Context(), q)
		if err != nil || len(got.Booked) != n || n > 0 && got.Booked[n-1].ID != page.Booked[n-1].ID || len(got.Pending) != len(page.Pending) {
			t.Errorf("after row %d: %d rows and %d pending, %v", n, len(got.Booked), len(got.Pending), err)
		}
	}
	other := r.page(b, all(c, r.accounts(b, c)[0].ID)).Booked[0]
	for _, unknown := range []string{"x", "7e570ffffffffffffffff", "7e57000000000ffffffff", other.ID, other.EntryReference + "9"} {
		for _, booked := range []bool{true, false} {
			q.After, q.Booked = unknown, booked
			if _, err := b.CardTransactions(t.Context(), q); !problem.Is(err, problem.ResourceUnknown) {
				t.Errorf("after %q, booked %t: %v", unknown, booked, err)
			}
		}
	}
}

func TestMaxCount(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b, c := r.bank("ESSESESS"), corporate("", simulator.DemoCompany)
	q := all(c, r.accounts(b, c)[0].ID)
	rows := r.page(b, q).Booked
	for _, n := range []int{1, 57, len(rows), len(rows) + 1} {
		q.MaxCount, q.Limit, q.Pending = n, 25, false
		first := r.page(b, q)
		if got := r.read(b, q); len(got) != min(n, len(rows)) || first.Truncated != (n < len(rows)) {
			t.Errorf("at most %d: %d rows of %d, truncated %v", n, len(got), len(rows), first.Truncated)
		}
	}
}

func TestVisibilityLag(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.Quirks = map[ident.BICFI]string{"ESSESESS": "slow-books"} })
	b, c := r.bank("ESSESESS"), corporate("", simulator.DemoCompany)
	id := r.accounts(b, c)[0].ID
	newest := func() string { return r.page(b, all(c, id)).Booked[0].BookingDate.Format(time.DateOnly) }
	r.clock.AdvanceTo(time.Date(2026, 11, 23, 23, 29, 0, 0, time.UTC)) // 00:29 in Stockholm
	if got := newest(); got != "2026-11-23" {
		t.Errorf("a minute early: %s", got)
	}
	r.clock.Advance(time.Minute)
	if got := newest(); got != "2026-11-24" {
		t.Errorf("in time: %s", got)
	}
}
