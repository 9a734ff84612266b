package account_test

import (
	"errors"
	"testing"
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/problem"
)

func TestFrequency(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.bank.Book(1, today)
	r := f.consent(nil) // two a day
	ids := f.ids(r)
	calls := f.calls(ids[0], f.card(r))
	r.Attended, r.IPAddress = false, ""
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range 5 {
				err := call(t.Context(), r)
				if i < 2 && err != nil {
					t.Errorf("call %d reports %v", i, err)
				}
				p, _ := errors.AsType[*problem.Error](err)
				if i >= 2 && (p == nil || p.Reason != problem.AccessExceeded || p.RetryAfter != 11*time.Hour) {
					t.Errorf("call %d reports %v, want %s until 23:00 UTC", i, err, problem.AccessExceeded)
				}
			}
			attended := r
			attended.Attended = true
			if err := call(t.Context(), attended); err != nil {
				t.Errorf("with the PSU there: %v", err)
			}
		})
	}
}

func TestFrequencyCounters(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.bank.Book(150, today)
	r := f.consent(nil)
	ids := f.ids(r)
	r.Attended = false
	q := account.Query{}
	read := func(r account.Request, id string, q account.Query) error {
		report, err := f.Transactions(t.Context(), r, id, q)
		if err == nil && report.Next != "" {
			_, err = f.Transactions(t.Context(), r, id, account.Query{Continuation: report.Next}) // free
		}
		return err
	}
	// What is refused for another reason is not counted.
	for range 3 {
		if err := read(r, ids[0], account.Query{From: today.AddDate(1, 0, 0)}); !problem.Is(err, problem.PeriodInvalid) {
			t.Fatal(err)
		}
	}
	for i := range 2 {
		if err := read(r, ids[0], q); err != nil {
			t.Errorf("read %d with its pages: %v", i, err)
		}
	}
	if err := read(r, ids[0], q); !problem.Is(err, problem.AccessExceeded) {
		t.Errorf("third read: %v", err)
	}
	reads := f.bank.Reads()
	if err := read(r, ids[0], q); !problem.Is(err, problem.AccessExceeded) || f.bank.Reads() != reads {
		t.Errorf("fourth read: %v; the bank was asked %d times", err, f.bank.Reads()-reads)
	}
	if err := read(r, ids[1], q); err != nil {
		t.Errorf("other account: %v", err)
	}
	other := f.consent(nil)
	other.Attended = false
	if err := read(other, ids[0], q); err != nil {
		t.Errorf("other consent: %v", err)
	}
	f.clock.AdvanceTo(time.Date(2026, 11, 23, 22, 59, 59, 0, time.UTC)) // the bank is an hour ahead
	if err := read(r, ids[0], q); !problem.Is(err, problem.AccessExceeded) {
		t.Errorf("a second before the bank's midnight: %v", err)
	}
	f.clock.Advance(time.Second)
	if err := read(r, ids[0], q); err != nil {
		t.Errorf("at the bank's midnight: %v", err)
	}
}
